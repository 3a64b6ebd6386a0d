"""Tables for the shell that fit 80 columns: one of frames, for the eye, and one of items, with the ids that go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    import geopandas as gpd

_FRAME = {
    "iceye:frame_id": "frame",
    "acquired": "acquired, UTC",
    "iceye:processing_mode": "mode",
    "sar:observation_direction": "look",
    "sat:orbit_state": "pass",
    "view:incidence_angle": "incidence",
    "products": "products",
}
_ITEM = {
    "id": "item",
    "acquired": "acquired, UTC",
    "product:type": "product",
    "iceye:processing_mode": "mode",
    "sar:observation_direction": "look",
}
_NUMBERS = ("view:incidence_angle", "products")


def frames_table(gdf: gpd.GeoDataFrame, *, rows: int) -> Table:
    """Return the first frames of a table of items; how many products each has is counted."""
    frames = gdf.assign(products=gdf.groupby("iceye:frame_id")["id"].transform("count"))
    frames = frames.drop_duplicates("iceye:frame_id")
    title = f"The newest {min(rows, len(frames))} of {len(frames)} frames"
    return _table(frames.head(rows), _FRAME, title=title)


def items_table(gdf: gpd.GeoDataFrame, *, most: int | None = None) -> Table:
    """Return all items, one a line, each with the id that ``iceye-geo preview`` takes.

    Args:
        gdf: what was found.
        most: how many were asked for; where as many were found, the title says that there may be more.
    """
    more = "; there may be more, see --max-items" if most is not None and len(gdf) >= most else ""
    return _table(gdf, _ITEM, title=f"{len(gdf)} item{'' if len(gdf) == 1 else 's'}{more}")


def _table(gdf: gpd.GeoDataFrame, columns: Mapping[str, str], *, title: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column, name in columns.items():
        # An id that is cut off leads nowhere: where there is no room, the words beside it are.
        least = int(gdf[column].str.len().max()) if column == "id" and len(gdf) else None
        table.add_column(
            name, justify="right" if column in _NUMBERS else "left", no_wrap=True, min_width=least
        )
    for _, row in gdf.iterrows():
        table.add_row(*(_words(column, row[column]) for column in columns))
    return table


def _words(column: str, value: Any) -> str:
    if value is None or value != value:  # NaN and NaT are not themselves
        return ""
    if column == "acquired":
        return f"{value:%Y-%m-%d %H:%M}"
    return f"{value:.1f}°" if column == "view:incidence_angle" else str(value)
