"""The clinic's saved sets of cups: named anew, retired, taken up again."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render

from ventosa.record import InputError
from ventosa.web import belongings
from ventosa.web.actions import plans as write
from ventosa.web.models import CupSet
from ventosa.web.presenters.cup_sets import sets_page
from ventosa.web.scope import ClinicRequest


def cup_sets(request: ClinicRequest) -> HttpResponse:
    """List the sets, those in use first."""
    return render(request, "plan/sets.html", sets_page(request.scope))


def cup_set(request: ClinicRequest, cup_set: UUID) -> HttpResponse:
    """Give a set another name, retire it, or take it up again."""
    found = belongings.one(request.scope, CupSet, cup_set)
    if request.method != "POST":
        return redirect("cup_sets")
    act = request.POST.get("act", "")
    try:
        if act in ("retire", "again"):
            write.end_set(request.scope, cup_set=found, is_over=act == "retire")
        else:
            write.rename_set(request.scope, cup_set=found, name=request.POST.get("name", ""))
    except InputError as error:
        context = sets_page(request.scope) | {"problem": error.problem, "wrong": found.id}
        return render(request, "plan/sets.html", context, status=422)
    return redirect("cup_sets")
