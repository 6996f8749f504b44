"""Devices on which somebody signed in before: a stranger's attempts do not make them wait."""

import hmac
import secrets
from hashlib import sha256

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE = "device"
SALT = "ventosa.device"
LASTS_DAYS = 180
MOST_NAMES = 20


def _mark(name: str) -> str:
    said = name.strip().casefold().encode("utf-8", "replace")
    return hmac.new(settings.SECRET_KEY.encode(), b"device:" + said, sha256).hexdigest()[:16]


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    try:
        word, names = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LASTS_DAYS * 86400
        )
    except (signing.BadSignature, ValueError, TypeError):
        return "", []
    return str(word), [str(name) for name in names]


def known_device(request: HttpRequest, name: str) -> str:
    """Return the word of the device if this name signed in on it before, else an empty text."""
    word, names = _read(request)
    return word if _mark(name) in names else ""


def remember(request: HttpRequest, name: str) -> None:
    """Let the answer to this request mark the device as one on which this name signed in."""
    word, names = _read(request)
    marks = [_mark(name), *(mark for mark in names if mark != _mark(name))][:MOST_NAMES]
    request.device_cookie = [word or secrets.token_hex(8), marks]  # type: ignore[attr-defined]


def mark(request: HttpRequest, response: HttpResponse) -> None:
    """Put the mark on an answer, where a sign-in asked for it."""
    value = getattr(request, "device_cookie", None)
    if value is not None:
        response.set_cookie(
            COOKIE,
            signing.dumps(value, salt=SALT),
            max_age=LASTS_DAYS * 86400,
            httponly=True,
            samesite="Strict",
            secure=settings.SESSION_COOKIE_SECURE,
        )
