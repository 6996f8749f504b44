"""Moments are stored in UTC and shown as the clinic's own clock has them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone

from cast import Cast
from ventosa.web.actions import assessments, clinics, documents, patients, people
from ventosa.web.documents import NoteBody
from ventosa.web.middleware import current_memberships
from ventosa.web.models import Clinic, Document, Encounter, Kind
from ventosa.web.models import Entry as Row
from ventosa.web.scope import Scope

AUCKLAND = "Pacific/Auckland"
LATE = datetime(2026, 11, 24, 22, 7, tzinfo=UTC)
"""The morning of the next day in Auckland: 25 November, 11:07."""


@pytest.fixture
def scope(cast: Cast) -> Scope:
    """Alice at work in Auckland."""
    Clinic.objects.filter(id=cast.alice.clinic.id).update(time_zone=AUCKLAND)
    return replace(cast.scope("alice"), now=LATE)


def page(cast: Cast, path: str, who: str = "alice") -> str:
    return str(cast.client(who).get(path).content.decode())


def test_a_visit_and_what_was_said_in_it(cast: Cast, scope: Scope) -> None:
    from ventosa.assessing import Entry
    from ventosa.web.knowing import knowledge

    visit = assessments.begin(scope, patient=cast.patient(), key="v")
    said = [Entry(key="e", field="pain_now", value=4)]
    assessments.say(scope, encounter=visit, entries=said, knowledge=knowledge())
    read = page(cast, f"/visits/{visit.id}/")
    assert "25 November 2026" in read and "11:07" in read and "22:07" not in read
    assert Encounter.objects.get().at == Row.objects.get().at == LATE
    assert Encounter.objects.get().on.isoformat() == "2026-11-25"


def test_who_wrote_and_signed_a_document_when(cast: Cast, scope: Scope) -> None:
    patient = cast.patient()
    note = documents.write(scope, patient=patient, kind=Kind.NOTE, body=NoteBody(text="x"), key="n")
    documents.sign(scope, document=note)
    documents.enter_in_error(scope, document=note, reason="Wrong")
    read = page(cast, f"/documents/{note.id}/")
    assert "on 25 November 2026" in read
    assert "Signed by Alice on 25 Nov 2026" in read
    assert "says Alice on 25 Nov 2026" in read
    assert "24 Nov" not in read
    assert Document.objects.get(kind=Kind.NOTE).at == LATE


def test_an_emergency_and_the_access_log(cast: Cast, scope: Scope) -> None:
    patient = cast.patient()
    patients.set_privacy(scope, patient=patient, privacy="team")
    people.open_in_emergency(scope, patient=patient, reason="Found fainted in the room.")
    assert "25 Nov 2026, 11:07 to 19:07" in page(cast, "/settings/access/", "olga")
    assert "25 Nov 2026, 11:07" in page(cast, f"/patients/{patient.id}/team/")
    assert "25 Nov 2026 11:07:00" in page(cast, f"/patients/{patient.id}/access/")


def test_a_merge(cast: Cast, scope: Scope) -> None:
    kept, merged = cast.patient(), cast.patient()
    patients.merge(scope, kept=kept, merged=merged)
    assert "merged on 25 Nov 2026" in page(cast, f"/patients/{kept.id}/same/")
    led = cast.client("alice").get(f"/patients/{merged.id}/", follow=True).content.decode()
    assert "on 25 Nov 2026 by Alice" in led


def test_the_next_request_is_shown_its_own_clinics_clock(cast: Cast, scope: Scope) -> None:
    page(cast, "/")
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.parametrize("zone", ["Pacific/Honolulu", "Pacific/Kiritimati"])
def test_an_owner_who_says_where_the_clinic_lies_still_works_there(db: Any, zone: str) -> None:
    for hour in (0, 12, 23):
        now = datetime(2026, 11, 24, hour, 30, tzinfo=UTC)
        owner = clinics.found(
            name="Harbour", owner="Alice", username=f"alice{hour}", password=None, now=now
        )
        Clinic.objects.filter(id=owner.clinic.id).update(time_zone=zone)
        assert current_memberships(owner.user, now) == [owner]
