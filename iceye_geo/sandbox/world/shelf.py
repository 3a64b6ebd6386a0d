"""A shelf of records: the items of one collection, ready to be searched by place, time and property."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from iceye_geo.sandbox.world.frames import Frame
from iceye_geo.sandbox.world.items import raw_item, search_shape

#: Properties whose values are times; searches compare them as microseconds since 1970.
TIME_PROPERTIES = ("created", "updated", "start_datetime", "end_datetime")
_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """Return a time as whole microseconds since 1970, the form in which times are compared and sorted."""
    delta = moment - _ORIGIN
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


@dataclass(frozen=True, slots=True)
class Record:
    """One item with what a search needs of it.

    Attributes:
        body: the raw item, assets empty.
        frame: its frame.
        product: its product type.
        values: comparable values by property name, ``id`` and ``collection`` included.
        shape: footprint for spatial tests.
    """

    body: Mapping[str, Any] = field(repr=False)
    frame: Frame
    product: str
    values: Mapping[str, Any] = field(repr=False)
    shape: BaseGeometry = field(repr=False)

    @property
    def id(self) -> str:
        """The item's id."""
        return str(self.body["id"])


def make_records(frame: Frame, *, collection: str, stac_version: str) -> Iterator[Record]:
    """Make one record for each product type of a frame."""
    shape = search_shape(frame)
    times = {name: getattr(frame, name.removesuffix("_datetime")) for name in TIME_PROPERTIES}
    for product in frame.product_types:
        body = raw_item(frame, product, collection=collection, stac_version=stac_version)
        values = {
            **body["properties"],
            **{name: microseconds(moment) for name, moment in times.items()},
            "id": body["id"],
            "collection": collection,
        }
        yield Record(body, frame, product, values, shape)


class Shelf:
    """The records of one collection; grows, never shrinks; safe between threads."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._records = list(records)
        self._ids = {record.id for record in self._records}
        self._tree: shapely.STRtree | None = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        with self._lock:
            return iter(list(self._records))

    def add(self, records: Iterable[Record]) -> None:
        """Put records on the shelf; those that are there already are left as they are."""
        with self._lock:
            new = [record for record in records if record.id not in self._ids]
            self._records.extend(new)
            self._ids.update(record.id for record in new)
            self._tree = None

    def intersecting(self, area: BaseGeometry | None) -> list[Record]:
        """Return the records whose footprint meets an area, or all of them."""
        with self._lock:
            records = list(self._records)
            if area is None or not records:
                return records
            if self._tree is None:
                self._tree = shapely.STRtree([record.shape for record in records])
            found = np.sort(self._tree.query(area, predicate="intersects"))
        return [records[i] for i in found]
