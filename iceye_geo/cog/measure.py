"""Reading what is measured: a pixel, a line, the parts of an image that statistics are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from iceye_geo.cog.image import Image
from iceye_geo.cog.plan import Window
from iceye_geo.cog.region import HasGeoInterface, Where, find_region
from iceye_geo.cog.shown import db, facts, joined
from iceye_geo.cog.statistics import Tally
from iceye_geo.cog.values import UNITS, Values, check_values, convert
from iceye_geo.errors import InvalidInputError, OutsideFrameError

Method = Literal["exact", "sampled"]
_MOST_SAMPLES = 2000
# Rows read at a time when a whole frame is added up: about 50 MB of a 24,000 pixel wide frame.
_STRIP_ROWS = 1024


@dataclass(frozen=True, slots=True)
class Point:
    """One pixel.

    Attributes:
        lon: degrees.
        lat: degrees.
        row: row of the pixel.
        col: column of the pixel.
        dn: digital number; None where there is no data.
        sigma0_db: sigma nought, dB; None where there is no data or no calibration.
        relative_db: 20 log10(DN), dB; None where there is no data.
        incidence_deg: incidence angle, degrees; None if the file does not tell.
    """

    lon: float
    lat: float
    row: int
    col: int
    dn: float | None
    sigma0_db: float | None
    relative_db: float | None
    incidence_deg: float | None

    @property
    def _brightness(self) -> str:
        if self.dn is None:
            return "no data"
        if self.sigma0_db is not None:
            return f"sigma nought {db(self.sigma0_db)}"
        return f"{db(self.relative_db)}, not calibrated"

    def __repr__(self) -> str:
        angle = "" if self.incidence_deg is None else f"incidence {self.incidence_deg:.2f}°"
        place = f"({self.lon:.5f}, {self.lat:.5f}), row {self.row}, col {self.col}"
        return f"Point({joined((place, self._brightness, angle))})"

    def _repr_html_(self) -> str:
        rows = {
            "lon, lat": f"{self.lon:.5f}, {self.lat:.5f}", "row, column": f"{self.row}, {self.col}",
            "digital number": "" if self.dn is None else f"{self.dn:g}", "backscatter": self._brightness,
            "incidence angle": "" if self.incidence_deg is None else f"{self.incidence_deg:.2f}°",
        }  # fmt: skip
        return facts("Point", rows)


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Values along a line.

    Attributes:
        distance_m: from the start, metres on the ellipsoid.
        lon: degrees.
        lat: degrees.
        array: masked values, nearest pixel; masked outside the frame and where there is no data.
        values: what they are.
    """

    distance_m: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    array: np.ma.MaskedArray[Any, Any] = field(repr=False)
    values: Values

    def __repr__(self) -> str:
        words = f"{len(self.array)} samples over {self.distance_m[-1] / 1000:.2f} km"
        return f"Profile({words}, {self.array.count()} with data, {UNITS[self.values]})"


def read_point(image: Image, lon: float, lat: float) -> Point:
    """Read the pixel under a point."""
    info = image.info()
    exact_row, exact_col = image.geolocation.pixel(lon, lat)
    row, col = min(int(exact_row), info.height - 1), min(int(exact_col), info.width - 1)
    dn = image.read(Window(row, col, 1, 1)).array.reshape(-1)[:1]
    masked = bool(np.ma.getmaskarray(dn)[0]) or float(dn.data[0]) <= 0
    relative = None if masked else float(20 * np.log10(float(dn.data[0])))
    factor = info.calibration.factor
    return Point(
        lon, lat, row, col, dn=None if masked else float(dn.data[0]), relative_db=relative,
        sigma0_db=None if relative is None or factor is None else relative + float(10 * np.log10(factor)),
        incidence_deg=float(info.incidence.at(exact_row)) if info.incidence else None,
    )  # fmt: skip


def tally(
    image: Image, where: Where | None, *, size: int, size_m: float | None, exact: bool | None, tiles: int
) -> tuple[Tally, Method]:
    """Add up a place or the whole frame, exactly or by evenly spaced tiles."""
    counted = Tally(image.info())
    if where is not None:
        if exact is False:
            raise InvalidInputError("exact", "a place is always read exactly")
        region = find_region(where, image.geolocation, size=size, size_m=size_m)
        window = region.window.clip(image.window.height, image.window.width)
        for part in strips(window):
            raster = image.read(part)
            outside = region.outside(raster.window, raster.shape[-2:])  # type: ignore[arg-type]
            counted.add(raster.array if outside is None else raster.masked(outside).array)
        return counted, "exact"
    windows = list(strips(image.window)) if exact else sample_windows(image, tiles)
    arrive = image.prefetch(windows) if not exact else (lambda: None)
    for window in windows:
        counted.add(image.read(window).array)
    arrive()
    return counted, "exact" if exact else "sampled"


def strips(window: Window) -> Iterator[Window]:
    """Cut a window into strips of rows, so that memory stays bounded."""
    for row in range(window.row, window.stop[0], _STRIP_ROWS):
        yield Window(row, window.col, min(_STRIP_ROWS, window.stop[0] - row), window.width)


def sample_windows(image: Image, tiles: int) -> list[Window]:
    """Return evenly spaced tiles of the frame, aligned to its blocks."""
    if tiles < 1:
        raise InvalidInputError("tiles", "must be at least 1")
    height, width = image.window.height, image.window.width
    down, across = image.info().block
    rows, cols = -(-height // down), -(-width // across)
    side = max(1, round(tiles**0.5))
    chosen = [(r, c) for r in _spread(rows, side) for c in _spread(cols, -(-tiles // min(side, rows)))]
    return [Window(r * down, c * across, down, across).clip(height, width) for r, c in chosen[:tiles]]


def _spread(n: int, wanted: int) -> list[int]:
    """Return up to ``wanted`` of n positions, from the middle of equal parts.

    Example:
        >>> _spread(9, 3), _spread(2, 5)
        ([1, 4, 7], [0, 1])
    """
    return sorted({int((i + 0.5) * n / min(wanted, n)) for i in range(min(wanted, n))})


def read_profile(image: Image, line: Any, *, samples: int | None, values: Values) -> Profile:
    """Read nearest pixels along a line, tile by tile, all tiles sent for at once."""
    check_values(values)
    lon, lat, distance = _along(line, image, samples)
    row, col = image.geolocation.pixels(lon, lat)
    height, width = image.window.height, image.window.width
    inside = np.isfinite(row) & np.isfinite(col) & (row >= 0) & (col >= 0) & (row < height) & (col < width)
    if not inside.any():
        raise OutsideFrameError("The line lies outside the frame. Points are (lon, lat).")
    rows, cols = np.where(inside, row, 0).astype(int), np.where(inside, col, 0).astype(int)
    dn = np.ma.MaskedArray(np.zeros(lon.shape), mask=True)
    groups = list(_by_tile(rows, cols, inside, image.info().block))
    arrive = image.prefetch(window for window, _ in groups)
    for window, members in groups:
        pixels = image.read(window).array
        pixels = pixels if pixels.ndim == 2 else pixels[0]
        dn[members] = pixels[rows[members] - window.row, cols[members] - window.col]
    arrive()
    info = image.info()
    theta = info.incidence.at(row) if info.incidence is not None else None
    array, kind = convert(dn, values, calibration=info.calibration, theta_deg=theta)
    return Profile(distance, lon, lat, array, kind)


def _by_tile(
    rows: NDArray[np.int_], cols: NDArray[np.int_], inside: NDArray[np.bool_], block: tuple[int, int]
) -> Iterator[tuple[Window, NDArray[np.int_]]]:
    keys = np.stack([rows // block[0], cols // block[1]], axis=1)
    for key in np.unique(keys[inside], axis=0):
        members = np.flatnonzero(inside & (keys == key).all(axis=1))
        top, left = int(rows[members].min()), int(cols[members].min())
        height, width = int(rows[members].max()) - top + 1, int(cols[members].max()) - left + 1
        yield Window(top, left, height, width), members


def _along(line: Any, image: Image, samples: int | None) -> tuple[Any, Any, Any]:
    from pyproj import Geod

    if isinstance(line, Mapping | HasGeoInterface):
        told = line if isinstance(line, Mapping) else line.__geo_interface__
        told = told.get("geometry", told)
        if told.get("type") != "LineString":
            raise InvalidInputError("line", f"a {told.get('type')} is no LineString")
        line = told["coordinates"]
    points = np.asarray([p[:2] for p in line], dtype=np.float64)
    if len(points) < 2 or not np.isfinite(points).all():
        raise InvalidInputError("line", "needs at least two (lon, lat) points")
    points[:, 0] = np.unwrap(points[:, 0], period=360)
    geod = Geod(ellps="WGS84")
    _, _, legs = geod.inv(points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1])
    ends = np.concatenate([[0.0], np.cumsum(legs)])
    if ends[-1] <= 0:
        raise InvalidInputError("line", "has no length")
    if samples is None:
        spacing = min(image.geolocation.spacing_m(image.window.height / 2, image.window.width / 2))
        samples = int(np.clip(ends[-1] / spacing, 2, _MOST_SAMPLES))
    if samples < 2:
        raise InvalidInputError("samples", "must be at least 2")
    distance = np.linspace(0.0, ends[-1], samples)
    return np.interp(distance, ends, points[:, 0]), np.interp(distance, ends, points[:, 1]), distance
