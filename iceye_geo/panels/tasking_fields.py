"""The controls of the tasking form, and reading them into a TaskForm. Nothing here asks the server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import ipywidgets as widgets

from iceye_geo.errors import InvalidInputError
from iceye_geo.models.company import Contract
from iceye_geo.models.delivery import LocationConfig
from iceye_geo.models.modes import find_mode
from iceye_geo.models.notifications import Webhook
from iceye_geo.panels.order_style import button, described, row, show
from iceye_geo.panels.places import Place, read_places
from iceye_geo.panels.tasking_form import Offer, TaskForm, suggest_window
from iceye_geo.redact import redact, strip_query

_OPTIONS = ("priority", "exclusivity", "eula", "sla")
_TITLES = {
    "priority": "Priority",
    "exclusivity": "Exclusivity",
    "eula": "Licence (EULA)",
    "sla": "Delivery time (SLA)",
}
_PRESETS = ((1, "1 day"), (3, "3 days"), (7, "7 days"), (14, "All 14 days"))
_MIN_ANGLE, _MAX_ANGLE = 10, 45
#: What is offered until the contracts are read: all that is documented.
ANY_CONTRACT = Offer(Contract(id=""))


class TaskFields:
    """Every control of the form.

    Args:
        changed: called after a person or a program changed a control.
        now: the current time, aware.
    """

    def __init__(self, changed: Callable[[], None], *, now: Callable[[], datetime]) -> None:
        self._changed, self._now = changed, now
        self._quiet = False
        self._offer: Offer | None = None
        self._mode, self._mode_chosen, self._early_mode = "", False, ""
        self._locations: dict[str, LocationConfig] = {}
        self.places: tuple[Place, ...] = ()
        self.place_error = ""
        self._make_place()
        self._make_how()
        self._make_window()
        self._make_options()
        self.set_offer(ANY_CONTRACT)
        for control in self.controls:
            control.observe(self._observed, names="value")
        self.place.observe(self._typed, names="value")

    def _make_place(self) -> None:
        self.place = described(
            widgets.Text,
            "Place (lon, lat)",
            selector="t-place",
            placeholder="24.94, 60.17",
            continuous_update=False,
        )
        self.table = widgets.Textarea(
            placeholder="Harbour, 24.94, 60.17\nIsland, 25.51, 60.20", rows=4, description="Places",
            continuous_update=False, style={"description_width": "130px"},
            layout=widgets.Layout(width="98%", max_width="520px"),
        )  # fmt: skip
        self.table.add_class("t-places-text")
        self.upload = widgets.FileUpload(
            accept=".csv,.txt,.json,.geojson", multiple=False, description="Upload a table"
        )
        self.upload.add_class("t-places-upload")
        self.use_table = button("Use these places", selector="t-use-places")

    def _make_how(self) -> None:
        self.contract = described(
            widgets.Dropdown, "Contract", selector="t-contract", options=[("reading…", "")]
        )
        self.mode = described(widgets.Dropdown, "Imaging mode", selector="t-mode")
        self.look_side = described(
            widgets.Dropdown, "Look side", selector="t-look-side",
            options=[("either", "ANY"), ("left", "LEFT"), ("right", "RIGHT")],
        )  # fmt: skip
        self.pass_direction = described(
            widgets.Dropdown, "Pass", selector="t-pass",
            options=[
                ("either", "ANY"), ("ascending (northwards)", "ASCENDING"), ("descending (southwards)", "DESCENDING"),
            ],
        )  # fmt: skip

    def _make_window(self) -> None:
        start, end = (moment.replace(tzinfo=None) for moment in suggest_window(self._now(), priority=None))
        picker = widgets.NaiveDatetimePicker
        self.start = described(picker, "Earliest (UTC)", selector="t-start", value=start)
        self.end = described(picker, "Latest (UTC)", selector="t-end", value=end)
        self.presets = [button(text, selector=f"t-window-{days}") for days, text in _PRESETS]
        for (days, _), preset in zip(_PRESETS, self.presets, strict=True):
            preset.tooltip = f"The first {days} days that the rules allow"
            preset.on_click(lambda _, days=days: self.set_window(*self._suggest(days)))

    def _make_options(self) -> None:
        self.options = {
            name: described(
                widgets.Dropdown, _TITLES[name], selector=f"t-{name}", options=[("contract default", "")]
            )
            for name in _OPTIONS
        }
        self.own_incidence = described(
            widgets.Checkbox,
            "Choose the incidence angle myself",
            selector="t-own-incidence",
            value=False,
            indent=False,
        )
        self.incidence = described(
            widgets.IntRangeSlider, "Incidence (°)", selector="t-incidence", value=(20, 40), min=_MIN_ANGLE,
            max=_MAX_ANGLE, continuous_update=False, disabled=True,
        )  # fmt: skip
        self.product_types = described(
            widgets.SelectMultiple, "Product types", selector="t-product-types", options=(), rows=4
        )
        self.duration = described(
            widgets.BoundedIntText, "Imaging time (s)", selector="t-duration", value=0, min=0, max=180
        )
        self.reference = described(
            widgets.Text,
            "Your reference",
            selector="t-reference",
            placeholder="up to 256 characters",
            continuous_update=False,
        )
        self.delivery = described(
            widgets.Dropdown, "Deliver to", selector="t-delivery", options=[("nowhere", "")]
        )
        self.folder = described(
            widgets.Text, "Folder there", selector="t-folder", placeholder="sar/2026", continuous_update=False
        )
        self.webhook = described(widgets.Dropdown, "Webhook", selector="t-webhook", options=[("none", "")])
        self.webhook_id = described(
            widgets.Text,
            "Webhook id",
            selector="t-webhook-id",
            placeholder="if you registered one",
            continuous_update=False,
        )

    @property
    def controls(self) -> list[Any]:
        """The controls whose value is part of the form, but the place."""
        return [
            self.contract, self.mode, self.look_side, self.pass_direction, self.start, self.end, *self.options.values(),
            self.own_incidence, self.incidence, self.product_types, self.duration, self.reference, self.delivery,
            self.folder, self.webhook, self.webhook_id,
        ]  # fmt: skip

    @property
    def priority(self) -> str | None:
        """The priority that will hold: the chosen one, else the contract's default."""
        chosen = self.options["priority"].value
        return chosen or (self._offer.choice("priority").default if self._offer else None)

    def read(self) -> TaskForm:
        """Return the form as filled in."""
        window = None
        if self.start.value is not None and self.end.value is not None:
            window = (self.start.value.replace(tzinfo=UTC), self.end.value.replace(tzinfo=UTC))
        chosen = {name: control.value or None for name, control in self.options.items()}
        return TaskForm(
            places=self.places, window=window, mode=self.mode.value or "",
            contract_id=self.contract.value or "", **chosen,
            incidence=tuple(self.incidence.value) if self.own_incidence.value else None,
            look_side=self.look_side.value, pass_direction=self.pass_direction.value,
            product_types=tuple(self.product_types.value), imaging_duration=self.duration.value or None,
            reference=self.reference.value, deliveries=self._targets(),
            webhook_id=self.webhook.value or self.webhook_id.value.strip() or None,
        )  # fmt: skip

    def set_places(self, places: Sequence[Place]) -> None:
        """Take places, show them in the field."""
        self.places, self.place_error = tuple(places), ""
        text = ", ".join(_short(v) for v in places[0].point) if len(places) == 1 else ""
        with self._silence():
            self.place.value = text
            self.place.placeholder = (
                f"{len(places)} places from a table" if len(places) > 1 else "24.94, 60.17"
            )
        self._changed()

    def set_window(self, start: datetime, end: datetime) -> None:
        """Take a window, aware."""
        with self._silence():
            self.start.value = start.astimezone(UTC).replace(tzinfo=None)
            self.end.value = end.astimezone(UTC).replace(tzinfo=None)
        self._changed()

    def set_contracts(self, contracts: Sequence[Contract], chosen: str, *, now: datetime) -> None:
        """Offer the contracts; the panel then tells what the chosen one offers."""
        titles = [
            (f"{c.name or c.id}{'' if c.is_active(now) else ' (not in force)'}", c.id) for c in contracts
        ]
        with self._silence():
            self.contract.options = titles or [("no contract", "")]
            self.contract.value = chosen or (titles[0][1] if titles else "")

    def set_offer(self, offer: Offer) -> None:
        """Offer what a contract offers; what was chosen stays where it is still allowed.

        A mode that was chosen before any contract was known stays too: that it is not allowed is told as a problem.
        """
        keep = self.mode.value if self._mode_chosen else offer.default_mode
        if self._offer is ANY_CONTRACT and self._mode_chosen:
            self._early_mode = keep
        foreign = keep == self._early_mode and keep not in offer.modes
        self._offer = offer
        with self._silence():
            self.mode.options = [(_mode_title(name), name) for name in (*((keep,) * foreign), *offer.modes)]
            self.mode.value = keep if foreign or keep in offer.modes else offer.default_mode
            for name, control in self.options.items():
                choice, keep = offer.choice(name), control.value
                default = f"contract default ({choice.default})" if choice.default else "contract default"
                control.options = [(default, ""), *((value, value) for value in choice.allowed)]
                control.value = keep if keep in choice.allowed else ""
                control.disabled = choice.from_contract and len(choice.allowed) == 1
            self._set_products()

    def set_delivery(self, locations: Sequence[LocationConfig]) -> None:
        """Offer the places that products can go to."""
        self._locations = {one.id: one for one in locations if one.bucket}
        with self._silence():
            places = [(f"{one.bucket} ({one.method or 's3'})", one.id) for one in self._locations.values()]
            self.delivery.options = [("nowhere", ""), *places]

    def set_webhooks(self, webhooks: Sequence[Webhook]) -> None:
        """Offer the registered webhooks, else a field for an id."""
        with self._silence():
            known = [(redact(strip_query(one.url or one.id)), one.id) for one in webhooks]
            self.webhook.options = [("none", ""), *known]
        show(self.webhook, bool(webhooks))
        show(self.webhook_id, not webhooks)

    def set_disabled(self, disabled: bool) -> None:
        """Lock or free the form."""
        for control in (*self.controls, self.place, self.table, self.upload, self.use_table, *self.presets):
            control.disabled = disabled
        if not disabled:
            self.incidence.disabled = not self.own_incidence.value
            if self._offer is not None:
                self.set_offer(self._offer)

    def read_table(self) -> tuple[Place, ...]:
        """Return the places of the upload, else of the text.

        Raises:
            InvalidInputError: a line is no place.
        """
        if self.upload.value:
            return read_places(bytes(self.upload.value[0]["content"]))
        return read_places(self.table.value)

    def option_rows(self) -> list[Any]:
        """Return the controls of "More options" in their order."""
        incidence = [self.own_incidence, self.incidence, self.product_types, self.duration, self.reference]
        return [
            *self.options.values(),
            *incidence,
            row(self.delivery),
            self.folder,
            self.webhook,
            self.webhook_id,
        ]

    def _targets(self) -> tuple[Any, ...]:
        config = self._locations.get(self.delivery.value)
        return () if config is None else (config.target(sub_path=self.folder.value.strip() or None),)

    def _suggest(self, days: float) -> tuple[datetime, datetime]:
        return suggest_window(self._now(), priority=self.priority, days=days)

    def _set_products(self) -> None:
        types = self._offer.product_types(self.mode.value) if self._offer else ()
        keep = tuple(one for one in self.product_types.value if one in types)
        self.product_types.options = types
        self.product_types.value = keep
        known = find_mode(self.mode.value or "")
        if known is not None and self._mode != known.api_name and not self.own_incidence.value:
            self.incidence.value = known.incidence_deg
        self._mode = known.api_name if known else ""

    def _observed(self, change: dict[str, Any]) -> None:
        if self._quiet:
            return
        with self._silence():
            if change["owner"] is self.mode:
                self._mode_chosen = True
                self._set_products()
            self.incidence.disabled = not self.own_incidence.value
        self._changed()

    def _typed(self, change: dict[str, Any]) -> None:
        if self._quiet:
            return
        try:
            self.places, self.place_error = (read_places(change["new"]) if change["new"].strip() else ()), ""
        except InvalidInputError as error:
            self.places, self.place_error = (), str(error)
        self._changed()

    def _silence(self) -> _Silence:
        return _Silence(self)


class _Silence:
    """While it lasts, controls are set without telling anybody."""

    def __init__(self, fields: TaskFields) -> None:
        self._fields = fields
        self._before = fields._quiet

    def __enter__(self) -> None:
        self._fields._quiet = True

    def __exit__(self, *_: object) -> None:
        self._fields._quiet = self._before


def _mode_title(name: str) -> str:
    known = find_mode(name)
    if known is None:
        return name
    size = f"{known.range_km:g} × {known.azimuth_km:g} km"
    variant = "" if known.api_name == name else f" {name.rsplit('_', 1)[-1]}"
    return f"{known.title}{variant} · {size} · {name}"


def _short(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")
