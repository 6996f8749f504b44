"""A backup: one closed file, written while people work, under its name only once it is whole."""

import errno
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from ventosa import __version__
from ventosa.record import InputError
from ventosa.web.certificates import write_over
from ventosa.web.running.dumping import FORM, Beginning, applied, heads, lines, one_moment
from ventosa.web.running.locking import BACKED_UP, hold, let_go
from ventosa.web.running.recovery import fingerprint
from ventosa.web.running.sealed import Closing, header_of, opened

PUBLIC_FILE, KEPT_FILE = "backup.pub", "backups.json"
"""In the clinic's folder: the half of the key that closes, and what is known of the last backup."""

CARRIED = ("secret.key", "authority.pem", PUBLIC_FILE, "ventosa.toml")
"""Small files of the clinic's folder that a backup holds: with them tablets go on trusting it, and
backups go on under the same sheet."""

NEWEST, DAYS, WEEKS, MONTHS = 10, 14, 8, 24
"""So many of the newest are kept whenever they were made, and the newest one of so many days, weeks
and months (editorial; the clinic decides)."""

_NAME = re.compile(r"ventosa-([0-9A-Z]{8})-(\d{8}T\d{6})Z\.backup")


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup that was made: where it lies, what it holds, and what opens this one file."""

    path: Path
    size: int
    heads: tuple[tuple[str, str], ...]
    key: str
    file_key: bytes
    removed: tuple[str, ...] = ()


def public_key(folder: Path) -> bytes | None:
    """Return the half of the recovery key that closes backups; ``None`` = none was made yet.

    Raises:
        InputError: the file is damaged.
    """
    path = folder / PUBLIC_FILE
    if not path.exists():
        return None
    try:
        public = bytes.fromhex(path.read_text("utf-8").split()[0])
        fingerprint(public)
    except (ValueError, IndexError, UnicodeDecodeError):
        raise InputError(str(path), "is damaged: make a new recovery key with --new-key") from None
    return public


def keep_public_key(folder: Path, public: bytes) -> None:
    """Keep the half of a recovery key that closes backups."""
    write_over(folder / PUBLIC_FILE, f"{public.hex()} {fingerprint(public)}\n".encode())


def take(folder: Path, to: Path, now: datetime) -> Taken:
    """Write a backup into a folder, read it back, and remove old ones by the rule.

    Raises:
        InputError: there is no recovery key, the place cannot be used or is full, or another
            backup is being made. Nothing is left under the backup's name.
    """
    public = public_key(folder)
    if public is None:
        raise InputError("recovery key", "there is none yet: make it with ventosa backup --new-key")
    place = _place(folder, to)
    hold(folder, now, BACKED_UP)
    try:
        taken = _written(folder, place, public, now)
        removed = _remove_old(place, fingerprint(public), taken.path)
    finally:
        let_go(folder, BACKED_UP)
    keep(folder, last={"at": now.isoformat(), "path": str(taken.path), "bytes": taken.size})
    return Taken(taken.path, taken.size, taken.heads, taken.key, taken.file_key, removed)


def keep(folder: Path, **said: Any) -> None:
    """Keep what is known of backups, for the doctor."""
    write_over(folder / KEPT_FILE, json.dumps({**kept(folder), **said}, indent=1).encode())


def kept(folder: Path) -> dict[str, Any]:
    """Return what is known of backups; empty = none was made, or the file is damaged."""
    try:
        found = json.loads((folder / KEPT_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _place(folder: Path, to: Path) -> Path:
    place, own = to.resolve(), folder.resolve()
    if place == own or own in place.parents:
        problem = "lies in the clinic's own folder: with that one lost, its copies are lost too"
        raise InputError(str(to), problem)
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InputError(str(to), f"cannot be used ({error.strerror})") from None
    return place


def _written(folder: Path, place: Path, public: bytes, now: datetime) -> Taken:
    key = fingerprint(public)
    path = place / f"ventosa-{key}-{now:%Y%m%dT%H%M%SZ}.backup"
    if path.exists():
        raise InputError(str(path), "is there already: a backup is never written over")
    for left in place.glob(f"ventosa-{key}-*.part"):
        with suppress(
            OSError
        ):  # a backup that was broken off; nobody else writes: the lock is ours
            left.unlink()
    with _whole_or_none(path) as out:
        closing = Closing(out, public)
        with one_moment():
            done = applied()
            ends = heads(done)
            files = {
                name: (folder / name).read_bytes() for name in CARRIED if _is_there(folder, name)
            }
            beginning = Beginning(FORM, __version__, now.isoformat(), done, ends, files)
            hashed = sha256()
            for line in lines(beginning):
                hashed.update(line)
                closing.write(line)
        closing.end()
        _read_back(out, closing.file_key, hashed.digest(), path.name)
    return Taken(path, path.stat().st_size, tuple(ends), key, closing.file_key)


def _is_there(folder: Path, name: str) -> bool:
    return (folder / name).is_file()


@contextmanager
def _whole_or_none(path: Path) -> Iterator[BinaryIO]:
    """A file that gets its name when it is whole and on the disk; before that it has another."""
    part = path.with_suffix(".part")
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.rename(path)
        _settle(path.parent)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        why = "the disk is full" if full else error.strerror
        problem = f"no backup was made: {why}. The clinic itself is not touched"
        raise InputError(str(path.parent), problem) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    """Put a new name on the disk too; not every system lets a folder be opened."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _read_back(out: BinaryIO, file_key: bytes, expected: bytes, name: str) -> None:
    """Open what was written, as it stands on the disk, before it gets its name."""
    out.flush()
    os.fsync(out.fileno())
    out.seek(0)
    header = header_of(out, name)
    hashed = sha256()
    for part in opened(out, name, header[0], file_key):
        hashed.update(part)
    if hashed.digest() != expected:
        raise InputError(name, "does not read back as it was written: is the disk damaged?")


# --- which are kept -----------------------------------------------------------------------------


def backups_in(place: Path, key: str) -> list[Path]:
    """Return the backups of one recovery key in a folder, newest first by their names."""
    found = [path for path in place.glob("ventosa-*.backup") if _key_of(path) == key]
    return sorted(found, key=lambda path: path.name, reverse=True)


def to_remove(moments: Sequence[datetime]) -> set[datetime]:
    """Return which backups the rule lets go, of moments in any order.

    Only their distances from each other count, not today: a clock that jumps removes nothing.
    """
    stays = set(sorted(moments)[-NEWEST:])
    for most, part in ((DAYS, "%Y-%j"), (WEEKS, "%G-%V"), (MONTHS, "%Y-%m")):
        newest: dict[str, datetime] = {}
        for moment in sorted(moments, reverse=True):
            newest.setdefault(moment.strftime(part), moment)
        stays.update(list(newest.values())[:most])
    return set(moments) - stays


def _remove_old(place: Path, key: str, new: Path) -> tuple[str, ...]:
    by_moment = {_moment_of(path): path for path in backups_in(place, key)}
    removed = []
    for moment in sorted(to_remove(list(by_moment))):
        path = by_moment[moment]
        if path != new:
            with suppress(OSError):
                path.unlink()
                removed.append(path.name)
    return tuple(removed)


def _key_of(path: Path) -> str:
    found = _NAME.fullmatch(path.name)
    return "" if found is None else found[1]


def _moment_of(path: Path) -> datetime:
    found = _NAME.fullmatch(path.name)
    assert found is not None
    return datetime.strptime(found[2], "%Y%m%dT%H%M%S")
