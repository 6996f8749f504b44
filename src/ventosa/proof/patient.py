"""A counterexample as a small patient: a healthy person but for as few answers as can be."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType

import z3

from ventosa.contract import read_answers
from ventosa.contract.answers import write_answers
from ventosa.knowledge import ZONES_RECORDED
from ventosa.knowledge.model import Fact, Knowledge
from ventosa.logic import SCALE, Boolean, Choice, Number
from ventosa.proof.outcome import Outcome, Words
from ventosa.proof.person import Bool, Person, all_of, any_of, anybody, grid
from ventosa.proof.settling import answerable, settled
from ventosa.record import Answers, Clearance, Complaint, Interval, Screening, Value, Zone
from ventosa.screening import screen
from ventosa.terms import Side, Stage, Technique

DAY = date(2026, 1, 1)
"""The day of every example; nothing but the order of dates hangs on it."""

HEALTHY: Mapping[str, Value] = MappingProxyType(
    {
        "age_years": Interval(40, 40),
        "onset_age_years": Interval(39, 39),
        "pain_duration_weeks": Interval(6, 6),
        "sex": "male",
        "pregnant": "no",
    }
)
"""Answers of the healthy example person that have no safe side."""


@dataclass(frozen=True, slots=True)
class Patient:
    """Somebody invented by the solver; ``text`` says how they differ from a healthy person."""

    answers: Answers
    stage: Stage
    text: str

    def screened(self, knowledge: Knowledge) -> Screening:
        """Return the screening, through the same door as any answers file.

        What this knowledge has no question or rule for is left out: it was never asked there.
        """
        known = {rule.id for rule in knowledge.rules} | knowledge.facts.keys()
        answers = replace(
            self.answers,
            facts={f: v for f, v in self.answers.facts.items() if f in knowledge.facts},
            clearances=tuple(c for c in self.answers.clearances if c.covers in known),
        )
        data = json.dumps(write_answers(answers)).encode()
        return screen(read_answers(data, knowledge), None, knowledge, on=DAY, stage=self.stage)


def healthy_value(fact: Fact) -> Value | None:
    """Return what the healthy example person answers, ``None`` where it is left out."""
    if fact.id in HEALTHY:
        return HEALTHY[fact.id]
    if fact.id == ZONES_RECORDED:
        return True
    if fact.zone is not None or fact.detail_of is not None:
        return None
    if isinstance(fact.type, Boolean):
        return not fact.riskier
    if isinstance(fact.type, Number) and fact.riskier is not None:
        safe = fact.type.high if fact.riskier == "low" else fact.type.low
        return Interval(safe, safe)
    return None


class Anyone:
    """One person whose every answer is open, under any number of knowledges.

    ``given`` are the answers as given; each knowledge settles them its own way.
    """

    def __init__(self, *knowledges: Knowledge, name: str = "person") -> None:
        self.knowledges = knowledges
        self.facts: dict[str, Fact] = {}
        for knowledge in knowledges:
            self.facts |= knowledge.facts
        self.given, sound = anybody(name, self.facts)
        self.words, worded = Words.any(name, *knowledges)
        self.starts, self.began_today = z3.Bool(f"{name}.starts"), z3.Bool(f"{name}.began_today")
        self.sound: list[Bool] = [
            *sound,
            *worded,
            *answerable(self.given, knowledges[0], began_today=self.began_today),
            # A word is dated today: it is late enough as soon as the onset is known.
            self.words.after_onset.true == self.began_today,
            z3.Not(self.words.after_onset.false),
        ]

    def settled(self, knowledge: Knowledge) -> Person:
        """Return the facts that the rules of a knowledge see."""
        return settled(self.given, knowledge, began_today=self.began_today)

    def outcome(self, knowledge: Knowledge) -> Outcome:
        """Return what a knowledge brings to the person."""
        return Outcome(knowledge, self.settled(knowledge), self.words, self.starts)

    @cached_property
    def search(self) -> "Search":
        """Finds people among all of them, small examples first."""
        return Search(self.sound, self.usual())

    def usual(self) -> list[Bool]:
        """Return each way in which the person is like the healthy one, the dearest first.

        Where a fact must differ it is rather known, exact and whole than not.
        """
        like = [z3.Not(self.starts), z3.Not(self.began_today)]
        for cover in dict.fromkeys(cover for cover, _ in self.words.on):
            words = [self.words.on[cover, technique] for technique in (None, *Technique)]
            like += [z3.Not(any_of(words)), all_of([word == words[0] for word in words])]
        facts = self.facts.values()
        like += [same(self.given, fact, healthy_value(fact)) for fact in facts]
        like += [self.given.known(fact) for fact in facts if healthy_value(fact) is not None]
        for fact_id, bounds in self.given.numbers.items():
            unknown = z3.Not(self.given.known(self.facts[fact_id]))
            whole = bounds.low == SCALE * z3.Int(f"{fact_id}.whole")
            like.append(z3.Or(unknown, z3.And(bounds.low == bounds.high, whole)))
        return like

    def patient(self, model: z3.ModelRef) -> Patient:
        """Return the person of a model."""
        values = {fact.id: value_in(model, self.given, fact) for fact in self.facts.values()}
        looked = values.pop(ZONES_RECORDED) is True
        drawn = [f for f in self.facts.values() if f.zone is not None and values[f.id] is True]
        began = _is_true(model, self.began_today)
        stage = Stage.START if _is_true(model, self.starts) else Stage.PLAN
        clearances = tuple(self._clearances(model))
        answers = Answers(
            answered_on=DAY,
            facts=MappingProxyType(
                {f: v for f, v in values.items() if v is not None and self.facts[f].zone is None}
            ),
            zones=tuple(_disc(fact) for fact in drawn) if looked else None,
            clearances=clearances,
            complaint=Complaint(onset_date=DAY) if began else None,
            techniques=tuple(Technique),
        )
        differs = [
            f"{fact.id} {said(values[fact.id])}"
            for fact in self.facts.values()
            if fact.zone is None
            and fact.id != ZONES_RECORDED
            and values[fact.id] != healthy_value(fact)
        ]
        differs += [] if looked else ["nobody has looked at the back"]
        differs += [f"{str(fact.zone).replace('_', ' ')} drawn" for fact in drawn]
        differs += ["the pain began today"] if began else []
        differs += [_said_word(clearance) for clearance in clearances]
        differs += ["the session begins"] if stage is Stage.START else []
        but = f", but: {'; '.join(differs)}" if differs else ""
        return Patient(answers, stage, f"a healthy man of 40{but}")

    def _clearances(self, model: z3.ModelRef) -> Iterable[Clearance]:
        for cover in dict.fromkeys(cover for cover, _ in self.words.on):
            if _is_true(model, self.words.on[cover, None]):
                yield Clearance(cover, "a doctor", DAY)
                continue
            some = [t for t in Technique if _is_true(model, self.words.on[cover, t])]
            if some:
                yield Clearance(cover, "a doctor", DAY, techniques=tuple(some))


class Search:
    """Finds somebody of whom a claim holds, as like the usual person as can be."""

    def __init__(self, sound: Sequence[Bool], usual: Sequence[Bool]) -> None:
        self.solver = z3.Solver()
        self.solver.set("random_seed", 0)
        self.solver.add(*sound)
        self.usual = [z3.Bool(f"usual.{index}") for index in range(len(usual))]
        self.solver.add(
            [z3.Implies(name, way) for name, way in zip(self.usual, usual, strict=True)]
        )

    def can_be(self, claim: Bool) -> bool:
        """Return whether a claim holds of anybody; ``False`` is proved.

        Raises:
            Undecided: the solver gave up.
        """
        return holds(self.solver.check(claim))

    def find(self, claim: Bool) -> z3.ModelRef | None:
        """Return somebody of whom a claim holds, or ``None``: there is nobody, and that is proved.

        What differs from the usual is minimal: nothing of it could be put back alone.

        Raises:
            Undecided: the solver gave up.
        """
        if not self.can_be(claim):
            return None
        kept = {name.get_id(): name for name in self.usual}
        left_out = []
        while not self._holds_with(claim, kept.values()):
            for name in self.solver.unsat_core():
                if name.get_id() in kept:
                    left_out.append(kept.pop(name.get_id()))
        # The dearest are put back first.
        for name in sorted(left_out, key=self.usual.index):
            if self._holds_with(claim, [*kept.values(), name]):
                kept[name.get_id()] = name
        assert self._holds_with(claim, kept.values())
        return self.solver.model()

    def _holds_with(self, claim: Bool, names: Iterable[Bool]) -> bool:
        return holds(self.solver.check(claim, *names))


class Undecided(Exception):
    """The solver gave up: nothing is proved either way."""


def holds(result: z3.CheckSatResult) -> bool:
    """Return whether there is a model.

    Raises:
        Undecided: the solver gave up.
    """
    if result == z3.unknown:
        raise Undecided
    return bool(result == z3.sat)


def same(person: Person, fact: Fact, value: Value | None) -> Bool:
    """Return whether a fact has this value; ``None`` is unknown. A number is preferred whole."""
    if value is None:
        return z3.Not(person.known(fact))
    if isinstance(value, Interval):
        bounds = person.numbers[fact.id]
        return z3.And(bounds.low == grid(value.low), bounds.high == grid(value.high))
    if isinstance(value, bool):
        rails = person.booleans[fact.id]
        return rails.true if value else rails.false
    return person.words[fact.id][value]


def alike(one: Person, other: Person, fact: Fact) -> Bool:
    """Return whether two persons say the same of a fact."""
    if fact.id in one.booleans:
        mine, theirs = one.booleans[fact.id], other.booleans[fact.id]
        return z3.And(mine.true == theirs.true, mine.false == theirs.false)
    if fact.id in one.words:
        pairs = zip(one.words[fact.id].values(), other.words[fact.id].values(), strict=True)
        return z3.And(*(mine == theirs for mine, theirs in pairs))
    here, there = one.numbers[fact.id], other.numbers[fact.id]
    return z3.And(here.low == there.low, here.high == there.high)


def value_in(model: z3.ModelRef, person: Person, fact: Fact) -> Value | None:
    """Return what a fact is in a model, ``None`` where it is unknown."""
    match fact.type:
        case Boolean():
            rails = person.booleans[fact.id]
            if _is_true(model, rails.true):
                return True
            return False if _is_true(model, rails.false) else None
        case Choice(words):
            options = person.words[fact.id]
            return next((word for word in words if _is_true(model, options[word])), None)
        case Number(low, _):
            bounds = person.numbers[fact.id]
            ends = [
                int(str(model.evaluate(end, model_completion=True)))
                for end in (bounds.low, bounds.high)
            ]
            if ends[0] < grid(low):
                return None
            return Interval(*(float(Fraction(end, SCALE)) for end in ends))


def _is_true(model: z3.ModelRef, term: Bool) -> bool:
    return bool(z3.is_true(model.evaluate(term, model_completion=True)))


def _disc(fact: Fact) -> Zone:
    assert fact.zone is not None
    return Zone(fact.zone, Side.LEFT, level="T5", lateral_mm=60, radius_mm=10)


def said(value: Value | None) -> str:
    """Return an answer in a word."""
    if value is None:
        return "not known"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _said_word(clearance: Clearance) -> str:
    on = f" for {', '.join(clearance.techniques)}" if clearance.techniques else ""
    return f"a doctor cleared {clearance.covers}{on}"
