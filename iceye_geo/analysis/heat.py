"""How often each place was seen, in pieces that end where the footprints end: for pictures and maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from iceye_geo.analysis.cover import looks_at
from iceye_geo.analysis.frames import FRAME, TIME, image_ids, named
from iceye_geo.analysis.places import WGS84, equal_area, split

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from iceye_geo.analysis.cover import Coverage

# A lone footprint is cut into at least so many pieces before those that say the same are put together again.
_LEAST = 36
_SAME = ["island", "looks", "first", "last", "longest_wait_days"]


def heat(found: Coverage, *, pieces: int = 2500) -> gpd.GeoDataFrame:
    """Cut what was seen into pieces of equal looks; see ``Coverage.heat``."""
    import geopandas as gpd

    system = equal_area(found.area)
    flat = shapely.make_valid(system.project(found.area))
    shapes = shapely.make_valid(system.project(found.frames.geometry.to_numpy()))
    seen = shapely.intersection(shapes, flat)
    cut, island = _cut(shapely.union_all(seen) if len(seen) else shapely.Polygon(), pieces)
    images = image_ids(found.frames[FRAME], found.frames["id"]).to_numpy()
    table = looks_at(shapely.point_on_surface(cut), seen, found.frames[TIME], images)
    table = gpd.GeoDataFrame(table.assign(island=island), geometry=cut)
    # The inner point of a sliver may lie on an edge, where nothing is counted.
    alike = table[table["looks"] > 0].dissolve(_SAME, dropna=False, as_index=False)
    whole = split(system.back(alike.geometry.to_numpy()))
    return named(gpd.GeoDataFrame(alike[_SAME[1:]], geometry=whole, crs=WGS84), found.attribution)


def _cut(union: BaseGeometry, pieces: int) -> tuple[Any, Any]:
    """Cut each connected part along a square grid of its own; returns the pieces and the number of their part."""
    islands = [part for part in shapely.get_parts(union) if part.area > 0]
    total = sum(part.area for part in islands)
    cut = [_squares(part, max(_LEAST, pieces * part.area / total)) for part in islands]
    owner = np.repeat(np.arange(len(cut)), [len(squares) for squares in cut])
    return np.concatenate([np.empty(0, dtype=object), *cut]), owner


def _squares(part: BaseGeometry, count: float) -> Any:
    """Cut a polygon along a grid into about so many pieces, which fill it."""
    side = float(np.sqrt(part.area / count))
    west, south, east, north = part.bounds
    # Neighbours share their corners to the last bit, so that they can be put together again.
    x = west + side * np.arange(int((east - west) / side) + 2)
    y = south + side * np.arange(int((north - south) / side) + 2)
    (left, low), (right, high) = np.meshgrid(x[:-1], y[:-1]), np.meshgrid(x[1:], y[1:])
    squares = shapely.box(left.ravel(), low.ravel(), right.ravel(), high.ravel())
    shapely.prepare(part)
    inside = shapely.intersection(squares[shapely.intersects(part, squares)], part)
    return inside[shapely.area(inside) > 0]
