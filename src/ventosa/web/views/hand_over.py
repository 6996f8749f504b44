"""The tablet in the patient's hands: nothing else works until the practitioner takes it back."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from ventosa.assessing import PATIENT, Entry, check_patient_entry
from ventosa.record import InputError, NotAllowed
from ventosa.web.actions import assessments as write
from ventosa.web.gathering import gather
from ventosa.web.knowing import knowledge
from ventosa.web.models import Encounter
from ventosa.web.pins import PinAnswer, check_pin
from ventosa.web.presenters.hand_over import patient_page
from ventosa.web.saying import entries_of_form
from ventosa.web.scope import ClinicRequest
from ventosa.web.views.assessment import kept

HELD, TRIES, NEEDS_PASSWORD = "hand_over", "hand_over_tries", "hand_over_password"
DOING = "hand_over_doing"
CAME_FROM = {"hand_over": "assess", "consent_sign": "consent", "consent_done": "consent"}
"""What the patient does on the tablet, and the page from which it was given for that."""

NO_WAY_BACK = "Set a PIN first: without one nobody could take the tablet back from the patient."

MOST_PASSWORDS = 5
"""Wrong passwords after which the tablet is signed out; signing in is counted by itself."""


def doing(request: HttpRequest) -> str:
    """Return the name of the page on which the patient is, while the tablet is theirs."""
    told = request.session.get(DOING, "")
    return told if told in CAME_FROM else "hand_over"


def back_to_patient(request: HttpRequest) -> HttpResponse:
    """Lead back to the only page that works while the patient holds the tablet."""
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"problem": "The tablet is with the patient."}, status=409)
    return redirect(doing(request), request.session[HELD])


def give(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Give the tablet to the patient of this visit, for the questions."""
    return give_for(request, visit, "hand_over")


def give_for(request: ClinicRequest, visit: UUID, page: str) -> HttpResponse:
    """Give the tablet to the patient of this visit, for what stands on a page."""
    found = request.scope.encounter(visit)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    membership = request.scope.membership
    if not membership.pin and not membership.user.has_usable_password():
        messages.error(request, NO_WAY_BACK)
        return redirect("pin")
    _let_go(request)
    request.session[HELD], request.session[DOING] = str(found.id), page
    return redirect(page, found.id)


def _let_go(request: HttpRequest) -> None:
    for name in (HELD, DOING, TRIES, NEEDS_PASSWORD):
        request.session.pop(name, None)


def hand_over(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Return the next screen of the patient's own questions, or keep what a form says."""
    found = _held(request, visit)
    if found is None or doing(request) != "hand_over":
        return _away(request, visit)
    if request.method == "POST":
        return _say(request, found)
    return render(request, "assess/hand_over.html", patient_page(gather(request.scope, found)))


def hand_over_entries(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Keep what the patient said on the device, also where it comes after the tablet is back."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if request.session.get(HELD, str(visit)) != str(visit):
        return JsonResponse({"problem": "The tablet is with another patient."}, status=409)
    return kept(request, request.scope.encounter(visit), said=PATIENT)


def take_back(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Take the tablet back with the PIN, or with the password where there is no PIN."""
    found = _held(request, visit)
    if found is None:
        return _away(request, visit)
    is_wrong = False
    if request.method == "POST":
        if _opens(request, request.POST.get("word", "")[:200]):
            came_from = CAME_FROM[doing(request)]
            _let_go(request)
            return redirect(came_from, found.id)
        is_wrong = True
        if request.session.get(TRIES, 0) >= MOST_PASSWORDS:
            logout(request)
            return redirect("account_login")
    by_pin = bool(request.scope.membership.pin) and not request.session.get(NEEDS_PASSWORD)
    context = {
        "visit_id": found.id,
        "by_pin": by_pin,
        "is_wrong": is_wrong,
        "doing": reverse(doing(request), args=[found.id]),
    }
    return render(request, "assess/take_back.html", context, status=403 if is_wrong else 200)


def _opens(request: ClinicRequest, word: str) -> bool:
    """Whether a word takes the tablet back; what was wrong is counted."""
    membership = request.scope.membership
    if membership.pin and not request.session.get(NEEDS_PASSWORD):
        answer = check_pin(membership, word, now=request.scope.now)
        if answer is PinAnswer.PASSWORD:
            request.session[NEEDS_PASSWORD] = True
        return answer is PinAnswer.FITS
    if membership.user.check_password(word):
        return True
    request.session[TRIES] = request.session.get(TRIES, 0) + 1
    return False


def _held(request: ClinicRequest, visit: UUID) -> Encounter | None:
    """The visit whose patient holds the tablet, if it is this one."""
    if request.session.get(HELD) != str(visit):
        return None
    return request.scope.encounter(visit)


def _away(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Where somebody goes who is not on the page of the tablet's patient."""
    if HELD in request.session:
        return back_to_patient(request)
    return redirect("assess", request.scope.encounter(visit).id)


def _say(request: ClinicRequest, encounter: Encounter) -> HttpResponse:
    try:
        told: list[Entry] = entries_of_form(request.POST.dict(), said=PATIENT)
        for entry in told:
            check_patient_entry(entry, knowledge())
        write.say(request.scope, encounter=encounter, entries=told, knowledge=knowledge())
    except (InputError, NotAllowed):
        messages.error(request, "This was not written. Answer it again.")
    return redirect("hand_over", encounter.id)
