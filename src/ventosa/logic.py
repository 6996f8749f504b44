"""One sentence of clinical logic over declared facts: true, false or unknown.

The text is a frozen subset of CEL (``&& || !``, comparisons with literals, ``in [..]``) plus
``atLeast(k, [..])``. It is parsed to a small typed tree, checked against the declared facts, and
evaluated in Kleene's three-valued logic, where ``None`` is *unknown*. Nothing is ever evaluated
as Python text. Why CEL and why three values: ``docs/decisions/0003-rule-language.md``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from lark import Lark, Token, Transformer
from lark.exceptions import LarkError, UnexpectedInput, VisitError

from ventosa.record import Interval, Value

SCALE = 1000
"""Steps to one unit where a number must be a whole one, in a table or in a proof: a fraction would
compare inexactly."""

Truth = bool | None
"""True, false, or ``None`` for unknown."""

Literal_ = bool | float | str
Operator = Literal["==", "!=", "<", "<=", ">", ">="]


class LogicError(ValueError):
    """A sentence that does not parse or does not fit the declared facts."""


# --- declared facts -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Boolean:
    """A fact that is yes or no."""


@dataclass(frozen=True, slots=True)
class Number:
    """A fact that is a number between two bounds, both included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Choice:
    """A fact that is one of some words."""

    words: tuple[str, ...]


FactType = Boolean | Number | Choice

# --- the tree -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Is:
    """A boolean fact stands for itself."""

    fact: str


@dataclass(frozen=True, slots=True)
class Compare:
    """A fact against one literal."""

    fact: str
    operator: Operator
    literal: float | str


@dataclass(frozen=True, slots=True)
class OneOf:
    """A fact is one of some literals."""

    fact: str
    literals: tuple[float | str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary; unknown stays unknown."""

    term: "Condition"


@dataclass(frozen=True, slots=True)
class And:
    """All hold."""

    terms: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """At least one holds."""

    terms: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least ``count`` of the terms hold."""

    count: int
    terms: "tuple[Condition, ...]"


Condition = Is | Compare | OneOf | Not | And | Or | AtLeast

# --- text to tree ---------------------------------------------------------------------------

_GRAMMAR = r"""
?start: any
?any: all ("||" all)*                      -> any
?all: term ("&&" term)*                    -> all
?term: NAME OPERATOR literal               -> compare
     | NAME "in" "[" literal ("," literal)* "]" -> one_of
     | primary
?primary: NAME                             -> is_
     | "!" primary                         -> not_
     | "(" any ")"
     | "atLeast" "(" INT "," "[" any ("," any)* "]" ")" -> at_least
?literal: NUMBER -> number
     | STRING    -> string
     | "true"    -> true
     | "false"   -> false
NAME: /(?!(in|true|false|atLeast)\b)[a-z][a-z0-9_]*/
OPERATOR: "==" | "!=" | "<=" | ">=" | "<" | ">"
NUMBER: /-?[0-9]+(\.[0-9]+)?/
STRING: /'[^'\\\n]*'/ | /"[^"\\\n]*"/
INT: /[0-9]+/
%ignore /[ \t\r\n]+/
"""


class _ToTree(Transformer[Token, Any]):
    """Lark's tree to ours; ``a == true`` becomes ``a``, ``a != true`` becomes ``!a``."""

    def number(self, items: list[Token]) -> float:
        return float(items[0])

    def string(self, items: list[Token]) -> str:
        return str(items[0])[1:-1]

    def true(self, _items: list[Token]) -> bool:
        return True

    def false(self, _items: list[Token]) -> bool:
        return False

    def is_(self, items: list[Token]) -> Condition:
        return Is(str(items[0]))

    def not_(self, items: list[Condition]) -> Condition:
        return Not(items[0])

    def any(self, items: list[Condition]) -> Condition:
        return items[0] if len(items) == 1 else Or(tuple(items))

    def all(self, items: list[Condition]) -> Condition:
        return items[0] if len(items) == 1 else And(tuple(items))

    def compare(self, items: list[Any]) -> Condition:
        fact, operator, literal = str(items[0]), str(items[1]), items[2]
        if isinstance(literal, bool):
            if operator not in ("==", "!="):
                raise LogicError(f"{fact} {operator} {literal}: yes and no have no order")
            return Is(fact) if literal == (operator == "==") else Not(Is(fact))
        return Compare(fact, operator, literal)  # type: ignore[arg-type]

    def one_of(self, items: list[Any]) -> Condition:
        if any(isinstance(item, bool) for item in items[1:]):
            raise LogicError(f"{items[0]} in [..]: a list holds numbers or words")
        return OneOf(str(items[0]), tuple(items[1:]))

    def at_least(self, items: list[Any]) -> Condition:
        return AtLeast(int(items[0]), tuple(items[1:]))


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)


MAX_TEXT = 2000
"""Longest sentence that is read; a longer one is not one sentence."""


def parse(text: str) -> Condition:
    """Return the tree of a sentence.

    Raises:
        LogicError: the text is not in the language; says where.
    """
    if len(text) > MAX_TEXT:
        raise LogicError(f"a condition has at most {MAX_TEXT} characters")
    if text.count("(") + text.count("[") + text.count("!") > 60:
        raise LogicError("a condition nests at most 60 brackets and negations")
    try:
        tree: Condition = _ToTree().transform(_parser().parse(text))
    except UnexpectedInput as error:
        column = getattr(error, "column", -1)
        at = f"at character {column}" if isinstance(column, int) and column > 0 else "at the end"
        raise LogicError(f"cannot read the condition {at}: {text!r}") from None
    except VisitError as error:
        raise LogicError(str(error.orig_exc)) from None
    except LarkError as error:
        raise LogicError(str(error)) from None
    return tree


def text_of(condition: Condition) -> str:
    """Return the sentence of a tree; parsing it gives the tree back."""
    match condition:
        case Is(fact):
            return fact
        case Compare(fact, operator, literal):
            return f"{fact} {operator} {_literal_text(literal)}"
        case OneOf(fact, literals):
            return f"{fact} in [{', '.join(_literal_text(item) for item in literals)}]"
        case Not(term):
            inner = text_of(term)
            return f"!{inner}" if isinstance(term, Is | Not | AtLeast) else f"!({inner})"
        case And(terms):
            return " && ".join(_bracketed(term, (And, Or)) for term in terms)
        case Or(terms):
            return " || ".join(_bracketed(term, (Or,)) for term in terms)
        case AtLeast(count, terms):
            return f"atLeast({count}, [{', '.join(text_of(term) for term in terms)}])"


def _bracketed(term: Condition, kinds: tuple[type, ...]) -> str:
    return f"({text_of(term)})" if isinstance(term, kinds) else text_of(term)


def _literal_text(literal: float | str) -> str:
    return f"'{literal}'" if isinstance(literal, str) else f"{literal:g}"


# --- checks against the declared facts ------------------------------------------------------


def atoms(condition: Condition) -> Iterator[Is | Compare | OneOf]:
    """Yield every atom of a condition, left to right."""
    match condition:
        case Is() | Compare() | OneOf():
            yield condition
        case Not(term):
            yield from atoms(term)
        case And(terms) | Or(terms) | AtLeast(_, terms):
            for term in terms:
                yield from atoms(term)


def facts_of(condition: Condition) -> tuple[str, ...]:
    """Return the facts that a condition names, each once, in order."""
    return tuple(dict.fromkeys(atom.fact for atom in atoms(condition)))


def check(condition: Condition, declared: Mapping[str, FactType]) -> None:
    """Raise ``LogicError`` where a condition does not fit the declared facts."""
    for atom in atoms(condition):
        if atom.fact not in declared:
            raise LogicError(f"{atom.fact!r} is not a declared fact")
        _check_atom(atom, declared[atom.fact])
    for node in _nodes(condition):
        if isinstance(node, AtLeast) and not 1 <= node.count <= len(node.terms):
            raise LogicError(f"atLeast({node.count}, ..) over {len(node.terms)} conditions")


def _nodes(condition: Condition) -> Iterator[Condition]:
    yield condition
    match condition:
        case Not(term):
            yield from _nodes(term)
        case And(terms) | Or(terms) | AtLeast(_, terms):
            for term in terms:
                yield from _nodes(term)


def _check_atom(atom: Is | Compare | OneOf, kind: FactType) -> None:
    if isinstance(atom, Is):
        if not isinstance(kind, Boolean):
            raise LogicError(f"{atom.fact} is not a yes-or-no fact: compare it with a value")
        return
    literals = (atom.literal,) if isinstance(atom, Compare) else atom.literals
    ordered = isinstance(atom, Compare) and atom.operator not in ("==", "!=")
    match kind:
        case Boolean():
            raise LogicError(f"{atom.fact} is yes or no: write it alone or with true or false")
        case Number(low, high):
            for literal in literals:
                if not isinstance(literal, float):
                    raise LogicError(f"{atom.fact} is a number, {literal!r} is a word")
                if not low <= literal <= high:
                    raise LogicError(f"{atom.fact} lies between {low:g} and {high:g}")
        case Choice(words):
            if ordered:
                raise LogicError(f"{atom.fact} is a word: it has no order")
            for literal in literals:
                if literal not in words:
                    raise LogicError(f"{atom.fact} is one of {', '.join(words)}, not {literal!r}")


def bare_threshold(condition: Condition, parents: Mapping[str, str]) -> str | None:
    """Return a detail that is compared without its parent in the same conjunction, else ``None``.

    ``parents`` maps a detail to the fact that makes it matter.
    """
    return _bare(condition, parents, frozenset())


def _bare(condition: Condition, parents: Mapping[str, str], held: frozenset[str]) -> str | None:
    match condition:
        case Compare(fact) | OneOf(fact):
            parent = parents.get(fact)
            return fact if parent is not None and parent not in held else None
        case Is():
            return None
        case Not(term):
            return _bare(term, parents, frozenset())
        case And(terms):
            held |= {term.fact for term in terms if isinstance(term, Is | Compare | OneOf)}
    for term in condition.terms:
        found = _bare(term, parents, held)
        if found:
            return found
    return None


# --- meaning --------------------------------------------------------------------------------


def evaluate(condition: Condition, facts: Mapping[str, Value]) -> Truth:
    """Return whether a condition holds; a fact that ``facts`` lacks is unknown.

    This is the reference: every faster form must agree with it.
    """
    match condition:
        case Is(fact):
            value = facts.get(fact)
            return value if isinstance(value, bool) else None
        case Compare() | OneOf():
            return _compare(condition, facts.get(condition.fact))
        case Not(term):
            truth = evaluate(term, facts)
            return None if truth is None else not truth
        case And(terms):
            return _at_least(len(terms), [evaluate(term, facts) for term in terms])
        case Or(terms):
            return _at_least(1, [evaluate(term, facts) for term in terms])
        case AtLeast(count, terms):
            return _at_least(count, [evaluate(term, facts) for term in terms])


def _at_least(count: int, truths: Sequence[Truth]) -> Truth:
    true = sum(truth is True for truth in truths)
    possible = sum(truth is not False for truth in truths)
    return True if true >= count else False if possible < count else None


def _compare(atom: Compare | OneOf, value: Value | None) -> Truth:
    if value is None:
        return None
    if isinstance(value, Interval):
        return _compare_number(atom, value)
    literals = (atom.literal,) if isinstance(atom, Compare) else atom.literals
    found = value in literals
    return not found if isinstance(atom, Compare) and atom.operator == "!=" else found


def _compare_number(atom: Compare | OneOf, value: Interval) -> Truth:
    low, high = value.low, value.high
    if isinstance(atom, OneOf):
        return _at_least(1, [_equal(value, float(literal)) for literal in atom.literals])
    bound = float(atom.literal)
    match atom.operator:
        case "<":
            return True if high < bound else False if low >= bound else None
        case "<=":
            return True if high <= bound else False if low > bound else None
        case ">":
            return True if low > bound else False if high <= bound else None
        case ">=":
            return True if low >= bound else False if high < bound else None
        case "==":
            return _equal(value, bound)
        case "!=":
            equal = _equal(value, bound)
            return None if equal is None else not equal


def _equal(value: Interval, bound: float) -> Truth:
    if value.low == value.high == bound:
        return True
    return None if value.low <= bound <= value.high else False


def remaining(condition: Condition, facts: Mapping[str, Value]) -> Condition | bool:
    """Return what is left of a condition once known facts are put in, or its truth."""
    match condition:
        case Is() | Compare() | OneOf():
            truth = evaluate(condition, facts)
            return condition if truth is None else truth
        case Not(term):
            left = remaining(term, facts)
            return (not left) if isinstance(left, bool) else Not(left)
        case And(terms):
            return _remaining(len(terms), terms, facts)
        case Or(terms):
            return _remaining(1, terms, facts)
        case AtLeast(count, terms):
            return _remaining(count, terms, facts)


def _remaining(
    count: int, terms: Sequence[Condition], facts: Mapping[str, Value]
) -> Condition | bool:
    parts = [remaining(term, facts) for term in terms]
    open_terms = tuple(part for part in parts if not isinstance(part, bool))
    count -= sum(part is True for part in parts)
    if count <= 0:
        return True
    if count > len(open_terms):
        return False
    if len(open_terms) == 1:
        return open_terms[0]
    if count == len(open_terms):
        return And(open_terms)
    return Or(open_terms) if count == 1 else AtLeast(count, open_terms)
