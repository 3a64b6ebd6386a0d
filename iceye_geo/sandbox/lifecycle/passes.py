"""When the sandbox's constellation can look at a place: a pure function of place and time.

The constellation is a toy (no orbits are propagated), but it holds together: every pass has one direction, one look
side and one incidence angle, feasibility and imaging read the same passes, and the poles cannot be seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Literal

#: One pass over any place in each slot: with some fifty satellites a place is in view that often.
SLOT = timedelta(minutes=15)
#: Sun-synchronous orbits (inclination 97.7 degrees) leave a cap at the poles that no incidence below 45 reaches.
MAX_LATITUDE = 87.0
MIN_INCIDENCE, MAX_INCIDENCE = 10.0, 45.0
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_UNIT = float(2**32)

Side = Literal["LEFT", "RIGHT"]
Direction = Literal["ASCENDING", "DESCENDING"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a task asks of a pass.

    Attributes:
        lon, lat: the point of interest, degrees.
        start, end: the acquisition window, aware UTC.
        duration_s: imaging time, seconds.
        incidence_min, incidence_max: accepted incidence angles, degrees.
        look_side: ANY, LEFT or RIGHT.
        pass_direction: ANY, ASCENDING or DESCENDING.
    """

    lon: float
    lat: float
    start: datetime
    end: datetime
    duration_s: int
    incidence_min: float
    incidence_max: float
    look_side: str = "ANY"
    pass_direction: str = "ANY"


@dataclass(frozen=True, slots=True)
class Pass:
    """One chance to image a place.

    Attributes:
        start: begin of imaging, aware UTC.
        look_side: side of the flight line the antenna looks to.
        pass_direction: northward or southward flight.
        incidence_deg: incidence angle at the point, degrees.
        satellite: number of the satellite.
    """

    start: datetime
    look_side: Side
    pass_direction: Direction
    incidence_deg: float
    satellite: int


def passes(lon: float, lat: float, *, start: datetime, end: datetime) -> Iterator[Pass]:
    """Yield every pass over a place whose imaging starts within [start, end], in time order.

    Example:
        >>> day = datetime(2026, 11, 23, tzinfo=UTC)
        >>> len(list(passes(24.9, 60.2, start=day, end=day + timedelta(days=1)))) in (95, 96, 97)
        True
        >>> list(passes(0.0, 89.0, start=day, end=day + timedelta(days=1)))
        []
    """
    if abs(lat) > MAX_LATITUDE:
        return
    for slot in range((start - _EPOCH) // SLOT, (end - _EPOCH) // SLOT + 1):
        found = _pass_in(slot, lon=lon, lat=lat)
        if start <= found.start <= end:
            yield found


def first_pass(wish: Wish) -> Pass | None:
    """Return the first pass that a wish allows, or None.

    Example:
        >>> day = datetime(2026, 11, 23, tzinfo=UTC)
        >>> found = first_pass(Wish(24.9, 60.2, day, day + timedelta(days=2), 10, 20, 40, look_side="LEFT"))
        >>> found.look_side, 20 <= found.incidence_deg <= 40
        ('LEFT', True)
    """
    latest = wish.end - timedelta(seconds=wish.duration_s)
    return next(
        (p for p in passes(wish.lon, wish.lat, start=wish.start, end=latest) if _suits(p, wish)), None
    )


def _suits(found: Pass, wish: Wish) -> bool:
    return (
        wish.incidence_min <= found.incidence_deg <= wish.incidence_max
        and wish.look_side in ("ANY", found.look_side)
        and wish.pass_direction in ("ANY", found.pass_direction)
    )


def _pass_in(slot: int, *, lon: float, lat: float) -> Pass:
    digest = blake2b(f"{lon:.2f} {lat:.2f} {slot}".encode(), digest_size=16).digest()
    when, angle, bits, satellite = (int.from_bytes(digest[i : i + 4], "big") for i in (0, 4, 8, 12))
    start = _EPOCH + slot * SLOT + SLOT * (when / _UNIT)
    return Pass(
        start=start.replace(microsecond=start.microsecond // 1000 * 1000),
        look_side="LEFT" if bits & 1 else "RIGHT",
        pass_direction="ASCENDING" if bits & 2 else "DESCENDING",
        incidence_deg=round(MIN_INCIDENCE + (MAX_INCIDENCE - MIN_INCIDENCE) * angle / _UNIT, 2),
        satellite=satellite % 50 + 2,
    )
