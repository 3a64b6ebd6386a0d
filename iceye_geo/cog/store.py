"""The byte cache: sparse copies of files by asset identity, within one limit for the process."""

from __future__ import annotations

import threading
from bisect import bisect_right, insort
from collections import OrderedDict
from collections.abc import Iterable
from itertools import pairwise

from iceye_geo.cog.fetch import Version

Span = tuple[int, int]

#: Bytes kept for all images together; a look needs about 1.5 MB, a chip about 2 MB.
DEFAULT_LIMIT = 128 * 1024 * 1024


class SparseFile:
    """Bytes of one version of one file, as far as they were read. Use through a ``ByteStore``."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self.starts: list[int] = []
        self.parts: dict[int, bytes] = {}

    def gaps(self, start: int, stop: int) -> list[Span]:
        """Return what is missing between two offsets."""
        found: list[Span] = []
        at = start
        for first in self.starts[max(0, bisect_right(self.starts, start) - 1) :]:
            if first >= stop:
                break
            end = first + len(self.parts[first])
            if end <= at:
                continue
            if first > at:
                found.append((at, first))
            at = max(at, end)
        if at < stop:
            found.append((at, stop))
        return found

    def get(self, start: int, stop: int) -> bytes | None:
        """Return the bytes, or None when any is missing."""
        index = bisect_right(self.starts, start) - 1
        if index < 0:
            return None
        first = self.starts[index]
        part = self.parts[first]
        if stop <= first + len(part):
            return part[start - first : stop - first]
        joined = bytearray(part[start - first :])
        for follower in self.starts[index + 1 :]:
            if follower != start + len(joined) or len(joined) >= stop - start:
                break
            joined += self.parts[follower]
        return bytes(joined[: stop - start]) if len(joined) >= stop - start else None


class ByteStore:
    """Sparse files by identity. Thread-safe; drops the least recently used parts beyond its limit.

    Args:
        limit: bytes kept at most.

    Example:
        >>> store = ByteStore(limit=100)
        >>> store.put("a", Version(50, ""), 0, b"hello")
        >>> store.get("a", 1, 3), store.gaps("a", 3, 9)
        (b'el', [(5, 9)])
    """

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self.limit = limit
        self._files: dict[str, SparseFile] = {}
        self._recent: OrderedDict[tuple[str, int], int] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Bytes held now."""
        return self._bytes

    def version(self, identity: str) -> Version | None:
        """Return which version of a file is held, if any."""
        with self._lock:
            return self._files[identity].version if identity in self._files else None

    def put(self, identity: str, version: Version, start: int, data: bytes) -> None:
        """Keep bytes; a version other than the one held replaces it whole."""
        with self._lock:
            held = self._files.get(identity)
            if held is not None and not held.version.same_as(version):
                self._drop(identity)
                held = None
            if held is None:
                held = self._files[identity] = SparseFile(version)
            for first, last in held.gaps(start, start + len(data)):
                held.parts[first] = data[first - start : last - start]
                insort(held.starts, first)
                self._recent[identity, first] = last - first
                self._bytes += last - first
            self._shrink()

    def get(self, identity: str, start: int, stop: int) -> bytes | None:
        """Return the bytes, or None when any is missing."""
        with self._lock:
            held = self._files.get(identity)
            data = held.get(start, stop) if held else None
            if held is not None and data is not None:
                first = held.starts[bisect_right(held.starts, start) - 1]
                self._recent.move_to_end((identity, first))
            return data

    def gaps(self, identity: str, start: int, stop: int) -> list[Span]:
        """Return what is missing between two offsets."""
        with self._lock:
            held = self._files.get(identity)
            return held.gaps(start, stop) if held else [(start, stop)]

    def drop(self, identity: str) -> None:
        """Forget a file."""
        with self._lock:
            self._drop(identity)

    def _drop(self, identity: str) -> None:
        held = self._files.pop(identity, None)
        for first in held.starts if held else ():
            self._bytes -= self._recent.pop((identity, first), 0)

    def _shrink(self) -> None:
        while self._bytes > self.limit and self._recent:
            (identity, first), size = self._recent.popitem(last=False)
            held = self._files[identity]
            del held.parts[first]
            held.starts.remove(first)
            self._bytes -= size
            if not held.starts:
                del self._files[identity]


def join_spans(spans: Iterable[Span], *, gap: int, longest: int) -> list[Span]:
    """Join spans that lie close together and cut what is too long for one request.

    Args:
        spans: (start, stop) pairs in any order.
        gap: bytes between two spans that are cheaper read than asked for anew.
        longest: bytes of one request at most.

    Example:
        >>> join_spans([(90, 100), (0, 10), (12, 30)], gap=5, longest=20)
        [(0, 15), (15, 30), (90, 100)]
    """
    joined: list[Span] = []
    for start, stop in sorted(s for s in spans if s[1] > s[0]):
        if joined and start - joined[-1][1] <= gap:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return [piece for span in joined for piece in _cut(span, longest)]


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """Return what is left of spans outside others.

    Example:
        >>> without([(0, 10), (20, 30)], [(5, 22)])
        [(0, 5), (22, 30)]
    """
    left = list(spans)
    for first, last in taken:
        cut = [((a, min(b, first)), (max(a, last), b)) for a, b in left]
        left = [piece for pieces in cut for piece in pieces if piece[1] > piece[0]]
    return left


def _cut(span: Span, longest: int) -> list[Span]:
    start, stop = span
    count = -(-(stop - start) // longest)
    edges = [start + (stop - start) * i // count for i in range(count + 1)]
    return list(pairwise(edges))


#: The process's own cache, shared by all images that are not given another.
SHARED = ByteStore()
