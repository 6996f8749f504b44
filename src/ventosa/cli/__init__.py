"""The command line: the first door. It translates; it never decides."""

import io
import sys
from pathlib import Path
from typing import Any

import click

from ventosa import __version__
from ventosa.cli.carrying import clinic as _clinic
from ventosa.cli.options import answers as _answers
from ventosa.cli.options import bundle as _bundle
from ventosa.cli.options import codes as _codes
from ventosa.cli.options import database as _database
from ventosa.cli.options import examples as _examples
from ventosa.cli.options import folder as _folder
from ventosa.cli.options import knowledge as _knowledge
from ventosa.cli.options import on as _on
from ventosa.cli.options import overlay as _overlay
from ventosa.cli.options import stage as _stage
from ventosa.cli.refusing import one_sentence as _one_sentence
from ventosa.cli.running import COMMANDS as _RUNNING
from ventosa.cli.running import config as _config


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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ventosa")
def ventosa() -> None:
    """Cupping therapy in back-pain care: screen, plan, draw.

    A BUNDLE is a FHIR R4 bundle of one person (JSON), or - for standard input; every command works
    without one. Nothing leaves this machine.

    Exit codes: 0 a technique may be used, 1 broken off, a proof failed or versions differ, 2 bad
    input, 3 questions are open that could forbid cups, 4 no technique may be used, 5 emergency,
    6 a table was done but rows were kept out.
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
@_overlay
@_codes
@_one_sentence
def screen(
    bundle: str | None,
    answers: str | None,
    on: str | None,
    stage: str,
    form: str | None,
    knowledge: str | None,
    overlay: str | None,
    codes: str,
) -> None:
    """Say what may be used for this person today, within which limits, and what to ask."""
    from ventosa.cli.commands import run_screen

    sys.exit(run_screen(bundle, answers, on, stage, form, knowledge, overlay, codes))


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
@_overlay
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
    overlay: str | None,
    codes: str,
) -> None:
    """Make the screened, individual, drawn plan; without --out it is printed."""
    from ventosa.cli.commands import run_plan

    sys.exit(run_plan(bundle, answers, on, stage, out, float(gap), knowledge, overlay, codes))


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
@_overlay
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
    overlay: str | None,
    codes: str,
) -> None:
    """Ask what is still worth asking, screen by screen, and write the answers."""
    from ventosa.cli.asking import list_questions, run_ask

    if listing:
        list_questions(knowledge, overlay)
        return
    sys.exit(run_ask(bundle, answers, previous, on, stage, out, knowledge, overlay, codes))


@ventosa.command()
@click.option(
    "--out", metavar="DIR", default="docs/rulebook", show_default=True, help="Folder for the pages."
)
@_knowledge
@_overlay
@_one_sentence
def rulebook(out: str, knowledge: str | None, overlay: str | None) -> None:
    """Print the knowledge as pages that a clinician can read and review."""
    from ventosa.cli.commands import run_rulebook

    run_rulebook(out, knowledge, overlay)


@ventosa.command()
@click.option("--out", metavar="DIR", default="docs/schemas", show_default=True)
@_knowledge
@_overlay
@_one_sentence
def schemas(out: str, knowledge: str | None, overlay: str | None) -> None:
    """Print the JSON schemas of answers, screening and plan."""
    from ventosa.cli.commands import run_schemas

    run_schemas(out, knowledge, overlay)


@ventosa.command("try")
@click.argument("rulefile")
@_knowledge
@_overlay
@_one_sentence
def try_(rulefile: str, knowledge: str | None, overlay: str | None) -> None:
    """Show a rule file's page, run its worked examples, and prove what a change of it touches.

    It also says for whom the rule changes what. Exit codes: 0 all hold, 1 not, 2 bad input.
    """
    from ventosa.cli.commands import run_try

    sys.exit(run_try(rulefile, knowledge, overlay))


@ventosa.command()
@_knowledge
@click.option("--overlay", metavar="DIR", help="A clinic's own rules, proved with the rest.")
@click.option(
    "--against",
    metavar="DIR",
    help="It must be nowhere looser than this folder [default: what is shipped].",
)
@click.option("--same", is_flag=True, help="Nor tighter: nothing may change for anybody.")
@_examples
@_one_sentence
def prove(
    knowledge: str | None,
    overlay: str | None,
    against: str | None,
    same: bool,
    examples: str | None,
) -> None:
    """Prove the laws of the rules for all patients; a law that fails names a patient.

    Exit codes: 0 proved, 1 not proved, 2 bad input.
    """
    from ventosa.cli.proving import run_prove

    sys.exit(run_prove(knowledge, overlay, against, same, examples))


@ventosa.command()
@click.argument("old")
@click.argument("new", required=False)
@click.option("--overlay", metavar="DIR", help="A clinic's own rules, laid over NEW.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@_examples
@_one_sentence
def diff(old: str, new: str | None, overlay: str | None, form: str, examples: str | None) -> None:
    """Say which rules changed between two folders, and for whom decisions change.

    OLD and NEW are knowledge folders; the word "shipped" is what the program came with, and NEW is
    OLD where only --overlay is given. Each change comes with a patient; that nothing changes is
    proved. Exit codes: 0 nothing changes, 1 something does, 2 bad input.
    """
    from ventosa.cli.proving import run_diff

    sys.exit(run_diff(old, new, overlay, form, examples))


@ventosa.command()
@click.argument("language", required=False)
@_knowledge
@_overlay
@_one_sentence
def languages(language: str | None, knowledge: str | None, overlay: str | None) -> None:
    """Say how much of each language is translated, read by a clinician, stale or missing.

    With a LANGUAGE (ar, de): list the stale, missing and unused ids, and the seal of each part,
    which a clinician who has read the part puts into the language's file.
    """
    from ventosa.cli.languages import run_languages

    run_languages(language, knowledge, overlay)


@ventosa.group()
def codes() -> None:
    """Code lists: which codes of a record mean which fact."""


@codes.command("import")
@click.argument("file")
@_knowledge
@_overlay
@_codes
@_one_sentence
def import_(file: str, knowledge: str | None, overlay: str | None, codes: str) -> None:
    """Check a clinic's larger code list and keep it beside the shipped one."""
    from ventosa.cli.commands import run_import_codes

    run_import_codes(file, knowledge, overlay, codes)


@ventosa.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell: source <(ventosa completion bash)."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    script = kind(ventosa, {}, "ventosa", "_VENTOSA_COMPLETE").source()
    click.echo(script)


@ventosa.group()
def rules() -> None:
    """The rules in other languages, so that other programs can run them."""


@rules.command()
@click.option(
    "--as",
    "form",
    type=click.Choice(["elm", "cql", "sql", "json", "cel"]),
    required=True,
    help="elm: HL7 library; cql: its text; sql: one query; json: complete; cel: expressions.",
)
@click.option("--out", metavar="FILE", help="Where it goes; else it is printed.")
@click.option("--stage", type=click.Choice(["plan", "start"]), help="Of the sql form; else plan.")
@_knowledge
@_overlay
@_one_sentence
def export(
    form: str, out: str | None, stage: str | None, knowledge: str | None, overlay: str | None
) -> None:
    """Print the rules in another language; docs/export.md says how to run each."""
    from ventosa.cli.rules import run_export

    run_export(form, out, stage, knowledge, overlay)


@ventosa.command()
@click.argument("source", metavar="IN")
@click.option("--out", metavar="FILE", help="Decisions, one row a person: .csv or .parquet.")
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark", "postgres", "sqlite"]),
    default="duckdb",
    show_default=True,
    help="Where the query runs. DuckDB is built in, and reads the table for all of them.",
)
@click.option("--server", metavar="TEXT", help="Of postgres: a connection string; else PGHOST ...")
@click.option("--master", metavar="URL", help="Of spark: where it runs; else on this machine.")
@_stage
@click.option("--techniques", metavar="A,B", help="Those offered; else all but fire and wet.")
@click.option("--limits", is_flag=True, help="With today's caps of every technique.")
@click.option("--questions", metavar="FILE", help="List the open questions of each person (CSV).")
@click.option("--bad", metavar="FILE", help="List the rows that were kept out, and why (CSV).")
@click.option("--report", is_flag=True, help="Print the table in numbers; --out may be left out.")
@click.option(
    "--against", metavar="DIR", help="Recall: only who is decided on otherwise than by it."
)
@click.option("--against-overlay", metavar="DIR", help="Recall: the overlay of that other side.")
@click.option("--ignore-columns", metavar="A,B", default="", help="Columns to pass over.")
@click.option("--memory", metavar="MB", type=click.IntRange(100), default=600, show_default=True)
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True)
@_on
@_knowledge
@_overlay
@_codes
@_one_sentence
def population(**words: Any) -> None:
    """Judge everybody in a table: who may be treated, how, and what is still to be asked.

    IN is a .csv or .parquet table with a column person_id and a column for each known fact, a
    folder of such tables, or FHIR bundles: a folder of .json files or an .ndjson file. An empty
    cell is unknown. docs/population.md says more.

    Exit codes: 0 everybody judged, 2 bad input, nothing written, 6 done, but rows were kept out.
    """
    from ventosa.cli.population import Order, run_population

    sys.exit(run_population(Order(**words)))


@ventosa.command(context_settings={"auto_envvar_prefix": "VENTOSA_CLINIC"})
@_config
@_folder
@_database
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8600, show_default=True)
@click.option("--workers", type=click.IntRange(1, 32), default=1, show_default=True)
@click.option("--lan", is_flag=True, help="For the clinic's tablets, over HTTPS: docs/network.md.")
@click.option("--cert", metavar="FILE", help="With --lan: a certificate from elsewhere.")
@click.option("--key", metavar="FILE", help="With --lan: its key.")
@click.option("--proxy", metavar="URL", help="https:// address of a proxy on this machine.")
@click.option("--demo", is_flag=True, help="A clinic of invented people, signed in as its owner.")
@_one_sentence
def serve(
    folder: str,
    database: str | None,
    host: str,
    port: int,
    workers: int,
    lan: bool,
    cert: str | None,
    key: str | None,
    proxy: str | None,
    demo: bool,
) -> None:
    """Open the clinic: its pages for the tablets, until it is stopped."""
    from ventosa.cli.serving import demo_word, run_serve
    from ventosa.web.serving import Order

    word = demo_word() if demo else ""
    certificate, own_key = (None if path is None else Path(path) for path in (cert, key))
    order = Order(
        Path(folder), database, host, port, workers, word, lan, certificate, own_key, proxy
    )
    run_serve(order, demo=demo)


@ventosa.command()
@_config
@_folder
@_database
@click.option("--name", prompt="Name of the clinic", help="The clinic's name.")
@click.option("--owner", prompt="Your name", help="The owner's name.")
@click.option("--username", prompt="Name to sign in with", help="The owner's name at sign-in.")
@_one_sentence
def found(folder: str, database: str | None, name: str, owner: str, username: str) -> None:
    """Found a clinic with its owner; the password is asked for."""
    from ventosa.cli.serving import run_found
    from ventosa.web.serving import Order

    run_found(Order(Path(folder), database), name=name, owner=owner, username=username)


@ventosa.command()
@_config
@_folder
@_database
@click.option("--forget-codes", is_flag=True, help="Passkeys and codes are lost too.")
@click.argument("username", metavar="NAME")
@_one_sentence
def password(folder: str, database: str | None, forget_codes: bool, username: str) -> None:
    """Set a lost password anew: the new one is asked for, and every sign-in of NAME ends."""
    from ventosa.cli.serving import run_password
    from ventosa.web.serving import Order

    order = Order(Path(folder), database)
    run_password(order, username=username, forget_codes=forget_codes)


@ventosa.command()
@_config
@_folder
@_database
@click.option("--head", "kept", multiple=True, metavar="N:HASH", help="A head kept elsewhere.")
@click.argument("act", type=click.Choice(["check", "head"]))
@_one_sentence
def audit(folder: str, database: str | None, kept: tuple[str, ...], act: str) -> None:
    """Check the chain of who read and wrote what, or print its head. Exit codes: 0 whole, 1 not."""
    from ventosa.cli.auditing import run_audit

    sys.exit(run_audit(folder, database, kept, act))


for _command in _RUNNING:
    ventosa.add_command(_command)
ventosa.add_command(_clinic)
