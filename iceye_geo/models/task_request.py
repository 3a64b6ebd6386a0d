"""TaskRequest: one new image as a value, validated when it is made; price, feasibility and create take it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from iceye_geo.errors import InvalidInputError
from iceye_geo.models.area import place_of, warn_if_larger_than_scene
from iceye_geo.models.base import cell
from iceye_geo.models.checks import (
    GUIDE,
    PointLike,
    WindowLike,
    read_choice,
    read_id,
    read_incidence,
    read_point,
    read_reference,
    read_window,
    wire_time,
)
from iceye_geo.models.delivery import DeliveryTarget, TargetLike, read_targets
from iceye_geo.models.modes import MODES_BY_CODE

EXCLUSIVITIES = ("PRIVATE", "PUBLIC")
PRIORITIES = ("COMMERCIAL", "BACKGROUND")
LOOK_SIDES = ("ANY", "LEFT", "RIGHT")
PASS_DIRECTIONS = ("ANY", "ASCENDING", "DESCENDING")
#: Seconds of imaging, from the response schema of ICEYE's specification.
MIN_DURATION, MAX_DURATION = 1, 180


@dataclass(frozen=True, slots=True, init=False)
class TaskRequest:
    """One new image: where, when and how. Nothing is sent by making it; ``dataclasses.replace`` varies it.

    Args:
        point: place (lon, lat), degrees WGS 84.
        geometry: instead of a point: GeoJSON, shapely or anything with ``__geo_interface__``; its
            representative point is imaged, and a warning says when it is larger than one scene of the mode.
        window: (start, end), aware datetimes or RFC 3339 text with a zone; or "start/end".
        mode: imaging mode as the API names it, or its product code ("SLH").
        contract_id: contract, or its id; None leaves the choice to the client.
        reference: up to 256 characters of your own.
        exclusivity: PRIVATE or PUBLIC; None means the contract's default, here and below.
        priority: COMMERCIAL or BACKGROUND.
        sla: for example SLA_8H.
        eula: for example STANDARD.
        incidence: (min, max) whole degrees within 10 and 45; None means the mode's performant range.
        look_side: ANY, LEFT or RIGHT.
        pass_direction: ANY, ASCENDING or DESCENDING.
        product_types: out of the contract's list.
        imaging_duration: whole seconds, 1 to 180.
        deliveries: where the products go: targets, or (config_id, path[, sub_path]).
        webhook_id: registered webhook, or its id, that is called when the status changes.

    Raises:
        InvalidInputError: a value breaks a rule of ICEYE's guide; names field, rule and source.

    Example:
        >>> request = TaskRequest(
        ...     point=(24.94, 60.17), window="2026-11-23T00:00:00Z/2026-11-25T00:00:00Z", mode="SPOTLIGHT"
        ... )
        >>> request.to_dict(contract_id="c-1")["pointOfInterest"]
        {'lat': 60.17, 'lon': 24.94}
    """

    point: tuple[float, float]
    window: tuple[datetime, datetime]
    mode: str
    contract_id: str | None
    reference: str | None
    exclusivity: str | None
    priority: str | None
    sla: str | None
    eula: str | None
    incidence: tuple[int, int] | None
    look_side: str | None
    pass_direction: str | None
    product_types: tuple[str, ...]
    imaging_duration: int | None
    deliveries: tuple[DeliveryTarget, ...]
    webhook_id: str | None

    def __init__(
        self,
        *,
        point: PointLike | None = None,
        geometry: Any = None,
        window: WindowLike,
        mode: str,
        contract_id: Any = None,
        reference: str | None = None,
        exclusivity: str | None = None,
        priority: str | None = None,
        sla: str | None = None,
        eula: str | None = None,
        incidence: Sequence[float] | Mapping[str, float] | None = None,
        look_side: str | None = None,
        pass_direction: str | None = None,
        product_types: Sequence[str] | str | None = None,
        imaging_duration: int | None = None,
        deliveries: Sequence[TargetLike] | TargetLike | None = None,
        webhook_id: Any = None,
    ) -> None:
        name = read_mode(mode)
        values: dict[str, Any] = {
            "point": read_place(point, geometry, mode=name),
            "window": read_window(window),
            "mode": name,
            "contract_id": None if contract_id is None else read_id(contract_id, field="contract_id"),
            "reference": None if reference is None else read_reference(reference),
            "exclusivity": _optional(exclusivity, "exclusivity", EXCLUSIVITIES),
            "priority": _optional(priority, "priority", PRIORITIES),
            "sla": read_word(sla, field="sla"),
            "eula": read_word(eula, field="eula"),
            "incidence": None if incidence is None else read_incidence(incidence),
            "look_side": _optional(look_side, "look_side", LOOK_SIDES),
            "pass_direction": _optional(pass_direction, "pass_direction", PASS_DIRECTIONS),
            "product_types": read_product_types(product_types),
            "imaging_duration": None if imaging_duration is None else _duration(imaging_duration),
            # "()" is what a request without deliveries holds: ``dataclasses.replace`` hands it in again.
            "deliveries": () if deliveries in (None, ()) else read_targets(deliveries, field="deliveries"),
            "webhook_id": None if webhook_id is None else read_id(webhook_id, field="webhook_id"),
        }
        for field, value in values.items():
            object.__setattr__(self, field, value)

    def to_dict(self, *, contract_id: str | None = None) -> dict[str, Any]:
        """Return the body of createTask; what was not asked for is left out.

        Args:
            contract_id: used where the request names none.

        Raises:
            InvalidInputError: no contract is named here or there.
        """
        chosen = self.contract_id or contract_id
        if not chosen:
            raise InvalidInputError("contract_id", "a task needs a contract", source=GUIDE)
        lon, lat = self.point
        start, end = self.window
        body: dict[str, Any] = {
            "contractID": chosen,
            "pointOfInterest": {"lat": lat, "lon": lon},
            "acquisitionWindow": {"start": wire_time(start), "end": wire_time(end)},
            "imagingMode": self.mode,
        }
        return body | {name: value for name, value in self._options().items() if value is not None}

    def _options(self) -> dict[str, Any]:
        low_high = self.incidence and dict(zip(("min", "max"), self.incidence, strict=True))
        places = [target.to_task_location() for target in self.deliveries]
        return {
            "reference": self.reference,
            "exclusivity": self.exclusivity,
            "priority": self.priority,
            "sla": self.sla,
            "eula": self.eula,
            "incidenceAngle": low_high,
            "lookSide": self.look_side,
            "passDirection": self.pass_direction,
            "productTypes": list(self.product_types) or None,
            "imagingDuration": self.imaging_duration,
            "deliveries": [{"locations": places}] if places else None,
            "notifications": {"webhook": {"id": self.webhook_id}} if self.webhook_id else None,
        }

    def _repr_html_(self) -> str:
        shown = {name: getattr(self, name) for name in self.__slots__}
        rows = "".join(f"<tr><th>{cell(k)}</th><td>{cell(v)}</td></tr>" for k, v in shown.items() if v)
        return f"<table><caption>TaskRequest</caption><tbody>{rows}</tbody></table>"


def read_mode(mode: str) -> str:
    """Return an imaging mode as the API names it; names nobody knows pass, since the contract decides.

    Example:
        >>> read_mode("slh"), read_mode("SPOTLIGHT_NEXT")
        ('SPOTLIGHT', 'SPOTLIGHT_NEXT')
    """
    word = read_word(mode, field="mode")
    if word is None:
        raise InvalidInputError("mode", "must name an imaging mode", source=GUIDE)
    known = MODES_BY_CODE.get(word)
    return known.api_name if known else word


def read_place(point: PointLike | None, geometry: Any, *, mode: str) -> tuple[float, float]:
    """Return the place to image from a point or a geometry, exactly one of which must be given."""
    if (point is None) == (geometry is None):
        raise InvalidInputError("point", "give either point=(lon, lat) or geometry=", source=GUIDE)
    if geometry is None:
        return read_point(point)
    place = place_of(geometry)
    warn_if_larger_than_scene(geometry, mode=mode)
    return place


def read_word(value: str | None, *, field: str) -> str | None:
    """Return a word of an open set in capitals, None for None.

    Raises:
        InvalidInputError: it is no text, or empty.
    """
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise InvalidInputError(field, "must be a word", source=GUIDE)
    return value.strip().upper()


def read_product_types(value: Sequence[str] | str | None) -> tuple[str, ...]:
    """Return product types in capitals, each once.

    Example:
        >>> read_product_types(["grd-cog", "GRD-COG", "QLK"])
        ('GRD-COG', 'QLK')
    """
    given = [value] if isinstance(value, str) else list(value or ())
    words = [read_word(one, field="product_types") for one in given]
    return tuple(dict.fromkeys(word for word in words if word))


def _optional(value: str | None, field: str, choices: Sequence[str]) -> str | None:
    return None if value is None else read_choice(value, field=field, choices=choices)


def _duration(value: float) -> int:
    whole = isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()
    if not whole or not MIN_DURATION <= value <= MAX_DURATION:
        raise InvalidInputError(
            "imaging_duration", f"must be whole seconds within {MIN_DURATION} and {MAX_DURATION}, this is {value!r}",
            source="ICEYE tasking specification",
        )  # fmt: skip
    return int(value)
