"""One program at a time serves a clinic: a second one is refused, and told who is first.

The file is locked by the system for as long as a process holds it open: a run that was killed locks
nobody out, and its process number, which another program may have by now, decides nothing.
"""

import atexit
import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from ventosa.record import InputError

SERVED, BACKED_UP = "clinic.lock", "backup.lock"

_held: dict[Path, IO[str]] = {}


def hold(folder: Path, now: datetime, name: str = SERVED) -> str:
    """Hold a clinic's lock until this process ends; return what is to be said of the last holder.

    Raises:
        InputError: another process holds it, or the folder cannot be written.
    """
    path = (folder / name).resolve()
    if path in _held:
        return ""
    try:
        file = path.open("a+", encoding="utf-8")
        path.chmod(0o600)
    except OSError as error:
        raise InputError(str(folder), f"cannot be written ({error.strerror})") from None
    file.seek(0)
    try:
        last = json.loads(file.read(1000) or "null")
    except ValueError:
        last = None
    if not _locked(file):
        file.close()
        raise InputError(str(folder), _who(last, name))
    _held[path] = file
    file.truncate(0)
    file.write(json.dumps({"process": os.getpid(), "since": f"{now:%Y-%m-%d %H:%M:%S} UTC"}))
    file.flush()
    atexit.register(let_go, folder, name)
    if not isinstance(last, dict):
        return ""
    return f"The last run (process {last.get('process')}) did not end by itself. Nothing is lost."


DATABASE_LOCK = 0x56_45_4E_54_4F_53_41
"""The number of the lock in PostgreSQL; it spells the program's name."""

_held_connections: list[Any] = []


def hold_database() -> None:
    """Hold the lock of a PostgreSQL database until this process ends; SQLite lies in the folder.

    Raises:
        InputError: another program serves it, maybe on another machine.
    """
    from django.db import connection

    if connection.vendor != "postgresql" or _held_connections:
        return
    own = connection.copy()
    with own.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [DATABASE_LOCK])
        if not cursor.fetchone()[0]:
            own.close()
            problem = "is served already, maybe from another machine: stop that program first"
            raise InputError("--database", problem)
    _held_connections.append(own)  # a worker's copy of it is never closed, nor used


def let_go_database() -> None:
    """Let go of the lock of a database, if this process holds it."""
    while _held_connections:
        _held_connections.pop().close()


def let_go(folder: Path, name: str = SERVED) -> None:
    """Let go of a lock, if this process holds it."""
    file = _held.pop((folder / name).resolve(), None)
    if file is None:
        return
    file.truncate(0)
    file.close()


def holder(folder: Path, name: str = SERVED) -> str:
    """Return who holds a lock, in words; empty = nobody does."""
    path = folder / name
    if not path.is_file():
        return ""
    with path.open("r+", encoding="utf-8") as file:
        said = file.read(1000)
        if _locked(file):
            return ""
    try:
        last = json.loads(said)
        return f"process {last['process']} since {last['since']}"
    except (ValueError, KeyError, TypeError):
        return "another process"


def _who(last: object, name: str) -> str:
    who = "another process"
    if isinstance(last, dict):
        who = f"process {last.get('process')}, since {last.get('since')}"
    if name == BACKED_UP:
        return f"is being backed up already ({who}): wait for it"
    if isinstance(last, dict) and not _lives(last.get("process")):
        return (
            f"is still served by a worker of {who}, which was ended without it: end that worker "
            f"too (fuser {name} in the folder shows it), or start the machine anew"
        )
    return (
        f"is served already ({who}). Stop that one first. If more processors are to work, start "
        "one program with --workers"
    )


def _lives(process: object) -> bool:
    if os.name != "posix" or not isinstance(process, int) or process < 1:
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _locked(file: IO[str]) -> bool:
    """Whether the file could be locked; closing it unlocks."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(10_000)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            file.seek(0)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
