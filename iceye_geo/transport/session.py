"""The one authenticated session: token, retries, errors. Services hand it paths and get parsed JSON."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from iceye_geo.errors import ConnectionFailedError, InvalidInputError, LinkExpiredError, UnexpectedAnswerError
from iceye_geo.redact import redact, strip_query
from iceye_geo.settings import Settings, is_loopback
from iceye_geo.transport.answers import error_of, read_json
from iceye_geo.transport.http import PlainHttp
from iceye_geo.transport.retry import retrying, was_never_sent
from iceye_geo.transport.token import ClientCredentials, TokenSource

logger = logging.getLogger(__name__)

# ICEYE tells errors in detail (title, code, details, reference) to those who accept problem+json.
ACCEPT = "application/json, application/problem+json"
_CHUNK = 1 << 16

Params = Mapping[str, Any]


class _Bearer(AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Session:
    """Authenticated calls to ICEYE's APIs; safe to share between threads.

    GETs are repeated on 429, 5xx and dropped connections. A POST, PATCH or DELETE is repeated only when it is
    marked ``repeatable``, when the server refused it with 429 before processing it, or when it certainly never
    left this machine. A 401 leads to one renewal of the token and one more try, for every method: a refused call
    has done nothing.

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
        self.settings = settings
        self._sleep = sleep
        self._http = PlainHttp(settings)
        self._token = token or ClientCredentials(settings, http=self._http, clock=clock, sleep=sleep)

    def get(
        self, path: str, *, params: Params | None = None, timeout: float | None = None, operation: str = ""
    ) -> Any:
        """Return the parsed JSON of a GET.

        Args:
            path: below ``settings.api_url``, for example "/catalog/v2/items".
            params: query; None values are left out, lists are sent as repeated parameters.
            timeout: seconds without a byte; default ``settings.timeout_s``.
            operation: ICEYE's name of the call, for messages.

        Raises:
            ApiError: the subclass says what the server answered, or that none came.
        """
        return self._call("GET", path, params=params, repeatable=True, timeout=timeout, operation=operation)

    def post(
        self,
        path: str,
        *,
        json: object,
        params: Params | None = None,
        repeatable: bool = False,
        timeout: float | None = None,
        operation: str = "",
    ) -> Any:
        """Return the parsed JSON of a POST.

        Args:
            path: below ``settings.api_url``.
            json: the body.
            params: query.
            repeatable: True only for calls that create and buy nothing, such as search and feasibility.
            timeout: seconds without a byte.
            operation: ICEYE's name of the call.

        Raises:
            ApiError: as for ``get``.
        """
        return self._call(
            "POST",
            path,
            json=json,
            params=params,
            repeatable=repeatable,
            timeout=timeout,
            operation=operation,
        )

    def patch(
        self,
        path: str,
        *,
        json: object,
        repeatable: bool = False,
        timeout: float | None = None,
        operation: str = "",
    ) -> Any:
        """Return the parsed JSON of a PATCH; parameters as for ``post``."""
        return self._call(
            "PATCH", path, json=json, repeatable=repeatable, timeout=timeout, operation=operation
        )

    def delete(
        self,
        path: str,
        *,
        params: Params | None = None,
        repeatable: bool = False,
        timeout: float | None = None,
        operation: str = "",
    ) -> None:
        """Send a DELETE; parameters as for ``get`` and ``post``."""
        self._call("DELETE", path, params=params, repeatable=repeatable, timeout=timeout, operation=operation)

    def fetch(self, url: str, *, timeout: float | None = None, max_bytes: int | None = None) -> bytes:
        """Return the bytes behind a signed content link, asked for without the bearer token.

        Args:
            url: an absolute link; https, or http on this machine.
            timeout: seconds without a byte.
            max_bytes: refuse longer bodies.

        Raises:
            LinkExpiredError: 403: the link has expired (or was tampered with); ask for a fresh one.
            UnexpectedAnswerError: the body is longer than ``max_bytes``.
            ApiError: any other refusal, or no answer.
        """
        _check_link(url)
        attempt = retrying(retries=self.settings.retries, repeatable=True, sleep=self._sleep)
        content: bytes = attempt(self._fetch_once, url, timeout, max_bytes)
        return content

    def http(self) -> requests.Session:
        """Return the plain pooled session (no token) for content hosts; TLS, proxies and User-Agent are set."""
        return self._http

    def close(self) -> None:
        """Close the pooled connections; the session may be used again and opens new ones."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Session({redact(self.settings.api_url)!r})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a session is never pickled; pickle the client, which travels as a recipe")

    def _call(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        repeatable: bool,
        timeout: float | None,
        params: Params | None = None,
        json: object = None,
    ) -> Any:
        url = self._url(path)
        name = operation or f"{method} {path}"
        attempt = retrying(retries=self.settings.retries, repeatable=repeatable, sleep=self._sleep)
        query = {k: v for k, v in (params or {}).items() if v is not None}
        return attempt(self._once, method, url, query, json, timeout, name)

    def _once(
        self, method: str, url: str, params: Params, json: object, timeout: float | None, operation: str
    ) -> Any:
        token = self._token.get()
        response = self._send(method, url, params, json, timeout, operation, token)
        if response.status_code == 401:
            renewed = self._token.renew(token)
            response = self._send(method, url, params, json, timeout, operation, renewed)
        return read_json(response, operation=operation)

    def _send(
        self,
        method: str,
        url: str,
        params: Params,
        json: object,
        timeout: float | None,
        operation: str,
        token: str,
    ) -> requests.Response:
        started = time.monotonic()
        try:
            response = self._http.request(
                method, url, params=params, json=json, headers={"Accept": ACCEPT}, auth=_Bearer(token),
                timeout=self._timeout(timeout),
                # requests turns a redirected POST into a GET, which would read a list and call it a new task.
                allow_redirects=method == "GET",
            )  # fmt: skip
        except requests.RequestException as error:
            raise _no_answer(error, operation) from None
        logger.debug(
            "%s %s: %d in %.2f s", method, redact(url), response.status_code, time.monotonic() - started
        )
        return response

    def _fetch_once(self, url: str, timeout: float | None, max_bytes: int | None) -> bytes:
        bare = strip_query(url)
        try:
            with self._http.get(url, timeout=self._timeout(timeout), stream=True) as response:
                logger.debug("GET %s: %d", bare, response.status_code)
                if response.status_code == 403:
                    raise LinkExpiredError(
                        f"the link to {bare} has expired or is not valid; ask for a fresh one"
                    )
                if response.status_code >= 400:
                    raise error_of(response, operation=f"GET {bare}")
                return _read_body(response, bare, max_bytes)
        except requests.RequestException as error:
            raise _no_answer(error, f"GET {bare}") from None

    def _url(self, path: str) -> str:
        if not path.startswith("/") or path.startswith("//") or ".." in path.split("/"):
            raise InvalidInputError("path", "must start with one / and stay below the API URL")
        return f"{self.settings.api_url}{path}"

    def _timeout(self, read_s: float | None) -> tuple[float, float]:
        return self.settings.connect_timeout_s, self.settings.timeout_s if read_s is None else read_s


def _no_answer(error: requests.RequestException, operation: str) -> ConnectionFailedError:
    # The text of a requests error holds the URL with its query; its class says what matters.
    kind = type(error).__name__
    words = {
        "SSLError": "the certificate was not accepted; check ca_bundle",
        "ProxyError": "the proxy refused",
    }
    return ConnectionFailedError(
        f"no answer ({words.get(kind, kind)})", operation=operation, never_sent=was_never_sent(error)
    )


def _check_link(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise InvalidInputError("url", "must be an https link (plain http only on this machine)")


def _read_body(response: requests.Response, bare: str, max_bytes: int | None) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if max_bytes is not None and len(body) > max_bytes:
            raise UnexpectedAnswerError(
                f"the file is longer than the {max_bytes:,} bytes that were expected", operation=f"GET {bare}"
            )
    return bytes(body)
