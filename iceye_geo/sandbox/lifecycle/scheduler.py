"""The thread that lets time pass when nobody asks: it settles what is due, in small ticks, while something lives."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

#: Real seconds between two looks while something lives. A callback is late by this much at most.
TICK_S = 0.05
#: ... and while nothing does: only a wake-up can bring something to do.
IDLE_S = 5.0


class Scheduler:
    """Calls `settle` again and again in a daemon thread.

    Args:
        settle: lets due steps happen; returns whether more are to come.
    """

    def __init__(self, settle: Callable[[], bool]) -> None:
        self._settle = settle
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread; a second call does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="sandbox-scheduler", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Say that there may be something to do."""
        self._wake.set()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        wait_s = IDLE_S
        while not self._stopping:
            self._wake.wait(wait_s)
            self._wake.clear()
            try:
                more = self._settle()
            except Exception:
                log.exception("a step of the sandbox's life-cycle failed")
                more = True
            wait_s = TICK_S if more else IDLE_S
