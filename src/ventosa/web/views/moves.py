"""Wrong patient: where a document or a visit belongs is searched, and it goes there."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from ventosa.record import InputError, NotAllowed
from ventosa.web import finding
from ventosa.web.actions import moves as write
from ventosa.web.models import Patient
from ventosa.web.presenters.person import person_of
from ventosa.web.scope import ClinicRequest
from ventosa.web.views.documents import key_of, words_of

FOUND = 12
"""Patients that one search shows."""


def document(request: ClinicRequest, document: UUID) -> HttpResponse:
    """Move a document to the patient to whom it belongs."""
    found = request.scope.document(document)

    def move(to: Patient, reason: str, key: str) -> HttpResponse:
        moved = write.move_document(request.scope, document=found, to=to, reason=reason, key=key)
        return redirect("document", moved.id)

    return _moving(request, found.patient, move, {"document": found})


def visit(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Move a whole visit to the patient to whom it belongs."""
    found = request.scope.encounter(visit)

    def move(to: Patient, reason: str, key: str) -> HttpResponse:
        moved = write.move_visit(request.scope, encounter=found, to=to, reason=reason, key=key)
        return redirect("visit_read", moved.id)

    return _moving(request, found.patient, move, {"moving": found})


def _moving(
    request: ClinicRequest,
    home: Patient,
    move: Callable[[Patient, str, str], HttpResponse],
    thing: dict[str, Any],
) -> HttpResponse:
    """The page of a move: what is searched is sent in the form, so that no address holds a name."""
    context = {**person_of(request.scope, home), "tab": "record", **thing, "key": key_of(request)}
    if request.method != "POST":
        return render(request, "documents/move.html", context)
    typed = request.POST.get("q", "")[:100]
    context |= {"q": typed, "reason": request.POST.get("reason", "")[:500]}
    status = 200
    if "move" in request.POST:
        try:
            return move(_chosen(request), context["reason"], context["key"])
        except (InputError, NotAllowed) as error:
            context["problem"], status = words_of(error), 422
    if typed.strip():
        found = finding.patients(request.scope, typed, most=FOUND, beside=[home.id])
        context["found"] = request.scope.listing(found)
    return render(request, "documents/move.html", context, status=status)


def _chosen(request: ClinicRequest) -> Patient:
    typed = request.POST.get("to", "")
    if not typed:
        raise InputError("to", "choose to whom it belongs")
    try:
        return request.scope.patient(UUID(typed))
    except ValueError:
        raise Http404 from None
