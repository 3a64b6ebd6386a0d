"""The imaging modes as one table: API name, codes, scene size, incidence. Facts only.

Sources: ICEYE's createTask guide (API names) and product specification 6.0.5 (sizes, incidence, looks).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class ImagingMode:
    """One imaging mode.

    Attributes:
        api_name: value of ``imagingMode`` in the API.
        title: name in the product guide.
        code: value of ``iceye:processing_mode`` and part of file names.
        acquisition: value of ``iceye:acquisition_mode``.
        range_km: ground extent across the flight line, km.
        azimuth_km: ground extent along the flight line, km.
        max_azimuth_km: longest extent that can be asked for, km.
        typical_s: usual imaging time, seconds.
        incidence_deg: performant incidence range (min, max), degrees.
        resolution_m: ground resolution, metres.
        spacing_m: GRD pixel spacing, metres.
        looks_azimuth: azimuth looks of the GRD.
        calibrated: whether GRD values can be turned into sigma nought.
        products: product types of the mode, COG forms.
    """

    api_name: str
    title: str
    code: str
    acquisition: str
    range_km: float
    azimuth_km: float
    max_azimuth_km: float
    typical_s: int
    incidence_deg: tuple[int, int]
    resolution_m: float
    spacing_m: float
    looks_azimuth: int
    calibrated: bool
    products: tuple[str, ...]


_BASE = ("GRD-COG", "SLC-COG", "QLK")
_DWELL = (*_BASE, "CSI-COG", "VID-COG")
_SCAN = ("GRD-COG", "QLK")


def _mode(*values: object) -> ImagingMode:
    return ImagingMode(*values)  # type: ignore[arg-type]


_ALL = (
    _mode("STRIPMAP", "Strip", "SM", "stripmap", 30, 50, 500, 10, (15, 35), 3, 2.5, 1, True, _BASE),
    _mode("SPOTLIGHT", "Spot", "SLH", "spotlight", 5, 5, 5, 10, (20, 40), 1, 0.5, 4, True, _BASE),
    _mode(
        "SPOTLIGHT_EXTENDED_AREA", "Spot Extended Area", "SLEA", "spotlight",
        15, 15, 15, 10, (20, 40), 1, 0.5, 2, True, _BASE,
    ),
    _mode("SPOTLIGHT_FINE", "Spot Fine", "SLF", "spotlight", 5, 5, 5, 15, (20, 40), 0.5, 0.25, 5, True, _BASE),
    _mode(
        "SPOTLIGHT_EXTENDED_DWELL", "Dwell", "SLED", "spotlight",
        5, 5, 5, 25, (20, 40), 1, 0.5, 12, True, _DWELL,
    ),
    _mode(
        "SPOTLIGHT_EXTENDED_DWELL_FINE", "Dwell Fine", "SLEDF", "spotlight",
        5, 5, 5, 25, (20, 40), 0.5, 0.25, 6, True, _DWELL,
    ),
    _mode(
        "SPOTLIGHT_EXTENDED_DWELL_PRECISE", "Dwell Precise", "SLEDP", "spotlight",
        5, 5, 5, 25, (20, 33), 0.25, 0.125, 3, True, _DWELL,
    ),
    _mode("SCAN", "Scan", "SC", "scan", 100, 100, 500, 15, (21, 29), 15, 6, 1, False, _SCAN),
    _mode("SCAN_WIDE", "Scan Wide", "SCW", "scan", 200, 300, 600, 42, (21, 26), 27, 12, 1, False, _SCAN),
)  # fmt: skip

#: Modes by API name. An open list: a contract may allow names that are not here.
MODES: Mapping[str, ImagingMode] = MappingProxyType({m.api_name: m for m in _ALL})
#: Modes by processing code.
MODES_BY_CODE: Mapping[str, ImagingMode] = MappingProxyType({m.code: m for m in _ALL})
#: Look variants of Spot modes, named in the task price guide, and the mode they vary.
LOOK_VARIANTS: Mapping[str, str] = MappingProxyType(
    {f"SPOTLIGHT_FINE_{n}L": "SPOTLIGHT_FINE" for n in (1, 2, 3)}
    | {f"SPOTLIGHT_HIGH_{n}L": "SPOTLIGHT" for n in (1, 2)}
    | {f"SPOTLIGHT_PRECISE_{n}L": "SPOTLIGHT_EXTENDED_DWELL_PRECISE" for n in (1, 2, 3)}
)


def find_mode(name: str) -> ImagingMode | None:
    """Return the mode for an API name, a look variant or a processing code; None if it is not known.

    Example:
        >>> find_mode("SPOTLIGHT_FINE_2L").code
        'SLF'
        >>> find_mode("SM").range_km
        30
        >>> find_mode("TELEPATHY") is None
        True
    """
    key = name.strip().upper()
    return MODES.get(LOOK_VARIANTS.get(key, key)) or MODES_BY_CODE.get(key)
