"""A clock that went back is found by what was written before it did."""

from datetime import datetime, timedelta

from django.db import DatabaseError

from ventosa.web.models import AuditRow, Seal

MOST_BACK = timedelta(minutes=2)
"""Clocks are set by a little all the time (editorial)."""


def newest() -> datetime | None:
    """Return the latest moment that the clinic wrote down; ``None`` = none yet, or unreadable."""
    try:
        rows = AuditRow.objects.order_by("-id").values_list("at", flat=True)[:1]
        links = Seal.objects.order_by("-id").values_list("at", flat=True)[:1]
        return max([*rows, *links], default=None)
    except DatabaseError:
        return None


def went_back(now: datetime) -> str:
    """Return what is to be said of a clock that stands before what was written; empty = nothing."""
    last = newest()
    if last is None or last <= now + MOST_BACK:
        return ""
    return (
        f"The clock says {now:%Y-%m-%d %H:%M} UTC, but the clinic wrote something at "
        f"{last:%Y-%m-%d %H:%M}. Set the clock right before anybody works: what is written now "
        "gets a wrong time. Nothing that was written is changed"
    )
