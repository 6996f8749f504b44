"""Every engine gives the same true, false or unknown as the reference, on the same people.

At least 200,000 evaluations an engine: one rule's truth for one person. The people are of the
population's tests, with missing facts, intervals and answers that contradict each other; the SQL
engines get their answers as given, the others their settled facts.
"""

import csv
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from oracles.peers import (
    AGREEMENT,
    Absent,
    Run,
    compiled,
    cpp_cel,
    cql_execution,
    elm_run,
    interpreted,
    rust_cel,
)
from people import TODAY
from population_people import Person, answers_of, people, staged_row
from ventosa.export.document import rules_document
from ventosa.export.elm import elm_library
from ventosa.export.sql import FACTS, population_query, staged_columns
from ventosa.knowledge import Knowledge, Library
from ventosa.logic import Truth, evaluate
from ventosa.record import Value
from ventosa.screening.decision import QUANTITIES, decide, standing_rules, urgency
from ventosa.screening.facts import settle
from ventosa.terms import Stage, Technique

PEOPLE, SEED = 2_500, 11
LEAST = 200_000

Facts = Mapping[str, Value]
Truths = list[tuple[Truth, ...]]


@pytest.fixture(scope="module")
def persons(knowledge: Knowledge) -> list[Person]:
    return people(knowledge, PEOPLE, SEED)


@pytest.fixture(scope="module")
def settled(knowledge: Knowledge, persons: list[Person]) -> list[Facts]:
    return [settle(answers_of(person), None, knowledge, TODAY).values for person in persons]


@pytest.fixture(scope="module")
def reference(knowledge: Knowledge, settled: list[Facts]) -> Truths:
    return [tuple(evaluate(rule.when, facts) for rule in knowledge.rules) for facts in settled]


def agreement(name: str, knowledge: Knowledge, found: Truths, reference: Truths) -> str:
    """The count, once it is known that nothing differs; else who and what differs first."""
    assert len(found) == len(reference)
    for number, (theirs, ours) in enumerate(zip(found, reference, strict=True)):
        for rule, their, our in zip(knowledge.rules, theirs, ours, strict=True):
            assert their is our, f"{name}: person {number}, {rule.id}: {their}, not {our}"
    counts = [sum(truths.count(truth) for truths in reference) for truth in (True, False, None)]
    assert sum(counts) >= LEAST
    assert min(counts) > LEAST / 20, "the people exercise one of the three values too little"
    true, false, unknown = counts
    return f"{name}: {sum(counts):,} agree ({true:,} true, {false:,} false, {unknown:,} unknown)"


Peer = Callable[[Knowledge, Sequence[Facts]], Run]


@pytest.mark.parametrize(
    ("name", "peer"),
    [
        ("compiled Python", compiled),
        ("CEL in Rust (common-expression-language)", rust_cel),
        ("CEL in C++ (cel-expr-python)", cpp_cel),
        ("ELM (cql-execution)", cql_execution),
    ],
)
def test_an_engine_agrees_with_the_reference(
    name: str,
    peer: Peer,
    knowledge: Knowledge,
    settled: list[Facts],
    reference: Truths,
    record_property: Callable[[str, object], None],
) -> None:
    try:
        found = peer(knowledge, settled).truths
    except Absent as absent:
        pytest.skip(str(absent))
    record_property(AGREEMENT, agreement(name, knowledge, found, reference))


def test_cql_calls_an_unknown_word_no_member_of_a_list(knowledge: Knowledge) -> None:
    """Why ``in`` is exported as equalities: the difference that ``docs/export.md`` tells of."""
    library = elm_library(knowledge)
    statements = library["library"]["statements"]["def"]
    text = "{urn:hl7-org:elm-types:r1}String"
    word = {"type": "Literal", "valueType": text, "value": "yes"}
    pregnant = {"type": "ParameterRef", "name": "pregnant"}
    listed = {"type": "In", "operand": [pregnant, {"type": "List", "element": [word]}]}
    equal = {"type": "Equal", "operand": [pregnant, word]}
    statements[:] = [{**statements[0], "name": "in", "expression": listed}]
    statements += [{**statements[0], "name": "equal", "expression": equal}]
    try:
        found = elm_run(library, [{"pregnant": None}, {"pregnant": "yes"}, {"pregnant": "no"}])
    except Absent as absent:
        pytest.skip(str(absent))
    assert found.truths == [(False, None), (True, True), (False, False)]


@pytest.mark.parametrize("name", ["DuckDB", "SQLite"])
def test_the_sql_text_agrees_with_the_reference(
    name: str,
    knowledge: Knowledge,
    persons: list[Person],
    reference: Truths,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    rows = [staged_row(knowledge, person, f"{n:06d}") for n, person in enumerate(persons)]
    columns = staged_columns(knowledge)
    engine: Any = duckdb if name == "DuckDB" else sqlite3
    connection = engine.connect(":memory:")
    declared = ", ".join(f"{column.name} {column.kind}" for column in columns)
    connection.execute(f"CREATE TABLE {FACTS} ({declared})")
    if name == "DuckDB":
        # A file is read in one go; a row at a time takes half a minute.
        table = tmp_path / "people.csv"
        with table.open("w", newline="") as file:
            csv.writer(file).writerows(rows)
        connection.execute(f"COPY {FACTS} FROM '{table}' (HEADER false)")
    else:
        marks = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO {FACTS} VALUES ({marks})", rows)
    query = population_query(
        knowledge, stage=Stage.PLAN, techniques=tuple(Technique), questions=False
    )
    places = [n for n, column in enumerate(query.columns) if column.kind == "truth"]
    found = [
        tuple(None if row[place] is None else bool(row[place]) for place in places)
        for row in sorted(connection.execute(query.text).fetchall())
    ]
    connection.close()
    record_property(AGREEMENT, agreement(f"SQL ({name})", knowledge, found, reference))


def test_a_reader_of_the_json_alone_screens_as_we_do(
    knowledge: Knowledge,
    library: Library,
    settled: list[Facts],
    reference: Truths,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    document = tmp_path / "rules.json"
    document.write_text(json.dumps(rules_document(knowledge, library)), "utf-8")
    try:
        found = interpreted(document, settled)
    except Absent as absent:
        pytest.skip(str(absent))
    truths = [tuple(screened["truths"]) for screened in found]
    record_property(AGREEMENT, agreement("JSON (JavaScript)", knowledge, truths, reference))
    for number, (screened, held) in enumerate(zip(found, reference, strict=True)):
        for stage in Stage:
            ours = screened_here(knowledge, held, stage)
            assert screened[stage] == ours, f"person {number}, stage {stage}"
    decisions = 2 * len(found) * len(Technique)
    record_property(AGREEMENT, f"JSON (JavaScript): {decisions:,} decisions and caps agree")


def screened_here(knowledge: Knowledge, truths: Sequence[Truth], stage: Stage) -> dict[str, Any]:
    """Decisions, urgency and caps as the reader of the JSON writes them."""
    counted = [
        truth if rule.stage is Stage.PLAN or stage is Stage.START else False
        for rule, truth in zip(knowledge.rules, truths, strict=True)
    ]
    standing = standing_rules(knowledge.rules, counted, None)
    techniques = {}
    for technique in Technique:
        verdict = decide(knowledge, technique, standing)
        caps = {name: getattr(verdict.caps, name) for name in QUANTITIES}
        techniques[str(technique)] = {
            "certain": str(verdict.certain),
            "possible": str(verdict.possible),
            "caps": {name: cap for name, cap in caps.items() if cap is not None},
        }
    certain, possible = urgency(standing)
    return {
        "techniques": techniques,
        "urgency": {"certain": str(certain), "possible": str(possible)},
    }
