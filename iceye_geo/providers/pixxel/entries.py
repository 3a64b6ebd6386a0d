"""What may be asked for: catalogs or order items, never both, never neither. Checked before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from iceye_geo.errors import InvalidInputError
from iceye_geo.providers.pixxel.models import CatalogEntry, PixxelStore

_GUIDE = "Pixxel create-deliveries reference"

Ids = Iterable[str | CatalogEntry] | str | CatalogEntry | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Catalogs or order items.

    Attributes:
        catalog_ids: UUIDs of catalogs.
        order_item_ids: UUIDs of order items; each stands for all its catalogs.
    """

    catalog_ids: tuple[str, ...] = ()
    order_item_ids: tuple[str, ...] = ()

    @classmethod
    def of(cls, *, catalog_ids: Ids = None, order_item_ids: Ids = None) -> Wanted:
        """Read and check what is wanted.

        Raises:
            InvalidInputError: both, neither, or an id is empty.

        Example:
            >>> Wanted.of(catalog_ids=["a", "a", "b"]).to_wire()
            {'catalog_ids': ['a', 'b']}
            >>> Wanted.of(catalog_ids=["a"], order_item_ids=["b"])
            Traceback (most recent call last):
            iceye_geo.errors.InvalidInputError: catalog_ids: cannot be combined with order_item_ids
        """
        if catalog_ids is not None and order_item_ids is not None:
            raise InvalidInputError(
                "catalog_ids",
                "cannot be combined with order_item_ids",
                hint="Give one of the two.",
                source=_GUIDE,
            )
        if catalog_ids is None and order_item_ids is None:
            raise InvalidInputError(
                "catalog_ids",
                "is missing, and so is order_item_ids",
                hint="Give one of the two.",
                source=_GUIDE,
            )
        if catalog_ids is not None:
            return cls(catalog_ids=_ids(catalog_ids, "catalog_ids"))
        return cls(order_item_ids=_ids(order_item_ids, "order_item_ids"))

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids, of whichever kind."""
        return self.catalog_ids or self.order_item_ids

    def to_wire(self) -> dict[str, list[str]]:
        """Return the one key that is sent; the other one is not sent empty either."""
        if self.catalog_ids:
            return {"catalog_ids": list(self.catalog_ids)}
        return {"order_item_ids": list(self.order_item_ids)}


@dataclass(frozen=True, slots=True)
class DeliveryEntry:
    """One entry of a delivery request.

    Attributes:
        wanted: what.
        store_id: the store it goes to.
        path: folder in it, sent as it is; None sends none.

    Example:
        >>> DeliveryEntry.of(order_item_ids="o-1", to="s-1", path="in/").to_wire()
        {'order_item_ids': ['o-1'], 'cloud_info': {'config': 's-1', 'path': 'in/'}}
    """

    wanted: Wanted
    store_id: str
    path: str | None = None

    @classmethod
    def of(
        cls,
        *,
        to: PixxelStore | str,
        path: str | None = None,
        catalog_ids: Ids = None,
        order_item_ids: Ids = None,
    ) -> DeliveryEntry:
        """Read and check an entry.

        Raises:
            InvalidInputError: what is wanted is not one of the two, or the store is missing.
        """
        store = to.id if isinstance(to, PixxelStore) else to
        if not isinstance(store, str) or not store.strip():
            raise InvalidInputError(
                "to", "must be a store or its id", hint="stores.list() lists them.", source=_GUIDE
            )
        if path is not None and not isinstance(path, str):
            raise InvalidInputError("path", f"must be text, this is a {type(path).__name__}")
        return cls(
            Wanted.of(catalog_ids=catalog_ids, order_item_ids=order_item_ids), store.strip(), path or None
        )

    def to_wire(self) -> dict[str, Any]:
        """Return the JSON form."""
        cloud = {"config": self.store_id} | ({"path": self.path} if self.path else {})
        return {**self.wanted.to_wire(), "cloud_info": cloud}


def _ids(given: Ids, field: str) -> tuple[str, ...]:
    several = [given] if isinstance(given, str | CatalogEntry) else list(given or ())
    ids = [one.id if isinstance(one, CatalogEntry) else one for one in several]
    if not ids:
        raise InvalidInputError(field, "is empty", hint="Give at least one id.", source=_GUIDE)
    if not all(isinstance(one, str) and one.strip() for one in ids):
        raise InvalidInputError(field, "must hold ids, none of them empty", source=_GUIDE)
    return tuple(dict.fromkeys(one.strip() for one in ids))
