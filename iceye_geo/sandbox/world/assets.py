"""The assets of raw items: which keys a product has, which file is behind each, and its signed link."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iceye_geo.sandbox.world.frames import Frame
from iceye_geo.sandbox.world.items import corner_coordinates

if TYPE_CHECKING:
    from iceye_geo.sandbox.imagery import Imagery
    from iceye_geo.sandbox.platform import Platform

_TIFF = "image/tiff; application=geotiff"


@dataclass(frozen=True, slots=True)
class AssetKind:
    """One kind of asset.

    Attributes:
        key: name in ``assets``.
        title: what a person reads.
        media_type: of the file.
        roles: STAC roles; empty where ICEYE's examples have none.
        draw: returns the file, drawing it first if need be.
        placed: whether the asset carries the positions of its corners.
    """

    key: str
    title: str
    media_type: str
    roles: tuple[str, ...]
    draw: Callable[[Imagery, Frame], Path]
    placed: bool = False


THUMBNAIL = AssetKind(
    "thumbnail-png", "Thumbnail png file", "image/png", ("thumbnail",),
    lambda imagery, frame: imagery.thumbnail(frame.spec()), placed=True,
)  # fmt: skip
QUICKLOOK = AssetKind(
    "quicklook-png", "Quicklook png file", "image/png", ("overview",),
    lambda imagery, frame: imagery.quicklook(frame.spec()),
)  # fmt: skip


def _cog(key: str, title: str, product: str, *roles: str) -> AssetKind:
    return AssetKind(key, title, _TIFF, roles, lambda imagery, frame: imagery.cog(frame.spec(product)))


#: Data assets by product type. The sandbox draws no SLC, CSI or VID in their legacy formats.
_DATA: dict[str, tuple[AssetKind, ...]] = {
    "GRD-COG": (_cog("grd-cog", "GRD COG data file", "GRD-COG", "data"), QUICKLOOK),
    # Without a role, as in ICEYE's task products example.
    "GRD": (_cog("grd-tif", "GRD data file", "GRD-COG"), QUICKLOOK),
    "SLC-COG": (_cog("slc-cog", "SLC COG data file", "SLC-COG", "data"), QUICKLOOK),
    "CSI-COG": (_cog("csi-cog", "CSI COG data file", "CSI-COG", "data"), QUICKLOOK),
    "VID-COG": (_cog("vid-cog", "VID COG data file", "VID-COG", "data"), QUICKLOOK),
    "QLK": (_cog("qlk-cog", "Quicklook COG file", "QLK", "overview"), QUICKLOOK),
}
#: Product types the sandbox can deliver.
DELIVERABLE = tuple(_DATA)


def kinds_of(product: str, *, full: bool) -> tuple[AssetKind, ...]:
    """Return the asset kinds of a product type: all of them, or the thumbnail alone."""
    return (*_DATA.get(product, ()), THUMBNAIL) if full else (THUMBNAIL,)


def content_id(platform: Platform, frame: Frame, kind: AssetKind) -> str:
    """Make one file of a frame known to the content host and return its opaque id."""
    name = f"{platform.options.seed}/{platform.options.scene_size}/{frame.frame_id}/{frame.seed}/{kind.key}"
    return platform.content.register(name, lambda: kind.draw(platform.imagery, frame), kind.media_type)


def signed_assets(
    platform: Platform, frame: Frame, product: str, *, full: bool, base_url: str
) -> dict[str, dict[str, Any]]:
    """Return ``assets`` with links that are signed now.

    Args:
        platform: the sandbox.
        frame: the frame.
        product: product type of the item.
        full: data assets too; otherwise the thumbnail alone, as on public items.
        base_url: scheme, host and port under which the client sees the sandbox.
    """
    return dict(_entries(platform, frame, kinds_of(product, full=full), base_url))


def _entries(
    platform: Platform, frame: Frame, kinds: tuple[AssetKind, ...], base_url: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in kinds:
        href = platform.content.link(content_id(platform, frame, kind), base_url=base_url)
        entry: dict[str, Any] = {"href": href, "title": kind.title, "type": kind.media_type}
        if kind.roles:
            entry["roles"] = list(kind.roles)
        if kind.placed:
            entry["coordinates"] = corner_coordinates(frame)
        yield kind.key, entry
