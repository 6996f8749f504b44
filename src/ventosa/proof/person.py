"""Somebody whose every answer is open: the variables that stand for all patients at once.

A yes-or-no fact has two rails, *certainly true* and *certainly false*; unknown is neither. A
choice has one variable a word. A number is a pair of integers, low and high, on a grid of
1/``SCALE`` of its unit; unknown is one step beyond its declared range on both ends, so that no
comparison with a literal can be decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import z3

from ventosa.knowledge.model import Fact
from ventosa.logic import (
    SCALE,
    And,
    AtLeast,
    Boolean,
    Choice,
    Compare,
    Condition,
    Is,
    Not,
    Number,
    OneOf,
)
from ventosa.record import KnowledgeError

Bool = Any
"""An expression of the solver that is true or false (the solver ships no types)."""

Int = Any
"""An expression of the solver that is a whole number."""


@dataclass(frozen=True, slots=True)
class Rails:
    """Certainly true, certainly false; unknown is neither."""

    true: Bool
    false: Bool


@dataclass(frozen=True, slots=True)
class Bounds:
    """A number between two integers on the grid."""

    low: Int
    high: Int


@dataclass(frozen=True, slots=True)
class Person:
    """The facts of somebody, as expressions of the solver."""

    booleans: Mapping[str, Rails]
    words: Mapping[str, Mapping[str, Bool]]
    numbers: Mapping[str, Bounds]

    def known(self, fact: Fact) -> Bool:
        """Whether a fact is known at all; a number may still be an interval."""
        match fact.type:
            case Boolean():
                rails = self.booleans[fact.id]
                return any_of([rails.true, rails.false])
            case Choice():
                return any_of(list(self.words[fact.id].values()))
            case Number(low, _):
                return self.numbers[fact.id].low >= grid(low)


def grid(value: float) -> int:
    """Return a value as a whole number of steps.

    Raises:
        KnowledgeError: it does not lie on the grid.
    """
    steps = round(value * SCALE)
    if steps / SCALE != value:
        raise KnowledgeError("", "", f"{value} has more decimals than 1/{SCALE}")
    return steps


def any_of(terms: list[Bool]) -> Bool:
    """Return their disjunction; of none it is false."""
    return terms[0] if len(terms) == 1 else z3.Or(*terms)


def all_of(terms: list[Bool]) -> Bool:
    """Return their conjunction; of none it is true."""
    return terms[0] if len(terms) == 1 else z3.And(*terms)


# --- anybody ---------------------------------------------------------------------------------


def anybody(name: str, facts: Mapping[str, Fact]) -> tuple[Person, list[Bool]]:
    """Return somebody whose every fact is open, and what makes the variables a person at all."""
    booleans, words, numbers = {}, {}, {}
    sound: list[Bool] = []
    for fact in facts.values():
        at = f"{name}.{fact.id}"
        match fact.type:
            case Boolean():
                rails = Rails(z3.Bool(f"{at}.yes"), z3.Bool(f"{at}.no"))
                booleans[fact.id] = rails
                sound.append(z3.Not(z3.And(rails.true, rails.false)))
            case Choice(options):
                words[fact.id] = {word: z3.Bool(f"{at}.{word}") for word in options}
                sound.append(z3.AtMost(*words[fact.id].values(), 1))
            case Number(low, high):
                bounds = Bounds(z3.Int(f"{at}.low"), z3.Int(f"{at}.high"))
                numbers[fact.id] = bounds
                sound.append(_in_range(bounds, grid(low), grid(high)))
    return Person(booleans, words, numbers), sound


def _in_range(bounds: Bounds, low: int, high: int) -> Bool:
    unknown = z3.And(bounds.low == low - 1, bounds.high == high + 1)
    return z3.Or(unknown, z3.And(low <= bounds.low, bounds.low <= bounds.high, bounds.high <= high))


def says_no_less(fewer: Person, more: Person) -> list[Bool]:
    """What holds when ``more`` keeps every answer of ``fewer`` and may have more of them."""
    kept: list[Bool] = []
    for fact, rails in fewer.booleans.items():
        other = more.booleans[fact]
        kept += [z3.Implies(rails.true, other.true), z3.Implies(rails.false, other.false)]
    for fact, options in fewer.words.items():
        kept += [z3.Implies(held, more.words[fact][word]) for word, held in options.items()]
    for fact, bounds in fewer.numbers.items():
        other_bounds = more.numbers[fact]
        kept += [bounds.low <= other_bounds.low, other_bounds.high <= bounds.high]
    return kept


def says_everything(person: Person) -> list[Bool]:
    """What holds when every fact is known, and every number exactly."""
    known: list[Bool] = [z3.Or(rails.true, rails.false) for rails in person.booleans.values()]
    known += [any_of(list(options.values())) for options in person.words.values()]
    # One integer cannot be one step below and one above the range: an exact number is known.
    return known + [bounds.low == bounds.high for bounds in person.numbers.values()]


def moved(name: str, person: Person, fact: Fact) -> tuple[Person, list[Bool]]:
    """Return the same person with a known fact moved its riskier way, and what says so."""
    if isinstance(fact.type, Boolean):
        risky = Rails(z3.BoolVal(fact.riskier is True), z3.BoolVal(fact.riskier is False))
        return _with(person, booleans={fact.id: risky}), [person.known(fact)]
    assert isinstance(fact.type, Number)
    before = person.numbers[fact.id]
    after = Bounds(z3.Int(f"{name}.{fact.id}.low"), z3.Int(f"{name}.{fact.id}.high"))
    bounds = grid(fact.type.low), grid(fact.type.high)
    known = [bounds[0] <= after.low, after.low <= after.high, after.high <= bounds[1]]
    down = fact.riskier == "low"
    first, second = (after, before) if down else (before, after)
    way = [first.low <= second.low, first.high <= second.high]
    return _with(person, numbers={fact.id: after}), [person.known(fact), *known, *way]


def _with(person: Person, **changed: Any) -> Person:
    return Person(
        {**person.booleans, **changed.get("booleans", {})},
        {**person.words, **changed.get("words", {})},
        {**person.numbers, **changed.get("numbers", {})},
    )


# --- a sentence about them -------------------------------------------------------------------


def rails_of(condition: Condition, person: Person) -> Rails:
    """Return when a condition is certainly true and when certainly false of a person."""
    match condition:
        case Is(fact):
            return person.booleans[fact]
        case Compare(fact, operator, literal) if fact in person.numbers:
            return _number_rails(person.numbers[fact], operator, grid(float(literal)))
        case Compare(fact, operator, literal):
            rails = _word_rails(person.words[fact], (str(literal),))
            return rails if operator == "==" else Rails(rails.false, rails.true)
        case OneOf(fact, literals) if fact in person.numbers:
            equal = [
                _number_rails(person.numbers[fact], "==", grid(float(item))) for item in literals
            ]
            return Rails(any_of([r.true for r in equal]), all_of([r.false for r in equal]))
        case OneOf(fact, literals):
            return _word_rails(person.words[fact], tuple(map(str, literals)))
        case Not(term):
            rails = rails_of(term, person)
            return Rails(rails.false, rails.true)
        case AtLeast(count, terms):
            parts = [rails_of(term, person) for term in terms]
            return Rails(
                z3.AtLeast(*(part.true for part in parts), count),
                z3.AtLeast(*(part.false for part in parts), len(parts) - count + 1),
            )
    parts = [rails_of(term, person) for term in condition.terms]
    trues, falses = [part.true for part in parts], [part.false for part in parts]
    if isinstance(condition, And):
        return Rails(all_of(trues), any_of(falses))
    return Rails(any_of(trues), all_of(falses))


def _word_rails(options: Mapping[str, Bool], wanted: tuple[str, ...]) -> Rails:
    return Rails(
        any_of([held for word, held in options.items() if word in wanted]),
        any_of([held for word, held in options.items() if word not in wanted]),
    )


def _number_rails(number: Bounds, operator: str, bound: int) -> Rails:
    low, high = number.low, number.high
    match operator:
        case "<":
            return Rails(high < bound, low >= bound)
        case "<=":
            return Rails(high <= bound, low > bound)
        case ">":
            return Rails(low > bound, high <= bound)
        case ">=":
            return Rails(low >= bound, high < bound)
    equal = Rails(z3.And(low == bound, high == bound), z3.Or(low > bound, high < bound))
    return equal if operator == "==" else Rails(equal.false, equal.true)


def stays_in(fact: str, condition: Condition, person: Person) -> Bool:
    """Return whether a fact stands in what remains of a condition once known facts are put in."""
    rails = rails_of(condition, person)
    still_open = z3.Not(z3.Or(rails.true, rails.false))
    match condition:
        case Is(name) | Compare(name) | OneOf(name):
            return still_open if name == fact else z3.BoolVal(False)
        case Not(term):
            return stays_in(fact, term, person)
    inside = [stays_in(fact, term, person) for term in condition.terms]
    return z3.And(still_open, any_of([part for part in inside if not z3.is_false(part)]))
