"""Holding the garbage collector while very many records are read."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class _Pauses:
    """How many threads hold the collector at the moment, and whether it ran before the first one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open = 0
        self._ran = False

    def begin(self) -> None:
        """Hold the collector; the first to do so stops it."""
        with self._lock:
            if self._open == 0:
                self._ran = gc.isenabled()
                gc.disable()
            self._open += 1

    def end(self) -> None:
        """Let go; the last to do so starts it again if it ran before."""
        with self._lock:
            self._open -= 1
            if self._open == 0 and self._ran:
                _grow_old()
                gc.enable()


def _grow_old() -> None:
    """Count all objects as old, or the first allocation would have those made meanwhile scanned at once."""
    # Whoever has frozen objects wants them to stay so.
    if gc.get_freeze_count() == 0:
        gc.freeze()
        gc.unfreeze()


_pauses = _Pauses()


@contextmanager
def collector_paused() -> Iterator[None]:
    """Hold the garbage collector: it would scan all records, again and again, for cycles that are not there.

    Several threads may hold it at once; it runs again when the last of them is done, if it ran before.

    Example:
        >>> with collector_paused():
        ...     gc.isenabled()
        False
        >>> gc.isenabled()
        True
    """
    _pauses.begin()
    try:
        yield
    finally:
        _pauses.end()
