"""What a clinic says once, and what a person says of herself."""

from django.http import HttpResponse
from django.shortcuts import render

from ventosa.web.scope import ClinicRequest


def index(request: ClinicRequest) -> HttpResponse:
    """Return the pages of the settings."""
    return render(request, "settings/index.html", {"part": "settings"})


def me(request: ClinicRequest) -> HttpResponse:
    """Return the page of the person signed in."""
    return render(request, "me.html", {"part": "me"})
