"""Following tasks: lists, states, scenes, products, a map, and waiting. Orders nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

from iceye_geo.errors import InvalidInputError, NotFoundError, TaskFailedError
from iceye_geo.models.checks import TimeLike, aware_time, read_id, wire_time
from iceye_geo.models.task_request import read_word
from iceye_geo.models.tasking import TASK_ORDER, Scene, Task
from iceye_geo.services.contracts import ContractLike
from iceye_geo.services.deferred import Deferred
from iceye_geo.services.lists import deferred
from iceye_geo.services.progress import ProgressLike
from iceye_geo.services.reading import read_items, read_one
from iceye_geo.services.waiting import LONGEST_PAUSE_S, Goal, wait_for
from iceye_geo.transport.session import Session

if TYPE_CHECKING:
    import folium

    from iceye_geo.stac.items import ItemList

TASKS = "/tasking/v2/tasks"
_PAGE_SIZE = 100

TaskRef = Task | str


class TaskFollowing:
    """The part of the Tasking API that looks at tasks; `TaskingService` brings the session."""

    _session: Session

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
            self._session, TASKS, Task, title="tasks", operation="getTasks", page_size=_PAGE_SIZE,
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
        raw = self._session.get(f"{TASKS}/{read_id(task, field='task')}/scene", operation="getTaskScene")
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
        path = f"{TASKS}/{task_id}/products" + (f"/{read_id(kind, field='product_type')}" if kind else "")
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
        path = f"{TASKS}/{read_id(task, field='task')}"
        return read_one(self._session, path, Task, operation="getTask", timeout=timeout)


def _wire_moment(value: TimeLike | None, field: str) -> str | None:
    return None if value is None else wire_time(aware_time(value, field=field))
