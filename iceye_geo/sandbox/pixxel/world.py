"""What is there at the Pixxel side: invented hyperspectral images, the order items they came from, stores."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from iceye_geo.sandbox.contracts import BUCKET, stable_uuid
from iceye_geo.sandbox.world.places import PLACES

#: Catalogs of one order item: what is asked for by order item becomes so many deliveries.
PER_ORDER_ITEM = 2
#: Half the side of an image, degrees: some five kilometres.
_HALF = 0.025


@dataclass(frozen=True, slots=True)
class Catalog:
    """One image that can be delivered.

    Attributes:
        id: catalog id, what is delivered and downloaded.
        item_id: STAC id of the image, which is another thing.
        order_item_id: what ordered it.
        task_id: the task of that order item.
        order_number: names the folder of deliveries.
        place: what it shows.
        lon: of its centre.
        lat: of its centre.
        taken: when, aware UTC.
        seed: what its pixels grow from.
    """

    id: str
    item_id: str
    order_item_id: str
    task_id: str
    order_number: int
    place: str
    lon: float
    lat: float
    taken: datetime
    seed: int

    @property
    def bbox(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        return self.lon - _HALF, self.lat - _HALF, self.lon + _HALF, self.lat + _HALF

    @property
    def epsg(self) -> int:
        """Its UTM zone."""
        zone = int((self.lon + 180) // 6) % 60 + 1
        return (32600 if self.lat >= 0 else 32700) + zone

    def to_wire(self) -> dict[str, Any]:
        """Return the JSON form: a STAC-like record with Pixxel's oddities inside."""
        west, south, east, north = (round(one, 6) for one in self.bbox)
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        taken = pixxel_time(self.taken)
        return {
            "catalog_id": self.id,
            "order_item_id": self.order_item_id,
            "area": 27.5,
            "bandset_id": "sandbox-vnir-6",
            "created_at": pixxel_time(self.taken + timedelta(hours=30)),
            "created_by": "4c2b6a0e-0000-4000-8000-000000000001",
            "delivery_status": "SUCCESSFUL",
            "details": {
                "id": self.item_id, "type": "Feature", "stac_version": "0.1.0", "collection": "firefly-l2a",
                "bbox": [str(one) for one in (west, south, east, north)],
                "geometry": {"type": "Polygon", "coordinates": [ring]},
                "properties": {
                    "startdatetime": taken, "enddatetime": taken, "datetime": taken, "proj:epsg": self.epsg,
                    "eo:cloud_cover": self.seed % 20, "gsd": 5.0, "rd:place": self.place,
                },
                "assets": {}, "links": [],
            },
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Store:
    """A place of the customer's."""

    id: str
    name: str
    type: str
    bucket: str
    path_prefix: str
    region: str
    created: datetime

    def to_wire(self) -> dict[str, Any]:
        """Return the JSON form; secrets were never kept."""
        return {
            "id": self.id, "name": self.name, "type": self.type, "labels": {},
            "configs": {"bucket": self.bucket, "path_prefix": self.path_prefix, "region": self.region},
            "created_at": pixxel_time(self.created), "created_by": "4c2b6a0e-0000-4000-8000-000000000001",
        }  # fmt: skip


def pixxel_time(moment: datetime) -> str:
    """Write a time as Pixxel does, with microseconds.

    Example:
        >>> from datetime import UTC
        >>> pixxel_time(datetime(2024, 5, 27, 6, 50, 20, 56549, tzinfo=UTC))
        '2024-05-27T06:50:20.056549Z'
    """
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def build_catalogs(seed: int, count: int, epoch: datetime) -> dict[str, Catalog]:
    """Make the images by id; the same seed gives the same ones."""
    rng = random.Random(f"iceye-geo-pixxel-{seed}")
    spots = [spot for spot in PLACES if abs(spot.lon) < 175 and abs(spot.lat) < 75]
    made = (_catalog(seed, n, rng, spots[n * 7 % len(spots)], epoch) for n in range(count))
    return {one.id: one for one in made}


def build_stores(seed: int, now: datetime) -> dict[str, Store]:
    """Make the stores by id: the customer's bucket that ICEYE delivers to as well, and one of another type."""
    rows = (("field-team", "S3", BUCKET, "pixxel"), ("archive", "GCS", "sandbox-archive-gcs", ""))
    made = (
        Store(stable_uuid(seed, "pixxel-store", name), name, kind, bucket, prefix, "eu-north-1", now)
        for name, kind, bucket, prefix in rows
    )
    return {one.id: one for one in made}


def _catalog(seed: int, n: int, rng: random.Random, spot: Any, epoch: datetime) -> Catalog:
    order = n // PER_ORDER_ITEM
    taken = epoch - timedelta(days=rng.uniform(2, 300))
    return Catalog(
        id=stable_uuid(seed, "pixxel-catalog", n),
        item_id=f"FF0{n % 3 + 1}_{taken:%Y%m%d}_{n:04d}",
        order_item_id=stable_uuid(seed, "pixxel-order-item", order),
        task_id=stable_uuid(seed, "pixxel-task", order),
        order_number=order + 1,
        place=spot.name, lon=spot.lon, lat=spot.lat, taken=taken, seed=rng.randrange(1_000_000),
    )  # fmt: skip
