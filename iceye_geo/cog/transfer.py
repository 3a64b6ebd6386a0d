"""What reading has cost so far: a thread-safe counter."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, fields


@dataclass(slots=True, eq=False)
class Transfer:
    """Counters of one open image.

    Attributes:
        requests: requests sent, the denied and the repeated ones included.
        bytes: body bytes received.
        seconds: time spent waiting for the wire, seconds; parallel requests count once.
        cache_hits: wanted byte ranges that were already here.
        renewals: fresh links fetched; where several images share a link, counted by the one that fetched it.
        denied: requests answered 401 or 403.
        retries: requests repeated after a fault.
    """

    requests: int = 0
    bytes: int = 0
    seconds: float = 0.0
    cache_hits: int = 0
    renewals: int = 0
    denied: int = 0
    retries: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, **amounts: float) -> None:
        """Add to the named counters."""
        with self._lock:
            for name, amount in amounts.items():
                setattr(self, name, getattr(self, name) + amount)

    def to_dict(self) -> dict[str, float]:
        """Return the counters as a plain dict."""
        return {f.name: getattr(self, f.name) for f in fields(self) if not f.name.startswith("_")}

    def __repr__(self) -> str:
        size = f"{self.bytes / 1e6:.2f} MB"
        rare = ("renewals", "retries", "denied")
        extra = "".join(f", {getattr(self, n)} {n}" for n in rare if getattr(self, n))
        head = f"{self.requests} requests, {size}, {self.seconds:.2f} s, {self.cache_hits} cache hits"
        return f"Transfer({head}{extra})"
