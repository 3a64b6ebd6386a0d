"""A file on its way: which of its parts are on disk, so that another call or process can go on. No network here."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from iceye_geo.cog.fetch import Version
from iceye_geo.errors import DownloadError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

# A part is the unit of resuming: small enough to lose little, large enough that a request's round trip is nothing.
PART_BYTES = 8 * 1024 * 1024
# Room left on the disk beyond the file itself.
SPARE_BYTES = 64 * 1024 * 1024
# Whoever downloads the same file has finished a part within this time, or hangs: a part is retried for about
# two and a half minutes at most.
LOCK_PATIENCE_S = 300.0
_LOCK_POLL_S = 0.1


class PartialFile:
    """The parts of one version of one file, beside the name it will have.

    Args:
        path: name of the finished file.
        version: size and ETag on the server.
        verified_later: whether a checksum will be held against the file, so that parts may be kept even where
            the server gives no strong ETag to know the version by.
    """

    def __init__(self, path: Path, version: Version, *, verified_later: bool = False) -> None:
        self.path, self.version = path, version
        self._part_bytes = PART_BYTES
        self._known = verified_later or (bool(version.etag) and not version.etag.startswith("W/"))
        self._done: set[int] = set()
        self._lock = threading.Lock()

    @property
    def part(self) -> Path:
        """Where the bytes are until the file is complete."""
        return self.path.with_name(f".{self.path.name}.part")

    @property
    def notes(self) -> Path:
        """Which parts are there, and of which version."""
        return self.path.with_name(f".{self.path.name}.part.json")

    @property
    def bytes_done(self) -> int:
        """Bytes on disk that need not be fetched again."""
        return sum(stop - start for start, stop in map(self._span, self._done))

    def missing(self) -> list[tuple[int, int, int]]:
        """Return number, first byte and end of the parts that are not there."""
        count = -(-self.version.size // self._part_bytes)
        return [(n, *self._span(n)) for n in range(count) if n not in self._done]

    def resume(self) -> None:
        """Find out what an earlier call left; what is of another version is dropped when ``begin`` is called."""
        self._done = self._read_notes()

    def check_room(self) -> None:
        """Raise before the first byte is written if the disk will not hold the file.

        Raises:
            DownloadError: what is there already stays.
        """
        wanted = self.version.size - self.bytes_done
        free = shutil.disk_usage(self.path.parent).free
        if free < wanted + SPARE_BYTES:
            raise DownloadError(
                f"{self.path.name} needs {wanted / 1e9:.2f} GB more, {self.path.parent} has {free / 1e9:.2f} GB free."
            )

    @contextlib.contextmanager
    def begin(self) -> Iterator[BinaryIO]:
        """Open the part file; nothing done yet starts it anew."""
        if not self._done:
            with self.part.open("wb") as file:
                file.truncate(self.version.size)
            self._write_notes()
        with self.part.open("r+b") as file:
            yield file

    def write(self, file: BinaryIO, number: int, data: bytes) -> None:
        """Write a part and take note of it, in this order: what the notes name is on disk."""
        start, stop = self._span(number)
        if len(data) != stop - start:
            raise DownloadError(f"{self.path.name}: part {number} has {len(data)} bytes, not {stop - start}.")
        with self._lock:
            file.seek(start)
            file.write(data)
            file.flush()
        os.fsync(file.fileno())
        with self._lock:
            self._done.add(number)
            self._write_notes()

    def finish(self) -> Path:
        """Give the complete file its name."""
        if self.missing() or self.part.stat().st_size != self.version.size:
            raise DownloadError(f"{self.path.name}: the file is not complete.")
        self.part.replace(self.path)
        self.notes.unlink(missing_ok=True)
        return self.path

    def discard(self) -> None:
        """Remove what is there."""
        self._done = set()
        self.part.unlink(missing_ok=True)
        self.notes.unlink(missing_ok=True)

    def _span(self, number: int) -> tuple[int, int]:
        start = number * self._part_bytes
        return start, min(start + self._part_bytes, self.version.size)

    def _read_notes(self) -> set[int]:
        try:
            told = json.loads(self.notes.read_text(encoding="utf-8"))
            same = self._known and self.part.stat().st_size == self.version.size == told["size"]
            if not same or told["etag"] != self.version.etag or told["part_bytes"] != self._part_bytes:
                return set()
            count = -(-self.version.size // self._part_bytes)
            return {n for n in told["done"] if type(n) is int and 0 <= n < count}
        except (OSError, ValueError, KeyError, TypeError):
            return set()

    def _write_notes(self) -> None:
        told: dict[str, Any] = {
            "size": self.version.size,
            "etag": self.version.etag,
            "part_bytes": self._part_bytes,
            "done": sorted(self._done),
        }
        fresh = self.notes.with_suffix(".new")
        fresh.write_text(json.dumps(told), encoding="utf-8")
        fresh.replace(self.notes)


@contextlib.contextmanager
def only_one(path: Path, *, patience_s: float | None = None) -> Iterator[None]:
    """Let one thread or process at a time download to a name; the others wait for it.

    The system takes the lock back from a process that dies. Where it has no such locks, nothing is locked.

    Args:
        path: name of the finished file.
        patience_s: how long to wait while the other gets nothing done, seconds.

    Raises:
        DownloadError: the other one hangs.
    """
    if fcntl is None:
        yield
        return
    lock = path.with_name(f".{path.name}.lock")
    handle = _acquire(lock, _signs_of_life(path), LOCK_PATIENCE_S if patience_s is None else patience_s)
    try:
        yield
    finally:
        if handle is not None:
            lock.unlink(missing_ok=True)
            os.close(handle)


def _acquire(lock: Path, signs: Callable[[], object], patience_s: float) -> int | None:
    """Return the handle of the held lock; None where the file system has no locks."""
    seen, since = signs(), time.monotonic()
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as err:
            os.close(handle)
            if err.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                return None
        else:
            if _is_still(lock, handle):
                return handle
            os.close(handle)
            continue
        if (now := signs()) != seen:
            seen, since = now, time.monotonic()
        if time.monotonic() - since > patience_s:
            raise DownloadError(f"{lock.name[1:-5]} is being downloaded by another process, which hangs.")
        time.sleep(_LOCK_POLL_S)


def _is_still(lock: Path, handle: int) -> bool:
    """Whether the name leads to the file that is held: its last owner may have removed it in between."""
    try:
        return lock.stat().st_ino == os.fstat(handle).st_ino
    except OSError:
        return False


def _signs_of_life(path: Path) -> Callable[[], object]:
    notes = path.with_name(f".{path.name}.part.json")

    def look() -> object:
        try:
            return notes.stat().st_mtime_ns
        except OSError:
            return None

    return look
