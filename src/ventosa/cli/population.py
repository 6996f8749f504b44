"""``ventosa population``: a table of people in, a table of decisions out."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from ventosa.cli.inputs import check_place, code_table, day_from, knowledge_from
from ventosa.knowledge import Knowledge
from ventosa.record import InputError
from ventosa.terms import Stage, Technique

if TYPE_CHECKING:
    from ventosa.population import Engine, Intake, Summary
    from ventosa.population.duck import Progress, Step
    from ventosa.population.report import Report

KEPT_OUT = 6
"""Exit code: everything is written, but rows were kept out."""

_STOPPED = 143
"""Exit code of a program that was told to stop (128 + SIGTERM)."""


@dataclass(frozen=True, slots=True)
class Order:
    """The words of one command line, as they were given."""

    source: str
    out: str | None
    engine: "Engine"
    server: str | None
    master: str | None
    stage: str
    techniques: str | None
    limits: bool
    questions: str | None
    bad: str | None
    report: bool
    against: str | None
    against_overlay: str | None
    ignore_columns: str
    memory: int
    threads: int
    on: str | None
    knowledge: str | None
    overlay: str | None
    codes: str


def run_population(order: Order) -> int:
    """Judge everybody in a table, say what was done, and return the exit code.

    Raises:
        InputError: the table, a word of the command line or a place to write cannot be used.
    """
    _check(order)
    known = knowledge_from(order.knowledge, order.overlay)
    with _told_to_stop(), _shown() as progress:
        made = _recall(order, known, progress) if _compares(order) else _run(order, known, progress)
    _say(order, made)
    return KEPT_OUT if made.kept_out else 0


def _run(order: Order, known: Knowledge, progress: "Progress | None") -> "Summary":
    from ventosa.population import run

    return run(
        Path(order.source),
        _path(order.out),
        knowledge=known,
        engine=order.engine,
        options=_options(order),
        stage=Stage(order.stage),
        techniques=_techniques(order),
        limits=order.limits,
        questions=_path(order.questions),
        bad=_path(order.bad),
        with_report=order.report,
        intake=_intake(order, known),
        progress=progress,
    )


def _recall(order: Order, known: Knowledge, progress: "Progress | None") -> "Summary":
    from ventosa.population import recall

    against = knowledge_from(order.against, order.against_overlay)
    assert order.out is not None
    return recall(
        Path(order.source),
        Path(order.out),
        knowledge=known,
        against=against,
        against_codes=code_table(against, Path(order.codes)),
        stage=Stage(order.stage),
        techniques=_techniques(order),
        bad=_path(order.bad),
        intake=_intake(order, known),
        progress=progress,
    )


def _compares(order: Order) -> bool:
    return order.against is not None or order.against_overlay is not None


def _check(order: Order) -> None:
    """Refuse what cannot be done before work is put into it."""
    if order.out is None and (not order.report or _compares(order)):
        raise InputError("--out", "is where the decisions go: name a .csv or .parquet file")
    if order.out is not None and Path(order.out).suffix not in (".csv", ".parquet"):
        raise InputError("--out", "ends in .csv or .parquet")
    alone = {
        "--engine": order.engine != "duckdb",
        "--limits": order.limits,
        "--questions": order.questions is not None,
        "--report": order.report,
    }
    for option, given in alone.items():
        if given and _compares(order):
            raise InputError(option, "does not go with --against, which compares decisions only")
    source = Path(order.source).resolve()
    taken: set[Path] = set()
    for name in (order.out, order.questions, order.bad):
        if name is None:
            continue
        place = Path(name).resolve()
        if place in taken or place == source:
            raise InputError(name, "is named twice: each table needs a name of its own")
        if source in place.parents:
            raise InputError(name, "lies in the folder that is read")
        check_place(Path(name))
        taken.add(place)


def _options(order: Order) -> dict[str, str]:
    """The options of an engine; raises ``InputError`` for those of another one."""
    given = {"server": order.server, "master": order.master}
    owners = {"server": "postgres", "master": "spark"}
    for name, value in given.items():
        if value is not None and owners[name] != order.engine:
            raise InputError(f"--{name}", f"belongs to --engine {owners[name]}")
    return {name: value for name, value in given.items() if value is not None}


def _techniques(order: Order) -> tuple[Technique, ...]:
    from ventosa.record import EVERY_TECHNIQUE_BUT_FIRE_AND_WET

    if order.techniques is None:
        return EVERY_TECHNIQUE_BUT_FIRE_AND_WET
    words = set(order.techniques.split(","))
    wrong = sorted(words - {technique.value for technique in Technique})
    if wrong:
        raise InputError("--techniques", f"{wrong[0]!r} is none of {', '.join(Technique)}")
    return tuple(technique for technique in Technique if technique.value in words)


def _intake(order: Order, known: Knowledge) -> "Intake":
    from ventosa.population import Intake, Settings

    return Intake(
        ignored=tuple(name for name in order.ignore_columns.split(",") if name),
        codes=code_table(known, Path(order.codes)),
        on=day_from(order.on),
        settings=Settings(order.memory, order.threads),
    )


def _path(name: str | None) -> Path | None:
    return None if name is None else Path(name)


@contextmanager
def _told_to_stop() -> Iterator[None]:
    """Let a signal to stop end the program as an error does: what was begun is cleared away."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        sys.exit(_STOPPED)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _shown() -> "Iterator[Progress | None]":
    """Show on a terminal how far a run is; nothing is shown elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = ("{task.description}", BarColumn(), TaskProgressColumn(), "{task.fields[rows]}")
    shown = Progress(
        *(TextColumn(column) if isinstance(column, str) else column for column in columns),
        console=Console(stderr=True),
        transient=True,
    )
    with shown:
        task = shown.add_task("starting", total=1.0, rows="")

        def tell(step: "Step") -> None:
            shown.update(task, description=step.doing, completed=step.share, rows=_rows(step))

        yield tell


def _rows(step: "Step") -> str:
    total = "" if step.total is None else f" of {step.total:,}"
    return f"{step.rows:,}{total} rows"


def _say(order: Order, made: "Summary") -> None:
    """Say what was written, and on the other stream what was kept out and why."""
    if order.out is not None:
        what = "affected" if _compares(order) else "judged"
        click.echo(f"{_people(made.rows)} {what}, of {made.read:,} rows: {Path(order.out)}")
    if made.report is not None:
        click.echo(_report_text(made.report), nl=False)
    if not made.kept_out:
        return
    click.echo(f"ventosa: kept out {made.kept_out:,} of {made.read:,} rows", err=True)
    for bad in made.bad:
        where = bad.file if bad.line is None else f"{bad.file}: line {bad.line}"
        column = f", {bad.column}" if bad.column else ""
        click.echo(f"  {where}{column}: {bad.reason}", err=True)
    if order.bad is not None:
        click.echo(f"All of it stands in {Path(order.bad)}.", err=True)
    else:
        click.echo("--bad FILE lists all of it.", err=True)


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def _report_text(report: "Report") -> str:
    lines = [f"{_people(report.people)}", "", "Technique: may be used, ask first, may not be used"]
    for counted in report.techniques:
        numbers = (counted.may_use, counted.ask_first, counted.may_not)
        words = "".join(f"{number:>12,}" for number in numbers)
        lines.append(f"  {counted.technique:<12}{words}")
    lines += ["", "Rules that decide, and for how many people"]
    lines += [f"  {rule.people:>12,}  {rule.rule}  {rule.title}" for rule in report.rules]
    lines += ["", "Open questions, and for how many people"]
    lines += [
        f"  {asked.people:>12,}  {asked.fact}  {asked.question}" for asked in report.questions
    ]
    return "\n".join(lines) + "\n"
