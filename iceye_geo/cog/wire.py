"""The wire under the range reader: one ranged GET over pooled connections. Knows HTTP and nothing else."""

from __future__ import annotations

import contextlib
import os
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urljoin

import requests
import urllib3
from requests.utils import select_proxy
from urllib3.exceptions import HTTPError, NewConnectionError

from iceye_geo._version import __version__
from iceye_geo.cog.pool import CONNECT_TIMEOUT_S, make_manager, open_early

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

# No byte for this long means the connection is dead; a healthy host pauses for far less.
STALL_TIMEOUT_S = 15.0
# A body slower than this is given up and asked for again on another connection.
SLOWEST_BYTES_PER_S = 4096
# Small enough that a tile can be decoded while the next one arrives; smaller at first, for those who wait for little.
_CHUNK = 64 * 1024
_FIRST_CHUNK = 16 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 5
_ERROR_BODY = 2048
_FAULTS = {
    "ReadTimeoutError": "no byte came for too long (stalled)",
    "TimeoutError": "no byte came for too long (stalled)",
    "ProtocolError": "the connection dropped",
    "ConnectTimeoutError": "no connection in time",
    "IncompleteRead": "the body ended early",
}


#: Fault of a host that could not prove who it is: asking again is of no use.
UNTRUSTED = "its certificate was not accepted"


class WireError(Exception):
    """A body ended early; the message says why. Stays inside this room."""


class Answer(Protocol):
    """What came back for one range, headers first. Close it, or read it to its end."""

    @property
    def status(self) -> int:
        """HTTP status; 0 when no answer came."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers, names in lower case."""
        ...

    @property
    def fault(self) -> str:
        """Why no answer came, or ""."""
        ...

    def parts(self, want: int) -> Iterator[bytes]:
        """Yield the body as it arrives, ``want`` bytes at most.

        Raises:
            WireError: it ended early, stalled or crept.
        """
        ...

    def excerpt(self) -> bytes:
        """Return the start of an error's body."""
        ...

    def close(self) -> None:
        """Let go of the connection; it is used again only if the body was read to its end."""
        ...


class Wire(Protocol):
    """A way to get byte ranges."""

    def get(self, url: str, start: int, stop: int, *, unless_changed: str = "") -> Answer:
        """Ask for bytes ``start`` to ``stop`` (exclusive), of the version with that ETag if one is given.

        Never raises for what the network does.
        """
        ...

    def warm(self, url: str, count: int, *, until: threading.Event) -> Sequence[Callable[[], None]]:
        """Set connections to the URL's host aside for requests that will come, where that is possible.

        Returns:
            Jobs, one for each connection: it opens it, and hands it out when ``until`` is set.
        """
        ...


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The answer when none came."""

    fault: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)

    def parts(self, want: int) -> Iterator[bytes]:
        """Raise: there is no body."""
        raise WireError(f"{self.fault} ({want} bytes wanted)")

    def excerpt(self) -> bytes:
        """Return b""."""
        return b""

    def close(self) -> None:
        """Nothing to let go of."""


class PooledAnswer:
    """An answer on one of urllib3's connections.

    Args:
        response: not read yet.
        stall_timeout_s: seconds without a byte before it counts as dead.
    """

    fault = ""

    def __init__(self, response: BaseHTTPResponse, *, stall_timeout_s: float) -> None:
        self._response, self._stall = response, stall_timeout_s
        self.status: int = response.status
        self.headers = {k.lower(): v for k, v in response.headers.items()}
        self._complete = False

    def parts(self, want: int) -> Iterator[bytes]:
        """Yield the body as it arrives."""
        got, deadline = 0, time.monotonic() + self._stall + want / SLOWEST_BYTES_PER_S
        while got < want:
            try:
                size = min(_CHUNK, max(_FIRST_CHUNK, got), want - got)
                part = self._response.read(size, decode_content=False)
            except (HTTPError, OSError) as err:
                raise WireError(_reason(err)) from None
            if not part:
                raise WireError("the body ended early")
            got += len(part)
            yield part
            if time.monotonic() > deadline:
                raise WireError("the answer came too slowly")
        self._complete = self._response.length_remaining in (0, None)

    def excerpt(self) -> bytes:
        """Return the start of the body."""
        try:
            data = self._response.read(_ERROR_BODY, decode_content=False)
        except (HTTPError, OSError):
            return b""
        self._complete = self._response.length_remaining == 0
        return data

    def close(self) -> None:
        """Return the connection to the pool, or drop it with what is still on it."""
        if not self._complete:
            self._response.close()
        self._response.release_conn()


class PooledWire:
    """urllib3's pool with the proxies, certificates and user agent of a requests session.

    Args:
        session: whose settings apply; without one, the environment's.
        stall_timeout_s: seconds without a byte before a connection counts as dead.
    """

    def __init__(
        self, session: requests.Session | None = None, *, stall_timeout_s: float = STALL_TIMEOUT_S
    ) -> None:
        self._session = session or _plain_session()
        self._stall = stall_timeout_s
        self._managers: dict[tuple[Any, ...], urllib3.PoolManager] = {}
        self._lock = threading.Lock()

    def get(self, url: str, start: int, stop: int, *, unless_changed: str = "") -> Answer:
        """Ask for bytes ``start`` to ``stop`` (exclusive), of the version with that ETag if one is given."""
        headers = {
            "Range": f"bytes={start}-{stop - 1}",
            "Accept-Encoding": "identity",
            "User-Agent": str(self._session.headers.get("User-Agent", "")),
        }
        if unless_changed:
            headers["If-Range"] = unless_changed
        try:
            for _ in range(_MAX_REDIRECTS):
                response = self._send(url, headers)
                target = response.headers.get("Location") if response.status in _REDIRECTS else None
                if target is None:
                    return PooledAnswer(response, stall_timeout_s=self._stall)
                response.close()
                url = urljoin(url, target)
        except (HTTPError, OSError) as err:
            return NoAnswer(_reason(err))
        return NoAnswer("too many redirects")

    def warm(self, url: str, count: int, *, until: threading.Event) -> Sequence[Callable[[], None]]:
        """Set connections aside; each job opens one and gives it back when ``until`` is set.

        All are taken before any is opened, so that no two jobs open the same one, and the request that is sent
        meanwhile finds one that is open already, if there is any.
        """
        # urllib3 has no public call for this; without its private ones a read only starts a little slower.
        with contextlib.suppress(HTTPError, OSError, AttributeError):
            pool: Any = self._manager(url).connection_from_url(url)
            taken = [pool._get_conn() for _ in range(count + 1)]
            taken.sort(key=lambda connection: connection.is_connected)
            pool._put_conn(taken.pop())
            return [partial(open_early, pool, connection, until) for connection in taken]
        return []

    def close(self) -> None:
        """Close all pooled connections."""
        with self._lock:
            for manager in self._managers.values():
                manager.clear()
            self._managers.clear()

    def _send(self, url: str, headers: Mapping[str, str]) -> BaseHTTPResponse:
        timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=self._stall)
        return self._manager(url).request(
            "GET", url, headers=headers, preload_content=False, redirect=False, retries=False, timeout=timeout
        )

    def _manager(self, url: str) -> urllib3.PoolManager:
        settings = self._session.merge_environment_settings(url, {}, None, None, None)
        proxy, verify = select_proxy(url, settings["proxies"]), settings["verify"]
        key = (proxy, verify, os.getpid())
        with self._lock:
            if key not in self._managers:
                self._managers[key] = make_manager(proxy, verify)
            return self._managers[key]


def _reason(err: Exception) -> str:
    """Name a network fault without the URL, which may be a key."""
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(err)):
        return UNTRUSTED
    if isinstance(err, NewConnectionError):
        return "no connection"
    name = type(err).__name__
    return _FAULTS.get(name, name)


def _causes(err: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it was raised for; urllib3 also wraps it as an argument."""
    seen: list[BaseException] = []
    left: list[object] = [err]
    while left:
        found = left.pop()
        if isinstance(found, BaseException) and found not in seen:
            seen.append(found)
            left += [found.__cause__, found.__context__, *found.args[:1]]
            yield found


def _plain_session() -> requests.Session:
    session = requests.Session()
    session.headers["User-Agent"] = f"iceye-geo/{__version__}"
    return session


_default: dict[int, PooledWire] = {}
_by_owner: weakref.WeakKeyDictionary[Any, PooledWire] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def shared_wire(client: Any = None) -> PooledWire:
    """Return the wire of a client, or the process's own: connections are pooled across images.

    Args:
        client: whose proxies, certificates and user agent apply; None for the environment's.
    """
    with _lock:
        if client is None:
            return _default.setdefault(os.getpid(), PooledWire())
        wire = _by_owner.get(client)
        if wire is None:
            wire = _by_owner[client] = PooledWire(client.session.http())
        return wire
