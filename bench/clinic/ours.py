"""The clinic as it is served, and how its database is filled before the clock starts."""

import http.client
import json
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
from urllib.parse import quote, urlencode

SOURCE = Path(__file__).resolve().parents[2] / "src"
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
    from ventosa.web.running.locking import let_go, let_go_database
    from ventosa.web.serving import Order, prepare

    prepare(Order(folder, database), datetime.now(UTC))
    let_go(folder)  # the program that is measured holds it
    let_go_database()


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


def practitioners(many: int) -> list[dict[str, Any]]:
    """Let so many people work in the clinic, each with a visit of today that was assessed."""
    from ventosa.assessing import Entry
    from ventosa.web.actions import assessments, clinics
    from ventosa.web.actions import patients as register
    from ventosa.web.demo import LUMBAR
    from ventosa.web.documents import Details
    from ventosa.web.ids import new_id
    from ventosa.web.knowing import knowledge
    from ventosa.web.models import Membership, User
    from ventosa.web.scope import Scope

    now = datetime.now(UTC)
    clinic = Membership.objects.get(is_owner=True).clinic
    clinics.own_cups(
        clinic,
        kind="pump",
        material="plastic",
        inner_diameter_mm=45,
        count=9,
        suction_known="gauge",
    )
    known = knowledge()
    risks = [f.id for f in known.facts.values() if f.riskier is True and not f.zone]
    found = []
    for number in range(many):
        user = User(id=new_id(), username=f"works-{number}", name=f"Practitioner {number}")
        user.set_unusable_password()
        user.save(force_insert=True)
        since = now.date() - timedelta(days=9)
        scope = Scope(clinics.join(clinic, user=user, since=since, practises=True), now)
        details = Details(name=name(5000 + number), birth_date="1980-06-02", sex="female")
        patient = register.register(scope, details=details, key=f"own-{number}")
        visit = assessments.begin(scope, patient=patient, key=f"own-{number}")
        said = {f"fact:{fact}": False for fact in risks}
        said |= {"fact:height_cm": 172, "fact:pregnant": "no", **LUMBAR}
        entries = [
            Entry(key=f"own-{number}-{n}", field=field, value=value, said="practitioner")
            for n, (field, value) in enumerate(said.items())
        ]
        assessments.say(scope, encounter=visit, entries=entries, knowledge=known)
        keys = {one.field: one.key for one in entries}
        own = {"patient": str(patient.id), "visit": str(visit.id), "keys": keys}
        nos = [f"fact:{fact}" for fact in risks]
        found.append({**own, "nos": nos, "session": cookie(user.username)})
    return found


def cookie(username: str = "olga") -> str:
    """A session in which somebody is signed in."""
    from django.test import Client

    from ventosa.web.models import User

    client = Client()
    one = User.objects.get(username=username)
    client.force_login(one, "allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies["sessionid"].value


Act = tuple[str, dict[str, str] | None]
"""An address, and the form that is sent to it; ``None`` = a page that is opened."""


def acts_of(here: dict[str, Any]) -> dict[str, Act]:
    """What people do all day, and what the comparison and the table of growth measure."""
    return {
        "today": ("/", None),
        "list": ("/patients/", None),
        "search": ("/patients/", {"q": "hadd"}),
        "doubles": ("/patients/alike/", {"name": "Anna Hadad", "birth_date": "1980-06-02"}),
        "chart": (f"/patients/{here['patient']}/", None),
        "assess": (f"/visits/{here['visit']}/assess/", None),
    }


class Browser:
    """One kept connection with a session; it knows the token of its forms."""

    def __init__(self, port: int, session: str) -> None:
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.session = session
        self.token = ""

    def do(self, act: Act) -> bytes:
        """Return the page, or the part of it that answers a form."""
        path, form = act
        if form is None:
            return self.get(path)
        sent = urlencode(form), "application/x-www-form-urlencoded"
        status, body = self.send("POST", path, sent, {"HX-Request": "true"})
        assert status == 200, (status, path)
        return body

    def get(self, path: str) -> bytes:
        """Return a page; the token on it is kept."""
        status, body = self.send("GET", path, None, {})
        assert status == 200, (status, path)
        found = re.search(rb'name="token" content="(\w+)"', body)
        if found:
            self.token = found[1].decode()
        return body

    def say(self, visit: str, entries: list[dict[str, Any]]) -> None:
        """Keep answers of an assessment, as the page sends them."""
        sent = json.dumps({"entries": entries}), "application/json"
        status, body = self.send("POST", f"/visits/{visit}/entries/", sent, {})
        assert status == 200 and b"kept" in body, status

    def send(
        self, method: str, path: str, sent: tuple[str, str] | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        """Return status and body."""
        own = {"Cookie": f"sessionid={self.session}", "Host": "127.0.0.1", **headers}
        if sent is not None:
            own |= {"Content-Type": sent[1], "X-CSRFToken": self.token}
        self.http.request(method, path, None if sent is None else sent[0], own)
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
    environment["PYTHONPATH"] = str(SOURCE)
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
            if server.poll() is not None:
                raise RuntimeError(f"the clinic did not open: {server.returncode}")
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
