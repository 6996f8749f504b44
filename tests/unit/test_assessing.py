"""What was said, entry by entry, becomes answers; nothing said is lost, and the riskier counts."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ventosa.assessing import (
    PATIENT,
    RATHER_SAY,
    Assessed,
    Entry,
    ask_patient,
    ask_practitioner,
    assess,
    check_entry,
    check_patient_entry,
    review,
)
from ventosa.assessing.asking import is_for_patient
from ventosa.interview import Screen
from ventosa.knowledge import Knowledge
from ventosa.record import Answers, InputError, PatientRecord, Screening
from ventosa.screening import screen
from ventosa.terms import Side, Stage

ON = date(2026, 11, 24)
NOBODY = PatientRecord("nobody")


def said(field: str, value: Any, key: str = "", **more: Any) -> Entry:
    return Entry(key or f"{field}={value}", field, value, **more)


def test_a_later_entry_stands_for_the_one_it_saw(knowledge: Knowledge) -> None:
    entries = [said("fact:fever", True, "a"), said("fact:fever", False, "b", saw="a")]
    told = assess(entries, knowledge, on=ON)
    assert told.answers.facts["fever"] is False and told.differing == ()


def test_of_two_that_did_not_see_each_other_the_riskier_counts(knowledge: Knowledge) -> None:
    entries = [said("fact:fever", True, "a", by="Alice"), said("fact:fever", False, "b", by="Bob")]
    told = assess(entries, knowledge, on=ON)
    assert told.answers.facts["fever"] is True
    (differing,) = told.differing
    assert [entry.by for entry in differing.entries] == ["Alice", "Bob"]


def test_one_entry_that_saw_both_settles_them(knowledge: Knowledge) -> None:
    two = [said("fact:fever", True, "a"), said("fact:fever", False, "b")]
    settled = assess([*two, said("fact:fever", False, "c", saw="a b")], knowledge, on=ON)
    assert settled.answers.facts["fever"] is False and settled.differing == ()
    half = assess([*two, said("fact:fever", False, "c", saw="a")], knowledge, on=ON)
    assert half.differing == ()  # b and c say the same
    other = assess([*two, said("fact:fever", True, "c", saw="a")], knowledge, on=ON)
    assert len(other.differing) == 1


def test_more_seen_than_can_be_named_is_refused(knowledge: Knowledge) -> None:
    with pytest.raises(InputError, match="more entries"):
        check_entry(said("fact:fever", True, saw="k" * 65), knowledge)


def test_none_of_these_answers_what_was_open_and_nothing_else(knowledge: Knowledge) -> None:
    entries = [
        said("fact:fever", True, "a"),
        said("none:fever_and_infection", ["acute_infection", "immunosuppressed"], "b"),
    ]
    facts = assess(entries, knowledge, on=ON).answers.facts
    assert facts == {"fever": True, "acute_infection": False, "immunosuppressed": False}
    with pytest.raises(InputError, match="none cannot answer"):
        check_entry(said("none:pregnancy", ["gestation_weeks"]), knowledge)


@pytest.mark.parametrize("value", [[], ["first_session"]])
def test_none_of_these_is_not_said_where_the_screen_does_not_offer_it(
    knowledge: Knowledge, value: list[str]
) -> None:
    with pytest.raises(InputError, match="none cannot be said"):
        check_entry(said("none:person", value), knowledge)


def test_of_two_days_on_which_the_pain_began_none_counts(knowledge: Knowledge) -> None:
    days = [said("onset_date", "2026-03-01", "a"), said("onset_date", "2026-09-01", "b")]
    told = assess(days, knowledge, on=ON)
    assert told.answers.complaint and told.answers.complaint.onset_date is None
    assert [one.used for one in told.differing] == [None]


@pytest.mark.parametrize("value", [None, RATHER_SAY])
def test_what_the_patient_leaves_stays_open(knowledge: Knowledge, value: Any) -> None:
    told = assess([said("fact:fever", value, said=PATIENT)], knowledge, on=ON)
    assert "fever" not in told.answers.facts
    assert [(one.fact, one.would_rather_say) for one in told.to_say] == [("fever", bool(value))]
    asked = assess(
        [
            said("fact:fever", value, "a", said=PATIENT),
            said("fact:fever", None, "b", saw="a"),
        ],
        knowledge,
        on=ON,
    )
    assert asked.answers.facts == {"fever": None} and asked.to_say == ()


def felt(told: Assessed) -> set[tuple[str, str, int, int]]:
    assert told.answers.complaint is not None
    return {(s.level, str(s.side), s.tension, s.tenderness) for s in told.answers.complaint.sites}


def test_places_felt_by_two_people_stand_together(knowledge: Knowledge) -> None:
    entries = [
        said("site:L4:right", {"tension": 2, "tenderness": 0}, "a"),
        said("site:L5:left", {"tension": 1, "tenderness": 1}, "b"),
    ]
    told = assess(entries, knowledge, on=ON)
    assert felt(told) == {("L4", "right", 2, 0), ("L5", "left", 1, 1)} and told.differing == ()


def test_one_place_felt_differently_takes_the_most(knowledge: Knowledge) -> None:
    entries = [
        said("site:L4:right", {"tension": 2, "tenderness": 0, "movement": "bends"}, "a"),
        said("site:L4:right", {"tension": 1, "tenderness": 3}, "b"),
    ]
    told = assess(entries, knowledge, on=ON)
    assert felt(told) == {("L4", "right", 2, 3)} and len(told.differing) == 1


def test_a_place_of_today_stands_over_that_side_of_the_earlier_one(knowledge: Knowledge) -> None:
    earlier = [{"level": "L3", "side": "both", "tension": 2, "tenderness": 1}]
    before = assess([said("sites", earlier)], knowledge, on=ON - timedelta(days=7)).answers
    cleared = assess([said("site:L3:left", None)], knowledge, on=ON, previous=before)
    assert felt(cleared) == {("L3", "right", 2, 1)}
    other = assess([said("site:L5:left", {"tension": 1, "tenderness": 0})], knowledge, on=ON)
    assert felt(other) == {("L5", "left", 1, 0)}
    kept = assess(
        [said("site:L5:left", {"tension": 1, "tenderness": 0})], knowledge, on=ON, previous=before
    )
    assert felt(kept) == {("L3", "both", 2, 1), ("L5", "left", 1, 0)}
    assert kept.answers.complaint and kept.answers.complaint.sites[0].side is Side.BOTH


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("L4:both", None),
        ("L9:left", None),
        ("L4:left", {"tension": 4, "tenderness": 0}),
        ("L4:left", {"tension": True, "tenderness": 0}),
        ("L4:left", {"tension": 1}),
        ("L4:left", {"tension": 1, "tenderness": 0, "movement": "x" * 201}),
    ],
)
def test_what_is_no_place_is_refused(knowledge: Knowledge, place: str, value: Any) -> None:
    with pytest.raises(InputError):
        check_entry(said(f"site:{place}", value), knowledge)


def test_looked_at_and_nothing_found_is_not_silence(knowledge: Knowledge) -> None:
    assert assess([], knowledge, on=ON).answers.zones is None
    assert assess([said("zones", [])], knowledge, on=ON).answers.zones == ()


# --- the patient alone ----------------------------------------------------------------------


def screened(told: Assessed, knowledge: Knowledge, stage: Stage = Stage.START) -> Screening:
    return screen(told.answers, NOBODY, knowledge, on=ON, stage=stage)


def answered_none(on_screen: Screen, knowledge: Knowledge, who: str = PATIENT) -> list[Entry]:
    """Every question of a screen with its milder answer, the rest by a value that is plain."""
    said_none = said(f"none:{on_screen.group.id}", list(on_screen.can_be_none), said=who)
    plain = {"sex": "female"}
    rest = [q.fact for q in on_screen.questions if q.fact not in on_screen.can_be_none]
    return [said_none, *(said(f"fact:{fact}", plain.get(fact), said=who) for fact in rest)]


def test_the_patient_is_asked_only_what_is_the_patients(knowledge: Knowledge) -> None:
    entries: list[Entry] = []
    screens = 0
    while True:
        told = assess(entries, knowledge, on=ON)
        asked = ask_patient(told, screened(told, knowledge), knowledge, is_repeat=False)
        if asked.screen is None:
            break
        screens += 1
        assert screens < 20
        for question in asked.screen.questions:
            assert is_for_patient(knowledge.facts[question.fact])
        given = answered_none(asked.screen, knowledge)
        for entry in given:
            check_patient_entry(entry, knowledge)
        before = asked.left
        entries += given
        told = assess(entries, knowledge, on=ON)
        after = ask_patient(told, screened(told, knowledge), knowledge, is_repeat=False).left
        assert after < before
    assert asked.left == 0 and screens >= 8


def test_what_the_patient_left_is_not_asked_again_of_the_patient(knowledge: Knowledge) -> None:
    told = assess([said("fact:fever", None, said=PATIENT)], knowledge, on=ON)
    screening = screened(told, knowledge)
    assert "fever" in {q.fact for q in screening.ask}
    only = replace(screening, ask=tuple(q for q in screening.ask if q.fact == "fever"))
    assert ask_patient(told, only, knowledge, is_repeat=False).screen is None
    mine = ask_practitioner(told, only, knowledge, is_repeat=False).screen
    assert mine is not None and mine.questions[0].fact == "fever"


@pytest.mark.parametrize(
    "entry",
    [
        said("zones", []),
        said("fact:height_cm", 170),
        said("none:fall_and_bone", ["focal_bony_pain_new"]),
        said("confirmed", ["a"]),
        said("site:L4:left", None),
    ],
)
def test_the_patient_cannot_say_what_is_the_practitioners(
    knowledge: Knowledge, entry: Entry
) -> None:
    with pytest.raises(InputError, match="not for the patient"):
        check_patient_entry(entry, knowledge)


def test_a_confirmation_holds_for_the_entries_it_names(knowledge: Knowledge) -> None:
    given = [
        said("none:fever_and_infection", ["fever", "acute_infection"], "a", said=PATIENT),
        said("fact:smoker", True, "b", said=PATIENT),
        said("fact:diabetes", None, "c", said=PATIENT),
    ]
    told = assess(given, knowledge, on=ON)
    seen = review(told, screened(told, knowledge), knowledge)
    assert set(seen.to_confirm) == {"a", "b", "c"} and seen.is_due
    assert [entry.field for entry in seen.not_no] == ["fact:smoker"]
    assert set(seen.rest) == {"fever", "acute_infection"}
    assert [one.fact for one in seen.open] == ["diabetes"]
    given.append(said("confirmed", ["a", "b", "c"], "d"))
    told = assess(given, knowledge, on=ON)
    assert not review(told, screened(told, knowledge), knowledge).is_due
    given.append(said("fact:fever", True, "e", said=PATIENT, saw="a"))
    told = assess(given, knowledge, on=ON)
    assert review(told, screened(told, knowledge), knowledge).to_confirm == ("e",)


# --- a repeat visit -------------------------------------------------------------------------


def test_a_healthy_repeat_visit_takes_at_most_eight_screens(knowledge: Knowledge) -> None:
    before = first_visit(knowledge)
    entries: list[Entry] = []
    taps = 0
    while True:
        told = assess(entries, knowledge, on=ON, previous=before)
        asked = ask_patient(told, screened(told, knowledge), knowledge, is_repeat=True)
        if asked.sentence is not None:
            entries.append(said(f"repeat:{asked.sentence.id}", "none", said=PATIENT))
        elif asked.screen is not None:
            assert not {q.fact for q in asked.screen.questions} - set(asked.screen.can_be_none)
            entries += answered_none(asked.screen, knowledge)[:1]
        else:
            break
        taps += 1
    assert 6 < taps <= 8


def first_visit(knowledge: Knowledge) -> Answers:
    entries = [
        said(
            f"none:{group}", [f.id for f in knowledge.facts.values() if f.group == group and ok(f)]
        )
        for group in knowledge.groups
        if group not in ("clinic", "today")
    ]
    entries += [said("fact:pregnant", "no"), said("fact:sex", "female"), said("fact:age_years", 40)]
    entries += [said("fact:first_session", True), said("fact:height_cm", 168)]
    return assess(entries, knowledge, on=ON - timedelta(days=7)).answers


def ok(fact: Any) -> bool:
    return fact.zone is None and fact.riskier is True and fact.id != "first_session"


def test_a_yes_to_a_sentence_opens_its_questions(knowledge: Knowledge) -> None:
    told = assess(
        [said("repeat:belly_and_circulation", "yes")],
        knowledge,
        on=ON,
        previous=first_visit(knowledge),
    )
    ask = {q.group for q in screened(told, knowledge).ask}
    assert "belly" in ask
