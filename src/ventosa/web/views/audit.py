"""Who read and wrote a patient's record."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from ventosa.web.presenters.access import log_of
from ventosa.web.presenters.person import person_of
from ventosa.web.scope import ClinicRequest


def access(request: ClinicRequest, patient: UUID) -> HttpResponse:
    """Return the patient's own access log, newest first."""
    found = request.scope.patient(patient)
    context = person_of(request.scope, found)
    context |= log_of(request.scope, found, before=request.GET.get("before", ""))
    return render(request, "audit/access.html", context)
