"""Who may call the receiver: nobody is asked, Basic, or bearer tokens that the receiver issues itself."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote_plus

from pydantic import SecretStr

from iceye_geo.models.notifications import reveal, secret

# ICEYE's own tokens live an hour; a shorter life here costs nothing but token requests.
TOKEN_TTL_S = 3600
_KEY_PURPOSE = b"iceye-geo callback token"


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What the token endpoint answers: an HTTP status and a JSON body."""

    status: int
    body: dict[str, object]


class Gate(Protocol):
    """Decides whether a callback is let in."""

    @property
    def challenge(self) -> str:
        """The ``WWW-Authenticate`` of a refusal."""

    def allows(self, authorization: str) -> bool:
        """Return whether the ``Authorization`` header of a callback is good, in constant time."""

    def issue(self, authorization: str, form: Mapping[str, str]) -> TokenAnswer | None:
        """Answer a token request; None where this gate issues no tokens."""


class OpenGate:
    """Lets everybody in. For tests on this machine, or behind a proxy that checks."""

    challenge = ""

    def allows(self, authorization: str) -> bool:  # noqa: ARG002 - nothing is asked
        """Return True."""
        return True

    def issue(self, authorization: str, form: Mapping[str, str]) -> TokenAnswer | None:  # noqa: ARG002
        """Return None: there are no tokens."""
        return None


class BasicGate:
    """Asks for a user and a password. Never shows the password.

    Example:
        >>> gate = BasicGate("iceye", "change-me")
        >>> gate.allows("Basic aWNleWU6Y2hhbmdlLW1l"), gate.allows("Basic eDp5"), gate.allows("")
        (True, False, False)
    """

    challenge = 'Basic realm="callbacks", charset="UTF-8"'

    def __init__(self, user: str, password: SecretStr | str) -> None:
        self.user = user
        self._expected = f"{user}:{reveal(secret(password, field='password'))}"

    def allows(self, authorization: str) -> bool:
        """Return whether the header holds the user and the password."""
        return _same(_basic_pair(authorization), self._expected)

    def issue(self, authorization: str, form: Mapping[str, str]) -> TokenAnswer | None:  # noqa: ARG002
        """Return None: there are no tokens."""
        return None

    def __repr__(self) -> str:
        return f"BasicGate(user={self.user!r})"


class OAuth2Gate:
    """Issues bearer tokens for client credentials, and asks for one with every callback.

    Tokens are signed with a key made of the client secret, so they outlive a restart and nothing is stored.

    Args:
        client_id: what ICEYE was told at registration.
        client_secret: likewise. Never shown.
        ttl_s: life of a token, seconds.
        now: Unix seconds.

    Example:
        >>> gate = OAuth2Gate("iceye", "change-me")
        >>> form = {"grant_type": "client_credentials", "client_id": "iceye", "client_secret": "change-me"}
        >>> answer = gate.issue("", form)
        >>> answer.status, gate.allows(f"Bearer {answer.body['access_token']}"), gate.allows("Bearer x")
        (200, True, False)
    """

    challenge = 'Bearer realm="callbacks"'

    def __init__(
        self,
        client_id: str,
        client_secret: SecretStr | str,
        *,
        ttl_s: int = TOKEN_TTL_S,
        now: Callable[[], float] = time.time,
    ) -> None:
        plain = reveal(secret(client_secret, field="client_secret"))
        self.client_id = client_id
        self._expected = f"{client_id}:{plain}"
        self._key = hmac.digest(plain.encode(), _KEY_PURPOSE, "sha256")
        self._ttl_s, self._now = ttl_s, now

    def allows(self, authorization: str) -> bool:
        """Return whether the header holds a token of this gate that has not expired."""
        scheme, _, token = authorization.partition(" ")
        expiry, _, rest = token.strip().partition(".")
        nonce, _, signature = rest.partition(".")
        good = _same(signature, self._sign(f"{expiry}.{nonce}"))
        fresh = expiry.isascii() and expiry.isdigit() and len(expiry) < 16 and int(expiry) > self._now()
        return good and fresh and scheme.lower() == "bearer"

    def issue(self, authorization: str, form: Mapping[str, str]) -> TokenAnswer:
        """Answer a client-credentials request, by Basic header or by form fields (RFC 6749 section 4.4)."""
        if form.get("grant_type") != "client_credentials":
            return TokenAnswer(400, {"error": "unsupported_grant_type"})
        header = _basic_pair(authorization)
        # RFC 6749 has id and secret form-encoded inside the header; most clients send them as they are.
        pairs = {header, ":".join(unquote_plus(part) for part in header.split(":", 1))} if header else set()
        pairs |= {f"{form.get('client_id', '')}:{form.get('client_secret', '')}"} if not header else set()
        if not any([_same(pair, self._expected) for pair in pairs]):  # noqa: C419 - each is compared, in constant time
            return TokenAnswer(401, {"error": "invalid_client"})
        claim = f"{int(self._now()) + self._ttl_s}.{secrets.token_hex(8)}"
        token = f"{claim}.{self._sign(claim)}"
        return TokenAnswer(200, {"access_token": token, "token_type": "Bearer", "expires_in": self._ttl_s})

    def _sign(self, claim: str) -> str:
        return hmac.new(self._key, claim.encode(errors="replace"), "sha256").hexdigest()

    def __repr__(self) -> str:
        return f"OAuth2Gate(client_id={self.client_id!r})"


def _same(given: str, expected: str) -> bool:
    # Digests have one length, so neither the length nor the first difference shows in the time this takes.
    one, other = (hashlib.sha256(text.encode(errors="replace")).digest() for text in (given, expected))
    return hmac.compare_digest(one, other)


def _basic_pair(authorization: str) -> str:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
