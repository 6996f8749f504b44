"""What stands around every page."""

from typing import Any

from django.http import HttpRequest

from ventosa.languages import languages
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
        **spoken_by(membership.user.language),
        "now": scope.now,
        "idle_seconds": scope.clinic.idle_minutes * 60,
        "idle_left": idle_left(request, membership, scope.now),
    }


def spoken_by(code: str) -> dict[str, str]:
    """Return language and direction of a page; a language that is not there is English."""
    known = {one.code: one.direction for one in languages()}
    language = code if code in known else "en"
    return {"language": language, "direction": known[language]}
