"""A backup is whole or not there, and the clinic comes back from it with the sheet alone."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from clinic_folders import MADE, clean, copied, python, rows, ventosa

from engines import USER, postgres, why_no_postgres
from ventosa.web.running.backups import NEWEST, to_remove


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clinic of invented people with its recovery key; the sheet lies beside its folder."""
    place = tmp_path_factory.mktemp("made")
    done = python(MADE, str(place / "clinic"))
    assert done.returncode == 0, done.stderr
    done = ventosa(
        "backup", "--folder", place / "clinic", "--new-key", "--sheet", place / "sheet.html"
    )
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    copied(made / "clinic", tmp_path / "clinic")
    (tmp_path / "sheet.html").write_text((made / "sheet.html").read_text())
    return tmp_path


def backed_up(place: Path, *more: str) -> Path:
    done = ventosa("backup", "--folder", place / "clinic", "--to", place / "kept", *more)
    assert done.returncode == 0, done.stderr
    return next(iter(sorted((place / "kept").glob("*.backup"), reverse=True)))


def add_bytes(place: Path, megabytes: float) -> None:
    """Bytes that cannot be packed, as photos are."""
    with closing(sqlite3.connect(place / "clinic" / "clinic.sqlite3")) as base, base:
        (clinic,) = base.execute("SELECT id FROM clinic_clinic").fetchone()
        for number in range(8):
            base.execute(
                "INSERT INTO clinic_blob (id, clinic_id, sha256, media_type, data)"
                " VALUES (?, ?, ?, 'image/webp', ?)",
                (f"{number:032x}", clinic, f"{number:064x}", os.urandom(int(megabytes * 125_000))),
            )


def test_the_clinic_comes_back_on_an_empty_machine_with_the_sheet_alone(place: Path) -> None:
    add_bytes(place, 1)
    file = backed_up(place)
    before = rows(place / "clinic")
    typed = re.findall(r"<td>([0-9A-Z]{4}-[0-9A-Z]{4})</td>", (place / "sheet.html").read_text())
    slip = "0000-0000" if typed[0] != "0000-0000" else "1111-1111"
    lines = "\n".join([slip, *(line.lower().replace("-", " ") for line in typed)])
    done = ventosa("restore", file, "--folder", place / "new", typed=f"{lines}\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "line 1: is not as on the sheet" in done.stdout
    assert "the audit is" in done.stdout
    head = re.search(r"the audit ends at (\d+:[0-9a-f]{64})", done.stdout)
    assert head is not None and not head[1].startswith("0:")
    assert rows(place / "new") == before
    for name in ("secret.key", "backup.pub"):
        kept, new = place / "clinic" / name, place / "new" / name
        assert new.read_bytes() == kept.read_bytes()
        assert new.stat().st_mode & 0o077 == 0
    checked = ventosa("audit", "check", "--folder", place / "new", "--head", head[1])
    assert checked.returncode == 0, checked.stdout
    new = closing(sqlite3.connect(place / "new" / "clinic.sqlite3"))
    with new as base, pytest.raises(sqlite3.Error):
        base.execute("DELETE FROM clinic_document")  # the record is guarded as before
    # A second time: what stands there is not written over.
    again = ventosa("restore", file, "--folder", place / "new", "--sheet", place / "sheet.html")
    assert again.returncode == 2 and "not empty" in again.stderr
    assert rows(place / "new") == before


def test_nothing_readable_lies_in_a_backup_or_beside_it(place: Path) -> None:
    file = backed_up(place)
    lines = re.findall(r"<td>([0-9A-Z]{4}-[0-9A-Z]{4})</td>", (place / "sheet.html").read_text())
    assert len(lines) == 8
    for path in [file, *(place / "clinic").iterdir(), *(place / "kept").iterdir()]:
        held = path.read_bytes()
        if path.parent.name == "kept":
            assert b"Okafor" not in held and b"Harbour" not in held
        assert not any(line.encode() in held for line in lines), path.name
    assert file.stat().st_mode & 0o077 == 0


def test_a_copy_of_one_moment_while_people_write(place: Path) -> None:
    """Who writes two rows at once finds both or neither in the backup, and never waits for it."""
    add_bytes(place, 8)
    path, stop, slowest = place / "clinic" / "clinic.sqlite3", threading.Event(), [0.0]
    written = [0]

    def write() -> None:
        base = sqlite3.connect(path, timeout=20)
        (clinic,) = base.execute("SELECT id FROM clinic_clinic").fetchone()
        while not stop.is_set():
            begun, number = time.monotonic(), written[0]
            base.execute("BEGIN IMMEDIATE")
            base.execute(
                "INSERT INTO clinic_price (id, clinic_id, name, amount, currency, is_retired)"
                " VALUES (?, ?, 'pair', 1, 'EUR', 0)",
                (f"{number:032x}", clinic),
            )
            base.execute(
                "INSERT INTO clinic_notetemplate (id, clinic_id, name, text, is_retired)"
                " VALUES (?, ?, 'pair', 'x', 0)",
                (f"{number:032x}", clinic),
            )
            base.commit()
            slowest[0] = max(slowest[0], time.monotonic() - begun)
            written[0] += 1
            time.sleep(0.001)
        base.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        before = written[0]
        file = backed_up(place)
        after = written[0]
    finally:
        stop.set()
        writer.join()
    assert after > before
    done = ventosa("restore", file, "--folder", place / "new", "--sheet", place / "sheet.html")
    assert done.returncode == 0, done.stdout + done.stderr
    found = rows(place / "new")
    prices = {row[0] for row in found["clinic_price"] if "pair" in row}
    notes = {row[0] for row in found["clinic_notetemplate"] if "pair" in row}
    assert prices == notes and before <= len(prices) <= after
    assert slowest[0] < 5, slowest


def test_a_backup_that_is_tried_at_once_says_what_came_back(place: Path) -> None:
    file = backed_up(place, "--check")
    known = json.loads((place / "clinic" / "backups.json").read_text())
    assert known["last"]["path"] == str(file)
    assert known["tested"]["problems"] == []
    held = rows(place / "clinic")
    assert known["tested"]["rows"] == sum(len(v) for n, v in held.items() if n != "django_session")


def test_a_record_that_was_changed_in_secret_fails_the_test(place: Path) -> None:
    with closing(sqlite3.connect(place / "clinic" / "clinic.sqlite3")) as base, base:
        base.execute("DROP TRIGGER clinic_auditrow_no_update")
        base.execute("UPDATE clinic_auditrow SET what = 'nothing'")
    done = ventosa("backup", "--folder", place / "clinic", "--to", place / "kept", "--check")
    assert done.returncode == 1
    assert "was changed" in done.stdout
    told = ventosa("doctor", "--folder", place / "clinic", "--json")
    assert told.returncode == 1
    found = {f["topic"]: f["stands"] for f in json.loads(told.stdout)["findings"]}
    assert found["restore test"] == "bad" and found["clock"] == "ok"


def test_a_damaged_backup_and_another_sheet_leave_nothing(place: Path) -> None:
    file = backed_up(place)
    held = bytearray(file.read_bytes())
    held[-40] ^= 1
    file.write_bytes(held)
    done = ventosa("restore", file, "--folder", place / "new", "--sheet", place / "sheet.html")
    assert done.returncode == 2 and "damaged" in done.stderr
    other = ["--new-key", "--instead", "--sheet", str(place / "other.html")]
    assert ventosa("backup", "--folder", place / "clinic", *other).returncode == 0
    done = ventosa("restore", file, "--folder", place / "new", "--sheet", place / "other.html")
    assert done.returncode == 2 and "opens with the sheet" in done.stderr
    assert sorted(p.name for p in place.iterdir()) == ["clinic", "kept", "other.html", "sheet.html"]


def test_a_key_is_made_once_and_never_lies_beside_the_backups(place: Path) -> None:
    again = ventosa("backup", "--folder", place / "clinic", "--new-key")
    assert again.returncode == 2 and "there is a key already" in again.stderr
    backed_up(place)
    beside = ["--new-key", "--instead", "--sheet", str(place / "kept" / "sheet.html")]
    done = ventosa("backup", "--folder", place / "clinic", *beside)
    assert done.returncode == 2 and "takes the key too" in done.stderr
    inside = ventosa("backup", "--folder", place / "clinic", "--to", place / "clinic" / "b")
    assert inside.returncode == 2 and "own folder" in inside.stderr
    (place / "clinic" / "backup.pub").unlink()
    none = ventosa("backup", "--folder", place / "clinic", "--to", place / "kept")
    assert none.returncode == 2 and "--new-key" in none.stderr


def test_a_disk_that_fills_leaves_no_half_backup(place: Path) -> None:
    add_bytes(place, 2)
    arguments = ("backup", "--folder", place / "clinic", "--to", place / "kept")
    done = ventosa(*arguments, most_bytes=1_000_000)
    assert done.returncode == 2, done.stdout
    assert "the disk is full" in done.stderr and "clinic itself is not touched" in done.stderr
    assert list((place / "kept").iterdir()) == []
    assert not (place / "clinic" / "backups.json").exists()
    assert ventosa(*arguments).returncode == 0


@pytest.fixture
def killed(place: Path) -> Iterator[Path]:
    """A place where a backup was killed while it wrote."""
    add_bytes(place, 60)
    command = [sys.executable, "-m", "ventosa", "backup", "--folder", str(place / "clinic")]
    process = subprocess.Popen([*command, "--to", str(place / "kept")], env=clean())
    for _ in range(3000):
        found = list((place / "kept").glob("*.part")) if (place / "kept").exists() else []
        if found and found[0].stat().st_size > 1_000_000:
            break
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    yield place


def test_a_backup_that_is_killed_leaves_a_clear_state(killed: Path) -> None:
    kept = killed / "kept"
    assert [path.suffix for path in kept.iterdir()] == [".part"]
    told = ventosa("doctor", "--folder", killed / "clinic")
    assert "no backup was made yet" in told.stdout
    file = backed_up(killed)
    assert [path.name for path in kept.iterdir()] == [file.name]


def test_a_restore_that_is_killed_is_made_anew(place: Path) -> None:
    add_bytes(place, 30)
    file = backed_up(place)
    command = [sys.executable, "-m", "ventosa", "restore", str(file)]
    more = ["--folder", str(place / "new"), "--sheet", str(place / "sheet.html")]
    process = subprocess.Popen([*command, *more], env=clean())
    half = place / ".new.restoring"
    for _ in range(3000):
        if (half / "clinic.sqlite3").exists():
            break
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert half.is_dir() and not (place / "new").exists()
    refused = ventosa("serve", "--folder", half)
    assert refused.returncode == 2 and "did not finish" in refused.stderr
    done = ventosa("restore", file, *more)
    assert done.returncode == 0, done.stderr
    assert not half.exists()


# --- the other database -----------------------------------------------------------------------


def test_a_clinic_moves_to_postgresql_and_back_without_loss(place: Path) -> None:
    reason = why_no_postgres()
    if reason is not None:
        pytest.skip(reason)
    add_bytes(place, 0.1)
    before, sheet = rows(place / "clinic"), ("--sheet", place / "sheet.html")
    with postgres() as where:
        found = re.search(r"host=(\S+)", where)
        assert found is not None
        base = ("--database", f"postgres://{USER}@/postgres?host={quote(found[1], safe='')}")
        file = backed_up(place)
        over = ventosa("restore", file, "--folder", place / "large", *base, *sheet)
        assert over.returncode == 0, over.stdout + over.stderr
        again = ventosa("restore", file, "--folder", place / "second", *base, *sheet)
        assert again.returncode == 2 and "is not empty" in again.stderr
        told = ventosa("backup", "--folder", place / "large", *base, "--to", place / "there")
        assert told.returncode == 0, told.stderr
    (file,) = (place / "there").glob("*.backup")
    back = ventosa("restore", file, "--folder", place / "new", *sheet)
    assert back.returncode == 0, back.stdout + back.stderr
    assert whole(rows(place / "new")) == whole(before)


def whole(found: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    """Rows with their JSON read: PostgreSQL keeps what it says and not how it was written."""
    return {
        name: sorted((tuple(map(read, row)) for row in held), key=repr)
        for name, held in found.items()
    }


def read(cell: object) -> object:
    if isinstance(cell, str) and cell[:1] in "{[" and cell:
        return json.dumps(json.loads(cell), sort_keys=True)
    return cell


# --- which are kept -------------------------------------------------------------------------------

NIGHT = datetime(2026, 11, 24, 2)


def test_every_night_of_two_years_leaves_days_weeks_and_months() -> None:
    kept: set[datetime] = set()
    for day in range(730):
        kept.add(NIGHT + timedelta(days=day))
        kept -= to_remove(sorted(kept))
    assert 35 < len(kept) < 50
    last = max(kept)
    assert {last - timedelta(days=back) for back in range(14)} <= kept
    assert min(kept) < last - timedelta(days=600)


def test_a_clock_that_jumps_a_year_ahead_removes_none_of_the_newest() -> None:
    nights = {NIGHT + timedelta(days=day) for day in range(NEWEST)}
    assert to_remove([*nights, NIGHT + timedelta(days=365)]) == set()


def test_many_of_one_day_are_not_kept_for_ever() -> None:
    one_day = [NIGHT + timedelta(minutes=minute) for minute in range(30)]
    assert len(to_remove(one_day)) == 30 - NEWEST
    assert max(one_day) not in to_remove(one_day)
