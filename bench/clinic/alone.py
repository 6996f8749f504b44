"""Ours alone: cost against size, a hundred people at work, memory, start, the first page."""

import http.client
import json
import random
import re
import statistics
import threading
import time
import uuid
from typing import Any

import ours
from ours import Browser


def many(patients: int) -> None:
    """Enter patients in bulk, as the register would: columns, words, details."""
    from datetime import UTC, datetime

    from ventosa.matching import plain, words
    from ventosa.web.documents import Details, to_json
    from ventosa.web.ids import new_id
    from ventosa.web.models import Document, Kind, Membership, Patient, PatientWord

    owner = Membership.objects.select_related("clinic").get(is_owner=True)
    known = Patient.objects.count()
    now = datetime.now(UTC)
    for start in range(known, patients, 2000):
        rows, parts, papers = [], [], []
        for number in range(start, min(start + 2000, patients)):
            name, born = ours.name(number), f"{1930 + number % 70}-05-{1 + number % 28:02}"
            row = Patient(
                id=new_id(), clinic=owner.clinic, number=number + 1, name=name,
                plain_name=plain(name), birth_date=born, created_at=now, key=f"bulk-{number}",
            )  # fmt: skip
            rows.append(row)
            parts += [
                PatientWord(clinic=owner.clinic, patient=row, **_word(one)) for one in words(name)
            ]
            papers.append(
                Document(
                    id=new_id(),
                    clinic=owner.clinic,
                    patient=row,
                    kind=Kind.DETAILS,
                    body=to_json(Details(name=name, birth_date=born)),
                    author=owner,
                    on=now.date(),
                    at=now,
                    key=f"bulk-details-{number}",
                )
            )
        Patient.objects.bulk_create(rows)
        PatientWord.objects.bulk_create(parts)
        Document.objects.bulk_create(papers)
    owner.clinic.last_number = patients
    owner.clinic.save()


def _word(one: tuple[str, str]) -> dict[str, str]:
    from ventosa.web.models import PatientWord

    names = {field.name for field in PatientWord._meta.get_fields()}
    return {"word": one[0]} | ({"sound": one[1]} if "sound" in names else {})


def queries(paths: dict[str, str]) -> dict[str, int]:
    """How many queries each page takes."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from ventosa.web.models import User

    client = Client()
    owner = User.objects.get(username="olga")
    client.force_login(owner, "allauth.account.auth_backends.AuthenticationBackend")
    found = {}
    for what, path in paths.items():
        client.get(path, HTTP_HOST="127.0.0.1")
        with CaptureQueriesContext(connection) as taken:
            client.get(path, HTTP_HOST="127.0.0.1")
        found[what] = len(taken)
    return found


def paths_of(here: dict[str, Any]) -> dict[str, str]:
    """The pages that are measured."""
    return {
        "today": "/",
        "list": "/patients/",
        "search": "/patients/?q=hadd",
        "chart": f"/patients/{here['patient']}/",
        "assess": f"/visits/{here['visit']}/assess/",
    }


def medians(port: int, session: str, paths: dict[str, str], times: int) -> dict[str, float]:
    """Median milliseconds of each page over the wire."""
    browser = Browser(port, session)
    found = {}
    for what, path in paths.items():
        taken = []
        for _ in range(times):
            begun = time.perf_counter()
            browser.get(path)
            taken.append((time.perf_counter() - begun) * 1000)
        found[what] = statistics.median(taken[times // 10 :])
    return found


def at_work(
    port: int, session: str, here: dict[str, Any], people: int, seconds: float
) -> dict[str, Any]:
    """Practitioners who each do one thing every ten seconds: errors, and how long it took."""
    from ventosa.web.knowing import knowledge

    facts = [f.id for f in knowledge().facts.values() if f.riskier is True and not f.zone][:8]
    taken: list[float] = []
    wrong: list[str] = []
    lock = threading.Lock()
    end = time.monotonic() + seconds
    paths = list(paths_of(here).values())

    def practitioner(number: int) -> None:
        chance = random.Random(number)
        browser = Browser(port, session)
        time.sleep(chance.uniform(0, 10))
        while time.monotonic() < end:
            begun = time.perf_counter()
            try:
                if chance.random() < 0.4 and browser.token:
                    entries = [
                        {"key": uuid.uuid4().hex, "field": f"fact:{fact}", "value": False}
                        for fact in facts
                    ]
                    status, _ = browser.send(
                        "POST",
                        f"/visits/{here['visit']}/entries/",
                        json.dumps({"entries": entries}),
                        {},
                    )
                    problem = "" if status == 200 else str(status)
                else:
                    browser.get(chance.choice(paths))
                    problem = ""
            except (OSError, AssertionError, http.client.HTTPException) as error:
                problem = type(error).__name__ + str(error)[:60]
                browser = Browser(port, session)
            with lock:
                taken.append((time.perf_counter() - begun) * 1000)
                if problem:
                    wrong.append(problem)
            time.sleep(max(0.0, 10 - (time.perf_counter() - begun)))

    threads = [threading.Thread(target=practitioner, args=(n,)) for n in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ordered = sorted(taken)
    return {
        "acts": len(ordered),
        "errors": len(wrong),
        "median": statistics.median(ordered),
        "p99": ordered[int(len(ordered) * 0.99)],
        "kinds": sorted(set(wrong))[:3],
    }


def first_page(port: int, session: str) -> int:
    """Bytes over the wire of the first page after sign-in with everything it loads."""
    browser = Browser(port, session)
    page = browser.get("/")
    total = len(page)
    for path in sorted(set(re.findall(rb'(?:href|src)="(/static/[^"#]+)', page))):
        browser.http.request(
            "GET", path.decode(), headers={"Host": "127.0.0.1", "Accept-Encoding": "gzip, br"}
        )
        total += len(browser.http.getresponse().read())
    return total


def after_many_requests(
    port: int, session: str, here: dict[str, Any], requests: int
) -> dict[str, float]:
    """Memory of the server's processes after so many requests, at rest."""
    browser = Browser(port, session)
    paths = list(paths_of(here).values())
    for number in range(requests):
        browser.get(paths[number % len(paths)])
    time.sleep(2)
    return ours.resident_mb(port)
