"""The card of the item looked at: picture, facts, and what can be done with it. Buying takes a second click."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from iceye_geo.panels.area_form import Guard
from iceye_geo.stac.show import geometry_words, incidence_words, mode_words, place_words, product_words, when

if TYPE_CHECKING:
    from iceye_geo.panels.pictures import Picture
    from iceye_geo.services.money import Quote
    from iceye_geo.stac.items import IceyeItem

#: Told which button was pressed: "look", "compare", "zoom", "price", "buy", "confirm", "cancel" or "repeats".
Act = Callable[[str], None]
_BUTTONS = {
    "look": ("Look into it", "Open the image"),
    "compare": ("Add as date", "Compare it with the image that is open: swipe, blink, colours"),
    "zoom": ("Zoom to", "Move the map to its footprint"),
    "repeats": ("Find repeats", "The same place, look and pass, like incidence, other times"),
    "price": ("Price", "Ask what the frame costs; nothing is bought"),
    "buy": ("Buy …", "Shows the price and asks once more before anything is bought"),
}


class ItemCard:
    """Shows one item.

    Args:
        act: told which button was pressed.
        guard: wraps the callbacks.

    Attributes:
        widget: the card.
        buttons: by name: look, compare, zoom, repeats, price, buy, confirm, cancel.
        unknown: the tick "buy without knowing the price".
    """

    def __init__(self, act: Act, *, guard: Guard) -> None:
        self._busy = False
        self._picture = widgets.HTML().add_class("t-picture")
        self._facts = widgets.HTML().add_class("t-facts")
        self.buttons = {name: self._button(name, act, guard) for name in (*_BUTTONS, "confirm", "cancel")}
        self.money = widgets.HTML().add_class("t-money")
        self.unknown = widgets.Checkbox(
            description="Buy without knowing the price", indent=False, layout=widgets.Layout(display="none")
        ).add_class("t-unknown-price")
        self.unknown.observe(guard(self._ticked), names="value")
        confirm = widgets.Box([self.buttons["confirm"], self.buttons["cancel"]]).add_class("iceye-row")
        self._confirm = widgets.VBox([self.unknown, confirm], layout=widgets.Layout(display="none"))
        row = widgets.Box([self.buttons[name] for name in _BUTTONS]).add_class("iceye-row")
        self._body = widgets.VBox([row, self.money, self._confirm])
        self.widget = (
            widgets.VBox([self._picture, self._facts, self._body]).add_class("iceye-item").add_class("t-card")
        )
        self.show(None)

    def _button(self, name: str, act: Act, guard: Guard) -> widgets.Button:
        words, tip = _BUTTONS.get(name, ("Not now" if name == "cancel" else "Buy", ""))
        made = widgets.Button(description=words, tooltip=tip).add_class(f"t-{name}")
        made.button_style = {"look": "primary", "confirm": "warning"}.get(name, "")
        made.on_click(guard(lambda _: act(name)))
        return made

    def show(self, item: IceyeItem | None) -> None:
        """Show an item's facts; None shows what to do."""
        self.forget_money()
        self._picture.value = ""
        self._body.layout.display = "none" if item is None else ""
        self._facts.value = _facts(item) if item else _NOTHING

    def show_picture(self, picture: Picture | None) -> None:
        """Show a thumbnail, as data; None says that there is none."""
        if picture is None:
            self._picture.value = '<div class="iceye-hint">This image has no thumbnail.</div>'
            return
        self._picture.value = (
            f'<img class="iceye-thumb" alt="Thumbnail in radar geometry" src="{picture.data_url}">'
        )

    def say(self, words: str, *, busy: bool = False) -> None:
        """Put one line about money under the buttons; ``busy`` while an answer is awaited."""
        self._busy = busy
        self.money.value = f'<div class="iceye-hint" role="status">{html.escape(words)}</div>'

    def give_up(self) -> None:
        """Take a line away that waits for an answer: there will be none."""
        if self._busy:
            self.forget_money()

    def show_quote(self, quote: Quote) -> None:
        """Show price and budget."""
        mark = {True: "iceye-good", False: "iceye-bad", None: "iceye-warn"}[quote.fits]
        self._busy = False
        self.money.value = f'<div role="status" class="{mark}">{html.escape(quote.words)}.</div>'

    def ask(self, quote: Quote) -> None:
        """Ask once more before buying, with the price in words."""
        self.show_quote(quote)
        known = quote.price is not None
        self.unknown.value = False
        self.unknown.layout.display = "none" if known else ""
        confirm = self.buttons["confirm"]
        confirm.description = f"Buy for {quote.price}" if known else "Buy at an unknown price"
        confirm.disabled = quote.fits is False or not known
        self._confirm.layout.display = ""

    def forget_money(self) -> None:
        """Take price and question away."""
        self._busy = False
        self.money.value = ""
        self._confirm.layout.display = "none"
        self.buttons["confirm"].disabled = True

    def _ticked(self, change: dict[str, Any]) -> None:
        if self.unknown.layout.display != "none":
            self.buttons["confirm"].disabled = not change["new"]


_NOTHING = (
    '<div class="iceye-hint">Click a footprint or a line of the table: its picture and facts show here.</div>'
)


def _facts(item: IceyeItem) -> str:
    p = item.properties
    collection = p.get("iceye:collection") or (item.source.collection if item.source else None)
    rows = {
        "Acquired": when(p),
        "Product": product_words(p),
        "Mode": mode_words(p),
        "Geometry": geometry_words(p),
        "Incidence": incidence_words(p),
        "Resolution": _metres(p),
        "Place": place_words(item.bbox),
        "Collection": str(collection or ""),
        "Frame": str(p.get("iceye:frame_id") or ""),
        "Files": ", ".join(item.assets) or "none",
        "Item": item.id,
    }
    lines = "".join(f"<dt>{name}</dt><dd>{html.escape(words)}</dd>" for name, words in rows.items() if words)
    return f"<dl>{lines}</dl>"


def _metres(p: dict[str, Any]) -> str:
    values = [p.get(f"sar:resolution_{axis}") for axis in ("range", "azimuth")]
    known = [f"{round(value, 2):g} m" for value in values if isinstance(value, int | float)]
    return f"{' × '.join(known)} (range × azimuth)" if len(known) == 2 else ""
