"""What a product says about itself: ``ICEYE_PROPERTIES``, product name and file name. Text only."""

from __future__ import annotations

import json
import math
from datetime import datetime
from typing import Any

import numpy as np

from iceye_geo.models.modes import find_mode
from iceye_geo.sandbox.geometry import SceneGeometry
from iceye_geo.sandbox.imagery.orbit import orbit_states, slant_range
from iceye_geo.sandbox.imagery.rpc import fit
from iceye_geo.sandbox.imagery.spec import SceneSpec

_SPEED_OF_LIGHT = 299_792_458.0
_CARRIER_HZ = 9.65e9
_DOPPLER_ESTIMATES = 48
_GEOHASH = "0123456789bcdefghjkmnpqrstuvwxyz"
_SUFFIX = {"QLK": "QL"}


def incidence_coefficients(geometry: SceneGeometry) -> list[float]:
    """Return a polynomial, constant first, that gives degrees from the range sample index (the row).

    It meets the near angle at 0 and the far angle at the row count to better than 1e-5 degrees.
    """
    rows = np.linspace(0, geometry.height, 64)
    scaled = np.polynomial.Polynomial.fit(rows, geometry.incidence_at(rows), 6)
    return [float(c) for c in scaled.convert().coef]


def iceye_properties(spec: SceneSpec) -> dict[str, Any]:
    """Return the STAC properties of a product; the spec's own win but for what only the file can know."""
    geometry = spec.geometry
    return {**_acquisition(spec), **spec.properties, **_sensor(spec), **_file_facts(spec)} | {
        "iceye:rpc": fit(geometry).as_dict(),
        "iceye:orbit_states": orbit_states(geometry, start=spec.start, end=spec.end),
    }


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _acquisition(spec: SceneSpec) -> dict[str, Any]:
    mode, geometry = find_mode(spec.mode), spec.geometry
    north = math.cos(math.radians(geometry.heading_deg)) > 0
    looks = mode.looks_azimuth if mode else 1
    return {
        "datetime": _time(spec.start), "start_datetime": _time(spec.start), "end_datetime": _time(spec.end),
        "constellation": "ICEYE", "platform": "ICEYE-X42",
        "sar:instrument_mode": mode.acquisition if mode else "spotlight",
        "sar:frequency_band": "X", "sar:center_frequency": _CARRIER_HZ / 1e9, "sar:polarizations": ["VV"],
        "sar:product_type": spec.kind, "sar:observation_direction": geometry.look_side,
        "sar:looks_range": 1, "sar:looks_azimuth": looks, "sar:looks": looks,
        "sat:orbit_state": "ascending" if north else "descending",
        "iceye:frame_id": spec.frame_id, "iceye:processing_mode": spec.mode, "iceye:orientation": "shadows-down",
    }  # fmt: skip


def _sensor(spec: SceneSpec) -> dict[str, Any]:
    geometry = spec.geometry
    near, far = slant_range(geometry.incidence_near), slant_range(geometry.incidence_far)
    return {
        "sar:looks": spec.properties.get("sar:looks_azimuth", _acquisition(spec)["sar:looks"]),
        "iceye:wavelength": _SPEED_OF_LIGHT / _CARRIER_HZ,
        "iceye:carrier_frequency": _CARRIER_HZ,
        "iceye:acquisition_prf": round(4_800.0 + 900 * (spec.seed % 97) / 97, 3),
        "iceye:slant_range_near": near, "iceye:slant_range_far": far,
        "iceye:first_pixel_time": 2 * near / _SPEED_OF_LIGHT,
        "iceye:zero_doppler_start": _time(spec.start), "iceye:zero_doppler_end": _time(spec.end),
        "iceye:doppler_rate_coeffs": [-5_600.0 + spec.seed % 100, 1_250_000.0, -2.4e8],
        "iceye:doppler_centroid_coeffs": _doppler(spec),
    }  # fmt: skip


def _doppler(spec: SceneSpec) -> list[dict[str, Any]]:
    """Return estimates over the acquisition: time and a cubic in slant range time, hertz."""
    rng = np.random.default_rng([spec.seed & 0xFFFFFFFF, 140])
    step = (spec.end - spec.start) / (_DOPPLER_ESTIMATES - 1)
    scale = np.array([25.0, 4e4, 5e7, 2e10])
    return [
        {"time": _time(spec.start + k * step), "coeffs": [float(c) for c in rng.standard_normal(4) * scale]}
        for k in range(_DOPPLER_ESTIMATES)
    ]


def _file_facts(spec: SceneSpec) -> dict[str, Any]:
    """Return what follows from the pixels' own geometry, whatever the spec says."""
    geometry = spec.geometry
    facts: dict[str, Any] = {
        "view:incidence_angle": geometry.incidence_center,
        "iceye:incidence_angle_near": geometry.incidence_near,
        "iceye:incidence_angle_far": geometry.incidence_far,
        "iceye:incidence_angle_coeffs": incidence_coefficients(geometry),
        "sar:pixel_spacing_range": geometry.range_spacing_m,
        "sar:pixel_spacing_azimuth": geometry.azimuth_spacing_m,
        "proj:epsg": 4326,
        "proj:shape": [geometry.width, geometry.height],
        "proj:transform": affine(geometry),
    }
    return (
        facts
        if spec.calibration_factor is None
        else facts | {"iceye:calibration_factor": spec.calibration_factor}
    )


def affine(geometry: SceneGeometry) -> list[float]:
    """Return six numbers in GDAL's order: lon0, dlon/dcol, dlon/drow, lat0, dlat/dcol, dlat/drow."""
    row, col = np.array([0, 0, geometry.height]), np.array([0, geometry.width, 0])
    lon, lat = geometry.pixel_to_lonlat(row, col, continuous=True)
    return [
        float(value)
        for axis in (lon, lat)
        for value in (axis[0], (axis[1] - axis[0]) / geometry.width, (axis[2] - axis[0]) / geometry.height)
    ]


def geohash(lon: float, lat: float, *, length: int = 6) -> str:
    """Return the geohash of a point.

    Example:
        >>> geohash(-5.6, 42.6, length=5)
        'ezs42'
    """
    low, high = [-180.0, -90.0], [180.0, 90.0]
    text, value = "", 0
    for bit in range(5 * length):
        axis = bit % 2
        middle = (low[axis] + high[axis]) / 2
        upper = (lon, lat)[axis] >= middle
        (low if upper else high)[axis] = middle
        value = value * 2 + upper
        if bit % 5 == 4:
            text, value = text + _GEOHASH[value], 0
    return text


def product_name(spec: SceneSpec) -> str:
    """Return the name by ICEYE's convention, without extension."""
    geometry = spec.geometry
    place = geohash((geometry.center_lon + 180) % 360 - 180, geometry.center_lat).upper()
    satellite = str(spec.properties.get("platform", "ICEYE-X42")).rpartition("-")[2]
    kind = spec.kind.removesuffix("-COG")
    moment = spec.start.strftime("%Y%m%dT%H%M%SZ")
    return f"ICEYE_{place}_{moment}_{spec.frame_id}_{satellite}_{spec.mode}_{_SUFFIX.get(kind, kind)}"


def file_tags(spec: SceneSpec) -> dict[str, str]:
    """Return the TIFF's metadata items."""
    name = product_name(spec)
    return {
        "ICEYE_PROPERTIES": json.dumps(iceye_properties(spec)),
        "PRODUCT_NAME": name,
        "PRODUCT_FILE": f"{name}.tif",
    }
