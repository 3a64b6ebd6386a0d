"""How far a download is: counted over threads, shown as a bar in terminals and notebooks or told to a function."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

#: Called with (bytes done, bytes in all).
Progress = Callable[[int, int], None]


class Meter:
    """Counts bytes as they arrive.

    Args:
        total: bytes in all.
        done: bytes that were there before.
        show: told each time, never by two threads at once.
    """

    def __init__(self, *, total: int, done: int, show: Progress) -> None:
        self.total, self._done, self._show = total, done, show
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        """Count bytes; a negative number for those that must be fetched again."""
        with self._lock:
            self._done += count
            self._show(self._done, self.total)


@contextlib.contextmanager
def metered(progress: bool | Progress, name: str, *, total: int, done: int) -> Iterator[Meter]:
    """Show progress while the context lasts.

    Args:
        progress: True for a bar, False for nothing, or a function of (bytes done, bytes in all).
        name: what the bar says.
        total: bytes in all.
        done: bytes that were there before.
    """
    if progress is not True:
        meter = Meter(total=total, done=done, show=progress or _silent)
        meter.add(0)
        yield meter
        return
    from tqdm.auto import tqdm

    bar: Any
    with tqdm(total=total, initial=done, unit="B", unit_scale=True, desc=name) as bar:
        yield Meter(total=total, done=done, show=lambda now, _total: bar.update(now - bar.n))


def _silent(_done: int, _total: int) -> None:
    return
