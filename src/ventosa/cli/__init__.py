"""The command line: the first door. It translates; it never decides."""

import io
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from ventosa import __version__
from ventosa.record import InputError, KnowledgeError, NotAllowed

BAD_INPUT = 2
"""Exit code of bad input: nothing was written."""


def main() -> None:
    """Run the program; an error is one sentence, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that lacks a sign shows "?" in its place.
            stream.reconfigure(errors="replace")
    try:
        ventosa(prog_name="ventosa")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


def _one_sentence(command: Callable[..., None]) -> Callable[..., None]:
    """Turn the program's own errors into a sentence and an exit code."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except (InputError, KnowledgeError) as error:
            _fail(str(error), BAD_INPUT)
        except NotAllowed as error:
            _fail(f"{error}. Nothing was written. This is a fault of the program: report it", 1)

    return run


def _fail(problem: str, code: int) -> None:
    end = "" if problem.endswith((".", "`")) else "."
    # A key or a file name may hold anything; a terminal gets one line of plain characters.
    line = "".join(c if c.isprintable() else "?" for c in f"ventosa: {problem}{end}")
    click.echo(line, err=True)
    sys.exit(code)


_bundle = click.argument("bundle", required=False)
_answers = click.option("--answers", metavar="FILE", help="Today's answers (JSON).")
_on = click.option("--on", metavar="DATE", help="Day of the visit, as 2026-11-24; else today.")
_stage = click.option(
    "--stage",
    type=click.Choice(["plan", "start"]),
    default="plan",
    show_default=True,
    help="plan: may it be planned? start: may this session begin?",
)
_knowledge = click.option("--knowledge", metavar="DIR", help="Another knowledge folder.")
_codes = click.option(
    "--codes",
    metavar="DIR",
    envvar="VENTOSA_CODES",
    default=lambda: str(default_codes_folder()),
    help="Folder with imported code lists.",
)


def default_codes_folder() -> Path:
    """Return where imported code lists are kept: the user's configuration folder."""
    return Path(click.get_app_dir("ventosa"))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ventosa")
def ventosa() -> None:
    """Cupping therapy in back-pain care: screen, plan, draw.

    A BUNDLE is a FHIR R4 bundle of one person (JSON), or - for standard input; every command works
    without one. Nothing leaves this machine.

    Exit codes: 0 a technique may be used, 2 bad input, 3 questions are open that could forbid
    cups, 4 no technique may be used, 5 emergency.
    """


@ventosa.command()
@_bundle
@_answers
@_on
@_stage
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    help="Else text on a terminal, JSON in a pipe.",
)
@_knowledge
@_codes
@_one_sentence
def screen(
    bundle: str | None,
    answers: str | None,
    on: str | None,
    stage: str,
    form: str | None,
    knowledge: str | None,
    codes: str,
) -> None:
    """Say what may be used for this person today, within which limits, and what to ask."""
    from ventosa.cli.commands import run_screen

    sys.exit(run_screen(bundle, answers, on, stage, form, knowledge, codes))


@ventosa.command()
@_bundle
@_answers
@_on
@_stage
@click.option(
    "--out", metavar="FILE", help="plan.html (two sheets), plan.svg (the back) or plan.json."
)
@click.option(
    "--gap",
    type=click.Choice(["20", "30"]),
    default="20",
    show_default=True,
    help="mm between rims; 30 as two trial protocols say.",
)
@_knowledge
@_codes
@_one_sentence
def plan(
    bundle: str | None,
    answers: str | None,
    on: str | None,
    stage: str,
    out: str | None,
    gap: str,
    knowledge: str | None,
    codes: str,
) -> None:
    """Make the screened, individual, drawn plan; without --out it is printed."""
    from ventosa.cli.commands import run_plan

    sys.exit(run_plan(bundle, answers, on, stage, out, float(gap), knowledge, codes))


@ventosa.command()
@_bundle
@_answers
@click.option(
    "--previous", metavar="FILE", help="Answers of the last visit: a repeat visit is short."
)
@_on
@_stage
@click.option("--out", metavar="FILE", help="Where the answers go; else they are printed.")
@click.option("--list", "listing", is_flag=True, help="List every question with its id and leave.")
@_knowledge
@_codes
@_one_sentence
def ask(
    bundle: str | None,
    answers: str | None,
    previous: str | None,
    on: str | None,
    stage: str,
    out: str | None,
    listing: bool,
    knowledge: str | None,
    codes: str,
) -> None:
    """Ask what is still worth asking, screen by screen, and write the answers."""
    from ventosa.cli.asking import list_questions, run_ask

    if listing:
        list_questions(knowledge)
        return
    sys.exit(run_ask(bundle, answers, previous, on, stage, out, knowledge, codes))


@ventosa.command()
@click.option(
    "--out", metavar="DIR", default="docs/rulebook", show_default=True, help="Folder for the pages."
)
@_knowledge
@_one_sentence
def rulebook(out: str, knowledge: str | None) -> None:
    """Print the knowledge as pages that a clinician can read and review."""
    from ventosa.cli.commands import run_rulebook

    run_rulebook(out, knowledge)


@ventosa.command()
@click.option("--out", metavar="DIR", default="docs/schemas", show_default=True)
@_knowledge
@_one_sentence
def schemas(out: str, knowledge: str | None) -> None:
    """Print the JSON schemas of answers, screening and plan."""
    from ventosa.cli.commands import run_schemas

    run_schemas(out, knowledge)


@ventosa.command("try")
@click.argument("rulefile")
@_knowledge
@_one_sentence
def try_(rulefile: str, knowledge: str | None) -> None:
    """Show a rule file's page and run its worked examples."""
    from ventosa.cli.commands import run_try

    sys.exit(run_try(rulefile, knowledge))


@ventosa.group()
def codes() -> None:
    """Code lists: which codes of a record mean which fact."""


@codes.command("import")
@click.argument("file")
@_knowledge
@_codes
@_one_sentence
def import_(file: str, knowledge: str | None, codes: str) -> None:
    """Check a clinic's larger code list and keep it beside the shipped one."""
    from ventosa.cli.commands import run_import_codes

    run_import_codes(file, knowledge, codes)


@ventosa.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell: source <(ventosa completion bash)."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    script = kind(ventosa, {}, "ventosa", "_VENTOSA_COMPLETE").source()
    click.echo(script)
