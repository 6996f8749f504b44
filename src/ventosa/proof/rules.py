"""Each rule earns its place: none is dead, none is redundant without saying so; and the proofs are
not vacuous, since every technique can be allowed."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property, partial

import z3

from ventosa.knowledge import ZONES_RECORDED
from ventosa.knowledge.model import Fact, Knowledge
from ventosa.logic import facts_of
from ventosa.proof.asked import asked
from ventosa.proof.laws import Failure, Obligation
from ventosa.proof.outcome import Terms, name_of
from ventosa.proof.patient import Anyone, Patient, healthy_value
from ventosa.proof.person import Bool, any_of
from ventosa.terms import Decision, Stage, Technique, Urgency

DEAD = "No rule is dead"
REDUNDANT = "A redundant rule says what implies it"
ALLOWED = "Every technique can be allowed"
HEALTHY = "A healthy, fully answered person may have every technique"


def place_laws(knowledge: Knowledge) -> Iterator[Obligation]:
    """Yield for every rule that it can hold, and that it changes something for somebody."""
    everybody = Everybody(knowledge)
    for index, rule in enumerate(knowledge.rules):
        yield Obligation(DEAD, rule.id, partial(everybody.dead, index))
    for index, rule in enumerate(knowledge.rules):
        yield Obligation(REDUNDANT, rule.id, partial(everybody.redundant, index))


def allowing_laws(knowledge: Knowledge) -> Iterator[Obligation]:
    """Yield that the rules do not forbid everything to everybody."""
    for technique in Technique:
        yield Obligation(ALLOWED, technique, partial(_allowed, knowledge, technique))
    for stage in Stage:
        yield Obligation(HEALTHY, f"stage {stage}", partial(_healthy, knowledge, stage))


class Everybody:
    """All persons under one knowledge, built once for many questions."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.anyone = Anyone(knowledge)
        self.outcome = self.anyone.outcome(knowledge)
        self.can_be = self.anyone.search.can_be

    def dead(self, index: int) -> Failure | None:
        """A condition that nobody can meet.

        A place that nobody has drawn is never certain: a rule about one may only be open.
        """
        rule = self.outcome.rules[index]
        by_design = any(_is_of_the_map(self.knowledge, fact) for fact in facts_of(rule.rule.when))
        holds_for = rule.is_open if by_design else z3.BoolVal(False)
        if self.can_be(z3.Or(rule.holds.true, holds_for)):
            return None
        return Failure(DEAD, f"{rule.rule.id}: nobody can meet {rule.rule.file.when!r}")

    def redundant(self, index: int) -> Failure | None:
        """A rule whose removal changes nothing for anybody, or that says so wrongly."""
        rule = self.knowledge.rules[index]
        claims = self.alone_brings(index)
        changes = bool(claims) and self.can_be(any_of(list(claims.values())))
        if not changes:
            claims = self.alone_asks(index)
            changes = self.can_be(any_of(list(claims.values())))
        if rule.file.implied_by is None:
            if changes:
                return None
            what = f"{rule.id} changes nothing for anybody; say what implies it, and why it stays"
            return Failure(REDUNDANT, what)
        if not changes:
            return None
        model = self.anyone.search.find(any_of(list(claims.values())))
        assert model is not None
        what = next(n for n, c in claims.items() if z3.is_true(model.evaluate(c, True)))
        return Failure(
            REDUNDANT,
            f"{rule.id} says that it is implied, but alone it brings: {what}",
            self.anyone.patient(model),
        )

    @cached_property
    def brought(self) -> tuple[Terms, ...]:
        """What each rule brings: certainly, at the gravest, and as caps, zones and materials."""
        stands = [z3.Not(rule.holds.false) for rule in self.outcome.rules]
        return (
            self.outcome.bringing(certainly=True),
            self.outcome.bringing(certainly=False),
            self.outcome.tightening(stands),
        )

    def alone_brings(self, index: int) -> dict[str, Bool]:
        """Return what a rule brings where no other does, by name."""
        alone: dict[str, Bool] = {}
        for terms in self.brought:
            for what, brought in terms.items():
                if index in brought:
                    others = [term for other, term in brought.items() if other != index]
                    alone[name_of(what)] = z3.And(brought[index], z3.Not(any_of(others)))
        return alone

    def alone_asks(self, index: int) -> dict[str, Bool]:
        """Return the questions that are asked only with, or only without, a rule."""
        rules = self.knowledge.rules
        without = replace(self.knowledge, rules=rules[:index] + rules[index + 1 :])
        offered = {technique: z3.Bool(f"offered.{technique}") for technique in Technique}
        person = self.anyone.settled(self.knowledge)
        now = asked(self.outcome, person, offered)
        then = asked(self.anyone.outcome(without), person, offered)
        no = z3.BoolVal(False)
        return {
            f"the question {fact}": now.get(fact, no) != then.get(fact, no) for fact in (now | then)
        }


def _is_of_the_map(knowledge: Knowledge, fact: str) -> bool:
    return knowledge.facts[fact].zone is not None or fact == ZONES_RECORDED


def _allowed(knowledge: Knowledge, technique: Technique) -> Failure | None:
    anyone = Anyone(knowledge)
    allowed = z3.Not(anyone.outcome(knowledge).possible[technique, Decision.REFER])
    model = anyone.search.find(allowed)
    if model is None:
        return Failure(ALLOWED, f"nobody may ever have {technique}")
    patient = anyone.patient(model)
    if patient.screened(knowledge).techniques[technique].may_use:
        return None
    return Failure(ALLOWED, f"the solver allows {technique}, the screening does not", patient)


def _healthy(knowledge: Knowledge, stage: Stage) -> Failure | None:
    # A place that a clinic closes modifies for everybody.
    most = Decision.OK if knowledge.overlay is None else Decision.MODIFY
    patient = healthy(knowledge, stage)
    screening = patient.screened(knowledge)
    refused = [str(t) for t, s in screening.techniques.items() if s.possible > most]
    open_ = [question.fact for question in screening.ask]
    if refused or open_ or screening.urgency.possible > Urgency.NONE:
        what = (
            f"not simply allowed: {', '.join(refused) or 'none'}; still asked: {', '.join(open_)}"
        )
        return Failure(HEALTHY, what, patient)
    return None


def healthy(knowledge: Knowledge, stage: Stage = Stage.PLAN) -> Patient:
    """Return the healthy, fully answered example person of a knowledge.

    What has no safe side, as a fact that an overlay adds, they answer so that it forbids nothing,
    where there is such an answer.
    """
    anyone = Anyone(knowledge)
    starts = anyone.starts if stage is Stage.START else z3.Not(anyone.starts)
    model = None
    read = dict.fromkeys(fact for rule in knowledge.rules for fact in facts_of(rule.when))
    unsettled = [knowledge.facts[fact] for fact in read if _has_no_safe_side(knowledge.facts[fact])]
    if unsettled:
        possible = anyone.outcome(knowledge).possible
        may = [z3.Not(possible[technique, Decision.REFER]) for technique in Technique]
        answered = [anyone.given.known(fact) for fact in unsettled]
        model = anyone.search.find(z3.And(starts, *answered, *may))
    if model is None:
        model = anyone.search.find(starts)
    assert model is not None
    return anyone.patient(model)


def _has_no_safe_side(fact: Fact) -> bool:
    return fact.zone is None and fact.detail_of is None and healthy_value(fact) is None
