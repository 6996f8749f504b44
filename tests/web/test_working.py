"""Heavy work has a process of its own, which comes, dies and goes without harm."""

import multiprocessing
import os
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from ventosa.knowledge import load
from ventosa.record import Answers, Complaint, InputError, PalpatedSite
from ventosa.screening import screen
from ventosa.terms import Side
from ventosa.web.working import Worker


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def crash_once(marker: str) -> str:
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), 9)
    return "done"


def refuse() -> None:
    raise InputError("name", "is missing")


def test_work_runs_elsewhere_and_its_process_ends_when_idle() -> None:
    worker = Worker(idle_seconds=0.3)
    there = worker.run(os.getpid)
    assert there != os.getpid() and worker.run(os.getpid) == there
    for _ in range(100):
        if not worker.is_running and not is_alive(there):
            break
        time.sleep(0.1)
    assert not worker.is_running and not is_alive(there)
    assert worker.run(os.getpid) not in (os.getpid(), there)


def test_a_process_that_dies_is_started_again(tmp_path: object) -> None:
    worker = Worker(idle_seconds=5)
    assert worker.run(crash_once, f"{tmp_path}/crashed") == "done"


def solve_and_stop() -> None:
    Worker(idle_seconds=60).run(os.getpid)


def test_a_web_process_stops_at_once_though_its_worker_is_there() -> None:
    web = multiprocessing.get_context("spawn").Process(target=solve_and_stop)
    web.start()
    web.join(30)
    assert web.exitcode == 0


def test_an_error_of_the_work_is_raised_here() -> None:
    with pytest.raises(InputError, match="is missing"):
        Worker(idle_seconds=5).run(refuse)


def test_a_screening_travels_whole() -> None:
    site = PalpatedSite("L3", Side.BOTH, 2, 1)
    answers = Answers(complaint=Complaint(pain_now=5, sites=(site,)))
    screening = screen(answers, None, load(), on=date(2026, 11, 24))
    assert Worker(idle_seconds=5).run(back, screening) == screening


def back(value: object) -> object:
    return value


def test_the_solver_is_not_loaded_by_the_pages() -> None:
    code = (
        "import django; django.setup()\n"
        "import sys, ventosa.web.urls, ventosa.web.wsgi\n"
        "print([name for name in ('numpy', 'scipy', 'PIL', 'z3', 'duckdb') if name in sys.modules])"
    )
    import subprocess

    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "ventosa.web.settings"}
    told = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"


def test_a_copy_of_the_web_process_starts_a_worker_of_its_own() -> None:
    worker = Worker(idle_seconds=5)
    worker.run(os.getpid)
    copy = os.fork()
    if copy == 0:  # a pool of the other process would never answer here
        os._exit(1 if worker.is_running or worker._lock.locked() else 0)
    assert os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]) == 0
    assert worker.is_running
