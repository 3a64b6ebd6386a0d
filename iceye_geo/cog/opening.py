"""From whatever a caller has (item, link, path, reference) to an open image."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from iceye_geo.cog.cog import Cog
from iceye_geo.cog.fetch import Fetcher
from iceye_geo.cog.links import ClientResolver, HasSession, LinkKeeper, keeper_of
from iceye_geo.cog.reader import LocalReader, RangeReader, Reader
from iceye_geo.cog.ref import AssetRef, Link, LinkResolver, is_signed, unsigned
from iceye_geo.cog.s3 import S3Resolver, is_s3, parse
from iceye_geo.cog.transfer import Transfer
from iceye_geo.cog.wire import Wire, shared_wire
from iceye_geo.errors import AssetNotFoundError, ConfigurationError, InvalidInputError, NotACogError
from iceye_geo.transport.root import RootClient

if TYPE_CHECKING:
    import pystac

    CogLike = str | Path | AssetRef | pystac.Item | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to open an image again, in another thread, process or machine. Holds no link and no secret.

    Attributes:
        ref: the asset.
        resolver: who gives a fresh link; None for files and unsigned URLs.
        properties: properties of the STAC item.
        link: the link at hand; stays behind when the recipe is pickled.
        wire: how ranges are fetched; None for the shared pool. Stays behind too.
        instead: key of the item's asset that holds the image, when another one was asked for.
    """

    ref: AssetRef
    resolver: LinkResolver | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    link: Link | None = field(default=None, repr=False)
    wire: Wire | None = field(default=None, repr=False)
    instead: str = ""

    @property
    def identity(self) -> str:
        """Key of the process's byte cache: the asset, and the server it is asked of.

        Two servers may know the same item ids: two sandboxes of one seed do, and two accounts may.
        """
        client = self._client
        if client is None:
            return self.ref.identity
        settings = client.session.settings
        return f"{settings.api_url} {getattr(settings, 'client_id', '')} {self.ref.identity}"

    def open(self) -> Cog:
        """Open the image.

        Raises:
            NotACogError: it is no TIFF; says which asset of the item is one.
        """
        transfer = Transfer()
        reader = self._reader(transfer)
        try:
            return Cog(self.ref, reader=reader, transfer=transfer, recipe=self, properties=self.properties)
        except NotACogError as err:
            if not self.instead:
                raise
            raise NotACogError(
                f"Asset {self.ref.asset_key!r}: {err} The image itself is asset {self.instead!r}: "
                f"open_cog(item, asset={self.instead!r}, ...)."
            ) from err

    def keeper(self) -> LinkKeeper:
        """Return the keeper of the asset's link, shared with all who read the asset meanwhile."""
        link = self.link
        if link is None and self.resolver is None:
            link = Link.of(self.ref.location)
        return keeper_of(self.ref, resolver=self.resolver, link=link)

    def transport(self) -> Wire:
        """Return the wire: the one given, the client's or the process's."""
        return self.wire or shared_wire(self._client)

    @property
    def is_remote(self) -> bool:
        """Whether the image lies behind a URL."""
        return self.resolver is not None or self.link is not None or _is_url(self.ref.location)

    @property
    def _client(self) -> Any:
        # Resolvers of other providers have clients too; those of third parties may have anything under that name.
        client = getattr(self.resolver, "client", None)
        ours = isinstance(self.resolver, ClientResolver) or isinstance(client, RootClient)
        return client if ours else None

    def _reader(self, transfer: Transfer) -> Reader:
        if not self.is_remote:
            return LocalReader(Path(self.ref.location))
        fetcher = Fetcher(self.keeper(), wire=self.transport(), transfer=transfer)
        return RangeReader(fetcher, identity=self.identity, transfer=transfer)

    def __reduce__(self) -> tuple[object, ...]:
        """Leave link and wire behind."""
        if self.resolver is None and self.link is not None and is_signed(self.link.url):
            raise ConfigurationError(
                "A bare signed link cannot be pickled: it is a key, and it cannot renew. Open the item with "
                "client.open_cog(item); that can."
            )
        return Recipe, (self.ref, self.resolver, self.properties)


def open_cog(
    source: CogLike,
    *,
    asset: str | None = None,
    client: HasSession | None = None,
    resolver: LinkResolver | None = None,
) -> Cog:
    """Open an image behind a signed link, or on disk. Costs one request of 128 KB.

    Args:
        source: a STAC item (pystac or dict), an ``AssetRef``, a URL, a path, or ``s3://bucket/key``, which is read
            with your own AWS settings (needs the ``s3`` extra).
        asset: key of the item's asset; None picks the GRD-COG, never a quicklook.
        client: who renews links; without one a link works until it expires.
        resolver: who renews links instead of a client.

    Returns:
        An open ``Cog``; close it, or use it in a ``with``.

    Raises:
        AssetNotFoundError: the item has no such asset.
        LinkExpiredError: the link has expired and nothing can renew it.
        NotACogError: it is no TIFF.
        ReadFailedError: the host does not answer.

    Example:
        ``with open_cog("scene.tif") as cog: cog.preview(512).to_png("look.png")``
    """
    return make_recipe(source, asset=asset, client=client, resolver=resolver).open()


def make_recipe(
    source: CogLike,
    *,
    asset: str | None = None,
    client: HasSession | None = None,
    resolver: LinkResolver | None = None,
) -> Recipe:
    """Find out what is to be opened and how its links renew; sends nothing."""
    renewer = resolver or (ClientResolver(client) if client is not None else None)
    if isinstance(source, AssetRef):
        return _from_ref(source, renewer)
    if isinstance(source, Path):
        return Recipe(AssetRef("", "", location=str(source)))
    if isinstance(source, str) and is_s3(source):
        return _from_s3(source)
    if isinstance(source, str):
        return _from_url(source) if _is_url(source) else Recipe(AssetRef("", "", location=source))
    if not isinstance(source, Mapping) and not hasattr(source, "assets"):
        raise InvalidInputError(
            "item", f"must be an Item, a link, a path or an AssetRef, this is a {type(source).__name__}",
            hint="next(search.items()) is an Item.",
        )  # fmt: skip
    return _from_item(source, asset, renewer)


def _from_ref(ref: AssetRef, renewer: LinkResolver | None) -> Recipe:
    if renewer is None and not ref.location:
        raise InvalidInputError(
            "client", "an AssetRef needs a client that fetches its link", hint="open_cog(ref, client=client)"
        )
    if is_s3(ref.location):
        return Recipe(ref, S3Resolver())
    return Recipe(ref, None if ref.location else renewer)


def _from_url(url: str) -> Recipe:
    return Recipe(AssetRef("", "", location=unsigned(url)), link=Link.of(url))


def _from_s3(address: str) -> Recipe:
    parse(address)
    return Recipe(AssetRef("", "", location=address), S3Resolver())


def _from_item(item: Any, asset: str | None, renewer: LinkResolver | None) -> Recipe:
    from iceye_geo.stac.assets import choose_asset

    key, chosen = choose_asset(item, asset)
    instead = _image_of(item, other_than=key)
    fields = item if isinstance(item, Mapping) else {"id": item.id, "properties": item.properties}
    properties = dict(fields.get("properties") or {})
    source = getattr(item, "source", None)
    href = str(chosen.get("href") or "")
    if not _is_url(href):
        renewer = S3Resolver() if is_s3(href) else None
        return Recipe(AssetRef(str(fields["id"]), key, location=href), renewer, properties, instead=instead)
    can_renew = renewer is not None and source is not None and source.kind != "file"
    ref = AssetRef(
        str(fields["id"]),
        key,
        source,
        str(properties.get("frame_id") or ""),
        "" if can_renew else unsigned(href),
    )
    # An item that was saved keeps its assets without signatures: then the first link is asked for.
    link = Link.of(href) if is_signed(href) or not can_renew else None
    return Recipe(ref, renewer if can_renew else None, properties, link, instead=instead)


def _image_of(item: Any, *, other_than: str) -> str:
    """Return the key of the asset that holds the pixels; "" if it is the one at hand, or there is none."""
    from iceye_geo.stac.assets import choose_asset

    for family in ("GRD", "QLK", "CSI", "VID", "SLC"):
        with contextlib.suppress(AssetNotFoundError):
            key, asset = choose_asset(item, product=family)
            if "tif" in str(asset.get("type", "image/tiff")) and not key.endswith("-png"):
                return "" if key == other_than else key
    return ""


def _is_url(text: str) -> bool:
    return urlsplit(text).scheme in ("http", "https")
