"""The instant picture of a preview: an Item's thumbnail, fetched in one request, its link renewed if it has expired."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iceye_geo.errors import IceyeGeoError, LinkExpiredError

# A thumbnail has a few hundred pixels; what is larger is something else.
_MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture.

    Attributes:
        image: its file.
        shape: rows and columns.
    """

    image: bytes
    shape: tuple[int, int]


def thumbnail(source: Any, *, client: Any) -> Thumbnail | None:
    """Fetch the thumbnail of an Item; None if it has none, or cannot be had: it is an ornament, the look follows."""
    if client is None or not (hasattr(source, "assets") or isinstance(source, Mapping)):
        return None
    from iceye_geo.stac.assets import assets_of

    for key, asset in assets_of(source).items():
        if "thumbnail" in asset.get("roles", ()) and str(asset.get("type", "")).startswith("image/"):
            try:
                return _measured(_fetch(source, key, str(asset["href"]), client))
            except (IceyeGeoError, OSError):
                return None
    return None


def _fetch(source: Any, key: str, href: str, client: Any) -> bytes:
    try:
        content: bytes = client.session.fetch(href, max_bytes=_MAX_BYTES)
    except LinkExpiredError:
        content = client.session.fetch(_fresh(source, key, client), max_bytes=_MAX_BYTES)
    return content


def _fresh(source: Any, key: str, client: Any) -> str:
    from iceye_geo.cog import AssetRef
    from iceye_geo.cog.links import ClientResolver

    origin = getattr(source, "source", None)
    if origin is None:
        raise LinkExpiredError("The thumbnail's link has expired.")
    return ClientResolver(client).resolve(AssetRef(str(source.id), key, origin)).url


def _measured(content: bytes) -> Thumbnail:
    from PIL import Image

    with Image.open(io.BytesIO(content)) as opened:
        return Thumbnail(content, (opened.height, opened.width))
