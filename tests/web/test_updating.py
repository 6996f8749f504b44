"""A new program meets an older database: a copy first, nothing lost, never half."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from clinic_folders import clean, copied, python, rows, ventosa

HERE = Path(__file__).parent
MIGRATIONS = HERE.parents[1] / "src" / "ventosa" / "web" / "migrations"
EVERY = sorted(path.stem for path in MIGRATIONS.glob("0*.py"))

KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from contextlib import closing
from pathlib import Path
from django.db.migrations.migration import Migration
from ventosa.web.serving import Order, prepare
apply = Migration.apply
def until_last(self, *args, **kwargs):
    if self.name == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
    return apply(self, *args, **kwargs)
Migration.apply = until_last
prepare(Order(Path(sys.argv[1])), datetime.now(UTC))
"""
"""An update in which the power fails before the last of its steps."""

UPDATED = """
import sys
from datetime import UTC, datetime
from contextlib import closing
from pathlib import Path
from ventosa.web.serving import Order, prepare
print(prepare(Order(Path(sys.argv[1])), datetime.now(UTC)).notes)
"""


def old_versions(*arguments: object) -> str:
    """Run the script beside this file; what it prints."""
    done = subprocess.run(
        [sys.executable, str(HERE / "old_versions.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        env=clean() | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clinic as an earlier program left it."""
    folder = tmp_path_factory.mktemp("older") / "clinic"
    folder.mkdir(0o700)
    old_versions(folder, EVERY[2])
    return folder


@pytest.fixture
def folder(older: Path, tmp_path: Path) -> Path:
    return copied(older, tmp_path / "clinic")


def patients(folder: Path) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(folder / "clinic.sqlite3")) as base:
        return set(base.execute("SELECT id, name FROM clinic_patient"))


def applied(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "clinic.sqlite3")) as base, base:
        found = base.execute("SELECT name FROM django_migrations WHERE app = 'clinic'")
        return {name for (name,) in found}


def test_a_filled_database_of_every_earlier_version_comes_to_this_one(tmp_path: Path) -> None:
    told = json.loads(old_versions(tmp_path))
    assert sorted(told) == EVERY[:-1]
    assert not any(told.values()), told


def test_an_update_begins_with_a_copy(folder: Path) -> None:
    before, known = rows(folder), patients(folder)
    done = python(UPDATED, str(folder))
    assert done.returncode == 0, done.stderr
    assert "A copy of it as it was before" in done.stdout
    assert applied(folder) == set(EVERY)
    assert len(known) > 1 and patients(folder) == known
    (copy,) = folder.glob("before-update-*.sqlite3")
    assert copy.stat().st_mode & 0o077 == 0
    copy.replace(folder / "clinic.sqlite3")
    assert rows(folder) == before
    assert not (folder / "update-unfinished.json").exists()


def test_no_room_for_the_copy_means_no_update(folder: Path) -> None:
    before, names = rows(folder), applied(folder)
    script = UPDATED.replace("print(", "import shutil\nshutil.disk_usage = lambda _: _few\nprint(")
    few = "from collections import namedtuple\n_few = namedtuple('U', 'free')(1000)\n"
    done = python(few + script, str(folder))
    assert done.returncode != 0 and "MB free for a copy" in done.stderr
    assert rows(folder) == before and applied(folder) == names


@pytest.fixture
def half(folder: Path) -> Path:
    """The power failed in the middle of an update."""
    done = python(KILLED, str(folder), EVERY[-1])
    assert done.returncode == -9
    assert EVERY[-2] in applied(folder) and EVERY[-1] not in applied(folder)
    return folder


def test_a_half_updated_clinic_does_not_open_and_is_finished(half: Path) -> None:
    known = patients(half)
    refused = ventosa("serve", "--folder", half)
    assert refused.returncode == 2
    assert "stopped in the middle" in refused.stderr and "ventosa update" in refused.stderr
    told = ventosa("doctor", "--folder", half, "--json")
    found = {f["topic"]: f for f in json.loads(told.stdout)["findings"]}
    assert told.returncode == 1 and found["database"]["stands"] == "bad"
    done = ventosa("update", "--folder", half)
    assert done.returncode == 0, done.stderr
    assert applied(half) == set(EVERY) and patients(half) == known
    assert not (half / "update-unfinished.json").exists()


def test_a_half_updated_clinic_is_taken_back(half: Path, older: Path) -> None:
    done = ventosa("update", "--back", "--folder", half)
    assert done.returncode == 0, done.stderr
    assert rows(half) == rows(older) and applied(half) == applied(older)
    assert list(half.glob("half-updated-*.sqlite3"))
    again = ventosa("update", "--back", "--folder", half)
    assert again.returncode == 2 and "no update that stopped" in again.stderr


def test_a_database_of_a_later_program_is_left_alone(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "clinic.sqlite3")) as base, base:
        base.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('clinic', '9999_future', '2030-01-01')"
        )
    before, names = rows(folder), applied(folder)
    for command in ("serve", "update"):
        done = ventosa(command, "--folder", folder)
        assert done.returncode == 2 and "later Ventosa" in done.stderr
    assert rows(folder) == before and applied(folder) == names
    assert not list(folder.glob("before-update-*"))


def test_a_gap_in_the_history_is_refused(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "clinic.sqlite3")) as base, base:
        base.execute("DELETE FROM django_migrations WHERE name = ?", [EVERY[1]])
    done = ventosa("serve", "--folder", folder)
    assert done.returncode == 2 and "without an earlier one" in done.stderr
