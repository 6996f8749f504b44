"""A session beyond what was decided is written down with the difference and the reason."""

from typing import Any

import pytest
from django.urls import reverse

from accepted import DOSE, accept, assessed
from cast import Cast
from recorded import gathered, signed_by, word, write
from ventosa.terms import Technique
from ventosa.web.models import Document, Encounter, Kind

DONE = {"technique": "dry_static", "suction_kpa": "20", "retention_min": "5", "harmed": "no"}


@pytest.fixture
def visit(cast: Cast) -> Encounter:
    """A visit of today with an accepted plan that its person signed."""
    visit = assessed(cast)
    accept(cast, visit)
    name = "Daniel Okafor"
    assert signed_by(cast.client("alice"), visit, name).status_code == 302
    return visit


def wrote(cast: Cast, visit: Encounter, /, **more: Any) -> Any:
    path = reverse("session_new", args=[visit.patient_id])
    form = {**DONE, "visit": str(visit.id), "cups_on": str(DOSE.cups), **more}
    return cast.client("alice").post(path, form)


def session() -> Document:
    return Document.objects.get(kind=Kind.SESSION)


def test_a_session_as_decided_is_written_without_a_question(cast: Cast, visit: Encounter) -> None:
    assert wrote(cast, visit).status_code == 302
    assert session().body["departures"] == [] and session().body["despite"] == ""


@pytest.mark.parametrize(
    "done, words",
    [
        ({"suction_kpa": "45"}, "the accepted plan says 20"),
        ({"retention_min": "16"}, "beyond the hard stop of 15"),
        ({"technique": "wet"}, "for another technique"),
        ({"visit": ""}, "It belongs to no visit"),
    ],
)
def test_a_session_beyond_it_asks_why_and_keeps_both(
    cast: Cast, visit: Encounter, done: dict[str, str], words: str
) -> None:
    asked = wrote(cast, visit, **done)
    assert asked.status_code == 422 and words in asked.content.decode()
    assert not Document.objects.filter(kind=Kind.SESSION).exists()
    assert wrote(cast, visit, **done, despite="She asked for it.").status_code == 302
    body = session().body
    assert (
        any(words in one for one in body["departures"]) and body["despite"] == "She asked for it."
    )
    chart = cast.client("bob").get(reverse("chart", args=[visit.patient_id])).content.decode()
    assert "beyond what was decided" in chart
    whole = cast.client("bob").get(reverse("document", args=[session().id])).content.decode()
    assert "She asked for it." in whole and words in whole


def test_a_doctors_no_and_a_consent_taken_back_are_said(cast: Cast, visit: Encounter) -> None:
    write(cast, visit.patient, Kind.WORD, word(cast))
    back = reverse("consent_withdraw", args=[visit.patient_id])
    assert cast.client("alice").post(back, {"kind": "treatment"}).status_code == 302
    page = wrote(cast, visit).content.decode()
    assert "A word from outside" in page and "was taken back" in page


def test_a_session_of_another_day_than_its_visit_is_refused(cast: Cast, visit: Encounter) -> None:
    answer = wrote(cast, visit, on="1990-01-01", despite="Once.")
    assert answer.status_code == 422 and "its visit was on" in answer.content.decode()


def test_where_no_cup_was_on_there_was_no_session(cast: Cast) -> None:
    patient = cast.patient()
    visit = cast.visit(patient)
    path = reverse("session_new", args=[patient.id])
    client = cast.client("alice")
    assert client.post(path, DONE).status_code == 422  # nobody said how many
    assert client.post(path, {**DONE, "cups_on": "0"}).status_code == 302
    assert Technique.DRY_STATIC not in gathered(cast, visit).tolerated
    assert not [one for one in gathered(cast, visit).record.readings if one.fact == "first_session"]
