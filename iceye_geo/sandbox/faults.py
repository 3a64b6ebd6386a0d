"""The fault switch: what tests turn on to see how a client bears a bad server or a bad network."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: Kinds of fault beside a bare HTTP status such as "429", "500" or "503".
KINDS = (
    "slow",
    "drop",
    "short",
    "stall",
    "ignore-range",
    "wrong-content-range",
    "new-etag",
    "garbage",
)
#: What may follow the kind in a fault written as text, and how it is read.
_READ: dict[str, Callable[[str], Any]] = {
    "path": str,
    "method": str.upper,
    "times": int,
    "skip": int,
    "retry_after": float,
    "seconds": float,
    "after_bytes": int,
}


@dataclass(slots=True)
class Fault:
    """One fault. It strikes the next ``times`` requests that match, after letting ``skip`` of them pass.

    Attributes:
        kind: an HTTP status as text ("429", "500"), answered instead of the real answer; or
            "slow" (the answer starts after ``seconds``),
            "drop" (the connection is cut after ``after_bytes`` of the body; None cuts before the headers),
            "short" (the body ends after ``after_bytes``, by default half, and claims to be whole),
            "stall" (after ``after_bytes`` nothing comes for ``seconds``, then the connection is cut),
            "ignore-range" (200 and the whole file to a range request),
            "wrong-content-range" (the range named in the answer is not the one asked for),
            "new-etag" (the file looks as if it had been replaced),
            "garbage" (200 with a page of HTML, as a captive portal sends it).
        path: regular expression searched in the path; "" matches all.
        method: HTTP method; "" matches all.
        times: how often it strikes.
        skip: how many matching requests pass unharmed first.
        retry_after: seconds for the ``Retry-After`` header of a status; None sends none.
        seconds: for "slow" and "stall".
        after_bytes: for "drop", "short" and "stall".
        hits: how often it struck so far.

    Raises:
        ValueError: for an unknown kind, or a path that is no regular expression.

    Example:
        >>> Fault("429", "/catalog/", retry_after=1).status
        429
    """

    kind: str
    path: str = ""
    method: str = ""
    times: int = 1
    skip: int = 0
    retry_after: float | None = None
    seconds: float = 1.0
    after_bytes: int | None = None
    hits: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS and not (self.kind.isdigit() and 400 <= int(self.kind) <= 599):
            raise ValueError(f"unknown fault kind {self.kind!r}; one of {', '.join(KINDS)} or an HTTP status")
        try:
            re.compile(self.path)
        except re.error as error:
            raise ValueError(f"path {self.path!r} is no regular expression: {error}") from None

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read a fault from text: its kind, then what it needs of the other attributes as ``name=value``.

        Raises:
            ValueError: if the kind, a name or a value cannot be used.

        Example:
            >>> fault = Fault.parse("429,path=/catalog/,times=3,retry_after=1")
            >>> fault.status, fault.path, fault.times, fault.retry_after
            (429, '/catalog/', 3, 1.0)
        """
        kind, *rest = text.split(",")
        return cls(kind, **dict(_read_part(part) for part in rest))

    @property
    def status(self) -> int:
        """The HTTP status it answers with; 0 if it is of another kind."""
        return int(self.kind) if self.kind.isdigit() else 0

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is one this fault waits for."""
        return self.method in ("", method) and re.search(self.path, path) is not None


def _read_part(part: str) -> tuple[str, Any]:
    name, equals, value = part.partition("=")
    if not equals or name not in _READ:
        raise ValueError(f"{part!r} is not name=value with one of {', '.join(_READ)}")
    try:
        return name, _READ[name](value)
    except ValueError:
        raise ValueError(f"{name} must be a number, not {value!r}") from None


class FaultSwitch:
    """Holds the faults that are on; safe between threads.

    Args:
        revoke_tokens: called by :meth:`revoke_tokens`.
        expire_links: called by :meth:`expire_links`.
    """

    def __init__(self, *, revoke_tokens: Callable[[], None], expire_links: Callable[[], None]) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._revoke_tokens, self._expire_links = revoke_tokens, expire_links

    def add(self, fault: Fault) -> Fault:
        """Turn a fault on and return it, so that its ``hits`` can be read later."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Turn all faults off."""
        with self._lock:
            self._faults.clear()

    def revoke_tokens(self) -> None:
        """Make every access token issued so far invalid: the next call of each answers 401."""
        self._revoke_tokens()

    def expire_links(self) -> None:
        """Make every signed link issued so far invalid: the next read of each answers 403."""
        self._expire_links()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that strikes this request, if any, and count the stroke."""
        with self._lock:
            for fault in self._faults:
                if fault.hits < fault.times and fault.matches(method, path):
                    if fault.skip > 0:
                        fault.skip -= 1
                        continue
                    fault.hits += 1
                    return fault
        return None
