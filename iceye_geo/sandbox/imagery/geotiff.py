"""Writing COGs in radar geometry: tie points, RPC, tags, overviews. Knows rasterio, knows no landscape.

A picture is written block by block into a plain tiled TIFF beside the target and then copied by GDAL's COG driver, so
that the memory needed does not grow with the picture.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from iceye_geo.sandbox.geometry import SceneGeometry
from iceye_geo.sandbox.imagery.rpc import fit

#: (first row, first column, values of shape (bands, rows, cols)).
Piece = tuple[int, int, npt.NDArray[Any]]

_TIE_POINTS = 10
_TILE = 512
#: GDAL's block cache while a file is made, bytes; the default is a share of the machine's memory.
_CACHE = 256 * 2**20
#: GDAL 3.10's COG driver lists its options when first asked to copy, without a lock; a copy uses all processors anyway.
_COPYING = threading.Lock()


def tie_points(geometry: SceneGeometry) -> list[tuple[float, float, float, float]]:
    """Return a 10 x 10 grid of (row, col, lon, lat) from outer corner to outer corner.

    Longitudes are continuous: in a scene across the antimeridian they run on beyond 180 degrees, as any
    interpolation between tie points needs.
    """
    rows, cols = np.linspace(0, geometry.height, _TIE_POINTS), np.linspace(0, geometry.width, _TIE_POINTS)
    row, col = (a.ravel() for a in np.meshgrid(rows, cols, indexing="ij"))
    lon, lat = geometry.pixel_to_lonlat(row, col, continuous=True)
    return [tuple(map(float, point)) for point in zip(row, col, lon, lat, strict=True)]  # type: ignore[misc]


def write_cog(
    target: Path, pieces: Iterable[Piece], *, geometry: SceneGeometry, dtype: str, count: int,
    tags: Mapping[str, str], nodata: float | None = 0, compress: str = "LZW",
) -> None:  # fmt: skip
    """Write a Cloud Optimized GeoTIFF with tie points and RPC.

    Args:
        target: file to make; a second file beside it is used and removed.
        pieces: the picture in parts.
        geometry: of the whole picture; gives its size.
        dtype: of the values.
        count: bands.
        tags: metadata items.
        nodata: value that means no data.
        compress: "LZW" or "NONE".
    """
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning
    from rasterio.shutil import copy

    raw = target.with_suffix(".raw.tif")
    with rasterio.Env(GDAL_CACHEMAX=_CACHE), warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            _write_raw(raw, pieces, geometry=geometry, dtype=dtype, count=count, tags=tags, nodata=nodata)
            with _COPYING:
                copy(raw, target, driver="COG", COMPRESS=compress, BLOCKSIZE=_TILE, OVERVIEW_COMPRESS=compress,
                     BIGTIFF="IF_SAFER", NUM_THREADS="ALL_CPUS", OVERVIEWS="IGNORE_EXISTING")  # fmt: skip
        finally:
            raw.unlink(missing_ok=True)


def _write_raw(
    path: Path, pieces: Iterable[Piece], *, geometry: SceneGeometry, dtype: str, count: int,
    tags: Mapping[str, str], nodata: float | None,
) -> None:  # fmt: skip
    import rasterio
    from rasterio.control import GroundControlPoint
    from rasterio.rpc import RPC
    from rasterio.windows import Window

    points = [GroundControlPoint(row=r, col=c, x=x, y=y, z=0.0) for r, c, x, y in tie_points(geometry)]
    profile = {"driver": "GTiff", "width": geometry.width, "height": geometry.height, "count": count,
               "dtype": dtype, "nodata": nodata, "tiled": True, "blockxsize": _TILE, "blockysize": _TILE,
               "interleave": "pixel", "BIGTIFF": "IF_SAFER"}  # fmt: skip
    with rasterio.open(path, "w", **profile) as out:
        out.gcps = (points, rasterio.CRS.from_epsg(4326))
        out.rpcs = RPC(**fit(geometry).as_dict())
        out.update_tags(**tags)
        for row, col, values in pieces:
            out.write(values, window=Window(col, row, values.shape[2], values.shape[1]))
