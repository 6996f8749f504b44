"""A new program meets an older database: a copy first, then its migrations, or a clear refusal."""

import json
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.executor import MigrationExecutor

from ventosa.record import InputError
from ventosa.web.certificates import write_over
from ventosa.web.deployment import SQLITE
from ventosa.web.running.locking import hold, hold_database

MARK = "update-unfinished.json"
COPIES_KEPT = 3
"""Copies made before an update that stay (editorial; the clinic decides)."""


@dataclass(frozen=True, slots=True)
class State:
    """How the database stands to this program: what it has had, what it lacks, what is unknown."""

    applied: int
    waiting: tuple[str, ...]
    unknown: tuple[str, ...]
    is_consistent: bool = True

    @property
    def is_new(self) -> bool:
        """Whether there is nothing in it yet."""
        return not self.applied


def state() -> State:
    """Return how the database stands to this program."""
    executor = MigrationExecutor(connection)
    loader = executor.loader
    ours = {app for app, _ in loader.disk_migrations}
    unknown = sorted(
        f"{app} {name}"
        for app, name in loader.applied_migrations
        if app in ours and (app, name) not in loader.disk_migrations
    )
    try:
        loader.check_consistent_history(connection)
    except InconsistentMigrationHistory:
        return State(len(loader.applied_migrations), (), tuple(unknown), is_consistent=False)
    plan = executor.migration_plan(loader.graph.leaf_nodes())
    waiting = tuple(f"{one.app_label} {one.name}" for one, _ in plan)
    return State(len(loader.applied_migrations), waiting, tuple(unknown))


def bring_up_to_date(folder: Path, now: datetime, *, goes_on: bool = False) -> str:
    """Give the database what this program needs; return what is to be said, empty = nothing.

    ``goes_on``: an update that stopped in the middle is taken up again.

    Raises:
        InputError: the database is of a later program, an update stopped in the middle, another
            process serves the clinic, or no copy can be made. Nothing was changed.
    """
    found = state()
    refuse_unreadable(found)
    mark = read_mark(folder)
    if not found.waiting:
        (folder / MARK).unlink(missing_ok=True)
        return ""
    if mark is not None and not goes_on:
        raise InputError(str(folder), half_done(mark))
    hold(folder, now)
    hold_database()
    said = ""
    if not found.is_new:
        copy = Path(mark["copy"]) if mark is not None else _copied(folder, now)
        said = f"The database was updated. A copy of it as it was before: {copy.name}"
        _set_mark(folder, found, copy, now)
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    (folder / MARK).unlink(missing_ok=True)
    _let_old_copies_go(folder)
    return said


def refuse_unreadable(found: State) -> None:
    """Raise ``InputError`` where this program must not touch the database."""
    if found.unknown:
        many = f"{found.unknown[-1]} and {len(found.unknown) - 1} more"
        what = many if len(found.unknown) > 1 else found.unknown[0]
        problem = f"was written by a later Ventosa, which has {what}: install that one"
        raise InputError("--database", f"{problem}. Nothing was changed")
    if not found.is_consistent:
        problem = "has had a later change without an earlier one: restore the last backup"
        raise InputError("--database", f"{problem}. Nothing was changed")


def read_mark(folder: Path) -> dict[str, Any] | None:
    """Return what an update that stopped in the middle left behind; ``None`` = none did."""
    path = folder / MARK
    if not path.exists():
        return None
    try:
        found = json.loads(path.read_text("utf-8"))
        return {"at": str(found["at"]), "copy": str(found["copy"])}
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(str(path), "is damaged: restore the last backup") from None


def half_done(mark: dict[str, Any]) -> str:
    """Return what happened, and both ways on."""
    return (
        f"an update stopped in the middle ({mark['at']}). Nothing is lost: the copy made before it "
        f"is {Path(mark['copy']).name}. Go on with ventosa update, or take it back with "
        "ventosa update --back"
    )


def take_back(folder: Path, now: datetime) -> Path:
    """Put the copy made before an unfinished update back; return where the half-updated one lies.

    Raises:
        InputError: no update stopped in the middle, or the database is not SQLite.
    """
    mark = read_mark(folder)
    if mark is None:
        raise InputError(str(folder), "has no update that stopped in the middle")
    hold(folder, now)
    database, copy = folder / SQLITE, folder / Path(mark["copy"]).name
    if connection.vendor != "sqlite" or not copy.is_file():
        problem = "is taken back by restoring the backup made before it: docs/operations.md"
        raise InputError(str(copy), problem)
    connection.close()
    half = folder / f"half-updated-{now:%Y%m%dT%H%M%S}.sqlite3"
    _copy_sqlite(database, half)
    whole = folder / ".clinic.sqlite3.back"
    shutil.copyfile(copy, whole)
    _on_disk(whole)
    for rest in ("-wal", "-shm"):
        database.with_name(database.name + rest).unlink(missing_ok=True)
    whole.replace(database)
    (folder / MARK).unlink()
    return half


def _set_mark(folder: Path, found: State, copy: Path, now: datetime) -> None:
    said = {"at": f"{now:%Y-%m-%d %H:%M} UTC", "copy": str(copy), "waiting": list(found.waiting)}
    write_over(folder / MARK, json.dumps(said).encode())


def _copied(folder: Path, now: datetime) -> Path:
    """A copy of the database as it is, before it is changed."""
    if connection.vendor == "sqlite":
        copy = folder / f"before-update-{now:%Y%m%dT%H%M%S}.sqlite3"
        _copy_sqlite(folder / SQLITE, copy)
        return copy
    from ventosa.web.running.backups import public_key, take

    if public_key(folder) is None:
        problem = "no recovery key is there to make one with: ventosa backup --new-key"
        raise InputError("--database", f"an update begins with a backup, and {problem}")
    place = folder.resolve().with_name(f"{folder.resolve().name}-before-updates")
    return take(folder, place, now).path


def _copy_sqlite(database: Path, copy: Path) -> None:
    """A whole copy, or none: SQLite itself copies, so that a file being written to is no matter."""
    part = copy.with_suffix(".part")
    part.unlink(missing_ok=True)
    needed = database.stat().st_size * 2
    if shutil.disk_usage(database.parent).free < needed:
        megabytes = needed // 1_000_000 + 1
        problem = f"an update needs {megabytes} MB free for a copy first. Nothing was changed"
        raise InputError(str(database.parent), problem)
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(part)) as target:
            source.backup(target)
            told = target.execute("PRAGMA quick_check").fetchone()[0]
        if told != "ok":
            raise InputError(str(database), "is damaged: restore the last backup")
        _on_disk(part)
        part.rename(copy)
    except (OSError, sqlite3.Error) as error:
        problem = f"could not be copied before the update ({type(error).__name__})"
        raise InputError(str(database), f"{problem}. Nothing was changed") from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _on_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _let_old_copies_go(folder: Path) -> None:
    for old in sorted(folder.glob("before-update-*.sqlite3"))[:-COPIES_KEPT]:
        with suppress(OSError):
            old.unlink()
