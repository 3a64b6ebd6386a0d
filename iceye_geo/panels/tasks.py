"""TasksPanel: orders and purchases with a time line, live; cancel with its charge, look into products, download."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from iceye_geo.models.cancellation import CancellationCharge
from iceye_geo.models.tasking import Task
from iceye_geo.panels.asking import AskingPanel
from iceye_geo.panels.jobs import Ticket
from iceye_geo.panels.mapview import MapView, make_map
from iceye_geo.panels.order_style import button, column, row, show, wrapped
from iceye_geo.panels.orders import Order
from iceye_geo.panels.scene_outline import outline_bounds, scene_outline
from iceye_geo.panels.tasks_control import TasksControl
from iceye_geo.panels.tasks_html import cancel_html, details_html
from iceye_geo.panels.tasks_list import OrderList
from iceye_geo.panels.tasks_products import ProductsBox
from iceye_geo.webhooks.store import CallbackStore
from iceye_geo.webhooks.watch import Change

if TYPE_CHECKING:
    from iceye_geo.client import Client
    from iceye_geo.stac.items import IceyeItem

# Okabe-Ito: planned, imaged, ended badly. The dash says the same as the colour.
_STYLES: dict[str, dict[str, Any]] = {
    "busy": {"color": "#0072b2", "weight": 2, "fillOpacity": 0.12, "dashArray": "6 4"},
    "good": {"color": "#009e73", "weight": 2, "fillOpacity": 0.12},
    "bad": {"color": "#7f7f7f", "weight": 1.5, "fillOpacity": 0.05, "dashArray": "2 5"},
}
_CHOOSE = '<div class="iceye-hint">Choose an order in the list or on the map to see its course and its products.</div>'


class TasksPanel(AskingPanel):
    """Follow what was ordered. Everything is read back from the service, so a restart of the kernel loses nothing.

    Args:
        client: whom to ask.
        store: where a webhook receiver keeps callbacks (a ``CallbackStore`` or its file); None follows by polling.
        poll_s: seconds between looks; default 20, or 300 where there are callbacks.
        on_look: called with the item of a product that is to be looked into; default a preview below.
        view: a map to share with other panels; default one of its own.
        control: the controller; default a new one.

    Attributes:
        control: the controller, without widgets.
        selected: the order that is shown, None if there is none.
        preview: the preview that was opened last, None if there is none.

    Example:
        >>> panel = TasksPanel(client)
        >>> panel.jobs.stop("live") or True
        True
        >>> panel.close()
    """

    def __init__(
        self,
        client: Client,
        *,
        store: CallbackStore | str | Path | None = None,
        poll_s: float | None = None,
        on_look: Callable[[IceyeItem], None] | None = None,
        view: MapView | None = None,
        control: TasksControl | None = None,
    ) -> None:
        super().__init__(name="tasks")
        self.control = control or TasksControl(client, store=store, poll_s=poll_s)
        self.selected: Order | None = None
        self.preview: Any = None
        self._client, self._on_look = client, on_look
        self._charge: CancellationCharge | None = None
        self.view = view or make_map(draw=(), height="330px")
        self._own_view = view is None
        self._fitted = False
        self.list = OrderList(self.select, guard=self.guard)
        self.products = ProductsBox(self, self.control, look=self._look_into)
        self._build()
        self.view.on_pick(self.guard(self._picked))
        self.refresh()

    @property
    def items(self) -> list[IceyeItem]:
        """The products of the selected order that are on the page."""
        return self.products.items

    def refresh(self) -> None:
        """Read everything back from the service, then follow it."""
        self.clear_error()
        self.say("Reading your tasks and purchases…", busy=True)
        self.ask(
            "read", lambda ticket: self.control.read(ticket=ticket), self._was_read, failed=self._read_failed
        )

    def select(self, order_id: str) -> None:
        """Show one order: its time line, its place, its products."""
        self.jobs.stop("charge")
        self._show_order(self.control.get(order_id), keep_products=False)
        self.say("Asking how it is…", busy=True)
        self.ask("details", lambda _: self._read_details(order_id), self._detailed, failed=self._silent)

    # building

    def _build(self) -> None:
        self._refresh = button("Refresh", selector="t-refresh", icon="refresh")
        self._live = widgets.Checkbox(description="Keep the status fresh", value=True, indent=False)
        self._which = widgets.Dropdown(
            options=[
                ("all orders", "all"), ("on their way", "open"), ("with products", "done"), ("ended badly", "bad"),
            ],
            description="Show", style={"description_width": "50px"}, layout=widgets.Layout(width="220px"),
        )  # fmt: skip
        self._details, self._question = widgets.HTML(), widgets.HTML()
        self._cancel = button("Cancel the task…", selector="t-cancel")
        self._tick = widgets.Checkbox(description="Cancel it although the charge is not known.", indent=False)
        self._yes = button("Yes, cancel it", selector="t-cancel-yes", style="danger")
        self._no = button("Keep it", selector="t-cancel-no")
        self._preview_box = widgets.VBox()
        for widget, name in (
            (self._live, "t-live"), (self._which, "t-which"), (self._details, "t-details"),
            (self._tick, "t-cancel-tick"), (self._preview_box, "t-preview-box"),
        ):  # fmt: skip
            widget.add_class(name)
        for control, act in (
            (self._refresh, self.refresh), (self._cancel, self._ask_charge), (self._yes, self._do_cancel),
            (self._no, self._keep),
        ):  # fmt: skip
            control.on_click(self.guard(lambda _, act=act: act()))
        self._live.observe(self.guard(lambda _: self._follow()), names="value")
        self._which.observe(self.guard(lambda _: self._show_list()), names="value")
        self._tick.observe(self.guard(lambda change: self._allow_cancel(change["new"])), names="value")
        self._confirm = widgets.VBox([self._question, self._tick, row(self._yes, self._no)])
        show(self._confirm, False)
        show(self._cancel, False)
        bar = row(self._refresh, self._which, self._live)
        left = column(self.list.widget, *([self.view.widget] if self._own_view else []))
        right = column(self._details, row(self._cancel), self._confirm, self.products.widget)
        self.assemble(
            widgets.HTML("<h3>Tasks and purchases</h3>"),
            bar,
            wrapped(left, right),
            self._preview_box,
        )

    # the list

    def _was_read(self, orders: list[Order]) -> None:
        self._show_list()
        count = f"{len(orders)} order{'s' if len(orders) != 1 else ''}."
        self.say(f"{count} {self.control.live_words}" if self._live.value else count)
        if self.selected is not None:
            known = next((one for one in orders if one.id == self.selected.id), None)
            if known is not None and known.status != self.selected.status:
                self.select(known.id)
        self._follow()

    def _read_failed(self) -> None:
        self.say("Your orders could not be read; Refresh tries again.")

    def _show_list(self) -> None:
        shown = [order for order in self.control.orders if _is_wanted(order, self._which.value)]
        self.list.set(shown)
        if self.selected is None:
            self._details.value = _CHOOSE if shown else ""
        self._draw(shown)

    def _draw(self, orders: list[Order]) -> None:
        features = [feature for order in orders if (feature := _feature(order)) is not None]
        self.view.show_footprints(features, layer="orders")
        self.view.highlight([self.selected.id] if self.selected else [])
        if features and not self._fitted:
            self._fitted = True
            self._fit(features)

    def _fit(self, features: list[dict[str, Any]]) -> None:
        rings = [part for f in features for part in _polygons(f["geometry"])]
        self.view.fit(outline_bounds({"coordinates": rings}, margin=0.6))

    def _follow(self) -> None:
        if not self._live.value:
            if self.jobs.stop("live"):
                self.say("The status is not kept fresh now.")
            return
        if any(not order.subject.is_terminal for order in self.control.orders):
            self.ask("live", self._keep_fresh, lambda _: self._all_ended(), failed=self._live_failed)

    def _keep_fresh(self, ticket: Ticket) -> None:
        def changed(order: Order, change: Change) -> None:
            self.jobs.report(ticket, lambda: self._told(order, change))

        self.control.follow(changed, ticket=ticket)

    def _told(self, order: Order, change: Change) -> None:
        self._show_list()
        how = {"callback": ", told by a callback"}.get(change.cause, "")
        self.say(f"{order.title} is {order.status} now (was {change.before.status.upper()}{how}).")
        if self.selected is not None and order.id == self.selected.id:
            self.select(order.id)

    def _all_ended(self) -> None:
        self._show_list()

    def _live_failed(self) -> None:
        self.say("The status is no longer kept fresh; Refresh goes on.")

    def _picked(self, order_id: str) -> None:
        if order_id in self.list.ids:
            self.select(order_id)

    # one order

    def _read_details(self, order_id: str) -> tuple[Order, list[IceyeItem]]:
        order = self.control.details(order_id)
        return order, self.control.products(order_id)

    def _detailed(self, answer: tuple[Order, list[IceyeItem]]) -> None:
        order, items = answer
        self._show_list()
        self._show_order(order, keep_products=True)
        if [item.id for item in items] != [item.id for item in self.items]:
            self.products.set(items)
        self.say(f"{order.title} is {order.status}." + (f" {len(items)} products." if items else ""))

    def _show_order(self, order: Order, *, keep_products: bool) -> None:
        other = self.selected is None or self.selected.id != order.id
        self.selected = order
        self._details.value = details_html(order)
        self.list.choose(order.id)
        self.view.highlight([order.id])
        cancellable = isinstance(order.subject, Task) and order.subject.cancellable
        show(self._cancel, cancellable)
        if other or not cancellable:
            self._keep()
        if other and not keep_products:
            self.products.set([])
            feature = _feature(order)
            if feature is not None:
                self._fit([feature])

    def _silent(self) -> None:
        self.say("This order could not be read now.")

    # cancelling

    def _ask_charge(self) -> None:
        order = self._current()
        self._cancel.disabled = True
        self.say("Asking what cancelling costs…", busy=True)
        self.ask(
            "charge",
            lambda _: (order, self.control.charge(order.id)),
            self._show_charge,
            failed=self._free_cancel,
        )

    def _show_charge(self, answer: tuple[Order, CancellationCharge]) -> None:
        order, charge = answer
        self._free_cancel()
        if self.selected is None or order.id != self.selected.id:
            return
        self._charge = charge
        self._question.value = cancel_html(order, charge)
        self._tick.value = False
        show(self._tick, charge.amount is None)
        self._allow_cancel(charge.amount is not None)
        show(self._confirm, True)
        self.say("Nothing is cancelled yet.")

    def _allow_cancel(self, allowed: bool) -> None:
        self._yes.disabled = not allowed

    def _free_cancel(self) -> None:
        self._cancel.disabled = False

    def _keep(self) -> None:
        self._charge = None
        show(self._confirm, False)

    def _do_cancel(self) -> None:
        order, charge, accepted = self._current(), self._charge, bool(self._tick.value)
        if charge is None or self.jobs.running("cancel"):
            return
        self._yes.disabled = True
        self.say("Cancelling…", busy=True)
        self.ask(
            "cancel", lambda _: self.control.cancel(order.id, charge, accepted=accepted), self._cancelled,
            failed=lambda: self._not_cancelled(order.id),
        )  # fmt: skip

    def _cancelled(self, order: Order) -> None:
        self._keep()
        self._show_list()
        if self.selected is not None and order.id == self.selected.id:
            self._show_order(order, keep_products=True)
        self.say(f"{order.title} is {order.status}.")

    def _not_cancelled(self, order_id: str) -> None:
        self._keep()
        self._show_list()
        if self.selected is not None and order_id == self.selected.id:
            self._show_order(self.control.get(order_id), keep_products=True)
        self.say("It was not cancelled.")

    def _current(self) -> Order:
        assert self.selected is not None, "the buttons show only while an order is selected"
        return self.selected

    # products

    def _look_into(self, item: IceyeItem) -> None:
        if self._on_look is not None:
            self._on_look(item)
            return
        from iceye_geo.panels.preview import PreviewPanel

        self._close_preview()
        self.preview = PreviewPanel(item, client=self._client)
        self._preview_box.children = (self.preview.widget,)

    def _close_preview(self) -> None:
        if self.preview is not None:
            self._preview_box.children = ()
            self.preview.close()
            self.preview = None

    def close(self) -> None:
        """Stop the panel's threads and take it off the page; a shared map stays."""
        self._close_preview()
        super().close()
        if self._own_view:
            self.view.close()


def _feature(order: Order) -> dict[str, Any] | None:
    """The footprint on the map: the planned or real one, else the outline of the mode around the place."""
    geometry = order.footprint
    if geometry is None and order.point is not None and isinstance(order.subject, Task):
        task = order.subject
        geometry = scene_outline(
            order.point, mode=task.imaging_mode or "", pass_direction=(task.pass_direction or "ANY").upper()
        )
    if geometry is None:
        return None
    return {"id": order.id, "geometry": geometry, "style": _STYLES[order.tone], "title": order.title}


def _is_wanted(order: Order, which: str) -> bool:
    subject = order.subject
    held = {"open": not subject.is_terminal, "done": subject.has_products, "bad": subject.has_failed}
    return held.get(which, True)


def _polygons(geometry: dict[str, Any]) -> list[Any]:
    coordinates = geometry["coordinates"]
    return list(coordinates) if geometry["type"] == "MultiPolygon" else [coordinates]
