"""Lists, products and waiting: against the sandbox, and a scripted server where faults are needed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from transport.loopback import Answer, Loopback, Seen

from iceye_geo import Client
from iceye_geo.errors import (
    InvalidInputError,
    NotFoundError,
    TaskFailedError,
    WaitTimeoutError,
)
from iceye_geo.models.tasking import Task
from iceye_geo.sandbox import Fault, Sandbox
from iceye_geo.services.tasking import TaskingService
from iceye_geo.transport.session import Session

from .tasks import PACIFIC, TASKS, sent, window


class TestList:
    def test_filters_reach_the_server_and_tasks_come_back(
        self, client: Client, order: Callable[..., Task], contracts: dict[str, str]
    ) -> None:
        before = datetime.now(UTC) - timedelta(minutes=1)
        task = order()
        found = client.tasking.list(contract_id=contracts["plan"], created_after=before)
        assert task.id in [t.id for t in found]
        assert not client.tasking.list(created_before="2020-01-01T00:00:00Z")
        assert not client.tasking.list(contract_id=contracts["no-plan"], created_after=before)
        frame = found.to_dataframe()
        assert {"id", "status", "imaging_mode"} <= set(frame.columns)

    def test_a_time_without_a_zone_is_refused_before_anything_is_sent(
        self, client: Client, sandbox: Sandbox
    ) -> None:
        with pytest.raises(InvalidInputError, match="created_after"):
            client.tasking.list(created_after=datetime(2026, 1, 1))
        assert sent(sandbox, "GET", "") == 0


class TestProducts:
    def test_pages_are_followed_and_items_know_their_task(
        self, server: Loopback, scripted: Session, products_page: dict[str, Any]
    ) -> None:
        def answer(seen: Seen) -> Answer:
            last = "cursor" in seen.query
            return Answer(200, products_page | {"cursor": "" if last else "next"})

        server.on(f"{TASKS}/t/products", answer)
        items = TaskingService(scripted).products("t")
        assert len(items) == 2 * len(products_page["data"])
        assert items[0].source is not None
        assert (items[0].source.kind, items[0].source.id) == ("task", "t")

    def test_one_type_has_its_own_path(
        self, server: Loopback, scripted: Session, products_page: dict[str, Any]
    ) -> None:
        server.on(f"{TASKS}/t/products/GRD-COG", Answer(200, products_page))
        (item, *_) = TaskingService(scripted).products("t", "grd-cog")
        assert item.source is not None
        assert item.source.product_type == "GRD-COG"
        with pytest.raises(InvalidInputError):
            TaskingService(scripted).products("t", "a/b")

    def test_there_are_none_before_the_task_has_them(
        self, client: Client, order: Callable[..., Task]
    ) -> None:
        task = order()
        with pytest.raises(NotFoundError):
            client.tasking.products(task)
        with pytest.raises(NotFoundError):
            client.tasking.scene(task)


class TestWholeLife:
    def test_a_task_is_followed_to_its_products(self, fast: Client, fast_contract: str) -> None:
        task = fast.tasking.create(
            point=(24.94, 60.17), window=window(13), mode="SPOTLIGHT", contract_id=fast_contract,
            product_types=["GRD-COG", "SLC-COG"],
        )  # fmt: skip
        statuses: list[str] = []
        planned = fast.tasking.wait(task, timeout=30, until="ACTIVE", progress=None, first_pause=0.005)
        scene = fast.tasking.scene(planned)
        assert scene.incidence_angle is not None
        assert 20 <= scene.incidence_angle <= 40
        assert scene.footprint is not None
        done = fast.tasking.wait(
            task,
            timeout=60,
            progress=lambda s: statuses.append(s.status),
            first_pause=0.01,
            longest_pause=0.05,
        )
        assert done.status == "DONE"
        assert statuses[-1] == "DONE"
        page = fast.tasking.to_map([done.id]).get_root().render()
        assert "Imaged (1)" in page
        assert f"{fast.tasking.scene(done).incidence_angle:.1f}" in page
        items = fast.tasking.products(done)
        assert {item.properties["sar:product_type"] for item in items} >= {"GRD-COG", "SLC-COG"}
        (cog,) = fast.tasking.products(done, "GRD-COG")
        assert cog.source is not None
        assert cog.source.id == task.id
        with pytest.raises(InvalidInputError, match="DONE tasks"):
            fast.tasking.cancel(task)

    @pytest.mark.parametrize(("word", "status"), [("please reject", "REJECTED"), ("please fail", "FAILED")])
    def test_bad_ends_raise_with_the_task(
        self, fast: Client, fast_contract: str, word: str, status: str
    ) -> None:
        task = fast.tasking.create(
            point=PACIFIC, window=window(13), mode="SPOTLIGHT", contract_id=fast_contract, reference=word
        )
        with pytest.raises(TaskFailedError, match=status) as caught:
            fast.tasking.wait(task, timeout=60, progress=None, first_pause=0.01, longest_pause=0.1)
        assert isinstance(caught.value.last, Task)
        assert caught.value.last.has_failed

    def test_a_wait_ends_at_its_deadline_with_the_task_as_last_seen(
        self, client: Client, order: Callable[..., Task]
    ) -> None:
        with pytest.raises(WaitTimeoutError, match="RECEIVED") as caught:
            client.tasking.wait(order(), timeout=0.2, progress=None)
        assert isinstance(caught.value.last, Task)

    def test_a_wait_survives_faults_of_the_server(
        self, client: Client, sandbox: Sandbox, order: Callable[..., Task]
    ) -> None:
        task = order()
        client.tasking.cancel(task)
        fault = sandbox.faults.add(Fault("503", f"/tasks/{task.id}", times=2))
        with pytest.raises(TaskFailedError, match="CANCELED"):
            client.tasking.wait(task, timeout=30, progress=None)
        assert fault.hits == 2

    def test_only_real_goals_are_waited_for(self, client: Client) -> None:
        with pytest.raises(InvalidInputError, match="until"):
            client.tasking.wait("t", timeout=1, until="RECEIVED")  # type: ignore[arg-type]
