"""The book of tasks: takes orders, lets them live, cancels them, and knows what they have brought."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from iceye_geo.sandbox.answers import Refusal, not_found, parse_uuid
from iceye_geo.sandbox.lifecycle import orders, plans, scenes
from iceye_geo.sandbox.lifecycle.bodies import TaskBody
from iceye_geo.sandbox.lifecycle.life import Life, Step
from iceye_geo.sandbox.lifecycle.pricing import cancellation_charge
from iceye_geo.sandbox.lifecycle.records import TASK_HAS_PRODUCTS, DeliveryRecord, TaskRecord

if TYPE_CHECKING:
    from iceye_geo.sandbox.lifecycle.hub import Lifecycle
    from iceye_geo.sandbox.world.frames import Frame

_CANCELABLE = frozenset({"RECEIVED", "ACTIVE"})
#: createTask guide: products of PUBLIC tasks enter the public archive after so long (C12).
PUBLIC_AFTER = timedelta(days=7)
_HAS_SCENE = frozenset({"ACTIVE", "FULFILLED", "DONE"})


class Tasks:
    """Takes tasks and lets them live."""

    def __init__(self, hub: Lifecycle) -> None:
        self._hub = hub

    @property
    def records(self) -> dict[str, TaskRecord]:
        """The tasks by id, in the order of creation."""
        return self._hub.state.tasks

    def alive(self) -> Iterator[TaskRecord]:
        """Yield the tasks that have something ahead."""
        return (record for record in list(self.records.values()) if record.steps)

    def feasibility(self, body: TaskBody) -> Refusal | None:
        """Return what would keep an order from being taken or flown; None if nothing would."""
        now = self._hub.wall()
        try:
            price = orders.terms_of(self._hub, body, now=now).price
            budget = self._hub.platform.budgets.get(body.contract_id)
            left = budget.available if budget else None
            if price is not None and left is not None and price > left:
                orders.refuse_funds()
        except Refusal as refusal:
            return refusal
        if plans.pick(body, earliest=now) is None:
            return Refusal(
                400, "ERR_NO_OPPORTUNITY", "no satellite can image the point under these conditions"
            )
        return None

    def create(self, body: TaskBody) -> TaskRecord:
        """Take an order; refuse it with the answer of the first rule it breaks."""
        with self._hub.change():
            terms = orders.terms_of(self._hub, body, now=self._hub.wall())
            self._hub.hold(body.contract_id, terms.price, refuse=orders.refuse_funds)
            record = orders.record_of(self._hub, body, terms)
            self.records[record.id] = record
            self._hub.stamp(record)
            return record

    def get(self, task_id: str) -> TaskRecord:
        """Return one task; refuse with 404 an unknown id."""
        with self._hub.look():
            record = self.records.get(parse_uuid(task_id) or "")
            return record if record is not None else not_found(title="Task Not Found")

    def newest_first(
        self, *, contract_id: str | None = None, after: datetime | None = None, before: datetime | None = None
    ) -> list[TaskRecord]:
        """Return the tasks created within (after, before), both ends excluded, newest first."""
        with self._hub.look():
            return [
                record
                for record in reversed(self.records.values())
                if contract_id in (None, record.contract_id)
                and (after is None or record.created > after)
                and (before is None or record.created < before)
            ]

    def cancel(self, task_id: str) -> TaskRecord:
        """Cancel a task and charge what the schedule says; refuse with 400 one that is past that."""
        with self._hub.change():
            record = self.get(task_id)
            if record.status not in _CANCELABLE:
                message = f"could not cancel task: it is {record.status}"
                raise Refusal(400, self._hub.options.too_late_code, message)
            record.steps = []
            self.enter(record, Step("CANCELED", record.now(self._hub.platform.clock)))
            return record

    def scene(self, task_id: str) -> dict[str, Any]:
        """Return the scene of a task; refuse with 404 where its status has none."""
        record = self.get(task_id)
        if record.picked is None or record.status not in _HAS_SCENE:
            raise Refusal(404, self._hub.options.scene_code, "scene is not available for this task")
        left = record.picked.start - record.now(self._hub.platform.clock)
        planned = record.status == "ACTIVE"
        return scenes.scene_wire(
            record, record.picked, hours_left=left.total_seconds() / 3600 if planned else 0.0
        )

    def frame(self, record: TaskRecord) -> Frame | None:
        """Return the frame of a task with the product types that are there now; None while there are none."""
        types = ready_types(record)
        if record.picked is None or not types:
            return None
        return scenes.frame_of(
            record, record.picked, product_types=types, longer_side=self._hub.options.scene_size
        )

    def find_item(self, item_id: str, *, contract_id: str) -> tuple[Frame, str] | None:
        """Return frame and product type of an item that a contract's tasks have brought so far."""
        from iceye_geo.sandbox.world.items import item_id as id_of

        for record in list(self.records.values()):
            frame = self.frame(record) if record.contract_id == contract_id else None
            for product in frame.product_types if frame else ():
                if frame and id_of(frame, product) == item_id:
                    return frame, product
        return None

    def tend(self) -> None:
        """Put the frames of PUBLIC tasks into the public archive when their time has come."""
        for record in self.records.values():
            if record.status != "DONE" or record.exclusivity != "PUBLIC" or record.published:
                continue
            if record.fulfilled and record.now(self._hub.platform.clock) >= record.fulfilled + PUBLIC_AFTER:
                record.published = True
                self._publish(record)
                self._hub.mark()

    def _publish(self, record: TaskRecord) -> None:
        frame = self.frame(record)
        if frame is not None:
            self._hub.platform.world.publish([frame])

    def restore(self) -> None:
        """Put what tasks of an earlier run brought back into the collections."""
        for record in self.records.values():
            self._hand_over(record)
            if record.published:
                self._publish(record)

    def _hand_over(self, record: TaskRecord) -> None:
        """Let a finished task's frame appear in the private collection of its contract."""
        frame = self.frame(record) if record.status == "DONE" else None
        if frame is not None:
            self._hub.platform.world.own(record.contract_id, [frame])

    def products(self, task_id: str, *, product_type: str | None = None) -> tuple[Frame, list[str]]:
        """Return a task's frame and which of its product types to list.

        Raises:
            Refusal: 404 while there are no products, or none of this type.
        """
        with self._hub.look():
            record = self.get(task_id)
            frame = self.frame(record)
        types = [one for one in ready_types(record) if product_type in (None, one)]
        if frame is None or not types:
            raise Refusal(404, self._hub.options.products_code, "products are not available for this task")
        return frame, types

    def enter(self, record: Life, step: Step) -> None:
        """Let a task enter a status, with all that comes of it."""
        assert isinstance(record, TaskRecord)
        before = ready_types(record)
        self._move_money(record, step)
        if step.status in TASK_HAS_PRODUCTS and record.fulfilled is None:
            record.fulfilled = step.at
        self._hub.touch(record, status=step.status, at=step.at, kind="task")
        self._hand_over(record)
        new = [one for one in ready_types(record) if one not in before]
        if new and record.deliveries:
            self._hub.deliveries.deliver_task(record, new)

    def note_delivery(self, delivery: DeliveryRecord) -> None:
        """Take over the state of a delivery that a task asked for."""
        record = self.records.get(delivery.task_id or "")
        for wish in record.deliveries if record else ():
            if delivery.id in wish.delivery_ids:
                held = self._hub.deliveries.records
                wish.status = joint_status([held[one].status for one in wish.delivery_ids])

    def _move_money(self, record: TaskRecord, step: Step) -> None:
        if record.price is None or record.fulfilled is not None:
            return
        if step.status in TASK_HAS_PRODUCTS:
            self._hub.spend(record.contract_id, record.price, held=record.price)
        elif step.status in ("REJECTED", "FAILED"):
            self._hub.release(record.contract_id, record.price)
        elif step.status == "CANCELED":
            charge = cancellation_charge(record.price, notice=record.window_start - step.at)
            self._hub.spend(record.contract_id, charge, held=record.price)


def ready_types(record: TaskRecord) -> tuple[str, ...]:
    """Return the product types of a task that can be downloaded in its status."""
    if record.status == "FULFILLED":
        return tuple(record.sla_types)
    return tuple(dict.fromkeys([*record.sla_types, *record.product_types])) if record.status == "DONE" else ()


def joint_status(statuses: list[str]) -> str:
    """Return one lower-case status (C14) for the deliveries of one wish.

    Example:
        >>> joint_status(["SUCCESS", "PENDING"]), joint_status(["SUCCESS", "FAILED"]), joint_status(["SUCCESS"])
        ('pending', 'failed', 'success')
    """
    for status in ("PENDING", "FAILED"):
        if status in statuses:
            return status.lower()
    return "success"
