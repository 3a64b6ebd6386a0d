"""How often each place was seen, in pieces that end where the footprints end: for pictures and maps.

Pieces are cut in longitude and latitude, in which footprints have straight edges and maps are drawn. Nothing is
measured here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from iceye_geo.analysis.cover import looks_at
from iceye_geo.analysis.frames import FRAME, TIME, image_ids, named
from iceye_geo.analysis.places import WGS84

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from iceye_geo.analysis.cover import Coverage

# A lone footprint is cut into at least so many pieces before those that say the same are put together again.
_LEAST = 36
# Nearer to a pole pieces are as wide as here, in degrees.
_HIGHEST_DEG = 80.0
_SAME = ["island", "looks", "first", "last", "longest_wait_days"]


def heat(found: Coverage, *, pieces: int = 2500) -> gpd.GeoDataFrame:
    """Cut what was seen into pieces of equal looks; see ``Coverage.heat``."""
    import geopandas as gpd

    seen = shapely.intersection(shapely.make_valid(found.frames.geometry.to_numpy()), found.area)
    cut, island = _cut(shapely.union_all(seen) if len(seen) else shapely.Polygon(), pieces)
    images = image_ids(found.frames[FRAME], found.frames["id"]).to_numpy()
    table = looks_at(shapely.point_on_surface(cut), seen, found.frames[TIME], images)
    table = gpd.GeoDataFrame(table.assign(island=island), geometry=cut, crs=WGS84)
    # The inner point of a sliver may lie on an edge, where nothing is counted.
    alike = table[table["looks"] > 0].dissolve(_SAME, dropna=False, as_index=False)
    return named(alike[[*_SAME[1:], "geometry"]], found.attribution)


def _cut(union: BaseGeometry, pieces: int) -> tuple[Any, Any]:
    """Cut each connected part along a grid of its own; returns the pieces and the number of their part."""
    islands = [part for part in shapely.get_parts(union) if part.area > 0]
    sizes = np.array([_size(part) for part in islands])
    counts = np.maximum(_LEAST, pieces * sizes / max(float(sizes.sum()), 1e-12))
    cut = [_rectangles(part, count) for part, count in zip(islands, counts, strict=True)]
    owner = np.repeat(np.arange(len(cut)), [len(rectangles) for rectangles in cut])
    return np.concatenate([np.empty(0, dtype=object), *cut]), owner


def _narrow(part: BaseGeometry) -> float:
    """How long a degree of longitude is there, compared with one of latitude."""
    return float(np.cos(np.radians(min(abs(part.centroid.y), _HIGHEST_DEG))))


def _size(part: BaseGeometry) -> float:
    """Weigh a part against others, as it looks on the ground."""
    return part.area * _narrow(part)


def _rectangles(part: BaseGeometry, count: float) -> Any:
    """Cut a polygon along a grid into about so many pieces, which fill it."""
    side = float(np.sqrt(_size(part) / count))
    west, south, east, north = part.bounds
    wide = side / _narrow(part)
    # Neighbours share their corners to the last bit, so that they can be put together again.
    x = west + wide * np.arange(int((east - west) / wide) + 2)
    y = south + side * np.arange(int((north - south) / side) + 2)
    (left, low), (right, high) = np.meshgrid(x[:-1], y[:-1]), np.meshgrid(x[1:], y[1:])
    rectangles = shapely.box(left.ravel(), low.ravel(), right.ravel(), high.ravel())
    shapely.prepare(part)
    inside = shapely.intersection(rectangles[shapely.intersects(part, rectangles)], part)
    return inside[shapely.area(inside) > 0]
