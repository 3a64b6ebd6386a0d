"""The ASGI layer that carries out faults, below HTTP libraries: it can really cut a connection."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from iceye_geo.sandbox.answers import Refusal, error_response
from iceye_geo.sandbox.faults import Fault, FaultSwitch

#: Longest wait for the network to take note of a cut, seconds.
_CUT_WAIT_S = 2.0

_HTML = b"<!doctype html><title>Sign in</title><p>Please sign in to the network."


class FaultMiddleware:
    """Lets the app answer, unless a fault is on for the request."""

    def __init__(self, app: ASGIApp, faults: FaultSwitch) -> None:
        self.app, self.faults = app, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, well or badly."""
        fault = self.faults.take(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if fault is None:
            await self.app(scope, receive, send)
        elif fault.status:
            await _status_answer(fault, scope)(scope, receive, send)
        else:
            await _STROKES[fault.kind](self.app, fault, scope, receive, send)


def _status_answer(fault: Fault, scope: Scope) -> ASGIApp:
    headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
    refusal = Refusal(fault.status, message="fault switched on in the sandbox", headers=headers)
    return error_response(Request(scope).headers.get("accept", ""), refusal)


async def _slow(app: ASGIApp, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(fault.seconds)
    await app(scope, receive, send)


async def _garbage(_app: ASGIApp, _fault: Fault, _scope: Scope, _receive: Receive, send: Send) -> None:
    headers = [(b"content-type", b"text/html"), (b"content-length", str(len(_HTML)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": _HTML})


async def _ignore_range(app: ASGIApp, _fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    headers = [(k, v) for k, v in scope["headers"] if k not in (b"range", b"if-range")]
    await app({**scope, "headers": headers}, receive, send)


def _rewriting(name: bytes, change: Callable[[bytes], bytes]) -> Callable[..., Awaitable[None]]:
    """Make a stroke that changes one response header."""

    async def stroke(app: ASGIApp, _fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        async def changed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(k, change(v) if k.lower() == name else v) for k, v in message["headers"]]
                message = {**message, "headers": headers}
            await send(message)

        await app(scope, receive, changed)

    return stroke


def _shift_range(value: bytes) -> bytes:
    return re.sub(rb"(\d+)-(\d+)", lambda m: b"%d-%d" % (int(m[1]) + 1, int(m[2]) + 1), value, count=1)


async def _collect(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
    start: Message = {}
    body = bytearray()

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        elif message["type"] == "http.response.body":
            body.extend(message.get("body", b""))

    await app(scope, receive, keep)
    return start, bytes(body)


async def _short(app: ASGIApp, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    start, body = await _collect(app, scope, receive)
    kept = body[: len(body) // 2 if fault.after_bytes is None else fault.after_bytes]
    headers = [(k, v) for k, v in start["headers"] if k.lower() != b"content-length"]
    headers.append((b"content-length", str(len(kept)).encode()))
    await send({**start, "headers": headers})
    await send({"type": "http.response.body", "body": kept})


async def _drop(app: ASGIApp, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    if fault.after_bytes is not None:
        await _send_part(app, fault.after_bytes, scope, receive, send)
    await _cut(scope, receive)


async def _stall(app: ASGIApp, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    await _send_part(app, fault.after_bytes or 0, scope, receive, send)
    await asyncio.sleep(fault.seconds)
    await _cut(scope, receive)


async def _send_part(app: ASGIApp, count: int, scope: Scope, receive: Receive, send: Send) -> None:
    """Send the true headers, and fewer bytes than they promise."""
    start, body = await _collect(app, scope, receive)
    await send(start)
    await send(
        {"type": "http.response.body", "body": body[: min(count, max(0, len(body) - 1))], "more_body": True}
    )


async def _cut(scope: Scope, receive: Receive) -> None:
    """Close the TCP connection.

    ASGI has no word for it, so this one place reaches through the bound ``send`` to uvicorn's transport.
    """
    transport = scope["sandbox.send"].__self__.transport
    scope["sandbox.write_entry"]()
    transport.close()

    async def until_gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    await asyncio.wait_for(until_gone(), _CUT_WAIT_S)


_STROKES: dict[str, Callable[..., Awaitable[None]]] = {
    "slow": _slow,
    "drop": _drop,
    "short": _short,
    "stall": _stall,
    "ignore-range": _ignore_range,
    "wrong-content-range": _rewriting(b"content-range", _shift_range),
    "new-etag": _rewriting(b"etag", lambda value: b'"new-' + value.strip(b'"') + b'"'),
    "garbage": _garbage,
}
