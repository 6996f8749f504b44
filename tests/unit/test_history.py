"""The clinic's own log answers facts, and never milder than the person."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from people import TODAY, healthy
from ventosa.history import PastEvent, PastSession, clearances_of, readings_of, tolerated
from ventosa.knowledge import Knowledge, Library, load, load_library
from ventosa.record import (
    Answers,
    Dose,
    InputError,
    Interval,
    KnowledgeError,
    PatientRecord,
    Reading,
    Screening,
)
from ventosa.screening import screen
from ventosa.terms import Decision, Technique

DOSE = Dose(30, 8, 4)


def days_ago(days: int) -> date:
    return TODAY - timedelta(days)


def session(days: int, *, harmed: bool = False, **changes: Any) -> PastSession:
    made = PastSession(days_ago(days), Technique.DRY_STATIC, DOSE, harmed, f"Procedure/{days}")
    return replace(made, **changes)


def event(kind: str, days: int, *, healed: bool = True) -> PastEvent:
    return PastEvent(kind, days_ago(days), f"AdverseEvent/{days}", healed)


def read(
    library: Library, *entries: PastSession | PastEvent, on: date = TODAY
) -> tuple[Reading, ...]:
    sessions = [entry for entry in entries if isinstance(entry, PastSession)]
    events = [entry for entry in entries if isinstance(entry, PastEvent)]
    return readings_of(sessions, events, library.adverse_events, on=on)


def without_harm(library: Library, *entries: PastSession | PastEvent) -> float | None:
    for reading in read(library, *entries):
        if reading.fact == "sessions_without_harm":
            assert isinstance(reading.value, Interval)
            return reading.value.low
    return None


# --- what the log answers -------------------------------------------------------------------


def test_an_empty_log_says_nothing(library: Library) -> None:
    assert read(library) == ()


def test_a_session_here_answers_that_it_is_not_the_first(library: Library) -> None:
    found = {reading.fact: reading for reading in read(library, session(3), session(9))}
    first = found["first_session"]
    assert first.value is False
    assert (first.source, first.on) == ("Procedure/9 of 2026-11-15", days_ago(9))
    assert set(found) == {"first_session", "sessions_without_harm"}


@pytest.mark.parametrize(
    ("entries", "count"),
    [
        ((session(3), session(9)), 2),
        ((session(3), session(9, harmed=True), session(12)), 1),
        ((session(3), session(9), event("blister", 8)), 1),
        ((session(9), event("blister", 9)), 0),
        ((session(3), event("blister", 9), event("burn", 1)), 0),
        ((session(3), session(9), event("ring_mark", 1)), 2),
        ((session(3), session(9), event("itching", 8)), 1),
        ((session(3), session(9), event("blister", 30, healed=False)), 0),
        ((event("blister", 9),), 0),
        ((event("ring_mark", 9),), None),
    ],
    ids=[
        "no harm",
        "a session that harmed",
        "an event",
        "the day of the harm does not count",
        "the last of two harms",
        "an expected trace is no harm",
        "a mild harm is one",
        "not healed yet",
        "an event and no session",
        "a trace and no session",
    ],
)
def test_sessions_since_the_last_harm_are_counted(
    library: Library, entries: tuple[PastSession | PastEvent, ...], count: int | None
) -> None:
    assert without_harm(library, *entries) == count


@pytest.mark.parametrize(
    ("kind", "fact"),
    [
        ("blister", "reaction_blister"),
        ("burn", "reaction_burn"),
        ("vasovagal", "reaction_faint"),
        ("skin_infection", "reaction_infection"),
        ("abscess", "reaction_infection"),
        ("herpes", "reaction_infection"),
        ("new_plaque", "reaction_new_plaque"),
    ],
)
@pytest.mark.parametrize("healed", [True, False])
def test_a_harm_seen_here_answers_its_question_healed_or_not(
    library: Library, kind: str, fact: str, healed: bool
) -> None:
    found = [r for r in read(library, event(kind, 400, healed=healed)) if r.fact == fact]
    assert found == [Reading(fact, True, f"AdverseEvent/400 of {days_ago(400)}", days_ago(400))]


def test_a_harm_that_is_asked_nowhere_answers_nothing_but_the_count(library: Library) -> None:
    assert [r.fact for r in read(library, event("lump", 3))] == ["sessions_without_harm"]


def test_a_harm_of_a_kind_that_is_not_known_any_more_still_counts(library: Library) -> None:
    assert without_harm(library, session(3), event("sneezing", 1, healed=False)) == 0


def test_wet_cupping_here_does_not_answer_the_question_of_the_last_weeks(library: Library) -> None:
    facts = {r.fact for r in read(library, session(3, technique=Technique.WET))}
    assert "skin_piercing_recent" not in facts


def test_the_log_is_refused_where_it_cannot_be_right(library: Library) -> None:
    for entry, path in (
        (session(-1), "sessions[0].on"),
        (event("burn", -1), "events[0].on"),
    ):
        with pytest.raises(InputError) as caught:
            read(library, entry)
        assert caught.value.path == path
    with pytest.raises(InputError):
        session(1, source="12")
    with pytest.raises(InputError):
        replace(event("burn", 1), source="")


# --- beside what the person says ------------------------------------------------------------


def screened(knowledge: Knowledge, answers: Answers, readings: tuple[Reading, ...]) -> Screening:
    return screen(answers, PatientRecord("log", readings=readings), knowledge, on=TODAY)


def test_a_burn_in_the_log_stands_against_a_person_who_says_no(
    knowledge: Knowledge, library: Library
) -> None:
    log = read(library, session(40), event("burn", 40))
    found = screened(knowledge, healthy(knowledge), log)
    assert found.facts["reaction_burn"].value is True
    assert found.facts["reaction_burn"].source == f"AdverseEvent/40 of {days_ago(40)}"
    assert "reaction_burn" in {conflict.fact for conflict in found.conflicts}
    assert found.techniques[Technique.FIRE].certain is Decision.AVOID


def test_the_lower_count_of_sessions_stands(knowledge: Knowledge, library: Library) -> None:
    answers = healthy(knowledge, reaction_blister=True, sessions_without_harm=9)
    found = screened(knowledge, answers, read(library, session(2), event("blister", 9)))
    assert found.facts["sessions_without_harm"].value == Interval(1, 1)
    assert "R04" in {f.rule for f in found.techniques[Technique.DRY_STATIC].findings}


def test_a_person_who_says_yes_stands_against_a_log_without_harm(
    knowledge: Knowledge, library: Library
) -> None:
    answers = healthy(knowledge, first_session=True, reaction_burn=True)
    found = screened(knowledge, answers, read(library, session(2)))
    assert found.facts["first_session"].value is True
    assert found.facts["reaction_burn"].value is True


def test_what_the_log_answers_is_not_asked(knowledge: Knowledge, library: Library) -> None:
    whole = healthy(knowledge)
    left = {f: v for f, v in whole.facts.items() if f != "first_session"}
    answers = replace(whole, facts=left)
    asked = {q.fact for q in screened(knowledge, answers, ()).ask}
    assert "first_session" in asked
    assert "first_session" not in {
        q.fact for q in screened(knowledge, answers, read(library, session(2))).ask
    }


# --- a note of healing ----------------------------------------------------------------------


def test_a_note_of_healing_clears_what_a_blister_closed(
    knowledge: Knowledge, library: Library
) -> None:
    def standing(*events: PastEvent) -> dict[str, str]:
        log = read(library, session(30), *events)
        clearances = clearances_of(events, library.adverse_events, on=TODAY)
        found = screened(knowledge, replace(healthy(knowledge), clearances=clearances), log)
        of = found.techniques[Technique.DRY_STATIC]
        assert (of.limits.suction_kpa, of.limits.cups) == (10, 2), (
            "the lightest, until two went well"
        )
        return {finding.rule: str(finding.state) for finding in of.findings}

    blister = event("blister", 20, healed=False)
    healed = replace(blister, healed=True, healed_on=days_ago(5))
    assert standing(blister)["R02"] == "true"
    assert standing(healed)["R02"] == "cleared"
    other = replace(blister, source="AdverseEvent/21")
    assert standing(healed, other)["R02"] == "true", "another one is not over"
    assert standing(replace(healed, healed_on=TODAY + timedelta(1)))["R02"] == "true"
    burn = replace(healed, kind="burn")
    (word,) = clearances_of([burn], library.adverse_events, on=TODAY)
    answers = replace(healthy(knowledge), clearances=(word,))
    found = screened(knowledge, answers, read(library, burn))
    assert found.techniques[Technique.FIRE].certain is Decision.AVOID, "never cleared"


# --- the dose that was tolerated ------------------------------------------------------------

LOW = Dose(10, 12, 6)


@pytest.mark.parametrize(
    ("sessions", "dose"),
    [
        ((session(9), session(3, dose=LOW)), LOW),
        ((session(3, dose=LOW), session(9)), LOW),
        ((session(9), session(3, harmed=True)), DOSE),
        ((session(9), session(3, harmed=True, dose=LOW)), Dose(10, 8, 4)),
        ((session(3, harmed=True, dose=LOW), session(3)), Dose(10, 8, 4)),
        ((session(9, harmed=True, dose=LOW), session(3)), DOSE),
        ((session(3, harmed=True),), None),
        ((), None),
    ],
    ids=[
        "the last",
        "whatever the order",
        "one that did harm is passed over",
        "a lower one that did harm since lowers it",
        "of the same day too",
        "one tolerated after harm counts",
        "only harm",
        "none",
    ],
)
def test_the_last_tolerated_dose(sessions: tuple[PastSession, ...], dose: Dose | None) -> None:
    assert tolerated(sessions).get(Technique.DRY_STATIC) == dose


def test_each_technique_has_its_own_dose() -> None:
    flash = Dose(None, None, 2, 5)
    found = tolerated((session(9), session(3, technique=Technique.FLASH, dose=flash)))
    assert found == {Technique.DRY_STATIC: DOSE, Technique.FLASH: flash}


# --- the field in the files -----------------------------------------------------------------


@pytest.mark.parametrize("answered", ["reaction_sneeze", "age_years"])
def test_a_file_that_answers_no_question_of_yes_or_no_is_refused(answered: str) -> None:
    knowledge = load()
    name = "adverse_events/burn.toml"
    text = knowledge.texts[name].replace('"reaction_burn"', f'"{answered}"')
    with pytest.raises(KnowledgeError) as caught:
        load_library(replace(knowledge, texts=dict(knowledge.texts) | {name: text}))
    assert (caught.value.file, caught.value.where) == (name, "answers")
