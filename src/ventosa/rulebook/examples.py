"""Worked examples of conditions: run as tests, printed into the pages."""

from dataclasses import dataclass
from typing import Any

from ventosa.knowledge.files import ExampleTable, RuleFile
from ventosa.knowledge.folder import check_sources, read_table
from ventosa.knowledge.model import Knowledge, Rule
from ventosa.knowledge.rulefile import read_rule
from ventosa.logic import (
    Condition,
    Truth,
    evaluate,
)
from ventosa.record import Interval, Value
from ventosa.terms import ZoneKind


@dataclass(frozen=True, slots=True)
class Outcome:
    """A worked example and what the condition says of it."""

    say: str
    expected: str
    found: str

    @property
    def holds(self) -> bool:
        return self.expected == self.found


def try_rule(name: str, text: str, knowledge: Knowledge) -> tuple[Rule, tuple[Outcome, ...]]:
    """Return a rule file as a rule, with the outcome of its worked examples.

    Raises:
        KnowledgeError: names the file and the field.
    """
    file = read_table(name, text, RuleFile)
    check_sources(name, "sources", file.sources, file.editorial, knowledge.references)
    rule = read_rule(name, file, knowledge.facts, knowledge.techniques)
    return rule, tuple(outcome(rule.when, example, knowledge) for example in file.example)


def outcome(when: Condition, example: ExampleTable, knowledge: Knowledge) -> Outcome:
    """Return what a condition says of a worked example."""
    found = _word(evaluate(when, example_facts(example, knowledge)))
    return Outcome(example.say, example.result, found)


def example_facts(example: ExampleTable, knowledge: Knowledge) -> dict[str, Value]:
    """Return the facts of a worked example, its drawn zones among them."""
    facts = {key: _value(value) for key, value in example.facts.items()}
    if example.zones is None:
        return facts
    facts["zones_recorded"] = True
    for kind in ZoneKind:
        parents = knowledge.settling.places.get(kind, ())
        if kind in example.zones:
            facts[f"zone_{kind}"] = True
        elif all(facts.get(parent) is False for parent in parents):
            facts[f"zone_{kind}"] = False
    return facts


def _value(value: Any) -> Value:
    if isinstance(value, dict):
        return Interval(float(value["low"]), float(value["high"]))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Interval(float(value), float(value))
    return value  # type: ignore[no-any-return]


def _word(truth: Truth) -> str:
    return {True: "true", False: "false", None: "unknown"}[truth]
