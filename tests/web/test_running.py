"""A second program, settings that are not safe, the log, the health address, a clock that jumps."""

import io
import json
import logging
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from clinic_folders import MADE, clean, copied, python, ventosa
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client

from cast import Cast
from ventosa.record import InputError
from ventosa.web.running import health, journal, locking, refusals
from ventosa.web.running.clock import went_back
from ventosa.web.running.configuration import SETTINGS, settings_of

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("running") / "clinic"
    done = python(MADE, str(folder))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return copied(made, tmp_path / "clinic")


class Served:
    """A clinic that is open, in a process group of its own."""

    def __init__(self, folder: Path, port: int, *more: str) -> None:
        command = [sys.executable, "-m", "ventosa", "serve", "--folder", str(folder)]
        self.process = subprocess.Popen(
            [*command, "--port", str(port), *more],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=clean(),
        )
        self.told, self.port, workers = "", port, 0
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.told += line
            workers += "Started worker" in line
            if workers == int(more[-1] if "--workers" in more else 1):
                break
        else:
            raise AssertionError(self.told + self.process.communicate()[1])

    def get(self, path: str) -> int:
        for _ in range(100):
            try:
                with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
                    return int(answer.status)
            except HTTPError as error:
                return error.code
            except OSError:
                time.sleep(0.1)
        raise AssertionError("it did not answer")

    def end(self) -> str:
        """Stop it once it answers; what it logged. A server that is told to stop while a worker
        begins waits for that worker: systemd ends what is left after 20 seconds."""
        self.get("/health/")
        self.process.terminate()
        return self.process.communicate(timeout=60)[1]

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate(timeout=10)


@pytest.fixture
def port() -> int:
    import socket

    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        number: int = asked.getsockname()[1]
        return number


@pytest.fixture
def served(folder: Path, port: int) -> Iterator[Served]:
    one = Served(folder, port)
    yield one
    one.kill()


# --- one program --------------------------------------------------------------------------------


def test_a_second_program_is_refused_and_a_killed_one_locks_nobody_out(
    served: Served, folder: Path, port: int
) -> None:
    refused = ventosa("serve", "--folder", folder, "--port", port + 1)
    assert refused.returncode == 2
    assert f"process {served.process.pid}" in refused.stderr and "--workers" in refused.stderr
    assert served.get("/health/") == 200  # the first goes on
    told = json.loads(ventosa("doctor", "--folder", folder, "--json").stdout)
    assert str(served.process.pid) in next(
        f["said"] for f in told["findings"] if f["topic"] == "server"
    )
    served.kill()
    again = Served(folder, port)
    try:
        assert "did not end by itself" in again.told and "Nothing is lost" in again.told
    finally:
        again.end()
    third = Served(folder, port, "--workers", "2")
    third.kill()
    assert "did not end" not in third.told


def test_a_worker_that_outlived_its_program_is_named_as_one() -> None:
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], text=True, capture_output=True
    )
    last = {"process": int(gone.stdout), "since": "then"}
    assert "by a worker of" in locking._who(last, locking.SERVED)
    assert "by a worker of" not in locking._who({**last, "process": os.getpid()}, locking.SERVED)


# --- settings -----------------------------------------------------------------------------------


def test_a_file_of_settings_stands_behind_the_command_line(folder: Path, port: int) -> None:
    file = folder.parent / "ventosa.toml"
    file.write_text(f'folder = "{folder.name}"\nport = {port}\nhost = "0.0.0.0"\n')
    refused = ventosa("serve", "--config", file)
    assert refused.returncode == 2 and "plain HTTP" in refused.stderr
    one = Served(folder, port, "--config", str(file), "--host", "127.0.0.1")
    assert f":{port}/" in one.told
    one.end()
    told = ventosa("doctor", "--config", file, "--json")
    assert str(folder) in told.stdout


@pytest.mark.parametrize(
    "text, problem",
    [
        ("prot = 1", "prot: is no setting"),
        ('port = "8600"', "port: is a number"),
        ("lan = 1", "lan: is true or false"),
        ("port = ", "is no TOML"),
    ],
)
def test_a_setting_that_is_wrong_is_named(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "ventosa.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=problem):
        settings_of(file)
    done = ventosa("serve", "--config", file)
    assert done.returncode == 2 and problem in done.stderr


def test_a_password_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ventosa.toml"
    file.write_text('database = "postgres://v:secret@127.0.0.1/clinic"')
    file.chmod(0o644)
    with pytest.raises(InputError, match="chmod 600") as refused:
        settings_of(file)
    assert "secret" not in str(refused.value)
    file.chmod(0o600)
    assert settings_of(file)["database"].startswith("postgres://")


def test_every_setting_of_a_file_is_an_option_of_a_command() -> None:
    from ventosa.cli import ventosa as program

    options = {
        option.name
        for name in ("serve", "backup", "doctor")
        for option in program.commands[name].params
    }
    assert set(SETTINGS) <= options


# --- what is not safe ---------------------------------------------------------------------------


def test_a_folder_open_to_everybody_is_refused_but_for_a_demo(folder: Path) -> None:
    folder.chmod(0o755)
    with pytest.raises(InputError, match="chmod 700"):
        refusals.refuse_insecure(folder, None)
    done = ventosa("serve", "--folder", folder)
    assert done.returncode == 2 and "chmod 700" in done.stderr


@pytest.mark.parametrize(
    "mode, text, problem", [(0o644, "x" * 60, "read by others"), (0o600, "", "not written whole")]
)
def test_a_secret_that_is_open_or_short_is_refused(
    tmp_path: Path, mode: int, text: str, problem: str
) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "secret.key").write_text(text)
    (tmp_path / "secret.key").chmod(mode)
    with pytest.raises(InputError, match=problem):
        refusals.refuse_insecure(tmp_path, None)


@pytest.mark.parametrize(
    "url, private",
    [
        ("postgres://v@db.example/clinic", False),
        ("postgres://v@db.example/clinic?sslmode=prefer", False),
        ("postgres://v@db.example/clinic?sslmode=verify-full", True),
        ("postgres://v@127.0.0.1/clinic", True),
        ("postgres://v@/clinic?host=%2Frun%2Fpostgresql", True),
        ("postgres://v@/clinic?host=db.example", False),
    ],
)
def test_a_database_is_not_reached_over_an_open_line(url: str, private: bool) -> None:
    assert refusals.is_private(url) is private


def test_no_address_signs_in_the_owner_of_a_real_clinic(folder: Path) -> None:
    done = ventosa("serve", "--demo", "--folder", folder)
    assert done.returncode == 2 and "no demo" in done.stderr
    assert "/demo/" not in done.stdout


def test_the_database_is_closed_to_others(served: Served, folder: Path) -> None:
    served.get("/health/")
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name


# --- the log ------------------------------------------------------------------------------------


def test_the_log_names_pages_and_nobody(served: Served, folder: Path) -> None:
    patient = "0192f0c4-0000-7000-8000-000000000001"
    served.get(f"/patients/{patient}/?name=Okafor")
    served.get("/account/login/?next=/patients/%d8%af/")
    served.get(f"/no/{patient}/Okafor")
    lines = [line for line in served.end().splitlines() if line.startswith("{")]
    said = [json.loads(line) for line in lines]
    pages = [one for one in said if one.get("page", "health") != "health"]
    assert [one["page"] for one in pages] == ["chart", "account_login", "account_login", "unknown"]
    assert all(set(one) == {"at", "level", "page", "method", "status", "ms"} for one in pages)
    assert [one["status"] for one in pages] == [302, 200, 200, 404]
    assert not any(word in line for line in lines for word in (patient, "Okafor", "/patients"))


def test_a_fault_is_logged_as_a_line_without_what_was_typed() -> None:
    from ventosa.web.faults import WithoutValues

    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(journal.Lines())
    handler.addFilter(WithoutValues())
    log = logging.Logger("django.request")
    log.addHandler(handler)
    try:
        raise ValueError("Daniel Okafor")
    except ValueError:
        log.exception("at /patients/1/")
    said = json.loads(out.getvalue())
    assert said["level"] == "error" and said["message"].startswith("ValueError at ")
    assert "Okafor" not in out.getvalue() and "/patients/" not in out.getvalue()


# --- health -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_health_address_says_one_word() -> None:
    answer = Client().get("/health/")
    assert answer.json() == {"status": "ok"} and answer.status_code == 200


def test_a_look_that_hangs_is_not_waited_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    stop = threading.Event()

    def hangs() -> bool:
        stop.wait(30)
        return True

    monkeypatch.setattr(health, "is_well", hangs)
    monkeypatch.setattr(health, "SECONDS", 0.2)
    monkeypatch.setattr(health, "HOLDS_SECONDS", 0.0)
    watch, begun = health.Watch(), time.monotonic()
    try:
        assert [watch.is_well() for _ in range(20)] == [False] * 20
        assert time.monotonic() - begun < 2
    finally:
        stop.set()
    for _ in range(100):
        time.sleep(0.02)
        if watch.is_well():
            return
    raise AssertionError("it stays degraded after the hanging look ended")


def test_who_asks_often_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    monkeypatch.setattr(health, "is_well", lambda: not looks.append(1))
    watch = health.Watch()
    assert all(watch.is_well() for _ in range(50))
    assert len(looks) == 1


def test_a_full_disk_is_degraded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from dataclasses import replace

    monkeypatch.setattr(
        django_settings, "DEPLOYMENT", replace(django_settings.DEPLOYMENT, folder=tmp_path)
    )
    assert health._has_room()
    monkeypatch.setattr(health, "LEAST_MEGABYTES", 10**9)
    assert not health._has_room()


# --- the clock ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_clock_that_went_back_is_found_by_what_was_written(cast: Cast) -> None:
    now = datetime.now(UTC)
    assert went_back(now) == ""
    cast.patient()
    assert went_back(now) == ""
    assert went_back(now + timedelta(days=400)) == ""
    said = went_back(now - timedelta(hours=3))
    assert "Set the clock right" in said and "Okafor" not in said
    assert connection.vendor in ("sqlite", "postgresql")


def test_a_start_after_the_clock_went_back_says_so_and_loses_nothing(folder: Path) -> None:
    script = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ventosa.web.serving import Order, prepare
order, now = Order(Path(sys.argv[1])), datetime.now(UTC)
print(prepare(order, now - timedelta(days=2)).notes)
from ventosa.web.actions.audit import broken_links
from ventosa.web.actions import documents
from ventosa.web.documents import NoteBody
from ventosa.web.ids import new_id
from ventosa.web.models import Clinic, Document, Membership, Patient
from ventosa.web.scope import Scope
from ventosa.web.sealing import seal_waiting
scope = Scope(Membership.objects.select_related("clinic").get(), now - timedelta(days=2))
before = Document.objects.count()
patient, body = Patient.objects.first(), NoteBody(text="x")
documents.write(scope, patient=patient, kind="note", body=body, key="k")
assert Document.objects.count() == before + 1
seal_waiting(new_id())
assert broken_links(Clinic.objects.get()) == []
"""
    done = python(script, str(folder))
    assert done.returncode == 0, done.stderr
    assert "Set the clock right" in done.stdout


# --- the doctor ---------------------------------------------------------------------------------


def test_the_doctor_says_what_to_do_and_changes_nothing(folder: Path) -> None:
    before = {p.name: p.read_bytes() for p in folder.iterdir() if p.suffix != ".lock"}
    done = ventosa("doctor", "--folder", folder)
    assert done.returncode == 1  # no backup
    lines = done.stdout.splitlines()
    assert any(line.startswith("bad   backup") for line in lines)
    assert any("ventosa backup --new-key" in line for line in lines)
    assert not any("Okafor" in line for line in lines)
    after = {p.name: p.read_bytes() for p in folder.iterdir() if p.suffix != ".lock"}
    assert after == before
    for name, wrong, topic in (
        ("secret.key", lambda p: p.chmod(0o644), "secret.key"),
        ("clinic.sqlite3", lambda p: p.write_bytes(b"SQLite" * 400), "database"),
    ):
        wrong(folder / name)
        told = ventosa("doctor", "--folder", folder, "--json")
        assert told.returncode == 1
        found: dict[str, Any] = {f["topic"]: f for f in json.loads(told.stdout)["findings"]}
        assert found[topic]["stands"] == "bad" and found[topic]["then"]


def test_the_doctor_of_nothing_says_so(tmp_path: Path) -> None:
    done = ventosa("doctor", "--folder", tmp_path / "none")
    assert done.returncode == 1 and "is not there" in done.stdout
    assert not list(tmp_path.iterdir())


def test_a_certificate_that_was_renewed_and_is_not_shown_yet_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ventosa.web.certificates import read_certificates
    from ventosa.web.lan import SERVER_FILE, Place, server_certificate
    from ventosa.web.running import doctor
    from ventosa.web.serving import Order

    place, order = Place(("reception.local",)), Order(tmp_path)
    server_certificate(tmp_path, place, NOW)
    shown = read_certificates(tmp_path / SERVER_FILE)[0]
    monkeypatch.setattr(doctor, "holder", lambda folder: "process 7")
    monkeypatch.setattr(doctor, "served_certificate", lambda port: shown)
    fine = doctor._certificate(order, NOW)
    assert fine.stands == "ok" and "reception.local" in fine.said
    (tmp_path / SERVER_FILE).unlink()
    server_certificate(tmp_path, place, NOW)
    assert doctor._certificate(order, NOW).stands == "warn"
    assert doctor._certificate(order, NOW + timedelta(days=380)).stands == "warn"
    assert doctor._certificate(order, NOW + timedelta(days=400)).stands == "bad"
