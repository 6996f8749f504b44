"""Many conditions as one Python function, built from their trees.

Every condition has two rails: an expression that is true exactly when the condition is certainly
true, and one that is true exactly when it is certainly false. The function is assembled from
``ast`` nodes made here, one kind of node at a time; no text of a rule ever becomes Python text.
"""

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import CodeType, FunctionType
from typing import Any

from ventosa.logic import (
    And,
    AtLeast,
    Compare,
    Condition,
    FactType,
    Is,
    Not,
    Number,
    OneOf,
    Or,
    Truth,
    facts_of,
)
from ventosa.record import Interval, Value

_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_NODE: dict[str, type[ast.cmpop]] = {
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
    "==": ast.Eq,
    "!=": ast.NotEq,
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """Many conditions as one function.

    ``pack`` turns facts into the row that ``truths`` reads; ``truths(row)`` gives the truth of
    every condition in order. Agrees with ``evaluate`` on every input (a property test).
    """

    pack: Callable[[Mapping[str, Value]], tuple[Any, ...]]
    truths: Callable[[tuple[Any, ...]], tuple[Truth, ...]]


def compile_conditions(
    conditions: Sequence[Condition], declared: Mapping[str, FactType]
) -> Compiled:
    """Return the fast form of checked conditions."""
    used = tuple(dict.fromkeys(fact for c in conditions for fact in facts_of(c)))
    numbers = frozenset(f for f in used if isinstance(declared[f], Number))
    unbounded = (-math.inf, math.inf)

    def pack(facts: Mapping[str, Value]) -> tuple[Any, ...]:
        row: list[Any] = []
        for fact in used:
            value = facts.get(fact)
            if fact in numbers:
                known = isinstance(value, Interval)
                row += (value.low, value.high) if known else unbounded  # type: ignore[union-attr]
            else:
                row.append(value)
        return tuple(row)

    return Compiled(pack, _truth_function(conditions, used, numbers))


def _truth_function(
    conditions: Sequence[Condition], facts: Sequence[str], numbers: frozenset[str]
) -> Callable[[tuple[Any, ...]], tuple[Truth, ...]]:
    """Return a function from a row (see ``Compiled.pack``) to the truths of the conditions."""
    names: list[str] = []
    for fact in facts:
        names += [f"{fact}__low", f"{fact}__high"] if fact in numbers else [fact]
    unpack = ast.Assign(
        targets=[ast.Tuple([ast.Name(n, ast.Store()) for n in names], ast.Store())],
        value=_name("row"),
    )
    rails = _Rails(numbers)
    answer = ast.Return(ast.Tuple([rails.truth(c) for c in conditions], ast.Load()))
    body: list[ast.stmt] = [unpack, answer] if names else [answer]
    # ``ast.parse`` of a constant skeleton fills the fields that differ between Python versions.
    module = ast.parse("def truths(row): pass")
    function = module.body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body = body
    compiled = compile(ast.fix_missing_locations(module), "<rules>", "exec")
    code = next(const for const in compiled.co_consts if isinstance(const, CodeType))
    return FunctionType(code, {"__builtins__": {}})


def _name(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _constant(value: object) -> ast.expr:
    return ast.Constant(value)  # type: ignore[arg-type]


def _test(left: ast.expr, operator: type[ast.cmpop], right: object) -> ast.expr:
    return ast.Compare(left, [operator()], [_constant(right)])


def _joined(operator: type[ast.boolop], parts: Sequence[ast.expr]) -> ast.expr:
    return parts[0] if len(parts) == 1 else ast.BoolOp(operator(), list(parts))


class _Rails:
    """Builds the two rails of a condition."""

    def __init__(self, numbers: frozenset[str]) -> None:
        self.numbers = numbers

    def truth(self, condition: Condition) -> ast.expr:
        """True, False or None; a lone yes-or-no fact is its own truth."""
        if isinstance(condition, Is):
            return _name(condition.fact)
        unless_false = ast.IfExp(self.false(condition), _constant(False), _constant(None))
        return ast.IfExp(self.true(condition), _constant(True), unless_false)

    def true(self, condition: Condition) -> ast.expr:
        match condition:
            case Is(fact):
                return _name(fact)
            case Compare(fact, operator, literal) if fact in self.numbers:
                return self._number(fact, operator, float(literal))
            case Compare(fact, "==", literal):
                return _test(_name(fact), ast.Eq, literal)
            case Compare(fact, _, literal):
                known = _test(_name(fact), ast.IsNot, None)
                return _joined(ast.And, [known, _test(_name(fact), ast.NotEq, literal)])
            case OneOf(fact, literals):
                return _joined(ast.Or, [self.true(Compare(fact, "==", x)) for x in literals])
            case Not(term):
                return self.false(term)
            case And(terms):
                return _joined(ast.And, [self.true(term) for term in terms])
            case Or(terms):
                return _joined(ast.Or, [self.true(term) for term in terms])
            case AtLeast(count, terms):
                return self._some(count, [self.true(term) for term in terms])

    def false(self, condition: Condition) -> ast.expr:
        match condition:
            case Is(fact):
                return _test(_name(fact), ast.Is, False)
            case Compare(fact, operator, literal) if fact in self.numbers:
                return self._number_false(fact, operator, float(literal))
            case Compare(fact, operator, literal):
                return self.true(Compare(fact, "!=" if operator == "==" else "==", literal))
            case OneOf(fact, literals):
                return _joined(ast.And, [self.false(Compare(fact, "==", x)) for x in literals])
            case Not(term):
                return self.true(term)
            case And(terms):
                return _joined(ast.Or, [self.false(term) for term in terms])
            case Or(terms):
                return _joined(ast.And, [self.false(term) for term in terms])
            case AtLeast(count, terms):
                falses = [self.false(term) for term in terms]
                return self._some(len(terms) - count + 1, falses)

    def _number(self, fact: str, operator: str, bound: float) -> ast.expr:
        low, high = _name(f"{fact}__low"), _name(f"{fact}__high")
        if operator == "==":
            return _joined(ast.And, [_test(low, ast.Eq, bound), _test(high, ast.Eq, bound)])
        if operator == "!=":
            return _joined(ast.Or, [_test(low, ast.Gt, bound), _test(high, ast.Lt, bound)])
        end = high if operator in ("<", "<=") else low
        return _test(end, _NODE[operator], bound)

    def _number_false(self, fact: str, operator: str, bound: float) -> ast.expr:
        if operator in ("==", "!="):
            return self._number(fact, "!=" if operator == "==" else "==", bound)
        return self._number(fact, _OPPOSITE[operator], bound)

    def _some(self, count: int, rails: list[ast.expr]) -> ast.expr:
        """At least ``count`` of the rails hold: ``(a is True) + (b is True) + .. >= count``."""
        if count == 1:
            return _joined(ast.Or, rails)
        if count == len(rails):
            return _joined(ast.And, rails)
        if len(rails) <= 4:
            pairs = [_joined(ast.And, list(some)) for some in combinations(rails, count)]
            return _joined(ast.Or, pairs)
        total: ast.expr = ast.IfExp(rails[0], _constant(1), _constant(0))
        for rail in rails[1:]:
            one = ast.IfExp(rail, _constant(1), _constant(0))
            total = ast.BinOp(total, ast.Add(), one)
        return _test(total, ast.GtE, count)
