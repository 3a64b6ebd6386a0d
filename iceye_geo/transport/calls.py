"""What every authenticated session shares: paths, retries, timeouts, signed links. Knows no credentials."""

from __future__ import annotations

import logging
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests.auth import AuthBase

from iceye_geo.closing import Closing
from iceye_geo.errors import InvalidInputError
from iceye_geo.redact import redact
from iceye_geo.settings import TransportRules
from iceye_geo.transport.content import check_link, read_link
from iceye_geo.transport.http import PlainHttp
from iceye_geo.transport.no_answer import no_answer
from iceye_geo.transport.retry import retrying

logger = logging.getLogger(__name__)

# Errors come in detail (title, code, details, reference) to those who accept problem+json.
ACCEPT = "application/json, application/problem+json"
Params = Mapping[str, Any]


class HeaderAuth(AuthBase):
    """Puts a value into the Authorization header, and nowhere else."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign one request."""
        request.headers["Authorization"] = self._value
        return request


@dataclass(frozen=True, slots=True)
class Call:
    """One call, checked and ready to be sent."""

    method: str
    url: str
    params: dict[str, Any]
    json: object
    timeout: tuple[float, float]
    operation: str


class ApiSession(Closing):
    """Calls to one service; safe to share between threads.

    GETs are repeated on 429, 5xx and dropped connections. A POST, PATCH or DELETE is repeated only when it
    is marked ``repeatable``, when the server refused it with 429 before processing it, or when it certainly
    never left this machine.

    Args:
        settings: base URL and transport rules.
        sleep: how to wait between attempts.
    """

    def __init__(self, settings: TransportRules, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._rules = settings
        self._sleep = sleep
        self._http = PlainHttp(settings)

    @abstractmethod
    def _once(self, call: Call) -> Any:
        """Send a call with the credentials and return what the answer holds; raise what it says."""

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
        check_link(url)
        attempt = retrying(retries=self._rules.retries, repeatable=True, sleep=self._sleep)
        limits: dict[str, Any] = {"timeout": self._timeout(timeout), "max_bytes": max_bytes}
        content: bytes = attempt(read_link, self._http, url, **limits)
        return content

    def within(self, seconds: float | None) -> float | None:
        """Return the seconds that a request of a wait may take: what is left of it, at most the settings' timeout."""
        return None if seconds is None else min(seconds, self._rules.timeout_s)

    def http(self) -> requests.Session:
        """Return the plain pooled session (no token) for content hosts, with TLS, proxies, User-Agent."""
        return self._http

    def close(self) -> None:
        """Close the pooled connections; the session may be used again and opens new ones."""
        self._http.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({redact(self._rules.api_url)!r})"

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
        call = Call(
            method,
            self._url(path),
            _query(params),
            json,
            self._timeout(timeout),
            operation or f"{method} {path}",
        )
        attempt = retrying(retries=self._rules.retries, repeatable=repeatable, sleep=self._sleep)
        return attempt(self._once, call)

    def _send(self, call: Call, auth: AuthBase) -> requests.Response:
        started = time.monotonic()
        try:
            response = self._http.request(
                call.method, call.url, params=call.params, json=call.json, headers={"Accept": ACCEPT},
                auth=auth, timeout=call.timeout,
                # requests turns a redirected POST into a GET, which would read a list and call it a new task.
                allow_redirects=call.method == "GET",
            )  # fmt: skip
        except requests.RequestException as error:
            raise no_answer(error, operation=call.operation) from None
        took = time.monotonic() - started
        logger.debug("%s %s: %d in %.2f s", call.method, redact(call.url), response.status_code, took)
        return response

    def _url(self, path: str) -> str:
        if not path.startswith("/") or path.startswith("//") or ".." in path.split("/"):
            raise InvalidInputError("path", "must start with one / and stay below the API URL")
        return f"{self._rules.api_url}{path}"

    def _timeout(self, read_s: float | None) -> tuple[float, float]:
        return self._rules.connect_timeout_s, self._rules.timeout_s if read_s is None else read_s


def _query(params: Params | None) -> dict[str, Any]:
    """Leave out None and write booleans as JSON does; requests would send ``True``."""
    given = {key: value for key, value in (params or {}).items() if value is not None}
    return {key: str(value).lower() if isinstance(value, bool) else value for key, value in given.items()}
