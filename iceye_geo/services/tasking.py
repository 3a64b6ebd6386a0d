"""The Tasking API: price, feasibility, tasks, their scenes and products, and waiting for them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from iceye_geo.errors import (
    InvalidInputError,
    MoneyGuardError,
    NotFoundError,
    TaskFailedError,
)
from iceye_geo.models.cancellation import CancellationCharge
from iceye_geo.models.checks import PointLike, TimeLike, WindowLike, aware_time, read_id, wire_time
from iceye_geo.models.delivery import TargetLike
from iceye_geo.models.task_request import TaskRequest, read_word
from iceye_geo.models.tasking import TASK_ORDER, Scene, Task
from iceye_geo.services.contracts import ContractLike
from iceye_geo.services.deferred import Deferred
from iceye_geo.services.lists import deferred
from iceye_geo.services.money import MaxPrice, check_max_price, quote_of
from iceye_geo.services.progress import ProgressLike
from iceye_geo.services.reading import doubt, read_items, read_one
from iceye_geo.services.rules import check_request
from iceye_geo.services.task_quotes import TaskQuotes, refuse_both
from iceye_geo.services.waiting import LONGEST_PAUSE_S, Goal, wait_for

if TYPE_CHECKING:
    import folium

    from iceye_geo.stac.items import ItemList

logger = logging.getLogger(__name__)

_TASKS = "/tasking/v2/tasks"
_PAGE_SIZE = 100

TaskRef = Task | str


class TaskingService(TaskQuotes):
    """New images: what they cost, whether they can be taken, ordering and following them.

    Args:
        session: the authenticated session.
        contracts: where contracts are looked up; default the Company API.
        now: the current time, aware; the rules on windows and cancellation read it.
    """

    def create(
        self,
        request: TaskRequest | None = None,
        *,
        point: PointLike | None = None,
        geometry: Any = None,
        window: WindowLike | None = None,
        mode: str | None = None,
        contract_id: ContractLike | None = None,
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
        max_price: MaxPrice | None = None,
        check: bool = True,
    ) -> Task:
        """Order a new image. This costs money; it is sent once and never repeated by itself.

        Args:
            request: a ready-made request; or give the parts, which `TaskRequest` explains:
            point: place (lon, lat), degrees.
            geometry: instead of a point: GeoJSON, shapely; its representative point is imaged.
            window: (start, end), aware datetimes or RFC 3339 text with a zone.
            mode: imaging mode, for example "SPOTLIGHT".
            contract_id: who pays; default the configured or the only active contract.
            reference: up to 256 characters of your own.
            exclusivity: PRIVATE or PUBLIC; default the contract's. When a PUBLIC image enters the public archive
                is settled by contract.
            priority: COMMERCIAL or BACKGROUND; default the contract's.
            sla: for example SLA_8H; default the contract's.
            eula: for example STANDARD; default the contract's.
            incidence: (min, max) degrees within 10 and 45; default the mode's performant range.
            look_side: ANY, LEFT or RIGHT.
            pass_direction: ANY, ASCENDING or DESCENDING.
            product_types: out of the contract's list; default all of it.
            imaging_duration: seconds, 1 to 180; default the mode's.
            deliveries: where the products go: targets, or (config_id, path[, sub_path]).
            webhook_id: registered webhook that is called when the status changes.
            max_price: refuse above this price, or if the price cannot be known; minor units or a Price.
            check: check the rules of time and contract before anything is sent.

        Raises:
            InvalidInputError: a rule is broken; nothing was sent.
            MoneyGuardError: it costs more than ``max_price``, or nobody knows; nothing was sent.
            InsufficientFundsError: the server refused it.
            ConnectionFailedError: no answer; if it was sent, look into ``list()`` before ordering again.

        Example:
            >>> from datetime import UTC, datetime, timedelta
            >>> start = datetime.now(UTC) + timedelta(days=4)
            >>> task = client.tasking.create(
            ...     point=(-150.0, 10.0), window=(start, start + timedelta(days=2)), mode="SPOTLIGHT",
            ...     contract_id=client.company.contracts()[0].id, reference="example", max_price=150000,
            ... )
            >>> task.status, task.reference
            ('RECEIVED', 'example')
            >>> client.tasking.cancel(task, max_charge=0).status
            'CANCELED'
        """
        parts = {
            "point": point, "geometry": geometry, "window": window, "mode": mode, "reference": reference,
            "exclusivity": exclusivity, "priority": priority, "sla": sla, "eula": eula, "incidence": incidence,
            "look_side": look_side, "pass_direction": pass_direction, "product_types": product_types,
            "imaging_duration": imaging_duration, "deliveries": deliveries, "webhook_id": webhook_id,
        }  # fmt: skip
        wanted = _request_of(request, parts)
        chosen = self._contracts.choose(contract_id or wanted.contract_id)
        if check:
            check_request(wanted, contract=self._contracts.get(chosen), now=self._now())
        check_max_price(max_price, lambda: quote_of(partial(self._price_of, wanted, chosen)), what="the task")
        body = wanted.to_dict(contract_id=chosen) | {"contractID": chosen}
        with doubt("The task may have been created: look into client.tasking.list() before ordering again."):
            raw = self._session.post(_TASKS, json=body, operation="createTask")
        return Task.from_wire(raw, operation="createTask")

    def list(
        self,
        *,
        contract_id: ContractLike | None = None,
        created_after: TimeLike | None = None,
        created_before: TimeLike | None = None,
        max_items: int | None = None,
    ) -> Deferred[Task]:
        """Return the tasks of every contract, or of one; asked for page by page when read.

        Args:
            contract_id: only this contract's.
            created_after: aware moment or RFC 3339 text.
            created_before: aware moment or RFC 3339 text.
            max_items: stop after so many.

        Example:
            >>> tasks = client.tasking.list(created_after="2026-01-01T00:00:00Z", max_items=5)
            >>> tasks
            <Deferred tasks: not read yet>
            >>> len(tasks) <= 5
            True
        """
        params = {
            "contractID": None if contract_id is None else read_id(contract_id, field="contract_id"),
            "createdAfter": _wire_moment(created_after, "created_after"),
            "createdBefore": _wire_moment(created_before, "created_before"),
        }
        return deferred(
            self._session, _TASKS, Task, title="tasks", operation="getTasks", page_size=_PAGE_SIZE,
            params=params, max_items=max_items,
        )  # fmt: skip

    def get(self, task: TaskRef) -> Task:
        """Return a task as it is now.

        Args:
            task: a task or its id.

        Raises:
            NotFoundError: there is no such task.

        Example:
            >>> client.tasking.get("00000000-0000-0000-0000-000000000000")
            Traceback (most recent call last):
            iceye_geo.errors.NotFoundError: getTask 404 not_found
        """
        return self._get(task)

    def cancellation_charge(self, task: TaskRef) -> CancellationCharge:
        """Return what cancelling a task now would cost, by the published schedule and the task's price.

        Args:
            task: a task, or its id.

        Raises:
            NotFoundError: there is no such task.

        Example:
            >>> from datetime import UTC, datetime, timedelta
            >>> start = datetime.now(UTC) + timedelta(days=4)
            >>> task = client.tasking.create(
            ...     point=(-150.0, 10.0), window=(start, start + timedelta(days=2)), mode="SPOTLIGHT",
            ...     contract_id=client.company.contracts()[0],
            ... )
            >>> print(client.tasking.cancellation_charge(task))
            free of charge (96.0 h before the window starts)
            >>> _ = client.tasking.cancel(task)
        """
        known = task if isinstance(task, Task) else self._get(task)
        charge = known.cancellation_charge(self._now())
        if charge.percent == 0:
            return charge
        quote = quote_of(partial(self._price_of, known, known.contract_id))
        return CancellationCharge(charge.percent, charge.notice, quote.price, quote.price_unknown)

    def cancel(
        self,
        task: TaskRef,
        *,
        max_charge: int | None = None,
        confirm: Callable[[CancellationCharge], bool] | None = None,
    ) -> Task:
        """Cancel a RECEIVED or ACTIVE task. The charge is logged before it is sent.

        Args:
            task: a task or its id.
            max_charge: refuse above this charge, minor units, or if the charge cannot be known; 0 cancels only
                what is free.
            confirm: is shown the charge and says whether to go on.

        Returns:
            The task, now CANCELED.

        Raises:
            InvalidInputError: its status forbids it; nothing was sent.
            MoneyGuardError: it costs more than ``max_charge``, or ``confirm`` said no; nothing was sent.

        Example:
            >>> from datetime import UTC, datetime, timedelta
            >>> start = datetime.now(UTC) + timedelta(days=4)
            >>> task = client.tasking.create(
            ...     point=(-150.0, 10.0), window=(start, start + timedelta(days=2)), mode="SPOTLIGHT",
            ...     contract_id=client.company.contracts()[0],
            ... )
            >>> client.tasking.cancel(task, max_charge=0).status
            'CANCELED'
        """
        current = self._get(task)
        if current.is_terminal or current.has_products:
            raise InvalidInputError(
                "task", f"{current.status} tasks cannot be canceled", source="ICEYE cancelTask guide"
            )
        charge = self.cancellation_charge(current)
        logger.log(
            logging.WARNING if charge.percent else logging.INFO,
            "cancelling task %s: %s",
            current.id,
            charge.words,
        )
        _guard_charge(charge, max_charge)
        if confirm is not None and not confirm(charge):
            raise MoneyGuardError(f"the task was not canceled, since it was not confirmed: {charge.words}")
        raw = self._session.patch(
            f"{_TASKS}/{current.id}", json={"status": "CANCELED"}, operation="cancelTask"
        )
        return Task.from_wire(raw, operation="cancelTask")

    def scene(self, task: TaskRef) -> Scene:
        """Return where and when a task is planned to be imaged, or was.

        Args:
            task: an ACTIVE, FULFILLED or DONE task, or its id.

        Raises:
            NotFoundError: the task has no scene (yet, or any more).

        Example:
            >>> from datetime import UTC, datetime, timedelta
            >>> start = datetime.now(UTC) + timedelta(days=4)
            >>> task = client.tasking.create(
            ...     point=(-150.0, 10.0), window=(start, start + timedelta(days=2)), mode="SPOTLIGHT",
            ...     contract_id=client.company.contracts()[0],
            ... )
            >>> client.tasking.scene(task)  # a minute old, so nobody has planned it yet
            Traceback (most recent call last):
            iceye_geo.errors.NotFoundError: getTaskScene 404 ERR_SCENE_UNAVAILABLE
            >>> _ = client.tasking.cancel(task)
        """
        raw = self._session.get(f"{_TASKS}/{read_id(task, field='task')}/scene", operation="getTaskScene")
        return Scene.from_wire(raw, operation="getTaskScene")

    def to_map(
        self, tasks: TaskRef | Sequence[TaskRef], *, basemap: str | None = None, attribution: str = ""
    ) -> folium.Map:
        """Return tasks and their planned or real footprints on a map page that works offline; see ``maps.orders``.

        Asks for each task that is given as an id, and for the scene of each that has one.

        Args:
            tasks: one or several, or their ids.
            basemap: tile URL template; None shows the shipped land outline.
            attribution: credit for the basemap.

        Raises:
            InvalidInputError: no task says where it looks.
            NotFoundError: there is no such task.
        """
        from iceye_geo.maps import orders

        given = [tasks] if isinstance(tasks, Task | str) else list(tasks)
        known = [one if isinstance(one, Task) else self.get(one) for one in given]
        page: folium.Map = orders(
            [(task, self._scene_of(task)) for task in known], basemap=basemap, attribution=attribution
        )
        return page

    def _scene_of(self, task: Task) -> Scene | None:
        try:
            return self.scene(task) if task.has_scene else None
        except NotFoundError:
            return None

    def products(self, task: TaskRef, product_type: str | None = None) -> ItemList:
        """Return a task's products as STAC Items; their links renew themselves where they are opened.

        Args:
            task: a FULFILLED or DONE task, or its id.
            product_type: only these, for example "GRD-COG"; default all.

        Raises:
            NotFoundError: there are no products yet.

        Warns:
            SkippedRecordWarning: a record could not become an Item.

        Example:
            >>> from datetime import UTC, datetime, timedelta
            >>> start = datetime.now(UTC) + timedelta(days=4)
            >>> task = client.tasking.create(
            ...     point=(-150.0, 10.0), window=(start, start + timedelta(days=2)), mode="SPOTLIGHT",
            ...     contract_id=client.company.contracts()[0],
            ... )
            >>> client.tasking.products(task, "GRD-COG")  # not imaged yet
            Traceback (most recent call last):
            iceye_geo.errors.NotFoundError: getTaskProduct 404 not_found
            >>> _ = client.tasking.cancel(task)
        """
        from iceye_geo.stac.source import Source

        task_id = read_id(task, field="task")
        kind = read_word(product_type, field="product_type") or ""
        path = f"{_TASKS}/{task_id}/products" + (f"/{read_id(kind, field='product_type')}" if kind else "")
        operation = "getTaskProduct" if kind else "listTaskProducts"
        contract_id = task.contract_id if isinstance(task, Task) else None
        source = Source("task", id=task_id, contract_id=contract_id, product_type=kind)
        return read_items(self._session, path, source=source, operation=operation)

    def wait(
        self,
        task: TaskRef,
        *,
        timeout: float,
        until: Literal["ACTIVE", "FULFILLED", "DONE"] = "DONE",
        progress: ProgressLike = "auto",
        first_pause: float | None = None,
        longest_pause: float = LONGEST_PAUSE_S,
    ) -> Task:
        """Wait until a task has come as far as ``until``, and return it as it is then.

        Args:
            task: a task or its id.
            timeout: seconds after which to give up.
            until: ACTIVE (planned), FULFILLED (the first products are there) or DONE (all are).
            progress: "auto" shows a bar in a terminal or notebook; a callable gets each state; None is silent.
            first_pause: seconds between the first two looks; the pauses grow.
            longest_pause: seconds between looks at most.

        Raises:
            WaitTimeoutError: the time is up; ``last`` is the task as last seen.
            TaskFailedError: the task ended as REJECTED, FAILED or CANCELED; ``last`` is the task.

        Example:
            >>> from datetime import UTC, datetime, timedelta
            >>> start = datetime.now(UTC) + timedelta(days=4)
            >>> task = client.tasking.create(
            ...     point=(-150.0, 10.0), window=(start, start + timedelta(days=2)), mode="SPOTLIGHT",
            ...     contract_id=client.company.contracts()[0].id,
            ... )
            >>> canceled = client.tasking.cancel(task)
            >>> client.tasking.wait(task, timeout=30)
            Traceback (most recent call last):
            iceye_geo.errors.TaskFailedError: task ... ended as CANCELED
        """
        if until not in TASK_ORDER[1:]:
            raise InvalidInputError("until", f"must be one of {', '.join(TASK_ORDER[1:])}, this is {until!r}")
        task_id = read_id(task, field="task")
        goal = Goal(
            title=f"task {task_id[:8]}", look=partial(self._get, task_id), status=lambda t: t.status,
            is_reached=lambda t: t.reached(until), has_failed=lambda t: t.has_failed, error=TaskFailedError,
            order=TASK_ORDER[: TASK_ORDER.index(until) + 1],
        )  # fmt: skip
        return wait_for(
            goal, timeout=timeout, progress=progress, first_pause=first_pause, longest_pause=longest_pause
        )

    def _get(self, task: TaskRef, timeout: float | None = None) -> Task:
        path = f"{_TASKS}/{read_id(task, field='task')}"
        return read_one(self._session, path, Task, operation="getTask", timeout=timeout)


def _request_of(request: TaskRequest | None, parts: dict[str, Any]) -> TaskRequest:
    if request is None:
        return TaskRequest(**parts)
    refuse_both(request, *parts.values())
    return request


def _guard_charge(charge: CancellationCharge, max_charge: int | None) -> None:
    if max_charge is None:
        return
    if isinstance(max_charge, bool) or not isinstance(max_charge, int) or max_charge < 0:
        raise InvalidInputError(
            "max_charge", f"must be a whole number of minor units, this is {max_charge!r}"
        )
    if charge.amount is None or charge.amount > max_charge:
        raise MoneyGuardError(f"the task was not canceled, since it would cost {charge.words}")


def _wire_moment(value: TimeLike | None, field: str) -> str | None:
    return None if value is None else wire_time(aware_time(value, field=field))
