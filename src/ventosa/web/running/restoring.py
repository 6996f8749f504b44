"""A clinic made anew from a backup, in an empty folder; and a restore that is only a test."""

import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from ventosa.record import InputError
from ventosa.web.certificates import write_once
from ventosa.web.deployment import DATABASE, Deployment
from ventosa.web.running import dumping, sealed
from ventosa.web.running.backups import CARRIED
from ventosa.web.running.refusals import UNFINISHED

_LONGEST_LINE = 1 << 28


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back: rows of each table, where each chain ends, and what is wrong with them."""

    made_at: str
    rows: dict[str, int]
    heads: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]

    @property
    def total(self) -> int:
        """Rows of all tables."""
        return sum(self.rows.values())


def key_name(file: Path) -> str:
    """Return the name of the recovery key that opens a backup.

    Raises:
        InputError: it cannot be read or is no backup.
    """
    try:
        with file.open("rb") as source:
            return sealed.header_of(source, file.name)[1]
    except OSError as error:
        raise InputError(str(file), f"cannot be read ({error.strerror})") from None


def restore(file: Path, key: bytes, folder: Path, database: str | None = None) -> Restored:
    """Make a clinic from a backup. Nothing that is there is written over.

    The clinic stands in its folder only when all of it came back; until then it has another name.

    Raises:
        InputError: the folder or database is not empty, the sheet is of another key, or the backup
            is damaged or of a later program.
    """
    with file.open("rb") as source:
        header = sealed.header_of(source, file.name)
    return _restored(file, sealed.file_key(key, file.name, header), folder, database)


def test(file: Path, file_key: bytes) -> Restored:
    """Restore a backup into a folder that is thrown away, in a process of its own.

    Raises:
        InputError: it does not come back whole.
    """
    with tempfile.TemporaryDirectory(prefix="ventosa-test-") as place:
        pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
        try:
            folder = Path(place) / "clinic"
            return pool.submit(_restored, file, file_key, folder, None).result()
        except BrokenProcessPool:
            problem = "the restore test was broken off: is there enough memory and disk?"
            raise InputError(str(file), problem) from None
        finally:
            pool.shutdown()


def _restored(file: Path, file_key: bytes, folder: Path, database: str | None) -> Restored:
    part = _beside(folder)
    try:
        restored = _into(file, file_key, part, database)
        (part / UNFINISHED).unlink()
        if folder.exists():
            folder.rmdir()  # empty, or it would have been refused
        part.rename(folder)
    except OSError as error:
        problem = f"the restore was broken off: {error.strerror}. Nothing was written over"
        raise InputError(str(folder), problem) from None
    finally:
        if (part / UNFINISHED).exists():
            shutil.rmtree(part, ignore_errors=True)
    return restored


def _beside(folder: Path) -> Path:
    """A new folder beside the one that is wanted; one that a stop in the middle left is removed."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        problem = "is there and is not empty: a restore writes nothing over. Name a new folder"
        raise InputError(str(folder), problem)
    part = folder.resolve().with_name(f".{folder.resolve().name}.restoring")
    try:
        if (part / UNFINISHED).exists():
            shutil.rmtree(part)
        part.mkdir(parents=True, mode=0o700)
        (part / UNFINISHED).touch(0o600)
    except OSError as error:
        raise InputError(str(part), f"cannot be made ({error.strerror})") from None
    return part


def _into(file: Path, file_key: bytes, part: Path, database: str | None) -> Restored:
    with file.open("rb") as source:
        header = sealed.header_of(source, file.name)
        rest = _lines(sealed.opened(source, file.name, header[0], file_key))
        beginning = dumping.beginning_of(next(rest, b""))
        for name, data in beginning.files.items():
            if name in CARRIED:
                write_once(part / name, data)
        os.environ.pop(DATABASE, None)
        os.environ.update(Deployment(part, database).environment())
        os.environ["DJANGO_SETTINGS_MODULE"] = "ventosa.web.settings"
        import django

        django.setup()
        from django.db import DatabaseError, connection

        try:
            _make_tables(beginning)
            dumped = dumping.load(beginning, rest)
            for _ in rest:
                raise InputError(file.name, "goes on after its end")
            problems = _problems(beginning)
        except DatabaseError as error:
            kind = type(error).__name__
            raise InputError(file.name, f"the database does not take it ({kind})") from None
        finally:
            connection.close()
    return Restored(beginning.made_at, dumped.rows, tuple(beginning.heads), tuple(problems))


def _make_tables(beginning: dumping.Beginning) -> None:
    """The tables as they were when the backup was made."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    if any(table.startswith("clinic_") for table in connection.introspection.table_names()):
        raise InputError("--database", "is not empty: a restore writes nothing over")
    executor = MigrationExecutor(connection)
    graph, done = executor.loader.graph, set(beginning.applied)
    unknown = done - set(executor.loader.disk_migrations)
    if unknown:
        problem = f"was made by a later program ({beginning.program}): install that one"
        raise InputError("backup", problem)
    last = (name for name in done if not {c.key for c in graph.node_map[name].children} & done)
    executor.migrate(sorted(last))


def _problems(beginning: dumping.Beginning) -> list[str]:
    """What is wrong with the clinics that came back; they are brought up to this program first."""
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, interactive=False)
    from ventosa.web.actions.audit import broken_links
    from ventosa.web.models import Clinic

    problems = [f"{name}: {line}" for name, line in _ends(beginning)]
    for clinic in Clinic.objects.order_by("id"):
        problems += [f"{clinic.name}: {problem}" for problem in broken_links(clinic)]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check")
            told = cursor.fetchone()[0]
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if told != "ok":
            problems.append("the new database file is damaged")
    return problems


def _ends(beginning: dumping.Beginning) -> Iterator[tuple[str, str]]:
    now = dumping.heads(dumping.applied())
    for here, said in zip_longest(now, beginning.heads):
        if here != said:
            yield (said or here)[0], "its audit does not end where the backup says"


def _lines(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Parts of any size as lines."""
    waiting: list[bytes] = []
    size = 0
    for part in parts:
        first, *others = part.split(b"\n")
        waiting.append(first)
        size += len(first)
        if size > _LONGEST_LINE:
            raise InputError("backup", "holds a line without an end")
        for other in others:
            yield b"".join(waiting)
            waiting, size = [other], len(other)
    if any(waiting):
        yield b"".join(waiting)
