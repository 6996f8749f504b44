"""The assessment of one visit: the map, the pain, the questions."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect, render

from ventosa.assessing import PRACTITIONER, Entry
from ventosa.record import InputError
from ventosa.web.actions import assessments as write
from ventosa.web.gathering import gather
from ventosa.web.ids import new_id
from ventosa.web.knowing import knowledge
from ventosa.web.presenters.person import person_of
from ventosa.web.scope import ClinicRequest


def begin(request: ClinicRequest, patient: UUID) -> HttpResponse:
    """Begin a visit of today."""
    found = request.scope.patient(patient)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    key = request.POST.get("key", "")[:64] or new_id().hex
    visit = write.begin(request.scope, patient=found, key=key)
    return redirect("assess", visit.id)


def assess(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Return the assessment as it stands."""
    found = gather(request.scope, request.scope.encounter(visit))
    context = {**person_of(request.scope, found.patient), "visit": found, "tab": "assess"}
    return render(request, "assess/page.html", context)


def entries(request: ClinicRequest, visit: UUID) -> HttpResponse:
    """Keep what was said, and return the keys that are safe now."""
    found = request.scope.encounter(visit)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        said = entries_from(json.loads(request.body), said=PRACTITIONER)
        kept = write.say(request.scope, encounter=found, entries=said, knowledge=knowledge())
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"problem": "not a list of entries"}, status=400)
    except InputError as error:
        return JsonResponse({"problem": error.problem, "field": error.path}, status=422)
    return JsonResponse({"kept": kept})


def entries_from(tree: Any, *, said: str) -> list[Entry]:
    """Return the entries of a submission; who said them is not for the device to choose."""
    return [
        Entry(
            key=str(one["key"])[:64],
            field=str(one["field"])[:60],
            value=one["value"],
            said=said,
            saw=str(one.get("saw", ""))[:64],
            note=str(one.get("note", ""))[:2000],
        )
        for one in tree["entries"]
    ]
