"""The whole record of a person, fetched in scope, as the core's values and as files."""

import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import msgspec
from django.db.models import QuerySet

from ventosa.fhir import to_bundle
from ventosa.record.whole import (
    Attended,
    Author,
    Contact,
    KeptBytes,
    Person,
    Signed,
    Struck,
    WholeRecord,
    Written,
)
from ventosa.tables import tables_of, write_csv
from ventosa.web.documents import Details, from_json
from ventosa.web.filling import visits_of
from ventosa.web.gathering import gather
from ventosa.web.knowing import knowledge, library
from ventosa.web.models import Blob, Document, Kind, Membership, Patient
from ventosa.web.presenters.document import title_of
from ventosa.web.scope import Scope

BYTES_OF = ("sha256", "scan", "bundle")
"""Keys of a body that name bytes by their hash."""

SUFFIX = {"image/jpeg": "jpg"}

READ_ME = """The whole record of one person, as it stood when it was taken along.

record.pdf or record.html   for people to read
record.fhir.json            HL7 FHIR R4 (4.0.1), one bundle, for other programs
csv/                        one table of each kind, UTF-8, for a spreadsheet
files/                      photos, scans and imported bundles, named by their SHA-256

An apostrophe stands before a cell of a table that a spreadsheet would take for a formula.
"""


@dataclass(frozen=True, slots=True)
class File:
    """A file to be taken along."""

    name: str
    media_type: str
    data: bytes


def whole_record(scope: Scope, patient: Patient) -> WholeRecord:
    """Return everything of a person, oldest first; merged records included."""
    visits = [one for one in visits_of(scope, patient) if not one.moved]
    documents = list(with_marks(scope.documents(patient)).order_by("at", "id"))
    return WholeRecord(
        clinic=scope.clinic.name,
        taken_at=scope.now,
        person=_person(scope, patient),
        visits=tuple(
            Attended(
                str(one.id),
                one.on,
                one.at,
                _author(one.practitioner),
                gather(scope, scope.encounter(one.id)).assessed.answers,
            )
            for one in reversed(visits)
        ),
        written=tuple(_written(one) for one in documents),
        kept=_kept(scope, documents),
    )


def with_marks(documents: QuerySet[Document]) -> QuerySet[Document]:
    """Return documents with what says how each stands, in the same query."""
    return documents.select_related(
        "author__user",
        "signature__author__user",
        "mistake__author__user",
        "moved_from__signature__author__user",
    )


def _person(scope: Scope, patient: Patient) -> Person:
    newest = scope.documents(patient).filter(kind=Kind.DETAILS, patient=patient).first()
    known = Details(name=patient.name)
    if newest is not None:
        body = from_json(Kind.DETAILS, newest.body)
        assert isinstance(body, Details)
        known = body
    told: dict[str, Any] = msgspec.to_builtins(known)
    contacts: dict[str, Any] = {n: Contact(**told.pop(n)) for n in ("in_need", "doctor")}
    return Person(str(patient.id), patient.number, **told, **contacts)


def _author(membership: Membership) -> Author:
    return Author(str(membership.id), str(membership))


def _written(one: Document) -> Written:
    signed = struck = None
    if hasattr(one, "signature"):
        signature = one.signature
        signed = Signed(_author(signature.author), signature.at, signature.sha256)
    if hasattr(one, "mistake"):
        mistake = one.mistake
        struck = Struck(_author(mistake.author), mistake.at, mistake.reason)
    return Written(
        id=str(one.id),
        kind=one.kind,
        title=title_of(one),
        on=one.on,
        at=one.at,
        author=_author(one.author),
        body=one.body,
        visit=_text(one.encounter_id),
        adds_to=_text(one.adds_to_id),
        signed=signed,
        struck=struck,
    )


def _text(id: object) -> str | None:
    return None if id is None else str(id)


def _kept(scope: Scope, documents: Iterable[Document]) -> Mapping[str, KeptBytes]:
    named = {one.body.get(key) for one in documents for key in BYTES_OF}
    found = Blob.objects.filter(clinic=scope.clinic, sha256__in=[sha for sha in named if sha])
    return {one.sha256: KeptBytes(one.media_type, bytes(one.data)) for one in found}


# --- files --------------------------------------------------------------------------------------


def fhir_file(record: WholeRecord) -> File:
    """Return the record as a FHIR bundle."""
    events = {event.id: event.title for event in library().adverse_events}
    data = msgspec.json.encode(to_bundle(record, knowledge(), events))
    return File("record.fhir.json", "application/fhir+json", data)


def csv_files(record: WholeRecord) -> list[File]:
    """Return the record as tables, one of each kind."""
    return [
        File(f"csv/{name}.csv", "text/csv; charset=utf-8", write_csv(table, bom=True))
        for name, table in tables_of(record).items()
    ]


def kept_files(record: WholeRecord) -> list[File]:
    """Return the bytes that the record names."""
    return [
        File(f"files/{sha}.{SUFFIX.get(one.media_type, 'json')}", one.media_type, one.data)
        for sha, one in record.kept.items()
    ]


def zipped(record: WholeRecord, files: Iterable[File], *, name: str) -> File:
    """Return files as one; each bears the day on which they were taken along."""
    out = BytesIO()
    day = record.taken_at.timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.name, day)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.data)
    return File(name, "application/zip", out.getvalue())


def read_me() -> File:
    """Return what says what each file is."""
    return File("README.txt", "text/plain; charset=utf-8", READ_ME.encode())
