"""Pages for what went wrong: what happened, what became of the words, what to do."""

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render


def _page(request: HttpRequest, status: int, title: str, text: str, **more: object) -> HttpResponse:
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"problem": f"{title}. {text}"}, status=status)
    return render(request, "fault.html", {"title": title, "text": text, **more}, status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing is at this address, or it belongs to another clinic."""
    return _page(request, 404, "Nothing is here", "The address may be old, or not of this clinic.")


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the role does not reach here."""
    text = "Your role in this clinic does not reach here. The owner can change it in Settings."
    return _page(request, 403, "Not with this role", text)


def works_nowhere(request: HttpRequest) -> HttpResponse:
    """403: signed in, and the work is over or has not begun in every clinic."""
    text = (
        "You are signed in and work in no clinic today. What you wrote stays. The owner of a "
        "clinic can change your first and your last day, or invite you."
    )
    return _page(request, 403, "No work here today", text, is_nowhere=True)


def signed_out(request: HttpRequest) -> HttpResponse:
    """401 for a script: its words stay on the device until somebody signs in."""
    return JsonResponse({"problem": "Signed out. Your words are kept on this device."}, status=401)


def not_understood(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: what was sent cannot be read; most often it is too much at once."""
    if isinstance(exception, DisallowedHost):
        address = settings.DEPLOYMENT.address or "the address that its start told"
        text = f"This clinic does not answer to the address you opened. Open {address}"
        return HttpResponse(f"{text}\n", status=400, content_type="text/plain; charset=utf-8")
    text = "Nothing was saved. A form holds up to 2 MB of text: send it in parts."
    return _page(request, 400, "This cannot be taken", text)


def token_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form from another page, or from before the sign-in; 401 for a script of nobody."""
    is_script = request.headers.get("Accept", "").startswith("application/json")
    if is_script and getattr(request, "scope", None) is None:
        return signed_out(request)
    text = "Nothing was saved. Go back, load the page again and send it once more."
    return _page(request, 403, "This form is from before you signed in", text)


def too_large(request: HttpRequest, megabytes: int) -> HttpResponse:
    """413: a file is larger than what is taken; nothing of it was read."""
    text = f"Nothing was saved. Files of up to {megabytes} MB are taken; make it smaller first."
    return _page(request, 413, "The file is too large", text)


def cannot_store(request: HttpRequest) -> HttpResponse:
    """507: the disk is full or the database is away; nothing half-written stays."""
    text = (
        "Nothing was saved, and nothing half-written stays. Your words are kept on this device. "
        "Free some space on the clinic's machine, or start it again, and send them once more."
    )
    return _page(request, 507, "The clinic's machine cannot store this now", text)


def broken(request: HttpRequest) -> HttpResponse:
    """500: a fault of the program."""
    text = (
        "This is a fault of the program. Your words are kept on this device. Go back and try again."
    )
    return _page(request, 500, "This page could not be made", text)
