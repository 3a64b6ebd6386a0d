"""Signed content links, and the files behind them: who may read what until when."""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

#: Value of ``Key-Pair-Id``, which CloudFront links carry beside ``Expires`` and ``Signature``.
KEY_PAIR_ID = "SANDBOX"

Verdict = Literal["ok", "missing", "tampered", "expired"]


@dataclass(frozen=True, slots=True)
class ContentFile:
    """One thing that can be downloaded.

    Attributes:
        id: opaque hexadecimal name, the last part of the link's path.
        media_type: value of ``Content-Type``.
        make: returns the file's path, making the file if need be; may block.
    """

    id: str
    media_type: str
    make: Callable[[], Path] = field(repr=False)


class Content:
    """Registers files under opaque ids and signs links to them; safe between threads.

    Args:
        ttl_s: life of a link, seconds.
        wall: source of Unix seconds.
    """

    def __init__(self, *, ttl_s: float, wall: Callable[[], float] = time.time) -> None:
        self.ttl_s = ttl_s
        self._wall = wall
        self._files: dict[str, ContentFile] = {}
        self._keys = [secrets.token_bytes(32)]
        self._lock = threading.Lock()

    def register(self, name: str, make: Callable[[], Path], media_type: str) -> str:
        """Make a file known under a name that is unique in the sandbox; return its opaque id.

        The id depends on the name alone, and the first maker of a name stays.
        """
        content_id = hashlib.blake2b(name.encode(), digest_size=16).hexdigest()
        with self._lock:
            self._files.setdefault(content_id, ContentFile(content_id, media_type, make))
        return content_id

    def get(self, content_id: str) -> ContentFile | None:
        """Return the registered file of an id."""
        return self._files.get(content_id)

    def link(self, content_id: str, *, base_url: str) -> str:
        """Return a link that opens the file for ``ttl_s`` seconds.

        Args:
            content_id: from :meth:`register`.
            base_url: scheme, host and port under which the client sees the sandbox.
        """
        expires = str(math.ceil(self._wall() + self.ttl_s))
        path = f"/content/{content_id}"
        query = urlencode(
            {"Expires": expires, "Signature": self._sign(path, expires), "Key-Pair-Id": KEY_PAIR_ID}
        )
        return f"{base_url.rstrip('/')}{path}?{query}"

    def judge(self, path: str, query: Mapping[str, str]) -> Verdict:
        """Say whether a link opens, and if not, why."""
        expires, signature = query.get("Expires", ""), query.get("Signature", "")
        if not (expires and signature and query.get("Key-Pair-Id")):
            return "missing"
        with self._lock:
            keys = list(self._keys)
        fits = [hmac.compare_digest(_signature(k, path, expires), signature.encode()) for k in keys]
        if not any(fits) or query["Key-Pair-Id"] != KEY_PAIR_ID:
            return "tampered"
        return "ok" if fits[-1] and self._wall() < int(expires) else "expired"

    def expire_links(self) -> None:
        """Make every link issued so far count as expired."""
        with self._lock:
            self._keys.append(secrets.token_bytes(32))

    def _sign(self, path: str, expires: str) -> str:
        with self._lock:
            key = self._keys[-1]
        return _signature(key, path, expires).decode()


def _signature(key: bytes, path: str, expires: str) -> bytes:
    return hmac.new(key, f"{path}?Expires={expires}".encode(), hashlib.sha256).hexdigest().encode()
