"""A whole clinic leaves as one file, and is read into an empty place without loss."""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models import Model

from ventosa import __version__
from ventosa.record import InputError
from ventosa.web.actions.audit import broken_links, head
from ventosa.web.carrying import (
    carried,
    lines_of,
    name_of,
    row_from,
    sum_of,
    version_of_tables,
)
from ventosa.web.ids import new_id
from ventosa.web.models import AuditRow, Clinic, User

FORMAT = "ventosa/clinic/1"
MANIFEST = "manifest.json"
BATCH = 500
MOST_MANIFEST = 1_000_000
MOST_LINE = 64_000_000
"""Longest line, in bytes; a photo of 15 MB is 20 MB as text."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What was written to a file or read from it: rows by table."""

    clinic: str
    rows: dict[str, int]
    head: str


def write_clinic(clinic: Clinic, file: IO[bytes], *, now: datetime) -> Carried:
    """Write every row of a clinic into a ZIP file, as they stood at one moment."""
    _leave_row(clinic, "clinic_export", now)
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "ventosa": __version__,
        "tables_version": version_of_tables(),
        "clinic": {"id": str(clinic.id), "name": clinic.name},
        "made_at": now.isoformat(),
        "tables": {},
    }
    with transaction.atomic(), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        _as_of_one_moment()
        manifest["audit_head"] = head(clinic).written
        for model in carried():
            manifest["tables"][name_of(model)] = _write_table(archive, model, clinic.id)
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False))
    rows = {name: table["rows"] for name, table in manifest["tables"].items()}
    return Carried(clinic.name, rows, manifest["audit_head"])


def _as_of_one_moment() -> None:
    """Let no writer come between two tables; SQLite reads as of one moment by itself."""
    if connection.vendor == "postgresql" and not connection.savepoint_ids:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _write_table(archive: zipfile.ZipFile, model: type[Model], clinic: UUID) -> dict[str, Any]:
    whole = sha256()

    def written(out: IO[bytes]) -> Iterator[str]:
        for line in lines_of(model, clinic):
            data = line.encode() + b"\n"
            whole.update(data)
            out.write(data)
            yield line

    with archive.open(_member(model), "w", force_zip64=True) as out:
        count, total = sum_of(written(out))
    return {"rows": count, "sum": total, "sha256": whole.hexdigest()}


def _member(model: type[Model]) -> str:
    return f"tables/{name_of(model)}.jsonl"


# --- back ---------------------------------------------------------------------------------------


def read_clinic(path: Path, *, now: datetime) -> Carried:
    """Read a clinic into a database that holds none: all of it, or nothing.

    Raises:
        InputError: it is no such file or of another version, it was damaged or changed, the place
            is not empty, or what was read is not what was written.
    """
    if Clinic.objects.exists() or User.objects.exists():
        raise InputError("--folder", "holds a clinic already: a clinic is read into an empty place")
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive)
            _check_bytes(archive, manifest)
            with transaction.atomic():
                for model in carried():
                    _read_table(archive, model)
                clinic = _check(manifest)
                _leave_row(clinic, "clinic_import", now)
    except (zipfile.BadZipFile, EOFError, NotImplementedError):
        raise InputError(str(path), "is no file of a clinic, or is damaged") from None
    except DatabaseError as error:
        kind = type(error).__name__
        raise InputError(str(path), f"rows of it do not fit together ({kind})") from None
    rows = {name: table["rows"] for name, table in manifest["tables"].items()}
    return Carried(clinic.name, rows, manifest["audit_head"])


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    """What the file says of itself; of another version nothing is read."""
    names = archive.namelist()
    if MANIFEST not in names or archive.getinfo(MANIFEST).file_size > MOST_MANIFEST:
        raise InputError(MANIFEST, "is not there: this is no file of a clinic")
    try:
        manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
        said = (manifest["format"], manifest["ventosa"], manifest["tables_version"])
        tables = manifest["tables"]
        whole = all({"rows", "sum", "sha256"} <= set(table) for table in tables.values())
        whole = whole and isinstance(manifest["audit_head"], str)
        UUID(manifest["clinic"]["id"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(MANIFEST, "is not as a clinic is written") from None
    if said != (FORMAT, __version__, version_of_tables()) or not whole:
        raise InputError(
            MANIFEST,
            f"was written by Ventosa {said[1]} (tables {said[2]}); this is {__version__} (tables "
            f"{version_of_tables()}): read it with that version, and update the clinic there",
        )
    wanted = {MANIFEST, *(_member(model) for model in carried())}
    if set(names) != wanted or len(names) != len(wanted):
        raise InputError(MANIFEST, "names other tables than the file holds")
    if set(tables) != {name_of(model) for model in carried()}:
        raise InputError(MANIFEST, "names other tables than this version has")
    return manifest


def _check_bytes(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    for model in carried():
        whole = sha256()
        with archive.open(_member(model)) as table:
            for block in iter(lambda table=table: table.read(1 << 20), b""):  # type: ignore[misc]
                whole.update(block)
        if whole.hexdigest() != manifest["tables"][name_of(model)]["sha256"]:
            raise InputError(_member(model), "was changed or damaged since it was written")


def _read_table(archive: zipfile.ZipFile, model: type[Model]) -> None:
    batch: list[Model] = []
    with archive.open(_member(model)) as table:
        for number, line in enumerate(iter(lambda: table.readline(MOST_LINE), b""), start=1):
            batch.append(row_from(model, line, f"{_member(model)} line {number}"))
            if len(batch) == BATCH:
                model._default_manager.bulk_create(batch)
                batch = []
    model._default_manager.bulk_create(batch)


def _check(manifest: dict[str, Any]) -> Clinic:
    """What stands in the database now is what was written, and its audit chain is whole."""
    connection.check_constraints()
    clinic = Clinic.objects.filter(id=manifest["clinic"]["id"]).first()
    if clinic is None or Clinic.objects.count() != 1:
        raise InputError("tables/Clinic.jsonl", "holds another clinic than the manifest names")
    for model in carried():
        name = name_of(model)
        said = manifest["tables"][name]
        count, total = sum_of(lines_of(model, clinic.id))
        if model._default_manager.count() != count or (count, total) != (said["rows"], said["sum"]):
            raise InputError(_member(model), "came out other than it was written")
    broken = broken_links(clinic)
    if broken or head(clinic).written != manifest["audit_head"]:
        raise InputError("tables/AuditRow.jsonl", "; ".join(broken) or "ends elsewhere")
    return clinic


def _leave_row(clinic: Clinic, what: str, now: datetime) -> None:
    """The program itself did it: nobody is signed in on a command line."""
    row = AuditRow(id=new_id(), clinic=clinic, at=now, who=None, act="write", what=what)
    row.save(force_insert=True)
