"""What things cost on the sandbox: tasks, frames, late cancellation. Pure functions, integers in minor units.

The amounts are invented; what drives them is documented: mode, region, priority, SLA, exclusivity and EULA.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from types import MappingProxyType

from iceye_geo.models.modes import find_mode

#: Task price of each mode before any factor, in minor units. SPOTLIGHT is the example of the price guide.
TASK_BASE: Mapping[str, int] = MappingProxyType(
    {"SM": 120_000, "SLH": 150_000, "SLEA": 180_000, "SLF": 210_000, "SLED": 240_000, "SLEDF": 290_000}
    | {"SLEDP": 360_000, "SC": 220_000, "SCW": 320_000}
)
#: For an imaging mode that only the contract knows.
UNKNOWN_MODE_BASE = 200_000
#: A frame out of the archive costs this share of a new task.
ARCHIVE_SHARE = Fraction(1, 3)
PRIORITY_FACTOR = {"COMMERCIAL": Fraction(1), "BACKGROUND": Fraction(6, 10)}
EXCLUSIVITY_FACTOR = {"PRIVATE": Fraction(1), "PUBLIC": Fraction(8, 10)}
SLA_FACTOR = {"SLA_8H": Fraction(1), "SLA_3H": Fraction(13, 10), "SLA_24H": Fraction(9, 10)}
EULA_FACTOR = {"STANDARD": Fraction(1), "GOVERNMENT": Fraction(5, 4), "MULTI": Fraction(9, 5)}
#: Boxes (west, south, east, north) dearer than the rest of the world; the first that holds the point wins.
REGIONS: tuple[tuple[str, tuple[float, float, float, float], Fraction], ...] = (
    ("europe", (-25.0, 34.0, 45.0, 72.0), Fraction(6, 5)),
    ("middle-east", (25.0, 12.0, 64.0, 42.0), Fraction(13, 10)),
    ("east-asia", (100.0, 18.0, 146.0, 54.0), Fraction(5, 4)),
    ("north-america", (-130.0, 24.0, -60.0, 55.0), Fraction(11, 10)),
)
#: Product specification 6.0.5, table 3-4: free with more notice than this before the window starts ...
FREE_NOTICE = timedelta(hours=72)
#: ... with at least so much notice this share of the price, with less all of it.
CANCELLATION_SHARES: tuple[tuple[timedelta, Fraction], ...] = (
    (timedelta(hours=48), Fraction(1, 10)),
    (timedelta(hours=24), Fraction(2, 10)),
)


def region_of(lon: float, lat: float) -> str:
    """Return the pricing region of a point.

    Example:
        >>> region_of(24.9, 60.2), region_of(-150.0, 0.0)
        ('europe', 'world')
    """
    return _region(lon, lat)[0]


def task_price(
    mode: str,
    *,
    lon: float,
    lat: float,
    priority: str,
    sla: str,
    exclusivity: str,
    eula: str,
) -> int:
    """Return the price of one task in minor units.

    Values that are in no table (the API's enums are open) count as the dearest of their kind.

    Example:
        >>> terms = {"priority": "COMMERCIAL", "sla": "SLA_8H", "exclusivity": "PRIVATE", "eula": "STANDARD"}
        >>> task_price("SPOTLIGHT", lon=-150.0, lat=0.0, **terms)
        150000
        >>> task_price("SPOTLIGHT", lon=24.9, lat=60.2, **terms | {"priority": "BACKGROUND"})
        108000
    """
    factor = _region(lon, lat)[1]
    chosen = (
        (PRIORITY_FACTOR, priority),
        (SLA_FACTOR, sla),
        (EXCLUSIVITY_FACTOR, exclusivity),
        (EULA_FACTOR, eula),
    )
    for table, key in chosen:
        factor *= _factor(table, key)
    return _round(_base(mode) * factor)


def frame_price(mode: str, *, eula: str) -> int:
    """Return the price of one archive frame in minor units.

    Args:
        mode: API name or processing code of the frame's imaging mode.
        eula: the licence asked for.

    Example:
        >>> frame_price("SLH", eula="STANDARD")
        50000
    """
    return _round(_base(mode) * ARCHIVE_SHARE * _factor(EULA_FACTOR, eula))


def cancellation_charge(price: int, *, notice: timedelta) -> int:
    """Return what cancelling costs, in minor units, `notice` before the acquisition window starts.

    Example:
        >>> [cancellation_charge(150_000, notice=timedelta(hours=h)) for h in (73, 72, 30, 2, -5)]
        [0, 15000, 30000, 150000, 150000]
    """
    if notice > FREE_NOTICE:
        return 0
    return int(price * next((share for least, share in CANCELLATION_SHARES if notice >= least), Fraction(1)))


def _base(mode: str) -> int:
    known = find_mode(mode)
    return TASK_BASE[known.code] if known else UNKNOWN_MODE_BASE


def _region(lon: float, lat: float) -> tuple[str, Fraction]:
    for name, (west, south, east, north), factor in REGIONS:
        if west <= lon <= east and south <= lat <= north:
            return name, factor
    return "world", Fraction(1)


def _factor(table: Mapping[str, Fraction], key: str) -> Fraction:
    return table.get(key, max(table.values()))


def _round(amount: Fraction) -> int:
    return round(amount / 100) * 100
