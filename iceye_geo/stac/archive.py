"""GeoParquet: a whole archive in one file, through stac-geoparquet, and back. Needs the extra ``archive``."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from iceye_geo.errors import MissingExtraError
from iceye_geo.stac.normalise import normalise

if TYPE_CHECKING:
    import geopandas as gpd
    import pyarrow as pa

    from iceye_geo.stac.export import Record

#: Whole properties, assets and links as JSON text: what has no column comes back from here.
_JSON_COLUMN = "iceye:json"
#: An empty polygon as WKB: RFC 7946 lets readers take it for null.
_NOWHERE = bytes.fromhex("010300000000000000")


def to_geoparquet(items: Iterable[Record], path: str | Path) -> Path:
    """Write Items or raw records to a STAC GeoParquet file, without signed links; returns the path.

    The schema is always the same, also in a file of no items. Items without a footprint have null as geometry
    and bbox. geopandas, DuckDB, rustac and pyarrow read such rows; the item reader of stac-geoparquet (0.8.3)
    stops at them: give it ``table.filter(table["geometry"].is_valid())``.

    Args:
        items: Items or raw records.
        path: the file to write.

    Raises:
        MissingExtraError: stac-geoparquet is not installed.

    Warns:
        SkippedRecordWarning: a record could not become an Item and was left out.
    """
    arrow = _library()
    target = Path(path)
    from iceye_geo.stac.arrow import to_arrow

    arrow.to_parquet(to_arrow(items), str(target))
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
    """Read a STAC GeoParquet file as item dicts, in the order of the file; ``to_item_collection`` makes Items of them.

    Args:
        path: the file.

    Raises:
        MissingExtraError: stac-geoparquet is not installed.

    Example:
        >>> import tempfile
        >>> raw = {"id": "a", "geometry": None, "properties": {"datetime": "2024-12-13T12:58:22Z"}}
        >>> path = to_geoparquet([raw], Path(tempfile.mkdtemp()) / "items.parquet")
        >>> [(item["id"], item["geometry"]) for item in read_geoparquet_items(path)]
        [('a', None)]
    """
    arrow = _library()
    import pyarrow.parquet

    table = _without_nulls(pyarrow.parquet.read_table(path))
    return [normalise(_restored(item)) for item in arrow.stac_table_to_items(table)]


def _library() -> ModuleType:
    try:
        import stac_geoparquet.arrow as arrow
    except ImportError as error:
        step = 'GeoParquet needs stac-geoparquet: pip install "iceye-geo[archive]"'
        raise MissingExtraError(step) from error
    return arrow


def _without_nulls(table: pa.Table) -> pa.Table:
    """Put an empty polygon where a row has no footprint: stac-geoparquet stops at nulls."""
    import pyarrow as pa
    import pyarrow.compute as pc

    boxes = table.column("bbox").combine_chunks()
    sides = [pc.fill_null(side, math.nan) for side in boxes.flatten()]
    filled = {
        "bbox": pa.StructArray.from_arrays(sides, names=[side.name for side in boxes.type]),
        "geometry": pc.fill_null(table.column("geometry").cast(pa.binary()), _NOWHERE),
    }
    for name, column in filled.items():
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return table


def _restored(item: dict[str, Any]) -> dict[str, Any]:
    if not item["geometry"]["coordinates"]:
        item = {**item, "geometry": None}
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
