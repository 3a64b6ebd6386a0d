"""The wire under the range reader: one ranged GET over pooled connections. Knows HTTP and nothing else."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urljoin

import requests
import urllib3
from requests.utils import DEFAULT_CA_BUNDLE_PATH, select_proxy
from urllib3.exceptions import HTTPError, NewConnectionError

from iceye_geo._version import __version__

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

CONNECT_TIMEOUT_S = 10.0
# No byte for this long means the connection is dead; a healthy host pauses for far less.
STALL_TIMEOUT_S = 15.0
# A body slower than this is given up and asked for again on another connection.
SLOWEST_BYTES_PER_S = 4096
CONNECTIONS = 8
_CHUNK = 128 * 1024
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


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one range.

    Attributes:
        status: HTTP status; 0 when no answer came.
        headers: names in lower case.
        body: bytes of a 206, or the start of an error's body; empty for a 200, whose body is not read.
        fault: why the body ended early, or "".
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: str = ""


class Wire(Protocol):
    """A way to get byte ranges."""

    def get(self, url: str, start: int, stop: int) -> Answer:
        """Ask for bytes ``start`` to ``stop`` (exclusive). Never raises for what the network does."""
        ...

    def warm(self, url: str) -> None:
        """Open one more idle connection to the URL's host, if that is possible."""
        ...


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

    def get(self, url: str, start: int, stop: int) -> Answer:
        """Ask for bytes ``start`` to ``stop`` (exclusive)."""
        headers = {
            "Range": f"bytes={start}-{stop - 1}",
            "Accept-Encoding": "identity",
            "User-Agent": str(self._session.headers.get("User-Agent", "")),
        }
        try:
            for _ in range(_MAX_REDIRECTS):
                response = self._send(url, headers)
                target = response.headers.get("Location") if response.status in _REDIRECTS else None
                if target is None:
                    return self._receive(response, stop - start)
                response.close()
                url = urljoin(url, target)
        except (HTTPError, OSError) as err:
            return Answer(0, fault=_reason(err))
        return Answer(0, fault="too many redirects")

    def warm(self, url: str) -> None:
        """Open one idle connection to the host and leave it in the pool."""
        # urllib3 has no public call for this; without its private ones a read only starts a little slower.
        with contextlib.suppress(HTTPError, OSError, AttributeError):
            pool = self._manager(url).connection_from_url(url)
            connection = pool._new_conn()
            connection.timeout = CONNECT_TIMEOUT_S
            connection.connect()
            pool._put_conn(connection)

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

    def _receive(self, response: BaseHTTPResponse, want: int) -> Answer:
        headers = {k.lower(): v for k, v in response.headers.items()}
        status = response.status
        if status == 206:
            body, fault = self._body(response, want)
        else:
            body, fault = (b"" if status == 200 else _error_body(response)), ""
        if fault or status == 200 or len(body) != want:
            response.close()
        response.release_conn()
        return Answer(status, headers, body, fault)

    def _body(self, response: BaseHTTPResponse, want: int) -> tuple[bytes, str]:
        parts: list[bytes] = []
        got, deadline = 0, time.monotonic() + self._stall + want / SLOWEST_BYTES_PER_S
        while got < want:
            try:
                part = response.read(min(_CHUNK, want - got), decode_content=False)
            except (HTTPError, OSError) as err:
                return b"".join(parts), _reason(err)
            if not part:
                return b"".join(parts), "the body ended early"
            parts.append(part)
            got += len(part)
            if time.monotonic() > deadline:
                return b"".join(parts), "the answer came too slowly"
        return b"".join(parts), ""

    def _manager(self, url: str) -> urllib3.PoolManager:
        settings = self._session.merge_environment_settings(url, {}, None, None, None)
        proxy, verify = select_proxy(url, settings["proxies"]), settings["verify"]
        key = (proxy, verify, os.getpid())
        with self._lock:
            if key not in self._managers:
                self._managers[key] = _make_manager(proxy, verify)
            return self._managers[key]


def _make_manager(proxy: str | None, verify: bool | str | None) -> urllib3.PoolManager:
    tls: dict[str, Any] = {"cert_reqs": "CERT_NONE"} if verify is False else {
        "cert_reqs": "CERT_REQUIRED",
        "ca_certs": verify if isinstance(verify, str) else DEFAULT_CA_BUNDLE_PATH,
    }  # fmt: skip
    if proxy:
        return urllib3.ProxyManager(proxy, maxsize=CONNECTIONS, **tls)
    return urllib3.PoolManager(maxsize=CONNECTIONS, **tls)


def _error_body(response: BaseHTTPResponse) -> bytes:
    try:
        return response.read(_ERROR_BODY, decode_content=False)
    except (HTTPError, OSError):
        return b""


def _reason(err: Exception) -> str:
    """Name a network fault without the URL, which may be a key."""
    if isinstance(err, NewConnectionError):
        return "no connection"
    name = type(err).__name__
    return _FAULTS.get(name, name)


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
