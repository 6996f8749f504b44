"""What stands around every page."""

from typing import Any

from django.http import HttpRequest

from ventosa.web.middleware import idle_left
from ventosa.web.policy import assists, owns, practises
from ventosa.web.presenters.speaking import spoken_by


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the frame: who is signed in, where, and which parts the role reaches."""
    scope = getattr(request, "scope", None)
    if scope is None:
        return spoken_by("en")
    membership = scope.membership
    return {
        "clinic": scope.clinic,
        "me": membership,
        "i_own": owns(membership),
        "i_practise": practises(membership),
        "i_assist": assists(membership),
        **spoken_by(membership.user.language),
        "now": scope.now,
        "idle_seconds": scope.clinic.idle_minutes * 60,
        "idle_left": idle_left(request, membership, scope.now),
    }
