"""A clinic comes to be, and people come to it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from ventosa.web.actions.audit import wrote
from ventosa.web.ids import new_id
from ventosa.web.models import Clinic, CupStock, Membership, Row, User
from ventosa.web.scope import Scope
from ventosa.web.things import Thing


def found(
    *, name: str, owner: str, username: str, password: str | None, now: datetime
) -> Membership:
    """Found a clinic with its owner, who also treats; return the owner's membership.

    ``password`` of ``None`` leaves the account without one.
    """
    with transaction.atomic():
        clinic = Clinic.objects.create(id=new_id(), name=name, languages=["en"], created_at=now)
        user = User(id=new_id(), username=username, name=owner)
        if password is None:
            user.set_unusable_password()
        else:
            user.set_password(password)
        user.save(force_insert=True)
        # A day earlier: where the clinic says that it lies west, today may not have begun.
        since = now.date() - timedelta(days=1)
        return join(clinic, user=user, since=since, is_owner=True, practises=True)


def join(
    clinic: Clinic,
    *,
    user: User,
    since: date,
    until: date | None = None,
    is_owner: bool = False,
    practises: bool = False,
    assists: bool = False,
) -> Membership:
    """Let a person work in a clinic."""
    return Membership.objects.create(
        id=new_id(),
        clinic=clinic,
        user=user,
        is_owner=is_owner,
        practises=practises,
        assists=assists,
        since=since,
        until=until,
    )


def own_cups(
    clinic: Clinic,
    *,
    kind: str,
    material: str,
    inner_diameter_mm: int,
    count: int,
    suction_known: str,
) -> CupStock:
    """Put cups into the clinic's stock."""
    return CupStock.objects.create(
        id=new_id(),
        clinic=clinic,
        kind=kind,
        material=material,
        inner_diameter_mm=inner_diameter_mm,
        count=count,
        suction_known=suction_known,
    )


# --- what the clinic says once ------------------------------------------------------------------


def add(scope: Scope, *, thing: Thing, given: Mapping[str, Any], parent: Row | None = None) -> Row:
    """Add a thing to the clinic's lists.

    Raises:
        InputError: the fields do not make one; it names the field.
    """
    fields = thing.check(dict(given))
    if thing.parent is not None:
        assert parent is not None and parent.clinic_id == scope.clinic.id
        fields[thing.parent.word] = parent
    with transaction.atomic():
        row: Row = thing.model._default_manager.create(id=new_id(), clinic=scope.clinic, **fields)
        wrote(scope, None, f"{thing.word}_added", row=str(row.id))
        return row


def change(scope: Scope, *, thing: Thing, row: Row, given: Mapping[str, Any]) -> None:
    """Change what the clinic says of a thing; the audit names which fields.

    Raises:
        InputError: the fields do not make one; it names the field.
    """
    fields = thing.check(dict(given))
    changed = sorted(name for name, value in fields.items() if getattr(row, name) != value)
    if not changed:
        return
    with transaction.atomic():
        thing.model._default_manager.filter(id=row.id, clinic=scope.clinic).update(**fields)
        wrote(scope, None, f"{thing.word}_changed", row=str(row.id), fields=changed)


def end(scope: Scope, *, thing: Thing, row: Row, is_over: bool) -> None:
    """Say that a thing is not used any more, or is again. Nothing is deleted."""
    with transaction.atomic():
        thing.model._default_manager.filter(id=row.id, clinic=scope.clinic).update(
            **{thing.ends: is_over}
        )
        wrote(scope, None, f"{thing.word}_{'ended' if is_over else 'taken_up'}", row=str(row.id))


CHANGEABLE = frozenset(
    (
        "name",
        "country",
        "time_zone",
        "emergency_number",
        "idle_minutes",
        "language",
        "languages",
        "retention_years",
    )
)
"""What a form may change of a clinic; its numbers and its beginning are not among it."""


def change_clinic(scope: Scope, **fields: Any) -> None:
    """Change what a clinic says of itself."""
    assert set(fields) <= CHANGEABLE, fields
    changed = sorted(n for n, value in fields.items() if getattr(scope.clinic, n) != value)
    if not changed:
        return
    with transaction.atomic():
        Clinic.objects.filter(id=scope.clinic.id).update(**fields)
        wrote(scope, None, "clinic_changed", fields=changed)
