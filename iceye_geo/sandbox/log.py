"""The request log: what was asked of the sandbox and what left it, as a pure ASGI layer and a list."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request, without anything that grants access.

    Attributes:
        method: HTTP method.
        path: path without query.
        query: query text; that of a signed link is replaced by ``***``.
        status: status that was sent; 0 if the connection was cut before one.
        range: the ``Range`` header, or "".
        bytes: body bytes that were handed to the network.
        t: Unix seconds at which the request arrived.
        seconds: time until the answer was sent.
        token: generation of the bearer token, counted from 1; 0 without a valid one.
    """

    method: str
    path: str
    query: str
    status: int
    range: str
    bytes: int
    t: float
    seconds: float
    token: int


class RequestLog(Sequence[LoggedRequest]):
    """All requests so far, oldest first; safe between threads, each view is a snapshot."""

    def __init__(self) -> None:
        self._entries: list[LoggedRequest] = []
        self._lock = threading.Lock()

    @overload
    def __getitem__(self, index: int) -> LoggedRequest: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[LoggedRequest]: ...
    def __getitem__(self, index: int | slice) -> LoggedRequest | Sequence[LoggedRequest]:
        with self._lock:
            return self._entries[index]

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[LoggedRequest]:
        with self._lock:
            return iter(list(self._entries))

    def append(self, entry: LoggedRequest) -> None:
        """Add one request."""
        with self._lock:
            self._entries.append(entry)

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._entries.clear()

    def matching(self, path: str, *, method: str = "") -> list[LoggedRequest]:
        """Return the requests whose path matches a regular expression (searched, not anchored)."""
        wanted = re.compile(path)
        return [e for e in self if wanted.search(e.path) and method in ("", e.method)]


class LogMiddleware:
    """The outermost ASGI layer: writes one entry per request."""

    def __init__(self, app: ASGIApp, log: RequestLog) -> None:
        self.app, self.log = app, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app and log the request, however it ends."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        meter = _Meter(scope, send, self.log)
        # What cuts a connection needs both: the server's own send, and the entry written before the client notices.
        scope["sandbox.send"], scope["sandbox.write_entry"] = send, meter.close
        try:
            await self.app(scope, receive, meter)
        finally:
            meter.close()


class _Meter:
    """Counts what passes through ``send``, and writes the entry just before the last byte goes.

    A client that has its answer so finds the request in the log.
    """

    def __init__(self, scope: Scope, send: Send, log: RequestLog) -> None:
        self._scope, self._send, self._log = scope, send, log
        self._began, self.t = time.perf_counter(), time.time()
        self._open, self.status, self.bytes = True, 0, 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.bytes += len(message.get("body", b""))
            if not message.get("more_body", False):
                self.close()
        await self._send(message)

    def close(self) -> None:
        """Write the entry, once."""
        if self._open:
            self._open = False
            self._log.append(_entry(self._scope, self, time.perf_counter() - self._began))


def _entry(scope: Scope, meter: _Meter, seconds: float) -> LoggedRequest:
    headers = dict(scope["headers"])
    query = scope["query_string"].decode("latin-1")
    if query and scope["path"].startswith("/content/"):
        query = "***"
    return LoggedRequest(
        method=scope["method"],
        path=scope["path"],
        query=query,
        status=meter.status,
        range=headers.get(b"range", b"").decode("latin-1"),
        bytes=meter.bytes,
        t=meter.t,
        seconds=seconds,
        token=scope.get("sandbox.token", 0),
    )
