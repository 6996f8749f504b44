"""The register and the record of one patient."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from ventosa.matching import Person
from ventosa.record import InputError
from ventosa.web import finding
from ventosa.web.actions import patients as write
from ventosa.web.actions.documents import SentBefore
from ventosa.web.documents import Details
from ventosa.web.forms import details_from, fields_of, problems_of
from ventosa.web.ids import new_id
from ventosa.web.kept import accepted
from ventosa.web.presenters.chart import chart_of
from ventosa.web.presenters.person import person_of
from ventosa.web.scope import ClinicRequest
from ventosa.web.views.records import to_kept

PAGE = 30
"""Patients on one page of a list."""


def index(request: ClinicRequest) -> HttpResponse:
    """Return the patients whose name, birth date, telephone or number begins as typed.

    What is typed is sent in the form, so that no address holds a name.
    """
    typed = request.POST.get("q", "")[:100]
    found = request.scope.listing(finding.patients(request.scope, typed, most=PAGE + 1))
    context = {
        "part": "patients",
        "q": typed,
        "patients": found[:PAGE],
        "more": len(found) > PAGE,
        "closed": request.scope.listing(finding.closed(request.scope, typed)),
    }
    template = "patients/rows.html" if request.htmx else "patients/index.html"  # type: ignore[attr-defined]
    return render(request, template, context)


def new(request: ClinicRequest) -> HttpResponse:
    """Enter a patient; likely doubles are shown first, and entering goes on only on purpose."""
    context: dict[str, Any] = {"part": "patients", "values": request.POST, "key": new_id().hex}
    if request.method != "POST":
        return render(request, "patients/new.html", context)
    context["key"] = request.POST.get("key", "")[:56] or new_id().hex
    try:
        details = details_from(request.POST, today=request.scope.today)
    except InputError as error:
        context["problems"] = problems_of(error)
        return render(request, "patients/new.html", context, status=422)
    is_again = write.is_entered(request.scope, key=context["key"])
    if "entered_on_purpose" not in request.POST and not is_again:
        doubles = write.doubles(request.scope, person=_person(details))
        if doubles:
            request.scope.listing(doubles.named)
            context |= {"doubles": doubles.alike, "closed": doubles.closed}
            return render(request, "patients/new.html", context)
    try:
        patient = write.register(request.scope, details=details, key=context["key"])
    except SentBefore as error:
        context |= {"problems": problems_of(error), "key": new_id().hex}
        return render(request, "patients/new.html", context, status=422)
    return accepted(redirect("chart", patient.id), context["key"])


def alike(request: ClinicRequest) -> HttpResponse:
    """Return who might be the person that is being typed."""
    typed = Person(
        request.POST.get("name", "")[:200],
        request.POST.get("birth_date", "")[:10],
        request.POST.get("phone", "")[:60],
    )
    context: dict[str, Any] = {}
    if typed.name.strip():
        doubles = write.doubles(request.scope, person=typed)
        request.scope.listing(doubles.named)
        context = {"doubles": doubles.alike, "closed": doubles.closed}
    return render(request, "patients/alike.html", context)


def chart(request: ClinicRequest, patient: UUID) -> HttpResponse:
    """Return the record of one patient, newest first."""
    found = request.scope.patient(patient)
    if found.is_merged:
        return to_kept(request, found, "chart")
    context = chart_of(
        request.scope,
        found,
        page=request.GET.get("page", "1"),
        kind=request.GET.get("kind", ""),
    )
    return render(request, "patients/chart.html", context)


def details(request: ClinicRequest, patient: UUID) -> HttpResponse:
    """Show or change who the patient is; what stood there before stays in the record."""
    found = request.scope.patient(patient)
    if found.is_merged:
        return to_kept(request, found, "details")
    context: dict[str, Any] = {**person_of(request.scope, found), "key": new_id().hex}
    context["values"] = fields_of(context["details"])
    if request.method != "POST":
        return render(request, "patients/details.html", context)
    try:
        given = details_from(request.POST, today=request.scope.today)
        key = request.POST.get("key", "")[:56] or new_id().hex
        write.change_details(request.scope, patient=found, details=given, key=key)
    except InputError as error:
        again = isinstance(error, SentBefore)
        context |= {"problems": problems_of(error), "values": request.POST}
        context["key"] = new_id().hex if again else request.POST.get("key", "")[:56]
        return render(request, "patients/details.html", context, status=422)
    messages.info(request, "Written. The earlier details stay in the record.")
    return accepted(redirect("chart", found.id), key)


def _person(details: Details) -> Person:
    return Person(details.name, details.birth_date, details.phone)
