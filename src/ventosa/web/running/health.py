"""Whether the clinic can do its work now, in one word; every look is bounded in time."""

import shutil
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.db import DatabaseError, connection

SECONDS, HOLDS_SECONDS = 2.0, 5.0
"""How long one look may take, and how long its answer holds: whoever asks often costs nothing."""

LEAST_MEGABYTES = 50


def is_well() -> bool:
    """Return whether the database answers, and the disk takes what is written."""
    return _reads() and _has_room()


def _reads() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM django_migrations")
            return bool(cursor.fetchone()[0])
    except DatabaseError:
        return False
    finally:
        connection.close()


def _has_room() -> bool:
    folder: Path | None = settings.DEPLOYMENT.folder
    try:
        return folder is None or shutil.disk_usage(folder).free > LEAST_MEGABYTES * 1_000_000
    except OSError:
        return False


class Watch:
    """The last answer, and one look at a time. A look that hangs counts as not well, and nobody
    waits for it twice."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._running: Future[bool] | None = None
        self._last: tuple[float, bool] | None = None

    def is_well(self) -> bool:
        """Return the last answer while it holds, else look again for at most ``SECONDS``."""
        with self._lock:
            if self._last is not None and time.monotonic() - self._last[0] < HOLDS_SECONDS:
                return self._last[1]
            if self._running is None or self._running.done():
                # Made when first needed: a worker that was copied has no thread of the other one.
                self._pool = self._pool or ThreadPoolExecutor(1, "health")
                self._running = self._pool.submit(is_well)
                seconds = SECONDS
            else:
                seconds = 0.0
            try:
                well = self._running.result(seconds)
            except TooLate:
                well = False
            self._last = (time.monotonic(), well)
            return well


watch = Watch()
"""The watch of this process."""
