"""Consent: asked for, read, signed, said, taken back; languages signed off."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from ventosa.consent import ConsentKind, ConsentSet
from ventosa.record import InputError, NotAllowed
from ventosa.web.actions import consents as write
from ventosa.web.consenting import Agreement, agreement, given, offered
from ventosa.web.gathering import gather
from ventosa.web.kept import accepted
from ventosa.web.models import Kind, Patient
from ventosa.web.presenters import consent as present
from ventosa.web.presenters.person import person_of
from ventosa.web.presenters.speaking import spoken_by
from ventosa.web.scope import ClinicRequest
from ventosa.web.signing import LISTS, set_from, signed_from
from ventosa.web.views.documents import key_of, words_of
from ventosa.web.views.hand_over import DOING, HELD, back_to_patient, doing, give_for

ASKED = "consent_asked"
"""The set that somebody changed before it is read, by visit; it lives as long as the sign-in."""


def consent(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Return how consent stands in a visit, and what can be done about it."""
    return _page(request, _found(request, visit))


def ask(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """State another set than the one proposed; it is kept until it is signed."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    found = _found(request, visit)
    typed = {**request.POST.dict(), **{name: request.POST.getlist(name) for name in LISTS}}
    try:
        problems = present.problems_of(found, set_from(typed))
    except InputError as error:
        problems = (f"{_field(error)}: {error.problem}",)
    if problems:
        return _page(request, found, status=422, typed=typed, refused=problems)
    fields = {name: typed.get(name, "") for name in FIELDS}
    request.session[ASKED] = {**request.session.get(ASKED, {}), str(visit): fields}
    return redirect("consent", visit)


DOSES = ("suction_kpa", "retention_min", "cups", "repetitions")
FIELDS = (*LISTS, *DOSES, "sessions", "from_level", "to_level", "until")


def sign(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Let the person read and sign; also on the tablet in the patient's own hands."""
    held = request.session.get(HELD)
    if held is not None and (held != str(visit) or doing(request) != "consent_sign"):
        return back_to_patient(request)
    found = _found(request, visit)
    asked = _asked(request, found)
    if asked is None or found.barred or present.problems_of(found, asked):
        if held is not None:
            request.session[DOING] = "consent_done"
        return redirect("consent" if held is None else "consent_done", visit)
    if request.method != "POST":
        return _sign_page(request, found, asked)
    key = key_of(request)
    try:
        signed = signed_from(request.POST, name=found.visit.details.name, on=request.scope.today)
        code, about = _read(request, found.languages), [str(one) for one in asked.techniques]
        _, texts = present.papers_of(about, code)
        _same(request, [text.sha256 for text in texts])
        write.sign_treatment(
            request.scope, agreed_for=found, agreed=asked, signed=signed, texts=texts, key=key
        )
    except (InputError, NotAllowed) as error:
        return _sign_page(request, found, asked, status=422, problem=words_of(error), key=key)
    request.session[ASKED] = {**request.session.get(ASKED, {}), str(visit): None}
    if HELD in request.session:
        request.session[DOING] = "consent_done"
        return accepted(redirect("consent_done", visit), key)
    return accepted(redirect("consent", visit), key)


def done(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Say to the patient who holds the tablet what stands now, and let them take it back."""
    patient = request.scope.encounter(visit).patient
    if HELD not in request.session:
        return redirect("consent", visit)
    if request.session[HELD] != str(visit) or doing(request) != "consent_done":
        return back_to_patient(request)
    stands = given(request.scope, patient).standing(ConsentKind.TREATMENT)
    details = person_of(request.scope, patient)["details"]
    context = {"visit_id": visit, "patient": patient, "stands": bool(stands)}
    context |= spoken_by(details.language)
    return render(request, "consent/done.html", context)


def hand(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Give the tablet to the patient to read and sign."""
    return give_for(request, visit, "consent_sign")


def spoken(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Write a yes said aloud, where it is enough."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    found = gather(request.scope, request.scope.encounter(visit))
    try:
        write.say_yes(request.scope, visit=found, key=key_of(request))
    except NotAllowed as error:
        return _page(request, agreement(found), status=422, refused=(str(error),))
    return redirect("consent", visit)


def check(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Say whether a session of this visit may begin: 422 with what consent lacks, else 200."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    found = gather(request.scope, request.scope.encounter(visit))
    lacks = write.begin_session_check(request.scope, visit=found)
    return JsonResponse({"missing": list(lacks)}, status=422 if lacks else 200)


def withdraw(request: ClinicRequest, patient: UUID) -> HttpResponse:
    """Take consent back: at once, everywhere."""
    found = request.scope.patient(patient)
    if not _is_held_by(request, found):
        return back_to_patient(request)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        kind = ConsentKind(request.POST.get("kind", ""))
        write.withdraw(request.scope, patient=found, kind=kind, key=key_of(request))
    except (ValueError, NotAllowed):
        messages.info(request, "No consent of this kind stands: there is nothing to take back.")
    if HELD in request.session:
        request.session[DOING] = "consent_done"
        return redirect("consent_done", request.session[HELD])
    return _back(request, patient)


def undo(request: ClinicRequest, document: UUID) -> HttpResponse:
    """Undo a withdrawal that was a slip of the finger."""
    found = request.scope.document(document)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        write.undo_withdrawal(request.scope, document=found)
    except NotAllowed as error:
        messages.error(request, f"Not undone: {error}.")
    return _back(request, found.patient_id)


def paper(request: ClinicRequest, document: UUID) -> HttpResponse:
    """Return a consent on paper: what was read, what was agreed, the signature."""
    found = request.scope.document(document)
    if found.kind != Kind.CONSENT:
        return redirect("document", found.id)
    whole = given(request.scope, found.patient)
    context = {**person_of(request.scope, found.patient), **present.print_page(whole, found)}
    return render(request, "consent/print.html", context)


def photo(request: ClinicRequest, patient: UUID) -> HttpResponse:
    """Read and sign what is said about photos."""
    return _purpose(request, patient, ConsentKind.PHOTO)


def teaching(request: ClinicRequest, patient: UUID) -> HttpResponse:
    """Read and sign what is said about teaching."""
    return _purpose(request, patient, ConsentKind.TEACHING)


def languages(request: ClinicRequest) -> HttpResponse:
    """List the languages as they stand for consent, and sign one off."""
    problem, status = "", 200
    if request.method == "POST":
        try:
            write.sign_off(request.scope, **_sign_off(request))
            return redirect("settings_consent")
        except (InputError, NotAllowed) as error:
            problem, status = words_of(error), 422
    context = {
        "part": "settings",
        "rows": present.languages_page(offered(request.scope.clinic)),
        "problem": problem,
        "today": request.scope.today.isoformat(),
    }
    return render(request, "consent/languages.html", context, status=status)


def _sign_off(request: ClinicRequest) -> dict[str, Any]:
    names = ("language", "sha256", "read_by", "training")
    try:
        on = date.fromisoformat(request.POST.get("on", ""))
    except ValueError:
        raise InputError("on", "choose the day on which it was read") from None
    return {**{name: request.POST.get(name, "") for name in names}, "on": on}


def _purpose(request: ClinicRequest, patient: UUID, kind: ConsentKind) -> HttpResponse:
    found = request.scope.patient(patient)
    context, key = person_of(request.scope, found), key_of(request)
    codes = offered(request.scope.clinic)
    reads = present.reading_of(context["details"], codes)
    problem = ""
    if request.method == "POST":
        try:
            signed = signed_from(request.POST, name=context["details"].name, on=request.scope.today)
            _, texts = present.papers_of([str(kind)], _read(request, codes))
            _same(request, [text.sha256 for text in texts])
            write.sign_purpose(
                request.scope,
                patient=found,
                kind=kind,
                signed=signed,
                text=texts[0],
                details=context["details"],
                key=key,
            )
            return accepted(redirect("chart", patient), key)
        except (InputError, NotAllowed) as error:
            problem = words_of(error)
    page = present.sign_page(request.scope, found, [str(kind)], reads["code"], context["details"])
    context |= {**page, "reads": reads, "key": key, "problem": problem, "typed": request.POST}
    return render(request, "consent/sign.html", context, status=422 if problem else 200)


def _found(request: ClinicRequest, visit: UUID) -> Agreement:
    return agreement(gather(request.scope, request.scope.encounter(visit)))


def _asked(request: ClinicRequest, found: Agreement) -> ConsentSet | None:
    """The set that was stated on purpose, or else the one proposed."""
    kept = (request.session.get(ASKED) or {}).get(str(found.visit.encounter.id))
    try:
        return set_from(kept) if kept else found.proposed
    except InputError:
        return found.proposed


def _read(request: ClinicRequest, codes: tuple[str, ...]) -> str:
    code = request.POST.get("read", "")
    if code not in codes:
        raise NotAllowed("nobody has signed off consent texts in this language here")
    return code


def _same(request: ClinicRequest, hashes: list[str]) -> None:
    if request.POST.getlist("sha256") != hashes:
        raise NotAllowed("the text has changed since this page was shown: read it once more")


def _field(error: InputError) -> str:
    return error.path.rpartition(".")[2].replace("_", " ")


def _page(
    request: ClinicRequest,
    found: Agreement,
    *,
    status: int = 200,
    typed: Any = None,
    refused: tuple[str, ...] = (),
) -> HttpResponse:
    context = {
        **person_of(request.scope, found.visit.patient),
        **present.page_of(found, _asked(request, found)),
        "purposes": present.purposes(found.given),
        "refused": refused,
    }
    if typed is not None:
        context["fields"] = typed
    return render(request, "consent/page.html", context, status=status)


def _sign_page(
    request: ClinicRequest, found: Agreement, asked: ConsentSet, *, status: int = 200, **more: Any
) -> HttpResponse:
    visit = found.visit
    reads = present.reading_of(visit.details, found.languages)
    about = [str(one) for one in asked.techniques]
    context = {
        "visit_id": visit.encounter.id,
        "covers": list(present.set_lines(asked, reads["code"])),
        "reads": reads,
        "held": HELD in request.session,
        "stands": bool(found.given.standing(ConsentKind.TREATMENT)),
        "key": key_of(request),
        "typed": request.POST,
        **present.sign_page(request.scope, visit.patient, about, reads["code"], visit.details),
        **more,
    }
    return render(request, "consent/sign.html", context, status=status)


def _is_held_by(request: ClinicRequest, patient: Patient) -> bool:
    """Whether nobody else's tablet this is: the clinic's own, or in this patient's hands."""
    if HELD not in request.session:
        return True
    held = request.scope.encounter(UUID(request.session[HELD]))
    return held.patient_id in request.scope.one_person(patient)


def _back(request: ClinicRequest, patient: UUID) -> HttpResponse:
    """Where the tap was made; never outside this clinic."""
    to = request.POST.get("from", "")
    if to.startswith("/") and url_has_allowed_host_and_scheme(to, allowed_hosts=None):
        return redirect(to)
    return redirect("chart", patient)
