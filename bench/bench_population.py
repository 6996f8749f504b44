"""The rules over many people: speed, memory, and that the cost grows linearly.

Run: ``python bench/bench_population.py [MOST]``. MOST is the largest number of people, else
10000000; that takes some 5 GB of disk. The people are invented and the same at every run: 15 % of
the facts are missing, of the others one in ten is the riskier one. Every measurement is a process
of its own and done three times, the whole command once; numbers are medians. Writes
``pictures/population.svg``.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter
from types import MappingProxyType

import duckdb

from plot_population import picture
from ventosa.export.sql import FACTS, SCALE, Query, population_query, staged_columns
from ventosa.knowledge import ZONES_RECORDED, load
from ventosa.knowledge.model import Fact, Knowledge
from ventosa.logic import Boolean, Choice, Number
from ventosa.population import run, sqlite
from ventosa.population.duck import Duck, Settings
from ventosa.population.writing import write_decisions
from ventosa.record import Answers, Interval, Value, Zone
from ventosa.screening import consider
from ventosa.screening.decision import decide, urgency
from ventosa.terms import Decision, Side, Stage, Technique, Urgency, ZoneKind

SIZES = (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
SAMPLE, FEW = 100_000, 5_000
RUNS, MISSING, RISKIER = 3, 15, 10
DAY = date(2026, 11, 24)
PICTURE = Path(__file__).parent / "pictures" / "population.svg"


@dataclass(frozen=True, slots=True)
class Measured:
    """One way of running the query over one table; ``size_mb`` is that of what it wrote."""

    seconds: float
    peak_mb: float
    size_mb: float


WAYS = {
    "judged": "Truth values and decisions, counted",
    "written": "The same, written as Parquet in the order of the ids",
    "asked": "The same, with the number of open questions",
    "whole": "All that `ventosa population` does: read, checked, judged, asked, written",
}


def main() -> None:
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(sys.argv[2], Path(sys.argv[3]))))
        return
    most = int(sys.argv[1]) if len(sys.argv) > 1 else SIZES[-1]
    knowledge = load()
    rules = len(knowledge.rules)
    print(f"{rules} rules, {len(knowledge.facts)} facts, {MISSING} % of them missing.")
    print(f"DuckDB {duckdb.__version__}, 2 threads; medians of {RUNS}.\n")
    found: dict[str, list[tuple[int, Measured]]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as name:
        for size in (size for size in SIZES if size <= most):
            staged = Path(name) / f"{size}.parquet"
            staged_people(knowledge, size, staged)
            for way in WAYS:
                found[way].append((size, _median_of_runs(way, staged)))
        _tables(found, rules)
        _peers(knowledge, Path(name))
    series = {
        WAYS[way]: [(size, one.seconds) for size, one in results] for way, results in found.items()
    }
    PICTURE.write_text(picture("Seconds for all rules over many people", series), "utf-8")


def _tables(found: dict[str, list[tuple[int, Measured]]], rules: int) -> None:
    for way, results in found.items():
        print(f"### {WAYS[way]}\n")
        print(
            "| people | s | people/s | M rule evaluations/s | µs a person "
            "| against the smallest | peak MB | MB written |\n"
            "|---:|---:|---:|---:|---:|---:|---:|---:|"
        )
        smallest = results[0][1].seconds / results[0][0]
        for size, one in results:
            each = one.seconds / size
            print(
                f"| {size:,} | {one.seconds:.2f} | {1 / each:,.0f} | {rules / each / 1e6:.1f} "
                f"| {each * 1e6:.2f} | {each / smallest:.2f} | {one.peak_mb:.0f} "
                f"| {one.size_mb:.1f} |"
            )
        print()


def _median_of_runs(way: str, staged: Path) -> Measured:
    command = [sys.executable, __file__, "--measure", way, str(staged)]
    runs = []
    for _ in range(1 if way == "whole" else RUNS):
        done = subprocess.run(command, capture_output=True, check=True, text=True)
        runs.append(Measured(**json.loads(done.stdout)))
    return Measured(
        median(run.seconds for run in runs),
        median(run.peak_mb for run in runs),
        median(run.size_mb for run in runs),
    )


def measure(way: str, staged: Path) -> dict[str, float]:
    """Run the query one way in this process; the peak is that of the whole process."""
    knowledge = load()
    query = _query(knowledge, questions=way == "asked")
    with tempfile.TemporaryDirectory(dir=staged.parent) as name:
        made = Path(name) / "out.parquet"
        if way == "whole":
            given = _table_of(staged, Path(name) / "given.parquet")
            seconds = _timed(lambda: run(given, made, knowledge=knowledge))
        else:
            with Duck(str(made), Path(name), Settings(), None) as duck:
                duck.connection.read_parquet(str(staged)).create_view(FACTS)
                if way == "judged":
                    seconds = _timed(lambda: duck.rows(counting(query)))
                else:
                    seconds = _timed(lambda: write_decisions(duck, query, made))
        size = made.stat().st_size / 1e6 if made.exists() else 0
    status = Path("/proc/self/status").read_text("utf-8")
    peak_kb = next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]
    return {"seconds": seconds, "peak_mb": int(peak_kb) / 1000, "size_mb": size}


def _table_of(staged: Path, made: Path) -> Path:
    """Write a staged table as a clinic would give it, numbers in their own units."""
    columns = "* REPLACE ({})".format(
        ", ".join(
            f"{column.name} / {SCALE}e0 AS {column.name}"
            for column in staged_columns(load())
            if column.kind == "bigint"
        )
    )
    sql = f"COPY (SELECT {columns} FROM '{staged}') TO '{made}' (FORMAT parquet)"
    # In a process of its own, so that its memory does not count; nobody reads the bar it draws.
    code = f"import duckdb; duckdb.sql({sql!r})"
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    return made


def counting(query: Query) -> str:
    """Return the text that counts what is true, what is known and each word, on any engine."""
    counts = []
    for column in query.columns:
        match column.kind:
            case "truth":
                counts += [column.name, f"CASE WHEN {column.name} THEN 1 END"]
            case "decision" | "urgency":
                words = Decision if column.kind == "decision" else Urgency
                equal = (f"{column.name} = '{grade.word}'" for grade in words)
                counts += [f"CASE WHEN {term} THEN 1 END" for term in equal]
    counted = ", ".join(f"COUNT({term})" for term in counts)
    return f"SELECT COUNT(*), {counted} FROM ({query.text}) AS result"


def _query(knowledge: Knowledge, *, questions: bool) -> Query:
    return population_query(
        knowledge, stage=Stage.PLAN, techniques=tuple(Technique), questions=questions
    )


def _peers(knowledge: Knowledge, folder: Path) -> None:
    """Some of the same people one at a time in Python, and the same text on SQLite."""
    staged, query = folder / "sample.parquet", _query(knowledge, questions=False)
    staged_people(knowledge, SAMPLE, staged)
    people = list(_people(knowledge, staged))
    rows = [knowledge.compiled.pack(answers.facts) for answers in people]  # type: ignore[arg-type]
    columns = staged_columns(knowledge)

    def on_sqlite() -> None:
        sqlite.run(staged, query, columns, folder / "sqlite.csv")

    def on_duckdb() -> None:
        with Duck("", folder, Settings(), None) as duck:
            duck.connection.read_parquet(str(staged)).create_view(FACTS)
            write_decisions(duck, query, folder / "duckdb.csv")

    ways: list[tuple[str, int, Callable[[], object]]] = [
        (
            "Python, compiled: truth values of packed facts",
            SAMPLE,
            lambda: [knowledge.compiled.truths(row) for row in rows],
        ),
        (
            "Python, compiled: settled, truth values, decisions",
            FEW,
            lambda: [_judged(knowledge, answers) for answers in people[:FEW]],
        ),
        ("SQLite: the same text, from Parquet to canonical CSV", SAMPLE, on_sqlite),
        ("DuckDB: the same text, from Parquet to canonical CSV", SAMPLE, on_duckdb),
    ]
    print("### The same people otherwise\n")
    print("| | people | s | people/s | M rule evaluations/s |\n|---|---:|---:|---:|---:|")
    for name, count, way in ways:
        seconds = median(_timed(way) for _ in range(RUNS))
        evaluations = count * len(knowledge.rules) / seconds / 1e6
        print(
            f"| {name} | {count:,} | {seconds:.2f} | {count / seconds:,.0f} | {evaluations:.2f} |"
        )
    same = (folder / "sqlite.csv").read_bytes() == (folder / "duckdb.csv").read_bytes()
    print(f"\nSQLite and DuckDB wrote {'the same bytes' if same else 'DIFFERENT BYTES'}.")


def _timed(way: Callable[[], object]) -> float:
    start = perf_counter()
    way()
    return perf_counter() - start


def _judged(knowledge: Knowledge, answers: Answers) -> object:
    standing = consider(answers, None, knowledge, on=DAY).standing
    decisions = [decide(knowledge, technique, standing) for technique in Technique]
    return decisions, urgency(standing)


def _people(knowledge: Knowledge, staged: Path) -> Iterator[Answers]:
    """The answers behind the rows of a staged table, as one person gives them."""
    columns = staged_columns(knowledge)[1:]
    for _, *row in duckdb.read_parquet(str(staged)).fetchall():
        facts: dict[str, Value] = {}
        for column, value in zip(columns, row, strict=True):
            if value is not None and column.fact is not None:
                is_number = column.kind == "bigint"
                facts[column.fact] = Interval(value / SCALE, value / SCALE) if is_number else value
        drawn = [kind for kind in ZoneKind if facts.pop(f"zone_{kind}", False)]
        zones = [Zone(kind, Side.LEFT, "T5", lateral_mm=60, radius_mm=10) for kind in drawn]
        looked = facts.pop(ZONES_RECORDED, False)
        yield Answers(DAY, MappingProxyType(facts), tuple(zones) if looked else None)


def staged_people(knowledge: Knowledge, rows: int, made: Path, *, group: int = 122_880) -> None:
    """Write the staged table of invented people, so many to one row group, in no order of ids."""
    columns = [
        f"CASE WHEN {_drawn(place, 'missing')} % 100 >= {MISSING} THEN {value} END AS {name}"
        for place, fact in enumerate(knowledge.facts.values())
        for name, value in _values(fact, _drawn(place, "value")).items()
    ]
    person_id = "'p' || reverse(lpad(CAST(i AS VARCHAR), 8, '0')) AS person_id"
    people = duckdb.sql(f"SELECT {', '.join([person_id, *columns])} FROM range({rows}) AS _(i)")
    assert people is not None
    people.write_parquet(str(made), row_group_size=group)


def _drawn(place: int, what: str) -> str:
    """A number that depends on the person, the fact and what it is for, and on nothing else."""
    return f"CAST(hash(i, {place}, '{what}') // 7 AS BIGINT)"


def _values(fact: Fact, drawn: str) -> dict[str, str]:
    match fact.type:
        case Boolean():
            riskier = fact.riskier is not False
            return {fact.id: f"({drawn} % 100 < {RISKIER}) = {riskier}"}
        case Choice(words):
            return {fact.id: f"{list(words)}[1 + {drawn} % {len(words)}]"}
        case Number(low, high):
            number = f"CAST({low:.0f} + {drawn} % {high - low + 1:.0f} AS BIGINT) * {SCALE}"
            return {f"{fact.id}_low": number, f"{fact.id}_high": number}


if __name__ == "__main__":
    main()
