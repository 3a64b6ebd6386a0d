"""PixxelClient: one root object for Pixxel's deliveries, downloads, stores and catalog."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Self, Unpack

from iceye_geo.providers.pixxel.catalog import PixxelCatalog
from iceye_geo.providers.pixxel.deliveries import PixxelDeliveries
from iceye_geo.providers.pixxel.downloads import PixxelDownloads
from iceye_geo.providers.pixxel.session import PixxelSession
from iceye_geo.providers.pixxel.settings import PixxelOptions, PixxelSettings
from iceye_geo.providers.pixxel.stores import PixxelStores
from iceye_geo.transport.root import TRAVELLING, RootClient, refuse_both

if TYPE_CHECKING:
    from iceye_geo.providers.pixxel.provider import PixxelProvider


class PixxelClient(RootClient[PixxelSettings, PixxelSession]):
    """The way into Pixxel's delivery and download API.

    ``PixxelClient.from_env()`` reads ``PIXXEL_API_KEY`` and ``PIXXEL_API_URL``, ``PixxelClient.from_profile(name)``
    the table ``[pixxel.NAME]`` of the profile file; ``PixxelClient(api_key=...)`` takes explicit values first and
    looks into the other places for the rest. It may be shared between threads and pickled: a pickle holds where the
    key is, never the key.

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

    _title = "Pixxel client"
    _settings_class = PixxelSettings
    _travelling = (*TRAVELLING, "auth_scheme")

    def __init__(
        self,
        settings: PixxelSettings | None = None,
        *,
        profile: str | None = None,
        **explicit: Unpack[PixxelOptions],
    ) -> None:
        refuse_both(settings, profile, explicit)
        chosen = settings or PixxelSettings.load(profile=profile, explicit=explicit)
        super().__init__(chosen, PixxelSession(chosen))

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
        return PixxelDownloads(self)

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
