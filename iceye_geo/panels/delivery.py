"""DeliveryPanel: owned items to places that are set up, how far each delivery is, the failed once more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import uuid4

import ipywidgets as widgets

from iceye_geo.panels.asking import AskingPanel
from iceye_geo.panels.delivery_control import (
    DeliveryControl,
    DeliveryPlace,
    DeliveryProvider,
    DeliveryRow,
    IceyeDelivery,
    OwnedItem,
)
from iceye_geo.panels.jobs import Ticket
from iceye_geo.panels.order_style import button, column, described, pill, row, show, table, wrapped

if TYPE_CHECKING:
    from iceye_geo.client import Client

#: Seconds between two questions about what is under way; a delivery takes minutes.
POLL_S = 10.0
_TONES = {"pending": "busy", "delivered": "good", "failed": "bad", "unknown": "busy"}
_SHOWN = 50


class DeliveryPanel(AskingPanel):
    """Send owned items into your own storage and see them arrive.

    Args:
        client: whom to ask; ICEYE is the first provider.
        providers: more providers; each has the methods of ``DeliveryProvider``. None takes Pixxel where it is
            configured, () only ICEYE.
        control: the controller; default one with ICEYE and ``providers``.
        poll_s: seconds between two questions about what is under way.

    Attributes:
        control: the controller, without widgets.
        rows: the deliveries as last seen.

    Example:
        >>> panel = DeliveryPanel(client)
        >>> panel.provider
        'ICEYE'
        >>> panel.close()
    """

    def __init__(
        self,
        client: Client,
        *,
        providers: Sequence[DeliveryProvider] | None = None,
        control: DeliveryControl | None = None,
        poll_s: float = POLL_S,
    ) -> None:
        super().__init__(name="delivery")
        self.control = control or DeliveryControl([IceyeDelivery(client), *(providers or ())])
        self.rows: list[DeliveryRow] = []
        self._poll_s = poll_s
        self._owned: list[OwnedItem] = []
        self._wanted: tuple[str, ...] = ()
        self._click = uuid4().hex
        self._sending = False
        self._build()
        self.load()
        if control is None and providers is None:
            self.guard(self._join_configured)(client)

    @property
    def provider(self) -> str:
        """Name of the chosen provider."""
        return str(self._provider.value)

    def choose(self, item_ids: Sequence[str]) -> None:
        """Choose owned items by id; those that are not in the list yet are chosen when it is there."""
        self._wanted = tuple(item_ids)
        self._search.value = ""
        self._show_items()

    def load(self) -> None:
        """Read what is owned, where it can go, and what is under way."""
        name = self.provider
        self.clear_error()
        self.say("Reading what you own and where it can go…", busy=True)
        self.ask("load", lambda ticket: self._read(name, ticket), self._loaded, failed=self._load_failed)

    # building

    def _build(self) -> None:
        self._provider = described(
            widgets.Dropdown, "Provider", selector="t-provider", options=self.control.names
        )
        self._search = described(
            widgets.Text, "Narrow the list", selector="t-owned-search", placeholder="GRD-COG, frame, date",
            continuous_update=True,
        )  # fmt: skip
        self._items = described(
            widgets.SelectMultiple, "Owned items", selector="t-owned", options=(), rows=10
        )
        self._items.layout.max_width = "100%"
        self._place = described(
            widgets.Dropdown, "Deliver to", selector="t-place-to", options=[("reading…", "")]
        )
        self._folder = described(
            widgets.Text,
            "Folder there",
            selector="t-sub-path",
            placeholder="sar/2026",
            continuous_update=False,
        )
        self._send = button("Deliver", selector="t-deliver", style="primary", icon="paper-plane")
        self._reload = button("Refresh", selector="t-delivery-refresh", icon="refresh")
        self._again = button("Deliver the failed again", selector="t-redeliver")
        self._count, self._table = widgets.HTML(), widgets.HTML()
        self._table.add_class("t-deliveries")
        self._provider.observe(self.guard(lambda _: self.load()), names="value")
        self._search.observe(self.guard(lambda _: self._show_items()), names="value")
        self._items.observe(self.guard(lambda _: self._chosen_changed()), names="value")
        for control, act in (
            (self._send, self._deliver),
            (self._reload, self.load),
            (self._again, self._redeliver),
        ):
            control.on_click(self.guard(lambda _, act=act: act()))
        show(self._provider, len(self.control.names) > 1)
        show(self._again, False)
        left = column(
            self._provider, self._search, self._items, self._count, self._place, self._folder, row(self._send)
        )
        right = column(widgets.HTML("<h4>Deliveries</h4>"), self._table, row(self._reload, self._again))
        self.assemble(widgets.HTML("<h3>Deliver</h3>"), wrapped(left, right))
        self._show_items()

    def _join_configured(self, client: Client) -> None:
        from iceye_geo.panels.pixxel_delivery import configured

        for found in configured(client):
            self.control.join(found)
        self._provider.options = self.control.names
        show(self._provider, len(self.control.names) > 1)

    # reading

    def _read(
        self, name: str, ticket: Ticket
    ) -> tuple[list[OwnedItem], list[DeliveryPlace], list[DeliveryRow]]:
        provider = self.control.provider(name)
        owned = list(provider.owned())
        ticket.check()
        places = list(provider.places())
        ticket.check()
        return owned, places, self.control.status(name)

    def _loaded(self, answer: tuple[list[OwnedItem], list[DeliveryPlace], list[DeliveryRow]]) -> None:
        self._owned, places, rows = answer
        keep = self._place.value
        usable = [(place.title, place.key) for place in places if place.usable]
        self._place.options = usable or [("no place is set up", "")]
        self._place.value = keep if keep in [key for _, key in usable] else self._place.options[0][1]
        self._show_items()
        self._show_rows(rows)
        self.say(f"{len(self._owned)} items of yours can be delivered.")
        self._follow()

    def _load_failed(self) -> None:
        self.say("It could not be read; Refresh tries again.")

    # the items

    def _show_items(self) -> None:
        needle = self._search.value.strip().lower()
        chosen = {*self._items.value, *self._wanted}
        shown = [
            (_label(one), one.id) for one in self._owned if needle in _label(one).lower() or one.id in chosen
        ]
        known = {key for _, key in shown}
        self._wanted = tuple(one for one in self._wanted if one not in known)
        self._items.options = shown
        self._items.value = tuple(key for _, key in shown if key in chosen)
        self._chosen_changed()

    def _chosen_changed(self) -> None:
        count, listed = len(self._items.value), len(self._items.options)
        hint = f"{count} of {listed} chosen. Hold Ctrl or Shift to choose several."
        self._count.value = f'<div class="iceye-hint">{hint}</div>'
        self._send.description = f"Deliver {count} item{'s' if count != 1 else ''}" if count else "Deliver"
        self._send.disabled = self._sending or not count or not self._place.value

    # sending

    def _deliver(self) -> None:
        if self._sending:
            return
        name, items, place, folder = (
            self.provider,
            tuple(self._items.value),
            self._place.value,
            self._folder.value,
        )
        click = self._click
        self._set_sending(True)
        self.say("Asking for the delivery…", busy=True)
        self.ask(
            "send", lambda _: self.control.deliver(name, items, place, sub_path=folder, click=click), self._was_sent,
            failed=self._not_sent,
        )  # fmt: skip

    def _was_sent(self, sent: DeliveryRow) -> None:
        self._items.value = ()
        self._set_sending(False)
        self._show_rows([sent, *(one for one in self.rows if one.id != sent.id)])
        self.say(
            f"On its way: {len(sent.items)} item{'s' if len(sent.items) != 1 else ''} to {', '.join(sent.places)}."
        )
        self._follow()

    def _not_sent(self) -> None:
        self._set_sending(False)
        self.say("It was not delivered.")

    def _set_sending(self, sending: bool) -> None:
        self._sending = sending
        self._click = self._click if sending else uuid4().hex
        self._again.disabled = sending
        self._chosen_changed()

    def _redeliver(self) -> None:
        if self._sending:
            return
        name, rows = self.provider, list(self.rows)
        self._set_sending(True)
        self.say("Sending the failed once more…", busy=True)
        self.ask(
            "send", lambda _: self.control.redeliver(name, rows), self._sent_again, failed=self._not_sent
        )

    def _sent_again(self, sent: list[DeliveryRow]) -> None:
        self._set_sending(False)
        self._show_rows([*sent, *self.rows])
        self.say(f"{len(sent)} sent again.")
        self._follow()

    # following

    def _follow(self) -> None:
        name = self.provider
        if any(one.is_open for one in self.rows):
            self.ask(
                "live",
                lambda ticket: self._keep_fresh(name, ticket),
                lambda _: None,
                failed=self._live_failed,
            )

    def _keep_fresh(self, name: str, ticket: Ticket) -> None:
        def changed(rows: list[DeliveryRow]) -> None:
            self.jobs.report(ticket, lambda: self._show_rows(rows))

        self.control.follow(name, changed, ticket=ticket, poll_s=self._poll_s)

    def _live_failed(self) -> None:
        self.say("The status is no longer kept fresh; Refresh goes on.")

    def _show_rows(self, rows: list[DeliveryRow]) -> None:
        self.rows = rows
        failed = self.control.failed(self.provider, rows)
        self._again.description = f"Deliver the failed again ({len(failed)})"
        show(self._again, bool(failed))
        dated = any(one.asked_at for one in rows)  # ICEYE's own answers state no times
        head = ("Status", "Items", "Where to", *(("Asked",) if dated else ()), "Id")
        cells = [_cells(one, dated=dated) for one in rows[:_SHOWN]]
        more = f'<div class="iceye-hint">and {len(rows) - _SHOWN} more</div>' if len(rows) > _SHOWN else ""
        empty = '<div class="iceye-hint">Nothing was delivered yet.</div>'
        self._table.value = table(head, cells) + more if cells else empty


def _label(item: OwnedItem) -> str:
    when = f"{item.when:%Y-%m-%d %H:%M}" if item.when else "no date"
    return f"{when} · {item.product} · {item.title}"


def _items_words(one: DeliveryRow) -> str:
    return f"{len(one.items)} item{'s' if len(one.items) != 1 else ''}"


def _cells(one: DeliveryRow, *, dated: bool) -> list[str]:
    asked = f"{one.asked_at:%d %b %H:%M} UTC" if one.asked_at else "–"
    status = pill(one.word, _TONES[one.state])
    return [status, _items_words(one), ", ".join(one.places), *([asked] if dated else []), one.id[:8]]
