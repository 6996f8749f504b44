"""A word from outside closes at once, and only a written clearance lifts it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from people import EVERY_TECHNIQUE, TODAY, healthy
from ventosa.checking import check_plan
from ventosa.contract import read_answers, write_answers, write_screening
from ventosa.interview import repeat_visit
from ventosa.knowledge import Knowledge, Library, load
from ventosa.logic import Boolean
from ventosa.planning import USUAL_CUPS, frame_of, plan
from ventosa.record import Answers, Clearance, InputError, OutsideWord, Screening, Zone
from ventosa.screening import screen
from ventosa.terms import Channel, Decision, Side, Stage, State, Technique, ZoneKind

YESTERDAY, TOMORROW = TODAY - timedelta(1), TODAY + timedelta(1)
LOW_BACK = Zone(ZoneKind.NO_GO, Side.BOTH, from_level="L3", to_level="L5")
KNOWLEDGE = load()
QUANTITIES = ("suction_kpa", "retention_min", "kpa_min", "cups", "repetitions")


def word(**changes: Any) -> OutsideWord:
    given: dict[str, Any] = {
        "id": "OUTSIDE-1",
        "by": "Dr Osei",
        "on": YESTERDAY,
        "how": Channel.PHONE,
        "says": "No cups until I have seen the scan.",
    }
    return OutsideWord(**given | changes)


def clearance(**changes: Any) -> Clearance:
    return Clearance(**{"covers": "OUTSIDE-1", "by": "Dr Osei", "on": TODAY} | changes)


def screened(
    *words: OutsideWord, cleared: tuple[Clearance, ...] = (), on: date = TODAY
) -> Screening:
    answers = replace(healthy(KNOWLEDGE), outside=words, clearances=cleared, answered_on=on)
    return screen(answers, None, KNOWLEDGE, on=on)


def intervals(screening: Screening) -> Mapping[Technique, tuple[Decision, Decision]]:
    return {t: (s.certain, s.possible) for t, s in screening.techniques.items()}


# --- it closes at once ----------------------------------------------------------------------


def test_a_word_that_names_nothing_closes_every_technique() -> None:
    found = screened(word())
    assert set(intervals(found).values()) == {(Decision.AVOID, Decision.AVOID)}
    assert found.exit == 4
    assert not any(s.may_use for s in found.techniques.values())


def test_a_word_on_some_techniques_closes_those_and_no_other() -> None:
    found = screened(word(techniques=(Technique.MOVING, Technique.WET)))
    for technique, interval in intervals(found).items():
        is_named = technique in (Technique.MOVING, Technique.WET)
        assert interval == ((Decision.AVOID,) * 2 if is_named else (Decision.OK,) * 2)
        assert bool(found.techniques[technique].findings) == is_named
    assert found.exit == 0


def test_a_word_on_a_zone_closes_it_for_every_technique() -> None:
    found = screened(word(zone=LOW_BACK))
    for seen in found.techniques.values():
        assert [(c.zone, c.rule) for c in seen.closed_zones] == [(LOW_BACK, "OUTSIDE-1")]
        assert seen.certain is seen.possible is Decision.MODIFY
        assert [f.state for f in seen.findings] == [State.TRUE]


@pytest.mark.parametrize(
    ("begins", "until", "in_force"),
    [
        (TODAY, None, True),
        (YESTERDAY, TODAY, True),
        (TODAY, TODAY, True),
        (YESTERDAY, YESTERDAY, False),
    ],
)
def test_a_word_holds_from_its_day_to_its_last(
    begins: date, until: date | None, in_force: bool
) -> None:
    found = screened(word(on=begins, until=until))
    assert (found.exit == 4) is in_force
    assert bool(found.techniques[Technique.DRY_STATIC].findings) is in_force


def test_the_finding_says_who_said_what_and_how_and_whose_the_reading_is() -> None:
    finding = screened(word()).techniques[Technique.DRY_STATIC].findings[0]
    assert finding.rule == "OUTSIDE-1"
    for part in ("No cups until I have seen the scan.", "Dr Osei", "by phone", "2026-11-23"):
        assert part in finding.because
    assert finding.sources == () and finding.editorial is not None
    assert "the clinic decides" in finding.editorial


def test_what_concerns_only_techniques_that_a_word_closed_is_not_asked() -> None:
    nobody = Answers(answered_on=TODAY, techniques=EVERY_TECHNIQUE)
    before = screen(nobody, None, KNOWLEDGE, on=TODAY)
    after = screen(replace(nobody, outside=(word(),)), None, KNOWLEDGE, on=TODAY)
    assert {q.fact for q in after.ask} < {q.fact for q in before.ask}
    assert {q.fact for q in before.ask if q.red_flag} == {q.fact for q in after.ask if q.red_flag}
    assert all(not q.could_decide for q in after.ask)


# --- only a written clearance lifts it ------------------------------------------------------


def test_a_clearance_that_names_the_word_lifts_it_to_modify() -> None:
    found = screened(word(), cleared=(clearance(),))
    assert set(intervals(found).values()) == {(Decision.MODIFY, Decision.MODIFY)}
    assert {f.state for s in found.techniques.values() for f in s.findings} == {State.CLEARED}
    assert found.exit == 0


def test_a_clearance_that_names_the_word_reopens_its_zone() -> None:
    found = screened(word(zone=LOW_BACK), cleared=(clearance(),))
    for seen in found.techniques.values():
        assert seen.closed_zones == ()
        assert [(f.state, f.decision) for f in seen.findings] == [(State.CLEARED, Decision.MODIFY)]


@pytest.mark.parametrize(
    "cleared",
    [
        clearance(on=YESTERDAY - timedelta(1)),
        clearance(on=YESTERDAY, until=YESTERDAY),
        clearance(covers="OUTSIDE-2"),
        clearance(covers="C06"),
    ],
    ids=["older than the word", "over", "of another word", "of a rule"],
)
def test_no_other_clearance_lifts_it(cleared: Clearance) -> None:
    other = word(id="OUTSIDE-2", techniques=(Technique.WET,))
    found = screened(word(), other, cleared=(cleared,))
    assert set(intervals(found).values()) == {(Decision.AVOID, Decision.AVOID)}


def test_a_clearance_of_the_same_day_lifts_it() -> None:
    assert screened(word(on=TODAY), cleared=(clearance(),)).exit == 0


def test_a_clearance_for_some_techniques_lifts_those_and_reopens_no_zone() -> None:
    some = clearance(techniques=(Technique.SILICONE,))
    opened = intervals(screened(word(), cleared=(some,)))
    assert opened[Technique.SILICONE] == (Decision.MODIFY, Decision.MODIFY)
    assert opened[Technique.DRY_STATIC] == (Decision.AVOID, Decision.AVOID)
    found = screened(word(zone=LOW_BACK), cleared=(some,)).techniques[Technique.SILICONE]
    assert [c.zone for c in found.closed_zones] == [LOW_BACK]
    assert found.findings[0].state is State.TRUE


@pytest.mark.parametrize("how", list(Channel))
def test_no_later_word_lifts_an_earlier_one(how: Channel) -> None:
    later = word(id="OUTSIDE-2", how=how, on=TODAY, says="I take it back, cup away.")
    found = screened(word(), later, cleared=(clearance(covers="OUTSIDE-2"),))
    assert set(intervals(found).values()) == {(Decision.AVOID, Decision.AVOID)}


def test_a_word_is_still_there_at_the_next_visit() -> None:
    answers = replace(healthy(KNOWLEDGE), outside=(word(),))
    again = repeat_visit(answers, KNOWLEDGE, on=TOMORROW, none_of=(), anything_new=False)
    assert again.outside == (word(),)
    found = screen(again, None, KNOWLEDGE, on=TOMORROW)
    assert {s.certain for s in found.techniques.values()} == {Decision.AVOID}


# --- the laws hold with words ---------------------------------------------------------------

ASKED = [
    fact.id
    for fact in KNOWLEDGE.facts.values()
    if isinstance(fact.type, Boolean) and fact.zone is None and fact.id != "zones_recorded"
]
CLEARED = [rule.id for rule in KNOWLEDGE.rules if rule.file.clearance]


@st.composite
def words(draw: st.DrawFn) -> tuple[OutsideWord, ...]:
    made = []
    for number in range(draw(st.integers(1, 3))):
        covers: dict[str, Any] = draw(
            st.one_of(
                st.just({}),
                st.just({"zone": LOW_BACK}),
                st.lists(st.sampled_from(list(Technique)), min_size=1, unique=True).map(
                    lambda named: {"techniques": tuple(named)}
                ),
            )
        )
        begins = TODAY - timedelta(draw(st.integers(0, 3)))
        days = draw(st.one_of(st.none(), st.integers(0, 3)))
        until = None if days is None else begins + timedelta(days)
        made.append(word(id=f"OUTSIDE-{number}", on=begins, until=until, **covers))
    return tuple(made)


@st.composite
def answered(draw: st.DrawFn) -> Answers:
    """A person, some questions left out, some answered the riskier way, some places drawn."""
    whole = healthy(KNOWLEDGE)
    facts = dict(whole.facts)
    for fact in draw(st.lists(st.sampled_from(ASKED), max_size=6)):
        facts[fact] = draw(st.sampled_from([True, False, None]))
    for fact in draw(st.lists(st.sampled_from(sorted(facts)), max_size=4)):
        facts.pop(fact, None)
    zones = draw(st.sampled_from([None, (), (LOW_BACK,)]))
    rules = draw(st.lists(st.sampled_from(CLEARED), max_size=3))
    given_ = tuple(Clearance(rule, "a doctor", TODAY) for rule in rules)
    return replace(whole, facts=facts, zones=zones, clearances=given_)


@settings(max_examples=120, deadline=None)
@given(st.data(), answered(), words(), st.sampled_from(list(Stage)))
def test_a_word_never_loosens(
    data: st.DataObject, answers: Answers, said: tuple[OutsideWord, ...], stage: Stage
) -> None:
    lifted = data.draw(st.lists(st.sampled_from([w.id for w in said]), max_size=2))
    lifting = tuple(clearance(covers=name) for name in lifted)
    without = screen(answers, None, KNOWLEDGE, on=TODAY, stage=stage)
    with_words = replace(answers, outside=said, clearances=answers.clearances + lifting)
    after = screen(with_words, None, KNOWLEDGE, on=TODAY, stage=stage)
    for technique, seen in after.techniques.items():
        before = without.techniques[technique]
        assert before.certain <= seen.certain and before.possible <= seen.possible
        assert seen.certain <= seen.possible
        assert set(before.closed_zones) <= set(seen.closed_zones)
        assert seen.limits == before.limits
        assert set(before.findings) <= set(seen.findings)
    assert (after.urgency, after.facts) == (without.urgency, without.facts)
    milder = {5: 2, 4: 1, 3: 0.5, 0: 0}
    assert milder[after.exit] >= milder[without.exit]


@settings(max_examples=120, deadline=None)
@given(st.data(), answered(), words())
def test_with_words_more_answers_only_narrow(
    data: st.DataObject, whole: Answers, said: tuple[OutsideWord, ...]
) -> None:
    whole = replace(whole, outside=said)
    out = data.draw(st.sets(st.sampled_from(sorted(whole.facts)), max_size=6))
    part = replace(whole, facts={f: v for f, v in whole.facts.items() if f not in out})
    fewer = screen(part, None, KNOWLEDGE, on=TODAY)
    more = screen(whole, None, KNOWLEDGE, on=TODAY)
    for technique, seen in more.techniques.items():
        before = fewer.techniques[technique]
        assert before.certain <= seen.certain and seen.possible <= before.possible
        closed = {c.zone for c in before.closed_zones}
        assert closed >= {c.zone for c in seen.closed_zones}


# --- plans ----------------------------------------------------------------------------------


def test_the_checker_refuses_a_plan_in_a_zone_that_a_word_closed(
    knowledge: Knowledge, library: Library
) -> None:
    answers = healthy(knowledge)
    free = screen(answers, None, knowledge, on=TODAY)
    proposed = plan(free, answers, knowledge, library)
    frame = frame_of(free, knowledge)
    assert proposed.placements and not check_plan(proposed, free, frame, USUAL_CUPS)
    closed = screened(word(zone=LOW_BACK))
    problems = check_plan(proposed, closed, frame, USUAL_CUPS)
    assert any("closed zone (no_go)" in problem for problem in problems)


@pytest.mark.parametrize(
    "covers", [{}, {"zone": LOW_BACK}, {"techniques": (Technique.DRY_STATIC,)}]
)
def test_a_plan_keeps_to_a_word_and_says_it(
    knowledge: Knowledge, library: Library, covers: dict[str, Any]
) -> None:
    answers = replace(healthy(knowledge), outside=(word(**covers),))
    made = plan(screen(answers, None, knowledge, on=TODAY), answers, knowledge, library)
    if "techniques" in covers:
        assert made.technique not in (None, Technique.DRY_STATIC)
        said = [r.why for r in made.refused if r.technique is Technique.DRY_STATIC]
    elif "zone" in covers:
        assert made.placements == ()
        said = [why.because for why in made.why if why.choice == "closed"]
    else:
        assert made.technique is None
        said = [entry.text for entry in made.referral]
        assert any("written clearance of OUTSIDE-1" in text for text in said)
    assert any("No cups until I have seen the scan." in text for text in said)


# --- what is refused, and the contract ------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"id": "C06"}, "id"),
        ({"id": "OUTSIDE-"}, "id"),
        ({"by": " "}, "by"),
        ({"says": ""}, "says"),
        ({"says": "x" * 501}, "says"),
        ({"techniques": ()}, "techniques"),
        ({"techniques": (Technique.WET, Technique.WET)}, "techniques"),
        ({"techniques": (Technique.WET,), "zone": LOW_BACK}, "zone"),
        ({"zone": replace(LOW_BACK, kind=ZoneKind.SCAR)}, "zone.kind"),
        ({"until": YESTERDAY - timedelta(1)}, "until"),
    ],
)
def test_an_invalid_word_cannot_be_made(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(InputError) as caught:
        word(**changes)
    assert caught.value.path == path


def test_a_word_of_tomorrow_and_two_of_one_id_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        screened(word(on=TOMORROW))
    assert caught.value.path == "outside[0].on"
    with pytest.raises(InputError) as caught:
        screened(word(), word())
    assert caught.value.path == "outside[1].id"


WORD = {
    "id": "OUTSIDE-1",
    "by": "Dr Osei",
    "on": "2026-11-23",
    "how": "letter",
    "says": "Not over the kidneys.",
    "zone": {"kind": "no_go", "side": "both", "from_level": "L1", "to_level": "L2"},
    "until": "2026-12-24",
}


def read(knowledge: Knowledge, *given_: Mapping[str, Any], **more: Any) -> Answers:
    return read_answers(json.dumps({"outside": given_} | more).encode(), knowledge)


def test_a_word_travels_as_json_and_back(knowledge: Knowledge) -> None:
    lifting = [{"covers": "OUTSIDE-1", "by": "Dr Osei", "on": "2026-11-24"}]
    plain = {k: v for k, v in WORD.items() if k != "zone"} | {"id": "OUTSIDE-b"}
    answers = read(knowledge, WORD, plain | {"techniques": ["wet"]}, clearances=lifting)
    assert [w.id for w in answers.outside] == ["OUTSIDE-1", "OUTSIDE-b"]
    assert answers.outside[0].zone == replace(LOW_BACK, from_level="L1", to_level="L2")
    written = json.dumps(write_answers(answers)).encode()
    assert read_answers(written, knowledge) == answers
    found = write_screening(screen(answers, None, knowledge, on=TODAY))["techniques"]["wet"]
    assert {f["rule"]: f["state"] for f in found["findings"]} | {"OUTSIDE-1": "cleared"} == {
        f["rule"]: f["state"] for f in found["findings"]
    }


REFUSED = [
    {"id": "C06"},
    {"by": "  "},
    {"how": "fax"},
    {"zone": {"kind": "scar", "side": "both", "from_level": "L1", "to_level": "L2"}},
    {"techniques": ["wet"]},
    {"techniques": []},
    {"phone": "1"},
]


def test_the_published_schema_knows_words() -> None:
    path = Path(__file__).parents[2] / "docs" / "schemas" / "answers.schema.json"
    schema = jsonschema_rs.validator_for(json.loads(path.read_text("utf-8")), validate_formats=True)
    lifting = [{"covers": "OUTSIDE-1", "by": "Dr Osei", "on": "2026-11-24"}]
    everything = {key: value for key, value in WORD.items() if key != "zone"}
    schema.validate({"outside": [WORD, everything], "clearances": lifting})
    for changes in REFUSED:
        assert not schema.is_valid({"outside": [WORD | changes]}), changes
    assert not schema.is_valid({"clearances": [lifting[0] | {"covers": "nothing"}]})


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"id": "C06"}, "outside[0].id"),
        ({"by": "  "}, "outside[0].by"),
        ({"how": "fax"}, "outside[0].how"),
        ({"until": "2026-01-01"}, "outside[0].until"),
        ({"zone": WORD["zone"] | {"kind": "scar"}}, "outside[0].zone.kind"),  # type: ignore[operator]
        ({"zone": WORD["zone"] | {"to_level": "T1"}}, "outside[0].zone.to_level"),  # type: ignore[operator]
        ({"techniques": ["wet"]}, "outside[0].zone"),
        ({"phone": "1"}, "outside[0]"),
        ({"says": "Zuckerrübe\x00"}, "outside[0].says"),
    ],
)
def test_a_refusal_names_the_path_and_no_value(
    knowledge: Knowledge, changes: dict[str, Any], path: str
) -> None:
    with pytest.raises(InputError) as caught:
        read(knowledge, WORD | changes)
    assert caught.value.path == path
    assert "Zuckerrübe" not in str(caught.value)


def test_a_clearance_of_a_word_that_is_not_there_is_refused(knowledge: Knowledge) -> None:
    lifting = [{"covers": "OUTSIDE-9", "by": "Dr Osei", "on": "2026-11-24"}]
    with pytest.raises(InputError) as caught:
        read(knowledge, WORD, clearances=lifting)
    assert caught.value.path == "clearances[0].covers"
    with pytest.raises(InputError) as caught:
        screened(word(), cleared=(clearance(covers="OUTSIDE-9"),))
    assert caught.value.path == "clearances[0].covers"
