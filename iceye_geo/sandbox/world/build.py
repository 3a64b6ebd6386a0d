"""From a seed to frames: which places are looked at, how, and when. Pure and deterministic."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import cycle

from iceye_geo.models.modes import MODES, ImagingMode
from iceye_geo.sandbox.geometry import LookSide, OrbitState, heading_at
from iceye_geo.sandbox.options import SandboxOptions
from iceye_geo.sandbox.world.frames import Frame, make_frame
from iceye_geo.sandbox.world.places import DATELINE, PLACES, Place, place

#: How far back the archive reaches.
ARCHIVE_DAYS = 730
#: The newest image is this much older than the epoch, so that its products exist by then.
_NEWEST = timedelta(days=2)

# ICEYE replaces GRD and SLC by their COG forms over 2026/27; here the forms overlap for half a year.
_COG_FROM = timedelta(days=395)
_LEGACY_UNTIL = timedelta(days=215)
_LEGACY = {"GRD-COG": "GRD", "SLC-COG": "SLC", "CSI-COG": "CSI", "VID-COG": "VID"}

_SATELLITES = ("X21", "X27", "X30", "X33", "X36", "X42", "X48", "X53", "X56", "X61")
_WIDE = ("STRIPMAP", "SCAN", "SCAN_WIDE")
_DATELINE_EVERY = 6


@dataclass(frozen=True, slots=True)
class Shot:
    """One planned acquisition of one or more frames, before it has an image id."""

    place: Place
    mode: ImagingMode
    orbit_state: OrbitState
    look_side: LookSide
    incidence: float
    start: datetime
    lon: float
    lat: float
    range_m: float
    azimuth_m: float
    frames: int
    products: tuple[str, ...]
    seed: int
    dtype: str = "uint16"


def build_public(options: SandboxOptions) -> list[Frame]:
    """Return exactly ``options.scenes`` frames of the public archive."""
    rng = random.Random(f"iceye-geo-world-{options.seed}")
    left = options.scenes
    shots: list[Shot] = []
    for spot, mode in _aims(rng):
        if left <= 0:
            break
        for shot in _series(rng, spot, mode, options.epoch):
            kept = replace(shot, frames=min(shot.frames, left))
            shots += [kept] if kept.frames > 0 else []
            left -= kept.frames
    return frames_of(shots, first_image_id=4_200_000, options=options)


def frames_of(shots: list[Shot], *, first_image_id: int, options: SandboxOptions) -> list[Frame]:
    """Give the acquisitions image ids in the order of their times, and split strips into frames."""
    frames: list[Frame] = []
    for rank, shot in enumerate(sorted(shots, key=lambda s: (s.start, s.seed))):
        image_id = first_image_id + rank * 1307 + shot.seed % 1000
        frames.extend(_frame(shot, image_id, number, options) for number in range(1, shot.frames + 1))
    return frames


def build_owned(options: SandboxOptions) -> list[Frame]:
    """Return the frames the company had tasked: every mode, data type and look side, the map's edges, and repeats."""
    shots = [_owned_shot(index, row, options) for index, row in enumerate(_OWNED)]
    # The one that is repeated goes first, so that the frames the other contracts share stay the last.
    return [
        *frames_of(_repeats(shots[_REPEATED], options), first_image_id=5_300_000, options=options),
        *frames_of(shots, first_image_id=5_100_000, options=options),
    ]


def _repeats(shot: Shot, options: SandboxOptions) -> list[Shot]:
    """Plan earlier acquisitions of the same place in the same geometry: a time series that the company owns."""
    rng = random.Random(f"iceye-geo-repeats-{options.seed}")
    return [
        replace(
            shot, start=_odd_time(rng, shot.start - turn * _REPEAT_CYCLE), seed=rng.randrange(1_000_000_000),
            incidence=shot.incidence + rng.uniform(-0.1, 0.1), products=("GRD-COG",),
        )
        for turn in range(1, _REPEATS + 1)
    ]  # fmt: skip


def _aims(rng: random.Random) -> Iterator[tuple[Place, ImagingMode]]:
    """Yield places in random order, again and again, with the modes in turn.

    So a small world has all modes. The antimeridian comes early, and with modes wide enough to cross it.
    """
    modes, wide = cycle(MODES.values()), cycle(MODES[name] for name in _WIDE)
    while True:
        order = [spot for spot in rng.sample(PLACES, len(PLACES)) if spot not in DATELINE]
        for index, spot in enumerate(rng.sample(DATELINE, len(DATELINE))):
            order.insert(1 + _DATELINE_EVERY * index, spot)
        for spot in order:
            yield spot, next(wide if spot in DATELINE else modes)


def _series(rng: random.Random, spot: Place, mode: ImagingMode, epoch: datetime) -> Iterator[Shot]:
    """Plan one to five acquisitions of a place with one geometry: a time series."""
    side: LookSide = rng.choice(("left", "right"))
    orbit: OrbitState = rng.choice(("ascending", "descending"))
    low, high = mode.incidence_deg
    incidence = rng.uniform(low + 0.5, high - 0.5)
    lon, lat = spot.lon + rng.uniform(-0.02, 0.02), spot.lat + rng.uniform(-0.01, 0.01)
    range_m, azimuth_m = _extent(rng, mode)
    repeats = rng.choice((1, 2, 3, 3, 4, 5))
    period = timedelta(days=rng.choice((1, 3, 5, 9, 18, 27)), seconds=rng.randint(-40, 40))
    newest = epoch - _NEWEST - timedelta(seconds=rng.uniform(0, (ARCHIVE_DAYS - 150) * 86_400))
    strips = rng.choice((1, 1, 2, 3)) if mode.api_name == "STRIPMAP" else 1
    for turn in range(repeats):
        start = newest - turn * period
        yield Shot(
            place=spot, mode=mode, orbit_state=orbit, look_side=side,
            incidence=incidence + rng.uniform(-0.15, 0.15), start=_odd_time(rng, start),
            lon=lon, lat=lat, range_m=range_m, azimuth_m=azimuth_m, frames=strips,
            products=_products(rng, mode, epoch - start), seed=rng.randrange(1_000_000_000),
            dtype="float32" if rng.random() < 0.08 else "uint16",
        )  # fmt: skip


def _extent(rng: random.Random, mode: ImagingMode) -> tuple[float, float]:
    """Ground extent in metres: near the mode's scene, never exactly it, and never a square."""
    across, along = mode.range_km * rng.uniform(0.98, 1.04), mode.azimuth_km * rng.uniform(1.05, 1.2)
    return round(across * 1000, 1), round(along * 1000, 1)


def _products(rng: random.Random, mode: ImagingMode, age: timedelta) -> tuple[str, ...]:
    """Which product types of a frame the archive lists: old frames have the legacy forms."""
    chosen: list[str] = []
    for product in mode.products:
        if product not in ("GRD-COG",) and rng.random() < 0.45:
            continue
        legacy = _LEGACY.get(product, product)
        if age > _LEGACY_UNTIL:
            chosen.append(legacy)
        if age <= _COG_FROM and product not in chosen:
            chosen.append(product)
    return tuple(chosen)


def _odd_time(rng: random.Random, moment: datetime) -> datetime:
    """Round to as many digits of a second as ICEYE's records happen to have: six, three or none."""
    step = rng.choice((1, 1, 1000, 1_000_000))
    return moment.replace(microsecond=moment.microsecond // step * step)


def _frame(shot: Shot, image_id: int, number: int, options: SandboxOptions) -> Frame:
    rng = random.Random(shot.seed + number)
    lon, lat = _along_track(shot, number - (shot.frames + 1) / 2)
    ground_speed = 6_900.0
    pause = timedelta(seconds=(number - 1) * shot.azimuth_m / ground_speed)
    return make_frame(
        shot.mode,
        frame_id=f"{image_id}_{number}",
        lon=lon,
        lat=lat,
        orbit_state=shot.orbit_state,
        look_side=shot.look_side,
        incidence=shot.incidence,
        start=shot.start + pause,
        duration_s=round(shot.mode.typical_s * rng.uniform(0.95, 1.05), 3),
        seed=shot.seed + number,
        range_m=shot.range_m,
        azimuth_m=shot.azimuth_m,
        place=shot.place.name,
        satellite=_SATELLITES[shot.seed % len(_SATELLITES)],
        dtype="float32" if shot.dtype == "float32" else "uint16",
        product_types=shot.products,
        processing=timedelta(seconds=round(rng.uniform(1800, 14_400), 3)),
        reprocessing=_reprocessing(rng, options.epoch - shot.start),
        longer_side=options.scene_size,
    )


def _reprocessing(rng: random.Random, age: timedelta) -> timedelta:
    """One frame in ten was processed again some weeks later, where it is old enough."""
    delay = timedelta(days=rng.randint(5, 40))
    return delay if rng.random() < 0.1 and delay + timedelta(days=2) < age else timedelta(0)


def _along_track(shot: Shot, steps: float) -> tuple[float, float]:
    """Move a centre along the flight direction by so many frame lengths."""
    if not steps:
        return shot.lon, shot.lat
    from pyproj import Geod

    heading = heading_at(shot.lat, orbit_state=shot.orbit_state)
    lon, lat, _ = Geod(ellps="WGS84").fwd(shot.lon, shot.lat, heading, steps * shot.azimuth_m)
    return lon, lat


_COGS = ("GRD-COG", "QLK")
_SPOT = ("GRD-COG", "SLC-COG", "QLK")
_DWELL = ("GRD-COG", "SLC-COG", "CSI-COG", "VID-COG", "QLK")
_BOTH = ("GRD", "GRD-COG", "QLK")
# Place, mode, pass, side, incidence, age in days, data type, product types.
_OWNED: tuple[tuple[str, str, OrbitState, LookSide, float, int, str, tuple[str, ...]], ...] = (
    ("Helsinki", "SPOTLIGHT_FINE", "descending", "right", 31.9, 12, "uint16", _SPOT),
    ("Helsinki", "SPOTLIGHT_FINE", "descending", "right", 31.8, 30, "uint16", _COGS),
    ("Rotterdam Maasvlakte", "SPOTLIGHT", "ascending", "left", 27.4, 9, "uint16", _COGS),
    ("Singapore", "SPOTLIGHT_EXTENDED_AREA", "ascending", "right", 33.2, 21, "uint16", _COGS),
    ("Jebel Ali", "SPOTLIGHT_EXTENDED_DWELL", "descending", "left", 24.8, 44, "float32", _DWELL),
    ("Callao", "SPOTLIGHT_EXTENDED_DWELL_FINE", "ascending", "left", 29.6, 60, "uint16", _DWELL),
    ("San Francisco", "SPOTLIGHT_EXTENDED_DWELL_PRECISE", "descending", "right", 26.1, 33, "uint16", _COGS),
    ("Algarve Coast", "STRIPMAP", "descending", "left", 30.4, 15, "uint16", _COGS),
    ("Nile Delta", "STRIPMAP", "ascending", "right", 22.7, 260, "uint16", _BOTH),
    ("Lofoten", "STRIPMAP", "ascending", "left", 25.3, 300, "float32", _BOTH),
    ("Strait of Hormuz", "SCAN", "descending", "right", 25.0, 6, "uint16", _COGS),
    ("Danube Delta", "SCAN_WIDE", "ascending", "left", 23.6, 80, "uint16", _COGS),
    ("Taveuni Fiji", "STRIPMAP", "descending", "right", 28.2, 50, "uint16", _COGS),
    ("Longyearbyen", "STRIPMAP", "ascending", "right", 27.0, 25, "uint16", _COGS),
    ("Odesa", "SPOTLIGHT", "descending", "left", 35.1, 420, "uint16", ("GRD", "QLK")),
)
# Which of them is the newest of a series, how many came before it, and how long before each other.
_REPEATED = 2
_REPEATS = 4
_REPEAT_CYCLE = timedelta(days=9, seconds=-17)


def _owned_shot(
    index: int,
    row: tuple[str, str, OrbitState, LookSide, float, int, str, tuple[str, ...]],
    options: SandboxOptions,
) -> Shot:
    name, mode_name, orbit, side, incidence, days, dtype, products = row
    rng = random.Random(f"iceye-geo-owned-{options.seed}-{index}")
    spot, mode = place(name), MODES[mode_name]
    range_m, azimuth_m = _extent(rng, mode)
    start = _odd_time(rng, options.epoch - timedelta(days=days, seconds=rng.uniform(0, 80_000)))
    return Shot(
        place=spot, mode=mode, orbit_state=orbit, look_side=side, incidence=incidence, start=start,
        lon=spot.lon, lat=spot.lat, range_m=range_m, azimuth_m=azimuth_m, frames=1,
        products=products, seed=rng.randrange(1_000_000_000), dtype=dtype,
    )  # fmt: skip
