"""Every engine writes the same bytes, and says in one sentence why it cannot."""

import csv
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from engines import postgres, why_no_postgres, why_no_spark
from population_people import people, staged_row
from ventosa.export.sql import (
    FACTS,
    Query,
    ResultColumn,
    StagedColumn,
    population_query,
    staged_columns,
)
from ventosa.knowledge import Knowledge
from ventosa.population import postgres as on_postgres
from ventosa.population import spark as on_spark
from ventosa.population import sqlite as on_sqlite
from ventosa.population.canonical import made_beside, write_canonical
from ventosa.population.duck import Duck, Settings
from ventosa.population.writing import write_decisions
from ventosa.record import InputError
from ventosa.terms import Stage, Technique

PEOPLE, SEED = 3_000, 20_261_124
ODD_IDS = ("9", "10", "a", "B", "é", "z, 1", 'q"t', "it's", "\\N", " ", "\uffee", "\U0001f600")
"""Ids that sort otherwise by letter, by number or as UTF-16, that need quotes, that look empty."""

needs_postgres = pytest.mark.skipif(why_no_postgres() is not None, reason=str(why_no_postgres()))
needs_spark = pytest.mark.skipif(why_no_spark() is not None, reason=str(why_no_spark()))


@pytest.fixture(scope="session")
def columns(knowledge: Knowledge) -> tuple[StagedColumn, ...]:
    return staged_columns(knowledge)


@pytest.fixture(scope="session")
def query(knowledge: Knowledge) -> Query:
    return population_query(
        knowledge, stage=Stage.PLAN, techniques=tuple(Technique), limits=True, questions=True
    )


@pytest.fixture(scope="session")
def staged(
    knowledge: Knowledge,
    columns: tuple[StagedColumn, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The staged table of generated people, in a folder whose name could be read as a pattern."""
    folder = tmp_path_factory.mktemp("staged [x] {y}")
    ids = [*ODD_IDS, *(f"p{number}" for number in range(PEOPLE - len(ODD_IDS)))]
    rows = [
        staged_row(knowledge, person, person_id)
        for person, person_id in zip(people(knowledge, PEOPLE, SEED), ids, strict=True)
    ]
    return stage(rows, columns, folder)


def stage(rows: list[tuple[object, ...]], columns: tuple[StagedColumn, ...], folder: Path) -> Path:
    text, table = folder / "staged.csv", folder / "staged.parquet"
    with text.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    with duckdb.connect() as connection:
        read = connection.read_csv(
            str(text),
            header=False,
            delimiter=",",
            quotechar='"',
            escapechar='"',
            columns={column.name: column.kind for column in columns},
        )
        read.write_parquet(str(table))
    return table


@pytest.fixture(scope="session")
def expected(staged: Path, query: Query, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The hash of what DuckDB writes."""
    folder = tmp_path_factory.mktemp("duckdb")
    with Duck("", folder, Settings(), None) as duck:
        duck.connection.read_parquet(str(staged)).create_view(FACTS)
        assert write_decisions(duck, query, folder / "out.csv") == PEOPLE
    return sha256(folder / "out.csv")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with postgres() as where:
        yield where


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- the same bytes ---------------------------------------------------------------------------


def test_sqlite_writes_what_duckdb_writes(
    staged: Path,
    query: Query,
    columns: tuple[StagedColumn, ...],
    expected: str,
    tmp_path: Path,
) -> None:
    assert on_sqlite.run(staged, query, columns, tmp_path / "out.csv") == PEOPLE
    assert sha256(tmp_path / "out.csv") == expected
    assert names(tmp_path) == ["out.csv"]


@needs_postgres
def test_postgresql_writes_what_duckdb_writes(
    staged: Path,
    query: Query,
    columns: tuple[StagedColumn, ...],
    expected: str,
    server: str,
    tmp_path: Path,
) -> None:
    out = tmp_path / "out.csv"
    assert on_postgres.run(staged, query, columns, out, server=server) == PEOPLE
    assert sha256(out) == expected
    assert names(tmp_path) == ["out.csv"]


@needs_spark
def test_spark_writes_what_duckdb_writes(
    staged: Path,
    query: Query,
    columns: tuple[StagedColumn, ...],
    expected: str,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "out [x]"
    folder.mkdir()
    out = folder / "out.csv"
    assert on_spark.run(staged, query, columns, out, master="local[2]") == PEOPLE
    assert sha256(out) == expected
    assert names(folder) == ["out.csv"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- the canonical table ----------------------------------------------------------------------

KINDS = Query(
    "",
    (
        ResultColumn("person_id", "id"),
        ResultColumn("rule_c06", "truth"),
        ResultColumn("wet_certain", "decision"),
        ResultColumn("open_questions", "count"),
        ResultColumn("wet_suction_kpa", "limit"),
        ResultColumn("fact", "text"),
    ),
)


def test_the_canonical_table(tmp_path: Path) -> None:
    rows = [
        ("a", True, "avoid", 0, 20_000, "x"),
        ("b", 0, "ok", 12, 12_500, "y, z"),
        ('c"c', None, "ok", None, None, None),
        ("d\re", 1, "ok", 1, 0, "two\nlines"),
        ("é", False, "ok", 1, 1, " "),
    ]
    assert write_canonical(tmp_path / "out.csv", KINDS, rows) == 5
    assert (tmp_path / "out.csv").read_bytes() == (
        b"person_id,rule_c06,wet_certain,open_questions,wet_suction_kpa,fact\n"
        b"a,true,avoid,0,20,x\n"
        b'b,false,ok,12,12.5,"y, z"\n'
        b'"c""c",,ok,,,\n'
        b'"d\re",true,ok,1,0,"two\nlines"\n'
        b"\xc3\xa9,false,ok,1,0.001, \n"
    )


def test_what_breaks_half_way_leaves_the_old_table_and_no_trace(tmp_path: Path) -> None:
    def rows() -> Iterator[tuple[object, ...]]:
        yield ("a", True, "avoid", 0, 20_000, "x")
        raise RuntimeError

    out = tmp_path / "out.csv"
    out.write_text("as it was")
    with pytest.raises(RuntimeError), made_beside(out) as folder:
        write_canonical(folder / out.name, KINDS, rows())
    assert out.read_text() == "as it was"
    assert names(tmp_path) == ["out.csv"]


def test_a_place_that_cannot_be_written_is_said(
    staged: Path, query: Query, columns: tuple[StagedColumn, ...], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"out\.csv: cannot be written \(No such file"):
        on_sqlite.run(staged, query, columns, tmp_path / "nowhere" / "out.csv")


# --- PostgreSQL -------------------------------------------------------------------------------


@needs_postgres
def test_postgresql_keeps_nothing_and_touches_nothing(
    staged: Path, columns: tuple[StagedColumn, ...], server: str, tmp_path: Path
) -> None:
    import psycopg

    count = Query(f"SELECT person_id FROM {FACTS}", (ResultColumn("person_id", "id"),))
    with psycopg.connect(server, autocommit=True) as theirs:
        theirs.execute(f"CREATE TABLE {FACTS} (theirs text)")
        try:
            on_postgres.run(staged, count, columns, tmp_path / "out.csv", server=server)
            left = theirs.execute(
                "SELECT relname, relpersistence FROM pg_class WHERE relname = %s", (FACTS,)
            ).fetchall()
            assert left == [(FACTS, "p")]
            assert theirs.execute(f"SELECT * FROM {FACTS}").fetchall() == []
        finally:
            theirs.execute(f"DROP TABLE {FACTS}")


@needs_postgres
def test_postgresql_in_another_encoding_is_refused(
    staged: Path, query: Query, columns: tuple[StagedColumn, ...], server: str, tmp_path: Path
) -> None:
    import psycopg

    with psycopg.connect(server, autocommit=True) as theirs:
        theirs.execute(
            "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' "
            "LOCALE_PROVIDER libc LOCALE 'C'"
        )
    latin = f"{server} dbname=latin"
    with pytest.raises(InputError, match="the database is in LATIN1: name one that is in UTF8"):
        on_postgres.run(staged, query, columns, tmp_path / "out.csv", server=latin)


@needs_postgres
def test_what_postgresql_refuses_is_named_without_a_value(
    staged: Path, columns: tuple[StagedColumn, ...], server: str, tmp_path: Path
) -> None:
    bad = Query(
        f"SELECT CAST(CAST(person_id AS bigint) AS text) AS person_id FROM {FACTS}",
        (ResultColumn("person_id", "id"),),
    )
    with pytest.raises(InputError) as found:
        on_postgres.run(staged, bad, columns, tmp_path / "out.csv", server=server)
    assert str(found.value) == ("--engine: PostgreSQL stopped: InvalidTextRepresentation (22P02)")
    assert names(tmp_path) == []


@pytest.mark.skipif("psycopg" in str(why_no_postgres()), reason=str(why_no_postgres()))
@pytest.mark.parametrize(
    ("server", "path", "said"),
    [
        ("host=/nowhere password=sesame user=ada", "--engine", "No such file or directory"),
        ("postgresql://ada:ses@me@nowhere.invalid/x", "--engine", "cannot be reached"),
        ("postgresql://ada:sesame@nowhere.invalid/x?y=z", "--server", "not a connection string"),
        ("sesame", "--server", "is not a connection string of PostgreSQL"),
    ],
)
def test_no_server_is_said_without_the_password(
    server: str,
    path: str,
    said: str,
    staged: Path,
    query: Query,
    columns: tuple[StagedColumn, ...],
    tmp_path: Path,
) -> None:
    with pytest.raises(InputError, match=said) as found:
        on_postgres.run(staged, query, columns, tmp_path / "out.csv", server=server)
    assert found.value.path == path
    for secret in ("sesame", "me@nowhere", "ada"):
        assert secret not in str(found.value)


# --- what is not installed --------------------------------------------------------------------


def test_no_driver_is_said(
    staged: Path,
    query: Query,
    columns: tuple[StagedColumn, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InputError, match=r"pip install 'psycopg\[binary\]'"):
        on_postgres.run(staged, query, columns, tmp_path / "out.csv")


def test_no_spark_is_said(
    staged: Path,
    query: Query,
    columns: tuple[StagedColumn, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(InputError, match=r"pip install pyspark"):
        on_spark.run(staged, query, columns, tmp_path / "out.csv")
    assert names(tmp_path) == []


@pytest.mark.skipif("pyspark" in str(why_no_spark()), reason=str(why_no_spark()))
def test_no_java_is_said(
    staged: Path,
    query: Query,
    columns: tuple[StagedColumn, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(InputError, match="Spark needs Java 17 or newer, and no java was found"):
        on_spark.run(staged, query, columns, tmp_path / "out.csv")
