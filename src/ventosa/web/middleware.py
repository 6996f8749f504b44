"""Puts the clinic signed in to on the request, and signs out whoever has left."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth import logout
from django.db import DatabaseError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from ventosa.web import devices
from ventosa.web.models import Membership
from ventosa.web.scope import Scope

MEMBERSHIP, ACTIVE, BEGAN = "membership", "active", "began"
TOUCH_SECONDS = 30
"""The session's time of last use is written at most this often."""

LONGEST_HOURS = 12
"""Nobody stays signed in longer, however busy."""


def current_memberships(user: Any, now: datetime) -> list[Membership]:
    """Return where somebody works today, by the calendar of each clinic, oldest first."""
    near = now.date()
    found = (
        Membership.objects.filter(user=user, since__lte=near + timedelta(days=1))
        .filter(Q(until=None) | Q(until__gte=near - timedelta(days=1)))
        .select_related("clinic", "user")
        .order_by("since", "id")
    )
    return [membership for membership in found if works_on(membership, now)]


def works_on(membership: Membership, now: datetime) -> bool:
    """Return whether a membership has begun and not ended, on the clinic's own day."""
    today = now.astimezone(ZoneInfo(membership.clinic.time_zone)).date()
    return membership.since <= today and (membership.until is None or today <= membership.until)


def idle_left(request: HttpRequest, membership: Membership, now: datetime) -> int:
    """Return the seconds until the tablet signs itself out if nobody touches it."""
    idle = membership.clinic.idle_minutes * 60 - (
        now.timestamp() - request.session.get(ACTIVE, now.timestamp())
    )
    day = LONGEST_HOURS * 3600 - (now.timestamp() - request.session.get(BEGAN, now.timestamp()))
    return max(0, int(min(idle, day)))


class ClinicMiddleware:
    """``request.scope`` for somebody who works in a clinic today; nothing for others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.get_host()  # another host's name is refused here, before anything else is asked
        now = datetime.now(UTC)
        if request.user.is_authenticated:
            membership = self._membership(request, now)
            if membership is not None and self._has_left(request, membership, now):
                logout(request)
            elif membership is not None:
                request.scope = Scope(membership, now)  # type: ignore[attr-defined]
        scope = getattr(request, "scope", None)
        # Moments are stored in UTC and shown as the clinic's own clock has them.
        with timezone.override(None if scope is None else scope.zone):
            response = self.get_response(request)
        devices.mark(request, response)
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A disk that is full, or a database that is away, is said in words."""
        from ventosa.web.views.faults import cannot_store

        if isinstance(error, DatabaseError | sqlite3.Error):
            return cannot_store(request)
        return None

    def _membership(self, request: HttpRequest, now: datetime) -> Membership | None:
        current = current_memberships(request.user, now)
        chosen = request.session.get(MEMBERSHIP)
        for membership in current:
            if str(membership.id) == chosen:
                return membership
        if not current:
            return None
        request.session[MEMBERSHIP] = str(current[0].id)
        return current[0]

    def _has_left(self, request: HttpRequest, membership: Membership, now: datetime) -> bool:
        """Whether the tablet lay idle too long, or the day is over."""
        session, moment = request.session, now.timestamp()
        began = session.setdefault(BEGAN, moment)
        active = session.get(ACTIVE, moment)
        idle_seconds = membership.clinic.idle_minutes * 60
        if moment - active > idle_seconds or moment - began > LONGEST_HOURS * 3600:
            return True
        if ACTIVE not in session or moment - active > TOUCH_SECONDS:
            session[ACTIVE] = moment
        return False
