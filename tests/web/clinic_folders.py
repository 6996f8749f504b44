"""Clinics in folders of their own, and the program run on them from outside."""

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

MADE = """
import sys
from datetime import UTC, datetime
from contextlib import closing
from pathlib import Path
from ventosa.web.serving import Order, prepare
now = datetime.now(UTC)
prepare(Order(Path(sys.argv[1])), now)
from ventosa.web.actions import clinics, documents, patients
from ventosa.web.documents import Details, NoteBody
from ventosa.web.ids import new_id
from ventosa.web.scope import Scope
from ventosa.web.sealing import seal_waiting
owner = clinics.found(name="Harbour", owner="Alice", username="alice", password=None, now=now)
scope = Scope(owner, now)
for name in ("Daniel Okafor", "نور حداد", "Inês Moreau"):
    details = Details(name=name, birth_date="1972-03-14", sex="female")
    patient = patients.register(scope, details=details, key=name)
    body = NoteBody(text="Sleeps badly.")
    documents.write(scope, patient=patient, kind="note", body=body, key=f"note {name}")
seal_waiting(new_id())
"""
"""A clinic with invented people, its audit sealed."""


def python(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, env=clean()
    )


def clean() -> dict[str, str]:
    """The environment without what a test run says of its own clinic."""
    return {name: value for name, value in os.environ.items() if "VENTOSA" not in name} | {
        "PYTHONPATH": os.environ.get("PYTHONPATH", "")
    }


def ventosa(
    *arguments: str | Path, typed: str = "", most_bytes: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the program; ``most_bytes``: no file may grow beyond, as on a full disk."""
    return subprocess.run(
        [sys.executable, "-m", "ventosa", *map(str, arguments)],
        capture_output=True,
        text=True,
        input=typed,
        env=clean(),
        preexec_fn=None if most_bytes is None else limit(most_bytes),
    )


def limit(most_bytes: int) -> Callable[[], None]:
    def run() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    return run


def copied(folder: Path, to: Path) -> Path:
    """A copy of a clinic that nobody has open."""
    shutil.copytree(folder, to)
    to.chmod(0o700)
    return to


def rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of a clinic's database by table, in one order."""
    with closing(sqlite3.connect(folder / "clinic.sqlite3")) as base, base:
        found = base.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        tables = {name for (name,) in found} - {"sqlite_sequence", "django_migrations"}
        return {
            name: sorted(base.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
            for name in sorted(tables)
        }
