"""A record that is open to its treating team only."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ventosa.web.models import Patient


def closed_record(request: HttpRequest, patient: Patient) -> HttpResponse:
    """403: say that the record is closed, without saying whose it is."""
    text = "This record is open to its treating team only."
    context = {"title": "This record is closed", "text": text, "patient_id": patient.id}
    return render(request, "fault.html", context, status=403)
