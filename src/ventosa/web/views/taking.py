"""The whole record of a person, taken along: to read, for programs, for a spreadsheet."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.template.loader import render_to_string

from ventosa.record import OutOfRange
from ventosa.record.whole import WholeRecord
from ventosa.web import paper
from ventosa.web.actions.taking import FORMS, taken_along
from ventosa.web.models import Patient
from ventosa.web.presenters.person import person_of
from ventosa.web.presenters.taken import paper_of
from ventosa.web.scope import ClinicRequest
from ventosa.web.taking import (
    File,
    csv_files,
    fhir_file,
    kept_files,
    read_me,
    whole_record,
    zipped,
)
from ventosa.web.views.printing import on_paper


def take(request: ClinicRequest, patient: UUID) -> HttpResponse:
    """Show in which forms the record can be taken along; a chosen one is handed out."""
    found = request.scope.patient(patient)
    form = request.POST.get("form", "")
    if request.method != "POST":
        return _page(request, found)
    if form not in FORMS or (form == "pdf" and not paper.can_print()):
        return _page(request, found, problem="Choose one of the forms below.", status=422)
    try:
        file = _made(request, found, whole_record(request.scope, found), form)
    except OutOfRange as error:
        problem = f"The PDF was not made: {error}. Take the page for printing."
        return _page(request, found, problem=problem, status=409)
    taken_along(request.scope, patient=found, form=form)
    answer = HttpResponse(file.data, content_type=file.media_type)
    answer["Content-Disposition"] = f'attachment; filename="{file.name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store"
    return answer


def take_print(request: ClinicRequest, patient: UUID) -> HttpResponse:
    """Return the record as one page for the browser's own print."""
    found = request.scope.patient(patient)
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    page = _paper(request, found, whole_record(request.scope, found))
    return on_paper(request, page)


def _made(request: ClinicRequest, patient: Patient, record: WholeRecord, form: str) -> File:
    name = f"record-{patient.number}"
    if form == "fhir":
        file = fhir_file(record)
        return File(f"{name}.fhir.json", file.media_type, file.data)
    if form == "csv":
        return zipped(record, [*csv_files(record), read_me()], name=f"{name}-csv.zip")
    page = _paper(request, patient, record)
    if form == "pdf":
        return File(f"{name}.pdf", "application/pdf", paper.pdf_of(page))
    read = File("record.html", "text/html; charset=utf-8", page.encode())
    if paper.can_print():
        read = File("record.pdf", "application/pdf", paper.pdf_of(page))
    files = [read_me(), read, fhir_file(record), *csv_files(record), *kept_files(record)]
    return zipped(record, files, name=f"{name}.zip")


def _paper(request: ClinicRequest, patient: Patient, record: WholeRecord) -> str:
    return render_to_string("take/paper.html", paper_of(request.scope, patient, record))


def _page(
    request: ClinicRequest, patient: Patient, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {
        **person_of(request.scope, patient),
        "tab": "record",
        "can_print": paper.can_print(),
        "problem": problem,
    }
    return render(request, "take/page.html", context, status=status)
