"""What closes and what was done: words from outside, clearances, harm, sessions."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from cast import Cast
from recorded import gathered, reading, say, word, write
from ventosa.record import NotAllowed
from ventosa.terms import Decision, Technique
from ventosa.web.actions import documents
from ventosa.web.documents import AdverseEventBody, ClearanceBody, SessionBody
from ventosa.web.models import Document, Kind
from ventosa.web.words import word_id

# --- a word from outside -----------------------------------------------------------------------


def test_a_word_closes_at_once_and_only_writing_lifts_it(cast: Cast) -> None:
    patient = cast.patient()
    visit = cast.visit(patient)
    assert "OUTSIDE" not in str(gathered(cast, visit).screening)
    said = write(cast, patient, Kind.WORD, word(cast))
    for screened in gathered(cast, visit).screening.techniques.values():
        assert screened.certain is screened.possible is Decision.AVOID
    page = cast.client("bob").get(reverse("chart", args=[patient.id])).content.decode()
    assert "Do not cup" in page and "No cups." in page
    assert (
        "Do not cup"
        in cast.client("bob").get(reverse("details", args=[patient.id])).content.decode()
    )
    letter = ClearanceBody(covers=word_id(said.id), by="Dr Marsh", on=cast.scope("alice").today)
    write(cast, patient, Kind.CLEARANCE, letter)
    screened = gathered(cast, visit).screening.techniques[Technique.DRY_STATIC]
    assert "OUTSIDE" in str(screened.findings) and screened.certain < Decision.AVOID
    page = cast.client("bob").get(reverse("chart", args=[patient.id])).content.decode()
    assert 'aria-label="Word from outside"' not in page


def test_a_word_on_a_technique_or_a_place_closes_that(cast: Cast) -> None:
    patient = cast.patient()
    visit = cast.visit(patient)
    client = cast.client("carol")  # whoever takes the call
    form = {"by": "Dr Marsh", "how": "phone", "text": "Not wet.", "covers": "techniques"}
    answer = client.post(reverse("word_new", args=[patient.id]), {**form, "techniques": ["wet"]})
    assert answer.status_code == 302
    place = {"from_level": "L3", "to_level": "L5", "side": "left"}
    form = {"by": "Dr Marsh", "how": "letter", "text": "Scar.", "covers": "place", **place}
    assert client.post(reverse("word_new", args=[patient.id]), form).status_code == 302
    techniques = gathered(cast, visit).screening.techniques
    assert "no wet" in str(techniques[Technique.WET].findings)
    dry = techniques[Technique.DRY_STATIC]
    assert "no wet" not in str(dry.findings)
    assert any(closed.rule.startswith("OUTSIDE") for closed in dry.closed_zones)
    page = client.get(reverse("chart", args=[patient.id])).content.decode()
    assert "Do not cup at L3 to L5, left" in page and "Do not cup: wet cupping" in page


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"by": ""}, "by"),
        ({"text": ""}, "text"),
        ({"text": "x" * 501}, "text"),
        ({"how": ""}, "how"),
        ({"covers": "techniques"}, "techniques"),
        ({"covers": "place"}, "from_level"),
        ({"on": "2999-01-01"}, "on"),
        ({"until": "2001-01-01"}, "until"),
    ],
)
def test_a_word_that_says_too_little_is_refused_beside_its_field(
    cast: Cast, change: dict[str, Any], field: str
) -> None:
    patient = cast.patient()
    form = {"by": "Dr Marsh", "how": "phone", "text": "No.", "covers": "everything", **change}
    answer = cast.client("alice").post(reverse("word_new", args=[patient.id]), form)
    assert answer.status_code == 422
    assert f'id="h-{field}"' in answer.content.decode()
    assert not Document.objects.filter(kind=Kind.WORD).exists()


def test_a_word_said_after_the_day_of_a_visit_closes_in_it_too(cast: Cast) -> None:
    patient = cast.patient()
    visit = cast.visit(patient, days_ago=1)
    write(cast, patient, Kind.WORD, word(cast))
    screened = gathered(cast, visit).screening.techniques[Technique.DRY_STATIC]
    assert screened.certain is Decision.AVOID
    assert "said on" in str(screened.findings)


def test_nobody_strikes_a_word_through(cast: Cast) -> None:
    said = write(cast, cast.patient(), Kind.WORD, word(cast))
    with pytest.raises(NotAllowed, match="written clearance"):
        documents.enter_in_error(cast.scope("alice"), document=said, reason="I want to treat")


def test_a_clearance_needs_writing_and_somebody_who_treats(cast: Cast) -> None:
    patient = cast.patient()
    said = write(cast, patient, Kind.WORD, word(cast))
    form = {"clears": word_id(said.id), "by": "Dr Marsh"}
    path = reverse("clearance_new", args=[patient.id])
    assert cast.client("alice").post(path, form).status_code == 422
    assert cast.client("carol").post(path, {**form, "in_writing": "yes"}).status_code == 403
    assert cast.client("alice").post(path, {**form, "in_writing": "yes"}).status_code == 302


# --- harm and sessions -------------------------------------------------------------------------


def test_a_harm_answers_the_next_screening(cast: Cast) -> None:
    patient = cast.patient()
    visit = cast.visit(patient)
    form = {"event": "burn", "grade": "2", "healed": "no", "text": "A red ring."}
    answer = cast.client("carol").post(reverse("harm_new", args=[patient.id]), form)
    assert answer.status_code == 302
    assert reading(gathered(cast, visit).record, "reaction_burn") == [True]
    # The patient says no: the riskier of the two counts.
    say(cast, visit, "fact:reaction_burn", False)
    screened = gathered(cast, visit).screening.techniques[Technique.FIRE]
    assert any(finding.rule == "R01" for finding in screened.findings)


def test_a_harm_is_over_once_somebody_wrote_it(cast: Cast) -> None:
    patient = cast.patient()
    visit = cast.visit(patient)
    then = cast.scope("alice").today - timedelta(days=5)
    harm = write(cast, patient, Kind.ADVERSE_EVENT, AdverseEventBody("blister", 1), on=then)
    session = SessionBody(technique=Technique.DRY_STATIC, suction_kpa=20, retention_min=5)
    write(cast, patient, Kind.SESSION, session)
    assert reading(gathered(cast, visit).record, "sessions_without_harm")[0].high == 0
    page = cast.client("alice").get(reverse("chart", args=[patient.id])).content.decode()
    assert 'aria-label="Harm"' in page
    path = reverse("document_heal", args=[harm.id])
    assert cast.client("carol").post(path, {"text": "", "key": "h"}).status_code == 403
    assert cast.client("alice").post(path, {"text": "Skin whole.", "key": "h"}).status_code == 302
    assert cast.client("alice").post(path, {"text": "Skin whole.", "key": "h"}).status_code == 302
    assert Document.objects.filter(kind=Kind.ADVERSE_EVENT, adds_to=harm).count() == 1
    assert reading(gathered(cast, visit).record, "sessions_without_harm")[0].high == 1
    page = cast.client("alice").get(reverse("chart", args=[patient.id])).content.decode()
    assert 'aria-label="Harm"' not in page


def test_sessions_say_what_was_tolerated(cast: Cast) -> None:
    patient = cast.patient()
    visit = cast.visit(patient)
    assert not gathered(cast, visit).tolerated
    form = {"technique": "dry_static", "suction_kpa": "20", "retention_min": "5", "harmed": "no"}
    form |= {"cups_on": "4", "despite": "Treated at home, written down later."}
    path = reverse("session_new", args=[patient.id])
    client = cast.client("alice")
    assert client.post(path, {**form, "sign": "yes", "visit": str(visit.id)}).status_code == 302
    session = Document.objects.get(kind=Kind.SESSION)
    assert session.encounter_id == visit.id and session.signature.author_id == cast.alice.id
    known = gathered(cast, visit)
    assert known.tolerated[Technique.DRY_STATIC].suction_kpa == 20
    assert reading(known.record, "first_session") == [False]
    del form["harmed"]
    assert client.post(path, form).status_code == 422  # silence is no "no"


def test_the_cups_of_the_accepted_plan_are_ticked(cast: Cast) -> None:
    from ventosa.web.documents import PlanBody

    patient = cast.patient()
    cups = [
        {"level": level, "side": "left", "lateral_mm": 42, "inner_diameter_mm": 45.0}
        for level in ("L3", "L5")
    ]
    plan = PlanBody(screening="", plan={"title": "Two cups", "placements": cups})
    write(cast, patient, Kind.PLAN, plan)
    form = {"technique": "dry_static", "harmed": "no", "cups": ["1", "7"], "suction_kpa": "25"}
    form["despite"] = "As agreed by telephone."
    path = reverse("session_new", args=[patient.id])
    assert "L3 left, 45 mm" in cast.client("alice").get(path).content.decode()
    assert cast.client("alice").post(path, form).status_code == 422  # no eighth cup
    assert cast.client("alice").post(path, {**form, "cups": ["1"]}).status_code == 302
    body = Document.objects.get(kind=Kind.SESSION).body
    # A cup carries the dose of the session, and never the plan's beside it.
    assert body["cups"] == [{**cups[1], "suction_kpa": 25.0, "retention_min": None}]
    assert body["cups_on"] == 1


@pytest.mark.parametrize("what", ["C29", "C48", "S01", "F01", "RF-10", "age_years", "anything"])
def test_a_clearance_of_what_nobody_clears_is_not_filed(cast: Cast, what: str) -> None:
    """Under 18, consent, skin, training, an emergency: no word of a doctor opens them."""
    patient, client = cast.patient(), cast.client("alice")
    path = reverse("clearance_new", args=[patient.id])
    page = client.get(path).content.decode()
    assert f'<option value="{what}"' not in page and '<option value="C06"' in page
    form = {"clears": what, "by": "Dr Marsh", "in_writing": "yes"}
    assert client.post(path, form).status_code == 422
    assert client.post(path, {**form, "clears": "C06"}).status_code == 302
