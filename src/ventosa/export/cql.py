"""The rules as text of HL7's Clinical Quality Language: the ELM library, for people to read."""

from collections.abc import Sequence

from ventosa.export.elm import LIBRARY, TYPES, definition_of
from ventosa.export.expanded import End, decimal, end_of, expand, quoted, variables_of
from ventosa.knowledge.model import Knowledge, Rule
from ventosa.logic import Condition, Operator


def cql_text(knowledge: Knowledge) -> str:
    """Return the text of the library."""
    variables = variables_of(knowledge)
    head = [
        f"// Ventosa rules, knowledge {knowledge.version}, sha256 {knowledge.sha256}",
        "// A fact that is unknown is null. A number is given by its two ends, both included.",
        f"library {LIBRARY} version {quoted(knowledge.version)}",
    ]
    parameters = [f'parameter "{v.name}" {TYPES[v.kind]}' for v in variables.values()]
    parts = [*head, "", *parameters, "", "context Unfiltered", ""]
    for rule in knowledge.rules:
        parts += [*_definition(rule), ""]
    return "\n".join(parts)


def cql_expression(condition: Condition) -> str:
    """Return a checked condition as one CQL expression."""
    return expand(condition, _Cql())


def _definition(rule: Rule) -> list[str]:
    said = [rule.file.title, f"Stage {rule.stage}.", rule.file.because]
    comment = [f"// {' '.join(sentence.split())}" for sentence in said]
    return [*comment, f'define "{definition_of(rule)}":', f"  {cql_expression(rule.when)}"]


class _Cql:
    """CQL's words; every and, or and not stands in its own brackets."""

    def yes(self, fact: str) -> str:
        return f'"{fact}"'

    def word(self, fact: str, word: str) -> str:
        return f'"{fact}" = {quoted(word)}'

    def bound(self, fact: str, end: End, operator: Operator, value: float) -> str:
        return f'"{end_of(fact, end)}" {"=" if operator == "==" else operator} {decimal(value)}'

    def unknown(self) -> str:
        return "(null as Boolean)"

    def contrary(self, term: str) -> str:
        return f"not ({term})"

    def every(self, terms: Sequence[str]) -> str:
        return f"({' and '.join(terms)})"

    def some(self, terms: Sequence[str]) -> str:
        return f"({' or '.join(terms)})"
