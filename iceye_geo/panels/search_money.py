"""Price and purchase from the card of a search: what the buttons ask, and the second click that buys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from iceye_geo.services.purchases import frame_id_of

if TYPE_CHECKING:
    from iceye_geo.models.catalog import Purchase
    from iceye_geo.panels.search import SearchPanel
    from iceye_geo.services.money import Quote
    from iceye_geo.stac.items import IceyeItem


class Buying:
    """Asks prices and buys, for the item on the card.

    Args:
        panel: whose card it is.
    """

    def __init__(self, panel: SearchPanel) -> None:
        self._panel = panel
        self._quote: Quote | None = None

    def price(self, item: IceyeItem) -> None:
        """Show what the item's frame costs."""
        self._ask(item, self._panel.card.show_quote)

    def offer(self, item: IceyeItem) -> None:
        """Show what it costs, and ask whether to buy it."""
        self._ask(item, self._panel.card.ask)

    def forget(self) -> None:
        """Forget the price: somebody else would pay."""
        self._panel.jobs.stop("quote")
        self._panel.card.forget_money()

    def buy(self, item: IceyeItem) -> None:
        """Buy at the price that was shown; the second click of a double click does nothing."""
        panel, card = self._panel, self._panel.card
        panel.clear_error()
        confirm = card.buttons["confirm"]
        quote, accept = self._quote, bool(card.unknown.value)
        if confirm.disabled or quote is None:
            return
        confirm.disabled = True
        card.say("Buying.", busy=True)
        # A key of its own: nothing that is started later may throw the answer away.
        panel.jobs.start(
            ("buy", frame_id_of(item)),
            lambda _: panel.control.buy(item, quote=quote, accept_unknown=accept),
            lambda purchase: self._bought(item, purchase),
        )

    def _ask(self, item: IceyeItem, then: Callable[[Quote], None]) -> None:
        panel = self._panel
        panel.clear_error()
        panel.card.forget_money()
        panel.card.say("Asking for the price.", busy=True)

        def show(quote: Quote) -> None:
            self._quote = quote
            if panel.current is item:
                then(quote)

        panel.jobs.start("quote", lambda _: panel.control.quote(item), show)

    def _bought(self, item: IceyeItem, purchase: Purchase | None) -> None:
        if purchase is None:
            return
        self._panel.say(f"Bought frame {purchase.frame_id}: purchase {purchase.id}, {purchase.status}.")
        if self._panel.current is item:
            self._panel.card.forget_money()
            self._panel.card.say(f"Bought: purchase {purchase.id}, {purchase.status}.")
