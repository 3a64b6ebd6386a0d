"""``coverage``: how much of an area was seen, how often, and where and when it was not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from iceye_geo.analysis.frames import (
    FRAME,
    TIME,
    attribution_of,
    check,
    gather,
    image_ids,
    named,
    one_row_per_frame,
)
from iceye_geo.analysis.places import WGS84, Projection, equal_area, read_area, split
from iceye_geo.errors import InvalidInputError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from matplotlib.axes import Axes

_DAY_S = 86_400.0
# Shares are right to about this much.
_EXACT = 1e-6


@dataclass(frozen=True, slots=True)
class Coverage:
    """How an area was covered.

    Attributes:
        area: the area of interest, longitude and latitude, split at the antimeridian.
        area_m2: its size, square metres, equal-area.
        covered_m2: what at least one frame saw of it, square metres; exact, not counted on the grid.
        looks_m2: what each image saw of it, added up, square metres; exact too.
        uncovered: what none saw; an empty geometry if all was seen.
        frames: the frames that touch the area, one row each, oldest first.
        grid: GeoDataFrame of equal-area cells: ``geometry``, ``looks`` (images that saw the cell's
            centre), ``first``, ``last`` (UTC), ``longest_wait_days`` (between two looks, NaN below two), and
            ``attribution`` where somebody must be named.
        waits_days: days between consecutive images over any part of the area, in order.
    """

    area: BaseGeometry
    area_m2: float
    covered_m2: float
    looks_m2: float
    uncovered: BaseGeometry
    frames: gpd.GeoDataFrame = field(repr=False)
    grid: gpd.GeoDataFrame = field(repr=False)
    waits_days: pd.Series = field(repr=False)

    @property
    def fraction(self) -> float:
        """Share of the area that was seen, 0 to 1."""
        return self.covered_m2 / self.area_m2

    @property
    def longest_wait_days(self) -> float:
        """Longest time without a look at any part of the area, days; NaN with fewer than two images."""
        return float(self.waits_days.max()) if len(self.waits_days) else float("nan")

    @property
    def mean_looks(self) -> float:
        """How often a place in the area was seen, on average."""
        return self.looks_m2 / self.area_m2

    @property
    def attribution(self) -> str:
        """Who must be named wherever this is shown, or ""; open data ask for it."""
        return attribution_of(self.frames)

    def heat(self, *, pieces: int = 2500) -> gpd.GeoDataFrame:
        """Return the part that was seen, cut along its exact outline into pieces of equal looks, for maps.

        Args:
            pieces: about how finely places of different looks are told apart; one footprint stays one piece.

        Returns:
            ``geometry``, ``looks``, ``first``, ``last``, ``longest_wait_days`` as in ``grid``.
        """
        from iceye_geo.analysis.heat import heat

        return heat(self, pieces=pieces)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the area, how often each place was seen, and the gaps. See ``plot_coverage``."""
        from iceye_geo.analysis.plots import plot_coverage

        return plot_coverage(self, ax=ax)

    def __str__(self) -> str:
        return f"{self.share_words()} of {self.area_m2 / 1e6:,.0f} km² covered by {self.how_often()}"

    def share_words(self) -> str:
        """Say the covered share in words that never call something nothing, nor a part the whole."""
        if 0 < self.fraction < 0.0005:
            return "<0.1%"
        return ">99.9%" if 0.9995 < self.fraction < 1 - _EXACT else f"{self.fraction:.1%}"

    def how_often(self) -> str:
        """Say in words how many frames there are, how many looks on average, and the longest wait."""
        looks, wait = self.mean_looks, self.longest_wait_days
        mean = f"{looks:.1f}" if looks >= 1 or not looks else f"{looks:.2g}"
        tail = "" if np.isnan(wait) else f", longest wait {wait:.1f} days"
        return f"{len(self.frames)} frames, {mean} looks on average{tail}"

    def _repr_html_(self) -> str:
        return f"<p><b>Coverage</b>: {self}</p>"


def coverage(gdf: Any, aoi: Any, *, cells: int = 2500) -> Coverage:
    """Say how much of an area was seen, how often, and where and when it was not.

    Products of one frame count once, and so does the overlap of frames cut from one image.

    Args:
        gdf: the table of a search, or a dask-geopandas frame of an archive.
        aoi: (west, south, east, north), GeoJSON, shapely, a GeoDataFrame; may cross the antimeridian.
        cells: about how many equal-area cells the counting grid has; the covered share does not depend on it.

    Raises:
        InvalidInputError: the area cannot be read, or a column is missing.

    Example:
        >>> import geopandas as gpd, pandas as pd, shapely
        >>> days = pd.to_datetime(["2026-01-01", "2026-01-04"], utc=True)
        >>> gdf = gpd.GeoDataFrame({"id": ["a", "b"], "iceye:frame_id": ["1_1", "2_1"], "acquired": days},
        ...     geometry=[shapely.box(0, 0, 1, 1), shapely.box(0, 0, 0.5, 1)], crs=4326)
        >>> found = coverage(gdf, (0, 0, 2, 1))
        >>> round(found.fraction, 3), found.longest_wait_days
        (0.5, 3.0)
    """
    check(gdf, "id", FRAME, TIME)
    if cells < 1:
        raise InvalidInputError("cells", "must be at least 1")
    area = shapely.force_2d(read_area(aoi))  # a copy: another thread may ask about the caller's
    shapely.prepare(area)
    frames = _touching(gdf, area)
    system = equal_area(area)
    flat = shapely.make_valid(system.project(area))
    seen = shapely.intersection(shapely.make_valid(system.project(frames.geometry.to_numpy())), flat)
    union = shapely.union_all(seen) if len(seen) else shapely.Polygon()
    images = image_ids(frames[FRAME], frames["id"]).to_numpy()
    grid = _grid(flat, system, seen, frames[TIME], images, cells)
    return Coverage(
        area=area,
        area_m2=float(flat.area),
        covered_m2=float(shapely.area(union)),
        looks_m2=_looks_m2(seen, images),
        uncovered=_without(area, frames.geometry.to_numpy()),
        frames=frames,
        grid=named(grid, attribution_of(frames)),
        waits_days=_waits(frames[TIME], images),
    )


def _touching(gdf: Any, area: BaseGeometry) -> gpd.GeoDataFrame:
    def reduce(part: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Keep the rows of one part that touch the area."""
        return part[shapely.intersects(area, part.geometry.to_numpy())]

    frames = one_row_per_frame(gather(gdf, reduce))
    return frames.sort_values(TIME, kind="stable").reset_index(drop=True)


def _looks_m2(seen: Any, images: Any) -> float:
    """Add up what each image saw; frames cut from one image overlap, and that counts once."""
    import pandas as pd

    cut = pd.Series(images).duplicated(keep=False).to_numpy(dtype=bool)
    shared = (shapely.union_all(part) for _, part in pd.Series(seen[cut]).groupby(images[cut]))
    return float(shapely.area(seen[~cut]).sum() + sum(shape.area for shape in shared))


def _without(area: BaseGeometry, footprints: Any) -> BaseGeometry:
    """Take footprints from an area; edges are straight in longitude and latitude, so nothing need be projected."""
    left = shapely.difference(area, shapely.union_all(shapely.make_valid(footprints)))
    parts = [part for part in shapely.get_parts(left) if shapely.get_dimensions(part) == 2]
    return shapely.union_all(parts) if parts else shapely.Polygon()


def _waits(times: pd.Series, images: Any) -> pd.Series:
    """Days between the images, each taken at the time of its first frame."""
    firsts = times.groupby(images).min().dropna().sort_values()
    waits: pd.Series = (firsts.diff().dropna().dt.total_seconds() / _DAY_S).reset_index(drop=True)
    return waits.rename("waits_days")


def _grid(
    flat: BaseGeometry, system: Projection, seen: Any, times: pd.Series, images: Any, cells: int
) -> gpd.GeoDataFrame:
    """Count looks at the centres of square cells in the projection."""
    import geopandas as gpd

    boxes, centres = _cells(flat, cells)
    table = looks_at(centres, seen, times, images)
    return gpd.GeoDataFrame(table, geometry=split(system.back(boxes)), crs=WGS84)


def looks_at(centres: Any, seen: Any, times: pd.Series, images: Any) -> pd.DataFrame:
    """Count the images that saw each of some points.

    Args:
        centres: array of points, metres in a projection.
        seen: what each frame saw, in the same projection.
        times: of the frames.
        images: the image that each frame was cut from.
    """
    import pandas as pd

    moments = times.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    frame, cell = shapely.STRtree(centres).query(seen, predicate="intersects")
    looks = pd.DataFrame({"cell": cell, "image": images[frame], "time": moments[frame]})
    looks = looks.sort_values(["cell", "time"]).drop_duplicates(["cell", "image"])
    looks["wait"] = looks.groupby("cell")["time"].diff().dt.total_seconds() / _DAY_S
    grouped = looks.groupby("cell")
    table = pd.DataFrame(
        {
            "looks": grouped.size(),
            "first": grouped["time"].min(),
            "last": grouped["time"].max(),
            "longest_wait_days": grouped["wait"].max(),
        }
    ).reindex(np.arange(len(centres)))
    table["looks"] = table["looks"].fillna(0).astype("int64")
    for name in ("first", "last"):
        table[name] = pd.to_datetime(table[name], utc=True).astype("datetime64[us, UTC]")
    table["longest_wait_days"] = table["longest_wait_days"].astype("float64")
    return table


def _cells(flat: BaseGeometry, cells: int) -> tuple[Any, Any]:
    """Cut an area into about ``cells`` squares whose centres lie in it; at least one."""
    side = float(np.sqrt(flat.area / cells))
    west, south, east, north = flat.bounds
    x, y = np.meshgrid(np.arange(west + side / 2, east, side), np.arange(south + side / 2, north, side))
    shapely.prepare(flat)
    inside = shapely.contains_xy(flat, x.ravel(), y.ravel())
    x, y = x.ravel()[inside], y.ravel()[inside]
    if not len(x):
        point = flat.representative_point()
        x, y = np.array([point.x]), np.array([point.y])
    half = side / 2
    return shapely.box(x - half, y - half, x + half, y + half), shapely.points(x, y)
