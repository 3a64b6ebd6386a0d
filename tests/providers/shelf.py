"""A provider in memory that does what a provider must, for tests that break it in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from iceye_geo.cog.ref import AssetRef, Link
from iceye_geo.errors import InvalidInputError, NotFoundError
from iceye_geo.providers import (
    Capability,
    DeliveryRecord,
    DownloadSource,
    ProductRef,
    StatusTable,
    Target,
)
from iceye_geo.providers.testing import ProviderCase

STATUS = StatusTable({"SENT": "running", "THERE": "succeeded", "LOST": "failed"})


@dataclass(frozen=True)
class ShelfResolver:
    """Hands out links to books."""

    def resolve(self, ref: AssetRef) -> Link:
        return Link.of(f"https://shelf.example/{ref.item_id}?Signature=planted")


class Shelf:
    """Books that are brought to a desk."""

    name = "shelf"
    capabilities: frozenset[Capability] = frozenset(Capability)
    bundled_kinds = frozenset({"book"})
    desks = ("oak", "pine")

    def __init__(self) -> None:
        self.records: dict[str, DeliveryRecord] = {}
        self.requests, self.failing, self._numbers = 0, 0, count(1)

    def recognise(self, product: Any, *, default: bool = False) -> ProductRef | None:
        if isinstance(product, ProductRef):
            return product if product.provider == "shelf" else None
        if default and isinstance(product, str) and product.strip():
            return ProductRef("shelf", "book", product)
        return None

    def target(self, value: Any) -> Target:
        if isinstance(value, str):
            value = Target.parse(value)
        if not isinstance(value, Target):
            raise InvalidInputError("to", "must be a desk")
        return value

    def targets(self) -> Sequence[Target]:
        return [Target(name, title=f"the {name} desk") for name in self.desks]

    def create(self, products: Sequence[ProductRef], *, to: Target) -> list[DeliveryRecord]:
        if not products or any(one.provider != "shelf" or one.kind != "book" for one in products):
            raise InvalidInputError("products", "must be books")
        self.requests += 1
        if to.id not in self.desks:
            raise InvalidInputError("to", f"there is no desk {to.id}")
        return [self.put(f"b{next(self._numbers)}", "SENT", product, to) for product in products]

    def get(self, record: DeliveryRecord | str, *, timeout: float | None = None) -> DeliveryRecord:
        self.requests += 1
        found = self.records.get(record if isinstance(record, str) else record.id)
        if found is None:
            raise NotFoundError("there is no such delivery")
        word = found.raw_status
        if word == "SENT":
            self.failing, word = self.failing - 1, "LOST" if self.failing > 0 else "THERE"
        assert found.target is not None
        return self.put(found.id, word, found.products[0], found.target)

    def list(self, *, max_items: int | None = None) -> Sequence[DeliveryRecord]:
        self.requests += 1
        return tuple(reversed(self.records.values()))[:max_items]

    def resolve(self, product: ProductRef, *, timeout: float) -> Sequence[DownloadSource]:
        return [DownloadSource(AssetRef(product.id, "pages"), ShelfResolver(), f"{product.id}.txt")]

    def put(self, identity: str, word: str, product: ProductRef, to: Target) -> DeliveryRecord:
        """Keep a record as it is now."""
        made = DeliveryRecord(
            id=identity, provider="shelf", state=STATUS.read(word), raw_status=word, products=(product,), target=to,
        )  # fmt: skip
        self.records[identity] = made
        return made


def case_of(shelf: Any) -> ProviderCase:
    """Return what the conformance suite asks of a shelf."""

    def fail_next() -> None:
        shelf.failing = 1

    return ProviderCase(
        provider=shelf, products=[ProductRef("shelf", "book", "a"), ProductRef("shelf", "book", "b")], bare_id="a",
        target="oak", unknown_target="iron", requests=lambda: shelf.requests, fail_next=fail_next, timeout_s=0.3,
    )  # fmt: skip
