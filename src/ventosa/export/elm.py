"""The rules as an ELM library (the machine form of HL7's Clinical Quality Language).

One parameter a fact, ``null`` where it is unknown, and one definition a rule: true, false or
null. ``In`` is not used, because ``null in {..}`` is false there and not unknown.
"""

from collections.abc import Sequence
from functools import reduce
from typing import Any

from ventosa.export.expanded import End, Variable, decimal, end_of, expand, variables_of
from ventosa.knowledge.model import Knowledge, Rule
from ventosa.logic import Condition, Operator

LIBRARY = "VentosaRules"

TYPES = {"boolean": "Boolean", "text": "String", "number": "Decimal"}
"""The types of CQL by kind of variable."""

_SYSTEM = "urn:hl7-org:elm-types:r1"

_OPERATORS: dict[Operator, str] = {
    "<": "Less",
    "<=": "LessOrEqual",
    ">": "Greater",
    ">=": "GreaterOrEqual",
    "==": "Equal",
}

Node = dict[str, Any]


def definition_of(rule: Rule) -> str:
    """Return the name of a rule's definition; no parameter has such a name."""
    return f"rule {rule.id}"


def elm_library(knowledge: Knowledge) -> dict[str, Any]:
    """Return the JSON object of the library."""
    variables = variables_of(knowledge)
    return {
        "library": {
            "annotation": [_tags(version=knowledge.version, sha256=knowledge.sha256)],
            "identifier": {"id": LIBRARY, "version": knowledge.version},
            "schemaIdentifier": {"id": "urn:hl7-org:elm", "version": "r1"},
            "usings": {"def": [{"localIdentifier": "System", "uri": _SYSTEM}]},
            "parameters": {"def": [_parameter(v) for v in variables.values()]},
            "statements": {"def": [_statement(rule) for rule in knowledge.rules]},
        }
    }


def elm_expression(condition: Condition) -> Node:
    """Return a checked condition as one ELM expression."""
    return expand(condition, _Elm())


def _parameter(variable: Variable) -> Node:
    type_ = {"type": "NamedTypeSpecifier", "name": _type(TYPES[variable.kind])}
    return {"name": variable.name, "accessLevel": "Public", "parameterTypeSpecifier": type_}


def _statement(rule: Rule) -> Node:
    tags = _tags(title=rule.file.title, stage=str(rule.stage), because=rule.file.because)
    return {
        "name": definition_of(rule),
        "context": "Unfiltered",
        "accessLevel": "Public",
        "annotation": [tags],
        "expression": elm_expression(rule.when),
    }


def _tags(**tags: str) -> Node:
    named = [{"name": name, "value": value} for name, value in tags.items()]
    return {"type": "Annotation", "t": named}


def _type(name: str) -> str:
    return f"{{{_SYSTEM}}}{name}"


def _literal(type_: str, value: str) -> Node:
    return {"type": "Literal", "valueType": _type(type_), "value": value}


class _Elm:
    """ELM's nodes; its ``And`` and ``Or`` take two operands."""

    def yes(self, fact: str) -> Node:
        return {"type": "ParameterRef", "name": fact}

    def word(self, fact: str, word: str) -> Node:
        return {"type": "Equal", "operand": [self.yes(fact), _literal("String", word)]}

    def bound(self, fact: str, end: End, operator: Operator, value: float) -> Node:
        number = _literal("Decimal", decimal(value))
        return {"type": _OPERATORS[operator], "operand": [self.yes(end_of(fact, end)), number]}

    def unknown(self) -> Node:
        null = {"type": "Null"}
        boolean = {"type": "NamedTypeSpecifier", "name": _type("Boolean")}
        return {"type": "As", "operand": null, "asTypeSpecifier": boolean}

    def contrary(self, term: Node) -> Node:
        return {"type": "Not", "operand": term}

    def every(self, terms: Sequence[Node]) -> Node:
        return reduce(lambda one, other: {"type": "And", "operand": [one, other]}, terms)

    def some(self, terms: Sequence[Node]) -> Node:
        return reduce(lambda one, other: {"type": "Or", "operand": [one, other]}, terms)
