"""A table of decisions in numbers: what may be used, which rules decide, what is worth asking."""

from collections.abc import Sequence
from dataclasses import dataclass
from glob import escape
from pathlib import Path

from ventosa.export.sql import Query
from ventosa.knowledge import Knowledge
from ventosa.population.cells import text
from ventosa.population.duck import Duck
from ventosa.screening.consequences import consequences
from ventosa.terms import Decision, Stage, Technique

MOST_RULES = 10
COUNTING = "counting"


@dataclass(frozen=True, slots=True)
class TechniqueCount:
    """People for whom a technique may be used, must be asked about first, or may not be used."""

    technique: Technique
    may_use: int
    ask_first: int
    may_not: int


@dataclass(frozen=True, slots=True)
class RuleCount:
    """People for whom a rule holds and no other is graver on some technique it speaks of."""

    rule: str
    title: str
    people: int


@dataclass(frozen=True, slots=True)
class QuestionCount:
    """People to whom a question is still worth asking."""

    fact: str
    question: str
    people: int


@dataclass(frozen=True, slots=True)
class Report:
    """A table of decisions in numbers; rules and questions stand by the number of people."""

    people: int
    techniques: tuple[TechniqueCount, ...]
    rules: tuple[RuleCount, ...]
    questions: tuple[QuestionCount, ...]


def report_of(
    duck: Duck,
    decisions: Path,
    query: Query,
    knowledge: Knowledge,
    stage: Stage,
    techniques: Sequence[Technique],
) -> Report:
    """Return the numbers of a table of decisions that ``query`` made.

    The view ``open_questions`` is there, see ``list_open``.
    """
    table = _table(decisions, query)
    offered = [technique for technique in Technique if technique in techniques]
    rules = _deciding(knowledge, stage, offered)
    numbers = ["count(*)"]
    for technique in offered:
        certain, possible = (f"{technique}_{end} {_MAY}" for end in ("certain", "possible"))
        numbers += [f"count_if({possible})", f"count_if({certain} AND NOT {possible})"]
    numbers += [f"count_if({term})" for term in rules.values()]
    people, *found = duck.rows(f"SELECT {', '.join(numbers)} FROM {table}", doing=COUNTING)[0]
    counts = iter(found)
    by_technique = []
    for technique in offered:
        may, ask = next(counts), next(counts)
        by_technique.append(TechniqueCount(technique, may, ask, people - may - ask))
    by_rule = [
        RuleCount(rule, knowledge.rule(rule).file.title, count)
        for rule, count in zip(rules, counts, strict=True)
        if count
    ]
    by_rule.sort(key=lambda counted: -counted.people)
    return Report(
        people,
        tuple(by_technique),
        tuple(by_rule[:MOST_RULES]),
        _questions(duck),
    )


def _questions(duck: Duck) -> tuple[QuestionCount, ...]:
    found = duck.rows(
        "SELECT fact, question, count(*) AS people FROM open_questions "
        "GROUP BY fact, question, place ORDER BY people DESC, place",
        doing=COUNTING,
    )
    return tuple(QuestionCount(*row) for row in found)


_MAY = f"IN ({text(Decision.OK.word)}, {text(Decision.MODIFY.word)})"
_TYPES = {"truth": "BOOLEAN", "count": "BIGINT", "limit": "DOUBLE"}


def _table(decisions: Path, query: Query) -> str:
    place = text(escape(str(decisions)))
    if decisions.suffix != ".csv":
        return f"read_parquet({place})"
    columns = ", ".join(
        f"'{column.name}': '{_TYPES.get(column.kind, 'VARCHAR')}'" for column in query.columns
    )
    return (
        f"read_csv({place}, columns = {{{columns}}}, auto_detect = false, header = true, "
        "delim = ',', quote = '\"', escape = '\"', comment = '', nullstr = '', new_line = '\\n')"
    )


def _deciding(knowledge: Knowledge, stage: Stage, offered: Sequence[Technique]) -> dict[str, str]:
    """Each rule with a term that is true where it holds and is what a decision comes from."""
    table = consequences(knowledge)
    terms: dict[str, str] = {}
    for place, rule in enumerate(knowledge.rules):
        if rule.stage is Stage.START and stage is Stage.PLAN:
            continue
        brings = [
            f"{technique}_certain = {text(decision.word)}"
            for technique in offered
            for decision, bringers in table.techniques[technique].decisions.items()
            if any(bringer.rule == place for bringer in bringers)
        ]
        if brings:
            column = f"rule_{rule.id.lower().replace('-', '_')}"
            terms[rule.id] = f"{column} AND ({' OR '.join(brings)})"
    return terms
