"""The SQL text means what ``screen`` means, on DuckDB and SQLite, for all kinds of people."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import duckdb
import pytest

from people import TODAY
from population_people import Person, answers_of, people, staged_row
from ventosa.export.sql import (
    FACTS,
    SCALE,
    Query,
    population_query,
    questions_query,
    staged_columns,
)
from ventosa.knowledge import Knowledge, load
from ventosa.logic import evaluate
from ventosa.screening import consider, screen
from ventosa.screening.decision import QUANTITIES
from ventosa.terms import Stage, Technique

KNOWLEDGE = load()
Rows = list[dict[str, Any]]


def on_duckdb(knowledge: Knowledge, rows: Sequence[Sequence[object]]) -> Callable[[Query], Rows]:
    """Return a runner of queries over staged rows."""
    connection = duckdb.connect()
    types = {"text": "VARCHAR", "boolean": "BOOLEAN", "bigint": "BIGINT"}
    columns = staged_columns(knowledge)
    declared = ", ".join(f"{column.name} {types[column.kind]}" for column in columns)
    connection.execute(f"CREATE TABLE {FACTS} ({declared})")
    marks = ", ".join("?" * len(columns))
    connection.begin()
    connection.executemany(f"INSERT INTO {FACTS} VALUES ({marks})", rows)
    connection.commit()
    return lambda query: _rows(query, connection.execute(query.text).fetchall())


def on_sqlite(knowledge: Knowledge, rows: Sequence[Sequence[object]]) -> Callable[[Query], Rows]:
    """The same with SQLite, where a boolean is 0 or 1."""
    connection = sqlite3.connect(":memory:")
    columns = staged_columns(knowledge)
    connection.execute(f"CREATE TABLE {FACTS} ({', '.join(column.name for column in columns)})")
    marks = ", ".join("?" * len(columns))
    connection.executemany(f"INSERT INTO {FACTS} VALUES ({marks})", rows)
    return lambda query: _rows(query, connection.execute(query.text).fetchall())


def _rows(query: Query, found: Sequence[Sequence[Any]]) -> Rows:
    kinds = {column.name: column.kind for column in query.columns}
    return [
        {
            name: bool(value) if kinds[name] == "truth" and value is not None else value
            for name, value in zip(kinds, row, strict=True)
        }
        for row in found
    ]


ENGINES = {"duckdb": on_duckdb, "sqlite": on_sqlite}


def expected(person: Person, stage: Stage, techniques: tuple[Technique, ...]) -> dict[str, Any]:
    """What the reference says of one person: rules one at a time, then the screening."""
    answers = answers_of(person, techniques)
    values = consider(answers, None, KNOWLEDGE, on=TODAY, stage=stage).settled.values
    screening = screen(answers, None, KNOWLEDGE, on=TODAY, stage=stage)
    row: dict[str, Any] = {
        f"rule_{rule.id.lower().replace('-', '_')}": evaluate(rule.when, values)
        for rule in KNOWLEDGE.rules
    }
    for technique, one in screening.techniques.items():
        row[f"{technique}_certain"] = one.certain.word
        row[f"{technique}_possible"] = one.possible.word
        for name in QUANTITIES:
            cap = getattr(one.limits, name)
            if cap is not None:
                row[f"{technique}_{name}"] = round(cap * SCALE)
    row["urgency_certain"] = screening.urgency.certain.word
    row["urgency_possible"] = screening.urgency.possible.word
    row["open_questions"] = len(screening.ask)
    row["ask"] = sorted(question.fact for question in screening.ask)
    return row


@pytest.mark.parametrize("engine", list(ENGINES))
@pytest.mark.parametrize("stage", list(Stage))
def test_the_query_says_what_the_screening_says(engine: str, stage: Stage) -> None:
    techniques = tuple(Technique)
    crowd = people(KNOWLEDGE, int(__import__("os").environ.get("N", "1500")), seed=7)
    run = ENGINES[engine](
        KNOWLEDGE, [staged_row(KNOWLEDGE, p, f"p{i:04}") for i, p in enumerate(crowd)]
    )
    query = population_query(KNOWLEDGE, stage=stage, techniques=techniques, limits=True)
    asked = run(questions_query(KNOWLEDGE, stage=stage, techniques=techniques))
    found = {row["person_id"]: row for row in run(query)}
    for row in found.values():
        row["ask"] = []
    for row in asked:
        found[row["person_id"]]["ask"].append(row["fact"])
    for index, person in enumerate(crowd):
        row = found.pop(f"p{index:04}")
        row["ask"].sort()
        wanted = expected(person, stage, techniques)
        assert {k: (row[k], v) for k, v in wanted.items() if row[k] != v} == {}, person
        assert set(row) == {"person_id", *wanted}
    assert not found
