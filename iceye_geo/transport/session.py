"""ICEYE's authenticated session: bearer tokens on top of what every session does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from iceye_geo.errors import IceyeGeoError
from iceye_geo.settings import Settings
from iceye_geo.transport.answers import read_json
from iceye_geo.transport.calls import ACCEPT, ApiSession, Call, HeaderAuth
from iceye_geo.transport.token import ClientCredentials, TokenSource

__all__ = ["ACCEPT", "Session"]


class _NoTokenError(Exception):
    """Carries the token source's error past the retries of the call."""

    def __init__(self, error: IceyeGeoError) -> None:
        self.error = error
        super().__init__(str(error))


class Session(ApiSession):
    """Authenticated calls to ICEYE's APIs; safe to share between threads.

    GETs are repeated on 429, 5xx and dropped connections. A POST, PATCH or DELETE is repeated only when it
    is marked ``repeatable``, when the server refused it with 429 before processing it, or when it certainly
    never left this machine. A 401 leads to one renewal of the token and one more try, for every method: a
    refused call has done nothing.

    Args:
        settings: endpoints, credentials, transport rules.
        token: where bearer tokens come from; default client credentials.
        sleep: how to wait between attempts.
        clock: seconds of a monotonic clock.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        token: TokenSource | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(settings, sleep=sleep)
        self.settings = settings
        self._token = token or ClientCredentials(settings, http=self._http, clock=clock, sleep=sleep)

    def _call(self, method: str, path: str, **options: Any) -> Any:
        try:
            return super()._call(method, path, **options)
        except _NoTokenError as stop:
            raise stop.error from None

    def _once(self, call: Call) -> Any:
        token = self._bearer(None)
        response = self._send(call, HeaderAuth(f"Bearer {token}"))
        if response.status_code == 401 and (renewed := self._bearer(token)) != token:
            response = self._send(call, HeaderAuth(f"Bearer {renewed}"))
        return read_json(response, operation=call.operation)

    def _bearer(self, refused: str | None) -> str:
        try:
            return self._token.get() if refused is None else self._token.renew(refused)
        except IceyeGeoError as error:
            # The token source has done its own repeating; the call's must not multiply it.
            raise _NoTokenError(error) from None
