"""The resources the sandbox remembers: dataclasses that go to JSON and back, and how each looks on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from iceye_geo.sandbox.lifecycle.life import Life, Step, SupportsNow, wire_time
from iceye_geo.sandbox.lifecycle.passes import Pass

#: Statuses in which products of a task can be downloaded.
TASK_HAS_PRODUCTS = frozenset({"FULFILLED", "DONE"})


@dataclass
class PlaceToDeliver:
    """One folder of one location config."""

    config_id: str
    path: str
    subpath: str

    def to_wire(self, *, key: str) -> dict[str, str]:
        """Return the JSON form; `key` is `subPath` in Tasking and `subpath` in Delivery (C15)."""
        wire = {"configID": self.config_id, "path": self.path}
        return wire | {key: self.subpath} if self.subpath else wire


@dataclass
class TaskDeliveries:
    """One entry of a task's `deliveries`: where to, and the deliveries that were made of it so far."""

    places: list[PlaceToDeliver]
    delivery_ids: list[str] = field(default_factory=list)
    status: str = "pending"

    def to_wire(self) -> dict[str, Any]:
        """Return the JSON form; the status is in lower case here (C14), the id empty until there is one."""
        return {
            "id": self.delivery_ids[0] if self.delivery_ids else "",
            "locations": [place.to_wire(key="subPath") for place in self.places],
            "status": self.status,
        }


@dataclass(kw_only=True)
class TaskRecord(Life):
    """A task: what was asked, what it costs, and the pass that was picked for it.

    Attributes:
        ordinal: its number in this sandbox, from 1; its dice are seeded with it.
        sla_s: time within which SLA products come, seconds.
        product_types: the types asked for, or the contract's.
        sla_types: the types that come with FULFILLED.
        price: what is on hold for it, minor units; None without a pricing plan.
        picked: the pass; None if the task is going to be rejected.
        fulfilled: when the first product became available.
        published: whether its frame is in the public archive.
    """

    ordinal: int
    lon: float
    lat: float
    window_start: datetime
    window_end: datetime
    imaging_mode: str
    duration_s: int
    reference: str | None
    exclusivity: str
    priority: str
    sla: str
    sla_s: int
    eula: str
    incidence_min: int
    incidence_max: int
    look_side: str
    pass_direction: str
    product_types: list[str]
    sla_types: list[str]
    price: int | None
    picked: Pass | None
    deliveries: list[TaskDeliveries]
    fulfilled: datetime | None = None
    published: bool = False

    def to_list_wire(self) -> dict[str, Any]:
        """Return the JSON form of a list entry."""
        wire = {
            "id": self.id,
            "contractID": self.contract_id,
            "pointOfInterest": {"lat": self.lat, "lon": self.lon},
            "acquisitionWindow": {"start": wire_time(self.window_start), "end": wire_time(self.window_end)},
            "createdAt": wire_time(self.created),
            "updatedAt": wire_time(self.updated),
            "imagingMode": self.imaging_mode,
            "imagingDuration": self.duration_s,
            "status": self.status,
            "exclusivity": self.exclusivity,
            "priority": self.priority,
            "sla": self.sla,
            "eula": self.eula,
            "productsAvailableInSeconds": self.sla_s,
            "incidenceAngle": {"min": self.incidence_min, "max": self.incidence_max},
            "lookSide": self.look_side,
            "passDirection": self.pass_direction,
            "productTypes": list(self.product_types),
        }
        if self.reference is not None:
            wire["reference"] = self.reference
        return wire | ({"fulfilledAt": wire_time(self.fulfilled)} if self.fulfilled else {})

    def to_wire(self) -> dict[str, Any]:
        """Return the JSON form of getTask, createTask and cancelTask."""
        wire = self.to_list_wire()
        if self.webhook_id:
            wire["notifications"] = {"webhook": {"id": self.webhook_id}}
        return wire | ({"deliveries": [one.to_wire() for one in self.deliveries]} if self.deliveries else {})


@dataclass(kw_only=True)
class PurchaseRecord(Life):
    """A bought frame."""

    frame_id: str
    eula: str
    reference: str | None
    product_types: list[str]
    price: int | None

    def to_wire(self) -> dict[str, Any]:
        """Return the JSON form."""
        wire: dict[str, Any] = {
            "id": self.id,
            "frameID": self.frame_id,
            "contractID": self.contract_id,
            "createdAt": wire_time(self.created),
            "status": self.status,
            "eula": self.eula,
            "productTypes": list(self.product_types),
        }
        return wire | ({"reference": self.reference} if self.reference is not None else {})


@dataclass(kw_only=True)
class DeliveryRecord(Life):
    """Items on their way into folders.

    Attributes:
        url: the first folder, as the S3 address it stands for.
        copied: whether the files lie where they should.
        task_id: the task that asked for it, if one did.
    """

    url: str
    item_ids: list[str]
    places: list[PlaceToDeliver]
    copied: bool = False
    task_id: str | None = None

    def pop_due(self, clock: SupportsNow) -> Step | None:
        """Take the next step if its time has come; success has to wait for the files."""
        waiting = bool(self.steps) and self.steps[0].status == "SUCCESS" and not self.copied
        return None if waiting else super().pop_due(clock)

    def to_wire(self) -> dict[str, Any]:
        """Return the JSON form."""
        wire: dict[str, Any] = {
            "id": self.id,
            "status": self.status,
            "url": self.url,
            "itemIDs": list(self.item_ids),
            "deliveryLocations": [place.to_wire(key="subpath") for place in self.places],
        }
        return wire | ({"notifications": {"webhook": {"id": self.webhook_id}}} if self.webhook_id else {})


@dataclass
class WebhookRecord:
    """A registered callback address; `auth` holds what the client sent and never leaves through the API."""

    id: str
    url: str
    created: datetime
    updated: datetime
    auth: dict[str, str] | None = field(default=None, repr=False)

    def to_wire(self) -> dict[str, Any]:
        """Return the JSON form: no secret, not even the user name."""
        return {
            "id": self.id,
            "url": self.url,
            "createdAt": wire_time(self.created),
            "updatedAt": wire_time(self.updated),
        }
