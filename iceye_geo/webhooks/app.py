"""The receiver as a plain ASGI app: checks who calls, keeps the callback, answers at once. It asks nobody."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from iceye_geo.webhooks.gates import Gate
from iceye_geo.webhooks.ids import find_ids
from iceye_geo.webhooks.store import CallbackStore

logger = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# A callback carries an id; what needs more room is no callback.
MAX_BODY_BYTES = 64 * 1024
# Long enough for a slow line, short enough that idle callers do not pile up.
BODY_TIMEOUT_S = 10.0
TOKEN_PATH = "/oauth2/token"


class _TooLargeError(Exception):
    """The body is longer than allowed."""


class _HungUpError(Exception):
    """The caller hung up."""


class Receiver:
    """Takes ICEYE's callbacks: an ASGI app for uvicorn, hypercorn or any other server.

    Every callback is written to the store before it is answered with 204; a store that cannot write answers 503, so
    that ICEYE may try again. Duplicates and any order are fine: a callback says only that something changed.

    Args:
        store: where callbacks are kept.
        gate: who may call.
        path: the only path that takes callbacks; None takes them at any.
        token_path: where tokens are issued, if the gate issues any.
        max_body_bytes: longer bodies are refused with 413.

    Example:
        >>> from iceye_geo.webhooks import BasicGate, CallbackStore
        >>> Receiver(CallbackStore(":memory:"), BasicGate("iceye", "change-me"))
        Receiver(CallbackStore(':memory:'), BasicGate(user='iceye'))
    """

    def __init__(
        self,
        store: CallbackStore,
        gate: Gate,
        *,
        path: str | None = None,
        token_path: str = TOKEN_PATH,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        self.store, self.gate = store, gate
        self._path, self._token_path, self._max = path, token_path, max_body_bytes

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one connection, as ASGI says."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _http(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        try:
            status, body, headers = await self._answer(scope, receive)
        except _TooLargeError:
            status, body, headers = (
                413,
                _words("the body is too large for a callback"),
                {"connection": "close"},
            )
        except TimeoutError:
            status, body, headers = 408, _words("the body did not arrive in time"), {"connection": "close"}
        except _HungUpError:
            return
        await _reply(send, status, body, headers)

    async def _answer(
        self, scope: MutableMapping[str, Any], receive: Receive
    ) -> tuple[int, dict[str, object] | None, dict[str, str]]:
        path = scope["path"]
        wants_token = path == self._token_path
        if not wants_token and self._path is not None and path != self._path:
            return 404, _words("no callbacks are taken here"), {}
        if scope["method"] != "POST":
            return 405, _words("callbacks are POSTed"), {"allow": "POST"}
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        authorization = headers.get("authorization", "")
        if wants_token:
            form = dict(parse_qsl((await self._body(headers, receive)).decode("utf-8", errors="replace")))
            token = self.gate.issue(authorization, form)
            if token is not None:
                return token.status, token.body, {"cache-control": "no-store"}
            return 404, _words("no tokens are issued here"), {}
        if not self.gate.allows(authorization):
            return 401, _words("who are you?"), {"www-authenticate": self.gate.challenge}
        return await self._keep(await self._body(headers, receive))

    async def _keep(self, body: bytes) -> tuple[int, dict[str, object] | None, dict[str, str]]:
        ids = find_ids(body)
        try:
            # In a thread: the disk may take its time, other callers need not wait for it.
            kept = await asyncio.to_thread(self.store.add, body, ids=ids)
        except sqlite3.Error as error:
            logger.error("a callback could not be kept: %s", error)
            return 503, _words("the callback could not be kept; try again"), {"retry-after": "30"}
        logger.info("callback %d about %s", kept.number, ", ".join(ids) or "something without an id")
        return 204, None, {}

    async def _body(self, headers: dict[str, str], receive: Receive) -> bytes:
        announced = headers.get("content-length", "0")
        if not announced.isdigit() or int(announced) > self._max:
            raise _TooLargeError
        async with asyncio.timeout(BODY_TIMEOUT_S):
            body = bytearray()
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _HungUpError
                body += message.get("body", b"")
                if len(body) > self._max:
                    raise _TooLargeError
                if not message.get("more_body", False):
                    return bytes(body)

    def __repr__(self) -> str:
        return f"Receiver({self.store!r}, {self.gate!r})"


def _words(text: str) -> dict[str, object]:
    return {"message": text}


async def _reply(send: Send, status: int, body: dict[str, object] | None, headers: dict[str, str]) -> None:
    payload = b"" if body is None else json.dumps(body).encode()
    plain = {"content-type": "application/json", **headers} if body is not None else headers
    pairs = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in plain.items()]
    if status != 204:
        pairs.append((b"content-length", str(len(payload)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": payload})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
