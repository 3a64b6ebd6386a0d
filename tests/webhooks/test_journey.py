"""The whole way of an order: quote to delivery, by callbacks, by polling, and with a fault in every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from iceye_geo import Client
from iceye_geo.models.notifications import BasicAuth
from iceye_geo.models.task_request import TaskRequest
from iceye_geo.sandbox import Fault, Sandbox, SandboxOptions
from iceye_geo.settings import Settings
from iceye_geo.webhooks import BasicGate, start

PLACE = (24.94, 60.17)
# What is repeated by itself: reads after a fault of the server, orders only where the server refused to begin.
READS = (
    "/tasking/v2/price", "/summary", "/contracts", r"/tasks/[^/]+$", "/scene", "/products",
    "/deliveries/location-configs", r"/deliveries/[^/]+$", "^/content/",
)  # fmt: skip
ORDERS = (
    ("POST", "/feasibility"),
    ("POST", "/tasks$"),
    ("POST", "/deliveries$"),
    ("POST", "/webhooks"),
    ("PATCH", "/tasks/"),
)


@pytest.fixture(scope="module")
def sandbox(steady_options: Callable[..., SandboxOptions]) -> Iterator[Sandbox]:
    with Sandbox(steady_options(speed=100_000, scenes=20, scene_size=600)) as running:
        yield running


@pytest.fixture(scope="module")
def client(sandbox: Sandbox) -> Iterator[Client]:
    with Client(Settings.for_sandbox(sandbox.url)) as made:
        yield made


def request(contract_id: str, **more: Any) -> TaskRequest:
    begin = datetime.now(UTC) + timedelta(hours=80)
    return TaskRequest(
        point=PLACE, window=(begin, begin + timedelta(days=2)), mode="SPOTLIGHT", contract_id=contract_id,
        product_types=["GRD-COG", "SLC-COG"], **more,
    )  # fmt: skip


@pytest.mark.parametrize("way", ["receiver", "polling", "faults"])
def test_an_order_goes_all_the_way(sandbox: Sandbox, client: Client, tmp_path: Path, way: str) -> None:
    faults = _faults(sandbox) if way == "faults" else []
    contract = client.company.contracts()[0]
    quote = client.tasking.quote(request(contract.id))
    assert quote.fits
    assert client.tasking.feasibility([request(contract.id)])[0].feasible
    place = client.delivery.locations()[0]
    with ExitStack() as stack:
        store, webhook = None, None
        if way != "polling":
            store = tmp_path / "callbacks.sqlite"
            receiver = stack.enter_context(start(store, BasicGate("iceye", "planted-secret")))
            webhook = client.notifications.register(receiver.url, auth=BasicAuth("iceye", "planted-secret"))
        wanted = request(contract.id, deliveries=place.target(sub_path=way), webhook_id=webhook)
        task = client.tasking.create(wanted, max_price=quote.price)
        other = client.tasking.create(request(contract.id))
        assert client.tasking.cancel(other, max_charge=0).status == "CANCELED"
        if way == "polling":
            done = client.tasking.wait(task, timeout=60, progress=None, first_pause=0.05, longest_pause=0.2)
        else:
            done = [*client.watch(task, timeout=60, store=store, poll=2.0)][-1].after  # type: ignore[assignment]
    assert done.status == "DONE"
    scene = client.tasking.scene(task)
    assert scene.footprint is not None
    (item,) = client.tasking.products(task, "GRD-COG")
    if way == "faults":
        sandbox.faults.revoke_tokens()
        sandbox.faults.expire_links()
    with client.open_cog(item) as cog:
        assert cog.preview(max_size=64).array.count() > 0
        assert cog.transfer.renewals == (1 if way == "faults" else 0)
    delivery = client.delivery.create(item, to=place.target(sub_path=f"{way}-again"), contract_id=contract)
    there = client.delivery.wait(delivery, timeout=60, progress=None, first_pause=0.05)
    assert there.succeeded
    assert list(client.delivery.table([there])["status"]) == ["SUCCESS"]
    assert [f.path for f in faults if not f.hits] == []


def _faults(sandbox: Sandbox) -> list[Fault]:
    reads = [Fault("503", path, method="GET") for path in READS]
    orders = [Fault("429", path, method=method, retry_after=0) for method, path in ORDERS]
    cut = [
        Fault("drop", "/api/tasking/v2/price", method="GET", skip=1),
        Fault("drop", "^/content/", skip=1, after_bytes=1000),
        Fault("503", "/oauth/v1/token"),
    ]
    sandbox.faults.revoke_tokens()
    return [sandbox.faults.add(fault) for fault in (*reads, *orders, *cut)]
