"""Half-typed words are kept on the device until a form was accepted: this says that one was."""

from typing import TypeVar

from django.conf import settings
from django.http import HttpResponse

COOKIE = "accepted"
SECONDS = 600
"""How long the device may take to hear of it; it is cleared when heard."""

Response = TypeVar("Response", bound=HttpResponse)


def accepted(response: Response, key: str) -> Response:
    """Return the response, with the word that the submission of this key stands in the record.

    The key is chance and says nothing of anybody; ``drafts.js`` reads it and lets go of the draft.
    """
    response.set_cookie(
        COOKIE,
        key,
        max_age=SECONDS,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=False,  # a script on the device must read it
        samesite="Lax",
    )
    return response
