"""GeoParquet: a whole archive in one file, through stac-geoparquet, and back. Needs the extra ``archive``."""

from __future__ import annotations

import json
import warnings
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from iceye_geo.errors import InvalidInputError, MissingExtraError, SkippedRecordWarning
from iceye_geo.stac.export import item_dicts
from iceye_geo.stac.normalise import normalise

if TYPE_CHECKING:
    import geopandas as gpd

    from iceye_geo.stac.export import Record

#: Whole assets and nested or mixed properties, which have no column type of their own, as JSON text.
_JSON_COLUMN = "iceye:json"


def to_geoparquet(items: Iterable[Record], path: str | Path) -> Path:
    """Write Items or raw records to a STAC GeoParquet file, without signed links; returns the path.

    Items without a footprint are left out, since the format has no place for them; a warning says how many.

    Args:
        items: Items or raw records, at least one of them with a footprint.
        path: the file to write.

    Raises:
        MissingExtraError: stac-geoparquet is not installed.
        InvalidInputError: there is nothing to write.
    """
    arrow = _library()
    target = Path(path)
    given = item_dicts(items)
    placed = [item for item in given if item["geometry"] is not None]
    if not placed:
        raise InvalidInputError("items", "nothing to write: no item with a footprint")
    if len(placed) < len(given):
        message = f"{len(given) - len(placed)} items without a footprint were left out of {target.name}"
        warnings.warn(SkippedRecordWarning(message), stacklevel=2)
    table = arrow.parse_stac_items_to_arrow(_flattened(placed))
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


def _flattened(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Move what has no type of its own into one text column, so that every column has one type over all rows."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for item in items:
        for name, value in item["properties"].items():
            kinds[name].add(_kind(value))
    mixed = {name for name, found in kinds.items() if len(found - {"none"}) > 1 or "nested" in found}
    return [_one_flattened(item, mixed) for item in items]


def _one_flattened(item: Mapping[str, Any], mixed: set[str]) -> dict[str, Any]:
    nested = {name: value for name, value in item["properties"].items() if name in mixed}
    kept = {name: value for name, value in item["properties"].items() if name not in mixed}
    text = json.dumps({"properties": nested, "assets": item["assets"], "links": item["links"]})
    core = ("href", "title", "type", "roles")
    assets = {key: {n: asset[n] for n in core if n in asset} for key, asset in item["assets"].items()}
    return {**item, "properties": kept | {_JSON_COLUMN: text}, "assets": assets}


def _kind(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        return "words"
    for kind, types in (("bool", bool), ("number", int | float), ("text", str)):
        if isinstance(value, types):
            return kind
    return "nested"


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
