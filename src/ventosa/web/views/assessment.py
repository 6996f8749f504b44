"""The assessment of one visit: the map, the pain, the questions."""

import json
from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from ventosa.assessing import PATIENT, PRACTITIONER, check_patient_entry
from ventosa.drawing import RULES
from ventosa.record import InputError, NotAllowed
from ventosa.terms import LEVELS
from ventosa.web.actions import assessments as write
from ventosa.web.gathering import gather
from ventosa.web.ids import new_id
from ventosa.web.knowing import knowledge
from ventosa.web.models import Encounter
from ventosa.web.presenters.assessment import page_of
from ventosa.web.presenters.person import person_of
from ventosa.web.saying import entries_of_device, entries_of_form
from ventosa.web.scope import ClinicRequest, was_moved


def begin(request: ClinicRequest, patient: UUID) -> HttpResponse:
    """Begin a visit of today."""
    found = request.scope.patient(patient)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    key = request.POST.get("key", "")[:64] or new_id().hex
    visit = write.begin(request.scope, patient=found, key=key)
    return redirect("assess", visit.id)


def assess(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Return the assessment as it stands; of a visit that was moved away, what it holds."""
    encounter = request.scope.encounter(visit)
    if was_moved(encounter):
        return redirect("visit_read", visit)
    found = gather(request.scope, encounter)
    context = {
        **person_of(request.scope, found.patient),
        **page_of(found, request.GET),
        "visit": found,
        "tab": "assess",
    }
    return render(request, "assess/page.html", context)


def entries(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Keep what was said: of a device as JSON, of a form without a script."""
    found = request.scope.encounter(visit)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if request.content_type == "application/json":
        return kept(request, found, said=PRACTITIONER)
    try:
        told = entries_of_form(request.POST.dict(), said=PRACTITIONER)
        write.say(request.scope, encounter=found, entries=told, knowledge=knowledge())
    except (InputError, NotAllowed) as error:
        messages.error(request, f"Not written: {error}")
    return redirect(reverse("assess", args=[found.id]) + part_of(request.POST))


def part_of(typed: Mapping[str, str]) -> str:
    """Return where on the page a form stands, as the end of an address: a place, map, pain."""
    level, _, side = typed.get("place", "").partition(":")
    if level in LEVELS:
        return f"?place={level}:{'left' if side == 'both' else side}#map"
    if {"zones", "zone_kind"} & set(typed):
        return "#map"
    return "#pain" if {"pain_now", "pain_week", "onset_date", "goal"} & set(typed) else ""


def kept(request: ClinicRequest, encounter: Encounter, *, said: str) -> HttpResponse:
    """Keep what a device sends, and return the keys that are safe now."""
    try:
        told = entries_of_device(json.loads(request.body), said=said)
        if said == PATIENT:
            for entry in told:
                check_patient_entry(entry, knowledge())
        keys = write.say(request.scope, encounter=encounter, entries=told, knowledge=knowledge())
    except InputError as error:
        return JsonResponse({"problem": error.problem, "field": error.path}, status=422)
    except NotAllowed as error:
        return JsonResponse({"problem": str(error)}, status=422)
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"problem": "not a list of entries"}, status=400)
    return JsonResponse({"kept": keys})


def drawing_rules(request: ClinicRequest) -> HttpResponse:
    """Return the style sheet of every drawing on a page."""
    answer = HttpResponse(RULES, content_type="text/css; charset=utf-8")
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer
