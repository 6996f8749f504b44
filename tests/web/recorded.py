"""Writing into a record, and reading what it came to."""

from typing import Any

from cast import Cast
from ventosa.assessing import Entry
from ventosa.record import PatientRecord
from ventosa.web.actions import assessments, documents
from ventosa.web.documents import WordBody
from ventosa.web.gathering import Visit, gather
from ventosa.web.ids import new_id
from ventosa.web.knowing import knowledge
from ventosa.web.models import Document, Encounter, Patient


def key() -> str:
    return new_id().hex


def write(cast: Cast, patient: Patient, kind: str, body: Any, **more: Any) -> Document:
    scope = cast.scope(more.pop("who", "alice"))
    more.setdefault("key", key())
    return documents.write(scope, patient=patient, kind=kind, body=body, **more)


def word(cast: Cast, **more: Any) -> WordBody:
    told = {"by": "Dr Marsh", "on": cast.scope("alice").today, "how": "phone", "text": "No cups."}
    return WordBody(**{**told, **more})


def gathered(cast: Cast, visit: Encounter) -> Visit:
    scope = cast.scope("alice")
    return gather(scope, scope.encounter(visit.id))


def say(cast: Cast, visit: Encounter, field: str, value: Any, note: str = "") -> None:
    entry = Entry(key=key(), field=field, value=value, note=note)
    scope = cast.scope("alice")
    assessments.say(scope, encounter=visit, entries=[entry], knowledge=knowledge())


def reading(record: PatientRecord, fact: str) -> list[Any]:
    return [one.value for one in record.readings if one.fact == fact]
