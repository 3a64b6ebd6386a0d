"""Frames as ICEYE writes them: raw catalog items, and the properties inside a COG. Dicts only, no links."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import shapely
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from iceye_geo.sandbox.contracts import stable_uuid
from iceye_geo.sandbox.world.frames import Frame

#: Frames longer than this have outlines with points between the corners.
_PLAIN_OUTLINE_M = 60_000
_DIGITS = 6


def item_id(frame: Frame, product: str) -> str:
    """Return the UUID of one product type of a frame."""
    return stable_uuid("item", frame.frame_id, frame.seed, product)


def raw_item(
    frame: Frame, product: str, *, collection: str, stac_version: str = "1.0.0-beta.1"
) -> dict[str, Any]:
    """Return the raw item of one product type of a frame, with ``assets`` empty.

    Args:
        frame: the frame.
        product: product type, such as "GRD-COG".
        collection: value of ``collection``; "" on task products (contradiction C3).
        stac_version: value of ``stac_version`` (contradiction C1).
    """
    return {
        "id": item_id(frame, product),
        "type": "Feature",
        "stac_version": stac_version,
        "collection": collection,
        "geometry": outline(frame),
        "bbox": bbox(frame),
        "properties": properties(frame, product),
        "assets": {},
    }


def continuous_outline(frame: Frame) -> shapely.Polygon:
    """Return the footprint without a jump: longitudes may lie beyond 180 degrees."""
    geometry = frame.geometry
    long = max(geometry.range_m, geometry.azimuth_m) > _PLAIN_OUTLINE_M
    return geometry.footprint(per_edge=4 if long else 1, continuous=True)


def outline(frame: Frame) -> dict[str, Any]:
    """Return the footprint as raw items have it: a Polygon within 180 degrees, with a jump or without."""
    ring = continuous_outline(frame).exterior.coords
    points = [[_wrapped(lon), round(lat, _DIGITS)] for lon, lat in ring]
    return {"type": "Polygon", "coordinates": [points]}


def bbox(frame: Frame) -> list[float]:
    """Return west, south, east, north; west > east across the antimeridian (RFC 7946)."""
    west, south, east, north = continuous_outline(frame).bounds
    return [_wrapped(west), round(south, _DIGITS), _wrapped(east), round(north, _DIGITS)]


def corner_coordinates(frame: Frame) -> dict[str, list[float]]:
    """Return the positions of a picture's corners, as thumbnails carry them."""
    return {
        name: [_wrapped(lon), round(lat, _DIGITS)] for name, (lon, lat) in frame.geometry.corners().items()
    }


def properties(frame: Frame, product: str) -> dict[str, Any]:
    """Return ``properties`` of a raw item, odd as ICEYE's own are.

    There is no ``datetime``; whole numbers are ints; seconds have any number of digits; some values are null.
    """
    mode, (near, center, far) = frame.mode, frame.incidence
    res_near, res_center, res_far = frame.range_resolution
    body: dict[str, Any] = {
        "frame_id": frame.frame_id,
        "created": time_text(frame.created),
        "updated": time_text(frame.updated),
        "start_datetime": time_text(frame.start),
        "end_datetime": time_text(frame.end),
        **_radar(frame, product),
        "sat:orbit_state": frame.orbit_state,
        "iceye:acquisition_mode": mode.acquisition,
        "iceye:processing_mode": mode.code,
        "iceye:data_orientation": "native",
        "iceye:incidence_near": round(near, 5),
        "iceye:incidence_center": round(center, 6),
        "iceye:incidence_far": round(far, 5),
        "iceye:satellite_look_angle": round(frame.look_angle, 2),
        "iceye:chirp_bandwidth": frame.bandwidth_hz,
        "iceye:azimuth_resolution": mode.resolution_m,
        "iceye:range_resolution_near": round(res_near, 3),
        "iceye:range_resolution_center": round(res_center, 3),
        "iceye:range_resolution_far": round(res_far, 3),
    }
    return _with_oddities(body, frame, product)


def _radar(frame: Frame, product: str) -> dict[str, Any]:
    """Return the facts that the API and the file tell alike."""
    return {
        "sar:instrument_mode": frame.mode.acquisition,
        "sar:frequency_band": "X",
        "sar:polarizations": ["VV"],
        "sar:product_type": product,
        "sar:looks_range": 1,
        "sar:looks_azimuth": frame.mode.looks_azimuth,
        "sar:observation_direction": frame.look_side,
    }


def _with_oddities(body: dict[str, Any], frame: Frame, product: str) -> dict[str, Any]:
    if product.startswith("QLK"):
        body["sar:looks_range"] = body["sar:looks_azimuth"] = None
    match frame.seed % 23:
        case 3:
            body["iceye:chirp_bandwidth"] = None
        case 5:
            body["iceye:azimuth_resolution"] = float(body["iceye:azimuth_resolution"])
        case 7:
            body["iceye:satellite_look_angle"] = None
        case 11:
            body["iceye:data_orientation"] = None
    return body


def cog_properties(frame: Frame, product: str) -> dict[str, Any]:
    """Return a COG's ``ICEYE_PROPERTIES``: other names than the API's for the same facts."""
    mode, (near, center, far) = frame.mode, frame.incidence
    image_id, _, number = frame.frame_id.rpartition("_")
    body = {
        "datetime": time_text(frame.start),
        "start_datetime": time_text(frame.start),
        "end_datetime": time_text(frame.end),
        "created": time_text(frame.created),
        "constellation": "ICEYE",
        "platform": f"ICEYE-{frame.satellite}",
        **_radar(frame, product),
        "sar:resolution_azimuth": mode.resolution_m,
        "sar:resolution_range": round(frame.range_resolution[1], 3),
        "sat:orbit_state": frame.orbit_state,
        "view:incidence_angle": center,
        "view:off_nadir": frame.look_angle,
        "iceye:frame_id": frame.frame_id,
        "iceye:image_id": image_id,
        "iceye:frame_number": int(number) if number.isdigit() else 1,
        "iceye:processing_mode": mode.code,
        "iceye:incidence_angle_near": near,
        "iceye:incidence_angle_far": far,
        "iceye:pulse_bandwidth": frame.bandwidth_hz,
        "iceye:orientation": "shadows-down",
    }
    if frame.calibration_factor is not None:
        body["iceye:calibration_factor"] = frame.calibration_factor
    return body


def time_text(moment: datetime) -> str:
    """Write a time with the digits of a second that it has: none, three or six.

    Example:
        >>> from datetime import UTC
        >>> time_text(datetime(2026, 1, 2, 3, 4, 5, 120_000, UTC))
        '2026-01-02T03:04:05.12Z'
    """
    fraction = f"{moment.microsecond:06d}".rstrip("0")
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{fraction}Z" if fraction else "Z")


def search_shape(frame: Frame) -> BaseGeometry:
    """Return the footprint for spatial tests: within 180 degrees, in two parts across the antimeridian."""
    return within_world(continuous_outline(frame))


def within_world(shape: BaseGeometry) -> BaseGeometry:
    """Bring what lies beyond 180 degrees of longitude to the other side.

    Example:
        >>> within_world(shapely.box(179, 0, 181, 1)).bounds
        (-180.0, 0.0, 180.0, 1.0)
    """
    west, _, east, _ = shape.bounds
    if west >= -180 and east <= 180:
        return shape
    parts = [_shifted(shape, turns) for turns in (-1, 0, 1)]
    return shapely.union_all([part for part in parts if not part.is_empty])


def _shifted(shape: BaseGeometry, turns: int) -> BaseGeometry:
    moved = translate(shape, xoff=360.0 * turns)
    return moved.intersection(shapely.box(-180, -90, 180, 90))


def _wrapped(lon: float) -> float:
    return round((lon + 180.0) % 360.0 - 180.0, _DIGITS)
