"""Byte ranges over HTTP: parsing of Range and If-Range, and the answer that sends a file or a part of it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

#: Bytes per read: large enough to keep up with loopback, small enough to leave the event loop to others.
_CHUNK = 256 * 1024

_SPEC = re.compile(r"bytes=(\d*)-(\d*)")


class RangeNotSatisfiableError(ValueError):
    """The asked range lies outside the file, or there is more than one."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes ``start`` to ``stop``, the last not included."""

    start: int
    stop: int

    def content_range(self, size: int) -> str:
        """Value of ``Content-Range``."""
        return f"bytes {self.start}-{self.stop - 1}/{size}"


def parse_range(header: str, size: int) -> ByteRange | None:
    """Read a ``Range`` header for a file of ``size`` bytes.

    Returns:
        The range, or None where HTTP says to ignore the header (no header, another unit, malformed).

    Raises:
        RangeNotSatisfiableError: for a range outside the file, or for more than one range.

    Example:
        >>> parse_range("bytes=10-19", 100)
        ByteRange(start=10, stop=20)
        >>> parse_range("bytes=-5", 100)
        ByteRange(start=95, stop=100)
    """
    compact = header.replace(" ", "")
    if compact.startswith("bytes=") and "," in compact:
        raise RangeNotSatisfiableError("only one range is served per request")
    match = _SPEC.fullmatch(compact)
    if match is None or match.group(1) == match.group(2) == "":
        return None
    first, last = match.groups()
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1 if last else size)
        if last and int(last) < int(first):
            return None
    if start >= size or stop <= start:
        raise RangeNotSatisfiableError(f"the file has {size} bytes")
    return ByteRange(start, stop)


def etag_of(path: Path) -> str:
    """Return a strong entity tag: files are written once, so size and time of writing name the content."""
    stat = path.stat()
    return (
        '"' + hashlib.blake2b(f"{stat.st_size}-{stat.st_mtime_ns}".encode(), digest_size=12).hexdigest() + '"'
    )


class FilePart(Response):
    """An answer that streams a file, or one range of it, in pieces."""

    def __init__(self, path: Path, part: ByteRange | None, *, size: int, etag: str, media_type: str) -> None:
        self.path, self.part = path, part or ByteRange(0, size)
        self.status_code = 206 if part else 200
        self.media_type, self.background, self.body = media_type, None, b""
        headers = {
            "Content-Length": str(self.part.stop - self.part.start),
            "Accept-Ranges": "bytes",
            "ETag": etag,
        }
        if part:
            headers["Content-Range"] = part.content_range(size)
        self.init_headers(headers)

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send the headers and the bytes."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        left = self.part.stop - self.part.start
        with self.path.open("rb") as file:
            file.seek(self.part.start)
            while left > 0 and (piece := file.read(min(left, _CHUNK))):
                left -= len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": left > 0})
        if self.part.stop == self.part.start:
            await send({"type": "http.response.body", "body": b""})
