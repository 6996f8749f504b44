"""What stands around every page."""

from typing import Any

from django.http import HttpRequest

from ventosa.web.middleware import idle_left
from ventosa.web.policy import assists, owns, practises


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the frame: who is signed in, where, and which parts the role reaches."""
    scope = getattr(request, "scope", None)
    if scope is None:
        return {"language": "en", "direction": "ltr"}
    membership = scope.membership
    return {
        "clinic": scope.clinic,
        "me": membership,
        "i_own": owns(membership),
        "i_practise": practises(membership),
        "i_assist": assists(membership),
        "language": "en",
        "direction": "ltr",
        "now": scope.now,
        "idle_seconds": scope.clinic.idle_minutes * 60,
        "idle_left": idle_left(request, membership, scope.now),
    }
