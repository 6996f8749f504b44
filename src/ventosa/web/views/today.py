"""The first page of the day."""

from django.http import HttpResponse
from django.shortcuts import render

from ventosa.web import belongings
from ventosa.web.scope import ClinicRequest


def today(request: ClinicRequest) -> HttpResponse:
    """Return the visits of today, and the newest patients."""
    scope = request.scope
    context: dict[str, object] = {"part": "today", "on": scope.today}
    if scope.membership.practises or scope.membership.assists:
        visits = list(
            scope.visits_on(scope.today).select_related("patient", "practitioner__user")[:100]
        )
        scope.listing(visit.patient for visit in visits)
        newest = scope.listing(scope.unmerged().order_by("-number")[:8])
        context |= {"visits": visits, "newest": newest}
    if scope.membership.is_owner:
        context["opened"] = len(belongings.emergencies(scope, open_only=True))
    return render(request, "today.html", context)
