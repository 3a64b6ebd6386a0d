"""``summary``: what a table of frames holds, in one look."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from iceye_geo.analysis.frames import (
    ATTRIBUTION,
    FRAME,
    TIME,
    attribution_of,
    check,
    gather,
    one_row_per_frame,
)
from iceye_geo.analysis.places import area_m2

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

_INCIDENCE = "view:incidence_angle"
#: Column -> the word a person knows it by.
_COUNTED = {
    "sar:product_type": "product",
    "sar:instrument_mode": "mode",
    "sar:observation_direction": "look side",
    "sat:orbit_state": "pass",
    "polarization": "polarization",
    "iceye:collection": "collection",
}


@dataclass(frozen=True, slots=True)
class Summary:
    """What a table of frames holds.

    Attributes:
        items: rows.
        frames: different frames in them; a frame has an item for each of its products.
        first: oldest acquisition, aware UTC, None in an empty table.
        last: newest acquisition.
        footprints_m2: sum of the frames' footprints, square metres, overlaps counted again.
        incidence_deg: smallest and largest incidence angle, degrees; NaN where none is known.
        counts: for product, mode, look side, pass, polarization and collection: items by value, most first.
        attribution: who must be named with the frames, or "".
    """

    items: int
    frames: int
    first: pd.Timestamp | None
    last: pd.Timestamp | None
    footprints_m2: float
    incidence_deg: tuple[float, float]
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    attribution: str = ""

    def to_frame(self) -> pd.DataFrame:
        """Return the counts as a table: ``what``, ``value``, ``items``."""
        import pandas as pd

        rows = [(what, value, n) for what, values in self.counts.items() for value, n in values.items()]
        return pd.DataFrame(rows, columns=["what", "value", "items"])

    def __str__(self) -> str:
        if self.first is None or self.last is None:
            return f"{self.items} items"
        lines = [
            f"{self.items} items of {self.frames} frames, {self.first:%Y-%m-%d} to {self.last:%Y-%m-%d}, "
            f"{self.footprints_m2 / 1e6:,.0f} km² of footprints"
        ]
        if not np.isnan(self.incidence_deg[0]):
            lines.append(f"incidence {self.incidence_deg[0]:.1f} to {self.incidence_deg[1]:.1f} degrees")
        lines += [
            f"{what}: " + ", ".join(f"{value} {n}" for value, n in values.items())
            for what, values in self.counts.items()
            if values
        ]
        lines += [f"© {self.attribution}"] if self.attribution else []
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head, *rest = str(self).split("\n")
        return f"<p><b>{escape(head)}</b></p><ul>{''.join(f'<li>{escape(line)}</li>' for line in rest)}</ul>"


def summary(gdf: Any) -> Summary:
    """Say what a table of frames holds.

    Args:
        gdf: the table of a search, or a dask-geopandas frame of an archive, of which each part is
            cut down to a few small columns where it lies.

    Raises:
        InvalidInputError: a column is missing.

    Example:
        >>> import geopandas as gpd, pandas as pd, shapely
        >>> days = pd.to_datetime(["2026-01-01", "2026-01-04"], utc=True)
        >>> gdf = gpd.GeoDataFrame({"id": ["a", "b"], "iceye:frame_id": ["1_1", "1_1"], "acquired": days,
        ...     "sar:product_type": ["GRD", "SLC"]}, geometry=[shapely.box(0, 0, 1, 1)] * 2, crs=4326)
        >>> print(summary(gdf))
        2 items of 1 frames, 2026-01-01 to 2026-01-04, 12,308 km² of footprints
        product: GRD 1, SLC 1
    """
    check(gdf, "id", FRAME, TIME)
    table = gather(gdf, _cut_down)
    frames = one_row_per_frame(table)
    times = table[TIME].dropna()
    angles = table.get(_INCIDENCE)
    known = angles is not None and angles.notna().any()
    return Summary(
        items=len(table),
        frames=len(frames),
        first=times.min() if len(times) else None,
        last=times.max() if len(times) else None,
        footprints_m2=float(np.nansum(frames["area_m2"].to_numpy(dtype="float64"))),
        incidence_deg=(float(angles.min()), float(angles.max())) if known and angles is not None else (np.nan,) * 2,
        counts={
            word: {str(k): int(n) for k, n in table[name].value_counts().sort_index(kind="stable")
                   .sort_values(ascending=False, kind="stable").items()}
            for name, word in _COUNTED.items() if name in table
        },
        attribution=attribution_of(table),
    )  # fmt: skip


def _cut_down(part: gpd.GeoDataFrame) -> pd.DataFrame:
    import pandas as pd

    names = [name for name in ("id", FRAME, TIME, _INCIDENCE, ATTRIBUTION, *_COUNTED) if name in part.columns]
    return pd.DataFrame(part[names]).assign(area_m2=area_m2(part.geometry.to_numpy()))
