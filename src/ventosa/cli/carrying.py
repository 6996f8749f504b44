"""`ventosa clinic export` and `import`: a whole clinic as one file."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ventosa.cli.options import database, folder
from ventosa.cli.refusing import one_sentence
from ventosa.record import InputError

if TYPE_CHECKING:
    from ventosa.web.models import Clinic


@click.group()
def clinic() -> None:
    """Take a whole clinic along as one file, and read it into an empty place."""


@clinic.command("export")
@folder
@database
@click.option("--out", metavar="FILE", required=True, help="The file that is written.")
@click.option("--clinic", "name", metavar="NAME", help="Which clinic, where there are several.")
@one_sentence
def export_(folder: str, database: str | None, out: str, name: str | None) -> None:
    """Write all of a clinic into one file."""
    run_export(folder, database, out, name)


@clinic.command("import")
@folder
@database
@click.argument("file")
@one_sentence
def import_(folder: str, database: str | None, file: str) -> None:
    """Read a clinic from a file: all of it into an empty place, or nothing."""
    run_import(folder, database, file)


def run_export(folder: str, database: str | None, out: str, name: str | None) -> None:
    """Write a clinic to a file that only its owner reads: whole, or not at all."""
    from ventosa.web.serving import Order, reach

    reach(Order(Path(folder), database))
    from ventosa.web.actions.carrying import write_clinic

    found = _clinic(name)
    target, part = Path(out), Path(f"{out}.part")
    if target.exists():
        raise InputError("--out", "is there already, and is not overwritten")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            done = write_clinic(found, file, now=datetime.now(UTC))
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise InputError("--out", f"cannot be written ({error.strerror})") from None
    finally:
        part.unlink(missing_ok=True)
    click.echo(f"{sum(done.rows.values())} rows of {len(done.rows)} tables are in {out}")
    click.echo(f"    head of the audit {done.head}")
    click.echo("It holds everything in plain, passwords as hashes: keep it as you keep the clinic.")


def run_import(folder: str, database: str | None, file: str) -> None:
    """Read a clinic from a file into an empty folder or database."""
    from ventosa.web.serving import Order, prepare

    path = Path(file)
    if not path.is_file():
        raise InputError(file, "is no file")
    now = datetime.now(UTC)
    prepare(Order(Path(folder), database), now)
    from ventosa.web.actions.carrying import read_clinic

    done = read_clinic(path, now=now)
    click.echo(f"{sum(done.rows.values())} rows of {len(done.rows)} tables were read, all of them.")
    click.echo(f"    head of the audit {done.head}: whole")
    click.echo("Passkeys and codes belong to the old machine: people add them anew under You.")


def _clinic(name: str | None) -> "Clinic":
    from ventosa.web.models import Clinic

    found = list(Clinic.objects.order_by("created_at"))
    if name is not None:
        found = [clinic for clinic in found if clinic.name == name]
    if len(found) != 1:
        problem = "names none" if not found else f"is needed: there are {len(found)} clinics here"
        raise InputError("--clinic", problem)
    return found[0]
