"""Deliveries into a store: create, list, look at one, wait. The list is the only way to look."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from iceye_geo.errors import (
    BadRequestError,
    DeliveryFailedError,
    InvalidInputError,
    NotFoundError,
    UnexpectedAnswerError,
)
from iceye_geo.models.base import ModelList
from iceye_geo.models.checks import read_id
from iceye_geo.providers.pixxel.entries import DeliveryEntry, Ids
from iceye_geo.providers.pixxel.models import PixxelDelivery, PixxelStore
from iceye_geo.providers.pixxel.paging import offset_pages
from iceye_geo.providers.pixxel.session import PixxelSession
from iceye_geo.providers.pixxel.stores import PixxelStores
from iceye_geo.services.deferred import Deferred
from iceye_geo.services.progress import ProgressLike
from iceye_geo.services.reading import doubt
from iceye_geo.services.waiting import LONGEST_PAUSE_S, Goal, wait_for
from iceye_geo.transport.paging import Page

_PATH = "/v0/catalogs/deliveries"
_ORDER = ("UNSPECIFIED", "CREATED", "IN_PROGRESS", "SUCCESS")

DeliveryRef = PixxelDelivery | str


class PixxelDeliveries:
    """Catalogs on their way into a store of yours.

    Args:
        session: the authenticated session.
    """

    def __init__(self, session: PixxelSession) -> None:
        self._session = session

    def create(
        self,
        *,
        to: PixxelStore | str,
        path: str | None = None,
        catalog_ids: Ids = None,
        order_item_ids: Ids = None,
    ) -> ModelList[PixxelDelivery]:
        """Send catalogs, or all catalogs of order items, to a store.

        Args:
            to: a store or its id.
            path: folder in it, sent exactly as given.
            catalog_ids: either these,
            order_item_ids: or these.

        Returns:
            One delivery per catalog, so perhaps more than were asked for.

        Raises:
            InvalidInputError: both kinds of ids, neither, an empty one, or a store that is not there.
            ConnectionFailedError: no answer; if it was sent, look into ``list()`` before sending again.
        """
        entry = DeliveryEntry.of(to=to, path=path, catalog_ids=catalog_ids, order_item_ids=order_item_ids)
        return self.create_all([entry])

    def create_all(self, entries: Iterable[DeliveryEntry]) -> ModelList[PixxelDelivery]:
        """Send several entries. Catalogs and order items go in requests of their own, as documented.

        Raises:
            InvalidInputError: there is none, or a store is not there.
            ApiError: a request was refused; a note says which deliveries an earlier one had created.
        """
        given = list(entries)
        if not given:
            raise InvalidInputError("entries", "must be at least one")
        made: builtins.list[PixxelDelivery] = []
        for kind in ("catalog_ids", "order_item_ids"):
            group = [entry for entry in given if getattr(entry.wanted, kind)]
            try:
                made += self._post(group) if group else []
            except Exception as error:
                if made:
                    ids = ", ".join(one.delivery_id for one in made)
                    error.add_note(f"An earlier request of this call created the deliveries {ids}.")
                raise
        return ModelList(made)

    def list(
        self,
        *,
        delivery_id: str | None = None,
        catalog_id: str | None = None,
        task_id: str | None = None,
        max_items: int | None = None,
        page_size: int | None = None,
    ) -> Deferred[PixxelDelivery]:
        """Return the deliveries of the organisation; those of its other users too.

        The filters are sent, and applied again to what comes back.

        Args:
            delivery_id: only this one.
            catalog_id: only those of this catalog.
            task_id: only those of this task.
            max_items: stop after so many.
            page_size: ask for pages of so many; Pixxel documents no paging here, so by default none is asked for.
        """
        wanted = {"delivery_id": delivery_id, "catalog_id": catalog_id, "task_id": task_id}
        filters = {name: value for name, value in wanted.items() if value is not None}

        def pages() -> Iterator[Page]:
            return self._pages(filters, page_size=page_size)

        return Deferred(pages, PixxelDelivery.from_wire, title="Pixxel deliveries", max_items=max_items)

    def get(self, delivery: DeliveryRef, *, timeout: float | None = None) -> PixxelDelivery:
        """Return a delivery as it is now.

        Args:
            delivery: a delivery or its id.
            timeout: seconds that the request may take.

        Raises:
            NotFoundError: there is no such delivery.
        """
        wanted = _id(delivery)
        pages = self._pages({"delivery_id": wanted}, timeout=timeout)
        found = next((row for page in pages for row in page.items), None)
        if found is None:
            raise NotFoundError(f"there is no delivery {wanted}", operation="listDeliveries")
        return PixxelDelivery.from_wire(found, operation="listDeliveries")

    def wait(
        self,
        delivery: DeliveryRef,
        *,
        timeout: float,
        progress: ProgressLike = "auto",
        first_pause: float | None = None,
        longest_pause: float = LONGEST_PAUSE_S,
    ) -> PixxelDelivery:
        """Wait until the file is there, and return the delivery as it is then.

        Args:
            delivery: a delivery or its id.
            timeout: seconds after which to give up.
            progress: "auto" shows a bar; a callable gets each state; None is silent.
            first_pause: seconds between the first two looks; the pauses grow.
            longest_pause: seconds between looks at most.

        Raises:
            WaitTimeoutError: the time is up; ``last`` is the delivery as last seen.
            DeliveryFailedError: it ended as FAILED; ``last`` is the delivery.
        """
        wanted = _id(delivery)
        goal = Goal(
            title=f"Pixxel delivery {wanted[:8]}", look=lambda left: self.get(wanted, timeout=left),
            status=lambda d: f"{d.status} ({d.reason})" if d.has_failed and d.reason else d.status,
            is_reached=lambda d: d.succeeded, has_failed=lambda d: d.has_failed, error=DeliveryFailedError,
            order=_ORDER,
        )  # fmt: skip
        return wait_for(
            goal, timeout=timeout, progress=progress, first_pause=first_pause, longest_pause=longest_pause
        )

    def _post(self, entries: builtins.list[DeliveryEntry]) -> builtins.list[PixxelDelivery]:
        operation = "createDeliveries"
        body = {"deliveries": [entry.to_wire() for entry in entries]}
        try:
            with doubt("The deliveries may have been created: look into deliveries.list() first."):
                raw = self._session.post(_PATH, json=body, operation=operation)
        except (BadRequestError, NotFoundError) as error:
            self._explain(error, entries)
            raise
        rows = raw.get("deliveries") if isinstance(raw, Mapping) else None
        if not isinstance(rows, list) or not rows:
            raise UnexpectedAnswerError("the answer holds no list of deliveries", operation=operation)
        return [PixxelDelivery.from_wire(row, operation=operation) for row in rows]

    def _explain(self, error: Exception, entries: builtins.list[DeliveryEntry]) -> None:
        """Raise a better error where the store is what is wrong."""
        known = {store.id: store for store in PixxelStores(self._session).list()}
        unknown = next((entry.store_id for entry in entries if entry.store_id not in known), None)
        if unknown is not None:
            there = ", ".join(f"{one.id} ({one.name})" for one in known.values()) or "none"
            raise InvalidInputError(
                "to", f"there is no store {unknown}", hint=f"Stores of your organisation: {there}."
            ) from error

    def _pages(
        self, filters: dict[str, str], *, page_size: int | None = None, timeout: float | None = None
    ) -> Iterator[Page]:
        seconds = self._session.within(timeout)

        def ask(query: dict[str, int]) -> Any:
            return self._session.get(
                _PATH, params={**filters, **query}, timeout=seconds, operation="listDeliveries"
            )

        for page in offset_pages(ask, key="deliveries", id_names=("delivery_id", "id"), page_size=page_size):
            kept = [row for row in page.items if _matches(row, filters)]
            yield Page(kept, None, page.raw)


def newest_first(deliveries: Iterable[PixxelDelivery]) -> builtins.list[PixxelDelivery]:
    """Return deliveries in the order of their creation, the newest first; those without a time at the end."""
    return sorted(
        deliveries, key=lambda one: one.created_at.timestamp() if one.created_at else 0.0, reverse=True
    )


def _matches(row: Mapping[str, Any], filters: Mapping[str, str]) -> bool:
    told = {**row, "delivery_id": row.get("delivery_id", row.get("id"))}
    return all(told.get(name) == value for name, value in filters.items())


def _id(delivery: DeliveryRef) -> str:
    return (
        delivery.delivery_id if isinstance(delivery, PixxelDelivery) else read_id(delivery, field="delivery")
    )
