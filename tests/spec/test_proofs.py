"""What can never happen, to anybody: the laws proved, and shown to bite.

Each law is first proved of the shipped knowledge; then a knowledge that breaks it is shown to fail
it, with a small patient whom the screening accepts and whose screening shows the fault.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import groupby

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st
from test_laws import KNOWLEDGE, outcome_of, parts, people

from changed import with_rule, without_rule
from people import TODAY
from ventosa.knowledge import ZONES_RECORDED, Knowledge
from ventosa.knowledge.files import ClearanceTable, RedFlagTable
from ventosa.knowledge.model import Caps
from ventosa.logic import Boolean, Choice, Number, parse
from ventosa.proof import asked, laws, rules
from ventosa.proof.difference import difference, loosening
from ventosa.proof.laws import Failure, Obligation
from ventosa.proof.obligations import obligations, obligations_of_rule
from ventosa.proof.outcome import Outcome
from ventosa.proof.patient import Anyone, same, value_in
from ventosa.proof.person import Bool, Person, anybody
from ventosa.record import Answers, Value
from ventosa.screening import settle
from ventosa.terms import Decision, DoseClass, Stage, Technique, Urgency

DUTIES = {law: list(duties) for law, duties in groupby(obligations(KNOWLEDGE), lambda d: d.law)}


@pytest.mark.parametrize("law", list(DUTIES))
def test_the_law_is_proved_of_the_shipped_rules(law: str) -> None:
    failures = [failure for duty in DUTIES[law] if (failure := duty.check()) is not None]
    assert not failures, "\n".join(f"{f.what}: {f.patient and f.patient.text}" for f in failures)


def test_every_rule_red_flag_and_directed_fact_is_in_the_proofs() -> None:
    about = {law: {duty.about for duty in duties} for law, duties in DUTIES.items()}
    assert about[rules.DEAD] == about[rules.REDUNDANT] == {rule.id for rule in KNOWLEDGE.rules}
    assert {"RF-10", "RF-11a", "RF-13a", "RF-14e", "RF-16"} <= about[laws.RED_FLAG]
    assert {"fever", "anticoagulant", "haemoglobin_g_dl"} <= about[laws.RISK]
    assert about[laws.HARD_STOP] == about[rules.ALLOWED] == set(Technique)
    assert about[rules.HEALTHY] == {f"stage {stage}" for stage in Stage}


# --- the laws bite ---------------------------------------------------------------------------


def check(duties: Iterable[Obligation], law: str, *about: str) -> list[Failure]:
    mine = (d for d in duties if d.law == law and (d.about in about or not about))
    return [failure for duty in mine if (failure := duty.check()) is not None]


def test_more_risk_that_loosens_is_found_with_a_patient() -> None:
    broken = with_rule(KNOWLEDGE, "C06", when="!anticoagulant")
    (failure,) = check(laws.laws(broken), laws.RISK, "anticoagulant")
    assert failure.patient is not None
    assert failure.patient.text == "a healthy man of 40"
    taking = replace(
        failure.patient.answers, facts={**failure.patient.answers.facts, "anticoagulant": True}
    )
    before = failure.patient.screened(broken).techniques[Technique.WET]
    after = replace(failure.patient, answers=taking).screened(broken).techniques[Technique.WET]
    assert (before.certain, after.certain) == (Decision.AVOID, Decision.OK)


def test_a_red_flag_that_leaves_a_technique_open_is_found() -> None:
    decision = {str(t): "avoid" for t in Technique if t is not Technique.FLASH}
    broken = with_rule(KNOWLEDGE, "RF-13a", decision=decision)
    only = broken.with_rules([broken.rule("RF-13a")])
    (failure,) = check(laws.laws(only), laws.RED_FLAG)
    assert failure.patient is not None and "flash" in failure.what
    assert failure.patient.screened(only).techniques[Technique.FLASH].may_use


def test_a_column_beyond_the_hard_stop_is_found() -> None:
    table = KNOWLEDGE.techniques[Technique.FIRE]
    columns = {**table.columns, DoseClass.USUAL: Caps(retention_min=11, cups=6)}
    techniques = {**KNOWLEDGE.techniques, Technique.FIRE: replace(table, columns=columns)}
    broken = replace(KNOWLEDGE, techniques=techniques)
    (failure,) = check(laws.laws(broken), laws.HARD_STOP)
    assert failure.patient is not None
    limits = failure.patient.screened(broken).techniques[Technique.FIRE].limits
    assert limits.retention_min == 11 and "retention_min" in failure.what


def test_a_dead_rule_is_found() -> None:
    broken = with_rule(KNOWLEDGE, "C28", when="age_years >= 65 && age_years < 65")
    (failure,) = check(rules.place_laws(broken), rules.DEAD)
    assert failure.what.startswith("C28: nobody can meet")


def test_a_rule_that_settling_makes_impossible_is_dead() -> None:
    broken = with_rule(KNOWLEDGE, "C31", when="pregnant == 'yes' && sex == 'male' && fever")
    assert check(rules.place_laws(broken), rules.DEAD) == []
    broken = with_rule(KNOWLEDGE, "C05", when="psoriasis && !koebner_disease")
    failures = check(rules.place_laws(broken), rules.DEAD)
    assert [failure.what[:3] for failure in failures] == ["C05"]


def test_a_redundant_rule_must_say_so_and_only_then() -> None:
    silent = with_rule(KNOWLEDGE, "RF-17f", implied_by=None)
    (failure,) = check(rules.place_laws(silent), rules.REDUNDANT, "RF-17f")
    assert failure.what.startswith("RF-17f changes nothing for anybody")
    boasting = with_rule(KNOWLEDGE, "C06", implied_by="C05")
    (failure,) = check(rules.place_laws(boasting), rules.REDUNDANT, "C06")
    assert failure.patient is not None
    assert failure.patient.text.endswith("but: anticoagulant yes")


def test_rules_that_forbid_everything_to_everybody_are_found() -> None:
    broken = with_rule(KNOWLEDGE, "C34", when="age_years >= 0")
    assert {f.what for f in check(rules.allowing_laws(broken), rules.ALLOWED)} == {
        f"nobody may ever have {technique}" for technique in Technique
    }
    assert len(check(rules.allowing_laws(broken), rules.HEALTHY)) == 2


def test_an_interview_that_stops_too_early_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "_tighter", lambda *_: iter(()))
    assert [f.law for f in check(asked.interview_laws(KNOWLEDGE), asked.STOP)] == [asked.STOP]


def test_a_screen_that_hides_a_question_that_matters_is_found() -> None:
    group = replace(KNOWLEDGE.groups["pain_pattern"], only_if=parse("age_years < 30"))
    broken = replace(KNOWLEDGE, groups={**KNOWLEDGE.groups, "pain_pattern": group})
    (failure,) = check(asked.interview_laws(broken), asked.HIDDEN)
    assert "RF-15" in failure.what


def test_a_detail_that_matters_without_its_parent_is_found() -> None:
    parent = {f.id: f.detail_of for f in KNOWLEDGE.facts.values()}
    assert parent["inr"] == "anticoagulant"
    rule = KNOWLEDGE.rule("C28")
    broken = KNOWLEDGE.with_rule(replace(rule, when=parse("inr > 4")))
    (failure,) = check(asked.interview_laws(broken), asked.DETAIL)
    assert failure.what == "inr stands open in C28"


def test_a_law_of_a_single_rule_is_the_part_that_touches_it() -> None:
    broken = with_rule(KNOWLEDGE, "C06", when="!anticoagulant")
    (failure,) = check(obligations_of_rule(broken, "C06"), laws.RISK)
    assert failure.what.startswith("anticoagulant riskier")
    assert not [f for d in obligations_of_rule(KNOWLEDGE, "C06") if (f := d.check())]


def test_silence_that_loosens_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules cannot be written so: a solver that read "unknown" as "no" would be noticed."""
    brings = laws.Outcome.bringing

    def forgets_what_is_open(self: Outcome, *, certainly: bool) -> object:
        return brings(self, certainly=True)

    monkeypatch.setattr(laws.Outcome, "bringing", forgets_what_is_open)
    few = KNOWLEDGE.with_rules(KNOWLEDGE.rules[:6])
    assert check(laws.laws(few), laws.SILENCE)


# --- the solver means what the program means -------------------------------------------------


def pinned(person: Person, sound: list[Bool], values: dict[str, Value]) -> z3.ModelRef:
    """The one model of a person with just these answers, at stage plan, without any word."""
    solver = z3.Solver()
    solver.add(
        *sound,
        z3.Not(ANYONE.starts),
        z3.Not(ANYONE.began_today),
        *(z3.Not(word) for word in ANYONE.words.on.values()),
        *(same(person, fact, values.get(fact.id)) for fact in KNOWLEDGE.facts.values()),
    )
    assert solver.check() == z3.sat
    return solver.model()


ANYONE = Anyone(KNOWLEDGE)
SETTLED = ANYONE.settled(KNOWLEDGE)
FREE, SOUND = anybody("free", KNOWLEDGE.facts)
OUTCOME = Outcome(KNOWLEDGE, FREE, ANYONE.words, ANYONE.starts)


@settings(max_examples=25, deadline=None)
@given(st.data(), people())
def test_the_solver_decides_as_the_screening_does(
    data: st.DataObject, whole: dict[str, Value]
) -> None:
    values = data.draw(parts(whole))
    model, found = pinned(FREE, SOUND, values), outcome_of(values, (), Stage.PLAN)
    for what, term in OUTCOME.certain.items():
        held = z3.is_true(model.evaluate(term, model_completion=True))
        if isinstance(what, Urgency):
            assert held == (found.urgency[0] >= what)
        else:
            assert held == (found.verdicts[what[0]].certain >= what[1])  # type: ignore[index]
    for what, term in OUTCOME.possible.items():
        held = z3.is_true(model.evaluate(term, model_completion=True))
        if isinstance(what, Urgency):
            assert held == (found.urgency[1] >= what)
        else:
            assert held == (found.verdicts[what[0]].possible >= what[1])  # type: ignore[index]


def some_answers(chance: random.Random) -> dict[str, Value]:
    """Answers that contradict and complete each other in many ways."""
    from test_laws import _safe

    values: dict[str, Value] = {}
    for fact in KNOWLEDGE.facts.values():
        if fact.zone is not None or chance.random() < 0.4:
            continue
        match fact.type:
            case Boolean():
                values[fact.id] = chance.random() < 0.3
            case Choice(words):
                values[fact.id] = chance.choice(words)
            case Number(low, high):
                values[fact.id] = (
                    _safe(fact) if chance.random() < 0.5 else _number(chance, low, high)
                )
    values.pop(ZONES_RECORDED, None)
    return values


def _number(chance: random.Random, low: float, high: float) -> Value:
    from ventosa.record import Interval

    ends = sorted(chance.randint(int(low * 2), int(high * 2)) / 2 for _ in range(2))
    return Interval(max(low, ends[0]), max(low, ends[-1]))


@pytest.mark.parametrize("seed", range(25))
def test_the_solver_settles_answers_as_the_screening_does(seed: int) -> None:
    chance = random.Random(seed)
    values = some_answers(chance)
    looked = chance.random() < 0.7
    values_given = values | ({ZONES_RECORDED: True} if looked else {})
    model = pinned(ANYONE.given, ANYONE.sound, values_given)
    answers = Answers(answered_on=TODAY, facts=values, zones=() if looked else None)
    expected = settle(answers, None, KNOWLEDGE, TODAY).values
    found = {fact.id: value_in(model, SETTLED, fact) for fact in KNOWLEDGE.facts.values()}
    assert {fact: value for fact, value in found.items() if value is not None} == dict(expected)


# --- what a change changes, for whom ---------------------------------------------------------


def test_that_nothing_changes_is_proved() -> None:
    found = difference(KNOWLEDGE, KNOWLEDGE)
    assert (found.rules, found.files, found.changes) == ((), (), ())
    reworded = with_rule(KNOWLEDGE, "C06", because="Said in other words.")
    found = difference(KNOWLEDGE, reworded)
    assert [(r.rule, r.how, r.fields) for r in found.rules] == [("C06", "changed", ("because",))]
    assert found.changes == ()
    split = with_rule(KNOWLEDGE, "C28", when="!(age_years < 65)")
    assert difference(KNOWLEDGE, split).changes == ()


MUTANTS: dict[str, tuple[Callable[[], Knowledge], str, str]] = {
    "drop a rule": (lambda: without_rule(KNOWLEDGE, "C06"), "looser", "anticoagulant yes"),
    "flip a comparison": (
        lambda: with_rule(KNOWLEDGE, "C28", when="age_years > 65"),
        "looser",
        "age_years 65",
    ),
    "shift a threshold": (
        lambda: with_rule(KNOWLEDGE, "C28", when="age_years >= 66"),
        "looser",
        "age_years 65",
    ),
    "raise a limit": (
        lambda: with_rule(KNOWLEDGE, "C06", caps=KNOWLEDGE.rule("C28").file.caps),
        "looser",
        "anticoagulant yes",
    ),
    "widen a zone": (
        lambda: with_rule(
            KNOWLEDGE,
            "C04",
            closes=tuple(
                type(z)(from_level=z.from_level, to_level="L3", side=z.side)
                for z in KNOWLEDGE.rule("C04").file.closes
            ),
        ),
        "tighter",
        "implanted_electrical_device yes",
    ),
    "change who may be cleared": (
        lambda: with_rule(
            KNOWLEDGE, "C06", clearance=ClearanceTable(by="a doctor", covers=("antiplatelet",))
        ),
        "looser",
        "cleared antiplatelet",
    ),
}


@pytest.mark.parametrize("kind", list(MUTANTS))
def test_every_kind_of_change_is_found_with_a_patient_who_shows_it(kind: str) -> None:
    make, way, differs = MUTANTS[kind]
    changed = make()
    found = difference(KNOWLEDGE, changed)
    shown = [change for change in found.changes if change.way == way]
    assert shown, kind
    assert any(differs in change.patient.text for change in shown), [c.text for c in shown]
    for change in found.changes:
        assert change.before != change.after
        before = change.patient.screened(KNOWLEDGE)
        after = change.patient.screened(changed)
        assert before != after
    assert (loosening(KNOWLEDGE, changed) is None) == (not found.looser)


def test_a_flag_that_becomes_clearable_is_looser_with_a_word() -> None:
    flag = KNOWLEDGE.rule("RF-13a").file
    changed = with_rule(
        KNOWLEDGE,
        "RF-13a",
        red_flag=RedFlagTable("urgent", clearable=True, within="today"),
        clearance=ClearanceTable(by="a doctor"),
        caps=KNOWLEDGE.rule("C06").file.caps,
    )
    assert flag.red_flag is not None and not flag.red_flag.clearable
    found = loosening(KNOWLEDGE, changed)
    assert found is not None and "a doctor cleared RF-13a" in found.patient.text
