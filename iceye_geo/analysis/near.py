"""``next_to``: the frames at or nearest to a point, by geodesic distance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from iceye_geo.analysis.frames import TIME, check, gather
from iceye_geo.analysis.places import Projection, distances_from, read_point
from iceye_geo.errors import InvalidInputError

if TYPE_CHECKING:
    import geopandas as gpd

# Near the antipode the projection turns inside out: a footprint with a corner beyond this may seem to hold the
# point. Its nearest corner is told instead, right to the length of its sides.
_INSIDE_OUT_M = 18_000_000.0


def next_to(
    gdf: Any, point: Any, *, count: int | None = 10, max_distance_m: float | None = None
) -> gpd.GeoDataFrame:
    """Return the frames at or nearest to a point, nearest first, newest first among equals.

    Args:
        gdf: the table of a search, or a dask-geopandas frame of an archive.
        point: (lon, lat) in degrees, a GeoJSON point or shapely's.
        count: at most so many rows; None for all.
        max_distance_m: leave out what lies farther away, metres.

    Returns:
        The rows with two more columns: ``distance_m``, geodesic metres from the point to the footprint, 0 within it;
        ``bearing_deg``, the way to the footprint's middle, degrees clockwise from north.

    Raises:
        InvalidInputError: the point cannot be read, or ``count`` or ``max_distance_m`` is out of range.

    Example:
        >>> import geopandas as gpd, pandas as pd, shapely
        >>> days = pd.to_datetime(["2026-01-01", "2026-01-04"], utc=True)
        >>> gdf = gpd.GeoDataFrame({"id": ["here", "east"], "acquired": days},
        ...     geometry=[shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)], crs=4326)
        >>> found = next_to(gdf, (0.5, 0.5))
        >>> found["id"].tolist(), (found["distance_m"] / 1000).round().tolist()
        (['here', 'east'], [0.0, 167.0])
    """
    check(gdf, "id", TIME)
    lon, lat = read_point(point)
    if count is not None and count < 1:
        raise InvalidInputError("count", "must be at least 1, or None for all")
    if max_distance_m is not None and not max_distance_m >= 0:
        raise InvalidInputError("max_distance_m", "must not be negative")
    system = distances_from(lon, lat)

    def reduce(part: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Measure the rows of one partition, and keep those that can be among the answers."""
        return _nearest(part, system, count, max_distance_m)

    return _nearest(gather(gdf, reduce), system, count, max_distance_m).reset_index(drop=True)


def _nearest(
    gdf: gpd.GeoDataFrame, system: Projection, count: int | None, max_distance_m: float | None
) -> gpd.GeoDataFrame:
    """Measure and keep the nearest; a second pass over kept rows changes nothing."""
    shapes = gdf.geometry.to_numpy()
    flat = system.project(shapes) if len(shapes) else shapes
    distance = _distances(flat)
    middle = shapely.centroid(flat)
    bearing = np.degrees(np.arctan2(shapely.get_x(middle), shapely.get_y(middle))) % 360
    found = gdf.assign(distance_m=distance, bearing_deg=bearing.astype("float64"))
    keep = ~(gdf.geometry.is_empty | gdf.geometry.isna()).to_numpy()
    if max_distance_m is not None:
        keep &= found["distance_m"].to_numpy() <= max_distance_m
    ordered = (
        found[keep].sort_values(TIME, ascending=False, kind="stable").sort_values("distance_m", kind="stable")
    )
    return ordered if count is None else ordered.head(count)


def _distances(flat: Any) -> NDArray[np.float64]:
    distance = np.nan_to_num(shapely.distance(flat, shapely.Point(0, 0)), nan=np.inf).astype("float64")
    points, owner = shapely.get_coordinates(flat, return_index=True)
    radius = np.hypot(points[:, 0], points[:, 1])
    farthest, nearest = np.zeros(len(distance)), np.full(len(distance), np.inf)
    np.maximum.at(farthest, owner, radius)
    np.minimum.at(nearest, owner, radius)
    chosen: NDArray[np.float64] = np.where(farthest > _INSIDE_OUT_M, nearest, distance)
    return chosen
