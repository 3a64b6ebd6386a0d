"""Rows of an archive: a record's fixed columns for pruning and for other readers, and the record itself as JSON.

The columns make a file useful to DuckDB, geopandas or QGIS. What a search gives back is made from the record,
by the same door as an answer of the API, so both give the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from iceye_geo.errors import NormalisationError
from iceye_geo.stac.arrow import scrub_fast
from iceye_geo.stac.columns import COLUMNS, Kind
from iceye_geo.stac.names import QUERYABLES
from iceye_geo.stac.signed import EXPIRED_MARK

RECORD, FINGERPRINT, DIFFERS = "archive:record", "archive:fingerprint", "archive:differs"
FIRST_SEEN, REMOVED, REASON, REPLACED_BY = (
    "archive:first_seen", "archive:removed", "archive:reason", "archive:replaced_by",
)  # fmt: skip
FRAME, PRODUCT = "iceye:frame_id", "sar:product_type"

_TIME = pa.timestamp("us", tz="UTC")
_BBOX = pa.struct([(name, pa.float64()) for name in ("xmin", "ymin", "xmax", "ymax")])
_TYPES: dict[Kind, pa.DataType] = {
    "text": pa.string(), "time": _TIME, "float": pa.float64(), "count": pa.int64(),
    "list": pa.list_(pa.string()), "geometry": pa.binary(),
}  # fmt: skip
_EPOCH = np.datetime64(0, "us")

#: Properties that can be filtered by column. Where a record's own value is not what the column holds, the
#: bit of its place here is set in the column "archive:differs", and the record itself is asked.
FILTERABLE = tuple(name for name in QUERYABLES if COLUMNS.get(name) in ("text", "float", "time"))


def _schema() -> pa.Schema:
    fields = [
        pa.field(name, _BBOX if name == "bbox" else _TYPES[kind])
        for name, kind in COLUMNS.items()
        if kind != "dict"
    ]
    fields += [
        pa.field(FIRST_SEEN, _TIME), pa.field(REMOVED, _TIME), pa.field(REASON, pa.string()),
        pa.field(REPLACED_BY, pa.string()), pa.field(FINGERPRINT, pa.string()), pa.field(DIFFERS, pa.uint16()),
        pa.field(RECORD, pa.string()),
    ]  # fmt: skip
    return pa.schema(fields)


#: The one schema of all files of an archive.
SCHEMA = _schema()


def clean_record(record: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return a record as it may be stored, without signatures, and its fingerprint.

    The fingerprint leaves out links that were signed: they are new at every answer, and no change of the frame.

    Example:
        >>> a, b = ({"id": "a", "assets": {"x": {"href": f"https://h/{n}?Signature={n}"}}} for n in (1, 2))
        >>> clean_record(a)[1] == clean_record(b)[1], clean_record(a)[0]["assets"]["x"]["href"]
        (True, 'https://h/1')
    """
    clean = scrub_fast(record)
    assets = clean.get("assets")
    told: dict[str, Any] = clean
    if isinstance(assets, Mapping):
        told = {**clean, "assets": {key: _told(asset) for key, asset in assets.items()}}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return clean, hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _told(asset: Any) -> Any:
    if isinstance(asset, Mapping) and asset.get(EXPIRED_MARK):
        return {key: value for key, value in asset.items() if key != "href"}
    return asset


def to_rows(records: Sequence[Mapping[str, Any]], *, fingerprints: Sequence[str], seen: datetime) -> pa.Table:
    """Build the rows of records that ``clean_record`` returned.

    Args:
        records: each of them can become an Item.
        fingerprints: one for each.
        seen: when the catalog was asked, aware UTC.
    """
    from iceye_geo.stac.frame import to_geodataframe

    # No column is made of the assets: without them the table is built twice as fast.
    gdf = to_geodataframe([{**record, "assets": {}} for record in records])
    if len(gdf) != len(records):
        raise NormalisationError("a record has no time that can be read")
    shapes = gdf.geometry.to_numpy()
    columns: dict[str, Any] = {}
    for name, kind in COLUMNS.items():
        if name == "bbox":
            columns[name] = _boxes(shapes)
        elif kind == "geometry":
            columns[name] = pa.array(shapely.to_wkb(shapes), pa.binary())
        elif kind != "dict":
            columns[name] = pa.array(gdf[name], _TYPES[kind], from_pandas=True)
    count = len(records)
    columns |= {
        FIRST_SEEN: pa.repeat(pa.scalar(seen, _TIME), count),
        REMOVED: pa.nulls(count, _TIME),
        REASON: pa.nulls(count, pa.string()),
        REPLACED_BY: pa.nulls(count, pa.string()),
        FINGERPRINT: pa.array(fingerprints, pa.string()),
        DIFFERS: pa.array(_differs(records, gdf), pa.uint16()),
        RECORD: pa.array(
            [json.dumps(r, separators=(",", ":"), ensure_ascii=True) for r in records], pa.string()
        ),
    }
    return pa.Table.from_arrays([columns[field.name] for field in SCHEMA], schema=SCHEMA)


def read_records(texts: Sequence[str]) -> list[dict[str, Any]]:
    """Read the records of a column "archive:record"."""
    return [json.loads(text) for text in texts]


def _boxes(shapes: Any) -> pa.StructArray:
    """Planar bounds: a footprint across the antimeridian gets -180 to 180, since other readers prune by these."""
    bounds = shapely.bounds(shapes)
    arrays = [pa.array(bounds[:, i], pa.float64(), from_pandas=True) for i in range(4)]
    empty = pa.array(np.isnan(bounds[:, 0]))
    return pa.StructArray.from_arrays(arrays, fields=list(_BBOX), mask=empty)


def _differs(records: Sequence[Mapping[str, Any]], gdf: Any) -> list[int]:
    flags = np.zeros(len(records), dtype=np.uint16)
    for bit, name in enumerate(FILTERABLE):
        column = gdf[name].astype(object)
        told = column.where(column.notna(), None).tolist()
        own = [record["properties"].get(name) for record in records]
        same = _both if COLUMNS[name] == "time" else _same
        other = [not same(a, b) for a, b in zip(own, told, strict=True)]
        flags |= (np.array(other, dtype=np.uint16) << np.uint16(bit)).astype(np.uint16)
    listed: list[int] = flags.tolist()
    return listed


def _same(own: Any, told: Any) -> bool:
    if isinstance(own, bool) or isinstance(own, int | float) != isinstance(told, int | float):
        return False
    return bool(own == told)


def _both(own: Any, told: Any) -> bool:
    """Whether both or neither have a time: what can be read is read alike."""
    return (own is None) == (told is None)


def moments(table: pa.Table) -> tuple[Any, Any]:
    """Return earliest and latest moment of each row as microseconds since 1970, two int64 arrays."""
    names = ("start_datetime", "end_datetime", "datetime")
    start, end, instant = (table.column(name).to_numpy().astype("datetime64[us]") for name in names)
    first = np.where(np.isnat(start), instant, start)
    last = np.where(np.isnat(end), instant, end)
    return (first - _EPOCH).astype(np.int64), (last - _EPOCH).astype(np.int64)
