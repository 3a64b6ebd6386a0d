"""Drawings end before the interpreter does: GDAL or numpy at work in a daemon thread by then crashes the process."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Drawings:
    """Counts what is being drawn, and lets it end.

    Example:
        >>> drawings = Drawings()
        >>> with drawings.one():
        ...     drawings.check()
        >>> drawings.end()
        >>> drawings.check()
        Traceback (most recent call last):
        ...
        RuntimeError: nothing is drawn any more, since the process ends
    """

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._under_way, self._ending, self._process = 0, False, os.getpid()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count the body as a drawing.

        Raises:
            RuntimeError: the process ends.
        """
        with self._turn:
            self.check()
            self._under_way += 1
        try:
            yield
        finally:
            with self._turn:
                self._under_way -= 1
                self._turn.notify_all()

    def check(self) -> None:
        """Raise if the process ends; called between two parts of a drawing.

        Raises:
            RuntimeError: the process ends.
        """
        if self._ending:
            raise RuntimeError("nothing is drawn any more, since the process ends")

    def end(self) -> None:
        """Begin no drawing any more, and wait until those under way have stopped at their next check.

        A forked process has no part in drawings that were under way when it began, and does not wait.
        """
        with self._turn:
            self._ending = True
            if os.getpid() == self._process:
                self._turn.wait_for(lambda: not self._under_way)


#: All drawings of the process.
DRAWINGS = Drawings()
atexit.register(DRAWINGS.end)
