"""The tasks panel without a screen: reads everything back from the service, follows it, cancels, gets the products."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from iceye_geo.errors import (
    ApiError,
    AssetNotFoundError,
    InvalidInputError,
    MoneyGuardError,
    NotFoundError,
    WaitTimeoutError,
)
from iceye_geo.models.cancellation import CancellationCharge
from iceye_geo.models.catalog import Purchase
from iceye_geo.models.tasking import Scene, Task
from iceye_geo.panels.jobs import Ticket
from iceye_geo.panels.orders import Order, newest_first
from iceye_geo.panels.tasking_form import utc_now
from iceye_geo.services.waiting import Clockwork
from iceye_geo.webhooks.store import CallbackStore
from iceye_geo.webhooks.watch import Change, watch

if TYPE_CHECKING:
    from iceye_geo.client import Client
    from iceye_geo.stac.items import IceyeItem

#: So many of each kind are read back; older ones are a matter for ``client.tasking.list()``.
MAX_READ = 100
# Scenes of open tasks are asked for one by one: so many at most, each again after five minutes, since they drift.
MAX_SCENES = 25
SCENE_LIFE = timedelta(minutes=5)
#: Without callbacks an open order is looked at so often, seconds; with them the look is only a safety net.
POLL_S, POLL_WITH_CALLBACKS_S = 20.0, 300.0
# Many open orders are looked at more rarely: one question a second at most.
_PER_ORDER_S = 1.0
# Orders made elsewhere show up this late.
_READ_AGAIN_S = 120.0


class TasksControl:
    """Tasks and purchases as they are now, and what can be done with them. None of it touches a widget.

    Args:
        client: whom to ask.
        store: where a webhook receiver keeps callbacks; None follows by polling alone.
        poll_s: seconds between looks; default 20, or 300 where there are callbacks.
        now: the current time, aware.

    Example:
        >>> control = TasksControl(client)
        >>> orders = control.read()
        >>> control.live_words
        'Status is asked for every 20 s.'
    """

    def __init__(
        self,
        client: Client,
        *,
        store: CallbackStore | str | Path | None = None,
        poll_s: float | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._client = client
        self._store = store
        self._poll_s = poll_s or (POLL_S if store is None else POLL_WITH_CALLBACKS_S)
        self._now = now
        self._orders: dict[str, Order] = {}
        self._scenes: dict[str, tuple[str, datetime, Scene | None]] = {}
        self._lock = threading.Lock()
        self._cancelling = threading.Lock()
        self._canceled: dict[str, Task] = {}

    def __repr__(self) -> str:
        return f"TasksControl({self._client!r}, {len(self._orders)} orders)"

    @property
    def orders(self) -> list[Order]:
        """The orders as last seen: those on their way first, newest first."""
        with self._lock:
            return newest_first(list(self._orders.values()))

    @property
    def live_words(self) -> str:
        """How the status is kept fresh, in one line."""
        every = f"every {self._poll_s:g} s" if self._poll_s < 120 else f"every {self._poll_s / 60:g} min"
        if self._store is None:
            return f"Status is asked for {every}."
        return f"Status follows ICEYE's callbacks, and is asked for {every} in case one gets lost."

    def get(self, order_id: str) -> Order:
        """Return an order as last seen.

        Raises:
            InvalidInputError: it was never seen.
        """
        with self._lock:
            if order_id not in self._orders:
                raise InvalidInputError("order", f"{order_id} is not in the list", hint="Refresh it.")
            return self._orders[order_id]

    def read(self, *, ticket: Ticket | None = None) -> list[Order]:
        """Read tasks and purchases back from the service, newest first, with the scenes of those on their way.

        Raises:
            ApiError: the service refused; what was seen before stays.
        """
        asked = ticket or Ticket()
        subjects: list[Task | Purchase] = list(self._client.tasking.list(max_items=MAX_READ))
        asked.check()
        subjects.extend(self._client.catalog.purchases(max_items=MAX_READ))
        asked.check()
        found = {one.id: Order(one) for one in subjects}
        with self._lock:
            self._orders = found
        for order in self.orders[:MAX_SCENES]:
            asked.check()
            if isinstance(order.subject, Task) and order.subject.has_scene and not order.subject.is_terminal:
                self._with_scene(order)
        return self.orders

    def follow(self, changed: Callable[[Order, Change], None], *, ticket: Ticket) -> None:
        """Keep the orders fresh until the ticket is stopped or all have come to their end.

        Args:
            changed: called with each order whose status is another, and how we came to know.
            ticket: stops it at once.

        Raises:
            ApiError: the service refuses to answer for good.
        """
        clock = Clockwork(sleep=ticket.sleep)
        while True:
            ticket.check()
            waiting = [one.subject for one in self.orders if not one.subject.is_terminal]
            if not waiting:
                return
            poll = max(self._poll_s, len(waiting) * _PER_ORDER_S)
            changes = watch(
                self._client,
                waiting,
                timeout=max(_READ_AGAIN_S, poll),
                store=self._store,
                poll=poll,
                clockwork=clock,
            )
            try:
                for change in changes:
                    if isinstance(change.after, Task | Purchase):
                        changed(self._take(change.after), change)
            except WaitTimeoutError:
                self.read(ticket=ticket)

    def details(self, order_id: str) -> Order:
        """Return an order freshly asked for, with its deliveries and its scene."""
        order = self.get(order_id)
        if isinstance(order.subject, Task):
            return self._take(self._client.tasking.get(order.subject))
        return self._take(self._client.catalog.get_purchase(order.subject))

    def charge(self, order_id: str) -> CancellationCharge:
        """Return what cancelling would cost now.

        Raises:
            InvalidInputError: it is no task, or too late.
        """
        return self._client.tasking.cancellation_charge(self._cancellable(order_id))

    def cancel(self, order_id: str, charge: CancellationCharge, *, accepted: bool = False) -> Order:
        """Cancel a task for at most the charge that was shown. A second call sends nothing.

        Args:
            order_id: the task.
            charge: as `charge` told it.
            accepted: whether a charge that is not known was accepted.

        Raises:
            MoneyGuardError: it has become dearer, or is not known and not accepted; nothing was sent.
            InvalidInputError: it is too late.
        """
        with self._cancelling:
            if order_id not in self._canceled:
                if charge.amount is None and not accepted:
                    raise MoneyGuardError(f"Nothing was sent. Accept first: cancelling costs {charge.words}.")
                self._canceled[order_id] = self._send_cancel(order_id, charge)
            return self._take(self._canceled[order_id])

    def products(self, order_id: str) -> list[IceyeItem]:
        """Return the products of an order, none while there are none."""
        order = self.get(order_id)
        if not order.subject.has_products:
            return []
        try:
            if isinstance(order.subject, Task):
                return self._client.tasking.products(order.subject)
            return self._client.catalog.purchase_items(order.subject)
        except NotFoundError:
            return []

    def download(
        self,
        item: IceyeItem,
        folder: str | Path,
        *,
        ticket: Ticket,
        progress: Callable[[int, int], None] | None = None,
    ) -> Path:
        """Download a product's data file; an interrupted download goes on where it stopped.

        Args:
            item: the product.
            folder: made if it is not there.
            ticket: stops it between two parts.
            progress: called with bytes done and bytes in all.
        """
        from iceye_geo.cog import download

        def report(done: int, size: int) -> None:
            ticket.check()
            if progress is not None:
                progress(done, size)

        return download(item, folder, asset=data_asset(item), client=self._client, progress=report)

    def _cancellable(self, order_id: str) -> Task:
        subject = self.get(order_id).subject
        if not isinstance(subject, Task):
            raise InvalidInputError("order", "a purchase cannot be cancelled")
        if not subject.cancellable:
            raise InvalidInputError("order", f"it is too late: the task is {subject.status}")
        return subject

    def _send_cancel(self, order_id: str, charge: CancellationCharge) -> Task:
        task = self._cancellable(order_id)
        try:
            return self._client.tasking.cancel(task, max_charge=charge.amount)
        except (ApiError, InvalidInputError):
            self._see_again(task)
            raise

    def _see_again(self, task: Task) -> None:
        try:
            self._take(self._client.tasking.get(task))
        except ApiError:
            return

    def _take(self, subject: Task | Purchase) -> Order:
        order = self._with_scene(Order(subject))
        with self._lock:
            self._orders[order.id] = order
        return order

    def _with_scene(self, order: Order) -> Order:
        if not isinstance(order.subject, Task) or not order.subject.has_scene:
            return order
        status, since, scene = self._scenes.get(order.id, ("", self._now(), None))
        if status != order.status or (self._now() - since > SCENE_LIFE and not order.subject.has_products):
            scene = self._ask_scene(order.subject)
            self._scenes[order.id] = (order.status, self._now(), scene)
        found = replace(order, scene=scene)
        with self._lock:
            self._orders[order.id] = found
        return found

    def _ask_scene(self, task: Task) -> Scene | None:
        try:
            return self._client.tasking.scene(task)
        except NotFoundError:
            return None


def product_of(item: IceyeItem) -> str:
    """Return the product type of an item, such as GRD-COG."""
    held = item.properties
    return str(held.get("sar:product_type") or held.get("product:type") or "product")


def data_asset(item: IceyeItem) -> str | None:
    """Return the key of the asset that holds an item's data; None where nobody can say."""
    from iceye_geo.stac.assets import choose_asset

    for product in (product_of(item), "GRD"):
        try:
            return choose_asset(item, product=product)[0]
        except AssetNotFoundError:
            continue
    return None


def can_look_into(item: IceyeItem) -> bool:
    """Return whether a product is an image that the preview can open."""
    return product_of(item).upper() in ("GRD-COG", "GRD") and data_asset(item) is not None
