"""What every client is: checked settings and one session, which close, print and travel together."""

from __future__ import annotations

import html
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Generic, TypeVar
from uuid import uuid4

from iceye_geo.closing import Closing
from iceye_geo.errors import ConfigurationError, InvalidInputError
from iceye_geo.redact import redact
from iceye_geo.settings import TransportRules
from iceye_geo.transport.calls import ApiSession

S = TypeVar("S", bound=TransportRules)
T = TypeVar("T", bound=ApiSession)

_NOT_HERE = (
    "client: a client made from explicit arguments holds its secret in its own process only and cannot be "
    "unpickled in another. Configure it by environment or profile there, and pickle that one."
)
#: Transport rules that travel with a pickle. Proxies stay behind: their URLs may hold a password.
TRAVELLING = ("api_url", "verify", "ca_bundle", "connect_timeout_s", "timeout_s", "retries", "user_agent")

# Clients by a random key, for unpickling within the process.
_REGISTRY: weakref.WeakValueDictionary[str, RootClient[Any, Any]] = weakref.WeakValueDictionary()
_REBUILDING = threading.RLock()


class RootClient(Closing, Generic[S, T]):
    """The common part of clients. A pickle holds where the credentials come from, never the credentials.

    Args:
        settings: checked.
        session: authenticated with them.

    Attributes:
        settings: the checked settings.
        session: the authenticated session all services share.
    """

    #: What to call it in a table.
    _title: ClassVar[str]
    #: The class of the settings, with ``load`` and ``for_sandbox``.
    _settings_class: ClassVar[Any]
    #: Settings that travel with a pickle.
    _travelling: ClassVar[tuple[str, ...]] = TRAVELLING

    def __init__(self, settings: S, session: T) -> None:
        self.settings, self.session = settings, session
        self._key = uuid4().hex
        _REGISTRY[self._key] = self

    def _account(self) -> str:
        """Return what tells two accounts apart without giving one away; "" where nothing does."""
        return ""

    def _facts(self) -> dict[str, str | None]:
        """Return what a table says of it: no secret."""
        return {"API": self.settings.api_url, "credentials": self.settings.source}

    def close(self) -> None:
        """Close the pooled connections; the client may be used again and opens new ones."""
        self.session.close()

    def __repr__(self) -> str:
        where, source = redact(self.settings.api_url), self.settings.source
        return f"{type(self).__name__}({where!r}, credentials={source!r})"

    def _repr_html_(self) -> str:
        facts = {name: html.escape(redact(value or "")) for name, value in self._facts().items()}
        rows = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in facts.items())
        return f"<table><caption>{self._title}</caption><tbody>{rows}</tbody></table>"

    def __reduce__(self) -> tuple[object, ...]:
        given = ((name, getattr(self.settings, name)) for name in self._travelling)
        options = tuple((name, value) for name, value in given if value not in (None, ""))
        recipe = _Recipe(type(self), self._key, self.settings.source, self._account(), options)
        return _from_recipe, (recipe,)


def refuse_both(settings: object, profile: str | None, explicit: Mapping[str, Any]) -> None:
    """Refuse ready-made settings beside other arguments.

    Raises:
        InvalidInputError: there are both.
    """
    if settings is not None and (explicit or profile):
        raise InvalidInputError("settings", "cannot be combined with other arguments")


@dataclass(frozen=True, slots=True)
class _Recipe:
    """How to make a client again elsewhere: where its credentials are, not what they are."""

    kind: type[RootClient[Any, Any]]
    key: str
    source: str
    account: str
    options: tuple[tuple[str, Any], ...]


def _from_recipe(recipe: _Recipe) -> RootClient[Any, Any]:
    with _REBUILDING:
        client = _REGISTRY.get(recipe.key)
        return client if client is not None else _rebuild(recipe)


# Cached, so that a worker which unpickles a thousand jobs asks for one token and not for a thousand.
@lru_cache(maxsize=8)
def _rebuild(recipe: _Recipe) -> RootClient[Any, Any]:
    where, _, name = recipe.source.partition(":")
    make: Any = recipe.kind
    if where == "sandbox":
        client = make(make._settings_class.for_sandbox(name, explicit=dict(recipe.options)))
    elif where in {"environment", "profile", "keyring"}:
        client = make(make._settings_class.load(profile=name or None, explicit=dict(recipe.options)))
    else:
        raise ConfigurationError(_NOT_HERE)
    if client._account() != recipe.account:
        raise ConfigurationError(
            f"client: the credentials here ({recipe.source}) belong to another account than the "
            "pickled client's. Configure the same account on both sides."
        )
    assert isinstance(client, RootClient)
    return client
