"""Time series: the same place from many scenes on one grid, as an xarray. Needs the extra ``lazy``."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from iceye_geo.cog.geocode import GeoRaster, Grid, fit_grid, resample, resolve_crs
from iceye_geo.cog.opening import make_recipe
from iceye_geo.cog.region import Where
from iceye_geo.cog.values import UNITS, Values
from iceye_geo.errors import InvalidInputError, MissingExtraError, OutsideFrameError

if TYPE_CHECKING:
    import xarray as xr

    from iceye_geo.cog.links import HasSession
    from iceye_geo.cog.opening import CogLike, Recipe
    from iceye_geo.cog.ref import LinkResolver

_WORKERS = 4
_METRES_PER_DEGREE = 111_320.0


def stack(
    items: Iterable[CogLike], where: Where, *, size_m: float = 1000.0, max_size: int = 512, crs: str = "utm",
    values: Values = "sigma0_db", asset: str | None = None, client: HasSession | None = None,
    resolver: LinkResolver | None = None,
) -> xr.DataArray:  # fmt: skip
    """Read one place from many scenes, geocoded to one grid.

    Args:
        items: scenes in any order.
        where: (lon, lat) of the middle, or a box (west, south, east, north).
        size_m: side round a point, metres.
        max_size: longer side of the grid, pixels.
        crs: of the grid: "utm", "EPSG:4326" ...
        values: as for ``Cog.preview``; "relative_db" where a scene is not calibrated.
        asset: key of the asset; None picks the GRD-COG.
        client: who renews links.
        resolver: who renews links instead.

    Returns:
        DataArray (time, y, x) of float32 in order of time, NaN where a scene has nothing; coordinates ``time``,
        ``item`` and map ``y``, ``x``. Scenes that do not see the place are left out, named in ``attrs["outside"]``.

    Raises:
        OutsideFrameError: no scene sees the place.
        MissingExtraError: xarray is not installed.
    """
    try:
        import xarray
    except ImportError as err:
        raise MissingExtraError("A time series needs: pip install 'iceye-geo[lazy]'") from err
    recipes = [make_recipe(i, asset=asset, client=client, resolver=resolver) for i in items]
    if not recipes:
        raise InvalidInputError("items", "is empty")
    grid = _grid(where, size_m, max_size, crs)
    with ThreadPoolExecutor(_WORKERS) as pool:
        seen = list(pool.map(lambda r: _layer(r, grid, values), recipes))
    layers = [(*layer, r.ref.label) for layer, r in zip(seen, recipes, strict=True) if layer is not None]
    outside = [r.ref.label for layer, r in zip(seen, recipes, strict=True) if layer is None]
    if not layers:
        raise OutsideFrameError("None of the scenes sees the place. Points are (lon, lat).")
    layers.sort(key=lambda layer: layer[0])
    rows, cols = np.arange(grid.rows), np.arange(grid.cols)
    array: xr.DataArray = xarray.DataArray(
        np.stack([np.ma.filled(g.array.astype(np.float32), np.nan) for _, g, _ in layers]),
        dims=("time", "y", "x"),
        coords={
            "time": np.array([t for t, _, _ in layers], dtype="datetime64[ns]"),
            "item": ("time", [label for _, _, label in layers]),
            "y": grid.top - (rows + 0.5) * grid.pixel,
            "x": grid.left + (cols + 0.5) * grid.pixel,
        },
        name=layers[0][1].values,
        attrs={"crs": grid.crs, "units": UNITS[layers[0][1].values], "pixel": grid.pixel, "outside": outside},
    )
    return array


def change_picture(series: xr.DataArray, *, before: int = 0, after: int = -1) -> NDArray[np.uint8]:
    """Return two dates in two colours: red has gone, cyan has come, grey stayed.

    Args:
        series: dB values, as ``stack`` gives them.
        before: index of the earlier date.
        after: index of the later date.

    Returns:
        uint8 of shape (rows, cols, 3).
    """
    pair = np.stack([series.isel(time=before).values, series.isel(time=after).values])
    low, high = np.nanpercentile(pair, (2, 98)) if np.isfinite(pair).any() else (0.0, 1.0)
    shown = np.nan_to_num(np.clip((pair - low) / max(high - low, 1e-9), 0, 1) * 255).astype(np.uint8)
    return np.stack([shown[0], shown[1], shown[1]], axis=-1)


def backscatter_curve(series: xr.DataArray) -> xr.DataArray:
    """Return the mean over the place by time, averaged in power, dB.

    Raises:
        ValueError: the series is not in dB.
    """
    if series.name not in ("sigma0_db", "relative_db"):
        raise ValueError(f"A curve needs dB values, these are {series.name}.")
    power = (10 ** (series / 10)).mean(dim=("y", "x"), skipna=True)
    curve: xr.DataArray = power.copy(data=10 * np.log10(power.values)).rename("mean_db")
    return curve


def _grid(where: Where, size_m: float, max_size: int, crs: str) -> Grid:
    numbers = [float(v) for v in where] if isinstance(where, list | tuple) else []
    if len(numbers) == 2:
        lon, lat = numbers
        up = size_m / 2 / _METRES_PER_DEGREE
        aside = up / max(np.cos(np.radians(lat)), 1e-3)
        west, south, east, north = lon - aside, lat - up, lon + aside, lat + up
    elif len(numbers) == 4:
        west, south, east, north = numbers
        east = east + 360 if east < west else east
    else:
        raise InvalidInputError("where", "must be (lon, lat) or (west, south, east, north)")
    lons, lats = np.array([west, east, east, west]), np.array([south, south, north, north])
    return fit_grid(resolve_crs(crs, lons, lats), lons, lats, longest=max_size)


def _layer(recipe: Recipe, grid: Grid, values: Values) -> tuple[datetime, GeoRaster] | None:
    """Read one scene onto the grid; None if it does not see it."""
    from iceye_geo.cog.geocode import window_under

    with recipe.open() as cog:
        window = window_under(grid, cog.geolocation)
        try:
            raster = cog.read(window, max_size=2 * max(grid.rows, grid.cols))
        except OutsideFrameError:
            return None
        layer = resample(raster, cog.geolocation, grid, values=values)
        if layer.mask.all():
            return None
        return _moment(cog.info().start_datetime), layer


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return datetime(1970, 1, 1)
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
