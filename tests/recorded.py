"""Writing into a record, and reading what it came to."""

import re
from typing import Any

from django.test import Client

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


def signed_by(client: Client, visit: Encounter, name: str) -> Any:
    """Sign the consent to treatment of a visit by a typed name."""
    path = f"/visits/{visit.id}/consent/sign/"
    html = client.get(path).content.decode()
    found = re.findall(r'<input type="hidden" name="(key|read|sha256)" value="([^"]*)"', html)
    fields: dict[str, Any] = {"sha256": [value for given, value in found if given == "sha256"]}
    fields |= {given: value for given, value in found if given != "sha256"}
    return client.post(path, {"method": "typed", "typed_name": name, **fields})


def guards_off(connection: Any) -> None:
    """Take off what makes the database refuse changes, for the rest of a test."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
            return
        # Checks that wait for the transaction's end would hold the tables.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT DISTINCT event_object_table FROM information_schema.triggers")
        for (table,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
