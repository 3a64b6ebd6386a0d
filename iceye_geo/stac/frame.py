"""GeoDataFrames straight from raw records, column by column: fixed columns and dtypes, no signed link."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pystac
from geopandas.array import GeometryArray

from iceye_geo.errors import NormalisationError
from iceye_geo.stac.bulk_assets import describe_assets
from iceye_geo.stac.bulk_geometry import read_footprints
from iceye_geo.stac.bulk_times import Times, read_times
from iceye_geo.stac.collector import collector_paused
from iceye_geo.stac.columns import COLUMNS, CRS
from iceye_geo.stac.frame_columns import (
    constellation_column,
    extra_columns,
    iceye_columns,
    identity_columns,
    objects,
    others_than_iceye,
    rule_columns,
)
from iceye_geo.stac.gathered import Columns, gather
from iceye_geo.stac.items import warn_skipped
from iceye_geo.stac.normalise import check_record, warn_dropped
from iceye_geo.stac.rules import STAMPS
from iceye_geo.stac.values import time_text

if TYPE_CHECKING:
    from iceye_geo.stac.export import Record

_TIMES = ("datetime", "start_datetime", "end_datetime", *STAMPS)


def to_geodataframe(records: Iterable[Record]) -> gpd.GeoDataFrame:
    """Turn records or Items into a GeoDataFrame, one row each, in their order.

    The columns and dtypes are always those of ``columns.COLUMNS``, in EPSG:4326, also when there is no row.
    ``acquired`` is the only derived time: ``datetime``, else the middle of start and end. Properties that the
    table does not know follow at the end, and ``constellation`` where not all rows are ICEYE's; nothing is filled
    in for the rows of others. ``assets`` holds titles, types and roles but no hrefs, since those
    are secrets that expire in an hour: keep the Items to read pixels. Rows with the same assets share one
    description, which cannot be changed; ``copy.deepcopy`` gives one that can.

    Args:
        records: raw records as ICEYE sent them, or pystac Items, or both.

    Warns:
        SkippedRecordWarning: a record without id or time was left out.
        DroppedValueWarning: values could not be read and were left out.

    Example:
        >>> gdf = to_geodataframe([{"id": "a", "properties": {"datetime": "2024-12-13T12:58:22Z"}}])
        >>> gdf["acquired"][0].year, gdf.crs.to_epsg(), len(to_geodataframe([]))
        (2024, 4326, 0)
    """
    given = records if isinstance(records, list) else list(records)
    with collector_paused():
        return _to_geodataframe(given)


def _to_geodataframe(records: Sequence[Record]) -> gpd.GeoDataFrame:
    top, given, times = _with_times(_as_records(records))
    others = others_than_iceye(given)
    columns = identity_columns(top, given, others) | times | iceye_columns(given)
    columns |= rule_columns(given, others, lambda source, row: _warn_rows(top, source, [row]))
    shapes, boxes, bad = read_footprints(top["geometry"])
    for row in bad:
        warn_dropped(str(top["id"][row]), ["geometry"])
    columns |= {
        "bbox": objects(boxes),
        "assets": objects(describe_assets(top["assets"])),
        "geometry": GeometryArray(shapes, crs=CRS),
    }
    ordered = {name: columns[name] for name in COLUMNS} | extra_columns(given)
    if others:
        ordered["constellation"] = constellation_column(given)
    return gpd.GeoDataFrame(ordered, geometry="geometry", crs=CRS)


def _as_records(records: Sequence[Record]) -> Sequence[Mapping[str, Any]]:
    if set(map(type, records)) == {dict}:
        return records  # type: ignore[return-value]
    return [_as_record(record) for record in records]


def _as_record(record: Record) -> Mapping[str, Any]:
    """See an Item as the record it would be read from; a record stays as it is."""
    if type(record) is dict or not isinstance(record, pystac.Item):
        return record
    instant = None if record.datetime is None else time_text(record.datetime)
    return {
        "type": "Feature",
        "id": record.id,
        "geometry": record.geometry,
        "collection": record.collection_id,
        "properties": {**record.properties, "datetime": instant},
        "assets": {key: asset.to_dict() for key, asset in record.assets.items()},
    }


def _look_sound(top: Columns) -> bool:
    if top["type"].count("Feature") < top.rows or top.types("properties") != {dict}:
        return False
    return top.types("id") == {str} and all(map(str.strip, top["id"]))


def _can_stand(raw: Any) -> bool:
    try:
        check_record(raw)
    except NormalisationError as error:
        warn_skipped(error)
        return False
    return True


def _with_times(raws: Sequence[Mapping[str, Any]]) -> tuple[Columns, Columns, dict[str, Any]]:
    """Gather records and properties and read the times. What cannot become a row is left out."""
    top = gather(raws) if set(map(type, raws)) <= {dict} else Columns(rows=1)
    if not _look_sound(top):
        raws = [raw for raw in raws if _can_stand(raw)]
        top = gather(raws)
    given = gather(top["properties"])
    read = {name: read_times(given[name]) for name in _TIMES}
    timeless = np.logical_and.reduce([np.isnat(read[name][0]) for name in _TIMES[:3]])
    if timeless.any():
        timed = (not gone for gone in timeless.tolist())
        return _with_times([raw for raw, sound in zip(raws, timed, strict=True) if sound or _can_stand(raw)])
    for name, (_, bad) in read.items():
        _warn_rows(top, name, np.flatnonzero(bad))
    return top, given, _time_columns({name: times for name, (times, _) in read.items()})


def _time_columns(read: Mapping[str, Times]) -> dict[str, Any]:
    """Apply STAC's rule for the acquisition pair, and derive ``acquired``."""
    instant, start, end = read["datetime"], read["start_datetime"], read["end_datetime"]
    pair = ~np.isnat(start) & ~np.isnat(end)
    lone = np.where(np.isnat(start), end, start)
    instant = np.where(np.isnat(instant) & ~pair, lone, instant)
    start, end = (np.where(pair, moment, np.datetime64("NaT", "us")) for moment in (start, end))
    middle = start + (end - start) // 2
    times = dict(read) | {"datetime": instant, "start_datetime": start, "end_datetime": end}
    times["acquired"] = np.where(np.isnat(instant), middle, instant)
    return {name: pd.DatetimeIndex(values).tz_localize("UTC") for name, values in times.items()}


def _warn_rows(top: Columns, source: str, rows: Iterable[int]) -> None:
    listed = list(rows)
    if listed:
        more = f", and so in {len(listed) - 1} more records" if len(listed) > 1 else ""
        warn_dropped(str(top["id"][listed[0]]), [source], more)
