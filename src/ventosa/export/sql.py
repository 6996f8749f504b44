"""The rules over a table of people: one SQL text that every engine runs unchanged.

The text runs on DuckDB, SQLite (3.35 or newer), PostgreSQL and Spark. It reads the staged table
``facts``, one row a person, which holds *answers as given*: its first steps settle them as
``ventosa.screening.settle`` settles the answers of one day, without a record. NULL is unknown, in
the table as in the result.

The map is read so: with ``zones_recorded`` true, a zone of a kind is drawn where ``zone_<kind>`` is
true, and none where it is false or NULL. With ``zones_recorded`` false or NULL nobody has looked:
then every kind is unknown but one whose ``zone_<kind>`` is true. Where a zone lies is not in a
table, nor is a doctor's word: no rule is ever cleared.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ventosa.export.sqlasking import Asking, asking
from ventosa.export.sqlbrought import Brought
from ventosa.export.sqldeciding import decisions, limits_of_dose, urgencies
from ventosa.export.sqlsettling import Step, settling_steps
from ventosa.export.sqlterms import columns_of, count_of, first_of, truth, word
from ventosa.knowledge import ZONES_RECORDED
from ventosa.knowledge.model import Fact, Knowledge
from ventosa.logic import SCALE, Boolean, Choice, Number
from ventosa.record import KnowledgeError
from ventosa.screening.consequences import consequences
from ventosa.terms import Stage, Technique

__all__ = [
    "FACTS",
    "SCALE",
    "Query",
    "ResultColumn",
    "StagedColumn",
    "population_query",
    "questions_query",
    "staged_columns",
]

FACTS = "facts"
"""The name of the staged table that every query reads."""

PERSON = "person_id"

_FLAGS_A_COLUMN = 62
"""Bits of a positive BIGINT that hold one yes or no each."""


@dataclass(frozen=True, slots=True)
class StagedColumn:
    """A column of the staged table; ``fact`` is ``None`` for ``person_id``."""

    name: str
    kind: Literal["text", "boolean", "bigint"]
    fact: str | None


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column of a result; a *limit* is ``SCALE`` times its value."""

    name: str
    kind: Literal["id", "truth", "decision", "urgency", "count", "limit", "text"]


@dataclass(frozen=True, slots=True)
class Query:
    """An SQL text over the staged table, with the columns that it returns."""

    text: str
    columns: tuple[ResultColumn, ...]


def staged_columns(knowledge: Knowledge) -> tuple[StagedColumn, ...]:
    """Return the columns of the staged table: ``person_id``, then the facts in their order.

    A yes-or-no fact is a boolean, a choice a text; a number is two columns, ``<fact>_low`` and
    ``<fact>_high``: its ends times ``SCALE``, rounded outwards.

    Raises:
        KnowledgeError: two facts give one name.
    """
    columns = (
        StagedColumn(PERSON, "text", None),
        *(
            StagedColumn(name, _staged_kind(fact), fact.id)
            for fact in knowledge.facts.values()
            for name in columns_of(fact)
        ),
    )
    _each_once("facts.csv", [column.name for column in columns])
    return columns


def _staged_kind(fact: Fact) -> Literal["text", "boolean", "bigint"]:
    match fact.type:
        case Boolean():
            return "boolean"
        case Choice():
            return "text"
        case Number():
            return "bigint"


def population_query(
    knowledge: Knowledge,
    *,
    stage: Stage,
    techniques: Sequence[Technique],
    limits: bool = False,
    questions: bool = True,
) -> Query:
    """Return the query of one row a person.

    ``techniques`` are those offered: only they make a question worth asking; truth values,
    decisions and limits are given for all. Rules of stage *start* have their truth at stage *plan*
    too, but decide nothing there. ``limits``: with the caps of a dose; ``questions``: with the
    number of open questions.

    Raises:
        KnowledgeError: two columns would have one name, or a zone is settled by answers.
    """
    table, brought = consequences(knowledge), _brought(knowledge, stage)
    asked = asking(knowledge, table, brought, techniques) if questions else None
    parts: list[tuple[Literal["decision", "urgency", "limit", "count"], Step]] = [
        ("decision", decisions(table, brought)),
        ("urgency", urgencies(table, brought)),
    ]
    if limits:
        parts.append(("limit", limits_of_dose(table, brought)))
    if asked is not None:
        count = f"CAST({count_of(list(asked.asks.values()))} AS BIGINT)"
        parts.append(("count", {"open_questions": count}))
    columns = (
        ResultColumn(PERSON, "id"),
        *(ResultColumn(name, "truth") for name in brought.truths),
        *(ResultColumn(name, kind) for kind, step in parts for name in step),
    )
    staged = [column.name for column in staged_columns(knowledge)[1:]]
    _each_once("rules", [*staged, *(column.name for column in columns)])
    selects = _selects(knowledge, brought, asked)
    outcome = {name: expression for _, step in parts for name, expression in step.items()}
    return Query(selects.ending_in(_select(selects.last, brought.truths, outcome)), columns)


def questions_query(
    knowledge: Knowledge, *, stage: Stage, techniques: Sequence[Technique]
) -> Query:
    """Return the query of one row per person and open question, as ``screen(..).ask`` lists it.

    Columns ``person_id`` and ``fact``, in no order; the map is the fact ``zones``.
    """
    brought = _brought(knowledge, stage)
    asked = asking(knowledge, consequences(knowledge), brought, techniques)
    selects = _selects(knowledge, brought, asked)
    flags: dict[str, list[str]] = {}
    names = []
    for number, (fact, term) in enumerate(asked.asks.items()):
        column, place = divmod(number, _FLAGS_A_COLUMN)
        flag = f"CASE WHEN {term} THEN {1 << place} ELSE 0 END"
        flags.setdefault(f"_asked_{column}", []).append(flag)
        name = word("zones" if fact == ZONES_RECORDED else fact)
        names.append(f"SELECT {name} AS fact, {column} AS flags, {1 << place} AS flag")
    selects.add("asked", [], {name: " | ".join(terms) for name, terms in flags.items()})
    selects.hold()
    of_question = first_of([(f"flags = {i}", name) for i, name in enumerate(flags)], "0")
    text = (
        f"SELECT {PERSON}, fact\nFROM {selects.last}\nCROSS JOIN (\n"
        + "\nUNION ALL ".join(names)
        + f"\n) AS questions\nWHERE ({of_question} & flag) <> 0"
    )
    columns = (ResultColumn(PERSON, "id"), ResultColumn("fact", "text"))
    return Query(selects.ending_in(text), columns)


def _brought(knowledge: Knowledge, stage: Stage) -> Brought:
    return Brought(
        truths=tuple(f"rule_{rule.id.lower().replace('-', '_')}" for rule in knowledge.rules),
        counted=frozenset(
            index
            for index, rule in enumerate(knowledge.rules)
            if rule.stage is Stage.PLAN or stage is Stage.START
        ),
    )


def _selects(knowledge: Knowledge, brought: Brought, asked: Asking | None) -> "_Selects":
    """Return the selects before the last: settled facts, truth values, what they bring."""
    selects = _Selects()
    kept = [column.name for column in staged_columns(knowledge)[1:]]
    for number, step in enumerate(settling_steps(knowledge), 1):
        selects.add(f"settled_{number}", kept, step)
        kept += [name for name in step if name not in kept]
    kept = kept if asked is not None else []
    rules = zip(brought.truths, knowledge.rules, strict=True)
    selects.add("judged", kept, {name: truth(rule.when) for name, rule in rules})
    kept += brought.truths
    steps: dict[str, Step] = {"brought": brought.columns()}
    if asked is not None:
        steps |= {"opened": asked.opened, "could": asked.could}
    for name, step in steps.items():
        selects.add(name, kept, step)
        kept += step
        if name == "brought":
            selects.hold()
    return selects


@dataclass(slots=True)
class _Selects:
    """Named selects, each over the one before, the first over the staged table."""

    named: list[str] = field(default_factory=list)
    last: str = FACTS

    def add(self, name: str, kept: Sequence[str], step: Step) -> None:
        """Add a select that keeps some columns and sets others."""
        self.named.append(f"{name} AS (\n{_select(self.last, kept, step)}\n)")
        self.last = name

    def hold(self) -> None:
        """Have the last select worked out before it is read on.

        PostgreSQL and SQLite copy an expression to every place that reads its column, and work it
        out there again; not so those of a select that is read twice. DuckDB and Spark copy
        nothing, and drop the second reading, for it is empty.
        """
        held = f"{self.last}_held"
        self.named.append(
            f"{held} AS (\nSELECT * FROM {self.last}\n"
            f"UNION ALL\nSELECT * FROM {self.last} WHERE FALSE\n)"
        )
        self.last = held

    def ending_in(self, text: str) -> str:
        """Return the whole text, with its last select."""
        return "WITH " + ",\n".join(self.named) + "\n" + text


def _select(source: str, kept: Iterable[str], step: Mapping[str, str]) -> str:
    columns = [PERSON, *(name for name in kept if name not in step)]
    columns += [f"{expression} AS {name}" for name, expression in step.items()]
    return "SELECT\n  " + ",\n  ".join(columns) + f"\nFROM {source}"


def _each_once(file: str, names: Sequence[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise KnowledgeError(file, twice, "two columns of a table would have this name")
