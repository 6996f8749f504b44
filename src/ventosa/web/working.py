"""Heavy work in a process of its own, which ends when nobody needs it.

A solved placement loads NumPy and SciPy, a photo its decoder: a web process that stays up for weeks
must not keep them. The worker is started when first needed and ends after it lay idle.
"""

import copyreg
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.util import Finalize
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar

from ventosa.record import OutOfRange

IDLE_SECONDS = 60.0
LONGEST_SECONDS = 60.0
"""No work takes longer: the slowest placement that was measured took 3 s."""

P = ParamSpec("P")
T = TypeVar("T")


def _whole(view: "MappingProxyType[Any, Any]") -> tuple[Callable[..., Any], tuple[Any, ...]]:
    return _viewed, (dict(view),)


def _viewed(table: dict[Any, Any]) -> "MappingProxyType[Any, Any]":
    return MappingProxyType(table)


copyreg.pickle(MappingProxyType, _whole)


class Worker:
    """One process beside the web process; calls wait for each other."""

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._clock: threading.Timer | None = None
        self._at_exit: Finalize | None = None
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the work returns; its errors are raised here.

        Raises:
            OutOfRange: it took longer than ``LONGEST_SECONDS``, or its process died twice.
        """
        with self._lock, self._kept():
            for _ in range(2):
                try:
                    return self._started().submit(work, *args, **kwargs).result(LONGEST_SECONDS)
                except BrokenProcessPool:
                    self._end()
                except TimeoutError:
                    self._end()
                    break
            raise OutOfRange("this could not be worked out in the time there is")

    @property
    def is_running(self) -> bool:
        """Whether the process is there now."""
        return self._pool is not None

    def _started(self) -> ProcessPoolExecutor:
        if self._at_exit is None:
            # A web process that is told to stop waits for its children before anything else.
            self._at_exit = Finalize(None, self._end, exitpriority=10)
        if self._pool is None:
            # A fresh process: a copy of the web process would share its open connections.
            self._pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
        return self._pool

    @contextmanager
    def _kept(self) -> Iterator[None]:
        if self._clock is not None:
            self._clock.cancel()
        try:
            yield
        finally:
            self._clock = threading.Timer(self._idle_seconds, self._rest)
            self._clock.daemon = True
            self._clock.start()

    def _forget(self) -> None:
        """In a copy of this process: the pool belongs to the other one, and would never answer."""
        self._lock = threading.Lock()
        self._pool = self._clock = self._at_exit = None

    def _rest(self) -> None:
        with self._lock:
            self._end()

    def _end(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        for process in list((pool._processes or {}).values()):
            process.terminate()
        pool.shutdown(wait=False, cancel_futures=True)


worker = Worker()
"""The worker of this process."""
