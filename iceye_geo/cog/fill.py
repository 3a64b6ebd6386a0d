"""Filling a partial file: its missing parts, several ranges at a time, all stopped when one fails."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import BinaryIO

from iceye_geo.cog.fetch import Fetcher
from iceye_geo.cog.meter import Meter
from iceye_geo.cog.partial import PartialFile
from iceye_geo.errors import DownloadError, RangeNotSupportedError, ReadFailedError

# A host that ignored a range or announced another length once may be a proxy's hiccup, not its habit.
_RANGE_TRIES = 3


class _Stopped(Exception):  # noqa: N818 - no error: another part failed, this one need not go on
    """Ends a part early."""


def fill(partial: PartialFile, file: BinaryIO, *, fetcher: Fetcher, meter: Meter, connections: int) -> None:
    """Fetch what is missing.

    Args:
        partial: takes note of the parts.
        file: from ``partial.begin()``.
        fetcher: of the same version.
        meter: told of bytes as they arrive.
        connections: ranges fetched at a time.

    Raises:
        DownloadError: bytes did not arrive; the parts that did are kept.
        CogError: what else the fetcher raises.
    """
    stop_all = threading.Event()
    with ThreadPoolExecutor(connections, thread_name_prefix="iceye-geo-download") as pool:
        parts = [_Part(fetcher, *part, meter=meter, stop_all=stop_all) for part in partial.missing()]
        jobs = [pool.submit(part.fetch_into, partial, file) for part in parts]
        try:
            wait(jobs, return_when=FIRST_EXCEPTION)
        finally:
            stop_all.set()
            for job in jobs:
                job.cancel()
    _raise_first(jobs)


class _Part:
    """One part on its way."""

    def __init__(
        self, fetcher: Fetcher, number: int, start: int, stop: int, *, meter: Meter, stop_all: threading.Event
    ) -> None:
        self.fetcher, self.number, self.start, self.stop = fetcher, number, start, stop
        self.meter, self.stop_all = meter, stop_all
        self.arrived = 0

    def fetch_into(self, partial: PartialFile, file: BinaryIO) -> None:
        """Fetch the part and write it; one that fails is taken off the meter again."""
        try:
            partial.write(file, self.number, self._fetch())
        except BaseException:
            self._forget()
            raise

    def _fetch(self) -> bytes:
        for _ in range(_RANGE_TRIES - 1):
            try:
                return self.fetcher.fetch(self.start, self.stop, sink=self._take)
            except RangeNotSupportedError:
                self._forget()
        return self.fetcher.fetch(self.start, self.stop, sink=self._take)

    def _take(self, _offset: int, data: bytes) -> None:
        if self.stop_all.is_set():
            raise _Stopped
        self.arrived += len(data)
        self.meter.add(len(data))

    def _forget(self) -> None:
        self.meter.add(-self.arrived)
        self.arrived = 0


def _raise_first(jobs: Sequence[Future[None]]) -> None:
    errors = [e for job in jobs if not job.cancelled() and (e := job.exception()) is not None]
    for error in [e for e in errors if not isinstance(e, _Stopped)][:1]:
        if isinstance(error, ReadFailedError | RangeNotSupportedError):
            raise DownloadError(f"{error} What arrived is kept; call download again to go on.") from error
        raise error
