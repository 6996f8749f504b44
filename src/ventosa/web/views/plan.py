"""The plan of a visit: shown, changed, overridden, accepted, printed, decided again."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.shortcuts import redirect, render

from ventosa.record import InputError, NotAllowed, OutOfRange
from ventosa.web import revising
from ventosa.web.drafting import Drafted, drafted
from ventosa.web.gathering import gather
from ventosa.web.ids import new_id
from ventosa.web.models import Kind
from ventosa.web.opening import findings_of, open_finding, opened
from ventosa.web.presenters.decided import again_context
from ventosa.web.presenters.finding import finding_context
from ventosa.web.presenters.paper import printed
from ventosa.web.presenters.plan import Told, plan_context, unplanned_context
from ventosa.web.presenters.plan import Typed as TypedAgain
from ventosa.web.scope import ClinicRequest
from ventosa.web.views.printing import on_paper

NOT_SAVED = "Nothing was changed."


def plan(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Return the plan as it stands."""
    return _page(request, _drafted(request, visit))


def change(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Make one change; the checker answers at once."""
    return _act(request, visit, revising.change)


def override(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Go beyond a limit of today with a reason, after what set it was opened."""

    def act(found: Drafted, typed: QueryDict, key: str) -> revising.Done:
        return revising.override(found, typed, key, opened=opened(request.session, found.visit))

    return _act(request, visit, act)


def finding(request: ClinicRequest, visit: UUID, rule: str) -> HttpResponse:
    """Open a finding: what was opened here, and nothing else, counts as read."""
    found = _drafted(request, visit)
    try:
        context = finding_context(found, rule)
    except (InputError, NotAllowed, OutOfRange):
        raise Http404 from None
    one = next((o for o in findings_of(found.visit.screening) if o.rule == rule), None)
    if context is None:
        raise Http404
    if one is not None:
        open_finding(request.session, found.visit, one)
    context["back_to"] = request.GET.get("beyond", "")
    is_part = bool(request.htmx)  # type: ignore[attr-defined]
    return render(request, "plan/opened.html" if is_part else "plan/finding_page.html", context)


def keep_set(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Keep the cups of the plan under a name."""
    return _act(request, visit, revising.keep_set)


def accept(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Accept the plan, unless something stands against it or changed since it was shown."""
    return _act(request, visit, revising.accept)


def plan_print(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Return the plan as a page for paper, with the sheet for the person."""
    try:
        html = printed(_drafted(request, visit))
    except (InputError, NotAllowed, OutOfRange):
        raise Http404 from None
    return on_paper(request, html)


def again(request: ClinicRequest, document: UUID) -> HttpResponse:
    """Make a stored decision again with the knowledge at hand."""
    found = request.scope.document(document)
    if found.kind != Kind.SCREENING:
        raise Http404
    return render(request, "plan/again.html", again_context(request.scope, found))


def _drafted(request: ClinicRequest, visit: UUID) -> Drafted:
    return drafted(gather(request.scope, request.scope.encounter(visit)))


def _act(request: ClinicRequest, visit: UUID, act: Any) -> HttpResponse:
    """Do one act: on success lead back to the page, else show the page with what is wrong."""
    found = _drafted(request, visit)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    key = request.POST.get("key", "")[:50] or new_id().hex
    told: Told | None = None
    status = 422
    try:
        done: revising.Done = act(found, request.POST, key)
    except revising.Refused as refused:
        told = Told("bad", refused.lead, NOT_SAVED, refused.lines)
    except InputError as error:
        told = Told("bad", NOT_SAVED, str(error))
    except (NotAllowed, OutOfRange) as error:
        told, status = Told("bad", NOT_SAVED, str(error)), 409
    else:
        told = Told("", done.lead, "", done.lines) if done.lead else None
        status = 200
    after = _drafted(request, visit)
    if status == 200 and told is None and not request.htmx:  # type: ignore[attr-defined]
        return redirect("plan", after.visit.encounter.id)
    return _page(request, after, told=told, status=status)


def _page(
    request: ClinicRequest, found: Drafted, *, told: Told | None = None, status: int = 200
) -> HttpResponse:
    is_part = bool(request.htmx)  # type: ignore[attr-defined]
    try:
        context = plan_context(
            found,
            sets=revising.sets_of(found.visit.scope),
            may_edit=request.scope.membership.practises,
            chosen=request.POST.get("cup", "1")[:3],
            told=told,
            typed=_typed(request) if status == 422 else TypedAgain(request.GET.get("beyond", "")),
            opened=opened(request.session, found.visit),
        )
    except (InputError, NotAllowed, OutOfRange) as error:
        context = unplanned_context(found, str(error)) | {"told": told}
        return render(request, "plan/none.html", context, status=200 if is_part else status)
    template = "plan/whole.html" if is_part else "plan/page.html"
    # htmx places an answer only where its status says that there is one to place.
    return render(request, template, context, status=200 if is_part else status)


def _typed(request: ClinicRequest) -> TypedAgain | None:
    if "wanted" not in request.POST:
        return None
    names = ("quantity", "wanted", "reason", "sentence")
    return TypedAgain(*(request.POST.get(name, "")[:500] for name in names))
