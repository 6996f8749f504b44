"""Documents of a record: written, read, signed, added to."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render

from ventosa.record import InputError, NotAllowed
from ventosa.web import filling
from ventosa.web.actions import documents as write
from ventosa.web.departed import Departs, compared
from ventosa.web.ids import new_id
from ventosa.web.kept import accepted
from ventosa.web.models import Patient
from ventosa.web.pictures import MEDIA_TYPE
from ventosa.web.presenters.document import page_of
from ventosa.web.presenters.person import person_of
from ventosa.web.presenters.visit import visit_page
from ventosa.web.presenters.writing import form_of, refused
from ventosa.web.scope import ClinicRequest
from ventosa.web.writing import draft_from

View = Callable[..., HttpResponse]


def writing(kind: str) -> View:
    """Return the view that writes one kind of document."""

    def view(request: ClinicRequest, patient: UUID) -> HttpResponse:
        return written(request, request.scope.patient(patient), kind)

    view.__name__ = f"write_{kind}"
    return view


def written(
    request: ClinicRequest, found: Patient, kind: str, *, answers: str = ""
) -> HttpResponse:
    """Return the form of a kind, or write what it hands in; ``answers`` names a letter."""
    scope = request.scope
    given = filling.around(scope, found, kind)
    context = {**person_of(scope, found), **form_of(kind, given), "key": key_of(request)}
    if request.method != "POST" or given.closed:
        context |= {"begin": filling.by_id(given, request.GET.get("template", ""))}
        status = 422 if request.method == "POST" else 200
        return render(request, "documents/form.html", context, status=status)
    try:
        visit = filling.visit_of(given, request.POST.get("visit", ""))
        draft = draft_from(
            kind,
            request.POST,
            request.FILES,
            today=scope.today,
            encounter=visit,
            cups=given.cups,
        )
        if answers:
            draft.body.answers = answers  # type: ignore[attr-defined]
        draft = compared(scope, draft, request.POST.get("despite", ""))
        document = write.hand_in(scope, patient=found, draft=draft, key=context["key"])
    except Departs as beyond:
        context |= refused(kind, given, request.POST, beyond)
        context["departures"] = beyond.lines
        return render(request, "documents/form.html", context, status=422)
    except (InputError, NotAllowed) as error:
        context |= refused(kind, given, request.POST, error)
        context["departures"] = request.POST.getlist("departure")
        context["key"] = key_after(error, context["key"])
        return render(request, "documents/form.html", context, status=422)
    return accepted(redirect("document", document.id), context["key"])


def document(request: ClinicRequest, document: UUID) -> HttpResponse:
    """Return one document, whole, with what was added to it."""
    return _page(request, document, {})


def sign(request: ClinicRequest, document: UUID) -> HttpResponse:
    """Sign a document: from then on it only grows by addenda."""
    return _act(request, document, lambda found: write.sign(request.scope, document=found))


def add(request: ClinicRequest, document: UUID) -> HttpResponse:
    """Write an addendum; the original stays."""
    text, key = request.POST.get("text", ""), key_of(request)
    return _act(
        request,
        document,
        lambda found: write.add_to(request.scope, document=found, text=text, key=key),
    )


def heal(request: ClinicRequest, document: UUID) -> HttpResponse:
    """Write that a harm is over."""
    text, key = request.POST.get("text", ""), key_of(request)
    return _act(
        request,
        document,
        lambda found: write.heal(request.scope, document=found, text=text, key=key),
    )


def mistake(request: ClinicRequest, document: UUID) -> HttpResponse:
    """Say that a document belongs to nobody: it stays, struck through."""
    reason = request.POST.get("reason", "")
    return _act(
        request,
        document,
        lambda found: write.enter_in_error(request.scope, document=found, reason=reason),
    )


def picture(request: ClinicRequest, document: UUID) -> HttpResponse:
    """Return the picture of a document: its bytes and nothing a browser could run."""
    data = filling.picture_of(request.scope, request.scope.document(document))
    if data is None:
        raise Http404
    answer = HttpResponse(data, content_type=MEDIA_TYPE)
    answer["Content-Disposition"] = 'inline; filename="picture.jpg"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


def visit(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Return what was said and written in a visit."""
    found = request.scope.encounter(visit)
    context = {**person_of(request.scope, found.patient), **visit_page(request.scope, found)}
    return render(request, "documents/visit.html", context)


def key_of(request: ClinicRequest) -> str:
    """Return the name of a submission: the form's own, or a new one."""
    return request.POST.get("key", "")[:56] or new_id().hex


def key_after(error: Exception, key: str) -> str:
    """Return the key to go on with: a new one where the old one already stands for other words."""
    return new_id().hex if isinstance(error, write.SentBefore) else key


def _act(request: ClinicRequest, id: UUID, act: Callable[[Any], object]) -> HttpResponse:
    found = request.scope.document(id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        act(found)
    except (InputError, NotAllowed) as error:
        return _page(request, id, {"problem": words_of(error), "typed": request.POST}, status=422)
    return accepted(redirect("document", id), request.POST.get("key", "")[:56])


def words_of(error: Exception) -> str:
    """Return a refusal in words."""
    return error.problem if isinstance(error, InputError) else str(error)


def _page(request: ClinicRequest, id: UUID, more: Any, *, status: int = 200) -> HttpResponse:
    found = request.scope.document(id)
    context = {**person_of(request.scope, found.patient), **page_of(request.scope, found), **more}
    return render(request, "documents/document.html", context, status=status)
