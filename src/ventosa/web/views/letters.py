"""Letters: drafted from a visit, kept, printed, answered."""

from collections.abc import Callable
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string

from ventosa.record import InputError, NotAllowed, OutOfRange
from ventosa.web import paper
from ventosa.web.actions import documents as write
from ventosa.web.gathering import gather
from ventosa.web.kept import accepted
from ventosa.web.lettering import accepted_plan, drafted_letter, letter_from
from ventosa.web.models import Document, Kind
from ventosa.web.presenters.letter import letter_page, letter_paper
from ventosa.web.scope import ClinicRequest
from ventosa.web.views.documents import key_after, key_of, written
from ventosa.web.views.printing import on_paper


def letter(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Draft a letter from a visit; sent back, it is kept."""
    scope = request.scope
    found = gather(scope, scope.encounter(visit))
    plan = accepted_plan(found)
    chosen = request.POST if request.method == "POST" else request.GET
    kind, reader = chosen.get("kind", "referral"), chosen.get("reader", "doctor")
    try:
        drafted = drafted_letter(found, plan, kind, reader)
    except InputError:
        raise Http404 from None
    key = key_of(request)
    if request.method != "POST" or "text" not in request.POST:
        context = letter_page(found, drafted, plan)
        return render(request, "letters/page.html", {**context, "key": key})
    try:
        kept = write.write(
            scope,
            patient=found.patient,
            kind=Kind.LETTER,
            body=letter_from(request.POST, found, plan, drafted),
            key=key,
            encounter=found.encounter,
        )
    except (InputError, NotAllowed) as error:
        context = letter_page(found, drafted, plan, typed=request.POST, error=error)
        context["key"] = key_after(error, key)
        return render(request, "letters/page.html", context, status=422)
    return accepted(redirect("document", kept.id), key)


def letter_print(request: ClinicRequest, document: UUID) -> HttpResponse:
    """Return a letter that went out as a page for paper."""
    return on_paper(request, _paper(request, _sent(request, document)))


def letter_pdf(request: ClinicRequest, document: UUID) -> HttpResponse:
    """Return a letter that went out as PDF; where none can be set, lead to the page for paper."""
    found = _sent(request, document)
    if not paper.can_print():
        return redirect("letter_print", found.id)
    try:
        data = paper.pdf_of(_paper(request, found))
    except OutOfRange:
        return redirect("letter_print", found.id)
    answer = HttpResponse(data, content_type="application/pdf")
    name = f"letter-{found.patient.number}-{found.on.isoformat()}.pdf"
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store"
    return answer


def answering(kind: str) -> Callable[..., HttpResponse]:
    """Return the view that writes the answer to a letter: a word, a clearance, another letter."""

    def view(request: ClinicRequest, document: UUID) -> HttpResponse:
        found = _sent(request, document)
        return written(request, found.patient, kind, answers=str(found.id))

    view.__name__ = f"answer_{kind}"
    return view


def _sent(request: ClinicRequest, id: UUID) -> Document:
    """A letter that went out; anything else has no such page."""
    found = request.scope.document(id)
    if found.kind != Kind.LETTER or found.body["direction"] != "went":
        raise Http404
    return found


def _paper(request: ClinicRequest, found: Document) -> str:
    return render_to_string("letters/paper.html", letter_paper(request.scope, found))
