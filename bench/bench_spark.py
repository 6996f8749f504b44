"""The population query on Spark with executors of their own, one of them killed while it works.

Run: ``python bench/bench_spark.py [PEOPLE]`` (else 300000; needs the extra ``spark``, Java and
Linux). The cluster is two executors with one core and 1 GB each, all on this machine: this shows
that nothing is lost and that the result is the same, not what many machines would gain.
"""

import hashlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import perf_counter
from typing import Any, TypeVar

from bench_population import counting, staged_people
from ventosa.export.sql import FACTS, Query, StagedColumn, population_query, staged_columns
from ventosa.knowledge import load
from ventosa.population import spark
from ventosa.population.duck import Duck, Settings
from ventosa.population.writing import write_decisions
from ventosa.record import InputError
from ventosa.terms import Stage, Technique

PEOPLE = 300_000
CLUSTER = "local-cluster[2,1,1024]"
PIECE = "1000000"
"""Bytes of the table that one task reads: an executor can be killed between two of its tasks."""

GROUP = 10_000
"""People in one row group of the table: a piece is made of whole ones."""

_T = TypeVar("_T")


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    knowledge = load()
    columns = staged_columns(knowledge)
    query = population_query(knowledge, stage=Stage.PLAN, techniques=tuple(Technique))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        staged = folder / "staged.parquet"
        staged_people(knowledge, people, staged, group=GROUP)
        print(f"{people:,} people, {len(knowledge.rules)} rules, decisions and open questions")
        counts, expected = _on_duckdb(staged, query, folder)
        try:
            session, seconds = _timed(lambda: spark.start(CLUSTER))
        except InputError as error:
            print(error)
            return
        session.conf.set("spark.sql.files.maxPartitionBytes", PIECE)
        print(f"Spark {session.version} on {CLUSTER}: started in {seconds:.1f} s")
        try:
            found, seconds = _timed(lambda: _counted(session, staged, query, columns))
            _say("Spark, counts of truth values and decisions", seconds, found == counts)
            for kill in (False, True):
                made = folder / f"killed-{kill}" / "out.csv"
                made.parent.mkdir()
                _write(session, staged, query, columns, made, kill, (people, expected))
        finally:
            session.stop()


def _write(
    session: Any,
    staged: Path,
    query: Query,
    columns: Sequence[StagedColumn],
    made: Path,
    kill: bool,
    expected: tuple[int, str],
) -> None:
    with _killing(session, kill) as killed:
        count, seconds = _timed(lambda: spark.write(session, staged, query, columns, made))
    lost = f", executor {killed[0]} killed while tasks ran" if killed else ""
    if kill and not killed:
        print("no executor was killed: the run was over too soon")
    _say(f"Spark, the canonical table{lost}", seconds, (count, _sha256(made)) == expected)


def _on_duckdb(staged: Path, query: Query, folder: Path) -> tuple[tuple[Any, ...], str]:
    """What DuckDB counts, and the hash of what it writes."""
    with Duck("", folder, Settings(), None) as duck:
        duck.connection.read_parquet(str(staged)).create_view(FACTS)
        counted, seconds = _timed(lambda: duck.rows(counting(query))[0])
        print(f"DuckDB, counts of truth values and decisions: {seconds:.1f} s")
        _, seconds = _timed(lambda: write_decisions(duck, query, folder / "duckdb.csv"))
        print(f"DuckDB, the canonical table: {seconds:.1f} s")
    return counted, _sha256(folder / "duckdb.csv")


def _counted(
    session: Any, staged: Path, query: Query, columns: Sequence[StagedColumn]
) -> tuple[Any, ...]:
    spark.decide(session, staged, query, columns)
    return tuple(session.sql(counting(query)).collect()[0])


@contextmanager
def _killing(session: Any, kill: bool) -> Iterator[list[int]]:
    """Kill one executor as soon as a task is done and others are still at work."""
    killed: list[int] = []
    over = Event()

    def watch() -> None:
        status = session.sparkContext.statusTracker()
        while kill and not killed and not over.wait(0.05):
            stages = [status.getStageInfo(stage) for stage in status.getActiveStageIds()]
            if any(s and s.numCompletedTasks and s.numActiveTasks for s in stages):
                victim = _executors()[0]
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield killed
    finally:
        over.set()
        watcher.join()


def _executors() -> list[int]:
    """The processes of this machine that are executors of Spark."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if b"CoarseGrainedExecutorBackend" in words and b"java" in words:
            found.append(int(process.name))
    return sorted(found)


def _timed(run: Callable[[], _T]) -> tuple[_T, float]:
    start = perf_counter()
    found = run()
    return found, perf_counter() - start


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _say(what: str, seconds: float, is_same: bool) -> None:
    print(f"{what}: {seconds:.1f} s, {'the same as' if is_same else 'NOT THE SAME as'} DuckDB")


if __name__ == "__main__":
    main()
