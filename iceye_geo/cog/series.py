"""Time series: the same place from many scenes on one grid, as an xarray. Needs the extra ``lazy``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from iceye_geo.cog.geocode import GeoRaster, Grid, fit_grid, resample, resolve_crs, window_under
from iceye_geo.cog.info import sources_of
from iceye_geo.cog.opening import make_recipe
from iceye_geo.cog.raster import Raster
from iceye_geo.cog.values import UNITS, Values, check_values
from iceye_geo.errors import InvalidInputError, MissingExtraError, OutsideFrameError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from iceye_geo.cog.cog import Cog
    from iceye_geo.cog.links import HasSession
    from iceye_geo.cog.opening import CogLike, Recipe
    from iceye_geo.cog.ref import LinkResolver

_WORKERS = 4
_METRES_PER_DEGREE = 111_320.0
# Up to so many pixels a place is read at full resolution and averaged in power, about 10 MB a scene. Overviews are
# averages of amplitude, which makes single-look sigma nought up to 1 dB too dark.
POWER_PIXELS = 8_000_000
_IN_DB = ("sigma0_db", "relative_db")
_IN_POWER = ("sigma0", "beta0")


def stack(
    items: Iterable[CogLike], where: Sequence[float], *, size_m: float = 1000.0, max_size: int = 512,
    crs: str = "utm", values: Values = "sigma0_db", asset: str | None = None, client: HasSession | None = None,
    resolver: LinkResolver | None = None,
) -> xr.DataArray:  # fmt: skip
    """Read one place from many scenes, geocoded to one grid.

    Compare scenes of one geometry: the same look side, pass and incidence angle, which are coordinates of the result.

    Args:
        items: scenes in any order.
        where: (lon, lat) of the middle, or a box (west, south, east, north).
        size_m: side round a point, metres.
        max_size: longer side of the grid, pixels.
        crs: of the grid: "utm", "EPSG:4326" ...
        values: as for ``Cog.preview``; "relative_db" where scenes are not calibrated.
        asset: key of the asset; None picks the GRD-COG.
        client: who renews links.
        resolver: who renews links instead.

    Returns:
        DataArray (time, y, x) of float32 in order of time, NaN where a scene has nothing. Coordinates by time:
        ``item``, ``look_side``, ``orbit_state``, ``incidence_deg``; map ``y``, ``x`` and ``spatial_ref``.
        ``attrs``: crs, units, pixel (map units), averaged ("power", or "amplitude" for places so large that overviews
        were read), outside (scenes that do not see the place, left out), attribution (who must be named; only where
        somebody must).

    Raises:
        OutsideFrameError: no scene sees the place.
        InvalidInputError: calibrated and other scenes together, or a scene that does not tell its time.
        MissingExtraError: xarray or rioxarray is not installed.

    Example:
        >>> series = stack([item], item.bbox, max_size=64, values="relative_db", client=client)
        >>> series.dims, series.sizes["time"]
        (('time', 'y', 'x'), 1)
    """
    _need_xarray()
    check_values(values)
    recipes = [make_recipe(i, asset=asset, client=client, resolver=resolver) for i in items]
    if not recipes:
        raise InvalidInputError("items", "is empty")
    grid = _grid(where, size_m, max_size, crs)
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="iceye-geo-stack") as pool:
        seen = list(pool.map(lambda r: _read_layer(r, grid, values), recipes))
    layers = sorted((layer for layer in seen if layer is not None), key=lambda layer: layer.time)
    outside = [r.ref.label for layer, r in zip(seen, recipes, strict=True) if layer is None]
    if not layers:
        raise OutsideFrameError("None of the scenes sees the place. Points are (lon, lat).")
    if len({layer.picture.values for layer in layers}) > 1:
        raise InvalidInputError(
            "items", "hold calibrated and uncalibrated scenes", hint='Ask for values="relative_db".'
        )
    return _to_xarray(layers, grid, outside)


def backscatter_curve(series: xr.DataArray) -> pd.DataFrame:
    """Return the mean over the place for each date, averaged in power.

    Args:
        series: from ``stack``, in dB or linear backscatter.

    Returns:
        DataFrame indexed by time: ``mean_db``, ``p05_db``, ``p95_db`` (percentiles of pixels), ``seen`` (share of the
        place with data) and ``item``.

    Raises:
        InvalidInputError: the series holds digital numbers or amplitudes.

    Example:
        ``backscatter_curve(series).mean_db.plot()``
    """
    import pandas as pd

    if series.name not in _IN_DB + _IN_POWER:
        raise InvalidInputError("series", f"holds {series.name}, not backscatter", hint="Stack sigma0_db.")
    cube = series.values.reshape(series.sizes["time"], -1).astype(np.float64)
    power = 10.0 ** (cube / 10.0) if series.name in _IN_DB else cube
    rows = [_describe(pixels[np.isfinite(pixels)], pixels.size) for pixels in power]
    columns = ["mean_db", "p05_db", "p95_db", "seen"]
    frame = pd.DataFrame(rows, index=pd.DatetimeIndex(series.time.values, name="time"), columns=columns)
    return frame.assign(item=series["item"].values)


def _describe(power: Any, count: int) -> tuple[float, float, float, float]:
    # A layer with nothing seen never gets into a stack, but may come of a selection from one.
    if not power.size:
        return float("nan"), float("nan"), float("nan"), 0.0
    low, high = np.percentile(power, (5, 95))
    mean, low, high = (float(10 * np.log10(max(v, 1e-12))) for v in (power.mean(), low, high))
    return mean, low, high, power.size / count


@dataclass(frozen=True, slots=True)
class _Layer:
    """One scene on the grid."""

    time: datetime
    label: str
    picture: GeoRaster
    incidence_deg: float
    averaged: str


def _read_layer(recipe: Recipe, grid: Grid, values: Values) -> _Layer | None:
    """Read one scene onto the grid; None if it does not see it."""
    with recipe.open() as cog:
        try:
            raster, averaged = _read_place(cog, grid)
        except OutsideFrameError:
            return None
        picture = resample(raster, cog.geolocation, grid, values=values)
        if picture.mask.all():
            return None
        info = cog.info()
        row = raster.window.row + raster.window.height / 2
        angle = float(info.incidence.at(row)) if info.incidence else float("nan")
        return _Layer(_moment(info.start_datetime, recipe), recipe.ref.label, picture, angle, averaged)


def _read_place(cog: Cog, grid: Grid) -> tuple[Raster, str]:
    """Read what lies under a grid, at a resolution between one and two pixels of the grid."""
    under = window_under(grid, cog.geolocation)
    window = under.clip(cog.window.height, cog.window.width)
    if window.height * window.width > POWER_PIXELS:
        share = max(window.height, window.width) / max(under.height, under.width)
        longest = max(1, round(2 * share * max(grid.rows, grid.cols)))
        return cog.read(window, max_size=longest), "amplitude"
    step = int(min(under.height, under.width) / max(grid.rows, grid.cols) / 1.5)
    return multilook(cog.read(window), max(1, step)), "power"


def multilook(raster: Raster, step: int) -> Raster:
    """Average squares of pixels in power; a square counts where at least half of it has data.

    Args:
        raster: digital numbers, one band.
        step: side of the squares, pixels; the remainder at the far edges is left out.

    Returns:
        Raster of digital numbers: roots of mean squares.
    """
    rows, cols = raster.shape[-2] // step, raster.shape[-1] // step
    if step == 1 or rows == 0 or cols == 0 or raster.array.ndim != 2:
        return raster
    cut = raster.array[: rows * step, : cols * step]
    square = np.ma.filled(cut, 0).astype(np.float32) ** 2
    valid = ~np.ma.getmaskarray(cut)
    blocks = (rows, step, cols, step)
    count = valid.reshape(blocks).sum(axis=(1, 3))
    total = (square * valid).reshape(blocks).sum(axis=(1, 3), dtype=np.float64)
    array = np.ma.MaskedArray(np.sqrt(total / np.maximum(count, 1)), mask=count * 2 < step * step)
    down, across = raster.scale
    window = replace(raster.window, height=round(rows * step * down), width=round(cols * step * across))
    return replace(raster, array=array, window=window)


def _to_xarray(layers: Sequence[_Layer], grid: Grid, outside: list[str]) -> xr.DataArray:
    import rioxarray  # noqa: F401 - registers the .rio accessor
    import xarray

    kind = layers[0].picture.values
    infos = [layer.picture.info for layer in layers]
    source = sources_of(infos)
    array = xarray.DataArray(
        np.stack([np.ma.filled(layer.picture.array.astype(np.float32), np.nan) for layer in layers]),
        dims=("time", "y", "x"),
        coords={
            "time": np.array([layer.time for layer in layers], dtype="datetime64[ns]"),
            "item": ("time", [layer.label for layer in layers]),
            "look_side": ("time", [info.look_side for info in infos]),
            "orbit_state": ("time", [info.orbit_state for info in infos]),
            "incidence_deg": ("time", [layer.incidence_deg for layer in layers]),
            "y": grid.top - (np.arange(grid.rows) + 0.5) * grid.pixel,
            "x": grid.left + (np.arange(grid.cols) + 0.5) * grid.pixel,
        },
        name=kind,
        attrs={
            "units": UNITS[kind],
            "pixel": grid.pixel,
            "averaged": "power" if all(layer.averaged == "power" for layer in layers) else "amplitude",
            "outside": outside,
            **({"attribution": source} if source else {}),
        },
    )
    placed: xr.DataArray = array.rio.write_crs(grid.crs).rio.write_transform(grid.transform)
    return placed.assign_attrs(crs=grid.crs)  # write_crs takes it away


def _need_xarray() -> None:
    try:
        import rioxarray  # noqa: F401
        import xarray  # noqa: F401
    except ImportError as err:
        raise MissingExtraError("A time series needs: pip install 'iceye-geo[lazy]'") from err


def _grid(where: Sequence[float], size_m: float, max_size: int, crs: str) -> Grid:
    if max_size < 1 or not size_m > 0:
        field, value = ("max_size", max_size) if max_size < 1 else ("size_m", size_m)
        raise InvalidInputError(field, f"must be above 0, not {value}")
    lons, lats = _corners(where, size_m)
    return fit_grid(resolve_crs(crs, lons, lats), lons, lats, longest=max_size)


def _corners(where: Sequence[float], size_m: float) -> tuple[Any, Any]:
    """Return longitudes and latitudes of a place's corners."""
    try:
        numbers = [float(v) for v in where]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) not in (2, 4) or not np.isfinite(numbers).all():
        raise InvalidInputError("where", "must be (lon, lat) or (west, south, east, north)")
    if len(numbers) == 2:
        lon, lat = numbers
        up = size_m / 2 / _METRES_PER_DEGREE
        aside = up / max(np.cos(np.radians(lat)), 1e-3)
        numbers = [lon - aside, lat - up, lon + aside, lat + up]
    west, south, east, north = numbers
    east = east + 360 if east < west else east
    if not (-90 <= south < north <= 90 and west < east):
        raise InvalidInputError("where", f"{tuple(where)} is no place", hint="Give (lon, lat) in degrees.")
    return np.array([west, east, east, west]), np.array([south, south, north, north])


def _moment(text: str, recipe: Recipe) -> datetime:
    """Return the time of a scene, UTC without a zone, as xarray wants it."""
    told = text or str(recipe.properties.get("start_datetime") or recipe.properties.get("datetime") or "")
    try:
        found = datetime.fromisoformat(told.replace("Z", "+00:00"))
    except ValueError:
        raise InvalidInputError(
            "items", f"{recipe.ref.label} does not tell when it was taken, so it has no place in a series"
        ) from None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
