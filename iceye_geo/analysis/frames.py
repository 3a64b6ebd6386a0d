"""What the functions of this room share: the columns they read, frames made of products, frames in parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from iceye_geo.errors import InvalidInputError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

FRAME = "iceye:frame_id"
TIME = "acquired"
#: Who must be named with a row; only open data have it.
ATTRIBUTION = "attribution"


def check(frame: Any, *columns: str) -> None:
    """Refuse a table that lacks what an analysis reads.

    Raises:
        InvalidInputError: no GeoDataFrame, or a column is missing.
    """
    if not hasattr(frame, "geometry"):
        raise InvalidInputError("gdf", f"must be a GeoDataFrame, this is a {type(frame).__name__}")
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise InvalidInputError(
            "gdf", f"has no column {', '.join(missing)}", hint="Use the table of search.to_geodataframe()."
        )


def is_lazy(frame: Any) -> bool:
    """Say whether a frame is one of dask's, whose parts are computed elsewhere."""
    return hasattr(frame, "map_partitions") and hasattr(frame, "dask")


def gather(frame: Any, reduce: Callable[[gpd.GeoDataFrame], pd.DataFrame]) -> Any:
    """Apply ``reduce`` to each part of a dask frame and put together what is left; plain frames likewise.

    Args:
        frame: a GeoDataFrame, or a dask-geopandas frame: ``reduce`` then runs where the parts are.
        reduce: takes a GeoDataFrame and returns a smaller one, also for an empty one.
    """
    if not is_lazy(frame):
        return reduce(frame)
    import pandas as pd
    from dask import base
    from dask.delayed import delayed

    compute: Any = base.compute  # dask is not annotated

    parts: tuple[Any, ...] = compute(*(delayed(reduce)(part) for part in frame.to_delayed()))
    filled = [part for part in parts if len(part)] or list(parts[:1])
    return pd.concat(filled, ignore_index=True)


def one_row_per_frame(gdf: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Keep one row per frame: its products (GRD, SLC, ...) are the same look at the ground."""
    known = gdf[FRAME].notna()
    return gdf[~(known & gdf.duplicated(subset=[FRAME]))]


def image_ids(frame_ids: pd.Series, fallback: Sequence[Any]) -> pd.Series:
    """Return the image that each frame was cut from: the frame id without its number.

    Strip and Scan images are cut into frames that overlap a little; the overlap was seen once, not twice.

    Example:
        >>> import pandas as pd
        >>> image_ids(pd.Series(["4407788_1", "4407788_2", None]), ["a", "b", "c"]).tolist()
        ['4407788', '4407788', 'c']
    """
    import pandas as pd

    base = frame_ids.astype("string").str.replace(r"_\d+$", "", regex=True)
    return base.fillna(pd.Series(list(fallback), index=frame_ids.index, dtype="string")).astype("string")


def attribution_of(frames: pd.DataFrame) -> str:
    """Return who must be named with a table, or "".

    Example:
        >>> import pandas as pd
        >>> attribution_of(pd.DataFrame({"attribution": ["ICEYE, CC-BY 4.0", None]}))
        'ICEYE, CC-BY 4.0'
    """
    told = frames[ATTRIBUTION].dropna().astype(str) if ATTRIBUTION in frames.columns else ()
    return "; ".join(sorted({text for text in told if text}))


def named(table: gpd.GeoDataFrame, attribution: str) -> gpd.GeoDataFrame:
    """Write into every row of a result who must be named with it; nothing where nobody must."""
    return table.assign(**{ATTRIBUTION: attribution}) if attribution else table
