"""Providers by name: the two built in, those registered in the process, those of entry points. Loads on demand."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from iceye_geo.errors import ConfigurationError, InvalidInputError
from iceye_geo.providers.base import Provider

#: Entry points of this group name a function without arguments, or a class, that makes a provider.
GROUP = "iceye_geo.providers"

Factory = Callable[[], Provider]
ProviderLike = str | Provider | Any

_BUILT_IN = {
    "iceye": "iceye_geo.providers.iceye:from_environment",
    "pixxel": "iceye_geo.providers.pixxel.provider:from_environment",
}
_registered: dict[str, Factory] = {}
_lock = threading.Lock()


def register(name: str, factory: Factory) -> None:
    """Make a provider known in this process.

    Args:
        name: short and lower-case.
        factory: makes the provider, with credentials from wherever it keeps them.

    Raises:
        InvalidInputError: the name is taken by a built-in provider, or is no plain word.
    """
    if name in _BUILT_IN or not name.isidentifier() or name != name.lower():
        raise InvalidInputError("name", f"{name!r} is taken, or is no plain lower-case word")
    with _lock:
        _registered[name] = factory


def unregister(name: str) -> None:
    """Forget a provider that `register` made known."""
    with _lock:
        _registered.pop(name, None)


def names() -> list[str]:
    """Return the names of all known providers.

    Example:
        >>> {"iceye", "pixxel"} <= set(names())
        True
    """
    return sorted({*_BUILT_IN, *_registered, *(point.name for point in _points())})


def make(name: str, *, profile: str | None = None) -> Provider:
    """Return a provider by its name, with the credentials of the environment or a profile.

    Args:
        name: "iceye", "pixxel" or one that was registered.
        profile: of the settings file, which only the built-in providers read.

    Raises:
        InvalidInputError: nobody has registered it, or it reads no profiles.
        ConfigurationError: its credentials are missing, or its entry point cannot be loaded or makes no provider.
    """
    if name in _BUILT_IN:
        module, _, function = _BUILT_IN[name].partition(":")
        return cast("Provider", getattr(importlib.import_module(module), function)(profile))
    factory = _registered.get(name) or next((_loaded(p) for p in _points() if p.name == name), None)
    if factory is None:
        raise InvalidInputError(
            "provider", f"there is no provider {name!r}", hint=f"Known: {', '.join(names())}."
        )
    if profile is not None:
        raise InvalidInputError("profile", f"cannot be used: {name!r} finds its credentials by itself")
    made = factory()
    if not isinstance(made, Provider):
        raise ConfigurationError(f"provider: {name!r} makes no Provider (name, capabilities, recognise).")
    return made


def as_provider(value: ProviderLike) -> Provider:
    """Return a provider from its name, itself, or a client that has one.

    Raises:
        InvalidInputError: it is none of these.
    """
    if isinstance(value, str):
        return make(value)
    if isinstance(value, Provider):
        return value
    from iceye_geo.client import Client

    if isinstance(value, Client):
        from iceye_geo.providers.iceye import IceyeProvider

        return IceyeProvider(value)
    own = getattr(value, "as_provider", None)
    if callable(own):
        return cast("Provider", own())
    raise InvalidInputError(
        "provider", f"must be a name, a provider or a client, this is a {type(value).__name__}"
    )


def _loaded(point: EntryPoint) -> Factory:
    try:
        return cast("Factory", point.load())
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(
            f"provider: {point.name!r} is installed but cannot be loaded from {point.value} ({error})."
        ) from error


def _points() -> Sequence[EntryPoint]:
    return tuple(entry_points(group=GROUP))
