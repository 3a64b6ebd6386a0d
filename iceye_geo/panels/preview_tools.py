"""What is measured in a preview: a pixel, a distance on the ground, a height by its shadow; and the plots."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from iceye_geo.errors import InvalidInputError, NoGeoreferenceError, NotCalibratedError, OutsideFrameError

if TYPE_CHECKING:
    from iceye_geo.cog import Cog
    from iceye_geo.cog.measure import Profile

Pixel = tuple[float, float]

#: Said with every height: the figure is no better than this.
HEIGHT_ASSUMPTION = (
    "h = L / tan(incidence): level ground, an upright object, and a line along the shadow's range direction, from the "
    "foot of the object to the end of its shadow. Columns do not count."
)
# A line that leans further from the range direction than this measures something else than a shadow.
_LEAN_DEG = 20.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One pixel at full resolution.

    Attributes:
        row: row of the frame.
        col: column of the frame.
        lon: degrees; None where the file does not say where it lies.
        lat: degrees, or None.
        dn: digital number; None where there is no data.
        db: sigma nought, or relative dB where ``calibrated`` is false; None where there is no data.
        calibrated: whether ``db`` is sigma nought.
        incidence_deg: incidence angle; None if the file does not tell.
    """

    row: int
    col: int
    lon: float | None
    lat: float | None
    dn: float | None
    db: float | None
    calibrated: bool
    incidence_deg: float | None

    def __str__(self) -> str:
        place = "no georeference" if self.lon is None else f"lon {self.lon:.6f}, lat {self.lat:.6f}"
        parts = [f"row {self.row}, column {self.col}", place]
        if self.db is None or self.dn is None:
            parts.append("no data")
        else:
            parts.append(f"{'σ⁰' if self.calibrated else 'relative'} {self.db:.2f} dB (DN {self.dn:g})")
        if self.incidence_deg is not None:
            parts.append(f"incidence {self.incidence_deg:.2f}°")
        return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class Distance:
    """A straight line on the ground.

    Attributes:
        metres: geodesic length on WGS84.
        azimuth_deg: direction at its start, clockwise from north, in [0, 360).
    """

    metres: float
    azimuth_deg: float

    def __str__(self) -> str:
        words = f"{self.metres / 1000:.3f} km" if self.metres >= 2000 else f"{self.metres:.1f} m"
        return f"{words} on the ground, direction {self.azimuth_deg:.1f}° from north"


@dataclass(frozen=True, slots=True)
class Height:
    """A height by the length of its shadow.

    Attributes:
        metres: h = L / tan(incidence).
        shadow_m: L, the shadow's length in ground range.
        incidence_deg: incidence angle at the middle of the shadow.
        lean_deg: how far the line leans from the range direction.
    """

    metres: float
    shadow_m: float
    incidence_deg: float
    lean_deg: float

    def __str__(self) -> str:
        text = f"{self.metres:.1f} m high: shadow {self.shadow_m:.1f} m, incidence {self.incidence_deg:.2f}°"
        if self.lean_deg > _LEAN_DEG:
            text += f". The line leans {self.lean_deg:.0f}° from the range direction; shadows fall along it"
        return text


def read_pixel(cog: Cog, row: float, col: float) -> Reading:
    """Read the pixel that holds a position, at full resolution.

    Raises:
        OutsideFrameError: the position lies outside the frame.
    """
    from iceye_geo.cog.plan import Window

    info = cog.info()
    _check_inside(cog, row, col)
    r, c = min(int(row), info.height - 1), min(int(col), info.width - 1)
    dn = cog.read(Window(r, c, 1, 1)).array.reshape(-1)[:1]
    valid = not bool(np.ma.getmaskarray(dn)[0]) and float(dn.data[0]) > 0
    value = float(dn.data[0]) if valid else None
    offset = 10 * math.log10(info.calibration.factor) if info.calibration.factor else 0.0
    lon, lat = _lonlat(cog, r + 0.5, c + 0.5)
    return Reading(
        r, c, lon, lat, value, None if value is None else 20 * math.log10(value) + offset,
        info.calibration.factor is not None,
        float(info.incidence.at(r + 0.5)) if info.incidence is not None else None,
    )  # fmt: skip


def ground_distance(cog: Cog, start: Pixel, end: Pixel) -> Distance:
    """Measure the geodesic between two pixel positions (row, column).

    Raises:
        NoGeoreferenceError: the file does not say where it lies.
    """
    from pyproj import Geod

    (lon0, lat0), (lon1, lat1) = cog.geolocation.lonlat(*start), cog.geolocation.lonlat(*end)
    azimuth, _, metres = Geod(ellps="WGS84").inv(lon0, lat0, lon1, lat1)
    return Distance(float(metres), float(azimuth) % 360)


def shadow_height(cog: Cog, start: Pixel, end: Pixel) -> Height:
    """Estimate how high an object is by its shadow: h = L / tan(incidence), see ``HEIGHT_ASSUMPTION``.

    Args:
        cog: the frame.
        start: (row, column) of the foot of the object.
        end: (row, column) of the end of its shadow.

    Raises:
        InvalidInputError: both points lie in one row, so that nothing was measured along range.
        NotCalibratedError: the file does not tell its incidence angle.
        NoGeoreferenceError: the file does not say where it lies, hence not how large a pixel is.
    """
    model = cog.info().incidence
    if model is None:
        raise NotCalibratedError(
            "A height needs the incidence angle, which this frame does not tell. The distance can still be measured."
        )
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    per_row, per_col = cog.geolocation.spacing_m(*middle)
    along, across = abs(end[0] - start[0]) * per_row, abs(end[1] - start[1]) * per_col
    if along <= 0:
        raise InvalidInputError("end", "lies in the same row; a shadow falls along range, from row to row")
    theta = float(model.at(middle[0]))
    return Height(
        along / math.tan(math.radians(theta)), along, theta, math.degrees(math.atan2(across, along))
    )


def plot_profile(profile: Profile, *, unit: str) -> bytes:
    """Draw values along a line; PNG."""
    figure, axes = _figure()
    axes.plot(profile.distance_m, np.ma.filled(profile.array.astype(float), np.nan), lw=0.8, color="#0072b2")
    axes.set_xlabel("distance (m)")
    axes.set_ylabel(unit)
    return _png(figure)


def plot_histogram(
    counts: Any, edges: Any, *, unit: str, limits: tuple[float, float] | None = None, title: str = ""
) -> bytes:
    """Draw a histogram, with the darkest and brightest value shown; PNG."""
    figure, axes = _figure()
    axes.stairs(counts, edges, fill=True, color="#56b4e9")
    for value in limits or ():
        axes.axvline(value, color="#d55e00", lw=1.2)
    axes.set_xlabel(unit)
    axes.set_ylabel("pixels")
    axes.set_title(title, fontsize=9)
    return _png(figure)


def _figure() -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    # Not pyplot: this runs in worker threads, and pyplot keeps every figure.
    figure = Figure(figsize=(4.4, 2.2), dpi=110, layout="constrained")
    axes = figure.add_subplot()
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3)
    return figure, axes


def _png(figure: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _lonlat(cog: Cog, row: float, col: float) -> tuple[float | None, float | None]:
    try:
        return cog.geolocation.lonlat(row, col)
    except NoGeoreferenceError:
        return None, None


def _check_inside(cog: Cog, row: float, col: float) -> None:
    info = cog.info()
    if not (0 <= row <= info.height and 0 <= col <= info.width):
        raise OutsideFrameError(
            f"Row {row:.0f}, column {col:.0f} lies outside the frame of {info.height} rows and {info.width} columns."
        )
