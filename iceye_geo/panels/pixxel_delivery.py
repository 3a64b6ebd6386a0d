"""Pixxel for the delivery panel: its catalogs, its stores, its deliveries, in the panel's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from iceye_geo.errors import InvalidInputError
from iceye_geo.panels.delivery_control import (
    MAX_DELIVERIES,
    MAX_OWNED,
    DeliveryPlace,
    DeliveryRow,
    OwnedItem,
    State,
)
from iceye_geo.providers.base import DeliveryRecord, ProductRef, Target
from iceye_geo.providers.states import State as NeutralState

if TYPE_CHECKING:
    from iceye_geo.client import Client
    from iceye_geo.providers.pixxel import CatalogEntry, PixxelClient

_STATES: dict[NeutralState, State] = {
    "pending": "pending", "running": "pending", "partial": "pending", "succeeded": "delivered", "failed": "failed",
    "cancelled": "failed", "unknown": "unknown",
}  # fmt: skip


class PixxelDelivery:
    """Pixxel as a provider of `DeliveryPanel`.

    Args:
        client: whom to ask.

    Example:
        >>> from iceye_geo.providers.pixxel import PixxelClient
        >>> PixxelDelivery(PixxelClient(api_key="k-123")).name
        'Pixxel'
    """

    name = "Pixxel"

    def __init__(self, client: PixxelClient) -> None:
        self._client = client
        self._provider = client.as_provider()

    def __repr__(self) -> str:
        return f"PixxelDelivery({self._client!r})"

    def owned(self) -> list[OwnedItem]:
        """Return what is in the catalog, at most `MAX_OWNED`."""
        return [_owned(entry) for entry in self._client.catalog.search(max_items=MAX_OWNED) if entry.id]

    def places(self) -> list[DeliveryPlace]:
        """Return the stores."""
        return [DeliveryPlace(one.id, one.title, one.usable) for one in self._provider.targets()]

    def deliver(self, item_ids: Sequence[str], place: str, *, sub_path: str = "") -> DeliveryRow:
        """Send catalogs to a store; Pixxel makes one delivery of each, the first of them is returned.

        Raises:
            InvalidInputError: no catalog, or the store is not there.
        """
        refs = [ProductRef("pixxel", "catalog", one) for one in item_ids]
        made = self._provider.create(refs, to=Target(place, sub_path.strip() or None))
        return _row(made[0])

    def status(self) -> list[DeliveryRow]:
        """Return the deliveries of the organisation, newest first, at most `MAX_DELIVERIES`."""
        return [_row(one) for one in self._provider.list(max_items=MAX_DELIVERIES)]

    def redeliver(self, row: DeliveryRow) -> DeliveryRow:
        """Send the catalog of a failed delivery to the same store and folder.

        Raises:
            InvalidInputError: Pixxel does not say which they were.
        """
        held = row.raw
        if not isinstance(held, DeliveryRecord) or held.target is None or not held.products:
            raise InvalidInputError(
                "delivery", "does not say its catalog and store", hint="Choose them and deliver anew."
            )
        return _row(self._provider.create(held.products, to=held.target)[0])


def configured(client: Client) -> list[PixxelDelivery]:
    """Return Pixxel where its API key is set up: environment, profile or keyring. Nothing beside a sandbox.

    Raises:
        ConfigurationError: a value of the configuration is malformed.
    """
    from iceye_geo.providers.pixxel import PixxelClient
    from iceye_geo.providers.pixxel.settings import PixxelSettings

    if client.settings.source.startswith("sandbox:"):
        return []
    settings = PixxelSettings.load()
    return [PixxelDelivery(PixxelClient(settings))] if settings.api_key else []


def _owned(entry: CatalogEntry) -> OwnedItem:
    return OwnedItem(entry.id, "L2A", f"{entry.item_id or entry.id} (Pixxel)", entry.created_at)


def _row(one: DeliveryRecord) -> DeliveryRow:
    return DeliveryRow(
        id=one.id, state=_STATES[one.state], word=one.raw_status,
        items=tuple(product.id for product in one.products), places=(str(one.target),) if one.target else (),
        asked_at=one.created_at, where=one.location, raw=one,
    )  # fmt: skip
