"""The columns of the GeoDataFrame: their order, their dtypes, and what they are made from."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Kind = Literal["text", "time", "float", "count", "list", "dict", "geometry"]

_TABLE: tuple[tuple[str, Kind], ...] = (
    ("id", "text"),
    ("iceye:frame_id", "text"),
    ("iceye:collection", "text"),
    ("geometry", "geometry"),
    ("datetime", "time"),
    ("start_datetime", "time"),
    ("end_datetime", "time"),
    ("created", "time"),
    ("updated", "time"),
    ("acquired", "time"),
    ("sar:instrument_mode", "text"),
    ("sar:frequency_band", "text"),
    ("sar:product_type", "text"),
    ("sar:looks_range", "count"),
    ("sar:looks_azimuth", "count"),
    ("sar:observation_direction", "text"),
    ("sar:bandwidth", "float"),
    ("sar:resolution_range", "float"),
    ("sar:resolution_azimuth", "float"),
    ("sat:orbit_state", "text"),
    ("view:incidence_angle", "float"),
    ("view:off_nadir", "float"),
    ("product:type", "text"),
    ("sar:polarizations", "list"),
    ("polarization", "text"),
    ("bbox", "list"),
    ("assets", "dict"),
    ("iceye:acquisition_mode", "text"),
    ("iceye:processing_mode", "text"),
    ("iceye:data_orientation", "text"),
    ("iceye:incidence_center", "float"),
    ("iceye:incidence_near", "float"),
    ("iceye:incidence_far", "float"),
    ("iceye:satellite_look_angle", "float"),
    ("iceye:chirp_bandwidth", "float"),
    ("iceye:azimuth_resolution", "float"),
    ("iceye:range_resolution_center", "float"),
    ("iceye:range_resolution_near", "float"),
    ("iceye:range_resolution_far", "float"),
)

#: Column -> kind, in the order of the frame. Always all of them, also when there are no rows.
COLUMNS: Mapping[str, Kind] = MappingProxyType(dict(_TABLE))

#: Kind -> pandas dtype.
DTYPES: Mapping[Kind, str] = MappingProxyType(
    {
        "text": "string",
        "time": "datetime64[us, UTC]",
        "float": "float64",
        "count": "Int64",
        "list": "object",
        "dict": "object",
    }
)

#: The coordinate reference system of every frame: longitude and latitude in shapely's x and y.
CRS = "EPSG:4326"

#: Properties that say nothing more than a column does, or are bookkeeping: no column of their own.
LEFT_OUT = frozenset({"frame_id", "constellation", "iceye:source_stac_version", "iceye:unmapped"})
