"""The controls of the search form, read into a SearchForm. Nothing here asks the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import ipywidgets as widgets

from iceye_geo.models.company import Contract
from iceye_geo.panels.area import Area
from iceye_geo.panels.area_form import Guard
from iceye_geo.panels.search_form import (
    INCIDENCE_RANGE,
    LIMITS,
    MODES,
    ORDERS,
    PRESETS,
    PRODUCTS,
    Filter,
    SearchForm,
    preset_dates,
)
from iceye_geo.stac.names import OPERATORS, QUERYABLES

_SIDES = (("Any", ""), ("Left", "left"), ("Right", "right"))
_ORBITS = (("Any", ""), ("Ascending", "ascending"), ("Descending", "descending"))
_COLLECTIONS = (("The server's choice", ""), ("Public archive", "public"), ("Owned (private)", "private"))


class SearchFields:
    """When, what and where from; the area is a form of its own.

    Args:
        guard: wraps the callbacks, so that errors are shown.

    Attributes:
        widget: the controls.
    """

    def __init__(self, *, guard: Guard) -> None:
        self._quiet = False
        self._when()
        self._what()
        self._whence()
        self.filters = FilterRows(guard=guard)
        self.preset.observe(guard(self._preset_chosen), names="value")
        for day in (self.start, self.end):
            day.observe(guard(self._day_chosen), names="value")
        self.widget = widgets.VBox(
            [
                _section("When", [self.preset, self.start, self.end]),
                _section("Products", [_grid(self.products.values(), "t-products")]),
                _section("Modes", [_grid(self.modes.values(), "t-modes")]),
                _section("Geometry", [self.look_side, self.orbit, self.incidence]),
                _section("Archive", [self.collection, self.contract, self.order, self.limit]),
                self.filters.widget,
            ]
        ).add_class("iceye-sections")

    def _when(self) -> None:
        self.preset = widgets.Dropdown(options=PRESETS, description="Time").add_class("t-preset")
        self.start = widgets.DatePicker(description="From").add_class("t-start")
        self.end = widgets.DatePicker(description="To").add_class("t-end")

    def _what(self) -> None:
        self.products = {name: _tick(name) for name in PRODUCTS}
        self.modes = {name: _tick(title) for name, title in MODES.items()}
        self.look_side = widgets.Dropdown(options=_SIDES, description="Look side").add_class("t-look-side")
        self.orbit = widgets.Dropdown(options=_ORBITS, description="Pass").add_class("t-orbit")
        low, high = INCIDENCE_RANGE
        self.incidence = widgets.IntRangeSlider(
            value=INCIDENCE_RANGE, min=low, max=high, description="Incidence °", continuous_update=False
        ).add_class("t-incidence")

    def _whence(self) -> None:
        self.collection = widgets.Dropdown(options=_COLLECTIONS, description="Collection").add_class(
            "t-collection"
        )
        self.contract = widgets.Dropdown(options=[("The configured one", "")], description="Contract")
        self.contract.add_class("t-contract")
        self.order = widgets.Dropdown(options=ORDERS.items(), description="Order").add_class("t-order")
        self.limit = widgets.Dropdown(options=LIMITS.items(), value=500, description="At most").add_class(
            "t-limit"
        )

    def offer_contracts(self, contracts: Sequence[Contract], *, configured: bool = True) -> None:
        """Let the person choose among these contracts; the one chosen before stays.

        Args:
            contracts: what can be chosen.
            configured: whether a contract is configured; without one the first that is in force is chosen.
        """
        now = datetime.now(UTC)
        usable = sorted(contracts, key=lambda one: not one.is_active(now))
        own = [("The configured one", "")] if configured or not usable else []
        options = [*own, *((c.name or c.id, c.id) for c in usable)]
        known = [value for _, value in options]
        chosen = self.contract.value
        self.contract.options = options
        self.contract.value = chosen if chosen in known else known[0]

    def read(self, area: Area | None) -> SearchForm:
        """Return the filled-in form.

        Args:
            area: where to search, None for everywhere.
        """
        chosen = tuple(self.incidence.value)
        return SearchForm(
            area=area,
            start=self.start.value,
            end=self.end.value,
            products=tuple(name for name, box in self.products.items() if box.value),
            modes=tuple(name for name, box in self.modes.items() if box.value),
            look_side=self.look_side.value,
            orbit=self.orbit.value,
            incidence=None if chosen == INCIDENCE_RANGE else (chosen[0], chosen[1]),
            collection=self.collection.value,
            contract_id=self.contract.value,
            sortby=self.order.value,
            max_items=self.limit.value,
            filters=self.filters.read(),
        )

    def _preset_chosen(self, change: Mapping[str, Any]) -> None:
        if change["new"] == PRESETS[-1] or self._quiet:
            return
        self._quiet = True
        try:
            self.start.value, self.end.value = preset_dates(change["new"])
        finally:
            self._quiet = False

    def _day_chosen(self, _: object) -> None:
        if not self._quiet:
            self.preset.value = PRESETS[-1]


class FilterRows:
    """More filters: any property the catalog can be asked about, or another name.

    Args:
        guard: wraps the callbacks.
    """

    def __init__(self, *, guard: Guard) -> None:
        self._guard = guard
        self.toggle = widgets.ToggleButton(description="More filters", icon="plus").add_class(
            "t-more-filters"
        )
        self.add = widgets.Button(description="Add a filter").add_class("t-add-filter")
        self.rows = widgets.VBox()
        hint = widgets.HTML(
            '<div class="iceye-hint">All must hold. "in" takes several values with commas.</div>'
        )
        self._body = widgets.VBox([hint, self.rows, self.add], layout=widgets.Layout(display="none"))
        self.widget = (
            widgets.VBox([self.toggle, self._body]).add_class("iceye-section").add_class("iceye-wide")
        )
        self.toggle.observe(guard(self._toggled), names="value")
        self.add.on_click(guard(lambda _: self.append()))

    def read(self) -> tuple[Filter, ...]:
        """Return the filters that have a name or a value."""
        found = []
        for row in self.rows.children:
            name, operator, value, _ = row.children
            if name.value.strip() or value.value.strip():
                found.append(Filter(name.value, operator.value, value.value))
        return tuple(found)

    def append(self, name: str = "", operator: str = "eq", value: str = "") -> None:
        """Add a line, filled in as given."""
        row = widgets.Box().add_class("iceye-filter")
        remove = widgets.Button(description="Remove").add_class("t-filter-remove")
        row.children = [
            widgets.Combobox(
                value=name,
                options=QUERYABLES,
                ensure_option=False,
                description="Property",
                placeholder="Name",
            ).add_class("t-filter-name"),
            widgets.Dropdown(value=operator, options=OPERATORS, description="Operator").add_class(
                "t-filter-operator"
            ),
            widgets.Text(value=value, description="Value").add_class("t-filter-value"),
            remove,
        ]
        remove.on_click(self._guard(lambda _: self._remove(row)))
        self.rows.children = (*self.rows.children, row)

    def _remove(self, row: widgets.Widget) -> None:
        self.rows.children = tuple(other for other in self.rows.children if other is not row)
        row.close()

    def _toggled(self, change: Mapping[str, Any]) -> None:
        self._body.layout.display = "" if change["new"] else "none"
        self.toggle.icon = "minus" if change["new"] else "plus"
        if change["new"] and not self.rows.children:
            self.append(QUERYABLES[0], "gt")


def _section(title: str, children: Sequence[widgets.Widget]) -> widgets.Widget:
    return widgets.VBox([widgets.HTML(f"<h4>{title}</h4>"), *children]).add_class("iceye-section")


def _tick(words: str) -> widgets.Checkbox:
    return widgets.Checkbox(description=words, indent=False).add_class(f"t-tick-{words.split()[0].lower()}")


def _grid(children: Any, selector: str) -> widgets.Widget:
    return widgets.Box(list(children)).add_class("iceye-ticks").add_class(selector)
