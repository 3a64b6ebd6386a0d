"""``repeats``: acquisitions of one place in one geometry, fit to be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from iceye_geo.analysis.frames import (
    ATTRIBUTION,
    FRAME,
    TIME,
    attribution_of,
    check,
    gather,
    image_ids,
    named,
    one_row_per_frame,
)
from iceye_geo.analysis.places import WGS84, projection
from iceye_geo.errors import InvalidInputError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

_INCIDENCE = "view:incidence_angle"
_MODE, _LOOK, _PASS = "sar:instrument_mode", "sar:observation_direction", "sat:orbit_state"
_COLUMNS = ("id", FRAME, TIME, _INCIDENCE, _MODE, _LOOK, _PASS)
# At 560 km a tenth of a degree of incidence is about a kilometre across the track: the most that leaves an
# interferogram a chance. The metadata can rule a pair out; only the orbits in the SLC's file can prove it.
COHERENT_DEG = 0.1
# Beyond a few degrees, shadow and layover move more than what changed on the ground.
AMPLITUDE_DEG = 3.0
_WORLD = projection("EPSG:6933")


def repeats(
    gdf: Any,
    *,
    min_overlap: float = 0.7,
    max_incidence_difference_deg: float = AMPLITUDE_DEG,
    max_days: float | None = None,
) -> gpd.GeoDataFrame:
    """Find pairs of acquisitions of one place in one geometry: same mode, look side and pass.

    Args:
        gdf: the table of a search, or a dask-geopandas frame of an archive; narrow a large one down first,
            since seven columns of every row are gathered.
        min_overlap: share of the smaller footprint that both saw, 0 to 1.
        max_incidence_difference_deg: leave out pairs that differ more, degrees.
        max_days: leave out pairs farther apart in time; None for any.

    Returns:
        One row per pair, oldest reference first: ``group`` (number of the set of linked acquisitions),
        ``reference``, ``secondary`` (item ids, older first), ``reference_frame``, ``secondary_frame``,
        ``reference_acquired``, ``days`` between them, ``incidence_difference_deg``, ``overlap``, ``fit``,
        ``geometry`` (the common part), and ``attribution`` where somebody must be named. ``fit`` is "coherent" up
        to 0.1 degrees, else "amplitude". Coherent pairs need SLC products and orbits that agree, which only the
        files can show.

    Raises:
        InvalidInputError: a column is missing or a limit is out of range.

    Example:
        >>> import geopandas as gpd, pandas as pd, shapely
        >>> gdf = gpd.GeoDataFrame({"id": ["a", "b"], "iceye:frame_id": ["1_1", "2_1"],
        ...     "acquired": pd.to_datetime(["2026-01-01", "2026-01-04"], utc=True),
        ...     "view:incidence_angle": [30.0, 30.05], "sar:instrument_mode": "spotlight",
        ...     "sar:observation_direction": "left", "sat:orbit_state": "ascending"},
        ...     geometry=[shapely.box(0, 0, 1, 1)] * 2, crs=4326)
        >>> repeats(gdf)[["reference", "secondary", "days", "fit"]].values.tolist()
        [['a', 'b', 3.0, 'coherent']]
    """
    check(gdf, *_COLUMNS)
    if not 0 < min_overlap <= 1:
        raise InvalidInputError("min_overlap", "must be above 0 and at most 1")
    if not max_incidence_difference_deg >= 0:
        raise InvalidInputError("max_incidence_difference_deg", "must not be negative")
    frames = one_row_per_frame(gather(gdf, _cut_down))
    sound = (
        frames.geometry.notna()
        & ~frames.geometry.is_empty
        & frames[[TIME, _MODE, _LOOK, _PASS]].notna().all(axis=1)
    )
    frames = frames[sound].sort_values(TIME, kind="stable").reset_index(drop=True)
    first, second = _candidates(frames, max_incidence_difference_deg, max_days)
    shapes = frames.geometry.to_numpy()
    common = shapely.intersection(shapes[first], shapes[second])
    sizes = shapely.area(_WORLD.project(shapes)) if len(shapes) else np.zeros(0)
    shared = shapely.area(_WORLD.project(common)) if len(common) else np.zeros(0)
    overlap = shared / np.minimum(sizes[first], sizes[second])
    keep = overlap >= min_overlap
    pairs = _table(frames, first[keep], second[keep], common[keep], overlap[keep])
    return named(pairs, attribution_of(frames))


def _cut_down(part: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    source = [ATTRIBUTION] if ATTRIBUTION in part.columns else []
    return part[[*_COLUMNS, *source, part.geometry.name]]


def _candidates(
    frames: gpd.GeoDataFrame, max_degrees: float, max_days: float | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Index pairs, older first, that touch and agree in geometry; frames of one image do not pair."""
    shapes = frames.geometry.to_numpy()
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    ahead = first < second
    first, second = first[ahead], second[ahead]
    keep = np.ones(len(first), dtype=bool)
    images = image_ids(frames[FRAME], frames["id"]).to_numpy()
    keep &= images[first] != images[second]
    for name in (_MODE, _LOOK, _PASS):
        values = frames[name].astype("string").to_numpy(dtype=object)
        keep &= values[first] == values[second]
    keep &= np.abs(_angles(frames)[first] - _angles(frames)[second]) <= max_degrees + 1e-9
    if max_days is not None:
        keep &= _days(frames, first, second) <= max_days
    return first[keep], second[keep]


def _angles(frames: gpd.GeoDataFrame) -> NDArray[np.float64]:
    angles: NDArray[np.float64] = frames[_INCIDENCE].to_numpy(dtype="float64", na_value=np.nan)
    return angles


def _days(frames: gpd.GeoDataFrame, first: Any, second: Any) -> NDArray[np.float64]:
    times = frames[TIME].dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    apart: NDArray[np.float64] = (times[second] - times[first]) / np.timedelta64(1, "D")
    return apart


def _table(frames: gpd.GeoDataFrame, first: Any, second: Any, common: Any, overlap: Any) -> gpd.GeoDataFrame:
    import geopandas as gpd

    angles, ids, names = _angles(frames), frames["id"].astype("string"), frames[FRAME].astype("string")
    apart = np.abs(angles[second] - angles[first])
    return gpd.GeoDataFrame(
        {
            "group": _groups(len(frames), first, second),
            "reference": ids.iloc[first].to_numpy(),
            "secondary": ids.iloc[second].to_numpy(),
            "reference_frame": names.iloc[first].to_numpy(),
            "secondary_frame": names.iloc[second].to_numpy(),
            "reference_acquired": frames[TIME].iloc[first].to_numpy(),
            "days": _days(frames, first, second),
            "incidence_difference_deg": apart,
            "overlap": np.minimum(overlap, 1.0),
            "fit": np.where(apart <= COHERENT_DEG + 1e-9, "coherent", "amplitude").astype(object),
        },
        geometry=common,
        crs=WGS84,
    ).sort_values(["group", "reference_acquired", "days"], kind="stable", ignore_index=True)


def _groups(count: int, first: Any, second: Any) -> NDArray[np.int64]:
    """Number the sets of acquisitions that pairs link, in order of first appearance."""
    parent = list(range(count))

    def root(node: int) -> int:
        """Return the first acquisition of the set that one belongs to."""
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    numbers: dict[int, int] = {}
    return np.array([numbers.setdefault(root(a), len(numbers)) for a in first.tolist()], dtype=np.int64)
