"""DuckDB inside this process: bounded in memory, watched while it works, and stopped when asked."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage
from threading import Thread
from types import TracebackType
from typing import Any

import duckdb

from ventosa.record import InputError


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run may take: memory of DuckDB in MB, beside some 200 MB of this process; threads."""

    memory_mb: int = 600
    threads: int = 2


@dataclass(frozen=True, slots=True)
class Step:
    """How far a run is: what it does, which share of that is done (0-1), and on how many rows.

    ``total`` is ``None`` until the rows of the table are counted.
    """

    doing: str
    share: float
    rows: int
    total: int | None


Progress = Callable[[Step], None]

Span = tuple[float, float]
ALL_OF_IT: Span = (0.0, 1.0)

_WATCHED = 0.2
"""Seconds between two looks at a statement that runs."""

_PATIENCE = 5
"""Seconds that a statement may stay on a full disk, or go on after it was told to stop."""

_NOTHING = 65_536
"""Bytes left on a disk that is full."""


class Duck:
    """A database that lives for one run and keeps what it spills in a folder.

    ``place`` is the output that an error about the disk names.
    """

    def __init__(
        self, place: str, folder: Path, settings: Settings, progress: Progress | None
    ) -> None:
        self.place, self.settings, self.progress = place, settings, progress
        self.folder = folder
        self.read = 0
        self.total: int | None = None
        config: dict[str, Any] = {
            "memory_limit": f"{settings.memory_mb}MB",
            "threads": settings.threads,
            "temp_directory": str(folder / "spilled"),
            # What is not built in is not fetched from anywhere.
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        self.connection = duckdb.connect(":memory:", config=config)
        self.connection.execute("SET enable_progress_bar = true")
        self.connection.execute("SET enable_progress_bar_print = false")

    def __enter__(self) -> "Duck":
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        # A signal that came while a statement was being started leaves it running: it is stopped,
        # and until it has stopped the connection refuses to be closed, which ends with the process.
        if error is None:
            self.connection.close()
            return
        self.connection.interrupt()
        with suppress(duckdb.Error):
            self.connection.close()

    def rows(
        self, sql: str, values: Sequence[object] = (), *, doing: str = "", span: Span = ALL_OF_IT
    ) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows; a signal stops it at once.

        ``span`` is the share of what the run is ``doing`` that this statement does.

        Raises:
            InputError: the disk is full, or the memory that is allowed is too little.
        """
        running = Future[list[tuple[Any, ...]]]()
        Thread(target=self._run, args=(running, sql, values), daemon=True).start()
        full = 0
        try:
            while wait([running], timeout=_WATCHED).not_done:
                self.tell(doing, span[0] + (span[1] - span[0]) * self._share())
                full = full + 1 if disk_usage(self.folder).free < _NOTHING else 0
                if full * _WATCHED > _PATIENCE:
                    raise self._disk_is_full()
            return running.result()
        except duckdb.Error as error:
            raise self._sentence(error) or error from None
        except BaseException:
            self.connection.interrupt()
            for _ in range(round(_PATIENCE / _WATCHED)):
                if not wait([running], timeout=_WATCHED).not_done:
                    break
                self.connection.interrupt()
            raise

    def _run(
        self, running: "Future[list[tuple[Any, ...]]]", sql: str, values: Sequence[object]
    ) -> None:
        """Run a statement in a thread that ends with the process.

        On a full disk DuckDB may wait for itself and hear no interrupt.
        """
        try:
            running.set_result(self.connection.execute(sql, list(values)).fetchall())
        except BaseException as error:
            running.set_exception(error)

    def count(self, sql: str, *, doing: str = "", span: Span = ALL_OF_IT) -> int:
        """Run a statement that gives one number, such as ``COPY``, and return it."""
        return int(self.rows(sql, doing=doing, span=span)[0][0])

    def tell(self, doing: str, share: float) -> None:
        """Tell how far the run is, where somebody listens."""
        if self.progress is not None and doing:
            rows = self.read if self.total is None else round(share * self.total)
            self.progress(Step(doing, share, rows, self.total))

    def _share(self) -> float:
        """The share of the running statement that is done; before it starts DuckDB says -1."""
        return min(max(self.connection.query_progress() / 100, 0.0), 1.0)

    def _sentence(self, error: duckdb.Error) -> InputError | None:
        """An error that the person at the door can do something about."""
        said = str(error)
        if isinstance(error, duckdb.OutOfMemoryException) and "max_temp_directory_size" not in said:
            allowed = f"{self.settings.memory_mb} MB are too few for this table"
            return InputError("--memory", f"{allowed}: allow more, or fewer --threads")
        full = isinstance(error, duckdb.OutOfMemoryException) or "No space left" in said
        if full or "File too large" in said or "Disk quota" in said:
            return self._disk_is_full()
        return None

    def _disk_is_full(self) -> InputError:
        return InputError(self.place, "cannot be written (the disk is full)")
