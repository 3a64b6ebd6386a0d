"""The Notifications API's objects: webhooks, and how ICEYE proves itself to the callback server.

ICEYE does not publish the field names. They stand once, in ``WIRE``, so that a correction changes one table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr

from iceye_geo.errors import InvalidInputError
from iceye_geo.models.base import WireModel
from iceye_geo.models.tasking import Stamp

#: Our names of the request's fields, and the wire names we send (unknown at ICEYE, see the API notes).
WIRE: Mapping[str, str] = MappingProxyType(
    {
        "url": "url", "auth": "auth", "type": "type", "basic": "basic", "oauth2": "oauth2",
        "username": "username", "password": "password",
        "token_url": "tokenURL", "client_id": "clientID", "client_secret": "clientSecret", "scope": "scope",
    }
)  # fmt: skip
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_GUIDE = "ICEYE Notifications guide"


class Webhook(WireModel):
    """A registered callback address.

    Attributes:
        id: UUID; ``webhook_id`` of tasks and deliveries.
        url: where ICEYE calls.
        created_at, updated_at: where the server says them.

    Example:
        >>> Webhook.from_wire({"id": "w-1", "url": "https://hooks.example.org/iceye"}).id
        'w-1'
    """

    _columns: ClassVar[tuple[str, ...]] = ("id", "url", "created_at", "updated_at")

    id: str = Field(validation_alias=AliasChoices("id", "webhookID", "webhookId", "ID"))
    url: str | None = Field(
        default=None, validation_alias=AliasChoices("url", "URL", "callbackURL", "callbackUrl")
    )
    created_at: Stamp = None
    updated_at: Stamp = None


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """User and password that ICEYE sends to the callback server. Never shows the password.

    Example:
        >>> BasicAuth("iceye", "change-me")
        BasicAuth(user='iceye')
    """

    user: str
    password: SecretStr | str = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "password", secret(self.password, field="auth.password"))
        if not self.user or ":" in self.user:
            raise InvalidInputError("auth.user", "must be a name without a colon", source="RFC 7617")

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("credentials are never pickled")

    def to_wire(self) -> dict[str, str]:
        """Return the wire form, which holds the password."""
        return {
            WIRE["type"]: WIRE["basic"], WIRE["username"]: self.user, WIRE["password"]: reveal(self.password),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class OAuth2ClientCredentials:
    """Client credentials with which ICEYE gets a bearer token for the callback. Never shows the secret.

    Example:
        >>> OAuth2ClientCredentials("https://hooks.example.org/oauth2/token", "iceye", "change-me")
        OAuth2ClientCredentials(token_url='https://hooks.example.org/oauth2/token', client_id='iceye', scope=None)
    """

    token_url: str
    client_id: str
    client_secret: SecretStr | str = field(repr=False)
    scope: str | None = None

    def __post_init__(self) -> None:
        check_callback_url(self.token_url, field="auth.token_url")
        object.__setattr__(self, "client_secret", secret(self.client_secret, field="auth.client_secret"))
        if not self.client_id:
            raise InvalidInputError("auth.client_id", "must not be empty")

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("credentials are never pickled")

    def to_wire(self) -> dict[str, str]:
        """Return the wire form, which holds the secret."""
        body = {
            WIRE["type"]: WIRE["oauth2"], WIRE["token_url"]: self.token_url, WIRE["client_id"]: self.client_id,
            WIRE["client_secret"]: reveal(self.client_secret),
        }  # fmt: skip
        return body | {WIRE["scope"]: self.scope} if self.scope else body


CallbackAuth = BasicAuth | OAuth2ClientCredentials


def webhook_body(url: str | None, auth: CallbackAuth | None) -> dict[str, Any]:
    """Return the body of registerWebhook or updateWebhook; what is None is left out.

    Raises:
        InvalidInputError: ``auth`` is of another kind, or ``url`` is no https URL.
    """
    if auth is not None and not isinstance(auth, CallbackAuth):
        raise InvalidInputError(
            "auth", f"must be BasicAuth or OAuth2ClientCredentials, this is a {type(auth).__name__}",
            hint="Both are in iceye_geo.models.notifications.", source=_GUIDE,
        )  # fmt: skip
    body: dict[str, Any] = {}
    if url is not None:
        check_callback_url(url, field="url")
        body[WIRE["url"]] = url
    return body | {WIRE["auth"]: auth.to_wire()} if auth else body


def check_callback_url(url: str, *, field: str) -> None:
    """Refuse an address that is not https; plain http is fine on this machine only.

    Raises:
        InvalidInputError: no https, no host, or a user name inside (secrets do not belong in a URL).
    """
    try:
        parts = urlsplit(url)
        host, user, _ = parts.hostname, parts.username, parts.port
    except (ValueError, AttributeError, TypeError):
        raise InvalidInputError(field, "must be an absolute https URL", source=_GUIDE) from None
    if user is not None:
        raise InvalidInputError(field, "must not hold a user name or password", hint="Pass auth= instead.")
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        raise InvalidInputError(
            field, "must be an absolute https URL (http only on this machine)", source=_GUIDE
        )


def secret(value: SecretStr | str, *, field: str) -> SecretStr:
    """Return a secret that does not show itself.

    Raises:
        InvalidInputError: it is empty.
    """
    held = value if isinstance(value, SecretStr) else SecretStr(str(value))
    if not held.get_secret_value():
        raise InvalidInputError(field, "must not be empty")
    return held


def reveal(value: SecretStr | str) -> str:
    """Return the text of a secret, for the wire only."""
    return value.get_secret_value() if isinstance(value, SecretStr) else value
