"""A frame: one image of one place at one time, with the geometry and figures that its mode gives it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from iceye_geo.models.modes import ImagingMode
from iceye_geo.sandbox.geometry import LookSide, OrbitState, SceneGeometry, off_nadir

if TYPE_CHECKING:
    from iceye_geo.sandbox.imagery import SceneSpec

SPEED_OF_LIGHT = 299_792_458.0

#: Widest chirp of the fleet's generations, Hz; finer resolution than it gives is not reached.
_MAX_BANDWIDTH = 1_200_000_000


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the sandbox's world.

    Attributes:
        frame_id: ``<image id>_<frame number>``, the durable key that purchases use.
        place: name of the place it was aimed at.
        mode: imaging mode.
        orbit_state: "ascending" or "descending".
        geometry: where its pixels lie.
        start: first moment of the acquisition, aware UTC.
        end: last moment.
        created: when its products were made.
        updated: when they were last reprocessed.
        satellite: such as "X42".
        dtype: of the GRD.
        calibration_factor: sigma nought = factor * DN^2; None for uncalibrated modes.
        bandwidth_hz: chirp bandwidth.
        product_types: one item of the archive for each.
        seed: what its pixels grow from.
    """

    frame_id: str
    place: str
    mode: ImagingMode
    orbit_state: OrbitState
    geometry: SceneGeometry
    start: datetime
    end: datetime
    created: datetime
    updated: datetime
    satellite: str
    dtype: Literal["uint16", "float32"]
    calibration_factor: float | None
    bandwidth_hz: int
    product_types: tuple[str, ...]
    seed: int

    @property
    def look_side(self) -> LookSide:
        """Side of the flight direction the antenna looks to."""
        return self.geometry.look_side

    @property
    def incidence(self) -> tuple[float, float, float]:
        """Near, centre and far incidence angle, degrees."""
        geometry = self.geometry
        return geometry.incidence_near, geometry.incidence_center, geometry.incidence_far

    @property
    def look_angle(self) -> float:
        """Angle off nadir at the satellite, degrees, for the centre."""
        return off_nadir(self.geometry.incidence_center)

    @property
    def range_resolution(self) -> tuple[float, float, float]:
        """Ground range resolution at near, centre and far range, metres: c / 2B / sin(incidence)."""
        slant = SPEED_OF_LIGHT / 2 / self.bandwidth_hz
        near, center, far = (slant / math.sin(math.radians(angle)) for angle in self.incidence)
        return near, center, far

    def spec(self, kind: str = "GRD-COG") -> SceneSpec:
        """Return what the imagery needs to draw this frame."""
        from iceye_geo.sandbox.imagery import SceneSpec
        from iceye_geo.sandbox.world.items import cog_properties

        return SceneSpec(
            frame_id=self.frame_id,
            seed=self.seed,
            mode=self.mode.code,
            geometry=self.geometry,
            dtype=self.dtype,
            calibration_factor=self.calibration_factor,
            start=self.start,
            end=self.end,
            properties=cog_properties(self, kind),
            kind=kind,
        )


def bandwidth_for(mode: ImagingMode, incidence: float) -> int:
    """Return the chirp bandwidth, whole MHz in Hz, that gives the mode's resolution on the ground.

    Example:
        >>> from iceye_geo.models.modes import MODES
        >>> bandwidth_for(MODES["STRIPMAP"], 30.0)
        100000000
    """
    wanted = SPEED_OF_LIGHT / (2 * mode.resolution_m * math.sin(math.radians(incidence)))
    return min(_MAX_BANDWIDTH, max(1, round(wanted / 1e6)) * 1_000_000)


def make_frame(
    mode: ImagingMode,
    *,
    frame_id: str,
    lon: float,
    lat: float,
    orbit_state: OrbitState,
    look_side: LookSide,
    incidence: float,
    start: datetime,
    seed: int,
    duration_s: float | None = None,
    range_m: float | None = None,
    azimuth_m: float | None = None,
    place: str = "",
    satellite: str = "X42",
    dtype: Literal["uint16", "float32"] = "uint16",
    product_types: tuple[str, ...] | None = None,
    processing: timedelta = timedelta(hours=2),
    reprocessing: timedelta = timedelta(0),
    longer_side: int = 2048,
) -> Frame:
    """Make a frame whose figures all follow from the mode and the geometry.

    Args:
        mode: imaging mode.
        frame_id: ``<image id>_<frame number>``.
        lon: longitude of the centre, degrees.
        lat: latitude of the centre, degrees.
        orbit_state: pass direction.
        look_side: side the antenna looks to.
        incidence: incidence angle at the centre, degrees.
        start: first moment, aware UTC.
        seed: what its pixels grow from.
        duration_s: imaging time; the mode's usual one by default.
        range_m: ground extent across the track; the mode's by default.
        azimuth_m: ground extent along the track; the mode's by default.
        place: name of the place.
        satellite: such as "X42".
        dtype: of the GRD.
        product_types: the mode's own by default.
        processing: from the end of imaging to the products.
        reprocessing: from the products to their newest version.
        longer_side: pixels along the longer side.
    """
    geometry = SceneGeometry.build(
        lon,
        lat,
        orbit_state=orbit_state,
        look_side=look_side,
        incidence_center=incidence,
        range_m=range_m or mode.range_km * 1000.0,
        azimuth_m=azimuth_m or mode.azimuth_km * 1000.0,
        longer_side=longer_side,
    )
    end = start + timedelta(seconds=duration_s or mode.typical_s)
    return Frame(
        frame_id=frame_id,
        place=place,
        mode=mode,
        orbit_state=orbit_state,
        geometry=geometry,
        start=start,
        end=end,
        created=end + processing,
        updated=end + processing + reprocessing,
        satellite=satellite,
        dtype=dtype,
        calibration_factor=_calibration_factor(seed) if mode.calibrated else None,
        bandwidth_hz=bandwidth_for(mode, incidence),
        product_types=product_types or mode.products,
        seed=seed,
    )


def _calibration_factor(seed: int) -> float:
    """A value between those of ICEYE's tag reference (2.37e-5) and of a real frame (2.82e-5)."""
    return round(2.37e-5 + 0.45e-5 * (seed % 1000) / 1000, 9)
