"""Names as tables: extension URIs, queryables, v1 to v2 property names, asset keys and roles."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

#: The STAC version that Items are written in: the only one pystac can validate offline.
STAC_VERSION = "1.1.0"

_HOST = "https://stac-extensions.github.io"
#: Property prefix -> the extension URI that Items declare. sar 1.2 and later no longer require
#: ``sar:instrument_mode``, which some of ICEYE's answers lack; 1.3 brings ``sar:bandwidth``.
EXTENSIONS: Mapping[str, str] = MappingProxyType(
    {
        "sar": f"{_HOST}/sar/v1.3.0/schema.json",
        "sat": f"{_HOST}/sat/v1.2.0/schema.json",
        "view": f"{_HOST}/view/v1.1.0/schema.json",
        "product": f"{_HOST}/product/v1.0.0/schema.json",
    }
)

#: Names that ``query`` and ``sortby`` know in v2 (ICEYE's v1 to v2 reference guide).
QUERYABLES: tuple[str, ...] = (
    "start_datetime",
    "end_datetime",
    "sar:instrument_mode",
    "sar:product_type",
    "sar:observation_direction",
    "sar:polarizations",
    "sat:orbit_state",
    "iceye:incidence_center",
    "iceye:satellite_look_angle",
)

#: v1 property name -> v2 name. ``image_mode`` is gone; the guide points to the instrument mode.
V1_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "start_time": "start_datetime",
        "end_time": "end_datetime",
        "instrument_mode": "sar:instrument_mode",
        "product_type": "sar:product_type",
        "observation_direction": "sar:observation_direction",
        "orbit_state": "sat:orbit_state",
        "incidence_angle": "iceye:incidence_center",
        "satellite_look_angle": "iceye:satellite_look_angle",
        "polarizations": "sar:polarizations",
        "image_mode": "sar:instrument_mode",
    }
)

#: Query operators: the first five are documented, the rest are known from third-party code.
OPERATORS: tuple[str, ...] = (
    "eq",
    "gt",
    "lt",
    "in",
    "startsWith",
    "neq",
    "gte",
    "lte",
    "endsWith",
    "contains",
)

#: Product family -> asset keys that hold its pixels, best first. A ``-COG`` ending of the product
#: type is left off before the look-up.
DATA_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "GRD": ("grd-cog", "grd-tif", "grd", "data"),
        "SLC": ("slc-cog", "slc-tif", "slc", "slc-h5", "data"),
        "QLK": ("qlk-cog", "quicklook-cog", "qlk", "quicklook-tif", "quicklook-png"),
        "CSI": ("csi-cog", "csi-tif", "data"),
        "VID": ("vid-cog", "vid-tif", "data"),
        "SICD": ("sicd", "sicd-nitf", "data"),
        "SIDD": ("sidd", "sidd-nitf", "data"),
    }
)

#: Product family -> how the titles of its assets start, lower case.
DATA_TITLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "GRD": ("grd", "ground range"),
        "SLC": ("slc", "single look"),
        "QLK": ("qlk", "quicklook"),
        "CSI": ("csi", "colour sub", "color sub"),
        "VID": ("vid",),
        "SICD": ("sicd",),
        "SIDD": ("sidd",),
    }
)

#: Keys of the small picture of a scene, best first.
THUMBNAIL_KEYS: tuple[str, ...] = ("thumbnail-png", "thumbnail", "thumbnail-jpg", "quicklook-png")

_METADATA_ENDINGS = ("-xml", "-json", "-kml", "_json", "_xml")
_OVERVIEW_STARTS = ("quicklook", "quickortho", "qlk")
_DATA_ENDINGS = ("-tif", "-tiff", "-cog", "-h5", ".h5", "-nitf", ".nitf", "-cphd", "-mp4")
_DATA_NAMES = frozenset({"data", "grd", "slc", "csi", "vid", "sicd", "sidd", "cphd"})


# A world of records has a dozen asset keys.
@lru_cache(maxsize=256)
def role_for_key(key: str) -> str | None:
    """Return the STAC role that an asset key speaks of, None if it speaks of none.

    Example:
        >>> role_for_key("thumbnail-png"), role_for_key("quickortho-tif"), role_for_key("grd-cog")
        ('thumbnail', 'overview', 'data')
        >>> role_for_key("thumbnail-kml"), role_for_key("licence")
        ('metadata', None)
    """
    name = key.lower()
    if name.endswith(_METADATA_ENDINGS):
        return "metadata"
    if name.startswith("thumbnail"):
        return "thumbnail"
    if name.startswith(_OVERVIEW_STARTS):
        return "overview"
    return "data" if name in _DATA_NAMES or name.endswith(_DATA_ENDINGS) else None
