"""GeoDataFrames straight from raw records, column by column: fixed columns and dtypes, no signed link."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pystac

from iceye_geo.errors import NormalisationError
from iceye_geo.stac.bulk import Columns, Records, Times, describe_assets, gather, read_column, read_times
from iceye_geo.stac.bulk_geometry import read_footprints
from iceye_geo.stac.columns import COLUMNS, CRS, DTYPES, LEFT_OUT, Kind
from iceye_geo.stac.items import warn_skipped
from iceye_geo.stac.names import EXTENSIONS
from iceye_geo.stac.normalise import check_record, warn_dropped
from iceye_geo.stac.rules import ALL_RULES, CONSTELLATION, CORE, KNOWN, RULES, STAMPS, Rule, is_iceye
from iceye_geo.stac.signed import scrub
from iceye_geo.stac.values import copied, read_name, read_number, read_word, time_text

if TYPE_CHECKING:
    from iceye_geo.stac.export import Record

_COLLECTION = Rule("iceye:collection", read_word, ("collection",))
_FRAME = Rule("iceye:frame_id", read_name, ("frame_id",))
_TIMES = ("datetime", "start_datetime", "end_datetime", *STAMPS)
_ICEYE_NAMES = tuple(
    n for n in COLUMNS if n.startswith("iceye:") and n not in (_COLLECTION.name, _FRAME.name)
)
_PREFIXES = tuple(f"{prefix}:" for prefix in EXTENSIONS)


def to_geodataframe(records: Iterable[Record]) -> gpd.GeoDataFrame:
    """Turn records or Items into a GeoDataFrame, one row each, in their order.

    The columns and dtypes are always those of ``columns.COLUMNS``, in EPSG:4326, also when there is no row.
    ``acquired`` is the only derived time: ``datetime``, else the middle of start and end. Properties that the
    table does not know follow at the end, and ``constellation`` where not all rows are ICEYE's; nothing is filled
    in for the rows of others. ``assets`` holds titles, types and roles but no hrefs, since those
    are secrets that expire in an hour: keep the Items to read pixels.

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
    given = list(records)
    with _collector_paused():
        return _to_geodataframe(given)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Hold the garbage collector: it would scan all records for cycles that are not there."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _to_geodataframe(records: list[Record]) -> gpd.GeoDataFrame:
    raws, given, times = _with_times(_usable([_as_record(record) for record in records]))
    others = _others(given["constellation"])
    columns = _identity_columns(raws, given, others) | times | _rule_columns(raws, given, others)
    columns |= _iceye_columns(given)
    shapes, boxes, bad = read_footprints([raw.get("geometry") for raw in raws])
    for row in bad:
        warn_dropped(str(raws[row]["id"]), ["geometry"])
    columns |= {
        "bbox": _objects(boxes),
        "assets": _objects(describe_assets([raw.get("assets") for raw in raws])),
        "geometry": gpd.GeoSeries(shapes, crs=CRS),
    }
    ordered = {name: columns[name] for name in COLUMNS} | _extra_columns(given)
    if others:
        ordered["constellation"] = typed(_constellations(given), "text")
    return gpd.GeoDataFrame(ordered, geometry="geometry", crs=CRS)


def typed(values: Sequence[Any], kind: Kind) -> Any:
    """Build a pandas array of the column kind ``kind``.

    Example:
        >>> typed([1, None], "count").dtype
        Int64Dtype()
    """
    if kind in ("list", "dict"):
        return _objects(values)
    if kind == "float":
        return np.array(values, dtype=float)
    return _words(values) if kind == "text" else pd.array(values, dtype=DTYPES[kind])  # type: ignore[call-overload]


def _words(values: Sequence[Any]) -> Any:
    """Build a text column; where few words come again and again, each is converted once."""
    words = list(dict.fromkeys(value for value in values if value is not None))
    if not words or len(words) * 4 > len(values):
        return pd.array(values, dtype="string")
    codes = dict(zip([None, *words], range(-1, len(words)), strict=True))
    return pd.array(words, dtype="string").take([codes[value] for value in values], allow_fill=True)


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


def _usable(raws: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Leave out what cannot become a row, except for times, which are read in bulk afterwards."""
    kept = []
    for raw in raws:
        if not _looks_sound(raw):
            try:
                check_record(raw)
            except NormalisationError as error:
                warn_skipped(error)
                continue
        kept.append(raw)
    return kept


def _looks_sound(raw: Any) -> bool:
    if type(raw) is not dict or raw.get("type") != "Feature" or type(raw.get("properties")) is not dict:
        return False
    name = raw.get("id")
    return type(name) is str and name != "" and not name.isspace()


def _with_times(raws: list[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], Columns, dict[str, Any]]:
    """Read the times of all records. Those that have none at all are left out; returns the rest and its columns."""
    given = gather([raw["properties"] for raw in raws])
    read = {name: read_times(given[name]) for name in _TIMES}
    timeless = np.logical_and.reduce([np.isnat(read[name][0]) for name in _TIMES[:3]])
    if timeless.any():
        for row in np.flatnonzero(timeless):
            try:
                check_record(raws[row])
            except NormalisationError as error:
                warn_skipped(error)
        return _with_times([raw for raw, gone in zip(raws, timeless.tolist(), strict=True) if not gone])
    for name, (_, bad) in read.items():
        _warn_rows(raws, [name], np.flatnonzero(bad))
    return raws, given, _time_columns({name: times for name, (times, _) in read.items()})


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


def _others(constellations: Sequence[Any]) -> frozenset[int]:
    """Return the rows of other constellations than ICEYE's."""
    # A table of many records has few names, and almost always none that is another's.
    names = set(constellations) if set(map(type, constellations)) <= {str, type(None)} else None
    if names is not None and all(map(is_iceye, names)):
        return frozenset()
    return frozenset(i for i, name in enumerate(constellations) if not is_iceye(name))


def _constellations(given: Columns) -> Sequence[str]:
    return [name or CONSTELLATION for name in read_column(CORE["constellation"], given)[0]]


def _identity_columns(raws: Records, given: Columns, others: frozenset[int]) -> dict[str, Any]:
    top = {"collection": [raw.get("collection") for raw in raws]}
    own = {_COLLECTION.name: given[_COLLECTION.name]}
    collections, _ = read_column(_COLLECTION, own | top, others=others)
    frames = given["frame_id"] if not any(given[_FRAME.name]) else read_column(_FRAME, given)[0]
    return {
        "id": typed(_names([raw["id"] for raw in raws]), "text"),
        "iceye:frame_id": typed(_names(frames), "text"),
        "iceye:collection": typed(collections, "text"),
    }


def _names(values: Sequence[Any]) -> Sequence[str | None]:
    """Read identifiers; plain texts stay as they are, which all of them are nearly always."""
    if set(map(type, values)) <= {str} and "" not in values and not any(map(str.isspace, values)):
        return values
    return [read_name(value) for value in values]


def _rule_columns(raws: Records, given: Columns, others: frozenset[int]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, rule in RULES.items():
        values, unreadable = read_column(rule, given, others=others)
        for source, row in unreadable.items():
            _warn_rows(raws, [source], [row])
        columns[name] = typed(values, COLUMNS[name])
        if name == "sar:polarizations":
            columns["polarization"] = typed([v and "+".join(v) for v in values], "text")
    return columns


def _iceye_columns(given: Columns) -> dict[str, Any]:
    """The documented ``iceye:*`` properties as they came: words as text, numbers as float64."""
    columns = {}
    for name in _ICEYE_NAMES:
        values, kind = given[name], COLUMNS[name]
        plain = {float, int, type(None)} if kind == "float" else {str, type(None)}
        if not set(map(type, values)) <= plain:
            read = read_number if kind == "float" else read_word
            values = [read(value) for value in values]
        columns[name] = _numbers(values) if kind == "float" else typed(values, kind)
    return columns


def _numbers(values: Sequence[Any]) -> Any:
    """Build a float64 array in which what is no finite number is NaN, as an Item leaves it out."""
    try:
        column = np.array(values, dtype=float)
    except OverflowError:
        column = np.array([read_number(value) for value in values], dtype=float)
    column[~np.isfinite(column)] = np.nan
    return column


def _extra_columns(given: Columns) -> dict[str, Any]:
    """Properties that the table does not know, sorted by name."""
    names = sorted(name for name in set(given) - set(COLUMNS) - LEFT_OUT if _may_stand(name))
    columns = {name: _extra(name, given) for name in names}
    return {name: typed(*column) for name, column in columns.items() if column is not None}


def _may_stand(name: Any) -> bool:
    """Say whether a property is no unknown field of a declared extension; Items put those aside too."""
    return isinstance(name, str) and (name in KNOWN or not name.startswith(_PREFIXES))


def _extra(name: str, given: Columns) -> tuple[Sequence[Any], Kind] | None:
    if name in ALL_RULES:
        values, _ = read_column(ALL_RULES[name], given)
    else:
        values = [scrub(copied(value)) for value in given[name]]
    kinds = set(map(type, values)) - {type(None)}
    if not kinds:
        return None
    if kinds <= {int, float}:
        return values, "float"
    return values, "text" if kinds <= {str} else "dict"


def _objects(values: Sequence[Any]) -> Any:
    """Make an object array of lists or dicts; numpy alone would try to look into them."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _warn_rows(raws: Records, names: Sequence[str], rows: Iterable[int]) -> None:
    listed = list(rows)
    if listed:
        more = f", and so in {len(listed) - 1} more records" if len(listed) > 1 else ""
        warn_dropped(str(raws[listed[0]]["id"]), names, more)
