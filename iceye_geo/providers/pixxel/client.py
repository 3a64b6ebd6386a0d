"""PixxelClient: one root object for Pixxel's deliveries, downloads, stores and catalog."""

from __future__ import annotations

from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack

from iceye_geo.errors import ConfigurationError, InvalidInputError
from iceye_geo.models.base import cell
from iceye_geo.providers.pixxel.catalog import PixxelCatalog
from iceye_geo.providers.pixxel.deliveries import PixxelDeliveries
from iceye_geo.providers.pixxel.downloads import PixxelDownloads
from iceye_geo.providers.pixxel.session import PixxelSession
from iceye_geo.providers.pixxel.settings import PixxelOptions, PixxelSettings
from iceye_geo.providers.pixxel.stores import PixxelStores

if TYPE_CHECKING:
    from iceye_geo.providers.pixxel.provider import PixxelProvider


class PixxelClient:
    """The way into Pixxel's delivery and download API.

    ``PixxelClient.from_env()`` reads ``PIXXEL_API_KEY`` and ``PIXXEL_API_URL``, ``PixxelClient.from_profile(name)``
    the table ``[pixxel.NAME]`` of the profile file; ``PixxelClient(api_key=...)`` takes explicit values first and
    looks into the other places for the rest. It may be shared between threads.

    Attributes:
        settings: the checked settings.
        session: the authenticated session.

    Args:
        settings: ready-made settings; then no other argument may be given.
        profile: a profile of the config file.
        **explicit: any field of `PixxelSettings` by name, such as ``api_key`` or ``auth_scheme``.

    Raises:
        ConfigurationError: the API key is missing or malformed.

    Example:
        >>> pixxel = PixxelClient(api_key="k-123", api_url="https://api.pixxel.space")
        >>> pixxel
        PixxelClient('https://api.pixxel.space', credentials='argument')
    """

    def __init__(
        self,
        settings: PixxelSettings | None = None,
        *,
        profile: str | None = None,
        **explicit: Unpack[PixxelOptions],
    ) -> None:
        if settings is not None and (explicit or profile):
            raise InvalidInputError("settings", "cannot be combined with other arguments")
        self.settings = settings or PixxelSettings.load(profile=profile, explicit=explicit)
        self.session = PixxelSession(self.settings)

    @classmethod
    def from_env(cls, **explicit: Unpack[PixxelOptions]) -> Self:
        """Return a client configured by ``PIXXEL_API_KEY``, ``PIXXEL_API_URL``, ``PIXXEL_AUTH_SCHEME``.

        Raises:
            ConfigurationError: something is missing; the message says what and where it goes.
        """
        return cls(**explicit)

    @classmethod
    def from_profile(cls, name: str, **explicit: Unpack[PixxelOptions]) -> Self:
        """Return a client configured by ``[pixxel.NAME]`` of ``~/.config/iceye-geo/config.toml``.

        Raises:
            ConfigurationError: there is no such profile, or it lacks something.
        """
        return cls(profile=name, **explicit)

    @classmethod
    def for_sandbox(cls, url: str, **explicit: Unpack[PixxelOptions]) -> Self:
        """Return a client of the sandbox at ``url``, which has a Pixxel side too.

        Example:
            >>> pixxel = PixxelClient.for_sandbox(client.settings.api_url.removesuffix("/api"))
            >>> pixxel.stores.list()[0].type
            'S3'
        """
        return cls(PixxelSettings.for_sandbox(url, explicit=explicit))

    @cached_property
    def deliveries(self) -> PixxelDeliveries:
        """Catalogs on their way into a store."""
        return PixxelDeliveries(self.session)

    @cached_property
    def downloads(self) -> PixxelDownloads:
        """Files behind links that live for a while."""
        return PixxelDownloads(self.session)

    @cached_property
    def stores(self) -> PixxelStores:
        """The places that deliveries can go to."""
        return PixxelStores(self.session)

    @cached_property
    def catalog(self) -> PixxelCatalog:
        """The images that are there."""
        return PixxelCatalog(self.session)

    def as_provider(self) -> PixxelProvider:
        """Return this client behind the seam that all providers share."""
        from iceye_geo.providers.pixxel.provider import PixxelProvider

        return PixxelProvider(self)

    def close(self) -> None:
        """Close the pooled connections; the client may be used again and opens new ones."""
        self.session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"PixxelClient({self.settings.api_url!r}, credentials={self.settings.source!r})"

    def _repr_html_(self) -> str:
        facts = {"API": self.settings.api_url, "credentials": self.settings.source}
        rows = "".join(f"<tr><th>{cell(k)}</th><td>{cell(v)}</td></tr>" for k, v in facts.items())
        return f"<table><caption>Pixxel client</caption><tbody>{rows}</tbody></table>"

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (self.settings.source, self.settings.api_url)


def _again(source: str, api_url: str) -> PixxelClient:
    """Make a client where a pickle arrives: a pickle says where the key is, never what it is."""
    kind, _, name = source.partition(":")
    if kind == "sandbox":
        return PixxelClient.for_sandbox(name)
    if kind in {"environment", "profile", "keyring"}:
        return PixxelClient(profile=name or None, api_url=api_url)
    raise ConfigurationError(
        "client: a PixxelClient made from explicit arguments holds its key in its own process only. Configure it "
        "by environment or profile, and pickle that one."
    )
