"""The clinic as it is served, and how its database is filled before the clock starts."""

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

FIRST = ("Anna", "Ben", "Clara", "Daniel", "Elif", "Farid", "Grace", "Hugo")
LAST = (
    "Adler", "Brandt", "Costa", "Demir", "Eriksen", "Farah", "Gomez",
    "Haddad", "Ivanov", "Jansen", "Kaya", "Lindt", "Moreau", "Novak",
)  # fmt: skip


def name(number: int) -> str:
    """An invented name; there are as many as one likes."""
    first, last = FIRST[number % len(FIRST)], LAST[number // len(FIRST) % len(LAST)]
    return f"{first} {last}{chr(97 + number // 112 % 26)}{chr(97 + number // 2912 % 26)}"


def url_of(socket_folder: str, user: str, database: str) -> str:
    """The address of a database on a server that listens on a socket."""
    return f"postgres://{user}@/{database}?host={quote(socket_folder, safe='')}"


def prepared(folder: Path, database: str | None) -> None:
    """Make the tables; Django has one database a process, so this is called once."""
    from ventosa.web.serving import Order, prepare

    prepare(Order(folder, database), datetime.now(UTC))


def fill(patients: int, visits: int) -> dict[str, Any]:
    """Enter patients, and one with many signed sessions of six cups, through the actions."""
    from ventosa.web.actions import assessments, clinics, documents
    from ventosa.web.actions import patients as register
    from ventosa.web.documents import Details, SessionBody
    from ventosa.web.models import Kind
    from ventosa.web.scope import Scope

    now = datetime.now(UTC)
    owner = clinics.found(
        name="Bench", owner="Olga", username="olga", password=None, now=now - timedelta(days=4000)
    )
    scope = Scope(owner, now)
    for number in range(patients):
        details = Details(
            name=name(number), birth_date=f"{1930 + number % 70}-05-{1 + number % 28:02}"
        )
        one = register.register(scope, details=details, key=f"bench-{number}")
        if number == 0:
            first = one
    cups = [
        {"level": level, "side": side, "lateral_mm": 42, "inner_diameter_mm": 45}
        for level in ("L1", "L3", "L5")
        for side in ("left", "right")
    ]
    body = SessionBody(
        technique="dry_static",  # type: ignore[arg-type]
        suction_kpa=20,
        retention_min=5,
        cups=cups,
        pain_before=6,
        pain_after=5,
        text="Six cups, marks of grade 1.",
    )
    for day in range(visits):
        then = replace(
            scope, now=now - timedelta(days=visits - day), seen={}, listed={}, written=set()
        )
        visit = assessments.begin(then, patient=first, key=f"bench-visit-{day}")
        session = documents.write(
            then, patient=first, kind=Kind.SESSION, body=body, key=f"bench-s-{day}", encounter=visit
        )
        documents.sign(then, document=session)
    today = assessments.begin(scope, patient=first, key="bench-today")
    return {"patient": str(first.id), "visit": str(today.id)}


def cookie() -> str:
    """A session in which the owner is signed in."""
    from django.test import Client

    from ventosa.web.models import User

    client = Client()
    owner = User.objects.get(username="olga")
    client.force_login(owner, "allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies["sessionid"].value


class Browser:
    """One kept connection with a session; it knows the token of its forms."""

    def __init__(self, port: int, session: str) -> None:
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.session = session
        self.token = ""

    def get(self, path: str, **headers: str) -> bytes:
        """Return a page; a token on it is kept."""
        status, body = self.send("GET", path, None, headers)
        assert status == 200, (status, path)
        found = re.search(rb'csrfmiddlewaretoken" value="(\w+)"', body)
        if found:
            self.token = found[1].decode()
        return body

    def send(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        """Return status and body."""
        own = {"Cookie": f"sessionid={self.session}", "Host": "127.0.0.1", **headers}
        if body is not None:
            own |= {"Content-Type": "application/json", "X-CSRFToken": self.token}
        self.http.request(method, path, body, own)
        answer = self.http.getresponse()
        return answer.status, answer.read()


@contextmanager
def served(folder: Path, database: str | None, port: int, workers: int) -> Iterator[float]:
    """The clinic as `ventosa serve` runs it; gives the seconds until the first page was there."""
    command = [sys.executable, "-m", "ventosa", "serve", "--folder", str(folder)]
    command += ["--port", str(port), "--workers", str(workers)]
    if database is not None:
        command += ["--database", database]
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith("VENTOSA_")
    }
    begun = time.perf_counter()
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    try:
        while True:
            try:
                asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                asked.request("GET", "/account/login/", headers={"Host": "127.0.0.1"})
                if asked.getresponse().status == 200:
                    break
            except OSError:
                time.sleep(0.02)
        yield time.perf_counter() - begun
    finally:
        server.terminate()
        server.wait(30)


def resident_mb(port: int) -> dict[str, float]:
    """Resident memory of every process of the server on a port, in MB, by what it is."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            status = (entry / "status").read_text()
        except OSError:
            continue
        main = f"--port {port}" in line and "ventosa serve" in line and "spawn" not in line
        parent = re.search(r"PPid:\s+(\d+)", status)
        of_main = False
        if parent is not None:
            try:
                above = (Path("/proc") / parent[1] / "cmdline").read_bytes().replace(b"\0", b" ")
                of_main = f"--port {port}".encode() in above
            except OSError:
                pass
        rss = re.search(r"VmRSS:\s+(\d+)", status)
        if (main or of_main) and rss:
            found[f"{'main' if main else 'worker'} {entry.name}"] = int(rss[1]) / 1024
    return found
