"""The archive's rows for other uses than a search: the versions of a frame, and lazy frames of dask-geopandas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from iceye_geo.archive.manifest import Manifest, Part
from iceye_geo.archive.parts import read_part
from iceye_geo.archive.rows import FIRST_SEEN, FRAME, PRODUCT, REASON, REMOVED, REPLACED_BY
from iceye_geo.errors import ArchiveError, MissingExtraError
from iceye_geo.stac.columns import COLUMNS

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

_COLUMNS = ["id", PRODUCT, "updated", FIRST_SEEN, REMOVED, REASON, REPLACED_BY]


def versions(folder: Path, manifest: Manifest, frame_id: str) -> pd.DataFrame:
    """Return all versions of a frame's items, live ones and history; see ``Archive.history``."""
    import pandas as pd

    tables = []
    for part in manifest.parts:
        rows = read_part(folder, part, columns=[FRAME, *_COLUMNS])
        rows = rows.filter(pc.equal(rows.column(FRAME), frame_id)).select(_COLUMNS)
        if len(rows):
            tables.append(rows.to_pandas().assign(scope=part.scope.key))
    if not tables:
        return pd.DataFrame(columns=["id", PRODUCT, "scope", *_COLUMNS[2:]])
    found = pd.concat(
        [table.astype({REASON: "object", REPLACED_BY: "object"}) for table in tables], ignore_index=True
    )
    found = found.sort_values([FIRST_SEEN, REMOVED, "id"], ignore_index=True)
    ordered: pd.DataFrame = found.reindex(columns=["id", PRODUCT, "scope", *_COLUMNS[2:]])
    return ordered


def dask_frame(folder: Path, parts: Sequence[Part], *, attribution: Mapping[str, str] | None = None) -> Any:
    """Return a dask-geopandas frame whose parts are files.

    Args:
        folder: the archive's folder.
        parts: files, at least one.
        attribution: who must be named with the rows, by scope key; where anybody must, a column says it.

    Raises:
        MissingExtraError: dask-geopandas is not installed.
        ArchiveError: there is nothing to read.
    """
    try:
        # Importing it teaches dask what a GeoDataFrame is.
        import_module("dask_geopandas")
        dataframe = import_module("dask.dataframe")
    except ImportError:
        raise MissingExtraError("A lazy frame needs dask-geopandas: pip install dask-geopandas") from None
    if not parts:
        raise ArchiveError(f"{folder} has no items of these collections; run Archive.sync first")
    told = {part.scope.key: (attribution or {}).get(part.scope.key, "") for part in parts}
    read = partial(read_frame, folder, named=told if any(told.values()) else None)
    return dataframe.from_map(read, parts, meta=read(parts[0]).iloc[:0])


def read_frame(folder: Path, part: Part, *, named: Mapping[str, str] | None = None) -> gpd.GeoDataFrame:
    """Read the columns of one file as geopandas has them, and who must be named; no records."""
    import geopandas as gpd
    import pandas as pd

    names = [name for name, kind in COLUMNS.items() if kind not in ("dict", "geometry") and name != "bbox"]
    table: pa.Table = read_part(folder, part, columns=[*names, "geometry"])
    frame = table.drop_columns(["geometry"]).to_pandas(types_mapper=_TYPES.get)
    for name, kind in COLUMNS.items():
        if kind == "time":
            frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    if named is not None:
        frame["attribution"] = pd.array([named[part.scope.key]] * len(frame), dtype="string")
    shapes = gpd.GeoSeries.from_wkb(table.column("geometry").to_pandas(), crs="EPSG:4326")
    return gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326")


def _mapper() -> dict[Any, Any]:
    import pandas as pd

    return {pa.string(): pd.StringDtype(), pa.int64(): pd.Int64Dtype()}


_TYPES = _mapper()
