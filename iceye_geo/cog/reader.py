"""Range readers: files as GDAL wants them, over signed links or on disk. One reader per open image."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from iceye_geo.cog.fetch import Fetcher
from iceye_geo.cog.store import SHARED, ByteStore, Span, join_spans, without
from iceye_geo.cog.transfer import Transfer
from iceye_geo.errors import ReadFailedError

# Directories, tags and tile tables of a 24k x 24k frame take 49 KB, of a 40k x 40k one about 130 KB.
HEADER_BYTES = 128 * 1024
# At 100 Mbit/s and 50 ms a round trip, 64 KB cost 5 ms: far less than asking again.
JOIN_GAP = 64 * 1024
# Longer runs are split, so that several connections carry them.
LONGEST = 4 * 1024 * 1024
PARALLEL = 8
# A chip of 1024 pixels touches three rows of tiles: one request goes out on the header's connection, two on these.
WARMED = 2
# What a read outside the plan asks for at least.
_READ_AHEAD = 64 * 1024


Waiter = Callable[[], None]


class Reader(Protocol):
    """Random access to one file."""

    @property
    def identity(self) -> str:
        """Key that names the file, whatever its link."""
        ...

    @property
    def size(self) -> int:
        """Length, bytes."""
        ...

    @property
    def tag(self) -> str:
        """ETag, "" if there is none."""
        ...

    def read(self, start: int, n: int) -> bytes:
        """Return ``n`` bytes, fewer at the end of the file."""
        ...

    def start(self) -> None:
        """Begin to open the file; returns at once."""
        ...

    def ready(self) -> None:
        """Wait until the size is known; raises what went wrong."""
        ...

    def prefetch(self, spans: Iterable[Span]) -> Waiter:
        """Send for spans, all at once; returns at once. Call what it returns to wait for them."""
        ...

    def reset(self) -> None:
        """Forget everything read so far and start again."""
        ...

    def close(self) -> None:
        """Release threads and files."""
        ...


class LocalReader:
    """A file on disk."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("rb")
        except OSError as err:
            raise ReadFailedError(f"{path}: cannot be opened ({err.strerror}).") from err
        self.identity, self.size = str(path.resolve()), path.stat().st_size
        self.tag = f"{path.stat().st_mtime_ns}"
        self._lock = threading.Lock()

    def read(self, start: int, n: int) -> bytes:
        """Return ``n`` bytes, fewer at the end of the file."""
        with self._lock:
            self._file.seek(start)
            return self._file.read(n)

    def start(self) -> None:
        """Nothing to begin: the file is here."""

    def ready(self) -> None:
        """Nothing to wait for."""

    def prefetch(self, spans: Iterable[Span]) -> Waiter:  # noqa: ARG002
        """Nothing to send for."""
        return lambda: None

    def reset(self) -> None:
        """Nothing to forget."""

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class _Flight:
    """A span on its way."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self.done = False
        self.error: BaseException | None = None
        self.proved = threading.Event()

    def overlaps(self, start: int, stop: int) -> bool:
        """Whether the span holds any of the bytes from ``start`` to ``stop`` (exclusive)."""
        return self.span[0] < stop and start < self.span[1]


class RangeReader:
    """A file behind a link: cached by identity, fetched in parallel, readable while it arrives.

    Args:
        fetcher: gets verified bytes.
        identity: cache key of the asset.
        transfer: counts time and cache hits.
        store: the byte cache; the process's own by default.
    """

    def __init__(
        self, fetcher: Fetcher, *, identity: str, transfer: Transfer, store: ByteStore | None = None
    ) -> None:
        self._fetcher, self.identity, self._transfer = fetcher, identity, transfer
        self._store = SHARED if store is None else store
        self._pool: ThreadPoolExecutor | None = None
        self._flights: list[_Flight] = []
        self._arrived = threading.Condition()
        self._busy, self._since = 0, 0.0

    @property
    def size(self) -> int:
        """Length of the file, bytes; 0 before the header is here."""
        version = self._fetcher.version
        return version.size if version else 0

    @property
    def tag(self) -> str:
        """ETag, "" if the host sends none."""
        version = self._fetcher.version
        return version.etag if version else ""

    def start(self) -> None:
        """Send for the header, and open connections for the data meanwhile."""
        self._fetcher.version = self._store.version(self.identity)
        if self._fetcher.version is not None and not self._store.gaps(self.identity, 0, 1):
            self._transfer.add(cache_hits=1)
            return
        header = _Flight((0, HEADER_BYTES))
        spare = self._fetcher.warm(WARMED, until=header.proved)
        self._launch([header])
        for job in spare:
            self._threads().submit(job)

    def ready(self) -> None:
        """Wait for the first bytes of the header; the rest is read as it arrives."""
        with self._arrived:
            while self._fetcher.version is None:
                for flight in self._flights:
                    if flight.error is not None:
                        raise flight.error
                self._arrived.wait()

    def read(self, start: int, n: int) -> bytes:
        """Return ``n`` bytes: from the cache, as they arrive, or else asking for them and a little more."""
        stop = min(start + n, self.size)
        if stop <= start:
            return b""
        data = self._await(start, stop)
        if data is not None:
            return data
        span = (start, min(self.size, max(stop, start + _READ_AHEAD)))
        began = time.perf_counter()
        data = self._fetcher.fetch(*span, sink=self._keep)
        self._transfer.add(seconds=time.perf_counter() - began)
        return data[: stop - start]

    def prefetch(self, spans: Iterable[Span]) -> Waiter:
        """Send for what is missing of the spans: near ones joined, long ones split, in parallel.

        Returns at once; the answer waits for these bytes when called, and raises what went wrong with them.
        """
        wanted = [(max(0, a), min(b, self.size)) for a, b in spans]
        with self._arrived:
            coming = [f.span for f in self._flights if f.error is None]
            missing = [self._store.gaps(self.identity, *span) for span in wanted]
        missing = [without(gaps, coming) for gaps in missing]
        self._transfer.add(cache_hits=sum(not gaps for gaps in missing))
        spans = join_spans((g for gaps in missing for g in gaps), gap=JOIN_GAP, longest=LONGEST)
        flights = self._launch([_Flight(span) for span in spans])
        return lambda: self._wait(flights)

    def reset(self) -> None:
        """Drop the cached bytes and send for the header again."""
        with self._arrived:
            self._flights.clear()
        self._store.drop(self.identity)
        self.start()

    def close(self) -> None:
        """Stop the threads; cached bytes stay for the next opening."""
        with self._arrived:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True)

    def _launch(self, flights: list[_Flight]) -> list[_Flight]:
        """Send for spans, all at once; the keeper lets one go ahead where the link has not been proved lately."""
        with self._arrived:
            if not self._busy:
                self._since = time.perf_counter()
            self._busy += len(flights)
            self._flights += flights
        for flight in flights:
            self._threads().submit(self._fly, flight)
        return flights

    def _fly(self, flight: _Flight) -> None:
        try:
            self._fetcher.fetch(*flight.span, sink=self._keep, began=flight.proved.set)
        except Exception as err:  # noqa: BLE001 - carried to whoever waits for these bytes
            flight.error = err
        finally:
            flight.proved.set()
            with self._arrived:
                flight.done = True
                if flight.error is None and flight in self._flights:
                    self._flights.remove(flight)
                self._busy -= 1
                if not self._busy:
                    self._transfer.add(seconds=time.perf_counter() - self._since)
                self._arrived.notify_all()

    def _wait(self, flights: list[_Flight]) -> None:
        with self._arrived:
            while not all(f.done for f in flights):
                self._arrived.wait()
            self._flights = [f for f in self._flights if f not in flights]
        for flight in flights:
            if flight.error is not None:
                raise flight.error

    def _keep(self, offset: int, data: bytes) -> None:
        version = self._fetcher.version
        if version is not None:
            self._store.put(self.identity, version, offset, data)
        with self._arrived:
            self._arrived.notify_all()

    def _await(self, start: int, stop: int) -> bytes | None:
        """Return bytes that are here or on their way; None if nobody has sent for them."""
        with self._arrived:
            while True:
                data = self._store.get(self.identity, start, stop)
                if data is not None:
                    return data
                flights = [f for f in self._flights if f.overlaps(start, stop)]
                for flight in flights:
                    if flight.error is not None:
                        self._flights.remove(flight)
                        raise flight.error
                if not flights:
                    return None
                self._arrived.wait()

    def _threads(self) -> ThreadPoolExecutor:
        with self._arrived:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(PARALLEL, thread_name_prefix="iceye-geo-cog")
            return self._pool


class ReaderFile(io.RawIOBase):
    """The file object GDAL reads through. It never raises, GDAL could not carry it: see ``error``."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self._reader, self._at = reader, 0
        self.error: BaseException | None = None

    def read(self, n: int = -1, /) -> bytes:
        """Return up to ``n`` bytes; b"" when that failed or was interrupted, with the reason kept in ``error``."""
        n = self._reader.size - self._at if n < 0 else n
        try:
            data = self._reader.read(self._at, n)
        except BaseException as err:  # noqa: BLE001 - raised again where GDAL has returned
            self.error = err
            return b""
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move; returns the new position."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._reader.size}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def readable(self) -> bool:
        """Always true."""
        return True

    def seekable(self) -> bool:
        """Always true."""
        return True
