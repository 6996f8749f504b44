"""What `ventosa doctor` looks at: each thing with how it stands, and what to do next."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from ventosa import __version__
from ventosa.record import InputError, KnowledgeError
from ventosa.web.certificates import is_open, names_in, read_certificates
from ventosa.web.lan import SERVER_FILE
from ventosa.web.running import backups
from ventosa.web.running.locking import holder
from ventosa.web.running.outside import served_certificate
from ventosa.web.running.refusals import refuse_insecure
from ventosa.web.serving import Order

LEAST_MEGABYTES, FEW_MEGABYTES = 200, 2000
BACKUP_WARN, BACKUP_BAD = timedelta(hours=26), timedelta(days=8)
TEST_WARN = timedelta(days=35)
CERTIFICATE_WARN = timedelta(days=30)
UNSEALED_WARN = timedelta(minutes=5)
"""From when on a thing is worth a word (all editorial; the clinic decides)."""


class Stands(StrEnum):
    """How a thing stands."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``then`` is what to do next, empty where nothing is."""

    topic: str
    stands: Stands
    said: str
    then: str = ""


def examine(order: Order, now: datetime) -> tuple[Finding, ...]:
    """Return how everything stands that a clinic needs. Nothing is changed."""
    return tuple(_findings(order, now))


def _findings(order: Order, now: datetime) -> Iterator[Finding]:
    if not order.folder.is_dir():
        yield Finding(
            "folder",
            Stands.BAD,
            f"{order.folder} is not there",
            "found a clinic (ventosa found), restore one, or name its folder with --folder",
        )
        return
    yield _settings(order)
    yield _served(order.folder)
    yield from _rights(order.folder)
    yield _disk(order.folder)
    yield _certificate(order, now)
    yield from _database(order, now)
    yield from _backups(order.folder, now)
    yield _knowledge()


def _settings(order: Order) -> Finding:
    try:
        refuse_insecure(order.folder, order.database)
    except InputError as error:
        return Finding("settings", Stands.BAD, str(error), "the clinic does not start before that")
    where = "SQLite in the folder" if order.database is None else "PostgreSQL"
    return Finding("settings", Stands.OK, f"Ventosa {__version__}, {where}, {order.folder}")


def _served(folder: Path) -> Finding:
    who = holder(folder)
    if who:
        return Finding("server", Stands.OK, f"the clinic is open ({who})")
    return Finding("server", Stands.WARN, "the clinic is not open", "start it: ventosa serve")


def _rights(folder: Path) -> Iterator[Finding]:
    for name in ("secret.key", "authority.pem"):
        path = folder / name
        if not path.exists():
            continue
        if is_open(path):
            yield Finding(name, Stands.BAD, "others here can read it", f"chmod 600 {path}")
        else:
            yield Finding(name, Stands.OK, "only its owner can read it")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        then = "let it run as a user of its own: deploy/ventosa.service"
        yield Finding("user", Stands.WARN, "this runs as root", then)


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free // 1_000_000
    said = f"{free} MB are free"
    if free < LEAST_MEGABYTES:
        return Finding("disk", Stands.BAD, said, "make room now: the clinic soon cannot write")
    if free < FEW_MEGABYTES:
        return Finding("disk", Stands.WARN, said, "make room this week")
    return Finding("disk", Stands.OK, said)


def _certificate(order: Order, now: datetime) -> Finding:
    own = order.folder / SERVER_FILE
    path = order.certificate or (own if own.exists() else None)
    if path is None:
        return Finding("certificate", Stands.OK, "none: the clinic is not on the network")
    then = "give a new one with --cert" if order.certificate else "stop and start the clinic"
    try:
        chain = read_certificates(path)
    except InputError as error:
        return Finding("certificate", Stands.BAD, str(error), then)
    ends = min(one.not_valid_after_utc for one in chain)
    begins = max(one.not_valid_before_utc for one in chain)
    names, addresses = names_in(chain[0])
    said = f"until {ends:%Y-%m-%d}, for {', '.join([*names, *map(str, addresses)]) or 'no name'}"
    if now > ends or now < begins or not (names or addresses):
        return Finding("certificate", Stands.BAD, said, f"tablets refuse it: {then}")
    shown = served_certificate(order.port) if holder(order.folder) else None
    if shown is not None and shown != chain[0]:
        said = (
            f"another one is shown at port {order.port}, until {shown.not_valid_after_utc:%Y-%m-%d}"
        )
        return Finding("certificate", Stands.WARN, said, "stop and start the clinic")
    if now > ends - CERTIFICATE_WARN:
        return Finding("certificate", Stands.WARN, said, then)
    return Finding("certificate", Stands.OK, said)


def _database(order: Order, now: datetime) -> Iterator[Finding]:
    from ventosa.web.serving import reach

    try:
        reach(order)
    except InputError as error:
        then = "start the database, or restore the last backup: docs/operations.md"
        yield Finding("database", Stands.BAD, str(error), then)
        return
    yield _migrated(order.folder)
    yield _damage()
    yield _clock(now)
    yield _unsealed(now)


def _migrated(folder: Path) -> Finding:
    from ventosa.web.running import updating

    try:
        mark = updating.read_mark(folder)
        found = updating.state()
        updating.refuse_unreadable(found)
    except InputError as error:
        return Finding("database", Stands.BAD, str(error), "docs/operations.md, Updating")
    if mark is not None and found.waiting:
        return Finding("database", Stands.BAD, updating.half_done(mark), "ventosa update")
    if found.waiting:
        said = f"{len(found.waiting)} changes wait, up to {found.waiting[-1]}"
        return Finding("database", Stands.WARN, said, "the next start makes them, after a copy")
    return Finding("database", Stands.OK, "reachable, and as this program needs it")


def _damage() -> Finding:
    """SQLite looks itself over; PostgreSQL keeps that to its own tools."""
    from django.db import DatabaseError, connection

    if connection.vendor != "sqlite":
        return Finding("damage", Stands.OK, "PostgreSQL looks after its own files")
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA quick_check(1)")
            told = cursor.fetchone()[0]
    except DatabaseError:
        told = "unreadable"
    if told == "ok":
        return Finding("damage", Stands.OK, "the database file is whole")
    then = "stop the clinic and restore the last backup"
    return Finding("damage", Stands.BAD, "the database file is damaged", then)


def _clock(now: datetime) -> Finding:
    from ventosa.web.running.clock import newest, went_back

    said = went_back(now)
    if said:
        return Finding("clock", Stands.BAD, said, "set the clock, and let it be set by a server")
    last = newest()
    age = "" if last is None else f"; last written {last:%Y-%m-%d %H:%M} UTC"
    return Finding("clock", Stands.OK, f"{now:%Y-%m-%d %H:%M} UTC{age}")


def _unsealed(now: datetime) -> Finding:
    from ventosa.web.models import AuditRow

    waiting = AuditRow.objects.filter(seal=None).order_by("id")
    count, oldest = waiting.count(), waiting.values_list("at", flat=True).first()
    said = f"{count} rows of the audit are not sealed"
    if oldest is not None and now - oldest > UNSEALED_WARN:
        then = "open the clinic: it seals them. If it is open, look at its log"
        return Finding("audit", Stands.WARN, f"{said}, the oldest of {oldest:%Y-%m-%d %H:%M}", then)
    return Finding("audit", Stands.OK, said)


def _backups(folder: Path, now: datetime) -> Iterator[Finding]:
    try:
        public = backups.public_key(folder)
    except InputError as error:
        yield Finding("backup", Stands.BAD, str(error), "ventosa backup --new-key")
        return
    if public is None:
        said = "there is no recovery key, so no backup"
        yield Finding("backup", Stands.BAD, said, "ventosa backup --new-key")
        return
    known = backups.kept(folder)
    yield _newest(folder, known.get("last"), now)
    yield _tested(known.get("tested"), now)


def _newest(folder: Path, last: object, now: datetime) -> Finding:
    then = "ventosa backup --to a folder on another disk, every night"
    if not isinstance(last, dict):
        return Finding("backup", Stands.BAD, "no backup was made yet", then)
    path, age = Path(str(last.get("path"))), now - _moment(last.get("at"))
    said = f"the last is {_age(age)} old: {path}"
    if not path.is_file():
        return Finding("backup", Stands.WARN, f"{said}, which is not there now", then)
    if path.stat().st_size != last.get("bytes"):
        return Finding("backup", Stands.BAD, f"{said}, which has changed since", then)
    if age > BACKUP_BAD:
        return Finding("backup", Stands.BAD, said, then)
    if age > BACKUP_WARN:
        return Finding("backup", Stands.WARN, said, then)
    if os.name == "posix" and path.stat().st_dev == folder.stat().st_dev:
        return Finding("backup", Stands.WARN, f"{said}, on the clinic's own disk", then)
    return Finding("backup", Stands.OK, said)


def _tested(tested: object, now: datetime) -> Finding:
    then = "ventosa backup --check --to the folder of the backups, once a month"
    if not isinstance(tested, dict):
        return Finding("restore test", Stands.WARN, "no backup was restored as a test yet", then)
    age = now - _moment(tested.get("at"))
    if tested.get("problems"):
        said = f"the last one, {_age(age)} ago, found what is wrong"
        return Finding("restore test", Stands.BAD, said, "ventosa backup --check says what")
    said = f"{_age(age)} ago, {tested.get('rows')} rows came back"
    return Finding("restore test", Stands.WARN if age > TEST_WARN else Stands.OK, said, then)


def _knowledge() -> Finding:
    from ventosa.web.knowing import knowledge

    try:
        found = knowledge()
    except KnowledgeError as error:
        return Finding("knowledge", Stands.BAD, str(error), "install the program anew")
    return Finding("knowledge", Stands.OK, f"version {found.version}, {found.sha256[:12]}")


def _moment(text: object) -> datetime:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)


def _age(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours} hours" if hours < 72 else f"{hours // 24} days"
