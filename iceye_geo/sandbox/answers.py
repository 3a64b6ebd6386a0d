"""Answers of the API: the one place that forms error bodies, reads JSON bodies and writes times."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn
from uuid import UUID

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Match

#: A body larger than this is refused unread: no request of the API comes near it.
MAX_BODY_BYTES = 4_000_000

_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
_PROBLEM = "application/problem+json"
_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
}
_CODES = {
    400: "ERR_BAD_REQUEST",
    401: "ERR_UNAUTHORIZED",
    403: "ERR_FORBIDDEN",
    404: "not_found",
    405: "ERR_METHOD_NOT_ALLOWED",
    429: "ERR_TOO_MANY_REQUESTS",
    500: "ERR_INTERNAL",
}


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault of the program
    """Raise it anywhere below a route: the request is answered with this error.

    Args:
        status: HTTP status.
        code: ICEYE's machine-readable code; "" takes the usual one of the status.
        message: the words.
        title: title of the problem+json form; "" takes the usual one of the status.
        headers: further response headers.
    """

    def __init__(
        self,
        status: int,
        code: str = "",
        message: str = "",
        *,
        title: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status, self.title = status, title or _TITLES.get(status, "Error")
        self.code = code or _CODES.get(status, f"ERR_{status}")
        self.message, self.headers = message or self.title.lower(), dict(headers or {})
        super().__init__(self.message)


def error_response(accept: str, refusal: Refusal) -> Response:
    """Form the error body that ``accept`` asks for: ``{code, message}``, or problem+json."""
    if _PROBLEM in accept.lower():
        body = {"title": refusal.title, "code": refusal.code, "details": refusal.message}
        return JSONResponse(body, refusal.status, refusal.headers, _PROBLEM)
    return JSONResponse({"code": refusal.code, "message": refusal.message}, refusal.status, refusal.headers)


def fail(request: Request, status: int, code: str = "", message: str = "", *, title: str = "") -> Response:
    """Return an error answer in the form the request asks for."""
    return error_response(request.headers.get("accept", ""), Refusal(status, code, message, title=title))


def bad_request(message: str) -> NoReturn:
    """Refuse with 400 ERR_BAD_REQUEST."""
    raise Refusal(400, "ERR_BAD_REQUEST", message)


def not_found(message: str = "no rows in result set", *, title: str = "Not Found") -> NoReturn:
    """Refuse with 404 not_found."""
    raise Refusal(404, "not_found", message, title=title)


def parse_uuid(text: object) -> str | None:
    """Return a UUID in its canonical lower-case form, or None if ``text`` is none.

    Example:
        >>> parse_uuid("7D1F7A3C-8C0F-4A53-9D0A-5F2C6D1A0001")
        '7d1f7a3c-8c0f-4a53-9d0a-5f2c6d1a0001'
        >>> parse_uuid("7d1f7a3c8c0f4a539d0a5f2c6d1a0001") is None
        True
    """
    if not isinstance(text, str) or len(text) != 36:
        return None
    try:
        value = str(UUID(text))
    except ValueError:
        return None
    return value if value == text.lower() else None


def wire_time(moment: datetime, *, digits: int = 0) -> str:
    """Write an aware time as RFC 3339 UTC with so many digits of a second.

    Example:
        >>> wire_time(datetime(2026, 1, 2, 3, 4, 5, 678900, UTC), digits=3)
        '2026-01-02T03:04:05.678Z'
    """
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{moment.microsecond:06d}"[:digits]
    return f"{text}.{fraction}Z" if digits else f"{text}Z"


async def read_json(request: Request) -> Any:
    """Return the request's JSON body; refuse with 400 what is not plain, finite, UTF-8 JSON."""
    body = await request.body()
    if len(body) > MAX_BODY_BYTES:
        bad_request("request body is too large")
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
        # A lone surrogate parses, but cannot be written again.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (ValueError, RecursionError):
        bad_request("request body is not valid JSON")
    return value


async def read_json_object(request: Request) -> dict[str, Any]:
    """Return the request's JSON body, which must be an object."""
    value = await read_json(request)
    if not isinstance(value, dict):
        bad_request("request body must be a JSON object")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def install_error_handlers(app: FastAPI) -> None:
    """Make every error of the app leave in ICEYE's form."""

    def refused(request: Request, exc: Exception) -> Response:
        """Answer with the error that a route raised."""
        assert isinstance(exc, Refusal)
        return error_response(request.headers.get("accept", ""), exc)

    def invalid(request: Request, exc: Exception) -> Response:
        """Answer a body or parameter that does not fit."""
        assert isinstance(exc, RequestValidationError)
        return fail(request, 400, message=_validation_message(exc))

    def http(request: Request, exc: Exception) -> Response:
        """Answer what the framework refuses itself, such as an unknown path."""
        assert isinstance(exc, HTTPException)
        headers = {"Allow": ", ".join(_allowed(request))} if exc.status_code == 405 else {}
        refusal = Refusal(exc.status_code, message=str(exc.detail).lower(), headers=headers)
        return error_response(request.headers.get("accept", ""), refusal)

    def broken(request: Request, _exc: Exception) -> Response:
        """Answer a fault of the sandbox itself."""
        return fail(request, 500)

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, broken)


def _validation_message(exc: RequestValidationError) -> str:
    first = exc.errors()[0]
    place = ".".join(str(part) for part in first["loc"][1:]) or "request"
    return f"{place}: {first['msg'].lower()}".encode("ascii", "replace").decode()


def _allowed(request: Request) -> list[str]:
    """Return the methods of every route of this path: Starlette itself names only those of the first one."""
    return [
        method
        for method in _METHODS
        if any(r.matches({**request.scope, "method": method})[0] is Match.FULL for r in request.app.routes)
    ]
