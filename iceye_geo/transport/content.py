"""Reading a whole file behind a signed link, without the token. Ranges are another room's work."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

import requests

from iceye_geo.errors import InvalidInputError, LinkExpiredError, UnexpectedAnswerError
from iceye_geo.redact import strip_query
from iceye_geo.settings import is_loopback
from iceye_geo.transport.answers import error_of
from iceye_geo.transport.no_answer import no_answer

logger = logging.getLogger(__name__)

_CHUNK = 1 << 16


def check_link(url: str) -> None:
    """Raise unless ``url`` is an https link, or http on this machine.

    Raises:
        InvalidInputError: the link would travel unprotected, or is none.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise InvalidInputError("url", "must be an https link (plain http only on this machine)")


def read_link(
    http: requests.Session, url: str, *, timeout: tuple[float, float], max_bytes: int | None = None
) -> bytes:
    """Return the bytes behind a link; one try.

    Args:
        http: the plain session.
        url: the signed link.
        timeout: seconds to connect, seconds without a byte.
        max_bytes: refuse longer bodies.

    Raises:
        LinkExpiredError: 403.
        UnexpectedAnswerError: the body is longer than ``max_bytes``.
        ApiError: any other refusal, or no whole answer.
    """
    bare = strip_query(url)
    operation = f"GET {bare}"
    try:
        with http.get(url, timeout=timeout, stream=True) as response:
            logger.debug("%s: %d", operation, response.status_code)
            if response.status_code == 403:
                raise LinkExpiredError(f"the link to {bare} has expired or is not valid; ask for a fresh one")
            if response.status_code >= 400:
                raise error_of(response, operation=operation)
            return _read_body(response, operation, max_bytes)
    except requests.RequestException as error:
        raise no_answer(error, operation=operation) from None


def _read_body(response: requests.Response, operation: str, max_bytes: int | None) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if max_bytes is not None and len(body) > max_bytes:
            raise UnexpectedAnswerError(f"the file is longer than {max_bytes:,} bytes", operation=operation)
    return bytes(body)
