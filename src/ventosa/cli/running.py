"""The commands that keep a clinic alive."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ventosa.cli.options import database as _database
from ventosa.cli.options import folder as _folder
from ventosa.cli.refusing import one_sentence as _one_sentence


def _read_settings(context: click.Context, option: click.Parameter, path: str | None) -> None:
    """Let a file of settings stand behind the command line and the environment."""
    if path is None:
        return
    from ventosa.record import InputError
    from ventosa.web.running.configuration import settings_of

    try:
        said = settings_of(Path(path))
    except InputError as error:
        raise click.UsageError(str(error)) from None
    context.default_map = {**(context.default_map or {}), **said}


config: Callable[..., Any] = click.option(
    "--config",
    metavar="FILE",
    envvar="VENTOSA_CONFIG",
    is_eager=True,
    expose_value=False,
    callback=_read_settings,
    help="A TOML file of settings: docs/operations.md. The command line counts before it.",
)

_sheet = click.option("--sheet", metavar="FILE", help="A file with the lines of the sheet, or -.")


@click.command()
@config
@_folder
@_database
@click.option("--cert", metavar="FILE", help="The certificate that is given to serve.")
@click.option("--port", type=click.IntRange(1, 65535), default=8600, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For a program that watches.")
@_one_sentence
def doctor(folder: str, database: str | None, cert: str | None, port: int, as_json: bool) -> None:
    """Look at everything a clinic needs, and say what to do. Exit codes: 0 all right, 1 not."""
    from ventosa.cli.watching import run_doctor
    from ventosa.web.serving import Order

    certificate = None if cert is None else Path(cert)
    order = Order(Path(folder), database, port=port, certificate=certificate)
    sys.exit(run_doctor(order, as_json=as_json))


@click.command()
@config
@_folder
@_database
@click.option("--to", metavar="FOLDER", help="Where the backup goes; best on another disk.")
@click.option("--new-key", is_flag=True, help="Make the recovery key and its sheet, once.")
@click.option("--instead", is_flag=True, help="With --new-key: the old sheet is lost.")
@click.option("--check", is_flag=True, help="Restore it as a test; with FILE, an older one.")
@_sheet
@click.argument("file", required=False)
@_one_sentence
def backup(
    folder: str,
    database: str | None,
    to: str | None,
    new_key: bool,
    instead: bool,
    check: bool,
    sheet: str | None,
    file: str | None,
) -> None:
    """Write an encrypted backup while people work, and read it back.

    Only the recovery sheet opens it. --new-key makes that sheet, into the file --sheet names, or
    on the terminal. Exit codes: 0 made, 1 it came back with something wrong, 2 none was made.
    """
    from ventosa.cli import backing
    from ventosa.record import InputError
    from ventosa.web.serving import Order

    order = Order(Path(folder), database)
    if new_key:
        backing.run_new_key(order, sheet, instead=instead)
    elif file is not None and check:
        sys.exit(backing.run_check_file(Path(file), sheet))
    elif to is None or file is not None:
        raise InputError("--to", "says in which folder the backup goes")
    else:
        sys.exit(backing.run_backup(order, Path(to), check=check))


@click.command()
@click.option("--folder", metavar="DIR", required=True, help="A new folder for the clinic.")
@click.option("--database", metavar="URL", help="An empty PostgreSQL database; else SQLite.")
@_sheet
@click.argument("file")
@_one_sentence
def restore(folder: str, database: str | None, sheet: str | None, file: str) -> None:
    """Make the clinic anew from a backup and its recovery sheet. Nothing is written over.

    Without --sheet the eight lines are asked for. Exit codes: 0 all of it is there and whole,
    1 it is there and something is wrong with it, 2 nothing was made.
    """
    from ventosa.cli.backing import run_restore
    from ventosa.web.serving import Order

    sys.exit(run_restore(Path(file), Order(Path(folder), database), sheet))


@click.command()
@config
@_folder
@_database
@click.option("--back", is_flag=True, help="Put the copy back that was made before it.")
@_one_sentence
def update(folder: str, database: str | None, back: bool) -> None:
    """Finish an update that stopped in the middle, or take it back."""
    from ventosa.cli.watching import run_update
    from ventosa.web.serving import Order

    run_update(Order(Path(folder), database), back=back)


@click.command()
@config
@_folder
@_database
@click.option("--out", metavar="FOLDER", required=True, help="Where the pages to print go.")
@click.option("--on", metavar="DATE", help="The day, as 2026-11-24; else today.")
@_one_sentence
def downtime(folder: str, database: str | None, out: str, on: str | None) -> None:
    """Write the pages to print for a day without the program: list, forms, emergency sheet."""
    from ventosa.cli.watching import run_downtime
    from ventosa.web.serving import Order

    run_downtime(Order(Path(folder), database), Path(out), on)


COMMANDS = (doctor, backup, restore, update, downtime)
"""What ``ventosa`` has beside its other commands."""
