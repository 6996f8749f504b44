"""Audit rows, and the chain they are sealed into."""

import json
from collections.abc import Iterable
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
    if patient is not None:
        scope.written.add(patient.id)


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


def rows_hash(rows: Iterable[AuditRow]) -> str:
    """Return the hash over rows, in the order of their identifiers."""
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
        ]
        total.update(json.dumps(written, sort_keys=True, ensure_ascii=False).encode())
        total.update(b"\n")
    return total.hexdigest()


def link_hash(clinic: UUID, number: int, count: int, rows: str, previous: str) -> str:
    """Return the hash of one link."""
    return sha256(f"{clinic}:{number}:{count}:{rows}:{previous}".encode()).hexdigest()


def seal(clinic: Clinic, *, now: datetime) -> int:
    """Seal at most one batch of a clinic's rows; return how many.

    Two writers cannot make two links of one number: the second one's transaction fails, and its
    rows stay for the next.
    """
    try:
        with transaction.atomic():
            rows = list(AuditRow.objects.filter(clinic=clinic, seal=None).order_by("id")[:BATCH])
            if not rows:
                return 0
            last = Seal.objects.filter(clinic=clinic).order_by("-number").first()
            number = 1 if last is None else last.number + 1
            previous = BEGINNING if last is None else last.sha256
            hashed = rows_hash(rows)
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
            AuditRow.objects.filter(id__in=[row.id for row in rows]).update(seal=number)
            return len(rows)
    except IntegrityError:
        return 0


def broken_links(clinic: Clinic) -> list[str]:
    """Return what is wrong with a clinic's chain, in words; empty = whole, as far as it knows.

    A chain that was made anew from its beginning is whole too: only a copy of its head kept
    elsewhere shows that.
    """
    problems = []
    previous, expected = BEGINNING, 1
    for link in Seal.objects.filter(clinic=clinic).order_by("number").iterator():
        if link.number != expected:
            problems.append(f"link {expected} is missing")
        rows = list(AuditRow.objects.filter(clinic=clinic, seal=link.number).order_by("id"))
        if len(rows) != link.count:
            problems.append(f"link {link.number} holds {len(rows)} rows of {link.count}")
        elif rows_hash(rows) != link.rows_sha256:
            problems.append(f"a row of link {link.number} was changed")
        if link.previous != previous:
            problems.append(f"link {link.number} does not follow the one before it")
        made = link_hash(clinic.id, link.number, link.count, link.rows_sha256, link.previous)
        if made != link.sha256:
            problems.append(f"link {link.number} was changed")
        previous, expected = link.sha256, link.number + 1
    return problems
