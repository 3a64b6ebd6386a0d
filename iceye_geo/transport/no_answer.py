"""Where no answer came: requests' exceptions turned into ours, without the URLs in their texts."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import requests
from urllib3.exceptions import NewConnectionError

from iceye_geo.errors import (
    ApiError,
    CertificateError,
    ConnectionFailedError,
    IceyeGeoError,
    InvalidInputError,
    UnexpectedAnswerError,
)

_LOST = (
    requests.exceptions.ConnectionError,
    requests.exceptions.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


def no_answer(error: requests.RequestException, *, operation: str) -> IceyeGeoError:
    """Return our error for one of requests'; never its text, which holds the URL with its query.

    Args:
        error: what requests raised.
        operation: what was asked for.
    """
    kind = type(error).__name__
    if isinstance(error, requests.exceptions.InvalidJSONError):
        return InvalidInputError("json", "holds a value that JSON does not know, such as NaN")
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
        return CertificateError(
            "the server's certificate was not accepted", operation=operation, never_sent=True
        )
    if isinstance(error, _LOST):
        return ConnectionFailedError(
            f"no answer ({kind})", operation=operation, never_sent=was_never_sent(error)
        )
    return _odd(kind, operation)


def was_never_sent(error: requests.RequestException) -> bool:
    """Return whether the request certainly reached no server, so that repeating it is safe."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, requests.exceptions.ConnectionError) and isinstance(reason, NewConnectionError)


def _odd(kind: str, operation: str) -> ApiError:
    return UnexpectedAnswerError(f"the answer cannot be followed ({kind})", operation=operation)


def _causes(error: BaseException) -> Iterator[object]:
    """Yield the exception and everything urllib3 wrapped into it."""
    waiting: list[object] = [error]
    for _ in range(20):
        if not waiting:
            return
        found = waiting.pop()
        yield found
        if isinstance(found, BaseException):
            waiting += [getattr(found, "reason", None), *found.args]
