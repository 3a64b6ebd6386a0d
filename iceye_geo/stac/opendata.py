"""Items of ICEYE's open data: their long property names beside the API's, so that one search fits both."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from iceye_geo.stac.normalise import copied
from iceye_geo.stac.values import read_name

#: The API's name -> the names that open data and the files themselves use for the same fact, best first.
LONG_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "iceye:incidence_near": ("iceye:incidence_angle_near",),
        "iceye:incidence_center": ("view:incidence_angle",),
        "iceye:incidence_far": ("iceye:incidence_angle_far",),
        "iceye:azimuth_resolution": ("sar:resolution_azimuth",),
        "iceye:range_resolution_center": ("sar:resolution_range",),
        "iceye:satellite_look_angle": ("view:off_nadir",),
        "iceye:chirp_bandwidth": ("iceye:pulse_bandwidth",),
        "iceye:data_orientation": ("iceye:orientation",),
        "iceye:acquisition_mode": ("sar:instrument_mode",),
    }
)

#: What the licence of the open data asks to be said wherever they are shown.
ATTRIBUTION = "ICEYE, CC-BY 4.0"
LICENSE = "CC-BY-4.0"

# ICEYE_<geohash>_<datetime>_<image id>_<satellite>_...; before that ICEYE_<satellite>_<product>_<mode>_<image id>_...
_NEW_NAME = re.compile(r"ICEYE_[0-9A-Z]+_\d{8}T\d{6}Z?_(\d+)_X\d+(?:_|$)", re.IGNORECASE)
_OLD_NAME = re.compile(r"ICEYE_X\d+_[A-Z]+_[A-Z]+_(\d+)_\d{8}T\d{6}", re.IGNORECASE)


def with_api_names(properties: Mapping[str, Any], *, name: str = "") -> dict[str, Any]:
    """Return properties with the API's names added beside the long ones; nothing is taken away.

    Args:
        properties: of an open data item, or the ICEYE_PROPERTIES of a file.
        name: item id or file name, in which the image id may stand.

    Example:
        >>> found = with_api_names({"view:incidence_angle": 31.5, "iceye:image_id": 42, "iceye:frame_number": 1})
        >>> found["iceye:incidence_center"], found["frame_id"]
        (31.5, '42_1')
    """
    found: dict[str, Any] = copied(properties)
    for short, longs in LONG_NAMES.items():
        value = next((found[name] for name in longs if found.get(name) is not None), None)
        if found.get(short) is None and value is not None:
            found[short] = value
    frame = frame_of(found, name=name)
    if frame is not None and read_name(found.get("frame_id")) is None:
        found["frame_id"] = frame
    if isinstance(found.get("constellation"), str):
        found["constellation"] = found["constellation"].lower()
    return found


def frame_of(properties: Mapping[str, Any], *, name: str = "") -> str | None:
    """Return the frame id: told, or made of the image id and the frame's number.

    Example:
        >>> frame_of({}, name="ICEYE_75CMBF_20240612T174339Z_4119892_X11_SLF_GRD")
        '4119892_1'
    """
    told = read_name(properties.get("iceye:frame_id")) or read_name(properties.get("frame_id"))
    if told is not None:
        return told
    image = read_name(properties.get("iceye:image_id"))
    if image is None:
        match = _NEW_NAME.search(name) or _OLD_NAME.search(name)
        image = match.group(1) if match else None
    number = read_name(properties.get("iceye:frame_number")) or "1"
    return None if image is None else f"{image}_{number}"


def open_data_record(item: Mapping[str, Any], *, collection: str = "") -> dict[str, Any]:
    """Return an item of the static catalog as a record for ``to_item``: API names added, the source named.

    Args:
        item: the item as it lies in the catalog, its hrefs absolute.
        collection: the collection it hangs in.

    Example:
        >>> item = {"id": "a", "properties": {"datetime": "2024-01-01T00:00:00Z", "view:off_nadir": 30}}
        >>> open_data_record(item)["properties"]["attribution"]
        'ICEYE, CC-BY 4.0'
    """
    given = item.get("properties")
    properties = with_api_names(given if isinstance(given, Mapping) else {}, name=str(item.get("id", "")))
    properties |= {"license": LICENSE, "attribution": ATTRIBUTION}
    record = {**copied(item), "properties": properties}
    if collection:
        record["collection"] = collection
    return record
