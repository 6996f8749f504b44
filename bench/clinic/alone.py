"""Ours alone: cost against size, a hundred people at work, memory, start, the first page."""

import re
import statistics
import time
from typing import Any

import ours
from ours import Browser


def many(patients: int) -> None:
    """Enter patients in bulk, as the register would: columns, words, details."""
    from datetime import UTC, datetime

    from ventosa.matching import Person, keys, plain, words
    from ventosa.web.documents import Details, to_json
    from ventosa.web.ids import new_id
    from ventosa.web.models import (
        Document,
        Kind,
        Membership,
        Patient,
        PatientKey,
        PatientWord,
    )

    owner = Membership.objects.select_related("clinic").get(is_owner=True)
    known = Patient.objects.count()
    now = datetime.now(UTC)
    for start in range(known, patients, 2000):
        rows, parts, shared, papers = [], [], [], []
        for number in range(start, min(start + 2000, patients)):
            name, born = ours.name(number), f"{1930 + number % 70}-05-{1 + number % 28:02}"
            row = Patient(
                id=new_id(), clinic=owner.clinic, number=number + 1, name=name,
                plain_name=plain(name), birth_date=born, created_at=now, key=f"bulk-{number}",
            )  # fmt: skip
            rows.append(row)
            parts += [
                PatientWord(clinic=owner.clinic, patient=row, word=word) for word, _ in words(name)
            ]
            shared += [
                PatientKey(clinic=owner.clinic, patient=row, key=key)
                for key in sorted(keys(Person(name, born)))
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
        PatientKey.objects.bulk_create(shared)
        Document.objects.bulk_create(papers)
    owner.clinic.last_number = patients
    owner.clinic.save()


def queries(acts: dict[str, ours.Act]) -> dict[str, int]:
    """How many queries each act takes."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from ventosa.web.models import User

    client = Client(headers={"Host": "127.0.0.1"})
    owner = User.objects.get(username="olga")
    client.force_login(owner, "allauth.account.auth_backends.AuthenticationBackend")
    found = {}
    for what, (path, form) in acts.items():
        for _ in range(2):
            with CaptureQueriesContext(connection) as taken:
                if form is None:
                    answer = client.get(path)
                else:
                    answer = client.post(path, form, headers={"HX-Request": "true"})
            assert answer.status_code == 200, (answer.status_code, path)
            found[what] = len(taken)
    return found


def medians(port: int, session: str, acts: dict[str, ours.Act], times: int) -> dict[str, float]:
    """Median milliseconds of each act over the wire."""
    browser = Browser(port, session)
    browser.get("/")
    found = {}
    for what, act in acts.items():
        taken = []
        for _ in range(times):
            begun = time.perf_counter()
            browser.do(act)
            taken.append((time.perf_counter() - begun) * 1000)
        found[what] = statistics.median(taken[times // 10 :])
    return found


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
    browser.get("/")
    acts = list(ours.acts_of(here).values())
    for number in range(requests):
        browser.do(acts[number % len(acts)])
    time.sleep(2)
    return ours.resident_mb(port)
