"""Lazy arrays: a frame as an xarray over dask; its tasks carry a recipe, never a link. Needs the extra ``lazy``."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np

from iceye_geo.cog.plan import Window
from iceye_geo.cog.values import UNITS, Values, check_values
from iceye_geo.errors import InvalidInputError, MissingExtraError

if TYPE_CHECKING:
    import xarray as xr

    from iceye_geo.cog.image import Image
    from iceye_geo.cog.opening import Recipe

# Images kept open per process: enough for a time series of a place, few enough for file handles and memory.
_MOST_OPEN = 16
_open: OrderedDict[tuple[int, str], Image] = OrderedDict()
_lock = threading.Lock()


def to_xarray(image: Image, *, chunks: int, values: Values, frame: int) -> xr.DataArray:
    """Build the lazy array of a frame; see ``Cog.to_xarray``."""
    xarray, dask_array = _libraries()
    check_values(values)
    if chunks < 1:
        raise InvalidInputError("chunks", "must be at least 1 pixel")
    info = image.info()
    sides = [-(-chunks // block) * block for block in info.block]
    rows, cols = _cuts(info.height, sides[0]), _cuts(info.width, sides[1])
    dtype = np.dtype(info.dtype) if values == "dn" else np.dtype(np.float32)
    name = (
        f"iceye-geo-{abs(hash((image.recipe.identity, image.size_and_tag, values, frame, tuple(sides)))):x}"
    )
    graph = {
        (name, i, j): (
            read_block,
            image.recipe,
            (top, left, bottom - top, right - left),
            values,
            frame,
            dtype.str,
        )
        for i, (top, bottom) in enumerate(rows)
        for j, (left, right) in enumerate(cols)
    }
    lengths = tuple(b - a for a, b in rows), tuple(b - a for a, b in cols)
    data = dask_array.Array(graph, name, chunks=lengths, dtype=dtype)
    array: xr.DataArray = xarray.DataArray(
        data, dims=("row", "col"), coords=_coords(image), attrs=_attributes(image, values), name=values
    )
    return array


def read_block(
    recipe: Recipe, window: tuple[int, int, int, int], values: Values, frame: int, dtype: str
) -> Any:
    """Read one chunk, wherever the task runs; the link is asked for here and now."""
    array = borrow(recipe).read(Window(*window), values=values, frame=frame).array
    array = array if array.ndim == 2 else array[0]
    kind = np.dtype(dtype)
    return np.ma.filled(array.astype(kind), np.nan if kind.kind == "f" and values != "dn" else 0)


def borrow(recipe: Recipe) -> Image:
    """Return the process's own open image for a recipe: tasks of a process share one reader."""
    key = (os.getpid(), recipe.identity)
    with _lock:
        found = _open.get(key)
        if found is None:
            found = _open[key] = recipe.open()
        _open.move_to_end(key)
        # Dropped ones close when the last task lets go of them.
        while len(_open) > _MOST_OPEN:
            _open.popitem(last=False)
    return found


def _coords(image: Image) -> dict[str, Any]:
    info = image.info()
    coords: dict[str, Any] = {"row": np.arange(info.height), "col": np.arange(info.width)}
    if info.incidence is not None:
        coords["incidence_deg"] = ("row", info.incidence.at(np.arange(info.height) + 0.5))
    return coords


def _attributes(image: Image, values: Values) -> dict[str, Any]:
    info = image.info()
    told = {
        "item_id": image.ref.item_id, "product_type": info.product_type, "mode": info.mode, "units": UNITS[values],
        "look_side": info.look_side, "orbit_state": info.orbit_state, "start_datetime": info.start_datetime,
        "calibrated": int(info.calibrated), "calibration_factor": info.calibration.factor, "looks": info.looks,
        "attribution": info.attribution,
        "geometry": "radar: rows in range, near first; columns in azimuth",
    }  # fmt: skip
    attributes = {k: v for k, v in told.items() if v not in (None, "")}
    return attributes | ({"nodata": info.nodata} if values == "dn" and info.nodata is not None else {})


def _cuts(length: int, step: int) -> list[tuple[int, int]]:
    return [(a, min(a + step, length)) for a in range(0, length, step)]


def _libraries() -> tuple[Any, Any]:
    try:
        import dask.array
        import xarray
    except ImportError as err:
        raise MissingExtraError("Lazy arrays need: pip install 'iceye-geo[lazy]'") from err
    return xarray, dask.array
