"""Range readers: files as GDAL wants them, over signed links or on disk. One reader per open image."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from iceye_geo.cog.fetch import Fetcher
from iceye_geo.cog.store import SHARED, ByteStore, Span, join_spans
from iceye_geo.cog.transfer import Transfer
from iceye_geo.errors import IceyeGeoError, ReadFailedError

# Directories, tags and tile tables of a 24k x 24k frame take 49 KB, of a 40k x 40k one about 130 KB.
HEADER_BYTES = 128 * 1024
# At 100 Mbit/s and 50 ms a round trip, 64 KB cost 5 ms: far less than asking again.
JOIN_GAP = 64 * 1024
# Longer runs are split, so that several connections carry them.
LONGEST = 4 * 1024 * 1024
PARALLEL = 8
# What a read outside the plan asks for at least.
_READ_AHEAD = 64 * 1024


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

    def read(self, start: int, n: int) -> bytes:
        """Return ``n`` bytes, fewer at the end of the file."""
        ...

    def prefetch(self, spans: Iterable[Span]) -> None:
        """Bring spans here, all at once."""
        ...

    def reset(self) -> None:
        """Forget everything read so far."""
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
        self._lock = threading.Lock()

    def read(self, start: int, n: int) -> bytes:
        """Return ``n`` bytes, fewer at the end of the file."""
        with self._lock:
            self._file.seek(start)
            return self._file.read(n)

    def prefetch(self, spans: Iterable[Span]) -> None:
        """Nothing to bring: the file is here."""

    def reset(self) -> None:
        """Nothing to forget."""

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class RangeReader:
    """A file behind a link: cached by identity, fetched in parallel, header first.

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
        self._lock = threading.Lock()
        self._begin()

    @property
    def size(self) -> int:
        """Length of the file, bytes."""
        version = self._fetcher.version
        return version.size if version else 0

    def read(self, start: int, n: int) -> bytes:
        """Return ``n`` bytes, from the cache if they are there, else asking for them and a little more."""
        stop = min(start + n, self.size)
        if stop <= start:
            return b""
        data = self._store.get(self.identity, start, stop)
        if data is not None:
            return data
        self._bring([(start, min(self.size, max(stop, start + _READ_AHEAD)))])
        data = self._store.get(self.identity, start, stop)
        # A cache smaller than one read keeps nothing: then the bytes are fetched for this read alone.
        return data if data is not None else self._fetcher.fetch(start, stop)

    def prefetch(self, spans: Iterable[Span]) -> None:
        """Bring spans into the cache: missing bytes only, near ones joined, long ones split, in parallel."""
        wanted = [(max(0, a), min(b, self.size)) for a, b in spans]
        missing = [gap for span in wanted for gap in self._store.gaps(self.identity, *span)]
        self._transfer.add(cache_hits=sum(not self._store.gaps(self.identity, *span) for span in wanted))
        self._bring(join_spans(missing, gap=JOIN_GAP, longest=LONGEST))

    def reset(self) -> None:
        """Drop the cached bytes and read the header again."""
        self._store.drop(self.identity)
        self._fetcher.version = None
        self._begin()

    def close(self) -> None:
        """Stop the threads; cached bytes stay for the next opening."""
        with self._lock:
            if self._pool is not None:
                self._pool.shutdown(wait=True)
                self._pool = None

    def _begin(self) -> None:
        """Read the header, while a second connection is being opened for the data."""
        self._fetcher.version = self._store.version(self.identity)
        if self._fetcher.version is not None and not self._store.gaps(self.identity, 0, 1):
            self._transfer.add(cache_hits=1)
            return
        warm = self._threads().submit(self._fetcher.warm)
        warm.add_done_callback(lambda done: done.exception())
        self._bring([(0, HEADER_BYTES)])

    def _bring(self, spans: list[Span]) -> None:
        if not spans:
            return
        began = time.perf_counter()
        try:
            if len(spans) == 1:
                self._one(spans[0])
            else:
                list(self._threads().map(self._one, spans))
        finally:
            self._transfer.add(seconds=time.perf_counter() - began)

    def _one(self, span: Span) -> None:
        data = self._fetcher.fetch(*span)
        version = self._fetcher.version
        if version is not None:
            self._store.put(self.identity, version, span[0], data)

    def _threads(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(PARALLEL, thread_name_prefix="iceye-geo-cog")
            return self._pool


class ReaderFile(io.RawIOBase):
    """The file object GDAL reads through. It never raises, GDAL could not carry it: see ``error``."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self._reader, self._at = reader, 0
        self.error: IceyeGeoError | None = None

    def read(self, n: int = -1, /) -> bytes:
        """Return up to ``n`` bytes; b"" when the wire failed, with the reason kept in ``error``."""
        n = self._reader.size - self._at if n < 0 else n
        try:
            data = self._reader.read(self._at, n)
        except IceyeGeoError as err:
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
