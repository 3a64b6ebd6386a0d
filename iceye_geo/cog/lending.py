"""Counting what GDAL is used for, so that the interpreter does not end below it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from iceye_geo.errors import ReadFailedError

#: A read that waits for the wire may not hold back the end of the process for longer, seconds.
_LONGEST_S = 10.0


class Lending:
    """Counts datasets in use. A daemon thread that still reads when the interpreter ends crashes the process.

    Example:
        >>> lending = Lending()
        >>> with lending.one():
        ...     pass
        >>> lending.end()
    """

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._lent, self._ending, self._process = 0, False, os.getpid()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count a dataset as in use while the body runs.

        Raises:
            ReadFailedError: the process ends.
        """
        with self._turn:
            if self._ending:
                raise ReadFailedError("Nothing is read any more, since the process ends.")
            self._lent += 1
        try:
            yield
        finally:
            with self._turn:
                self._lent -= 1
                self._turn.notify_all()

    def end(self) -> None:
        """Lend nothing any more, and wait for what is in use; a forked process has no part in that."""
        with self._turn:
            self._ending = True
            if os.getpid() == self._process:
                self._turn.wait_for(lambda: not self._lent, timeout=_LONGEST_S)
