"""Pixxel's session: the API key in the header, its error body, and 403 read as a bad key."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import requests

from iceye_geo.errors import ApiError, ApiKeyError, ProviderRequestError, api_error_class
from iceye_geo.providers.pixxel.settings import PixxelSettings
from iceye_geo.transport.answers import error_of, read_json
from iceye_geo.transport.calls import ApiSession, Call, HeaderAuth
from iceye_geo.transport.retry import parse_retry_after

_CLASSES: dict[int, type[ApiError]] = {400: ProviderRequestError, 401: ApiKeyError, 403: ApiKeyError}


class PixxelSession(ApiSession):
    """Authenticated calls to Pixxel; safe to share between threads. Repeats as every session does.

    Args:
        settings: key, endpoint, transport rules.
        sleep: how to wait between attempts.

    Raises:
        ConfigurationError: there is no API key.
    """

    def __init__(self, settings: PixxelSettings, *, sleep: Callable[[float], None] = time.sleep) -> None:
        super().__init__(settings, sleep=sleep)
        self.settings = settings
        self._auth = HeaderAuth(settings.authorization())

    def _once(self, call: Call) -> Any:
        response = self._send(call, self._auth)
        if response.status_code >= 400:
            raise self._refusal(response, call.operation)
        return read_json(response, operation=call.operation)

    def _refusal(self, response: requests.Response, operation: str) -> ApiError:
        code, words = read_refusal(response)
        if not words:
            plain = error_of(response, operation=operation)
            code, words = plain.code, plain.detail
        status = response.status_code
        cls = _CLASSES.get(status) or api_error_class(status)
        return cls(
            self._without_key(words), status=status, code=self._without_key(code), operation=operation,
            retry_after=parse_retry_after(response.headers.get("Retry-After")),
        )  # fmt: skip

    def _without_key(self, text: str) -> str:
        # A server that quotes the header back must not bring the key into a log.
        key = self.settings.api_key.get_secret_value() if self.settings.api_key else ""
        return text.replace(key, "***") if key else text


def read_refusal(response: requests.Response) -> tuple[str, str]:
    """Return (code, words) of ``{"error": {"code", "details", "message"}}``, ("", "") for any other body."""
    try:
        body = response.json()
    except ValueError:
        return "", ""
    error = body.get("error") if isinstance(body, Mapping) else None
    if not isinstance(error, Mapping):
        return "", ""
    parts = [str(error[name]) for name in ("message", "details") if error.get(name)]
    return str(error.get("code") or ""), ": ".join(dict.fromkeys(parts)) or "no further words"
