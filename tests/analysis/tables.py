"""Tables of frames with geometry that can be checked by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

COLUMNS: dict[str, Any] = {
    "view:incidence_angle": 30.0,
    "sar:instrument_mode": "spotlight",
    "sar:observation_direction": "left",
    "sat:orbit_state": "ascending",
    "sar:product_type": "GRD-COG",
}


def table(rows: Sequence[tuple[str, str, Any]], **columns: Sequence[Any] | Any) -> gpd.GeoDataFrame:
    """Build a table of (frame id, day, shape) rows; further columns by name with ``__`` for the colon."""
    data: dict[str, Any] = {
        "id": pd.array([f"item-{i}" for i in range(len(rows))], dtype="string"),
        "iceye:frame_id": pd.array([row[0] for row in rows], dtype="string"),
        "acquired": pd.to_datetime([row[1] for row in rows], utc=True, format="ISO8601").astype(
            "datetime64[us, UTC]"
        ),
        **COLUMNS,
        **{name.replace("__", ":"): values for name, values in columns.items()},
    }
    return gpd.GeoDataFrame(data, geometry=[row[2] for row in rows], crs="EPSG:4326")
