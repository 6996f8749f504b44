"""The same rules over many people, as one query: a table of facts in, a table of decisions out.

Tables may be larger than memory. Whatever engine runs the query, DuckDB reads and checks the table
(``staging``); nothing takes the place of an output before everything is made (``workplace``).
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from ventosa.codes import CodeTable
from ventosa.export.sql import FACTS, Query, population_query, questions_query, staged_columns
from ventosa.knowledge import Knowledge
from ventosa.population.cells import names_of, text
from ventosa.population.comparing import judge, write_differences
from ventosa.population.duck import Duck, Progress, Settings, Step
from ventosa.population.sources import tables_in
from ventosa.population.staging import report_rows, stage_table, start_list
from ventosa.population.workplace import put, workplace
from ventosa.population.writing import (
    PARQUET,
    list_open,
    write_decisions,
    write_kept_out,
    write_open,
)
from ventosa.record import EVERY_TECHNIQUE_BUT_FIRE_AND_WET, InputError
from ventosa.terms import Stage, Technique

if TYPE_CHECKING:
    from ventosa.population.report import Report

__all__ = ["BadRow", "Engine", "Intake", "Settings", "Step", "Summary", "recall", "run"]

Engine = Literal["duckdb", "sqlite", "postgres", "spark"]

SHOWN = 20
"""Faults that a summary names."""

_NO_OPTIONS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Intake:
    """How people are read: columns that are passed over, and what DuckDB may take.

    ``codes`` and ``on`` are needed for FHIR bundles only: which code means which fact, and the day
    as of which a record is read.
    """

    ignored: Sequence[str] = ()
    codes: CodeTable | None = None
    on: date | None = None
    settings: Settings = field(default_factory=Settings)


_AS_IT_IS = Intake()


@dataclass(frozen=True, slots=True)
class BadRow:
    """Why a row was kept out.

    ``line`` is the line of a CSV file (the header is 1), the row of a Parquet file (the first is
    1), ``None`` for a file as a whole; ``column`` is empty for a row as a whole.
    """

    file: str
    line: int | None
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did: rows that were read, kept out, and written.

    ``bad`` are the first faults of those kept out. ``report`` is there where it was asked for.
    """

    read: int
    kept_out: int
    rows: int
    bad: tuple[BadRow, ...]
    report: "Report | None" = None


def run(
    source: Path,
    out: Path | None,
    *,
    knowledge: Knowledge,
    engine: Engine = "duckdb",
    options: Mapping[str, str] = _NO_OPTIONS,
    stage: Stage = Stage.PLAN,
    techniques: Sequence[Technique] = EVERY_TECHNIQUE_BUT_FIRE_AND_WET,
    limits: bool = False,
    questions: Path | None = None,
    bad: Path | None = None,
    with_report: bool = False,
    intake: Intake = _AS_IT_IS,
    progress: Progress | None = None,
) -> Summary:
    """Judge everybody in a table and write the decisions; nothing is written before all is done.

    ``out`` is .csv (canonical) or .parquet, ``None`` where only the report is wanted; ``questions``
    and ``bad`` are where the open questions and the rows that were kept out are listed.
    ``techniques`` are those offered. ``options`` are the engine's own (``server``, ``master``).

    Raises:
        InputError: the table cannot be read, an engine is not there, or a place to write is not.
    """
    with _room(out, intake.settings, progress) as (folder, duck):
        read = _read(duck, source, knowledge, folder / "rows", intake)
        query = population_query(knowledge, stage=stage, techniques=techniques, limits=limits)
        made = folder / f"decisions{'.parquet' if out is None else out.suffix}"
        rows = _decide(duck, query, knowledge, made, engine, options)
        placed = {} if out is None else {made: out}
        if with_report or questions is not None:
            listing = questions_query(knowledge, stage=stage, techniques=techniques)
            list_open(duck, listing, knowledge, folder / "open.parquet")
        if questions is not None:
            write_open(duck, folder / "questions.csv")
            placed[folder / "questions.csv"] = questions
        report = None
        if with_report:
            from ventosa.population.report import report_of

            report = report_of(duck, made, query, knowledge, stage, techniques)
        summary = _summary(duck, read, rows, bad, folder, placed)
    return replace(summary, report=report)


def recall(
    source: Path,
    out: Path,
    *,
    knowledge: Knowledge,
    against: Knowledge,
    against_codes: CodeTable | None = None,
    stage: Stage = Stage.PLAN,
    techniques: Sequence[Technique] = EVERY_TECHNIQUE_BUT_FIRE_AND_WET,
    bad: Path | None = None,
    intake: Intake = _AS_IT_IS,
    progress: Progress | None = None,
) -> Summary:
    """Write who is decided on otherwise by one knowledge than by another, with both decisions.

    A column that only one of them knows is passed over for the other. A row that one of them
    cannot read is kept out.

    Raises:
        InputError: the table cannot be read, or a place to write is not there.
    """
    with _room(out, intake.settings, progress) as (folder, duck):
        names, others = set(names_of(knowledge)), set(names_of(against))
        judged = (
            ("before", against, names - others, against_codes),
            ("after", knowledge, others - names, intake.codes),
        )
        read = 0
        for name, rules, unknown, codes in judged:
            mine = replace(intake, ignored=(*intake.ignored, *unknown), codes=codes)
            read = _read(duck, source, rules, folder / f"{name}-rows", mine)
            judge(duck, rules, stage, techniques, folder / f"{name}.parquet")
        made = folder / f"changed{out.suffix}"
        before, after = folder / "before.parquet", folder / "after.parquet"
        rows = write_differences(duck, before, after, techniques, made)
        return _summary(duck, read, rows, bad, folder, {made: out})


@contextmanager
def _room(
    out: Path | None, settings: Settings, progress: Progress | None
) -> Iterator[tuple[Path, Duck]]:
    place = Path(tempfile.gettempdir()) / "ventosa-report" if out is None else out
    try:
        with workplace(place) as folder, Duck(str(place), folder, settings, progress) as duck:
            start_list(duck)
            yield folder, duck
    except OSError as error:
        raise InputError(str(place), f"cannot be made ({error.strerror})") from None


def _read(duck: Duck, source: Path, knowledge: Knowledge, folder: Path, intake: Intake) -> int:
    """Read, check and stage everybody; return the number of rows that were read."""
    folder.mkdir()
    files, kept_out = tables_in(source), 0
    if not files:
        files, kept_out = _read_bundles(duck, source, knowledge, folder, intake)
    rows = kept_out + stage_table(duck, files, knowledge, folder, intake.ignored)
    if not rows:
        raise InputError(str(source), "has no rows: there is nobody to judge")
    return rows


def _read_bundles(
    duck: Duck, source: Path, knowledge: Knowledge, folder: Path, intake: Intake
) -> tuple[tuple[Path, ...], int]:
    """Make a table of bundles; return its file and how many bundles were kept out."""
    from ventosa.population.bundles import facts_table

    if intake.codes is None or intake.on is None:
        raise InputError(str(source), "holds bundles: they need code lists and a day")

    def tell(read: int) -> None:
        duck.read = read
        duck.tell("reading the bundles", 0.0)

    table = folder / "bundles.csv"
    found = facts_table(source, knowledge, intake.codes, intake.on, table, tell)
    report_rows(duck, [(bad.file, bad.line, None, bad.reason) for bad in found.bad])
    return (table,), len(found.bad)


def _decide(
    duck: Duck,
    query: Query,
    knowledge: Knowledge,
    made: Path,
    engine: Engine,
    options: Mapping[str, str],
) -> int:
    """Run the query on an engine and write what it says; return the number of people."""
    if engine == "duckdb":
        return write_decisions(duck, query, made)
    if made.suffix != ".csv":
        raise InputError("--engine", f"{engine} writes .csv")
    staged = made.with_name("staged.parquet")
    duck.rows(f"COPY (SELECT * FROM {FACTS}) TO {text(str(staged))} {PARQUET}", doing="staging")
    try:
        return _on_other(staged, query, knowledge, made, engine, options)
    except InputError as error:
        # Nobody outside knows the place where it is made.
        where = duck.place if error.path == str(made) else error.path
        raise InputError(where, error.problem) from None


def _on_other(
    staged: Path,
    query: Query,
    knowledge: Knowledge,
    made: Path,
    engine: Literal["sqlite", "postgres", "spark"],
    options: Mapping[str, str],
) -> int:
    """Run the query on an engine that is not built in."""
    columns = staged_columns(knowledge)
    match engine:
        case "sqlite":
            from ventosa.population import sqlite

            return sqlite.run(staged, query, columns, made)
        case "postgres":
            from ventosa.population import postgres

            return postgres.run(staged, query, columns, made, **options)
        case "spark":
            from ventosa.population import spark

            return spark.run(staged, query, columns, made, **options)


def _summary(
    duck: Duck, read: int, rows: int, bad: Path | None, folder: Path, placed: dict[Path, Path]
) -> Summary:
    """Put everything in its place and say what was done."""
    if bad is not None:
        write_kept_out(duck, folder / "kept_out.csv")
        placed[folder / "kept_out.csv"] = bad
    kept_out = duck.count("SELECT count(*) FROM (SELECT DISTINCT file, line FROM kept_out)")
    first = duck.rows(f"SELECT DISTINCT * FROM kept_out ORDER BY ALL LIMIT {SHOWN}")
    put(placed)
    bad_rows = tuple(BadRow(file, line, column or "", why) for file, line, column, why in first)
    return Summary(read, kept_out, rows, bad_rows)
