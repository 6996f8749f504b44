"""What the commands do: read, call the core, write. Every result is an exit code."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ventosa.cli.inputs import (
    MAX_CODES,
    STANDARD_INPUT,
    answers_from,
    as_json,
    check_place,
    day_from,
    knowledge_from,
    record_from,
    text_from,
    within,
    write_whole,
)
from ventosa.contract import plan_exit, write_plan, write_screening
from ventosa.knowledge import Knowledge
from ventosa.record import Answers, InputError, PatientRecord, Plan, Screening
from ventosa.screening import screen
from ventosa.terms import Stage, Technique


@dataclass(frozen=True, slots=True)
class Visit:
    """One person, one day: what was read and what the screening says."""

    knowledge: Knowledge
    record: PatientRecord | None
    answers: Answers
    screening: Screening


def visit_from(
    bundle: str | None,
    answers: str | None,
    on: str | None,
    stage: str,
    knowledge: str | None,
    overlay: str | None,
    codes: str,
) -> Visit:
    """Return the visit that a command line names.

    Raises:
        InputError: names the file and the path in it.
    """
    if bundle == answers == STANDARD_INPUT:
        raise InputError("--answers", "standard input can be read once only")
    day = day_from(on)
    known = knowledge_from(knowledge, overlay)
    record = record_from(bundle, known, Path(codes), day)
    given = answers_from(answers, known)
    try:
        screening = screen(given, record, known, on=day, stage=Stage(stage))
    except InputError as error:
        raise within(answers or "--answers", error) from None
    return Visit(known, record, given, screening)


def run_screen(
    bundle: str | None,
    answers: str | None,
    on: str | None,
    stage: str,
    form: str | None,
    knowledge: str | None,
    overlay: str | None,
    codes: str,
) -> int:
    """Print a screening; return its exit code."""
    visit = visit_from(bundle, answers, on, stage, knowledge, overlay, codes)
    if form == "json" or (form is None and not sys.stdout.isatty()):
        _print_json(write_screening(visit.screening))
    else:
        _print_screening(visit)
    return visit.screening.exit


def _print_json(tree: dict[str, Any]) -> None:
    """JSON is UTF-8, whatever the terminal speaks."""
    click.echo(as_json(tree).encode())


def _print_screening(visit: Visit) -> None:
    from ventosa.cli.text import console, screening_text

    console().print(screening_text(visit.screening, visit.knowledge))


def run_plan(
    bundle: str | None,
    answers: str | None,
    on: str | None,
    stage: str,
    out: str | None,
    gap_mm: float,
    knowledge: str | None,
    overlay: str | None,
    codes: str,
) -> int:
    """Make a plan and write it; return its exit code."""
    target = None if out is None else Path(out)
    if target is not None and target.suffix not in _WRITERS:
        raise InputError("--out", f"ends in {', '.join(_WRITERS)}, not {target.suffix or out!r}")
    if target is not None:
        check_place(target, bundle, answers)
    visit = visit_from(bundle, answers, on, stage, knowledge, overlay, codes)
    try:
        proposed = _plan(visit, gap_mm)
    except InputError as error:
        raise within(answers or "--answers", error) from None
    if target is not None:
        write_whole(target, _WRITERS[target.suffix](visit, proposed))
    if target is not None or sys.stdout.isatty():
        _print_plan(visit, proposed, target)
    else:
        _print_json(write_plan(proposed, visit.screening))
    return plan_exit(proposed, visit.screening)


def _plan(visit: Visit, gap_mm: float) -> Plan:
    from ventosa.knowledge import load_library
    from ventosa.planning import plan

    library = load_library(visit.knowledge)
    return plan(visit.screening, visit.answers, visit.knowledge, library, gap_mm=gap_mm)


def _print_plan(visit: Visit, proposed: Plan, target: Path | None) -> None:
    from ventosa.cli.text import console, plan_text, screening_text

    screen_ = console()
    if target is None:
        screen_.print(plan_text(proposed, visit.screening, visit.knowledge))
        return
    screen_.print(screening_text(visit.screening, visit.knowledge))
    screen_.print(f"\n{proposed.title}", style="bold", markup=False)
    screen_.print(proposed.summary, markup=False)
    click.echo(f"\nPlan: {target.resolve()}")


def _svg(visit: Visit, proposed: Plan) -> str:
    from ventosa.drawing import draw_back
    from ventosa.planning import frame_of

    sites = visit.answers.complaint.sites if visit.answers.complaint else ()
    return draw_back(
        frame_of(visit.screening, visit.knowledge),
        sites=sites,
        zones=[c.zone for c in visit.screening.techniques[Technique.DRY_STATIC].closed_zones],
        placements=proposed.placements,
        title=f"The back: {proposed.title}",
    )


def _html(visit: Visit, proposed: Plan) -> str:
    from ventosa.cli.page import page_of

    return page_of(visit.record, visit.answers, visit.knowledge, visit.screening, proposed)


def _json(visit: Visit, proposed: Plan) -> str:
    return as_json(write_plan(proposed, visit.screening)) + "\n"


_WRITERS = {".html": _html, ".svg": _svg, ".json": _json}


def run_rulebook(out: str, knowledge: str | None, overlay: str | None) -> None:
    """Write the rulebook's pages into a folder."""
    from ventosa.knowledge import load_library
    from ventosa.rulebook import pages

    known = knowledge_from(knowledge, overlay)
    written = pages(known, load_library(known))
    _write_pages(Path(out), written)
    click.echo(f"{len(written)} pages: {Path(out).resolve()}")


def run_schemas(out: str, knowledge: str | None, overlay: str | None) -> None:
    """Write the published schemas into a folder."""
    from ventosa.contract.schemas import schema_files

    written = schema_files(knowledge_from(knowledge, overlay))
    _write_pages(Path(out), written)
    click.echo(f"{len(written)} schemas: {Path(out).resolve()}")


def _write_pages(folder: Path, written: Mapping[str, str]) -> None:
    for name, text in written.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(str(path.parent), f"cannot be made ({error.strerror})") from None
        write_whole(path, text)


def run_try(rulefile: str, knowledge: str | None, overlay: str | None) -> int:
    """Show a rule's page, run its examples and prove what it touches; 1 where one fails."""
    from ventosa.cli.proving import prove_rule
    from ventosa.rulebook import rule_page, try_rule

    known = knowledge_from(knowledge, overlay)
    rule, outcomes = try_rule(rulefile, text_from(rulefile, 1_000_000), known)
    click.echo(rule_page(rule, known))
    failed = [outcome for outcome in outcomes if not outcome.holds]
    for outcome in outcomes:
        mark = "holds" if outcome.holds else f"FAILS: the condition is {outcome.found}"
        click.echo(f"{outcome.say}: {outcome.expected}: {mark}")
    click.echo(f"{len(outcomes)} examples, {len(failed)} failed")
    proved = prove_rule(known, rule)
    return 1 if failed or not proved else 0


def run_import_codes(file: str, knowledge: str | None, overlay: str | None, codes: str) -> None:
    """Check a code list against the facts and keep it."""
    from ventosa.codes import import_codes, load_codes, write_codes

    known = knowledge_from(knowledge, overlay)
    text = text_from(file, MAX_CODES)
    facts = frozenset(known.facts)
    table = load_codes(text, file=file, facts=facts)
    shipped = load_codes(known.texts["codes/codes.csv"], facts=facts)
    merged = import_codes(shipped, text, file=file, facts=facts)  # refuses what contradicts
    folder = Path(codes)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(str(folder), f"cannot be made ({error.strerror})") from None
    write_whole(folder / "codes.csv", write_codes(table))
    click.echo(f"{len(table.rows)} codes kept in {folder / 'codes.csv'}; {len(merged.rows)} in all")
