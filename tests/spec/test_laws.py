"""The laws of screening, as properties over all kinds of partial answers.

1. Silence is never consent: under part of the answers everything is at least as strict as under
   any completion of them. 2. What is certain stays certain. 3. More risk never loosens.
They speak of settled facts; a measurement that contradicts an earlier "no" is a correction.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from people import TODAY, healthy
from ventosa.knowledge import Knowledge, load
from ventosa.knowledge.model import Caps, Fact, Rule
from ventosa.logic import Boolean, Choice, Number, evaluate, facts_of
from ventosa.record import Clearance, Interval, Value
from ventosa.screening import _clear, screen, settle
from ventosa.screening.decision import (
    QUANTITIES,
    Standing,
    Verdict,
    closed_zones,
    decide,
    excluded_materials,
    standing_rules,
    urgency,
)
from ventosa.terms import Decision, Material, Stage, Technique, Urgency

KNOWLEDGE = load()
FACTS = list(KNOWLEDGE.facts.values())
# Drawing where a known finding lies answers a question: for those kinds the zones are given.
DIRECTED = [
    fact
    for fact in FACTS
    if fact.riskier is not None and fact.zone not in KNOWLEDGE.settling.places
]
RULE_IDS = [rule.id for rule in KNOWLEDGE.rules if rule.file.clearance]


@dataclass(frozen=True)
class Outcome:
    """All that a person may rely on."""

    verdicts: Mapping[Technique, Verdict]
    materials: frozenset[Material]
    urgency: tuple[Urgency, Urgency]
    closed: frozenset[object]

    def is_at_least_as_strict_as(self, other: "Outcome") -> bool:
        """Limits, materials and closed zones."""
        return (
            self.closed >= other.closed
            and self.materials >= other.materials
            and all(_caps_within(self.verdicts[t].caps, other.verdicts[t].caps) for t in Technique)
        )


def _caps_within(tight: Caps, loose: Caps) -> bool:
    for name in QUANTITIES:
        mine, theirs = getattr(tight, name), getattr(loose, name)
        if theirs is not None and (mine is None or mine > theirs):
            return False
    return True


def outcome_of(
    values: Mapping[str, Value], clearances: tuple[Clearance, ...], stage: Stage
) -> Outcome:
    knowledge: Knowledge = KNOWLEDGE
    truths = knowledge.compiled.truths(knowledge.compiled.pack(values))
    counted = [
        truth if rule.stage is Stage.PLAN or stage is Stage.START else False
        for rule, truth in zip(knowledge.rules, truths, strict=True)
    ]
    clear = partial(
        _clear, clearances=clearances, on=TODAY, onset=TODAY - timedelta(9), assessment_days=30
    )
    standing: tuple[Standing, ...] = standing_rules(knowledge.rules, counted, clear)
    return Outcome(
        {technique: decide(knowledge, technique, standing) for technique in Technique},
        frozenset(excluded_materials(standing)),
        urgency(standing),
        frozenset(closed.zone for closed in closed_zones(standing, ()))
        | {kind for rule in standing for kind in rule.rule.closes_drawn},
    )


def value_of(fact: Fact) -> st.SearchStrategy[Value]:
    match fact.type:
        case Boolean():
            return st.booleans()
        case Choice(words):
            return st.sampled_from(list(words))
        case Number(low, high):
            return st.integers(math.ceil(low), int(high)).map(lambda n: Interval(n, n))


@st.composite
def people(draw: st.DrawFn) -> dict[str, Value]:
    """A fully answered person: healthy but for a few facts, drawn zones and details included.

    With a hundred facts a fair coin would forbid everybody everything.
    """
    whole = {fact.id: _safe(fact) for fact in FACTS}
    for fact in draw(st.lists(st.sampled_from(FACTS), max_size=7)):
        whole[fact.id] = draw(value_of(fact))
    return whole


def _safe(fact: Fact) -> Value:
    match fact.type:
        case Boolean():
            return not fact.riskier
        case Choice(words):
            return words[0]
        case Number(low, high):
            safe = {"low": high, "high": low, None: min(max(40.0, low), high)}[fact.riskier]
            return Interval(safe, safe)


@st.composite
def parts(draw: st.DrawFn, whole: Mapping[str, Value]) -> dict[str, Value]:
    """Part of the answers: some left out, some numbers known only as an interval."""
    kept: dict[str, Value] = {}
    for fact_id, value in whole.items():
        kind = KNOWLEDGE.facts[fact_id].type
        how = draw(st.sampled_from(["kept", "kept", "kept", "out", "wide"]))
        if how == "wide" and isinstance(value, Interval) and isinstance(kind, Number):
            below, above = draw(st.integers(0, 12)), draw(st.integers(0, 12))
            kept[fact_id] = Interval(
                max(kind.low, value.low - below), min(kind.high, value.high + above)
            )
        elif how != "out":
            kept[fact_id] = value
    return kept


clearances = st.lists(st.sampled_from(RULE_IDS), max_size=4).map(
    lambda ids: tuple(Clearance(rule, "a doctor", TODAY) for rule in ids)
)
stages = st.sampled_from(list(Stage))


@settings(max_examples=250, deadline=None)
@given(st.data(), people(), clearances, stages)
def test_silence_is_never_consent(
    data: st.DataObject,
    whole: dict[str, Value],
    cleared: tuple[Clearance, ...],
    stage: Stage,
) -> None:
    part = data.draw(parts(whole))
    partial_, full = outcome_of(part, cleared, stage), outcome_of(whole, cleared, stage)
    for technique in Technique:
        decision = full.verdicts[technique]
        assert decision.certain is decision.possible, "a full answer leaves nothing open"
        assert partial_.verdicts[technique].certain <= decision.certain
        assert decision.possible <= partial_.verdicts[technique].possible
    assert partial_.urgency[0] <= full.urgency[0] and full.urgency[1] <= partial_.urgency[1]
    assert partial_.is_at_least_as_strict_as(full)


@settings(max_examples=200, deadline=None)
@given(st.data(), people(), clearances, stages)
def test_more_answers_only_narrow(
    data: st.DataObject,
    whole: dict[str, Value],
    cleared: tuple[Clearance, ...],
    stage: Stage,
) -> None:
    some = data.draw(parts(whole))
    fewer = data.draw(parts(some))
    before, after = outcome_of(fewer, cleared, stage), outcome_of(some, cleared, stage)
    for technique in Technique:
        assert before.verdicts[technique].certain <= after.verdicts[technique].certain
        assert after.verdicts[technique].possible <= before.verdicts[technique].possible
    assert before.urgency[0] <= after.urgency[0] and after.urgency[1] <= before.urgency[1]
    assert before.is_at_least_as_strict_as(after)


@settings(max_examples=300, deadline=None)
@given(st.data(), people(), clearances, stages)
def test_more_risk_never_loosens(
    data: st.DataObject,
    whole: dict[str, Value],
    cleared: tuple[Clearance, ...],
    stage: Stage,
) -> None:
    fact = data.draw(st.sampled_from(DIRECTED))
    held = data.draw(parts(whole))
    assume(fact.id in held)
    moved = dict(held) | {fact.id: _riskier(data, fact, held[fact.id])}
    before, after = outcome_of(held, cleared, stage), outcome_of(moved, cleared, stage)
    # A red flag that was assessed is cleared once it is true; open it is not. So where an assessed
    # flag becomes true, what it brings turns milder: an assessment speaks of a flag that is there.
    assessed = {word.covers for word in cleared}
    flags = [r for r in KNOWLEDGE.rules if r.red_flag is not None and r.id in assessed]
    if all(evaluate(r.when, held) is evaluate(r.when, moved) for r in flags):
        for technique in Technique:
            assert before.verdicts[technique].certain <= after.verdicts[technique].certain
            assert before.verdicts[technique].possible <= after.verdicts[technique].possible
        assert before.urgency[0] <= after.urgency[0]
        assert before.urgency[1] <= after.urgency[1]
    assert after.is_at_least_as_strict_as(before)


def test_an_assessed_flag_that_becomes_true_turns_milder_than_an_open_one() -> None:
    """The one place where a riskier answer brings a milder decision (found by the proof)."""
    open_flag = {fact.id: _safe(fact) for fact in FACTS} | {"osteoporosis": True}
    del open_flag["focal_bony_pain_new"]
    word = (Clearance("RF-11b", "a doctor", TODAY),)
    before = outcome_of(open_flag, word, Stage.PLAN).verdicts[Technique.DRY_STATIC]
    there = open_flag | {"minor_trauma_recent": True}
    after = outcome_of(there, word, Stage.PLAN).verdicts[Technique.DRY_STATIC]
    assert (before.possible, after.possible) == (Decision.AVOID, Decision.MODIFY)


def _riskier(data: st.DataObject, fact: Fact, value: Value) -> Value:
    if isinstance(fact.riskier, bool):
        return fact.riskier
    assert isinstance(value, Interval) and isinstance(fact.type, Number)
    step = data.draw(st.integers(0, 400))
    if fact.riskier == "low":
        low = max(fact.type.low, value.low - step)
        return Interval(low, max(low, value.high - step))
    high = min(fact.type.high, value.high + step)
    return Interval(min(high, value.low + step), high)


def test_a_person_nobody_asked_may_have_no_cup_at_either_stage() -> None:
    for stage in Stage:
        outcome = outcome_of({}, (), stage)
        assert {v.certain for v in outcome.verdicts.values()} == {Decision.OK}
        assert {v.possible for v in outcome.verdicts.values()} == {Decision.AVOID}
        assert outcome.urgency == (Urgency.NONE, Urgency.EMERGENCY)


AVOIDING_FLAGS = [
    rule
    for rule in KNOWLEDGE.rules
    if rule.red_flag is not None
    and all(effect.decision is Decision.AVOID for effect in rule.effects.values())
]


@pytest.mark.parametrize("rule", AVOIDING_FLAGS, ids=lambda rule: rule.id)
def test_an_unanswered_red_flag_that_avoids_closes_every_technique(rule: Rule) -> None:
    facts = settle(healthy(KNOWLEDGE), None, KNOWLEDGE, TODAY).values
    left = {fact: value for fact, value in facts.items() if fact not in facts_of(rule.when)}
    outcome = outcome_of(left, (), Stage.PLAN)
    assert {verdict.possible for verdict in outcome.verdicts.values()} == {Decision.AVOID}
    assert rule.red_flag is not None
    assert outcome.urgency[1] >= rule.red_flag.urgency


@pytest.mark.parametrize("stage", list(Stage))
def test_a_healthy_fully_answered_person_may_have_every_technique(stage: Stage) -> None:
    screening = screen(healthy(KNOWLEDGE), None, KNOWLEDGE, on=TODAY, stage=stage)
    assert {s.possible for s in screening.techniques.values()} == {Decision.OK}
    assert all(s.may_use for s in screening.techniques.values())
    assert (screening.urgency.possible, screening.ask, screening.exit) == (Urgency.NONE, (), 0)


@pytest.mark.parametrize("fact", [fact.id for fact in FACTS if fact.stage is Stage.START])
def test_every_check_at_the_start_matters_there_and_only_there(fact: str) -> None:
    answers = healthy(KNOWLEDGE, **{fact: KNOWLEDGE.facts[fact].riskier})
    plan = screen(answers, None, KNOWLEDGE, on=TODAY, stage=Stage.PLAN)
    start = screen(answers, None, KNOWLEDGE, on=TODAY, stage=Stage.START)
    assert {s.possible for s in plan.techniques.values()} == {Decision.OK}
    assert any(s.certain > Decision.OK for s in start.techniques.values())
    assert fact in {check.fact for check in plan.before_start}
