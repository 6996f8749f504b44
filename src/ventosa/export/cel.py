"""The rules as expressions of the Common Expression Language (CEL), one a rule.

A fact that is unknown is left out of the variables; an expression that then ends in an error is
*unknown*. CEL's ``&&`` and ``||`` pass over an error where the other side decides, which is
Kleene's logic. An error also hides a slip of typing: check the expressions against ``variables``
first.
"""

from collections.abc import Sequence
from typing import Any

from ventosa.export.expanded import End, decimal, end_of, expand, quoted, variables_of
from ventosa.knowledge.model import Knowledge
from ventosa.logic import Condition, Operator
from ventosa.record import KnowledgeError

SCHEMA = "ventosa/rules-cel/1"

UNKNOWN = "unknown"
"""A variable that is declared and never given: whatever hangs on it is an error."""

READING = (
    "Each expression is the truth of one rule for settled facts.",
    "Leave out the variables of a fact that is unknown; an error is then the truth unknown.",
    "A number is handed over as its two ends, both included; they are equal where it is known.",
    f"The variable {UNKNOWN} is declared and never given.",
)

_TYPES = {"boolean": "bool", "text": "string", "number": "double"}

_RESERVED = frozenset(
    "as break const continue else false for function if import in let loop package namespace null "
    "return true var void while bool bytes double duration dyn int list map string timestamp type "
    f"uint null_type {UNKNOWN}".split()
)


def cel_rules(knowledge: Knowledge) -> dict[str, Any]:
    """Return the JSON object of the rules in CEL: variables with their types, then expressions.

    Raises:
        KnowledgeError: the name of a fact has a meaning of its own in CEL.
    """
    variables = variables_of(knowledge)
    for variable in variables.values():
        if variable.name in _RESERVED:
            problem = f"{variable.name!r} has a meaning of its own in CEL"
            raise KnowledgeError("facts.csv", variable.fact, problem)
    return {
        "schema": SCHEMA,
        "knowledge": {"version": knowledge.version, "sha256": knowledge.sha256},
        "reading": READING,
        "variables": {name: _TYPES[variable.kind] for name, variable in variables.items()}
        | {UNKNOWN: "bool"},
        "rules": {
            rule.id: {
                "title": rule.file.title,
                "stage": str(rule.stage),
                "expression": cel_text(rule.when),
            }
            for rule in knowledge.rules
        },
    }


def cel_text(condition: Condition) -> str:
    """Return a checked condition as one CEL expression."""
    return expand(condition, _Cel())


class _Cel:
    """CEL's words; every and, or and not stands in its own brackets."""

    def yes(self, fact: str) -> str:
        return fact

    def word(self, fact: str, word: str) -> str:
        return f"{fact} == {quoted(word)}"

    def bound(self, fact: str, end: End, operator: Operator, value: float) -> str:
        return f"{end_of(fact, end)} {operator} {decimal(value)}"

    def unknown(self) -> str:
        return UNKNOWN

    def contrary(self, term: str) -> str:
        return f"!({term})"

    def every(self, terms: Sequence[str]) -> str:
        return f"({' && '.join(terms)})"

    def some(self, terms: Sequence[str]) -> str:
        return f"({' || '.join(terms)})"
