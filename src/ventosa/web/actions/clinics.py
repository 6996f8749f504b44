"""A clinic comes to be, and people come to it."""

from datetime import date, datetime

from django.db import transaction

from ventosa.web.ids import new_id
from ventosa.web.models import Clinic, CupStock, Membership, User


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
        return join(clinic, user=user, since=now.date(), is_owner=True, practises=True)


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
