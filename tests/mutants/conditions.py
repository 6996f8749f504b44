"""One sentence of clinical logic, changed in one place: every way that a slip of the pen could."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ventosa.logic import (
    And,
    AtLeast,
    Compare,
    Condition,
    Is,
    Not,
    OneOf,
    Operator,
    Or,
    text_of,
)

Edit = tuple[str, str, Condition]
"""The kind of a change, the change in words, and the sentence after it."""

FLIPPED: dict[Operator, tuple[Operator, ...]] = {
    "<": ("<=", ">"),
    "<=": ("<", ">="),
    ">": (">=", "<"),
    ">=": (">", "<="),
    "==": ("!=",),
    "!=": ("==",),
}
DECIMAL = {"haemoglobin_g_dl", "inr"}
"""Facts that are measured to one decimal; every other number is whole."""


def edits(condition: Condition) -> Iterator[Edit]:
    """Yield every change of one place of a sentence."""
    yield from _here(condition)
    match condition:
        case Not(term) if not isinstance(term, Is):
            for kind, change, edited in edits(term):
                yield kind, change, Not(edited)
        case And(terms) | Or(terms) | AtLeast(_, terms):
            for place, term in enumerate(terms):
                for kind, change, edited in edits(term):
                    yield kind, change, replace(condition, terms=_with(terms, place, edited))


def _with(terms: Sequence[Condition], place: int, *instead: Condition) -> tuple[Condition, ...]:
    return (*terms[:place], *instead, *terms[place + 1 :])


def _here(condition: Condition) -> Iterator[Edit]:
    match condition:
        case Is() | OneOf():
            yield "term negated", _change(condition, Not(condition)), Not(condition)
        case Not(term):
            yield "term negated", _change(condition, term), term
        case Compare():
            yield from _comparison(condition)
        case And(terms) | Or(terms):
            other = Or(terms) if isinstance(condition, And) else And(terms)
            yield "and or swapped", _change(condition, other), other
            yield from _fewer(condition)
        case AtLeast(count, terms):
            for fewer_or_more in (count - 1, count + 1):
                change = f"atLeast {count} → {fewer_or_more}"
                yield "count shifted", change, AtLeast(fewer_or_more, terms)
            yield from _fewer(condition)
    if isinstance(condition, OneOf) and len(condition.literals) > 1:
        for place, word in enumerate(condition.literals):
            left = (*condition.literals[:place], *condition.literals[place + 1 :])
            yield "term dropped", f"without {word}", OneOf(condition.fact, left)


def _comparison(atom: Compare) -> Iterator[Edit]:
    yield "term negated", _change(atom, Not(atom)), Not(atom)
    for operator in FLIPPED[atom.operator]:
        flipped = Compare(atom.fact, operator, atom.literal)
        yield "comparison flipped", _change(atom, flipped), flipped
    if isinstance(atom.literal, float):
        step = 0.1 if atom.fact in DECIMAL else 1
        for literal in (atom.literal - step, atom.literal + step):
            shifted = Compare(atom.fact, atom.operator, round(literal, 1))
            yield "threshold shifted", _change(atom, shifted), shifted


def _fewer(condition: And | Or | AtLeast) -> Iterator[Edit]:
    """A term left out; a compound term negated (a simple one negates itself)."""
    terms = condition.terms
    for place, term in enumerate(terms):
        left = _with(terms, place)
        is_last = len(left) == 1 and not isinstance(condition, AtLeast)
        shorter = left[0] if is_last else replace(condition, terms=left)
        yield "term dropped", f"without {text_of(term)}", shorter
        if isinstance(term, And | Or | AtLeast):
            negated = replace(condition, terms=_with(terms, place, Not(term)))
            yield "term negated", _change(term, Not(term)), negated


def _change(before: Condition, after: Condition) -> str:
    return f"{text_of(before)} → {text_of(after)}"
