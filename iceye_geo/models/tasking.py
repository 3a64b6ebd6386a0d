"""What the Tasking API answers: tasks, their scenes and deliveries. Tolerant readers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AliasChoices, BeforeValidator, Field, WrapValidator

from iceye_geo.models.base import Price, UtcDatetime, WireModel
from iceye_geo.models.cancellation import CancellationCharge, charge_for

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

#: The order of a task's statuses. A task without extra products goes from ACTIVE straight to DONE.
TASK_ORDER = ("RECEIVED", "ACTIVE", "FULFILLED", "DONE")
#: The statuses in which a task ends without all it was asked for.
TASK_FAILED = frozenset({"REJECTED", "FAILED", "CANCELED"})
_WITH_PRODUCTS = frozenset({"FULFILLED", "DONE"})
_WITH_SCENE = frozenset({"ACTIVE", "FULFILLED", "DONE"})
_CANCELLABLE = frozenset({"RECEIVED", "ACTIVE"})
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def _or_none(value: Any, handler: Any) -> Any:
    # One documented example ends in "Z07:00", a layout that leaked (contradiction C24). A stamp nobody can
    # read is no reason to lose the task.
    try:
        return handler(value)
    except ValueError:
        return None


Stamp = Annotated[UtcDatetime | None, WrapValidator(_or_none)]
"""A field type: a moment for information only; None where it cannot be read."""


def _number(value: object) -> object:
    # The specification copy has a string, the guide a number; ICEYE's sample app parses either (C22).
    if isinstance(value, str):
        found = _NUMBER.search(value)
        return float(found[0]) if found else None
    return value


def _no_null(value: object) -> object:
    return [] if value is None else value


class Point(WireModel):
    """A place on the ground, WGS 84 degrees."""

    lat: float
    lon: float

    def __str__(self) -> str:
        return f"{self.lon:g}, {self.lat:g}"


class TimeWindow(WireModel):
    """A span of time; both ends aware UTC. As text to the minute, below two minutes to the second."""

    start: UtcDatetime
    end: UtcDatetime

    def __str__(self) -> str:
        short = self.end - self.start < timedelta(minutes=2)
        layout = "%Y-%m-%d %H:%M:%SZ" if short else "%Y-%m-%d %H:%MZ"
        return f"{self.start:{layout}} to {self.end:{layout}}"


class IncidenceRange(WireModel):
    """Accepted incidence angles, degrees."""

    min: float
    max: float

    def __str__(self) -> str:
        return f"{self.min:g}-{self.max:g}°"


class WebhookRef(WireModel):
    """Which webhook is called."""

    id: str | None = None


class NotificationsRef(WireModel):
    """The ``notifications`` of a task or a delivery."""

    webhook: WebhookRef | None = None

    @property
    def webhook_id(self) -> str | None:
        """The id of the webhook, None if there is none."""
        return self.webhook.id if self.webhook else None


class TaskLocation(WireModel):
    """One place a task's products go to."""

    config_id: str | None = None
    path: str | None = None
    sub_path: str | None = Field(
        default=None, validation_alias=AliasChoices("subPath", "subpath", "sub_path")
    )

    def __str__(self) -> str:
        return "/".join(part.strip("/") for part in (self.path, self.sub_path) if part)


class TaskDelivery(WireModel):
    """One delivery of a task's products; ICEYE writes its status in lower case here (contradiction C14)."""

    id: str | None = None
    locations: Annotated[list[TaskLocation], BeforeValidator(_no_null)] = Field(default_factory=list)
    status: str = ""

    def __str__(self) -> str:
        return f"{', '.join(map(str, self.locations))} ({self.status})"


class Task(WireModel):
    """A task: an image that was asked for.

    Attributes:
        id: UUID.
        status: RECEIVED, ACTIVE, FULFILLED, DONE, REJECTED, FAILED, CANCELED, or a word that came later.
        point_of_interest: the place; ``point`` is the same as (lon, lat).
        acquisition_window: when it may be taken.
        incidence_angle: accepted angles; what ICEYE chose where nothing was asked (contradiction C11).
        products_available_in_seconds: time from imaging to products, seconds.
        deliveries, notifications: only in the answers of ``get``, ``create`` and ``cancel``.

    Example:
        >>> task = Task.from_wire({"id": "t-1", "status": "FULFILLED"})
        >>> task.is_terminal, task.has_products, task.cancellable
        (False, True, False)
    """

    _columns: ClassVar[tuple[str, ...]] = (
        "id", "status", "imaging_mode", "point", "acquisition_window", "created_at", "updated_at", "reference",
        "priority", "exclusivity", "sla", "eula", "product_types", "contract_id",
    )  # fmt: skip
    _headline: ClassVar[tuple[str, ...]] = (
        "id", "status", "imaging_mode", "point", "acquisition_window", "reference",
    )  # fmt: skip

    id: str
    status: str
    contract_id: str | None = None
    point_of_interest: Point | None = None
    acquisition_window: TimeWindow | None = None
    created_at: Stamp = None
    updated_at: Stamp = None
    fulfilled_at: Stamp = None
    imaging_mode: str | None = None
    imaging_duration: int | None = None
    reference: str | None = None
    exclusivity: str | None = None
    priority: str | None = None
    sla: str | None = None
    eula: str | None = None
    products_available_in_seconds: int | None = None
    incidence_angle: IncidenceRange | None = None
    look_side: str | None = None
    pass_direction: str | None = None
    product_types: Annotated[list[str], BeforeValidator(_no_null)] = Field(default_factory=list)
    notifications: NotificationsRef | None = None
    deliveries: Annotated[list[TaskDelivery], BeforeValidator(_no_null)] = Field(default_factory=list)

    @property
    def point(self) -> tuple[float, float] | None:
        """The place as (lon, lat)."""
        place = self.point_of_interest
        return None if place is None else (place.lon, place.lat)

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more will happen: DONE, REJECTED, FAILED or CANCELED."""
        return self._status == "DONE" or self.has_failed

    @property
    def has_failed(self) -> bool:
        """Whether it ended without all it was asked for."""
        return self._status in TASK_FAILED

    @property
    def has_products(self) -> bool:
        """Whether products can be asked for now; FULFILLED has the SLA products, DONE has all."""
        return self._status in _WITH_PRODUCTS

    @property
    def has_scene(self) -> bool:
        """Whether a planned or real scene can be asked for."""
        return self._status in _WITH_SCENE

    @property
    def cancellable(self) -> bool:
        """Whether it can still be canceled."""
        return self._status in _CANCELLABLE

    def reached(self, status: str) -> bool:
        """Return whether the task has come as far as ``status``, one of RECEIVED, ACTIVE, FULFILLED, DONE.

        Example:
            >>> Task.from_wire({"id": "t-1", "status": "DONE"}).reached("FULFILLED")
            True
        """
        return self._status in TASK_ORDER[TASK_ORDER.index(status) :]

    def cancellation_charge(
        self, now: datetime | None = None, *, price: Price | None = None
    ) -> CancellationCharge:
        """Return what cancelling would cost by the published schedule.

        Args:
            now: the moment of cancelling, aware; default the current time.
            price: the task's price; without it the share is known and the amount is not.

        Example:
            >>> window = {"start": "2026-11-23T00:00:00Z", "end": "2026-11-25T00:00:00Z"}
            >>> task = Task.from_wire({"id": "t-1", "status": "ACTIVE", "acquisitionWindow": window})
            >>> task.cancellation_charge(datetime(2026, 11, 21, 12, tzinfo=UTC)).percent
            20
        """
        start = self.acquisition_window.start if self.acquisition_window else None
        why = "" if price is not None else "ask client.tasking.cancellation_charge(task)"
        return charge_for(start, now or datetime.now(UTC), price=price, why_unknown=why)

    @property
    def _status(self) -> str:
        return self.status.upper()


class Scene(WireModel):
    """Where and how a task is planned to be imaged, or was imaged. Values drift until the acquisition.

    Attributes:
        imaging_time: begin and end of imaging.
        duration: seconds.
        look_side: LEFT or RIGHT.
        pass_direction: ASCENDING or DESCENDING.
        incidence_angle: degrees, a float; None where ICEYE does not say.
        azimuth: degrees, where ICEYE says it.
        footprint_geojson: the footprint as ICEYE sent it; ``footprint`` is the same as a shapely geometry.

    Example:
        >>> times = {"start": "2026-11-24T10:15:02Z", "end": "2026-11-24T10:15:12Z"}
        >>> Scene.from_wire({"imagingTime": times, "duration": 10, "incidenceAngle": "31.42"}).incidence_angle
        31.42
    """

    _columns: ClassVar[tuple[str, ...]] = (
        "imaging_time", "duration", "look_side", "pass_direction", "incidence_angle", "footprint",
    )  # fmt: skip
    _headline: ClassVar[tuple[str, ...]] = ("imaging_time", "look_side", "pass_direction", "incidence_angle")

    imaging_time: TimeWindow | None = None
    duration: float | None = None
    look_side: str | None = None
    pass_direction: str | None = None
    incidence_angle: Annotated[float | None, BeforeValidator(_number)] = None
    azimuth: Annotated[float | None, BeforeValidator(_number)] = None
    footprint_geojson: dict[str, Any] | None = Field(
        default=None,
        validation_alias=AliasChoices("footprint", "footprint_geojson"),
        serialization_alias="footprint",
    )

    @property
    def footprint(self) -> BaseGeometry | None:
        """The footprint as a shapely geometry in degrees (lon, lat); None where ICEYE sent none."""
        if self.footprint_geojson is None:
            return None
        from shapely.geometry import shape

        return shape(self.footprint_geojson)
