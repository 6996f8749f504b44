"""A consent is kept whole, taken back for all that was signed before, and renewed by a word."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from people import TODAY
from unit.test_consent import DAY, Visit
from ventosa.consent import (
    Consent,
    ConsentKind,
    Kept,
    SpokenYes,
    Withdrawal,
    is_offered,
    may_undo,
    missing,
    proposed_set,
    read_consent,
    renewable,
    set_problems,
    standing,
    taken_back,
    texts_in,
    write_consent,
)
from ventosa.knowledge import Knowledge, Library
from ventosa.record import Cupping, InputError
from ventosa.terms import Technique

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def visit(knowledge: Knowledge, library: Library) -> Visit:
    return Visit(knowledge, library, Technique.DRY_STATIC)


def renewed(visit: Visit, *consents: Consent, **more: Any) -> Consent | None:
    given: dict[str, Any] = {
        "plan": visit.plan,
        "screening": visit.start(),
        "texts": visit.texts,
        "on": TODAY,
        "frame": visit.frame,
        "sessions_done": 0,
    }
    return renewable(consents, **given | more)


def test_what_is_kept_gives_the_consent_back(visit: Visit) -> None:
    consent = visit.signed()
    assert read_consent(write_consent(consent)) == consent
    assert all(isinstance(w, str) for w in write_consent(consent)["stood"]["dry_static"]["rules"])


@pytest.mark.parametrize(
    "broken",
    [
        {"stood": {"dry_static": {"possible": "fine", "rules": {}}}},
        {"stood": None},
        {"kind": "whatever"},
        {"signed": {}},
    ],
)
def test_what_was_not_kept_by_us_is_refused_without_its_value(
    visit: Visit, broken: dict[str, Any]
) -> None:
    with pytest.raises(InputError) as error:
        read_consent({**write_consent(visit.signed()), **broken})
    assert "fine" not in str(error.value) and "whatever" not in str(error.value)


def test_a_no_takes_back_all_of_its_kind_signed_up_to_then(visit: Visit) -> None:
    first, second = visit.signed(), visit.signed(id="c2")
    kept = [Kept(first, NOON), Kept(second, NOON + MINUTE)]
    no = Withdrawal("c2", TODAY, NOON + 2 * MINUTE)
    assert standing(taken_back(kept, [no]), ConsentKind.TREATMENT) == ()
    early = Withdrawal("c1", TODAY, NOON + MINUTE / 2)
    assert [c.id for c in standing(taken_back(kept, [early]), ConsentKind.TREATMENT)] == ["c2"]


def test_a_no_to_something_that_is_not_there_is_a_no_to_everything(visit: Visit) -> None:
    kept = [Kept(visit.signed(), NOON)]
    no = Withdrawal("another", TODAY, NOON + MINUTE)
    assert standing(taken_back(kept, [no]), ConsentKind.TREATMENT) == ()


@pytest.mark.parametrize(("seconds", "may"), [(-1, False), (0, True), (10, True), (16, False)])
def test_a_slip_is_undone_within_seconds(seconds: int, may: bool) -> None:
    assert may_undo(NOON, NOON + timedelta(seconds=seconds)) is may


def test_a_yes_renews_what_was_signed_earlier_and_nothing_else(visit: Visit) -> None:
    earlier = visit.signed(TODAY - 7 * DAY)
    assert renewed(visit, earlier) == earlier
    assert renewed(visit) is None
    assert renewed(visit, visit.signed()) is None
    assert renewed(visit, replace(earlier, withdrawn_on=TODAY)) is None
    assert renewed(visit, earlier, screening=visit.start(anticoagulant=True)) is None
    assert renewed(visit, earlier, signed_off=()) is None
    assert renewed(visit, earlier, sessions_done=6) is None


def test_sessions_are_counted_under_each_consent(visit: Visit) -> None:
    full, fresh = visit.signed(TODAY - 7 * DAY), visit.signed(TODAY, id="c2")
    assert visit.lacks(full, fresh, sessions_done={"c1": 6, "c2": 0}) == ""
    assert "sessions" in visit.lacks(full, fresh, sessions_done={"c1": 6, "c2": 6})
    assert "not known" in visit.lacks(fresh, sessions_done={})


def test_technique_dose_and_cups_are_enough_to_ask_for(visit: Visit) -> None:
    plan = visit.plan
    assert plan.technique is not None and plan.dose is not None
    cupping = Cupping(plan.technique, plan.dose, plan.placements)
    spoken = SpokenYes(TODAY, "c1", "Ana")
    same = {
        missing(
            (visit.signed(),),
            planned,
            visit.start(),
            visit.texts,
            on=TODAY,
            frame=visit.frame,
            spoken=spoken,
            sessions_done=0,
        )
        for planned in (plan, cupping)
    }
    assert same == {()}


def test_the_proposed_set_holds_the_plan_and_no_more_than_the_hard_stop(
    visit: Visit, knowledge: Knowledge
) -> None:
    asked = proposed_set(visit.plan, visit.frame, knowledge, on=TODAY)

    def told(**more: Any) -> str:
        changed = replace(asked, **more)
        return " ".join(set_problems(changed, visit.plan, visit.frame, knowledge, on=TODAY))

    assert told() == ""
    stop = knowledge.techniques[Technique.DRY_STATIC].hard_stop.suction_kpa
    assert stop is not None
    assert told(greatest=replace(asked.greatest, suction_kpa=stop)) == ""
    assert "hard stop" in told(greatest=replace(asked.greatest, suction_kpa=stop + 1))
    assert "lies outside" in told(greatest=replace(asked.greatest, suction_kpa=1.0))
    assert "ended" in told(until=TODAY - DAY)
    assert "more than a year" in told(until=TODAY + 400 * DAY)


def test_a_language_with_a_missing_sentence_has_no_text_at_all(
    knowledge: Knowledge, library: Library
) -> None:
    whole = {code: texts_in(knowledge, library, code) for code in ("ar", "de")}
    assert all(found.is_whole and len(found.sha256) == 64 for found in whole.values())
    changed = structs.replace(library.evidence[0], text="Nobody knows.")
    library = replace(library, evidence=(changed, *library.evidence[1:]))
    for code in ("ar", "de"):
        found = texts_in(knowledge, library, code)
        assert found.absent > 0 and found.texts == () and found.sha256 == ""
        assert not is_offered(found, found.sha256)


def test_another_language_needs_somebody_who_read_these_words(
    knowledge: Knowledge, library: Library
) -> None:
    english = texts_in(knowledge, library, "en")
    assert is_offered(english, None)
    whole = replace(english, language="de")
    assert not is_offered(whole, None)
    assert not is_offered(whole, "0" * 64)
    assert is_offered(whole, english.sha256)
