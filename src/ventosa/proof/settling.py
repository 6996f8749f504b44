"""Answers settle each other before a rule sees them: ``screening.facts`` for everybody at once."""

from dataclasses import dataclass

import z3

from ventosa.knowledge import ZONES_RECORDED
from ventosa.knowledge.model import Fact, Knowledge, Measured
from ventosa.logic import Boolean, Choice, facts_of
from ventosa.proof.person import (
    Bool,
    Bounds,
    Person,
    Rails,
    all_of,
    any_of,
    grid,
    rails_of,
    stays_in,
)
from ventosa.record import Value

WEEKS, AGE, ONSET_AGE = "pain_duration_weeks", "age_years", "onset_age_years"


@dataclass(slots=True)
class _Draft:
    """Facts while they are being settled, in the order of ``screening.facts.settle``."""

    knowledge: Knowledge
    booleans: dict[str, Rails]
    words: dict[str, dict[str, Bool]]
    numbers: dict[str, Bounds]

    @property
    def person(self) -> Person:
        return Person(dict(self.booleans), dict(self.words), dict(self.numbers))

    def fact(self, fact_id: str) -> Fact:
        return self.knowledge.facts[fact_id]

    def is_value(self, fact_id: str, value: Value) -> Bool:
        if isinstance(value, bool):
            rails = self.booleans[fact_id]
            return rails.true if value else rails.false
        return self.words[fact_id][str(value)]

    def set(self, fact_id: str, value: Value, when: Bool) -> None:
        """From here on the fact has the value wherever ``when`` holds."""
        if isinstance(value, bool):
            held = self.booleans[fact_id]
            ours, other = (held.true, held.false) if value else (held.false, held.true)
            ours, other = z3.Or(ours, when), z3.And(other, z3.Not(when))
            self.booleans[fact_id] = Rails(ours, other) if value else Rails(other, ours)
            return
        self.words[fact_id] = {
            word: z3.Or(held, when) if word == value else z3.And(held, z3.Not(when))
            for word, held in self.words[fact_id].items()
        }

    def unset(self, fact_id: str, when: Bool) -> None:
        held = self.booleans[fact_id]
        self.booleans[fact_id] = Rails(
            z3.And(held.true, z3.Not(when)), z3.And(held.false, z3.Not(when))
        )


def settled(person: Person, knowledge: Knowledge, *, began_today: Bool) -> Person:
    """Return the facts that the rules see of a person's answers.

    ``began_today``: the complaint carries today as the date of onset; else it carries none.
    """
    draft = _Draft(
        knowledge,
        dict(person.booleans),
        {fact: dict(options) for fact, options in person.words.items()},
        dict(person.numbers),
    )
    _take_onset(draft, began_today)
    _settle_groups(draft)
    _answer_parents(draft)
    _take_zones(draft)
    return draft.person


def _take_onset(draft: _Draft, began_today: Bool) -> None:
    """The date answers how long the pain lasts, and with the age the age at onset.

    Only of somebody who did not answer them beside it (``answerable``).
    """
    weeks, onset, age = (draft.numbers.get(fact) for fact in (WEEKS, ONSET_AGE, AGE))
    if weeks is None or onset is None or age is None:
        return
    zero = z3.IntVal(0)
    draft.numbers[WEEKS] = Bounds(
        z3.If(began_today, zero, weeks.low), z3.If(began_today, zero, weeks.high)
    )
    derived = z3.And(began_today, draft.person.known(draft.fact(AGE)))
    draft.numbers[ONSET_AGE] = Bounds(
        z3.If(derived, age.low, onset.low), z3.If(derived, age.high, onset.high)
    )


def _settle_groups(draft: _Draft) -> None:
    for group in draft.knowledge.settling.groups:
        before = draft.person
        agree = [
            z3.Or(draft.is_value(fact, value), z3.Not(before.known(draft.fact(fact))))
            for fact, value in group.no.items()
        ]
        holds = all_of([draft.is_value(group.when_fact, group.when_value), *agree])
        for fact, value in group.no.items():
            draft.set(fact, value, holds)


def _answer_parents(draft: _Draft) -> None:
    settling = draft.knowledge.settling
    for detail in settling.details:
        given = draft.fact(detail.given)
        says_no = (
            draft.booleans[given.id].false if isinstance(given.type, Boolean) else z3.BoolVal(False)
        )
        draft.set(detail.fact, detail.value, z3.And(draft.person.known(given), z3.Not(says_no)))
    before = draft.person
    for measured in settling.measured:
        beyond = rails_of(measured.when, before).true
        left_open = _leaves_open(draft, measured, before)
        draft.unset(measured.fact, z3.And(left_open, z3.Not(beyond)))
        draft.set(measured.fact, True, beyond)
    for fact in draft.knowledge.facts.values():
        if fact.detail_of is None or not isinstance(fact.riskier, bool):
            continue
        parent = draft.knowledge.facts[fact.detail_of]
        if isinstance(parent.type, Boolean):
            unknown = z3.Not(draft.person.known(fact))
            draft.set(fact.id, False, z3.And(draft.booleans[parent.id].false, unknown))


def _leaves_open(draft: _Draft, measured: Measured, before: Person) -> Bool:
    """A "no" becomes unknown where what was measured may lie beyond the line."""
    facts = draft.knowledge.facts
    details = [fact for fact in facts.values() if fact.detail_of == measured.fact]
    if not details:
        return z3.BoolVal(False)
    ids = {fact.id for fact in details}
    held = [
        z3.And(stays_in(name, measured.when, before), before.known(facts[name]))
        if name in ids
        else stays_in(name, measured.when, before)
        for name in facts_of(measured.when)
    ]
    return all_of(
        [
            draft.booleans[measured.fact].false,
            any_of([before.known(detail) for detail in details]),
            any_of(held),
        ]
    )


def _take_zones(draft: _Draft) -> None:
    settling = draft.knowledge.settling
    looked = draft.booleans[ZONES_RECORDED].true
    drawn = {
        fact.zone: draft.booleans[fact.id].true
        for fact in draft.knowledge.facts.values()
        if fact.zone is not None
    }
    for kind, fact_id in settling.drawn.items():
        draft.set(fact_id, True, drawn[kind])
    for kind, is_drawn in drawn.items():
        places = settling.places.get(kind, ())
        no_place = [draft.booleans[place].false for place in places]
        nowhere = all_of([looked, z3.Not(is_drawn), *no_place])
        draft.booleans[f"zone_{kind}"] = Rails(is_drawn, nowhere)


def answerable(person: Person, knowledge: Knowledge, *, began_today: Bool) -> list[Bool]:
    """What holds of facts that an answers file can say: a zone is drawn or it is not mentioned."""
    looked = person.booleans[ZONES_RECORDED]
    said = [z3.Not(looked.false)]
    for fact in knowledge.facts.values():
        if fact.zone is not None:
            rails = person.booleans[fact.id]
            said += [z3.Not(rails.false), z3.Implies(rails.true, looked.true)]
    for fact_id in (WEEKS, ONSET_AGE):
        if fact_id in person.numbers:
            unknown = z3.Not(person.known(knowledge.facts[fact_id]))
            said.append(z3.Implies(began_today, unknown))
    return said


def is_unsettled(person: Person, after: Person, knowledge: Knowledge) -> list[Bool]:
    """Each way in which settling corrected an answer that was given."""
    changed: list[Bool] = []
    for fact in knowledge.facts.values():
        if isinstance(fact.type, Boolean):
            before, now = person.booleans[fact.id], after.booleans[fact.id]
            changed += [
                z3.And(before.true, z3.Not(now.true)),
                z3.And(before.false, z3.Not(now.false)),
            ]
        elif isinstance(fact.type, Choice):
            options = person.words[fact.id]
            changed += [
                z3.And(held, z3.Not(after.words[fact.id][word])) for word, held in options.items()
            ]
    return changed


__all__ = ["answerable", "grid", "is_unsettled", "settled"]
