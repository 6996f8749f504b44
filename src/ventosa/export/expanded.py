"""A condition in the few words that every other language has.

What only our language has is spelled out: ``atLeast`` as ors of ands, ``in`` as an or of
equalities, and a comparison on an interval by its two ends. The result is the same true, false or
unknown in every language whose and, or and not are Kleene's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol, TypeVar

from ventosa.knowledge.model import Fact, Knowledge
from ventosa.logic import (
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
    Operator,
    Or,
    facts_of,
)

T = TypeVar("T")
End = Literal["low", "high"]


class Language(Protocol[T]):
    """How another language says each of the few words; ``T`` is what a sentence is there."""

    def yes(self, fact: str) -> T:
        """A yes-or-no fact holds."""

    def word(self, fact: str, word: str) -> T:
        """A fact is this word."""

    def bound(self, fact: str, end: End, operator: Operator, value: float) -> T:
        """One end of a number against a value."""

    def unknown(self) -> T:
        """Neither true nor false."""

    def contrary(self, term: T) -> T:
        """The term does not hold."""

    def every(self, terms: Sequence[T]) -> T:
        """All of two or more terms hold."""

    def some(self, terms: Sequence[T]) -> T:
        """At least one of two or more terms holds."""


def expand(condition: Condition, language: Language[T]) -> T:
    """Return a checked condition as the language says it."""
    match condition:
        case Is(fact):
            return language.yes(fact)
        case Compare(fact, "!=", literal):
            return language.contrary(_equal(fact, literal, language))
        case Compare(fact, "==", literal):
            return _equal(fact, literal, language)
        case Compare(fact, operator, literal):
            return _ordered(fact, operator, float(literal), language)
        case OneOf(fact, literals):
            return _joined(language.some, [_equal(fact, item, language) for item in literals])
        case Not(term):
            return language.contrary(expand(term, language))
        case And(terms):
            return _at_least(len(terms), [expand(term, language) for term in terms], language)
        case Or(terms):
            return _at_least(1, [expand(term, language) for term in terms], language)
        case AtLeast(count, terms):
            return _at_least(count, [expand(term, language) for term in terms], language)


def _ordered(fact: str, operator: Operator, value: float, language: Language[T]) -> T:
    """True if the whole interval lies on the side asked for, false if no part of it does."""
    last: End = "high" if operator in ("<", "<=") else "low"
    first: End = "low" if last == "high" else "high"
    certain = language.bound(fact, last, operator, value)
    possible = language.bound(fact, first, operator, value)
    return language.some([certain, language.every([possible, language.unknown()])])


def _equal(fact: str, literal: float | str, language: Language[T]) -> T:
    if isinstance(literal, str):
        return language.word(fact, literal)
    bound = language.bound
    certain = [bound(fact, "low", "==", literal), bound(fact, "high", "==", literal)]
    possible = [bound(fact, "low", "<=", literal), bound(fact, "high", ">=", literal)]
    return language.some([language.every(certain), language.every([*possible, language.unknown()])])


def _at_least(count: int, terms: Sequence[T], language: Language[T]) -> T:
    """At least ``count`` of the terms: so many in the first half and the rest in the second.

    Exact in Kleene logic: no term is negated, so the formula with every unknown taken as false
    says what is certainly true, and with every unknown taken as true what is not certainly false.
    """
    if count == 1:
        return _joined(language.some, terms)
    if count == len(terms):
        return _joined(language.every, terms)
    first, second = terms[: len(terms) // 2], terms[len(terms) // 2 :]
    ways = []
    for here in range(max(0, count - len(second)), min(count, len(first)) + 1):
        halves = ((here, first), (count - here, second))
        both = [_at_least(wanted, half, language) for wanted, half in halves if wanted > 0]
        ways.append(_joined(language.every, both))
    return _joined(language.some, ways)


def _joined(join: Callable[[Sequence[T]], T], terms: Sequence[T]) -> T:
    return terms[0] if len(terms) == 1 else join(terms)


# --- literals -------------------------------------------------------------------------------


def quoted(text: str) -> str:
    """Return a text in single quotes, as CEL and CQL read it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def decimal(value: float) -> str:
    """Return a number with a point and without an exponent, read back as the same number."""
    text = format(Decimal(repr(value)), "f")
    return text if "." in text else f"{text}.0"


# --- what has to be given -------------------------------------------------------------------

Kind = Literal["boolean", "text", "number"]


@dataclass(frozen=True, slots=True)
class Variable:
    """What a fact is handed over as: a number as its two ends."""

    name: str
    kind: Kind
    fact: str


def end_of(fact: str, end: End) -> str:
    """Return the name of the variable that holds one end of a number fact."""
    return f"{fact}_{end}"


def variables_of(knowledge: Knowledge) -> Mapping[str, Variable]:
    """Return what the rules need to be given, by name, in the order of the facts."""
    used = {fact for rule in knowledge.rules for fact in facts_of(rule.when)}
    facts = (fact for fact in knowledge.facts.values() if fact.id in used)
    return {variable.name: variable for fact in facts for variable in _variables(fact)}


def _variables(fact: Fact) -> tuple[Variable, ...]:
    match fact.type:
        case Boolean():
            return (Variable(fact.id, "boolean", fact.id),)
        case Choice():
            return (Variable(fact.id, "text", fact.id),)
        case Number():
            ends: tuple[End, End] = ("low", "high")
            return tuple(Variable(end_of(fact.id, end), "number", fact.id) for end in ends)
