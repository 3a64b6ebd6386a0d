"""The OAuth2 token: fetched when first needed, renewed early, once for all threads. Never shown."""

from __future__ import annotations

import copy
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

import requests
from authlib.integrations.requests_client.oauth2_session import OAuth2ClientAuth
from authlib.oauth2.client import OAuth2Client

from iceye_geo.errors import (
    ApiError,
    AuthenticationError,
    IceyeGeoError,
    RateLimitedError,
    ServerError,
    UnexpectedAnswerError,
)
from iceye_geo.settings import Settings
from iceye_geo.transport.answers import read_error_body
from iceye_geo.transport.no_answer import no_answer
from iceye_geo.transport.retry import parse_retry_after, retrying

# ICEYE: renew five minutes before the end (how-to/manage-access-tokens); half the life for short tokens.
EARLY_S = 300.0
# RFC 6749 lets ``expires_in`` be absent; ICEYE's own answers say 3600.
DEFAULT_LIFE_S = 3600.0
_OPERATION = "createAccessToken"
# What fits into a header: visible ASCII without spaces.
_TOKEN = re.compile(r"[!-~]+")


class TokenSource(Protocol):
    """Where the session gets its bearer token."""

    def get(self) -> str:
        """Return a token that is valid now."""
        ...

    def renew(self, refused: str) -> str:
        """Return another token than ``refused``, which the server did not take."""
        ...


@dataclass(frozen=True, slots=True)
class StaticToken:
    """A token somebody else looks after; it cannot be renewed.

    Example:
        >>> StaticToken("abc")
        StaticToken()
    """

    value: str = field(repr=False)

    def get(self) -> str:
        """Return the token."""
        return self.value

    def renew(self, refused: str) -> str:  # noqa: ARG002 - the protocol's signature
        """Return the same token: there is no other."""
        return self.value

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a token is never pickled; pickle the client, which travels as a recipe")


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    renew_at: float


class ClientCredentials:
    """Tokens by the OAuth2 client credentials grant with HTTP Basic.

    Threads that need a token while one is being fetched wait for it; one request serves all of them.

    Args:
        settings: credentials, token URL and retry count.
        http: the plain session, so that TLS, proxies and User-Agent hold here too.
        clock: seconds of a monotonic clock.
        sleep: how to wait between attempts.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        http: requests.Session,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings, self._http, self._clock, self._sleep = settings, http, clock, sleep
        self._lock = threading.Lock()
        self._token: _Token | None = None
        self._failures, self._failure = 0, cast("IceyeGeoError | None", None)

    def get(self) -> str:
        """Return a token with life left, fetching or renewing it if needed.

        Raises:
            ConfigurationError: a credential or the token URL is missing.
            AuthenticationError: the token endpoint refused.
        """
        token = self._token
        if token is not None and self._clock() < token.renew_at:
            return token.value
        return self._once_for_all(lambda held: held is None or self._clock() >= held.renew_at)

    def renew(self, refused: str) -> str:
        """Return another token than ``refused``; threads refused together share one request."""
        return self._once_for_all(lambda held: held is None or held.value == refused)

    def _once_for_all(self, is_stale: Callable[[_Token | None], bool]) -> str:
        """Fetch a token unless another thread did, or failed to, while this one waited."""
        failures = self._failures
        with self._lock:
            if is_stale(self._token):
                if self._failure is not None and self._failures != failures:
                    raise copy.copy(self._failure)
                self._token = self._fetch_and_note()
            assert self._token is not None
            return self._token.value

    def _fetch_and_note(self) -> _Token:
        try:
            token = self._fetch()
        except IceyeGeoError as error:
            self._failures, self._failure = self._failures + 1, error
            raise
        self._failure = None
        return token

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a token is never pickled; pickle the client, which travels as a recipe")

    def _fetch(self) -> _Token:
        self._settings.check_credentials()
        asked_at = self._clock()
        # A token request spends nothing and changes nothing, so repeating it is safe.
        attempt = retrying(retries=self._settings.retries, repeatable=True, sleep=self._sleep)
        answer: dict[str, Any] = attempt(self._request)
        life = _life(answer)
        return _Token(str(answer["access_token"]), asked_at + max(life - EARLY_S, life / 2))

    def _request(self) -> dict[str, Any]:
        flow = OAuth2Client(
            session=self._http, client_id=self._settings.client_id, client_secret=_secret(self._settings),
            token_endpoint_auth_method="client_secret_basic",
        )  # fmt: skip
        flow.client_auth_class = OAuth2ClientAuth
        flow.SESSION_REQUEST_PARAMS = ("allow_redirects",)
        flow.parse_response_token = self._read
        try:
            answer: dict[str, Any] = flow.fetch_token(
                self._settings.resolved_token_url, grant_type="client_credentials", allow_redirects=False
            )
        except UnicodeError:
            raise AuthenticationError(
                "client id and secret must be Latin-1 text", operation=_OPERATION
            ) from None
        except requests.RequestException as error:
            raise no_answer(error, operation=_OPERATION) from None
        return answer

    def _read(self, response: requests.Response) -> dict[str, Any]:
        """Return the token endpoint's answer; stands in for Authlib's reader, which trips over odd bodies."""
        if response.status_code != 200:
            raise _refusal(response, secret=_secret(self._settings))
        return _token_body(response)


def _secret(settings: Settings) -> str:
    return settings.client_secret.get_secret_value() if settings.client_secret else ""


def _refusal(response: requests.Response, *, secret: str) -> ApiError:
    status = response.status_code
    code, detail, _reference = read_error_body(response)
    kind = RateLimitedError if status == 429 else ServerError if status >= 500 else AuthenticationError
    return kind(
        detail.replace(secret, "***"), status=status, code=code, operation=_OPERATION,
        retry_after=parse_retry_after(response.headers.get("Retry-After")),
    )  # fmt: skip


def _token_body(response: requests.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = None
    token = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise UnexpectedAnswerError(
            "the token endpoint answered without a usable access_token. Check the token URL.",
            status=response.status_code, operation=_OPERATION,
        )  # fmt: skip
    if str(body.get("token_type") or "bearer").lower() != "bearer":
        raise UnexpectedAnswerError("the token endpoint sent no bearer token", operation=_OPERATION)
    return body


def _life(answer: dict[str, Any]) -> float:
    try:
        life = float(answer.get("expires_in") or DEFAULT_LIFE_S)
    except (TypeError, ValueError):
        return DEFAULT_LIFE_S
    return life if 0 < life < float("inf") else DEFAULT_LIFE_S
