"""The list of orders on the page: one line each, kept in place while it changes, so that no focus is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from iceye_geo.panels.order_style import show
from iceye_geo.panels.orders import Order
from iceye_geo.panels.tasks_html import order_line

#: So many lines at once; the rest comes with a click.
PAGE = 30


class _Line:
    """One line: a button that chooses the order, and its state beside it."""

    def __init__(self, order: Order, choose: Callable[[str], None]) -> None:
        self.button = widgets.Button(layout=widgets.Layout(flex="0 0 190px", width="190px"))
        self.button.add_class("t-order")
        self.button.on_click(lambda _: choose(order.id))
        self.cell = widgets.HTML(layout=widgets.Layout(flex="1 1 auto"))
        self.box = widgets.HBox([self.button, self.cell])
        self.box.add_class("i-order-row").add_class(f"t-order-{order.id}")
        self.set(order)

    def set(self, order: Order) -> None:
        self.button.description = order.title
        self.button.tooltip = f"Show {order.kind} {order.title}"
        line = order_line(order)
        if self.cell.value != line:
            self.cell.value = line

    def choose(self, chosen: bool) -> None:
        if chosen:
            self.box.add_class("on")
        else:
            self.box.remove_class("on")


class OrderList:
    """Shows orders; a click chooses one.

    Args:
        choose: called with the id of the order that was clicked.
        guard: wraps callbacks, so that no error is lost.
    """

    def __init__(
        self, choose: Callable[[str], None], *, guard: Callable[[Callable[..., object]], Callable[..., None]]
    ) -> None:
        self._choose = guard(choose)
        self._lines: dict[str, _Line] = {}
        self._shown = PAGE
        self._orders: list[Order] = []
        self._chosen = ""
        self._box = widgets.VBox()
        self._box.add_class("i-scroll").add_class("t-orders")
        self._empty = widgets.HTML('<div class="iceye-hint t-no-orders">No orders here yet.</div>')
        self._more = widgets.Button(layout=widgets.Layout(width="auto"))
        self._more.add_class("t-more-orders")
        self._more.on_click(guard(lambda _: self._show_more()))
        self.widget = widgets.VBox([self._empty, self._box, self._more])
        self.set([])

    @property
    def ids(self) -> list[str]:
        """Ids of the lines on the page, from the top."""
        return [order.id for order in self._orders[: self._shown]]

    def set(self, orders: Sequence[Order]) -> None:
        """Show these orders; lines that stay are changed in place."""
        self._orders = list(orders)
        shown = self._orders[: self._shown]
        for gone in set(self._lines) - {order.id for order in shown}:
            self._lines.pop(gone).box.close()
        for order in shown:
            if order.id in self._lines:
                self._lines[order.id].set(order)
            else:
                self._lines[order.id] = _Line(order, self._choose)
        boxes: tuple[Any, ...] = tuple(self._lines[order.id].box for order in shown)
        if self._box.children != boxes:
            self._box.children = boxes
        self.choose(self._chosen)
        left = len(self._orders) - len(shown)
        self._more.description = f"Show {min(left, PAGE)} more of {left}"
        show(self._more, left > 0)
        show(self._empty, not shown)
        show(self._box, bool(shown))

    def choose(self, order_id: str) -> None:
        """Mark one line."""
        self._chosen = order_id
        for held, line in self._lines.items():
            line.choose(held == order_id)

    def _show_more(self) -> None:
        self._shown += PAGE
        self.set(self._orders)
