"""The geometry of a synthetic scene: pixels to the ground and back on WGS 84. No pixel values, no files.

The model is an ideal strip: from the scene centre along a geodesic in flight direction by the azimuth offset,
then along the geodesic at right angles to it by the ground range offset, at ellipsoid height 0.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from shapely import Polygon

FloatArray = npt.NDArray[np.float64]
LookSide = Literal["left", "right"]
OrbitState = Literal["ascending", "descending"]

EARTH_RADIUS_M = 6_371_000.0
#: Height of ICEYE's orbits; the angles of the API's sample item give it (stac-and-providers, section 3).
ORBIT_HEIGHT_M = 560_000.0
ORBIT_INCLINATION_DEG = 97.7
_EARTH_ROTATION = 7.292115e-5
_MU = 3.986004418e14
#: Newton steps of the inverse at most (each gains about four digits), and the error it may stop at, metres.
_INVERSE_STEPS, _INVERSE_M = 8, 1e-3


@functools.cache
def _geod() -> Any:
    from pyproj import Geod

    return Geod(ellps="WGS84")


def heading_at(latitude: float, *, orbit_state: OrbitState) -> float:
    """Return the direction of the ground track, degrees clockwise from north, in [0, 360).

    Beyond the orbit's highest latitude (82.3 degrees) the track is the one at that latitude.

    Example:
        >>> round(heading_at(0.0, orbit_state="ascending"))
        349
        >>> round(heading_at(60.2, orbit_state="descending"))
        197
    """
    limit = math.radians(180 - ORBIT_INCLINATION_DEG)
    lat = min(max(math.radians(latitude), -limit + 1e-6), limit - 1e-6)
    inertial = math.asin(math.cos(math.radians(ORBIT_INCLINATION_DEG)) / math.cos(lat))
    if orbit_state == "descending":
        inertial = math.pi - inertial
    radius = EARTH_RADIUS_M + ORBIT_HEIGHT_M
    speed = math.sqrt(_MU / radius) * EARTH_RADIUS_M / radius
    east = speed * math.sin(inertial) - _EARTH_ROTATION * EARTH_RADIUS_M * math.cos(lat)
    return math.degrees(math.atan2(east, speed * math.cos(inertial))) % 360.0


def off_nadir(incidence_deg: float) -> float:
    """Return the look angle at the satellite, degrees, for an incidence angle on the ground, degrees."""
    ratio = EARTH_RADIUS_M / (EARTH_RADIUS_M + ORBIT_HEIGHT_M)
    return math.degrees(math.asin(ratio * math.sin(math.radians(incidence_deg))))


def _central_angle(incidence_deg: float) -> float:
    return math.radians(incidence_deg - off_nadir(incidence_deg))


def _incidence_deg(central_angle: FloatArray | float) -> FloatArray:
    radius = EARTH_RADIUS_M + ORBIT_HEIGHT_M
    across, down = radius * np.sin(central_angle), radius * np.cos(central_angle) - EARTH_RADIUS_M
    return np.asarray(np.degrees(np.arctan2(across, down)), dtype=np.float64)


def incidence_range(incidence_center: float, *, range_m: float) -> tuple[float, float]:
    """Return (near, far) incidence angles, degrees, of a swath ``range_m`` wide around a centre angle.

    Example:
        >>> near, far = incidence_range(30.0, range_m=30_000)
        >>> round(near, 1), round(far, 1)
        (28.7, 31.3)
    """
    center, half = _central_angle(incidence_center), range_m / 2 / EARTH_RADIUS_M
    return float(_incidence_deg(center - half)), float(_incidence_deg(center + half))


@dataclass(frozen=True, slots=True)
class SceneGeometry:
    """Where the pixels of one GRD scene lie on the ground.

    Rows are ground range, near range at the top; columns are azimuth. Right looking, azimuth time runs from
    left to right; left looking, from right to left ("shadows-down" and never mirrored). Pixel coordinates are
    GDAL's: (0, 0) is the outer corner of the first pixel, (0.5, 0.5) its centre.

    Attributes:
        center_lon: longitude of the scene centre, degrees.
        center_lat: latitude of the scene centre, degrees.
        heading_deg: flight direction, degrees clockwise from north.
        look_side: "left" or "right" of the flight direction.
        incidence_near: incidence angle at the first row's outer edge, degrees.
        incidence_far: incidence angle at the last row's outer edge, degrees.
        range_m: ground extent across the flight line, metres.
        azimuth_m: ground extent along the flight line, metres.
        width: columns (azimuth).
        height: rows (range).

    Raises:
        ValueError: a size that is not positive, an unknown look side, a latitude beyond the poles.

    Example:
        >>> g = SceneGeometry.build(24.9, 60.1, orbit_state="descending", look_side="left",
        ...                         incidence_center=28, range_m=5000, azimuth_m=7000)
        >>> g.height, g.width
        (1463, 2048)
        >>> lon, lat = g.pixel_to_lonlat(g.height / 2, g.width / 2)
        >>> round(float(lon), 9), round(float(lat), 9)
        (24.9, 60.1)
    """

    center_lon: float
    center_lat: float
    heading_deg: float
    look_side: LookSide
    incidence_near: float
    incidence_far: float
    range_m: float
    azimuth_m: float
    width: int
    height: int

    def __post_init__(self) -> None:
        for name in ("range_m", "azimuth_m", "width", "height"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be greater than 0")
        if self.look_side not in ("left", "right"):
            raise ValueError('look_side must be "left" or "right"')
        if not -90 <= self.center_lat <= 90:
            raise ValueError("center_lat must be within -90 to 90")

    @classmethod
    def build(
        cls, center_lon: float, center_lat: float, *, orbit_state: OrbitState, look_side: LookSide,
        incidence_center: float, range_m: float, azimuth_m: float, longer_side: int = 2048,
    ) -> Self:  # fmt: skip
        """Make the geometry from what an orderer knows; heading and near/far angles follow from the orbit.

        Args:
            center_lon: longitude of the centre, degrees.
            center_lat: latitude of the centre, degrees.
            orbit_state: pass direction.
            look_side: side of the flight direction the antenna looks to.
            incidence_center: incidence angle at the centre, degrees.
            range_m: ground extent across the flight line, metres.
            azimuth_m: ground extent along the flight line, metres.
            longer_side: pixels of the longer side; the other follows with square pixels.
        """
        near, far = incidence_range(incidence_center, range_m=range_m)
        scale = longer_side / max(range_m, azimuth_m)
        return cls(
            center_lon=center_lon, center_lat=center_lat,
            heading_deg=heading_at(center_lat, orbit_state=orbit_state), look_side=look_side,
            incidence_near=near, incidence_far=far, range_m=range_m, azimuth_m=azimuth_m,
            width=max(1, round(azimuth_m * scale)), height=max(1, round(range_m * scale)),
        )  # fmt: skip

    @property
    def range_spacing_m(self) -> float:
        """Ground distance between rows, metres."""
        return self.range_m / self.height

    @property
    def azimuth_spacing_m(self) -> float:
        """Ground distance between columns, metres."""
        return self.azimuth_m / self.width

    @property
    def look_azimuth_deg(self) -> float:
        """Direction in which range grows at the centre, degrees clockwise from north."""
        return (self.heading_deg + (90.0 if self.look_side == "right" else -90.0)) % 360.0

    @property
    def incidence_center(self) -> float:
        """Incidence angle at the middle row, degrees."""
        return float(self.incidence_at(self.height / 2))

    def incidence_at(self, row: npt.ArrayLike) -> FloatArray:
        """Return the incidence angle, degrees, at (fractional) rows; same shape as ``row``."""
        near, far = _central_angle(self.incidence_near), _central_angle(self.incidence_far)
        return _incidence_deg(near + (far - near) * np.asarray(row, dtype=np.float64) / self.height)

    def pixel_to_ground(self, row: npt.ArrayLike, col: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return (range, azimuth) offsets from the centre, metres, along look and flight direction."""
        rng = (np.asarray(row, dtype=np.float64) / self.height - 0.5) * self.range_m
        azi = (np.asarray(col, dtype=np.float64) / self.width - 0.5) * self.azimuth_m
        return rng, azi if self.look_side == "right" else -azi

    def pixel_to_lonlat(
        self, row: npt.ArrayLike, col: npt.ArrayLike, *, continuous: bool = False
    ) -> tuple[FloatArray, FloatArray]:
        """Return (lon, lat) in degrees of (fractional) pixel positions, in the shape of the inputs.

        Args:
            row: rows, GDAL convention.
            col: columns, GDAL convention.
            continuous: leave longitudes beyond 180 degrees as they are, so that a scene across the
                antimeridian has no jump; otherwise they are wrapped into [-180, 180).
        """
        rng, azi = np.broadcast_arrays(*self.pixel_to_ground(row, col))
        lon, lat, _, _ = self._forward(rng.ravel(), azi.ravel())
        lon = self.center_lon + _wrap(lon - self.center_lon)
        lon = lon if continuous else _wrap(lon)
        return lon.reshape(rng.shape), lat.reshape(rng.shape)

    def lonlat_to_pixel(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return the (row, col) of ground points; outside the frame where beyond [0, height] x [0, width]."""
        lons, lats = np.broadcast_arrays(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
        rng, azi = np.zeros(lons.size), np.zeros(lons.size)
        for _ in range(_INVERSE_STEPS):
            at_lon, at_lat, along, across = self._forward(rng, azi)
            bearing, _, distance = _geod().inv(at_lon, at_lat, lons.ravel(), lats.ravel())
            rng = rng + distance * np.cos(np.radians(bearing - across))
            azi = azi + distance * np.cos(np.radians(bearing - along))
            if not np.any(distance > _INVERSE_M):
                break
        azi = azi if self.look_side == "right" else -azi
        row, col = (rng / self.range_m + 0.5) * self.height, (azi / self.azimuth_m + 0.5) * self.width
        return row.reshape(lons.shape), col.reshape(lons.shape)

    def _forward(self, rng: FloatArray, azi: FloatArray) -> tuple[FloatArray, ...]:
        """Return lon, lat and the bearings of the azimuth and range axes there, degrees."""
        start = np.broadcast_to(self.center_lon, rng.shape), np.broadcast_to(self.center_lat, rng.shape)
        side = 90.0 if self.look_side == "right" else -90.0
        lon, lat, back = _geod().fwd(*start, np.full(rng.shape, self.heading_deg), azi)
        lon, lat, back = _geod().fwd(lon, lat, back + 180.0 + side, rng)
        return np.asarray(lon), np.asarray(lat), np.asarray(back) + 180.0 - side, np.asarray(back) + 180.0

    def footprint(self, *, per_edge: int = 8, continuous: bool = False) -> Polygon:
        """Return the outline as a closed, counter-clockwise polygon in lon/lat degrees.

        Args:
            per_edge: points per side; the sides of long scenes are no straight lines in degrees.
            continuous: as in ``pixel_to_lonlat``. Wrapped outlines across the antimeridian jump by 360
                degrees, as raw footprints of the API do; the winding is then that of the continuous outline.
        """
        from shapely import Polygon

        t, one = np.linspace(0.0, 1.0, per_edge, endpoint=False), np.ones(per_edge)
        row = np.concatenate([0 * one, t, one, 1 - t]) * self.height
        col = np.concatenate([t, one, 1 - t, 0 * one]) * self.width
        lon, lat = self.pixel_to_lonlat(row[::-1], col[::-1], continuous=continuous)
        return Polygon(np.column_stack([lon, lat]))

    def corners(self) -> dict[str, list[float]]:
        """Return the outer corners of the picture as ``{"top_left": [lon, lat], ...}``, degrees."""
        row = np.array([0, 0, self.height, self.height])
        col = np.array([0, self.width, 0, self.width])
        lon, lat = self.pixel_to_lonlat(row, col)
        names = ("top_left", "top_right", "bottom_left", "bottom_right")
        return {n: [float(x), float(y)] for n, x, y in zip(names, lon, lat, strict=True)}


def _wrap(lon: FloatArray) -> FloatArray:
    return np.asarray((lon + 180.0) % 360.0 - 180.0, dtype=np.float64)
