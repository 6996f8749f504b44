"""The door of the demo clinic: an address, told on the console, that signs in its owner."""

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare

from ventosa.web.models import User


def enter(request: HttpRequest, word: str) -> HttpResponse:
    """Sign in the owner of the demo clinic; a real clinic has no such address."""
    demo = settings.DEPLOYMENT.demo
    if not demo or not constant_time_compare(word, demo):
        raise Http404
    owner = User.objects.filter(memberships__is_owner=True).order_by("date_joined").first()
    if owner is None:
        raise Http404
    request.session.flush()  # also where the tablet was given to a patient
    login(request, owner, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect("today")
