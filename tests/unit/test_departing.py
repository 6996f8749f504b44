"""What was done against what was decided, planned and agreed."""

from dataclasses import replace
from datetime import date

import pytest

from ventosa.departing import departures
from ventosa.knowledge import Knowledge
from ventosa.record import (
    Answers,
    ClosedZone,
    Cupping,
    Dose,
    Interval,
    OutsideWord,
    Placement,
    Screening,
    Zone,
)
from ventosa.screening import screen
from ventosa.terms import Channel, Side, Stage, Technique, ZoneKind

ON = date(2026, 11, 24)
CUPS = (
    Placement("L4", Side.LEFT, 40, 482, 35, 20, 5),
    Placement("L4", Side.RIGHT, 40, 482, 35, 20, 5),
)
PLANNED = Cupping(Technique.DRY_STATIC, Dose(20, 5, 2), CUPS)


def screened(knowledge: Knowledge, *words: OutsideWord) -> Screening:
    """Somebody of whom all is known and nothing found, but for words from outside."""
    facts = {"age_years": Interval(40, 40), "sex": "male", "first_session": False}
    answers = Answers(
        facts=facts, techniques=tuple(Technique), zones=(), outside=words, answered_on=ON
    )
    return screen(answers, None, knowledge, on=ON, stage=Stage.START)


def said(knowledge: Knowledge, done: Cupping, *words: OutsideWord) -> tuple[str, ...]:
    return departures(
        done,
        screening=screened(knowledge, *words),
        planned=PLANNED,
        lacking=(),
        knowledge=knowledge,
    )


def with_dose(**numbers: float) -> Cupping:
    return replace(PLANNED, dose=replace(PLANNED.dose, **numbers))  # type: ignore[arg-type]


def beyond(knowledge: Knowledge, done: Cupping, *words: OutsideWord) -> set[str]:
    """What is said of a session and not of one as planned: what open questions bring is no part."""
    return set(said(knowledge, done, *words)) - set(said(knowledge, PLANNED))


@pytest.mark.parametrize(
    "done, words",
    [
        (with_dose(suction_kpa=55), "Suction 55 kPa, beyond the hard stop of 50."),
        (with_dose(suction_kpa=21), "Suction 21 kPa, the accepted plan says 20."),
        (with_dose(retention_min=16), "Time on 16 min, beyond the hard stop of 15."),
        (with_dose(suction_kpa=45, retention_min=15), "Suction × time 675 kPa·min, beyond 300."),
        (with_dose(cups=9), "Cups 9, beyond the hard stop of 8."),
    ],
)
def test_each_number_beyond_is_said(knowledge: Knowledge, done: Cupping, words: str) -> None:
    found = beyond(knowledge, done)
    assert any(one.startswith(words.split(",")[0]) for one in found), found


def test_another_technique_is_said_with_what_it_may_not(knowledge: Knowledge) -> None:
    wet = Cupping(Technique.WET, Dose(20, 5, 2), CUPS)
    found = beyond(knowledge, wet)
    assert any("for another technique: Dry" in one for one in found)
    assert any(one.startswith("Wet cupping:") for one in found)


def test_a_cup_in_a_place_that_was_closed_is_said(knowledge: Knowledge) -> None:
    screening = screened(knowledge)
    zone = Zone(ZoneKind.NO_GO, Side.LEFT, from_level="L3", to_level="L5")
    dry = screening.techniques[Technique.DRY_STATIC]
    for zones, expected in (((), 0), ((ClosedZone(zone, "OUTSIDE-1"),), 1)):
        only = {Technique.DRY_STATIC: replace(dry, closed_zones=zones)}
        found = departures(
            PLANNED,
            screening=replace(screening, techniques=only),
            planned=PLANNED,
            lacking=(),
            knowledge=knowledge,
        )
        assert found.count("A cup at L4 left, where it was closed that day.") == expected
        assert not any("L4 right" in one for one in found)


def test_a_doctors_no_is_said(knowledge: Knowledge) -> None:
    word = OutsideWord("OUTSIDE-1", "Dr Marsh", ON, Channel.PHONE, "No cups.")
    assert any(
        "avoid that day: A word from outside" in one for one in beyond(knowledge, PLANNED, word)
    )


def test_what_consent_lacked_and_a_missing_plan_or_visit_are_said(knowledge: Knowledge) -> None:
    found = departures(
        PLANNED,
        screening=None,
        planned=None,
        lacking=("No signed consent to treatment.",),
        knowledge=knowledge,
    )
    assert found == (
        "It belongs to no visit: nothing was screened for it.",
        "No plan of this visit was accepted.",
        "Consent: No signed consent to treatment.",
    )


def test_no_cup_is_no_session_and_departs_from_nothing(knowledge: Knowledge) -> None:
    none = Cupping(Technique.WET, Dose(None, None, 0), ())
    told = {"screening": None, "planned": None, "lacking": ("No consent.",)}
    assert departures(none, knowledge=knowledge, **told) == ()  # type: ignore[arg-type]
