"""A clinic that is killed, or whose disk is full, loses nothing that it acknowledged."""

import json
import random
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from django.urls import reverse

from cast import Cast
from served import Clinic, served
from ventosa.web.models import AuditRow, Document, Kind

KILLS = 5


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    yield from served(tmp_path / "clinic")


def begin(clinic: Clinic) -> str:
    """A visit of somebody of the demo clinic; its address."""
    clinic.read_token()
    row = clinic.rows("SELECT id FROM clinic_patient WHERE is_merged = 0 ORDER BY number LIMIT 1")
    patient = UUID(row[0][0])
    form = {"csrfmiddlewaretoken": clinic.token, "key": f"visit-{random.random()}"}
    status, text, where = clinic.ask("POST", f"/patients/{patient}/visit/", form)
    assert status == 302, text
    return where.removesuffix("assess/")


def write_until_killed(clinic: Clinic, visit: str, round_: int, kept: set[str]) -> None:
    """Send entries one after another; a kill falls at a moment nobody chose."""
    cut = threading.Timer(random.uniform(0.3, 1.2), clinic.kill)
    cut.start()
    for number in range(10_000):
        key = f"r{round_}-{number}"
        said = [{"key": key, "field": "note", "value": f"word {number}", "saw": ""}]
        try:
            status, text, _ = clinic.ask("POST", f"{visit}entries/", json.dumps({"entries": said}))
        except (OSError, HTTPException):
            break
        if status == 200:
            kept.update(json.loads(text)["kept"])
    cut.join()


def test_a_kill_loses_nothing_that_was_acknowledged(clinic: Clinic) -> None:
    kept: set[str] = set()
    visit = begin(clinic)
    for round_ in range(KILLS):
        write_until_killed(clinic, visit, round_, kept)
        clinic.start()
        clinic.read_token()
        there = {key for (key,) in clinic.rows("SELECT key FROM clinic_entry")}
        assert kept <= there, sorted(kept - there)[:5]
    assert len(kept) > KILLS
    own = [key for key in there if re.fullmatch(r"r\d-\d+", key)]
    audited = clinic.rows(
        "SELECT count(*) FROM clinic_auditrow WHERE what = 'entries' AND detail LIKE '%1%'"
        " AND at >= (SELECT min(at) FROM clinic_entry WHERE key LIKE 'r0-%')"
    )
    assert int(audited[0][0]) == len(own)  # one submission, one entry, one row
    done = subprocess.run(
        [sys.executable, "-m", "ventosa", "audit", "check", "--folder", str(clinic.folder)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "whole" in done.stdout


def test_reading_does_not_wait_for_ten_thousand_rows_to_be_sealed(clinic: Clinic) -> None:
    clinic.read_token()
    patient = UUID(clinic.rows("SELECT id FROM clinic_patient ORDER BY number LIMIT 1")[0][0])
    address = f"/patients/{patient}/"
    assert clinic.ask("GET", address)[0] == 200
    base = sqlite3.connect(clinic.folder / "clinic.sqlite3", timeout=20)
    (row,) = base.execute("SELECT clinic_id FROM clinic_auditrow LIMIT 1").fetchall()
    with base:
        base.executemany(
            "INSERT INTO clinic_auditrow (id, clinic_id, at, act, what, detail)"
            " VALUES (?, ?, strftime('%Y-%m-%d %H:%M:%f', 'now'), 'read', 'chart', '{}')",
            [(f"01900000000070008000{n:012x}", row[0]) for n in range(10_000)],
        )
    begun, slowest, waiting = time.monotonic(), 0.0, 1
    while waiting and time.monotonic() < begun + 30:
        asked = time.perf_counter()
        assert clinic.ask("GET", address)[0] == 200
        slowest = max(slowest, time.perf_counter() - asked)
        found = base.execute(
            "SELECT count(*) FROM clinic_auditrow WHERE seal IS NULL AND id < '0191'"
        )
        waiting = found.fetchone()[0]
    base.close()
    assert not waiting
    assert time.monotonic() - begun < 10  # the promise, with a page open all the time
    assert slowest < 1.5, slowest
    listed = subprocess.run(
        [sys.executable, "-m", "ventosa", "audit", "head", "--folder", str(clinic.folder)],
        capture_output=True,
        text=True,
    )
    head = listed.stdout.split()[0]
    assert re.fullmatch(r"\d+:[0-9a-f]{64}", head)
    check = [sys.executable, "-m", "ventosa", "audit", "check", "--folder", str(clinic.folder)]
    assert subprocess.run([*check, "--head", head], capture_output=True).returncode == 0
    wrong = subprocess.run([*check, "--head", "1:" + "0" * 64], capture_output=True, text=True)
    assert wrong.returncode == 1 and "stands in no chain" in wrong.stdout


def test_a_folder_without_a_clinic_is_said_in_words(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ventosa", "audit", "check", "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2 and "holds no clinic" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.django_db(transaction=True)
def test_a_full_disk_gives_a_page_and_leaves_nothing_half_written(cast: Cast) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the limit is SQLite's")
    patient = cast.patient()
    client = cast.client("alice")
    address = reverse("details", args=[patient.id])
    assert client.get(address).status_code == 200
    before = Document.objects.count(), AuditRow.objects.count()
    with connection.cursor() as cursor:
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        free = cursor.execute("PRAGMA freelist_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
    form = {"key": "full", "name": "Daniel Okafor", "language": "en", "remarks": "a" * 2000}
    full = None
    for number in range(50 + free):
        full = client.post(address, {**form, "key": f"full-{number}"})
        if full.status_code != 302:
            break
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1073741823")
    assert full is not None and full.status_code == 507
    page = full.content.decode()
    assert "cannot store this now" in page and "Nothing was saved" in page
    written = Document.objects.filter(kind=Kind.DETAILS).count()
    rows = AuditRow.objects.filter(what="details", act="write").count()
    assert written == rows  # each document with its row, and no more of either
    assert Document.objects.count() >= before[0]
    assert client.post(address, {**form, "key": "again"}).status_code == 302
