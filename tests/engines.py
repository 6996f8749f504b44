"""Engines for the tests: a PostgreSQL server of one's own, and why an engine is not there."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from typing import Any

DEBIAN = Path("/usr/lib/postgresql")
SECONDS_TO_START = 30
OLDEST = 15
USER = "ventosa"
SERVER_USER = "postgres"
"""Whom the server runs as where the tests run as root; Debian's package makes that user."""


def why_no_postgres() -> str | None:
    """Why PostgreSQL cannot be tested here, or ``None``."""
    if find_spec("psycopg") is None:
        return "psycopg is not installed: pip install 'ventosa[postgres]'"
    if _programs() is None:
        return f"no PostgreSQL {OLDEST} or newer in {DEBIAN}: apt-get install postgresql"
    return None


def why_no_spark() -> str | None:
    """Why Spark cannot be tested here, or ``None``."""
    if find_spec("pyspark") is None:
        return "pyspark is not installed: pip install 'ventosa[spark]'"
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        return "no Java: apt-get install default-jre-headless"
    return None


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL server of its own, as a connection string; gone afterwards, data and all.

    It listens on a socket in its own folder only. The folder is not pytest's: those of root are
    closed to the user that the server runs as, and a socket's path has at most 107 characters.
    """
    programs = _programs()
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="ventosa-"))
    try:
        if _is_root():
            shutil.chown(folder, SERVER_USER)
        with (folder / "log").open("wb") as log:
            server = _started(programs, folder, log.fileno())
            try:
                where = f"host={folder} user={USER} dbname=postgres"
                _wait(server, where, folder / "log")
                yield where
            finally:
                # A fast shutdown: open transactions are rolled back.
                server.send_signal(signal.SIGINT)
                server.wait(SECONDS_TO_START)
    finally:
        shutil.rmtree(folder)


def _is_root() -> bool:
    return os.geteuid() == 0


def _programs() -> Path | None:
    """The folder of the newest server from Debian's packages that is new enough."""
    found = {int(path.parents[1].name): path.parent for path in DEBIAN.glob("*/bin/initdb")}
    newest = max(found, default=0)
    return found[newest] if newest >= OLDEST else None


def _started(programs: Path, folder: Path, log: int) -> subprocess.Popen[bytes]:
    data = folder / "data"
    initdb = [programs / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8"]
    # A locale that sorts otherwise than by bytes, so that a missing COLLATE shows.
    locale = ["--locale-provider=icu", "--icu-locale=en", "--locale=C"]
    server = [programs / "postgres", "-D", data, "-k", folder, "-clisten_addresses="]
    off = [f"-c{name}=off" for name in ("fsync", "synchronous_commit", "full_page_writes")]
    # The server refuses to run as root.
    who = {"user": SERVER_USER, "group": SERVER_USER, "extra_groups": []} if _is_root() else {}
    run: dict[str, Any] = {"cwd": folder, "stdout": log, "stderr": log} | who
    subprocess.run([*initdb, *locale, "--no-sync"], check=True, **run)
    return subprocess.Popen([*server, *off], **run)


def _wait(server: subprocess.Popen[bytes], where: str, log: Path) -> None:
    import psycopg

    end = monotonic() + SECONDS_TO_START
    while True:
        try:
            psycopg.connect(where).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or monotonic() > end:
                raise RuntimeError(f"PostgreSQL does not start:\n{log.read_text()}") from None
            sleep(0.05)
