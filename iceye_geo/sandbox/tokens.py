"""Access tokens: issued, counted by generation, expired, revoked."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

#: The scopes of ICEYE's own example; their effect is not published, so they have none here.
SCOPE = "catalog.read deliveries.read orders.read activities.read contracts.read"


@dataclass(frozen=True, slots=True)
class Token:
    """One issued token. ``generation`` counts from 1; the request log names tokens by it."""

    generation: int
    expires_at: float


class TokenStore:
    """Issues and checks bearer tokens; safe between threads.

    Args:
        ttl_s: life of a token, seconds.
        wall: source of Unix seconds.

    Example:
        >>> store = TokenStore(60)
        >>> value = store.issue()
        >>> store.check(value).generation
        1
        >>> store.revoke_all(); store.check(value) is None
        True
    """

    def __init__(self, ttl_s: float, *, wall: Callable[[], float] = time.time) -> None:
        self.ttl_s = ttl_s
        self._wall = wall
        self._tokens: dict[str, Token] = {}
        self._issued = 0
        self._lock = threading.Lock()

    @property
    def issued(self) -> int:
        """How many tokens were issued so far."""
        return self._issued

    def issue(self) -> str:
        """Issue a new token and return its value."""
        value = f"sandbox.{secrets.token_urlsafe(24)}"
        with self._lock:
            self._issued += 1
            self._tokens[value] = Token(self._issued, self._wall() + self.ttl_s)
        return value

    def check(self, value: str) -> Token | None:
        """Return the token behind ``value`` if it is valid now."""
        with self._lock:
            token = self._tokens.get(value)
            if token is not None and self._wall() >= token.expires_at:
                del self._tokens[value]
                return None
            return token

    def revoke_all(self) -> None:
        """Make every token issued so far invalid."""
        with self._lock:
            self._tokens.clear()
