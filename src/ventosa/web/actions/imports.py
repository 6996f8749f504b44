"""A FHIR bundle is sent in, looked at, and taken into a record."""

from datetime import timedelta
from hashlib import sha256

from django.db import transaction

from ventosa.matching import Person, differences
from ventosa.record import InputError, NotAllowed, PatientRecord
from ventosa.web.actions import documents, patients
from ventosa.web.actions.audit import wrote
from ventosa.web.documents import Details, ImportBody, refuse_null
from ventosa.web.gathering import bundle_record
from ventosa.web.ids import new_id
from ventosa.web.models import Document, Kind, Patient, Upload
from ventosa.web.scope import Scope

MAX_BYTES = 64_000_000
"""Largest bundle that is read; a lifetime's record of one person is about 10 MB."""

WAITS = timedelta(hours=1)
"""How long a bundle that nobody took is kept."""

MEDIA_TYPE = "application/fhir+json"


def arrive(scope: Scope, *, patient: Patient | None, data: bytes) -> Upload:
    """Keep a bundle while somebody looks at it; those that nobody took for an hour are dropped.

    Raises:
        InputError: it is too large, or no bundle of one living person.
    """
    if len(data) > MAX_BYTES:
        raise InputError("", "the file is larger than 64 MB")
    read(scope, data)
    with transaction.atomic():
        Upload.objects.filter(at__lt=scope.now - WAITS).delete()
        upload = Upload(
            id=new_id(),
            clinic=scope.clinic,
            patient=patient,
            author=scope.membership,
            at=scope.now,
            data=data,
        )
        upload.save(force_insert=True)
        wrote(scope, patient, "upload")
        return upload


def read(scope: Scope, data: bytes) -> PatientRecord:
    """Return what a bundle says as of today.

    Raises:
        InputError: it is no bundle of one living person, or its name cannot be stored.
    """
    record = bundle_record(data, on=scope.today)
    refuse_null([record.name, record.birth_date])
    return record


def against(patient: Patient, record: PatientRecord) -> tuple[str, ...]:
    """Return what speaks against a bundle being of a patient, in words."""
    register = Person(patient.name, patient.birth_date)
    return differences(register, Person(record.name or "", record.birth_date or ""))


def take(
    scope: Scope, *, patient: Patient, upload: Upload | None, key: str, on_purpose: bool
) -> Document:
    """Take a bundle into a record; the same submission or the same bundle again writes once.

    ``upload`` is ``None`` where it is gone: taken before, or left for too long.

    Raises:
        NotAllowed: another name or birth date stands in it, and nobody said it is meant.
        InputError: the bundle is gone.
    """
    imports = scope.documents(patient).filter(kind=Kind.IMPORT)
    sent = imports.filter(key=key).first()
    if sent is not None:
        return sent
    if upload is None:
        raise InputError("", "the record that was sent in is no longer kept: send it again")
    data = bytes(upload.data)
    record = read(scope, data)
    problems = against(patient, record)
    if problems and not on_purpose:
        raise NotAllowed(f"the record gives {' and '.join(problems)}: say that it is meant")
    newest = imports.first()
    with transaction.atomic():
        # Whoever deletes the waiting row has it: a second click at the same time finds none.
        Upload.objects.filter(id=upload.id).delete()
        if newest is not None and newest.body["sha256"] == sha256(data).hexdigest():
            return newest
        blob = documents.keep_bytes(scope, data=data, media_type=MEDIA_TYPE)
        body = ImportBody(sha256=blob.sha256, readings=len(record.readings))
        return documents.write(scope, patient=patient, kind=Kind.IMPORT, body=body, key=key)


def enter(
    scope: Scope, *, details: Details, upload: Upload | None, key: str, on_purpose: bool
) -> Patient:
    """Enter a patient together with the bundle that told of the person: both or neither.

    Raises:
        NotAllowed, InputError: as for ``take``; nobody is entered then.
    """
    with transaction.atomic():
        patient = patients.register(scope, details=details, key=key)
        taken = f"{key[:56]}-import"
        take(scope, patient=patient, upload=upload, key=taken, on_purpose=on_purpose)
        return patient
