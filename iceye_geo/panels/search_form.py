"""What a person asks of the archive, and the search it stands for. No widgets here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from iceye_geo.errors import InvalidInputError
from iceye_geo.panels.area import Area
from iceye_geo.stac.names import OPERATORS

if TYPE_CHECKING:
    from iceye_geo.stac.items import IceyeItem

#: Product types that the catalog is known to hold; other names can be asked for under "more filters".
PRODUCTS = ("GRD", "GRD-COG", "SLC", "SLC-COG", "QLK", "CSI", "CSI-COG", "VID", "VID-COG")
#: Instrument mode -> what people call it.
MODES = {"spotlight": "Spot and Dwell", "stripmap": "Strip", "scan": "Scan"}
#: The incidence range that can be asked for, degrees; the whole of it means any.
INCIDENCE_RANGE = (10, 60)
ORDERS = {
    "Newest first": "-start_datetime",
    "Oldest first": "start_datetime",
    "Steepest first": "iceye:incidence_center",
    "Shallowest first": "-iceye:incidence_center",
}
LIMITS = {"100": 100, "500": 500, "2,000": 2000, "10,000": 10_000, "No limit": None}
PRESETS = (
    "Any time",
    "Last 7 days",
    "Last 30 days",
    "Last 90 days",
    "This year",
    "Last 12 months",
    "Own dates",
)
# Beyond a few degrees, shadow and layover move more than what changed on the ground.
LIKE_INCIDENCE_DEG = 3.0

_NUMBERS = ("iceye:incidence_center", "iceye:satellite_look_angle")
_WORDS = ("startsWith", "endsWith", "contains")
_DAYS = {"Last 7 days": 7, "Last 30 days": 30, "Last 90 days": 90, "Last 12 months": 365}


def preset_dates(preset: str, *, today: date | None = None) -> tuple[date | None, date | None]:
    """Return first and last day of a preset; None for an open end.

    Args:
        preset: one of ``PRESETS``.
        today: default today's date in UTC.

    Example:
        >>> preset_dates("Last 7 days", today=date(2026, 3, 10))
        (datetime.date(2026, 3, 3), None)
    """
    now = today or datetime.now(UTC).date()
    if preset == "This year":
        return date(now.year, 1, 1), None
    if preset in _DAYS:
        return now - timedelta(days=_DAYS[preset]), None
    return None, None


@dataclass(frozen=True)
class Filter:
    """One more condition on a property.

    Attributes:
        name: the property, such as "sat:orbit_state".
        operator: one of the catalog's operators, such as "eq" or "in".
        value: as typed; "in" takes several with commas.

    Example:
        >>> Filter("iceye:incidence_center", "lt", "35").condition()
        {'lt': 35.0}
    """

    name: str
    operator: str
    value: str

    def condition(self) -> dict[str, Any]:
        """Return the condition as ``query`` takes it.

        Raises:
            InvalidInputError: the operator is not known, the value is empty or should be a number.
        """
        if self.operator not in OPERATORS:
            raise InvalidInputError(f"filter {self.name}", f"{self.operator!r} is no operator")
        if not self.value.strip():
            raise InvalidInputError(f"filter {self.name}", "has no value")
        if self.operator == "in":
            parts = [part.strip() for part in self.value.split(",") if part.strip()]
            return {"in": [self._value(part) for part in parts]}
        return {self.operator: self._value(self.value.strip())}

    def _value(self, text: str) -> Any:
        if self.operator in _WORDS:
            return text
        try:
            number = float(text)
        except ValueError:
            if self.name in _NUMBERS:
                raise InvalidInputError(f"filter {self.name}", f"{text!r} is no number") from None
            return text
        known_text = ":" not in self.name or self.name.startswith(("sar:", "sat:"))
        return text if known_text and self.name not in _NUMBERS else number

    def __str__(self) -> str:
        return f"{self.name} {self.operator} {self.value.strip()}"


@dataclass(frozen=True, kw_only=True)
class SearchForm:
    """A filled-in form. Empty fields do not matter.

    Attributes:
        area: where.
        start: first day, UTC.
        end: last day, UTC.
        products: product types, any of them.
        modes: instrument modes, any of them.
        look_side: "left", "right" or "".
        orbit: "ascending", "descending" or "".
        incidence: (least, most), degrees, or None.
        collection: "public", "private" or "" for the server's own choice.
        contract_id: whose private collection; also who is asked for prices. "" for the configured one.
        sortby: order of the answer.
        max_items: stop after so many; None for no end.
        filters: more conditions.

    Example:
        >>> SearchForm(products=("GRD",), look_side="left", sortby="", max_items=None).arguments()
        {'query': {'sar:product_type': {'in': ['GRD']}, 'sar:observation_direction': {'eq': 'left'}}}
    """

    area: Area | None = None
    start: date | None = None
    end: date | None = None
    products: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    look_side: str = ""
    orbit: str = ""
    incidence: tuple[float, float] | None = None
    collection: str = ""
    contract_id: str = ""
    sortby: str = "-start_datetime"
    max_items: int | None = 500
    filters: tuple[Filter, ...] = ()

    def arguments(self) -> dict[str, Any]:
        """Return what ``client.catalog.search`` is called with.

        Raises:
            InvalidInputError: the dates are the wrong way round, a range is empty, or a filter breaks a rule.
        """
        found: dict[str, Any] = self.area.search_arguments() if self.area else {}
        if self.start and self.end and self.end < self.start:
            raise InvalidInputError("dates", f"end ({self.end}) before they start ({self.start})")
        if self.start or self.end:
            found["datetime"] = f"{self.start or '..'}/{self.end or '..'}"
        if self.collection:
            found["collections"] = self.collection
        if self.collection == "private" and self.contract_id:
            found["contract_id"] = self.contract_id
        if query := self._query():
            found["query"] = query
        if self.sortby:
            found["sortby"] = self.sortby
        if self.max_items is not None:
            found["max_items"] = self.max_items
        return found

    def _query(self) -> dict[str, dict[str, Any]]:
        query: dict[str, dict[str, Any]] = {}
        own: list[tuple[str, dict[str, Any]]] = [
            ("sar:product_type", {"in": list(self.products)} if self.products else {}),
            ("sar:instrument_mode", {"in": list(self.modes)} if self.modes else {}),
            ("sar:observation_direction", {"eq": self.look_side} if self.look_side else {}),
            ("sat:orbit_state", {"eq": self.orbit} if self.orbit else {}),
            ("iceye:incidence_center", self._angles()),
        ]
        for name, condition in [*own, *((f.name.strip(), f.condition()) for f in self.filters)]:
            held = query.setdefault(name, {}) if condition else {}
            if twice := held.keys() & condition.keys():
                rule = f"{twice.pop()!r} is asked for twice"
                raise InvalidInputError(f"filter {name}", rule, hint="Take one of the two away.")
            held.update(condition)
        return query

    def _angles(self) -> dict[str, Any]:
        if self.incidence is None:
            return {}
        least, most = self.incidence
        if least > most:
            raise InvalidInputError("incidence", f"{least:g}° is more than {most:g}°")
        return {"gte": least, "lte": most}


def repeats_form(item: IceyeItem, *, contract_id: str = "") -> SearchForm:
    """Return the form that finds other times of one place in one geometry: same look, pass, mode and product.

    Args:
        item: the acquisition to compare with.
        contract_id: whose private collection, where the item is from there.

    Raises:
        InvalidInputError: the item has no footprint.
    """
    from shapely.geometry import shape

    from iceye_geo.panels.area import normalise

    if not item.geometry:
        raise InvalidInputError("item", "has no footprint, so nothing else can be found at its place")
    properties = item.properties
    center = properties.get("view:incidence_angle", properties.get("iceye:incidence_center"))
    source = item.source
    return SearchForm(
        area=normalise(shape(item.geometry).representative_point(), label=f"Place of {item.id[:8]}"),
        products=_known(properties, "sar:product_type"),
        modes=_known(properties, "sar:instrument_mode"),
        look_side=str(properties.get("sar:observation_direction") or ""),
        orbit=str(properties.get("sat:orbit_state") or ""),
        incidence=_near(center) if isinstance(center, int | float) else None,
        collection=(source.collection or "") if source else "",
        contract_id=(source.contract_id or contract_id) if source else contract_id,
        sortby="start_datetime",
    )


def _near(center: float) -> tuple[float, float]:
    return round(center - LIKE_INCIDENCE_DEG, 3), round(center + LIKE_INCIDENCE_DEG, 3)


def _known(properties: dict[str, Any], name: str) -> tuple[str, ...]:
    value = properties.get(name)
    return (value,) if isinstance(value, str) and value else ()


def lines_of_code(arguments: Sequence[tuple[str, Any]]) -> str:
    """Write the search as Python, one argument a line.

    Example:
        >>> print(lines_of_code([("bbox", (24.0, 59.0, 26.0, 61.0)), ("max_items", 5)]))
        search = client.catalog.search(
            bbox=(24.0, 59.0, 26.0, 61.0),
            max_items=5,
        )
        gdf = search.to_geodataframe()
    """
    inside = "".join(f"    {name}={value!r},\n" for name, value in arguments)
    call = f"client.catalog.search(\n{inside})" if inside else "client.catalog.search()"
    return f"search = {call}\ngdf = search.to_geodataframe()"
