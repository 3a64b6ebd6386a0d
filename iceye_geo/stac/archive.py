"""GeoParquet: a whole archive in one file, through stac-geoparquet, and back. Needs the extra ``archive``."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from iceye_geo.errors import MissingExtraError, SkippedRecordWarning
from iceye_geo.stac.normalise import normalise

if TYPE_CHECKING:
    import geopandas as gpd

    from iceye_geo.stac.export import Record

#: Whole properties, assets and links as JSON text: what has no column comes back from here.
_JSON_COLUMN = "iceye:json"


def to_geoparquet(items: Iterable[Record], path: str | Path) -> Path:
    """Write Items or raw records to a STAC GeoParquet file, without signed links; returns the path.

    The schema is always the same, also in a file of no items. Items without a footprint are left out, since
    stac-geoparquet reads no file that holds one; a warning says how many.

    Args:
        items: Items or raw records.
        path: the file to write.

    Raises:
        MissingExtraError: stac-geoparquet is not installed.

    Warns:
        SkippedRecordWarning: an item has no footprint, or is none.
    """
    arrow = _library()
    target = Path(path)
    from iceye_geo.stac.arrow import to_arrow

    whole = to_arrow(items)
    table = whole.filter(whole.column("geometry").is_valid())
    if table.num_rows < whole.num_rows:
        message = (
            f"{whole.num_rows - table.num_rows} items without a footprint were left out of {target.name}"
        )
        warnings.warn(SkippedRecordWarning(message), stacklevel=2)
    arrow.to_parquet(table, str(target))
    return target


def read_geoparquet(path: str | Path) -> gpd.GeoDataFrame:
    """Read a STAC GeoParquet file into the same GeoDataFrame that ``to_geodataframe`` gives.

    Args:
        path: a file that ``to_geoparquet`` wrote, or any STAC GeoParquet file.

    Raises:
        MissingExtraError: stac-geoparquet is not installed.
    """
    from iceye_geo.stac.frame import to_geodataframe

    return to_geodataframe(read_geoparquet_items(path))


def read_geoparquet_items(path: str | Path) -> list[dict[str, Any]]:
    """Read a STAC GeoParquet file as item dicts, in the order of the file.

    Args:
        path: the file.

    Raises:
        MissingExtraError: stac-geoparquet is not installed.
    """
    arrow = _library()
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path)
    return [normalise(_restored(item)) for item in arrow.stac_table_to_items(table)]


def _library() -> ModuleType:
    try:
        import stac_geoparquet.arrow as arrow
    except ImportError as error:
        step = 'GeoParquet needs stac-geoparquet: pip install "iceye-geo[archive]"'
        raise MissingExtraError(step) from error
    return arrow


def _restored(item: dict[str, Any]) -> dict[str, Any]:
    text = item["properties"].pop(_JSON_COLUMN, None)
    if text is None:
        return item
    kept = json.loads(text)
    properties = {name: value for name, value in item["properties"].items() if value is not None}
    return {
        **item,
        "properties": properties | kept["properties"],
        "assets": kept["assets"],
        "links": kept["links"],
    }
