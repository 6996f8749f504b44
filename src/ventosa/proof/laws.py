"""The laws that the rules keep for everybody, as obligations of the solver.

Each is first proved for persons whose facts are free of each other, which is more people than can
be; where that fails, it is asked of answers as they can be given, and then the answer is either a
patient or a proof that there is none.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import z3

from ventosa.knowledge.model import Fact, Knowledge, Rule
from ventosa.logic import facts_of
from ventosa.proof.outcome import Outcome, Words, hard_stop_of, limit_values, name_of
from ventosa.proof.patient import Anyone, Patient, Search, Undecided, alike, said, value_in
from ventosa.proof.person import (
    Bool,
    Person,
    all_of,
    any_of,
    anybody,
    moved,
    says_everything,
    says_no_less,
)
from ventosa.proof.settling import is_unsettled
from ventosa.screening.decision import QUANTITIES
from ventosa.terms import Decision, Technique

Violations = dict[str, Bool]
"""What would break a law, by name."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A law that does not hold, and for whom; ``patient`` is ``None`` where nobody is needed."""

    law: str
    what: str
    patient: Patient | None = None


@dataclass(frozen=True, slots=True)
class Obligation:
    """One thing to prove. ``law`` is its sentence, ``about`` what part of the knowledge."""

    law: str
    about: str
    attempt: Callable[[], Failure | None]

    def check(self) -> Failure | None:
        """Return how it fails, or ``None``: it is proved. What is not decided is not proved."""
        try:
            return self.attempt()
        except Undecided:
            return Failure(self.law, f"{self.about}: the solver gave up; nothing is proved")


SILENCE = "What is unanswered can only tighten"
NARROWING = "More answers only narrow"
RISK = "More risk never loosens"
RED_FLAG = "An unassessed red flag that avoids closes every technique"
HARD_STOP = "No limit passes the hard stop"


def laws(knowledge: Knowledge) -> Iterator[Obligation]:
    """Yield the laws of a knowledge; one of a single rule is the part that touches that rule."""
    yield Obligation(
        SILENCE, "all rules", partial(_of_pairs, SILENCE, knowledge, _completes, _silent)
    )
    yield Obligation(
        NARROWING, "all rules", partial(_of_pairs, NARROWING, knowledge, says_no_less, _narrower)
    )
    named = {fact for rule in knowledge.rules for fact in facts_of(rule.when)}
    for fact in knowledge.facts.values():
        if fact.riskier is not None and fact.id in named and _has_direction(knowledge, fact):
            yield Obligation(RISK, fact.id, partial(_risk, knowledge, fact))
    for rule in knowledge.rules:
        if rule.red_flag is not None and "avoid" in rule.file.decision.values():
            yield Obligation(RED_FLAG, rule.id, partial(_red_flag, knowledge, rule))
    for technique in Technique:
        yield Obligation(HARD_STOP, technique, partial(_hard_stop, knowledge, technique))


def _has_direction(knowledge: Knowledge, fact: Fact) -> bool:
    """Drawing where a known finding lies answers a question: it is no risk by itself."""
    return fact.zone not in knowledge.settling.places


# --- two persons, one of whom says no less ---------------------------------------------------

Relation = Callable[[Person, Person], list[Bool]]
Broken = Callable[[Outcome, Outcome], Violations]


def _narrower(before: Outcome, after: Outcome) -> Violations:
    """What breaks "the second is within the first": certain falls, possible rises, a cap opens."""
    broken: Violations = {}
    for what, held in before.certain.items():
        fell = z3.And(held, z3.Not(after.certain[what]))
        rose = z3.And(after.possible[what], z3.Not(before.possible[what]))
        broken[f"certainly {name_of(what)}, and then not"] = fell
        broken[f"{name_of(what)} was impossible, and then is not"] = rose
    for what, stands in after.tight.items():
        opened = z3.And(stands, z3.Not(before.tight[what]))
        broken[f"{name_of(what)} did not stand, and then does"] = opened
    return broken


def _silent(before: Outcome, after: Outcome) -> Violations:
    """A full answer lies within what was said before, and leaves nothing open."""
    broken = _narrower(before, after)
    dated = all_of(
        [
            z3.Or(cleared.true, cleared.false)
            for rule in after.rules
            for cleared in rule.cleared.values()
        ]
    )
    for what, held in after.possible.items():
        unsure = z3.And(held, z3.Not(after.certain[what]), dated)
        broken[f"{name_of(what)} is open though all is answered"] = unsure
    return broken


def _completes(fewer: Person, more: Person) -> list[Bool]:
    return says_no_less(fewer, more) + says_everything(more)


def _of_pairs(law: str, knowledge: Knowledge, relate: Relation, broken: Broken) -> Failure | None:
    one, sound = anybody("before", knowledge.facts)
    two, also = anybody("after", knowledge.facts)
    words, worded = Words.any("both", knowledge)
    before = Outcome(knowledge, one, words, z3.Bool("starts"))
    after = Outcome(knowledge, two, words, z3.Bool("starts"), like=before)
    if never([*sound, *also, *worded, *relate(one, two)], broken(before, after)):
        return None
    # Of answers as they can be given: settling corrects none of them.
    first, second = Anyone(knowledge, name="before"), Anyone(knowledge, name="after")
    second.words, second.starts, second.began_today = first.words, first.starts, first.began_today
    one, two = first.settled(knowledge), second.settled(knowledge)
    corrected = is_unsettled(first.given, one, knowledge) + is_unsettled(
        second.given, two, knowledge
    )
    related = [*first.sound, *second.sound, z3.Not(any_of(corrected)), *relate(one, two)]
    return _counterexample(
        law, first, second, related, broken(first.outcome(knowledge), second.outcome(knowledge))
    )


def never(related: Sequence[Bool], broken: Violations) -> bool:
    """Return whether nothing that would break a law can be."""
    return not Search(related, ()).can_be(any_of(list(broken.values())))


def _counterexample(
    law: str, first: Anyone, second: Anyone, related: Sequence[Bool], broken: Violations
) -> Failure | None:
    then = [alike(first.given, second.given, fact) for fact in first.facts.values()]
    search = Search(related, [*first.usual(), *then])
    model = search.find(any_of(list(broken.values())))
    if model is None:
        return None
    changes = "; ".join(
        f"{fact.id} {said(now)}"
        for fact in first.facts.values()
        if (now := value_in(model, second.given, fact)) != value_in(model, first.given, fact)
    )
    return Failure(law, f"{_broken_in(model, broken)}, after: {changes}", first.patient(model))


def _broken_in(model: z3.ModelRef, broken: Violations) -> str:
    values = ((name, model.evaluate(term, model_completion=True)) for name, term in broken.items())
    return next(name for name, value in values if z3.is_true(value))


# --- a fact moved its riskier way ------------------------------------------------------------


def _risk(knowledge: Knowledge, fact: Fact) -> Failure | None:
    # What rules that do not name the fact bring is the same before and after.
    naming = replace(
        knowledge, rules=tuple(r for r in knowledge.rules if fact.id in facts_of(r.when))
    )
    person, sound = anybody("before", naming.facts)
    words, worded = Words.any("both", naming)
    riskier, way = moved("after", person, fact)
    before = Outcome(naming, person, words, z3.Bool("starts"))
    after = Outcome(naming, riskier, words, z3.Bool("starts"), like=before)
    if never([*sound, *worded, *way], _looser(before, after, fact)):
        return None
    first, second = Anyone(knowledge, name="before"), Anyone(knowledge, name="after")
    second.given, way = moved("after", first.given, fact)
    second.words, second.starts, second.began_today = first.words, first.starts, first.began_today
    before, after = first.outcome(knowledge), second.outcome(knowledge)
    return _counterexample(RISK, first, second, [*first.sound, *way], _looser(before, after, fact))


def _looser(before: Outcome, after: Outcome, fact: Fact) -> Violations:
    """What gets milder, wider or less urgent.

    A red flag that was assessed is cleared once it is true, and not while it is open (an assessment
    speaks of a flag that is there). Decisions and urgency are therefore bound to rise wherever no
    open flag becomes a true one that was assessed; limits and zones always.
    """
    broken: Violations = {}
    bound = all_of(
        [
            z3.Implies(cleared.true, was.holds.true)
            for was, now in zip(before.rules, after.rules, strict=True)
            if now.rule.red_flag is not None
            for cleared in now.cleared.values()
        ]
    )
    for graded in ("certain", "possible"):
        was, now = getattr(before, graded), getattr(after, graded)
        for what, held in was.items():
            lost = z3.And(held, z3.Not(now[what]), bound)
            broken[f"{fact.id} riskier: no longer {graded} {name_of(what)}"] = lost
    for what, stands in before.tight.items():
        broken[f"{fact.id} riskier: no longer {name_of(what)}"] = z3.And(
            stands, z3.Not(after.tight[what])
        )
    return broken


# --- one person ------------------------------------------------------------------------------


def _red_flag(knowledge: Knowledge, rule: Rule) -> Failure | None:
    alone = replace(knowledge, rules=(rule,))
    person, sound = anybody("person", alone.facts)
    words, worded = Words.any("person", alone)
    outcome = Outcome(alone, person, words, z3.Bool("starts"))
    if never([*sound, *worded], _left_open(outcome, rule)):
        return None
    anyone = Anyone(knowledge)
    return of_one(RED_FLAG, anyone, _left_open(anyone.outcome(knowledge), rule))


def _left_open(outcome: Outcome, rule: Rule) -> Violations:
    flag = next(standing for standing in outcome.rules if standing.rule.id == rule.id)
    return {
        f"{rule.id} is neither answered no nor assessed, and {technique} is open": z3.And(
            z3.Not(flag.holds.false),
            z3.Not(flag.cleared[technique].true),
            z3.Not(outcome.possible[technique, Decision.AVOID]),
        )
        for technique in Technique
    }


def of_one(law: str, anyone: Anyone, broken: Violations) -> Failure | None:
    """Return the failure of a law about one person, or ``None``: it holds for everybody."""
    model = anyone.search.find(any_of(list(broken.values())))
    if model is None:
        return None
    return Failure(law, _broken_in(model, broken), anyone.patient(model))


def _hard_stop(knowledge: Knowledge, technique: Technique) -> Failure | None:
    """No dose within anybody's limits passes the hard stop, whatever holds and is open."""
    anyone = Anyone(knowledge)
    outcome = anyone.outcome(knowledge)
    stop = hard_stop_of(knowledge, technique)
    passes: Violations = {}
    for name in QUANTITIES:
        most = getattr(stop, name)
        values = limit_values(outcome.table, technique, name)
        if most is None or not values:
            continue
        within = max((value for value in values if value <= most), default=None)
        capped = z3.BoolVal(False) if within is None else outcome.at_most(technique, name, within)
        passes[f"{technique}: {name} may pass {most:g}"] = z3.Not(capped)
    return of_one(HARD_STOP, anyone, passes) if passes else None
