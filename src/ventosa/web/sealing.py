"""One writer that seals the audit: a thread of the web process, at most some seconds behind.

Whoever reads a record only leaves a row; this thread puts rows into the chain. Of several web
processes one has its turn. Should two seal at once, the second one's link fails and nothing else.
"""

import logging
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from uuid import UUID

from django.db import DatabaseError, IntegrityError, close_old_connections, connection
from django.db.models import Q

from ventosa.web.actions.audit import BATCH, seal
from ventosa.web.ids import new_id
from ventosa.web.models import AuditRow, Clinic, SealingTurn

PAUSE_SECONDS = 2.0
"""How long it rests once nothing waits; the promise is ten seconds."""

TURN = timedelta(seconds=30)
"""How long a turn holds: a process that was killed keeps the others waiting no longer."""

log = logging.getLogger(__name__)


def has_turn(holder: UUID, now: datetime) -> bool:
    """Return whether it is this one's turn to seal, and keep it for a while."""
    mine = SealingTurn.objects.filter(id=1).filter(Q(holder=holder) | Q(until__lte=now))
    if mine.update(holder=holder, until=now + TURN):
        return True
    if SealingTurn.objects.filter(id=1).exists():
        return False
    try:
        SealingTurn.objects.create(id=1, holder=holder, until=now + TURN)
    except IntegrityError:
        return False  # another took the first turn at this moment
    return True


def seal_waiting(holder: UUID) -> int:
    """Seal what waits, clinic by clinic, if it is this one's turn; return how many rows."""
    waiting = AuditRow.objects.filter(seal=None).order_by().values("clinic").distinct()
    clinics = list(Clinic.objects.filter(id__in=waiting))
    if not clinics or not has_turn(holder, datetime.now(UTC)):
        return 0
    sealed = 0
    for clinic in clinics:
        while count := seal(clinic, now=datetime.now(UTC)):
            sealed += count
            if count < BATCH:
                break
    return sealed


def run(stop: Event, *, pause: float = PAUSE_SECONDS) -> None:
    """Seal until told to stop; a database that is away or full is tried again."""
    holder = new_id()
    while not stop.wait(pause):
        close_old_connections()
        try:
            seal_waiting(holder)
        except DatabaseError as error:
            # Nothing is lost: rows stay unsealed and are taken the next time.
            log.warning("the audit could not be sealed now (%s)", type(error).__name__)
            connection.close()
    connection.close()


def start() -> Event:
    """Start the writer of this process; setting what is returned stops it."""
    stop = Event()
    Thread(target=run, args=(stop,), name="sealing", daemon=True).start()
    return stop
