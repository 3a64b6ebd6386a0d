"""Getting exact bytes over an unreliable wire: verify, retry, renew. Knows nothing of TIFF."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from iceye_geo.cog.links import REFUSALS, LinkKeeper
from iceye_geo.cog.ref import Link
from iceye_geo.cog.transfer import Transfer
from iceye_geo.cog.wire import UNTRUSTED, Answer, Wire, WireError
from iceye_geo.errors import (
    AssetNotFoundError,
    ChangedOnServerError,
    LinkRefusedError,
    NotACogError,
    RangeNotSupportedError,
    ReadFailedError,
)

# Five tries ride out a few seconds of trouble, and a Retry-After of up to half a minute each.
ATTEMPTS = 5
BACKOFF_S = 0.2
MAX_WAIT_S = 30.0
_RETRIED = frozenset({0, 408, 425, 429, 500, 502, 503, 504})
Sink = Callable[[int, bytes], None]

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class Version:
    """Which file it is that is being read: size in bytes and ETag ("" if the host sends none)."""

    size: int
    etag: str

    def same_as(self, other: Version) -> bool:
        """Whether both can be the same file."""
        return self.size == other.size and (not self.etag or not other.etag or self.etag == other.etag)


class Fetcher:
    """Fetches byte ranges of one asset.

    Args:
        keeper: gives the link.
        wire: sends the requests.
        transfer: counts them.
        sleep: waits between retries, seconds.
        conditional: ask with If-Range, so that a host with another version says so at once.
        alone: send no request before the one before it is answered, so that a link which ends is refused once
            however many ranges are on their way. For long ranges, which keep the wire busy meanwhile.
    """

    def __init__(
        self,
        keeper: LinkKeeper,
        *,
        wire: Wire,
        transfer: Transfer,
        sleep: Callable[[float], None] = time.sleep,
        conditional: bool = False,
        alone: bool = False,
    ) -> None:
        self._keeper, self._wire, self._transfer, self._sleep = keeper, wire, transfer, sleep
        self.version: Version | None = None
        self.disposition, self.media_type = "", ""
        self._conditional, self._alone = conditional, alone

    @property
    def label(self) -> str:
        """Short name of the asset."""
        return self._keeper.ref.label

    def warm(self, count: int, *, until: threading.Event) -> Sequence[Callable[[], None]]:
        """Set connections aside, see ``Wire.warm``."""
        return self._wire.warm(self._keeper.current(self._transfer).url, count, until=until)

    def fetch(
        self, start: int, stop: int, *, sink: Sink | None = None, began: Callable[[], None] | None = None
    ) -> bytes:
        """Return bytes ``start`` to ``stop`` (exclusive), fewer only where the file ends.

        Args:
            start: first byte.
            stop: byte after the last.
            sink: called with (offset, bytes) as verified parts arrive.
            began: called when the host begins to send.

        Raises:
            LinkExpiredError: a bare URL has expired.
            LinkRefusedError: fresh links were refused too.
            RangeNotSupportedError: the host ignores ranges.
            ChangedOnServerError: another file lies behind the link now.
            ReadFailedError: the bytes did not arrive, also after the retries.
        """
        got, refusals, attempt = bytearray(), 0, 0
        while True:
            link, answer = self._ask(start + len(got), stop)
            try:
                if answer.status in (401, 403):
                    refusals += 1
                    self._renew(link, answer, refusals)
                    continue
                if began is not None and answer.status == 206:
                    began()
                before = len(got)
                why = self._take(answer, start, stop, got, sink)
            finally:
                self._keeper.answered(link, works=None)
                answer.close()
            stop = min(stop, self.version.size) if self.version else stop
            if not why and len(got) >= stop - start:
                return bytes(got)
            # A connection that drops after a good part has been of use: only fruitless tries count.
            attempt, refusals = (1, 0) if len(got) > before else (attempt + 1, refusals)
            if attempt >= ATTEMPTS:
                raise ReadFailedError(f"{self.label}: bytes {start}-{stop - 1} did not arrive ({why}).")
            self._transfer.add(retries=1)
            self._sleep(_wait(answer, attempt))

    def _ask(self, start: int, stop: int) -> tuple[Link, Answer]:
        """Send one request; return when its answer begins, or when there is none."""
        link = self._keeper.ask(self._transfer, alone=self._alone)
        try:
            answer = self._wire.get(link.url, start, stop, unless_changed=self._condition())
        except BaseException:
            self._keeper.answered(link, works=None)
            raise
        self._transfer.add(requests=1)
        # Nobody else asks with a link that was refused until it is renewed.
        if answer.status not in (401, 403):
            self._keeper.answered(link, works=answer.status == 206 or None)
        return link, answer

    def _renew(self, link: Link, answer: Answer, refusals: int) -> None:
        self._transfer.add(denied=1)
        why = _words(answer)
        self._keeper.after_denial(link, self._transfer, why=why)
        # Other readers may be served while these bytes are refused with every link.
        if refusals >= REFUSALS:
            raise LinkRefusedError(f"{self.label}: fresh links were refused too ({why}).")

    def _condition(self) -> str:
        """Return the strong ETag to ask with, or ""."""
        tag = self.version.etag if self.version and self._conditional else ""
        return "" if tag.startswith("W/") else tag

    def _take(self, answer: Answer, start: int, stop: int, got: bytearray, sink: Sink | None) -> str:
        """Read what an answer holds into ``got``; returns why that was not all, or ""."""
        if answer.status != 206:
            if answer.status not in _RETRIED or answer.fault == UNTRUSTED:
                raise self._refusal(answer, start)
            return _words(answer)
        want = self._accept(answer, start + len(got), stop)
        try:
            for part in answer.parts(want):
                if sink is not None:
                    sink(start + len(got), part)
                got += part
                self._transfer.add(bytes=len(part))
        except WireError as fault:
            return str(fault)
        return ""

    def _accept(self, answer: Answer, start: int, stop: int) -> int:
        """Check a 206 against what was asked and against the file known so far; returns its length."""
        match = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", "").strip())
        if match is None:
            raise RangeNotSupportedError(
                f"{self.label}: the host sent a part without saying which (Content-Range)."
            )
        first, last, size = (int(g) for g in match.groups())
        if first != start or last >= stop or last >= size or last < first:
            raise RangeNotSupportedError(
                f"{self.label}: asked for bytes {start}-{stop - 1}, the host sent {first}-{last} of {size}."
            )
        announced = answer.headers.get("content-length", "")
        if announced and announced != str(last - first + 1):
            raise RangeNotSupportedError(f"{self.label}: the host announced a part and a length that differ.")
        version = Version(size, answer.headers.get("etag", ""))
        if self.version is None:
            self.version, self.disposition = version, answer.headers.get("content-disposition", "")
            self.media_type = answer.headers.get("content-type", "")
        elif not self.version.same_as(version):
            raise ChangedOnServerError(
                f"{self.label}: the file on the server is not the one that was being read."
            )
        return last - first + 1

    def _refusal(self, answer: Answer, start: int) -> Exception:
        if answer.fault == UNTRUSTED:
            return ReadFailedError(
                f"{self.label}: the content host could not be trusted, {UNTRUSTED}; nothing was sent. If your network "
                "has a certificate authority of its own, give it to the client as ca_bundle= or ICEYE_CA_BUNDLE, "
                "for a bare link as REQUESTS_CA_BUNDLE."
            )
        if answer.status == 200 and self._condition():
            return ChangedOnServerError(
                f"{self.label}: the file on the server was replaced while it was read."
            )
        if answer.status == 200:
            return RangeNotSupportedError(
                f"{self.label}: the host answers a byte range with the whole file, which was not read. "
                "Download the file, or ask for it from a host that supports ranges."
            )
        if answer.status in (404, 410):
            return AssetNotFoundError(f"{self.label}: the host does not know this file ({_words(answer)}).")
        if answer.status == 416:
            return NotACogError(f"{self.label}: the file is empty.") if start == 0 else ChangedOnServerError(
                f"{self.label}: the file on the server is shorter than the one that was being read."
            )  # fmt: skip
        return ReadFailedError(f"{self.label}: {_words(answer)}.")


def _wait(answer: Answer, attempt: int) -> float:
    asked = answer.headers.get("retry-after", "").strip()
    if asked:
        return min(MAX_WAIT_S, _seconds(asked))
    return min(MAX_WAIT_S, BACKOFF_S * 2.0 ** (attempt - 1) * random.uniform(0.5, 1.0))


def _seconds(asked: str) -> float:
    """Read a Retry-After: seconds or a date."""
    if asked.isdecimal():
        return float(asked)
    try:
        at: float = parsedate_to_datetime(asked).timestamp()
        return max(0.0, at - time.time())
    except (TypeError, ValueError):
        return BACKOFF_S


def _words(answer: Answer) -> str:
    """Say what came back, without echoing the body: it may quote the signature."""
    if answer.fault:
        return answer.fault
    code = re.search(rb"<Code>([A-Za-z]{1,40})</Code>", answer.excerpt())
    return f"HTTP {answer.status}" + (f" {code.group(1).decode()}" if code else "")
