"""A circular orbit that fits a scene: satellite states around the acquisition, Earth-fixed. No pixels, no tags."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from iceye_geo.sandbox.geometry import EARTH_RADIUS_M, SceneGeometry, off_nadir

Vector = npt.NDArray[np.float64]

_SEMI_MAJOR_M, _ECCENTRICITY2 = 6_378_137.0, 6.69437999014e-3
#: Speed over the rotating Earth of an orbit at 560 km, metres per second, a mean over latitudes.
_SPEED = 7_580.0
_STATES = 10
#: States begin and end this long before and after the acquisition, seconds.
_AROUND_S = 5.0


def earth_fixed(lon: float, lat: float) -> Vector:
    """Return the position of a point on the ellipsoid, metres, shape (3,)."""
    lam, phi = math.radians(lon), math.radians(lat)
    normal = _SEMI_MAJOR_M / math.sqrt(1 - _ECCENTRICITY2 * math.sin(phi) ** 2)
    flat = (1 - _ECCENTRICITY2) * math.sin(phi)
    return normal * np.array([math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), flat])


def _axes(geometry: SceneGeometry) -> tuple[Vector, Vector, Vector]:
    """Return unit vectors up, along flight and along increasing range, at the scene centre."""
    lam, phi = math.radians(geometry.center_lon), math.radians(geometry.center_lat)
    up = np.array([math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)])
    east = np.array([-math.sin(lam), math.cos(lam), 0.0])
    north = np.cross(up, east)
    flight, look = (
        math.cos(math.radians(a)) * north + math.sin(math.radians(a)) * east
        for a in (geometry.heading_deg, geometry.look_azimuth_deg)
    )
    return up, flight, look


def slant_range(incidence_deg: float) -> float:
    """Return the distance from the satellite to the ground, metres, for an incidence angle.

    Example:
        >>> round(slant_range(0.0001)), round(slant_range(30))
        (560000, 638147)
    """
    nadir = math.radians(off_nadir(incidence_deg))
    angle = math.radians(incidence_deg) - nadir
    return EARTH_RADIUS_M * math.sin(angle) / math.sin(nadir)


def orbit_states(geometry: SceneGeometry, *, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Return ten states: time, position in metres and velocity in metres per second, Earth-fixed.

    At the middle of the acquisition the satellite sees the scene centre at its incidence angle, square to its path.
    """
    up, flight, look = _axes(geometry)
    theta = math.radians(geometry.incidence_center)
    target = earth_fixed(geometry.center_lon, geometry.center_lat)
    middle = target + slant_range(geometry.incidence_center) * (math.cos(theta) * up - math.sin(theta) * look)
    radius = float(np.linalg.norm(middle))
    outward = middle / radius
    forward = flight - outward * (flight @ outward)
    forward /= np.linalg.norm(forward)
    half = (end - start).total_seconds() / 2
    states = []
    for offset in np.linspace(-half - _AROUND_S, half + _AROUND_S, _STATES):
        turn = _SPEED * offset / radius
        position = radius * (math.cos(turn) * outward + math.sin(turn) * forward)
        velocity = _SPEED * (math.cos(turn) * forward - math.sin(turn) * outward)
        moment = start + timedelta(seconds=half + float(offset))
        states.append({
            "time": moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "position": [round(float(v), 6) for v in position],
            "velocity": [round(float(v), 9) for v in velocity],
        })  # fmt: skip
    return states
