"""One sentence of clinical logic as SQL, over columns named as the facts.

A yes-or-no fact is a boolean column and a choice a column of words; a number is a pair of integer
columns ``<fact>_low`` and ``<fact>_high`` in thousandths. NULL is unknown: SQL's ``AND``, ``OR``
and ``NOT`` are Kleene's, so only numbers and ``atLeast`` need a form of their own.
"""

import math
from collections.abc import Sequence
from decimal import Decimal

from ventosa.knowledge.model import Fact
from ventosa.logic import (
    SCALE,
    And,
    AtLeast,
    Compare,
    Condition,
    Is,
    Not,
    Number,
    OneOf,
    Or,
    facts_of,
)


def word(text: str) -> str:
    """Return a word as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def all_of(terms: Sequence[str]) -> str:
    """Return the conjunction of some terms; of none it is true."""
    return _joined("AND", terms, neutral="TRUE", decisive="FALSE")


def any_of(terms: Sequence[str]) -> str:
    """Return the disjunction of some terms; of none it is false."""
    return _joined("OR", terms, neutral="FALSE", decisive="TRUE")


def _joined(operator: str, terms: Sequence[str], *, neutral: str, decisive: str) -> str:
    kept = [term for term in dict.fromkeys(terms) if term != neutral]
    if decisive in kept:
        return decisive
    return f"({f' {operator} '.join(kept)})" if len(kept) > 1 else "".join(kept) or neutral


def negated(term: str) -> str:
    """Return the contrary of a term that is never NULL."""
    return {"TRUE": "FALSE", "FALSE": "TRUE"}.get(term, f"NOT ({term})")


def count_of(terms: Sequence[str]) -> str:
    """Return how many of some terms are true."""
    return " + ".join(f"CASE WHEN {term} THEN 1 ELSE 0 END" for term in terms) or "0"


def first_of(cases: Sequence[tuple[str, str]], rest: str) -> str:
    """Return the value of the first term that is true, else the rest."""
    whens = "".join(f" WHEN {term} THEN {value}" for term, value in cases if term != "FALSE")
    return f"CASE{whens} ELSE {rest} END" if whens else rest


def known(fact: Fact) -> str:
    """Return a term that is true where a fact is known, and false elsewhere."""
    return (
        f"{fact.id}_low IS NOT NULL" if isinstance(fact.type, Number) else f"{fact.id} IS NOT NULL"
    )


def columns_of(fact: Fact) -> tuple[str, ...]:
    """Return the columns that hold a fact."""
    return (f"{fact.id}_low", f"{fact.id}_high") if isinstance(fact.type, Number) else (fact.id,)


def truth(condition: Condition) -> str:
    """Return an expression that is true, false or NULL as the condition is."""
    match condition:
        case Is(fact):
            return fact
        case Compare(fact, operator, str(literal)):
            return f"{fact} {'<>' if operator == '!=' else '='} {word(literal)}"
        case Compare(fact, operator, literal):
            return _number(fact, operator, float(literal))
        case OneOf(fact, literals):
            return any_of([truth(Compare(fact, "==", literal)) for literal in literals])
        case Not(term):
            return f"NOT ({truth(term)})"
        case And(terms):
            return all_of([truth(term) for term in terms])
        case Or(terms):
            return any_of([truth(term) for term in terms])
        case AtLeast(count, terms):
            parts = [truth(term) for term in terms]
            certain = count_of(parts)
            possible = count_of([f"({part}) IS NOT FALSE" for part in parts])
            return (
                f"CASE WHEN {certain} >= {count} THEN TRUE WHEN {possible} < {count} THEN FALSE END"
            )


def _number(fact: str, operator: str, bound: float) -> str:
    """An atom holds for an interval where it holds, or fails, at both ends alike."""
    low, high = f"{fact}_low", f"{fact}_high"
    scaled = Decimal(str(bound)) * SCALE
    least, most = math.ceil(scaled), math.floor(scaled)
    if operator in ("==", "!="):
        equal, other = ("TRUE", "FALSE") if operator == "==" else ("FALSE", "TRUE")
        is_it = f"{low} = {least} AND {high} = {most}"
        is_not = f"{low} > {most} OR {high} < {least}"
        return f"CASE WHEN {is_it} THEN {equal} WHEN {is_not} THEN {other} END"
    end = least if operator in ("<", ">=") else most
    at_low, at_high = f"({low} {operator} {end})", f"({high} {operator} {end})"
    return f"CASE WHEN {at_low} = {at_high} THEN {at_low} END"


def appears(fact: str, condition: Condition) -> str:
    """Return a term, true or false, on whether a fact stands in what remains of a condition.

    It does where the condition is unknown and so is, down to the fact, every part that names it.
    """
    return all_of([f"({truth(condition)}) IS NULL", within(fact, condition)])


def within(fact: str, condition: Condition) -> str:
    """Return the same for a condition that is known to be unknown."""
    match condition:
        case Is() | Compare() | OneOf():
            return "TRUE"
        case Not(term):
            return within(fact, term)
        case And(terms) | Or(terms) | AtLeast(_, terms):
            return any_of([appears(fact, term) for term in terms if fact in facts_of(term)])
