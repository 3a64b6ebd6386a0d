"""The Parquet files of an archive: written once in an order that prunes well, never changed."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from iceye_geo.archive.files import OnStep, ignore_step, write_whole
from iceye_geo.archive.manifest import Box, Group, Part, Scope
from iceye_geo.archive.rows import FINGERPRINT, RECORD, SCHEMA, moments, read_records
from iceye_geo.stac.values import read_word

# A search reads whole row groups. Two thousand rows are a few hundred kilobytes of the columns it filters by,
# a few milliseconds of work; smaller groups cost more in bookkeeping than they save.
GROUP_ROWS = 2048
# A file is rewritten when one of its rows goes. Sixteen thousand rows hold a sync's memory under 300 MB.
PART_ROWS = 8 * GROUP_ROWS
# Records compress four times as well as with Parquet's default; level 3 is zstd's own.
_COMPRESSION, _LEVEL = "zstd", 3
_PLAIN = ("id", "geometry", FINGERPRINT, RECORD)


def write_part(
    folder: Path, table: pa.Table, *, scope: Scope, month: str, live: bool, on_step: OnStep = ignore_step
) -> Part:
    """Write rows as one new file.

    Args:
        folder: the archive's folder.
        table: rows of ``rows.SCHEMA``, not empty.
        scope: whose items.
        month: "2026-03".
        live: False for history.
        on_step: told when the file is written aside and in place.
    """
    table, cuts = _ordered(table)
    path = f"{_folder(scope, month, live)}/{uuid4().hex}.parquet"
    groups: list[Group] = []

    def write(aside: Path) -> None:
        """Write the table to a file that is not in place yet."""
        plain = [name for name in SCHEMA.names if name not in _PLAIN]
        metadata = {**(table.schema.metadata or {}), b"geo": _geo(table), **_source(table)}
        schema = table.schema.with_metadata(metadata)
        with pq.ParquetWriter(
            aside, schema, compression=_COMPRESSION, compression_level=_LEVEL, use_dictionary=plain
        ) as writer:
            for start, stop in cuts:
                rows = table.slice(start, stop - start)
                groups.append(_group(rows))
                writer.write_table(rows.replace_schema_metadata(metadata), row_group_size=len(rows))

    written = write_whole(folder / path, write, step="part" if live else "history", on_step=on_step)
    return Part(path, scope, month, live, tuple(groups), written.stat().st_size)


def read_part(
    folder: Path, part: Part, *, columns: list[str] | None = None, groups: list[int] | None = None
) -> pa.Table:
    """Read a file, some of its columns, or some of its row groups.

    Raises:
        FileNotFoundError: it was collected since the manifest was read.
    """
    path = folder / part.path
    with pq.ParquetFile(path, metadata=_metadata(str(path)), memory_map=True) as file:
        if groups is None:
            return file.read(columns=columns)
        return file.read_row_groups(groups, columns=columns)


@lru_cache(maxsize=512)
def _metadata(path: str) -> pq.FileMetaData:
    """Parse a footer once: files never change, and their names never come again."""
    return pq.read_metadata(path)


def _folder(scope: Scope, month: str, live: bool) -> str:
    levels = ["live" if live else "history", f"collection={quote(scope.collection, safe='')}"]
    if scope.contract_id:
        levels.append(f"contract={quote(scope.contract_id, safe='')}")
    return "/".join([*levels, f"month={month}"])


def _ordered(table: pa.Table) -> tuple[pa.Table, list[tuple[int, int]]]:
    """Sort rows along a curve through space and cut them into row groups.

    Rows across the antimeridian and rows without a footprint come last, in groups of their own: their boxes
    would make every group they are in match everything.
    """
    bounds = _bounds(table)
    kind = np.zeros(len(table), dtype=np.int8)
    kind[bounds[:, 2] - bounds[:, 0] > 180] = 1
    kind[np.isnan(bounds[:, 0])] = 2
    order = np.lexsort((_curve(bounds), kind))
    kinds = kind[order]
    cuts = []
    for value in (0, 1, 2):
        start, stop = np.searchsorted(kinds, [value, value + 1])
        cuts += [(int(at), int(min(at + GROUP_ROWS, stop))) for at in range(start, stop, GROUP_ROWS)]
    return table.take(pa.array(order)).combine_chunks(), cuts


def _bounds(table: pa.Table) -> NDArray[np.float64]:
    flat = table.column("bbox").combine_chunks().flatten()
    return np.column_stack([column.to_numpy(zero_copy_only=False) for column in flat])


def _curve(bounds: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Interleave the bits of longitude and latitude of the middles (a Z-order curve)."""
    with np.errstate(invalid="ignore"):
        lon = (bounds[:, 0] + bounds[:, 2]) / 2 + 180
        lat = (bounds[:, 1] + bounds[:, 3]) / 2 + 90
    x, y = (
        np.clip(np.nan_to_num(v) / top * 65535, 0, 65535).astype(np.uint64)
        for v, top in ((lon, 360), (lat, 180))
    )
    return _spread(x) | (_spread(y) << np.uint64(1))


def _spread(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Put a zero bit between the lower sixteen bits."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        values = (values | (values << np.uint64(shift))) & np.uint64(mask)
    return values


def _group(rows: pa.Table) -> Group:
    first, last = moments(rows)
    return Group(len(rows), _group_box(rows), (int(first.min()), int(last.max())))


def _group_box(rows: pa.Table) -> Box | None:
    bounds = _bounds(rows)
    bounds = bounds[~np.isnan(bounds[:, 0])]
    if not len(bounds):
        return None
    south, north = float(bounds[:, 1].min()), float(bounds[:, 3].max())
    wide = bounds[:, 2] - bounds[:, 0] > 180
    if wide.all():
        crossing = _crossing(rows)
        if crossing is not None:
            return (crossing[0], south, crossing[1], north)
    return (float(bounds[:, 0].min()), south, float(bounds[:, 2].max()), north)


def _crossing(rows: pa.Table) -> tuple[float, float] | None:
    """West and east of footprints that are split at 180 degrees; None where one goes round a pole."""
    shapes = shapely.from_wkb(rows.column("geometry").to_numpy())
    bounds = shapely.bounds(shapely.get_parts(shapes))
    if (bounds[:, 2] - bounds[:, 0] > 180).any():
        return None
    east_side = (bounds[:, 0] + bounds[:, 2]) / 2 > 0
    west, east = float(bounds[east_side, 0].min()), float(bounds[~east_side, 2].max())
    return (west, east) if west > east else None


def _source(table: pa.Table) -> dict[bytes, bytes]:
    """Who must be named with the rows, for those who read the file without us; all rows of a scope have one source."""
    (record,) = read_records(table.column(RECORD).slice(0, 1).to_pylist())
    told = read_word(record["properties"].get("attribution"))
    return {} if told is None else {b"attribution": told.encode()}


def _geo(table: pa.Table) -> bytes:
    """GeoParquet 1.1: WKB, the box column as covering, longitude and latitude."""
    import geopandas as gpd

    crs = gpd.GeoSeries([], crs="EPSG:4326").crs
    covering = {side: ["bbox", side] for side in ("xmin", "ymin", "xmax", "ymax")}
    column: dict[str, Any] = {
        "encoding": "WKB", "geometry_types": [], "crs": crs.to_json_dict(), "edges": "planar",
        "covering": {"bbox": covering},
    }  # fmt: skip
    bounds = _bounds(table)
    if not np.isnan(bounds[:, 0]).all():
        column["bbox"] = [
            *np.nanmin(bounds[:, :2], axis=0).tolist(),
            *np.nanmax(bounds[:, 2:], axis=0).tolist(),
        ]
    plain = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    return json.dumps(plain).encode()
