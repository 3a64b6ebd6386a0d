"""The outline on the ground of a mode's scene around a place: geodesic, turned by the direction of the pass."""

from __future__ import annotations

import functools
import math
from typing import Any, Literal

from iceye_geo.models.modes import find_mode

Lonlat = tuple[float, float]
PassWord = Literal["ASCENDING", "DESCENDING"]

# ICEYE's orbits, as the angles in its own sample metadata give them: near-polar, sun-synchronous, 560 km up.
_INCLINATION_DEG = 97.7
_HEIGHT_M = 560_000.0
_EARTH_RADIUS_M = 6_371_000.0
_EARTH_TURN = 7.292115e-5
_MU = 3.986004418e14
# A side of 100 km is drawn by so many steps, so that it follows the ground and not the map's projection.
_STEPS = 8


def heading_deg(latitude: float, *, pass_direction: PassWord) -> float:
    """Return the direction of the satellite's ground track, degrees clockwise from north, in [0, 360).

    Beyond the orbit's highest latitude (82.3 degrees) it is the direction at that latitude.

    Example:
        >>> round(heading_deg(0.0, pass_direction="ASCENDING")), round(heading_deg(0.0, pass_direction="DESCENDING"))
        (349, 191)
    """
    highest = math.radians(180 - _INCLINATION_DEG) - 1e-6
    lat = min(max(math.radians(latitude), -highest), highest)
    inertial = math.asin(max(-1.0, math.cos(math.radians(_INCLINATION_DEG)) / math.cos(lat)))
    if pass_direction == "DESCENDING":
        inertial = math.pi - inertial
    radius = _EARTH_RADIUS_M + _HEIGHT_M
    speed = math.sqrt(_MU / radius) * _EARTH_RADIUS_M / radius
    east = speed * math.sin(inertial) - _EARTH_TURN * _EARTH_RADIUS_M * math.cos(lat)
    return math.degrees(math.atan2(east, speed * math.cos(inertial))) % 360


def scene_outline(
    point: Lonlat, *, mode: str, pass_direction: str = "ANY", look_side: str = "ANY"
) -> dict[str, Any] | None:
    """Return the outline of one scene around a place as a GeoJSON MultiPolygon; None for an unknown mode.

    With ANY pass direction both possible outlines are drawn, since nobody knows yet which it will be. Where the look
    side is chosen, an arrow on each outline points the way the antenna looks.

    Args:
        point: the place (lon, lat), degrees; the middle of the scene.
        mode: imaging mode as the API names it.
        pass_direction: ANY, ASCENDING or DESCENDING.
        look_side: ANY, LEFT or RIGHT of the direction of flight.

    Returns:
        Rings as (lon, lat); across the date line they run on past 180 degrees, so that a map draws them whole.

    Example:
        >>> outline = scene_outline((24.9, 60.2), mode="SPOTLIGHT", pass_direction="ASCENDING")
        >>> outline["type"], len(outline["coordinates"])
        ('MultiPolygon', 1)
        >>> scene_outline((24.9, 60.2), mode="TELEPATHY") is None
        True
    """
    known = find_mode(mode)
    if known is None:
        return None
    along, across = known.azimuth_km * 500, known.range_km * 500
    rings = []
    for word in _passes(pass_direction):
        heading = heading_deg(point[1], pass_direction=word)
        rings.append(_rectangle(point, heading, along=along, across=across))
        if look_side in ("LEFT", "RIGHT"):
            rings.append(_arrow(point, heading + (90 if look_side == "RIGHT" else -90), across=across))
    return {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]}


def outline_bounds(geometry: dict[str, Any], *, margin: float = 0.0) -> tuple[float, float, float, float]:
    """Return (west, south, east, north) of a MultiPolygon, widened on each side by a share of its size.

    Example:
        >>> square = {"type": "MultiPolygon", "coordinates": [[[[0, 0], [2, 0], [2, 1], [0, 0]]]]}
        >>> outline_bounds(square, margin=0.5)
        (-1.0, -0.5, 3.0, 1.5)
    """
    points = [p for polygon in geometry["coordinates"] for ring in polygon for p in ring]
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    wide, high = (max(lons) - min(lons)) * margin, (max(lats) - min(lats)) * margin
    south, north = max(min(lats) - high, -89.0), min(max(lats) + high, 89.0)
    return min(lons) - wide, south, max(lons) + wide, north


def describe_scene(mode: str, *, pass_direction: str = "ANY", look_side: str = "ANY") -> str:
    """Return one line on what a mode's scene is.

    Example:
        >>> describe_scene("SPOTLIGHT", look_side="RIGHT")
        'Spot: 5 × 5 km, performant incidence 20–40°, looking right, either pass'
    """
    known = find_mode(mode)
    if known is None:
        return f"{mode}: its scene size is not in the mode table, so no outline is drawn"
    low, high = known.incidence_deg
    side = "either look side" if look_side == "ANY" else f"looking {look_side.lower()}"
    track = "either pass" if pass_direction == "ANY" else f"{pass_direction.lower()} pass"
    size = f"{known.range_km:g} × {known.azimuth_km:g} km"
    return f"{known.title}: {size}, performant incidence {low}–{high}°, {side}, {track}"


def _passes(word: str) -> tuple[PassWord, ...]:
    if word == "ASCENDING":
        return ("ASCENDING",)
    return ("DESCENDING",) if word == "DESCENDING" else ("ASCENDING", "DESCENDING")


@functools.cache
def _geod() -> Any:
    from pyproj import Geod

    return Geod(ellps="WGS84")


def _move(point: Lonlat, azimuth: float, metres: float, *, near: float) -> list[float]:
    lon, lat, _ = _geod().fwd(point[0], point[1], azimuth, metres)
    return [near + (lon - near + 180) % 360 - 180, lat]


def _rectangle(point: Lonlat, heading: float, *, along: float, across: float) -> list[list[float]]:
    """Walk round the scene: along the track first, then at right angles to it; half sides in metres."""
    corners = [(-along, -across), (along, -across), (along, across), (-along, across)]
    ring = []
    for (a0, c0), (a1, c1) in zip(corners, corners[1:] + corners[:1], strict=True):
        for step in range(_STEPS):
            part = step / _STEPS
            ring.append(_offset(point, heading, a0 + (a1 - a0) * part, c0 + (c1 - c0) * part))
    return [*ring, ring[0]]


def _offset(point: Lonlat, heading: float, along: float, across: float) -> list[float]:
    distance = math.hypot(along, across)
    return _move(point, heading + math.degrees(math.atan2(across, along)), distance, near=point[0])


def _arrow(point: Lonlat, look: float, *, across: float) -> list[list[float]]:
    """A slim triangle from the near edge of the scene towards its middle."""
    tip = _offset(point, look, -across * 0.35, 0.0)
    left, right = (_offset(point, look, -across * 0.95, side * across * 0.16) for side in (-1, 1))
    return [tip, left, right, tip]
