"""The Catalog API's purchases. Items have their own room, ``iceye_geo.stac``."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from iceye_geo.models.base import WireModel
from iceye_geo.models.tasking import Stamp

#: Where a purchase ends without a frame (contradiction C6: only older material has "canceled").
PURCHASE_FAILED = frozenset({"failed", "canceled"})
#: The order of a purchase's statuses; the newest guide starts with "active".
PURCHASE_ORDER = ("received", "active", "closed")


def _no_null(value: object) -> object:
    return [] if value is None else value


class Purchase(WireModel):
    """A purchase: one frame of the archive with all its products.

    Attributes:
        id: what to ask by.
        status: received, active, closed, failed, canceled, or a word that came later.
        frame_id: the frame.
        contract_id: who pays.
        eula: the licence.

    Example:
        >>> purchase = Purchase.from_wire({"id": "p-1", "status": "closed", "frameID": "17_1"})
        >>> purchase.is_terminal, purchase.has_products, purchase.frame_id
        (True, True, '17_1')
    """

    _columns: ClassVar[tuple[str, ...]] = (
        "id", "status", "frame_id", "created_at", "reference", "eula", "product_types", "contract_id",
    )  # fmt: skip
    _headline: ClassVar[tuple[str, ...]] = ("id", "status", "frame_id", "reference")

    id: str
    status: str
    frame_id: str | None = None
    contract_id: str | None = None
    created_at: Stamp = None
    reference: str | None = None
    eula: str | None = None
    product_types: Annotated[list[str], BeforeValidator(_no_null)] = Field(default_factory=list)

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more will happen: closed, failed or canceled."""
        return self.has_products or self.has_failed

    @property
    def has_failed(self) -> bool:
        """Whether it ended without a frame."""
        return self.status.lower() in PURCHASE_FAILED

    @property
    def has_products(self) -> bool:
        """Whether its items can be asked for; while it is active the list is empty."""
        return self.status.lower() == "closed"

    @property
    def is_open(self) -> bool:
        """Whether it is still on its way."""
        return not self.is_terminal

    @property
    def cancellable(self) -> bool:
        """Always False: the API has no way to take a purchase back."""
        return False
