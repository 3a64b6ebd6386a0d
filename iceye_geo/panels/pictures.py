"""Thumbnails of items as bytes: fetched here, so that no link travels to the browser. No widgets here."""

from __future__ import annotations

import base64
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iceye_geo.errors import LinkExpiredError, UnexpectedAnswerError
from iceye_geo.stac.names import THUMBNAIL_KEYS

if TYPE_CHECKING:
    from iceye_geo.client import Client
    from iceye_geo.panels.mapview import Bounds
    from iceye_geo.stac.items import IceyeItem

#: A thumbnail is some ten kilobytes; a picture larger than this would make the page heavy.
MAX_BYTES = 3_000_000
_KEEP = 64
#: What a picture's first bytes say of it.
_KINDS = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp"}


def media_type_of(content: bytes) -> str | None:
    """Return what kind of picture it is; None if it is none that browsers show.

    Example:
        >>> media_type_of(b"GIF89a ...")
        'image/gif'
    """
    return next((kind for start, kind in _KINDS.items() if content.startswith(start)), None)


def data_url(content: bytes) -> str:
    """Return a picture as a data URL, since no link may travel to the browser."""
    return f"data:{media_type_of(content) or 'image/png'};base64,{base64.b64encode(content).decode()}"


@dataclass(frozen=True)
class Picture:
    """A thumbnail.

    Attributes:
        content: the file's bytes, in radar geometry.
        media_type: such as "image/png".
        placed: the same picture north-up as a PNG, None where its corners are not known.
        bounds: where that lies, (west, south, east, north) in degrees.
    """

    content: bytes
    media_type: str
    placed: bytes | None = None
    bounds: Bounds | None = None

    @property
    def data_url(self) -> str:
        """The picture as a data URL."""
        return data_url(self.content)


class Pictures:
    """Fetches thumbnails and keeps the last few.

    Args:
        client: whose session fetches, and who is asked for a fresh link.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._kept: OrderedDict[str, Picture] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, item: IceyeItem) -> Picture | None:
        """Return an item's thumbnail; None where it has none.

        Raises:
            LinkExpiredError: the link has expired, and so has the fresh one.
            UnexpectedAnswerError: what came is no picture, or far too large.
            ApiError: it cannot be fetched.
        """
        with self._lock:
            if item.id in self._kept:
                self._kept.move_to_end(item.id)
                return self._kept[item.id]
        found = self._fetch(item)
        if found is not None:
            with self._lock:
                self._kept[item.id] = found
                while len(self._kept) > _KEEP:
                    self._kept.popitem(last=False)
        return found

    def _fetch(self, item: IceyeItem) -> Picture | None:
        href = _href(item)
        if href is None:
            return None
        try:
            content = self._client.session.fetch(href, max_bytes=MAX_BYTES)
        except LinkExpiredError:
            fresh = self._fresh(item)
            href = _href(fresh) if fresh is not None else None
            if href is None:
                raise
            content = self._client.session.fetch(href, max_bytes=MAX_BYTES)
        return _picture(item, content)

    def _fresh(self, item: IceyeItem) -> IceyeItem | None:
        source = item.source
        search = self._client.catalog.search(
            ids=item.id,
            collections=source.collection if source else None,
            contract_id=source.contract_id if source else None,
            max_items=1,
        )
        return next(search.items(), None)


def _href(item: IceyeItem) -> str | None:
    held = next((item.assets[key] for key in THUMBNAIL_KEYS if key in item.assets), None)
    return held.href if held is not None else None


def _picture(item: IceyeItem, content: bytes) -> Picture:
    from iceye_geo.maps.thumbnails import place, thumbnail_of

    kind = media_type_of(content)
    if kind is None:
        raise UnexpectedAnswerError(f"the thumbnail of {item.id} is no picture")
    asset = thumbnail_of(item)
    if asset is None or kind != "image/png":
        return Picture(content, kind)
    overlay = place(content, asset.extra_fields["coordinates"])
    return Picture(content, kind, base64.b64decode(overlay.url.partition(",")[2]), overlay.bounds)
