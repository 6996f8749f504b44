"""A FHIR bundle is sent in: first what it says, then whether it is taken."""

from io import BytesIO
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from ventosa.matching import Person
from ventosa.record import InputError, NotAllowed
from ventosa.web.actions import imports as write
from ventosa.web.actions.patients import doubles
from ventosa.web.forms import details_from, problems_of
from ventosa.web.gathering import register_record
from ventosa.web.ids import id_from, new_id
from ventosa.web.knowing import knowledge
from ventosa.web.models import Patient, Upload
from ventosa.web.presenters.arrival import arrival_of
from ventosa.web.presenters.person import person_of
from ventosa.web.scope import ClinicRequest


class Bounded(FileUploadHandler):
    """A file goes to memory and nowhere else, and no more of it than a record may have."""

    is_too_large = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        super().new_file(*args, **kwargs)
        self.held = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a piece, or stop keeping any."""
        if start + len(raw_data) > write.MAX_BYTES:
            self.is_too_large = True
            self.held = BytesIO()
            raise StopUpload(connection_reset=False)
        self.held.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes] | None":
        """Return the file from its beginning."""
        self.held.seek(0)
        return InMemoryUploadedFile(
            self.held, self.field_name, "record", self.content_type, file_size, self.charset
        )


@csrf_exempt  # only until the bound is set: the inner view asks for the token
def arrive(request: ClinicRequest, patient: UUID) -> HttpResponse:
    """Send in a record for a patient and see what it says."""
    bound = _bound(request)
    return _arrive(request, patient, bound)


@csrf_protect
def _arrive(request: ClinicRequest, patient: UUID, bound: Bounded) -> HttpResponse:
    found = request.scope.patient(patient)
    context: dict[str, Any] = {**person_of(request.scope, found), "key": new_id().hex}
    return _received(request, bound, found, context)


@csrf_exempt
def arrive_new(request: ClinicRequest) -> HttpResponse:
    """Send in the record of somebody who is not in the register yet."""
    return _arrive_new(request, _bound(request))


@csrf_protect
def _arrive_new(request: ClinicRequest, bound: Bounded) -> HttpResponse:
    context: dict[str, Any] = {"part": "patients", "key": new_id().hex}
    return _received(request, bound, None, context)


def _bound(request: ClinicRequest) -> Bounded:
    bound = Bounded(request)
    if request.method == "POST":
        request.upload_handlers = [bound]
    return bound


def _received(
    request: ClinicRequest, bound: Bounded, patient: Patient | None, context: dict[str, Any]
) -> HttpResponse:
    try:
        upload = _upload(request, bound, patient)
    except InputError as error:
        context["problem"] = _said(error)
        return render(request, "records/import.html", context, status=422)
    if upload is None:
        return render(request, "records/import.html", context)
    if upload.patient_id is None and patient is not None:
        context["is_from_new"] = True
    return _shown(request, upload, patient, context)


def _upload(request: ClinicRequest, bound: Bounded, patient: Patient | None) -> Upload | None:
    """What was sent now, or waits under the identifier that the address names."""
    if request.method != "POST":
        waiting = id_from(request.GET.get("upload", ""))
        return None if waiting is None else request.scope.upload(waiting)
    sent = request.FILES.get("record")
    if bound.is_too_large:
        raise InputError("", "the file is larger than 64 MB")
    if sent is None:
        raise InputError("", "no file was chosen")
    return write.arrive(request.scope, patient=patient, data=sent.read())


def _shown(
    request: ClinicRequest,
    upload: Upload,
    patient: Patient | None,
    context: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    scope = request.scope
    record = write.read(scope, bytes(upload.data))
    context["upload"] = upload
    register = None
    if patient is None:
        values = {
            "name": record.name or "",
            "birth_date": (record.birth_date or "")[:10],
            "sex": next((str(r.value) for r in record.readings if r.fact == "sex"), ""),
        }
        context = {"values": values, **context}
        likely = doubles(scope, person=Person(values["name"], values["birth_date"]))
        scope.listing(likely.named)
        context |= {"doubles": likely.alike, "closed": likely.closed}
    else:
        register = register_record(context["details"], on=scope.today)
        context["against"] = write.against(patient, record)
    context |= arrival_of(record, register, knowledge(), on=scope.today)
    return render(request, "records/arrived.html", context, status=status)


def take(request: ClinicRequest, patient: UUID) -> HttpResponse:
    """Take what was sent in into the record."""
    found = request.scope.patient(patient)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    upload, key = _waiting(request), request.POST.get("key", "")[:64] or new_id().hex
    on_purpose = "on_purpose" in request.POST
    try:
        write.take(request.scope, patient=found, upload=upload, key=key, on_purpose=on_purpose)
    except (InputError, NotAllowed) as error:
        context = {**person_of(request.scope, found), "key": key, "problem": _said(error)}
        if upload is None:
            return render(request, "records/import.html", context, status=422)
        return _shown(request, upload, found, context, status=422)
    messages.info(request, "Taken. It counts in the next question and in every decision.")
    return redirect("chart", found.id)


def enter(request: ClinicRequest) -> HttpResponse:
    """Enter the person whom a record told of, together with it."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    upload, key = _waiting(request), request.POST.get("key", "")[:56] or new_id().hex
    context: dict[str, Any] = {"part": "patients", "key": key, "values": request.POST}
    try:
        details = details_from(request.POST, today=request.scope.today)
        patient = write.enter(
            request.scope,
            details=details,
            upload=upload,
            key=key,
            on_purpose="on_purpose" in request.POST,
        )
    except (InputError, NotAllowed) as error:
        context["problem"] = _said(error)
        context["against"] = isinstance(error, NotAllowed)
        if isinstance(error, InputError):
            context["problems"] = problems_of(error)
        if upload is None:
            return render(request, "records/import.html", context, status=422)
        return _shown(request, upload, None, context, status=422)
    return redirect("chart", patient.id)


def _waiting(request: ClinicRequest) -> Upload | None:
    named = id_from(request.POST.get("upload", ""))
    try:
        return None if named is None else request.scope.upload(named)
    except Http404:
        return None  # taken before, or left for too long: the action says which


def _said(error: InputError | NotAllowed) -> str:
    if isinstance(error, InputError) and error.path:
        return f"{error.path}: {error.problem}"
    return error.problem if isinstance(error, InputError) else str(error)
