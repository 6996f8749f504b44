"""Audit rows, and the chain they are sealed into."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from ventosa.web.ids import new_id
from ventosa.web.models import AuditRow, AuditSeen, Clinic, Patient, Seal
from ventosa.web.scope import Scope

BATCH = 1000
"""Rows that one link holds at most."""

BEGINNING = "0" * 64
"""What the first link of a chain names as the one before it."""


def wrote(scope: Scope, patient: Patient | None, what: str, **detail: Any) -> None:
    """Leave the row of a write; called inside the transaction that writes."""
    row = _row(scope, "write", what, None if patient is None else patient.id, detail)
    row.save(force_insert=True)
    scope.kept.clear()
    if patient is not None:
        scope.written.add(patient.id)


def noted(clinic: Clinic, what: str, *, now: datetime, **detail: Any) -> None:
    """Leave the row of what nobody signed in to the clinic did; called inside the transaction."""
    row = AuditRow(id=new_id(), clinic=clinic, at=now, act="write", what=what, detail=detail)
    row.save(force_insert=True)


def read_rows(scope: Scope, what: str) -> None:
    """Leave the rows of what a request read and did not write, in a transaction of their own."""
    read = [id for id in scope.seen if id not in scope.written]
    listed = [id for id in scope.listed if id not in scope.seen]
    if not read and not listed:
        return
    with transaction.atomic():
        AuditRow.objects.bulk_create(_row(scope, "read", what, id, {}) for id in read)
        if listed:
            row = _row(scope, "list", what, None, {"patients": len(listed)})
            row.save(force_insert=True)
            AuditSeen.objects.bulk_create(AuditSeen(row=row, patient=id) for id in listed)
    scope.seen.clear()
    scope.listed.clear()


def listed_by_program(
    clinic: Clinic, what: str, patients: Sequence[UUID], *, now: datetime
) -> None:
    """Leave the row of a list that a command wrote: nobody is signed in there."""
    with transaction.atomic():
        row = AuditRow.objects.create(
            id=new_id(),
            clinic=clinic,
            at=now,
            act="list",
            what=what,
            detail={"patients": len(patients)},
        )
        AuditSeen.objects.bulk_create(AuditSeen(row=row, patient=id) for id in patients)


def _row(scope: Scope, act: str, what: str, patient: UUID | None, detail: Any) -> AuditRow:
    return AuditRow(
        id=new_id(),
        clinic=scope.clinic,
        at=scope.now,
        who=scope.membership.id,
        patient=patient,
        act=act,
        what=what,
        detail=detail,
    )


# --- the chain ----------------------------------------------------------------------------------


def rows_hash(rows: Iterable[AuditRow], named: Mapping[UUID, Sequence[str]]) -> str:
    """Return the hash over rows, in the order of their identifiers; ``named`` are the patients
    whom a list named, by its row."""
    total = sha256()
    for row in rows:
        written = [
            str(row.id),
            row.at.isoformat(),
            None if row.who is None else str(row.who),
            None if row.patient is None else str(row.patient),
            row.act,
            row.what,
            row.detail,
            sorted(named.get(row.id, ())),
        ]
        total.update(json.dumps(written, sort_keys=True, ensure_ascii=False).encode())
        total.update(b"\n")
    return total.hexdigest()


def link_hash(clinic: UUID, number: int, count: int, rows: str, previous: str) -> str:
    """Return the hash of one link."""
    return sha256(f"{clinic}:{number}:{count}:{rows}:{previous}".encode()).hexdigest()


def _named(rows: Iterable[AuditRow]) -> dict[UUID, list[str]]:
    lists = [row.id for row in rows if row.act == "list"]
    named: dict[UUID, list[str]] = {}
    seen = AuditSeen.objects.filter(row__in=lists) if lists else AuditSeen.objects.none()
    for row, patient in seen.values_list("row_id", "patient"):
        named.setdefault(row, []).append(str(patient))
    return named


def seal(clinic: Clinic, *, now: datetime) -> int:
    """Seal at most one batch of a clinic's rows; return how many.

    Rows do not change, so they are read and hashed before anything is locked: whoever reads a
    record waits only while one link is written. Two writers cannot make two links of one number:
    the second one's transaction fails, and its rows stay for the next.
    """
    rows = list(AuditRow.objects.filter(clinic=clinic, seal=None).order_by("id")[:BATCH])
    if not rows:
        return 0
    hashed = rows_hash(rows, _named(rows))
    last = Seal.objects.filter(clinic=clinic).order_by("-number").first()
    number = 1 if last is None else last.number + 1
    previous = BEGINNING if last is None else last.sha256
    try:
        with transaction.atomic():
            Seal.objects.create(
                id=new_id(),
                clinic=clinic,
                number=number,
                at=now,
                count=len(rows),
                rows_sha256=hashed,
                previous=previous,
                sha256=link_hash(clinic.id, number, len(rows), hashed, previous),
            )
            open_ = AuditRow.objects.filter(id__in=[row.id for row in rows], seal=None)
            if open_.update(seal=number) != len(rows):
                raise IntegrityError  # another writer sealed some of them: nothing of this stays
            return len(rows)
    except IntegrityError:
        return 0


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of a clinic's chain; number 0 = nothing is sealed yet."""

    clinic: str
    number: int
    sha256: str
    rows: int
    unsealed: int

    @property
    def written(self) -> str:
        """As it is copied to paper."""
        return f"{self.number}:{self.sha256}"


def head(clinic: Clinic) -> Head:
    """Return where a clinic's chain ends."""
    links = Seal.objects.filter(clinic=clinic)
    last = links.order_by("-number").first()
    rows = AuditRow.objects.filter(clinic=clinic)
    return Head(
        clinic.name,
        0 if last is None else last.number,
        BEGINNING if last is None else last.sha256,
        rows.exclude(seal=None).count(),
        rows.filter(seal=None).count(),
    )


def holds(clinic: Clinic, *, number: int, sha: str) -> bool:
    """Return whether a head that was kept elsewhere stands in a clinic's chain."""
    if number == 0:
        return sha == BEGINNING
    return Seal.objects.filter(clinic=clinic, number=number, sha256=sha).exists()


def broken_links(clinic: Clinic) -> list[str]:
    """Return what is wrong with a clinic's chain, in words; empty = whole, as far as it knows.

    A chain that was made anew from its beginning, or that lost its end, is whole too: only a copy
    of its head kept elsewhere shows that.
    """
    problems = []
    previous, expected = BEGINNING, 1
    for link in Seal.objects.filter(clinic=clinic).order_by("number").iterator(chunk_size=500):
        if link.number != expected:
            count = link.number - expected
            problems.append(f"{count} links are missing before link {link.number}")
        elif link.previous != previous:
            problems.append(f"link {link.number} does not follow the one before it")
        rows = list(AuditRow.objects.filter(clinic=clinic, seal=link.number).order_by("id"))
        if len(rows) != link.count:
            problems.append(f"link {link.number} holds {len(rows)} rows of {link.count}")
        elif rows_hash(rows, _named(rows)) != link.rows_sha256:
            problems.append(f"a row of link {link.number} was changed")
        made = link_hash(clinic.id, link.number, link.count, link.rows_sha256, link.previous)
        if made != link.sha256:
            problems.append(f"link {link.number} was changed")
        previous, expected = link.sha256, link.number + 1
    loose = AuditRow.objects.filter(clinic=clinic, seal__gte=expected).count()
    if loose:
        problems.append(f"{loose} rows are sealed in links that are missing at the end")
    return problems
