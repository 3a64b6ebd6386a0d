"""Thumbnails as map overlays: fetched as bytes, checked, turned north-up, written into the page as data."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pystac
from numpy.typing import NDArray

from iceye_geo.errors import IceyeGeoError
from iceye_geo.maps.page import Bounds

Fetch = Callable[[str], bytes]

# A thumbnail on a page is a hint of a picture; more pixels only make the page heavy.
MAX_PIXELS = 192
# Corners may stand a little outside the box, which is drawn round the footprint and not round the picture.
SLACK = 0.25
FETCHERS = 6
_CORNERS = ("top_left", "top_right", "bottom_left", "bottom_right")


@dataclass(frozen=True)
class Overlay:
    """A north-up picture for a map.

    Attributes:
        url: data URL of a PNG with transparency.
        bounds: (west, south, east, north) in degrees; east may exceed 180.
    """

    url: str
    bounds: Bounds


def overlays(items: Iterable[pystac.Item], fetch: Fetch, *, most: int) -> dict[str, Overlay]:
    """Fetch and place the thumbnails of the first ``most`` items that can be placed.

    A thumbnail that cannot be fetched or has no sane corners is left out: it is an ornament.

    Returns:
        Item id -> overlay.
    """
    placeable = [(item, asset) for item in items if (asset := thumbnail_of(item)) is not None][:most]
    with ThreadPoolExecutor(FETCHERS) as pool:
        made = pool.map(lambda pair: _overlay(pair[1], fetch), placeable)
        return {item.id: overlay for (item, _), overlay in zip(placeable, made, strict=True) if overlay}


def thumbnail_of(item: pystac.Item) -> pystac.Asset | None:
    """Return the item's thumbnail if its corners say where it lies, and they fit the item's box."""
    for asset in item.assets.values():
        corners = asset.extra_fields.get("coordinates")
        if (
            "thumbnail" in (asset.roles or [])
            and asset.media_type == "image/png"
            and _sane(corners, item.bbox)
        ):
            return asset
    return None


def _sane(corners: Any, bbox: list[float] | None) -> bool:
    """Whether all four corners are there and lie in the box; ICEYE's own example has them on another continent."""
    if not bbox or not isinstance(corners, Mapping) or not all(_is_point(corners.get(c)) for c in _CORNERS):
        return False
    west, south, east, north = bbox
    width, height = (east - west) % 360, north - south
    return all(
        -SLACK * width <= (corners[c][0] - west + 180 * SLACK) % 360 - 180 * SLACK <= width * (1 + SLACK)
        and south - SLACK * height <= corners[c][1] <= north + SLACK * height
        for c in _CORNERS
    )


def _is_point(value: Any) -> bool:
    return (
        isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(v, int | float) for v in value)
    )


def _overlay(asset: pystac.Asset, fetch: Fetch) -> Overlay | None:
    try:
        png = fetch(asset.href)
    except (IceyeGeoError, OSError):
        return None
    return place(png, asset.extra_fields["coordinates"])


def place(png: bytes, corners: Mapping[str, tuple[float, float]], *, max_pixels: int = MAX_PIXELS) -> Overlay:
    """Turn a picture in radar geometry north-up, by its four corners.

    Args:
        png: the picture.
        corners: (lon, lat) of top_left, top_right, bottom_left, bottom_right, in degrees.
        max_pixels: longer side of the result.
    """
    from PIL import Image

    with Image.open(io.BytesIO(png)) as opened:
        grey = np.asarray(opened.convert("L"))
    turned, bounds = _north_up(grey, corners, max_pixels)
    buffer = io.BytesIO()
    Image.fromarray(turned, mode="LA").save(buffer, format="PNG", optimize=True)
    return Overlay("data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode(), bounds)


def _north_up(
    grey: NDArray[np.uint8], corners: Mapping[str, tuple[float, float]], max_pixels: int
) -> tuple[NDArray[np.uint8], Bounds]:
    lons = [_near(corners[c][0], corners["top_left"][0]) for c in _CORNERS]
    lats = [corners[c][1] for c in _CORNERS]
    bounds = (min(lons), min(lats), max(lons), max(lats))
    # Leaflet stretches a picture evenly in Web Mercator, so that is where it has to lie straight.
    x, y = np.radians(lons), _mercator(np.array(lats))
    height, width = grey.shape
    placed = np.array([(0, 0), (width, 0), (0, height), (width, height)], float)
    to_pixel, *_ = np.linalg.lstsq(np.column_stack([x, y, np.ones(4)]), placed, rcond=None)
    scale = max_pixels / max(np.ptp(x), np.ptp(y))
    rows, columns = max(1, round(np.ptp(y) * scale)), max(1, round(np.ptp(x) * scale))
    grid_x = x.min() + (np.arange(columns) + 0.5) / columns * np.ptp(x)
    grid_y = y.max() - (np.arange(rows) + 0.5) / rows * np.ptp(y)
    where = np.stack([*np.meshgrid(grid_x, grid_y), np.ones((rows, columns))], axis=-1) @ to_pixel
    column, row = np.floor(where).astype(int)[..., 0], np.floor(where).astype(int)[..., 1]
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    out = np.zeros((rows, columns, 2), np.uint8)
    out[inside] = np.column_stack([grey[row[inside], column[inside]], np.full(inside.sum(), 255, np.uint8)])
    return out, bounds


def _mercator(lat: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.arcsinh(np.tan(np.radians(lat)))


def _near(lon: float, reference: float) -> float:
    """Return the wrap of a longitude that is nearest to the reference."""
    return reference + (lon - reference + 180) % 360 - 180
