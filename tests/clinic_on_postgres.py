"""Every test of the clinic again, on a PostgreSQL server of its own.

Arguments go to pytest. It is a run of its own because Django has one database a process.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from engines import USER, postgres, why_no_postgres

ROOT = Path(__file__).resolve().parents[1]
JOURNEYS = ("tests/journeys/test_entering_a_patient.py", "tests/journeys/test_a_first_visit.py")
"""Journeys that run on both databases; the others need a browser and no other database."""

ONLY_SQLITE = tuple(
    f"tests/web/test_{name}.py"
    for name in ("backups", "deploy", "killed", "lan", "recovery", "running", "serving", "updating")
)
"""Tests that start a clinic of their own, or need no database."""


def main(arguments: list[str]) -> int:
    """Run the tests; return pytest's exit code, 0 where PostgreSQL is not there."""
    reason = why_no_postgres()
    if reason is not None:
        print(f"The clinic was not tested on PostgreSQL: {reason}")
        return 0
    with postgres() as where:
        found = re.search(r"host=(\S+)", where)
        assert found is not None
        url = f"postgres://{USER}@/postgres?host={quote(found[1], safe='')}"
        journeys = list(JOURNEYS)
        if os.environ.get("VENTOSA_SOAK"):
            journeys = ["tests/journeys", "--ignore=tests/journeys/test_plan_page.py"]
        leave_out = [f"--ignore={name}" for name in ONLY_SQLITE]
        command = [sys.executable, "-m", "pytest", "-n", "2", "tests/web", *journeys, *leave_out]
        environment = {**os.environ, "VENTOSA_DATABASE": url}
        return subprocess.run([*command, *arguments], cwd=ROOT, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
