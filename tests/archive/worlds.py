"""Records as the Catalog API sends them, invented from a seed, and a catalog that answers from a list of them."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from iceye_geo.archive.manifest import Scope
from iceye_geo.archive.question import month_of
from iceye_geo.archive.sources import months_between

MODES = (("stripmap", "SM"), ("spotlight", "SLH"), ("scan", "SC"))
PRODUCTS = ("GRD", "GRD-COG", "SLC-COG", "QLK")


def record(
    number: int, *, seed: int = 7, first: datetime | None = None, days: float = 90.0
) -> dict[str, Any]:
    """One record; the same number and seed give the same, some of them as odd as real ones."""
    rng = random.Random(f"{seed}/{number}")
    start = (first or datetime(2026, 1, 1, tzinfo=UTC)) + timedelta(seconds=rng.uniform(0, days * 86_400))
    lon, lat = rng.uniform(-180, 180), math.degrees(math.asin(rng.uniform(-0.97, 0.97)))
    half = rng.choice((0.05, 0.2, 0.6))
    ring = [
        [_wrapped(lon + dx * half / math.cos(math.radians(lat))), max(-89.9, min(89.9, lat + dy * half))]
        for dx, dy in ((-1, -1), (1, -0.9), (1, 1), (-1, 0.9), (-1, -1))
    ]
    mode, code = rng.choice(MODES)
    properties: dict[str, Any] = {
        "frame_id": f"{4_000_000 + number // 2}_1",
        "created": _text(start + timedelta(hours=2)),
        "updated": _text(start + timedelta(hours=3)),
        "start_datetime": _text(start),
        "end_datetime": _text(start + timedelta(seconds=10)),
        "sar:instrument_mode": mode,
        "sar:frequency_band": "X",
        "sar:polarizations": rng.choice((["VV"], ["HH", "HV"])),
        "sar:product_type": PRODUCTS[number % 2] if number % 5 else rng.choice(PRODUCTS),
        "sar:looks_range": 1,
        "sar:looks_azimuth": rng.choice((1, 4, None)),
        "sar:observation_direction": rng.choice(("left", "right", "LEFT")),
        "sat:orbit_state": rng.choice(("ascending", "descending", None)),
        "iceye:acquisition_mode": mode,
        "iceye:processing_mode": code,
        "iceye:incidence_center": rng.choice((round(rng.uniform(15, 40), 4), rng.randint(15, 40))),
        "iceye:satellite_look_angle": round(rng.uniform(14, 36), 2),
    }
    return {
        "id": f"item-{seed}-{number:07d}",
        "type": "Feature",
        "stac_version": "1.0.0-beta.1",
        "collection": "public",
        "geometry": None if number % 97 == 13 else {"type": "Polygon", "coordinates": [ring]},
        "bbox": [-1, -1, 1, 1],
        "properties": properties,
        "assets": {
            "thumbnail-png": {
                "href": f"https://host/{rng.getrandbits(64):x}?Signature={random.random()}",
                "title": "Thumbnail png file",
                "type": "image/png",
                "roles": ["thumbnail"],
            }
        },
    }


def records(count: int, *, seed: int = 7, days: float = 90.0) -> list[dict[str, Any]]:
    """So many records, newest last."""
    made = [record(number, seed=seed, days=days) for number in range(count)]
    return sorted(made, key=lambda r: str(r["properties"]["start_datetime"]))


class ListCatalog:
    """A catalog that answers a sync from a list; signs its links anew each time, as the real one does.

    Attributes:
        held: the records; change them between two syncs.
        asked: months asked for, in order.
    """

    attribution = ""

    def __init__(self, held: Iterable[dict[str, Any]], *, collection: str = "public") -> None:
        self.held, self.collection = list(held), collection
        self.asked: list[str] = []

    def scopes(self, collections: Sequence[str] | None, contract_id: str | None) -> list[Scope]:
        return [Scope(name, contract_id or "") for name in collections or (self.collection,)]

    def months(self, scope: Scope) -> list[str]:
        found = sorted(month_of(r) for r in self.held)
        return months_between(found[0], found[-1]) if found else []

    def records(self, scope: Scope, month: str) -> Iterator[dict[str, Any]]:
        self.asked.append(month)
        for one in self.held:
            if month_of(one) == month:
                assets = {
                    key: {**asset, "href": f"{asset['href'].split('?')[0]}?Signature={random.random()}"}
                    for key, asset in one["assets"].items()
                }
                yield {**one, "assets": assets}


def _wrapped(lon: float) -> float:
    return round((lon + 180) % 360 - 180, 6)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
