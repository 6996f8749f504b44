"""Putting a person on a request: by PIN, in another clinic, by a start link."""

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.encoding import force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from ventosa.web import devices
from ventosa.web.middleware import ACTIVE, BEGAN, MEMBERSHIP
from ventosa.web.models import Membership, User


def enter(request: HttpRequest, membership: Membership) -> None:
    """Sign in a person in a clinic in place of whoever was; the session is a new one."""
    request.session.flush()
    login(request, membership.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session[MEMBERSHIP] = str(membership.id)
    devices.remember(request, membership.user.username)


def move_to(request: HttpRequest, membership: Membership) -> None:
    """Let the person signed in go on in another clinic; the length of the sign-in stays counted."""
    kept = {name: request.session.get(name) for name in (ACTIVE, BEGAN)}
    request.session.cycle_key()
    request.session[MEMBERSHIP] = str(membership.id)
    request.session.update({name: value for name, value in kept.items() if value is not None})


def start_path(user: User) -> tuple[str, str]:
    """Return the two words of a start link; it works once, and for three days.

    It hangs on the stored password: as soon as one is chosen, the link fits no more.
    """
    id = urlsafe_base64_encode(str(user.pk).encode())
    return id, default_token_generator.make_token(user)


def person_of_start(id: str, token: str) -> User | None:
    """Return the person of a start link, ``None`` where it does not fit or was used."""
    try:
        pk = force_str(urlsafe_base64_decode(id))
        user = User.objects.filter(pk=pk, is_active=True).first()
    except (ValueError, TypeError, OverflowError, ValidationError):
        return None
    if user is None or not default_token_generator.check_token(user, token):
        return None
    return user
