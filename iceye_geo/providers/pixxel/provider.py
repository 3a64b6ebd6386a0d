"""Pixxel behind the seam that all providers share."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from typing import Any

from iceye_geo.errors import InvalidInputError
from iceye_geo.providers.base import DeliveryRecord, DownloadSource, ProductRef, Target
from iceye_geo.providers.capabilities import Capability
from iceye_geo.providers.pixxel.client import PixxelClient
from iceye_geo.providers.pixxel.deliveries import newest_first
from iceye_geo.providers.pixxel.entries import DeliveryEntry, Wanted
from iceye_geo.providers.pixxel.models import CatalogEntry, PixxelDelivery, PixxelStore
from iceye_geo.providers.pixxel.stac import CATALOG_ID

NAME = "pixxel"
KINDS = ("catalog", "order_item")


class PixxelProvider:
    """Pixxel's deliveries and downloads for everybody's calls.

    A target is a store and one free path: there is no sub path. A product is a catalog or an order item; an order
    item becomes one delivery per catalog.

    Args:
        client: whom to ask.

    Example:
        >>> pixxel = PixxelProvider(PixxelClient(api_key="k-123"))
        >>> pixxel.recognise("8f14", default=True)
        ProductRef(provider='pixxel', kind='catalog', id='8f14')
    """

    name = NAME
    capabilities = frozenset(Capability)
    # The answer names catalogs, one record each; which order item one came from it does not say.
    bundled_kinds = frozenset({"catalog"})
    # Pixxel names no limit; eight hide the way there and back, and are no flood.
    requests_at_once = 8

    def __init__(self, client: PixxelClient) -> None:
        self.client = client

    def __repr__(self) -> str:
        return f"PixxelProvider({self.client!r})"

    def recognise(self, product: Any, *, default: bool = False) -> ProductRef | None:
        """Return the reference of Pixxel's entries and Items, and of bare ids, as catalogs, if they count as its."""
        if isinstance(product, ProductRef):
            return product if product.provider == NAME else None
        if isinstance(product, str):
            return ProductRef(NAME, "catalog", product.strip()) if default and product.strip() else None
        if isinstance(product, CatalogEntry):
            return ProductRef(NAME, "catalog", product.id) if product.id else None
        found = (
            product if isinstance(product, Mapping) else {"properties": getattr(product, "properties", None)}
        )
        properties = found.get("properties")
        told = properties.get(CATALOG_ID) if isinstance(properties, Mapping) else None
        told = told or (found.get("catalog_id") if "details" in found else None)
        return ProductRef(NAME, "catalog", told) if isinstance(told, str) and told else None

    def target(self, value: Any) -> Target:
        """Return a target from a store, a `Target`, a pair (store id, path) or "id:path".

        Raises:
            InvalidInputError: it names no store, or has a sub path, which Pixxel does not know.
        """
        found = value
        if isinstance(value, PixxelStore):
            found = Target(value.id)
        elif isinstance(value, str):
            found = Target.parse(value)
        elif (
            isinstance(value, tuple | list)
            and 1 <= len(value) <= 2
            and all(isinstance(v, str) for v in value)
        ):
            found = Target(*value)
        elif isinstance(value, Mapping) and value.get("config"):
            found = Target(str(value["config"]), value.get("path"))
        if not isinstance(found, Target) or not found.id:
            raise InvalidInputError("to", "must be a store, its id, or (store id, path)")
        if found.sub_path:
            raise InvalidInputError(
                "to", "has a sub path, which Pixxel does not know", hint="Put it into path."
            )
        return found

    def targets(self) -> builtins.list[Target]:
        """Return the stores."""
        return [Target(one.id, title=_title(one)) for one in self.client.stores.list()]

    def create(self, products: Sequence[ProductRef], *, to: Target) -> builtins.list[DeliveryRecord]:
        """Send catalogs or order items on their way; one record per catalog.

        Raises:
            InvalidInputError: a product's kind or the store is not known; nothing was sent.
        """
        if not products:
            raise InvalidInputError("products", "must be at least one")
        grouped = {kind: [one.id for one in products if one.kind == kind] for kind in KINDS}
        if any(one.provider != NAME or one.kind not in KINDS for one in products):
            raise InvalidInputError("products", f"must be Pixxel's, of kind {' or '.join(KINDS)}")
        entries = [
            DeliveryEntry.of(to=to.id, path=to.path, **{f"{kind}_ids": ids})
            for kind, ids in grouped.items()
            if ids
        ]
        return [_record(made) for made in self.client.deliveries.create_all(entries)]

    def get(self, record: DeliveryRecord | str, *, timeout: float | None = None) -> DeliveryRecord:
        """Return a delivery as it is now.

        Raises:
            NotFoundError: there is no such delivery.
        """
        identity = record if isinstance(record, str) else record.id
        return _record(self.client.deliveries.get(identity, timeout=timeout))

    def list(self, *, max_items: int | None = None) -> builtins.list[DeliveryRecord]:
        """Return the deliveries of the organisation, newest first where they have times."""
        # Pixxel states no order, so the newest are known only when all are.
        return [_record(one) for one in newest_first(self.client.deliveries.list())[:max_items]]

    def resolve(self, product: ProductRef, *, timeout: float) -> builtins.list[DownloadSource]:
        """Return the file of a catalog or an order item, once Pixxel has it ready.

        Raises:
            WaitTimeoutError: not in time.
            DownloadFailedError: Pixxel could not make it ready.
        """
        if product.provider != NAME or product.kind not in KINDS:
            raise InvalidInputError("product", f"must be Pixxel's, of kind {' or '.join(KINDS)}")
        wanted = (
            Wanted.of(catalog_ids=product.id)
            if product.kind == "catalog"
            else Wanted.of(order_item_ids=product.id)
        )
        return [self.client.downloads.source(wanted, timeout=timeout)]


def from_environment(profile: str | None = None) -> PixxelProvider:
    """Return the provider with the API key of a profile, else of the environment or the default profile.

    Raises:
        ConfigurationError: there is none.
    """
    return PixxelProvider(PixxelClient(profile=profile))


def _title(store: PixxelStore) -> str:
    more = ", ".join(part for part in (store.type, store.bucket, store.region) if part)
    return f"{store.name or store.id} ({more})" if more else store.name or store.id


def _record(found: PixxelDelivery) -> DeliveryRecord:
    target = Target(found.cloud.config, found.cloud.path) if found.cloud else None
    products = (ProductRef(NAME, "catalog", found.catalog_id),) if found.catalog_id else ()
    return DeliveryRecord(
        id=found.delivery_id, provider=NAME, state=found.state, raw_status=found.status, products=products,
        target=target, location=found.likely_key, created_at=found.created_at, updated_at=found.updated_at,
        reason=found.reason if found.has_failed else "", raw=found,
    )  # fmt: skip
