"""Reading answers: JSON out of a response, or the right error. Knows both error bodies ICEYE sends."""

from __future__ import annotations

from typing import Any

import requests

from iceye_geo.errors import ApiError, UnexpectedAnswerError, api_error_class
from iceye_geo.redact import redact
from iceye_geo.transport.retry import parse_retry_after

# Enough of a gateway's page to recognise it, too little to flood a notebook.
_EXCERPT = 200


def read_json(response: requests.Response, *, operation: str) -> Any:
    """Return the parsed body of a successful answer; None where there is none.

    Raises:
        ApiError: the status is an error.
        UnexpectedAnswerError: the answer is a redirect or no JSON.
    """
    if response.status_code >= 400:
        raise error_of(response, operation=operation)
    if 300 <= response.status_code < 400:
        raise UnexpectedAnswerError(
            "the server redirects this call elsewhere; it was not followed. Check the API URL.",
            status=response.status_code, operation=operation,
        )  # fmt: skip
    if not response.content:
        return None
    try:
        return response.json()
    except ValueError:
        kind = response.headers.get("Content-Type", "no content type")
        raise UnexpectedAnswerError(
            f"the answer is no JSON ({kind}): {_excerpt(response)} Check the API URL and any proxy between.",
            status=response.status_code, operation=operation,
        ) from None  # fmt: skip


def error_of(response: requests.Response, *, operation: str) -> ApiError:
    """Return the error for a refusal: ``{code, message}``, problem+json, or whatever a gateway sent."""
    code, detail, reference = read_error_body(response)
    cls = api_error_class(response.status_code, code, detail)
    return cls(
        detail, status=response.status_code, code=code, reference=reference, operation=operation,
        retry_after=parse_retry_after(response.headers.get("Retry-After")),
    )  # fmt: skip


def read_error_body(response: requests.Response) -> tuple[str, str, str]:
    """Return (code, detail, reference) of an error answer, each "" where absent; never raises."""
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return "", _excerpt(response) or response.reason or "no further words", ""
    detail = _first(body, "details", "detail", "error_description", "message", "title", "error")
    return _first(body, "code"), detail or "no further words", _first(body, "reference")


def _first(body: dict[str, Any], *keys: str) -> str:
    for key in keys:
        value = body.get(key)
        if value is not None and value != "":
            return redact(value if isinstance(value, str) else str(value))
    return ""


def _excerpt(response: requests.Response) -> str:
    text = " ".join(response.text.split())
    return redact(text if len(text) <= _EXCERPT else text[:_EXCERPT] + "…")
