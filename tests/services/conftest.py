"""What tests of services share: a server that answers by script, and the sandbox's own contracts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from transport.loopback import Answer, Loopback, Seen, account, platform

from iceye_geo import Client
from iceye_geo.models.tasking import Task
from iceye_geo.sandbox import Sandbox, SandboxOptions
from iceye_geo.settings import Settings
from iceye_geo.transport.session import Session

from .tasks import PACIFIC, window

CONTRACT = "7d1f7a3c-8c0f-4a53-9d0a-5f2c6d1a0001"
#: Simulated seconds per real second: a task that takes days is over in a second or two.
FAST = 200_000.0


@pytest.fixture
def server() -> Iterator[Loopback]:
    """A server on a loopback port that answers by script."""
    with platform() as running:
        yield running


@pytest.fixture
def scripted(server: Loopback) -> Iterator[Session]:
    """A session with that server, which does not wait between attempts."""
    with Session(account(server, contract_id=CONTRACT, retries=0), sleep=lambda _: None) as session:
        yield session


@pytest.fixture
def script(server: Loopback) -> Iterator[tuple[Loopback, Client]]:
    """A server that answers by script, and a client for it without a configured contract."""
    with Client(account(server, retries=0)) as made:
        yield server, made


@pytest.fixture(scope="session")
def contracts(client: Client) -> dict[str, str]:
    """Ids of the session sandbox's contracts: "plan", "no-plan", "expired"."""
    return dict(zip(("plan", "no-plan", "expired"), (c.id for c in client.company.contracts()), strict=True))


@pytest.fixture
def order(client: Client, contracts: dict[str, str]) -> Iterator[Callable[..., Task]]:
    """Create tasks; those that can still be canceled are, so that the sandbox's budget is left as it was."""
    made: list[Task] = []

    def create(**changes: Any) -> Task:
        base = {"point": PACIFIC, "window": window(), "mode": "SPOTLIGHT", "contract_id": contracts["plan"]}
        made.append(client.tasking.create(**(base | changes)))
        return made[-1]

    yield create
    for task in made:
        if client.tasking.get(task).cancellable:
            client.tasking.cancel(task)


@pytest.fixture(scope="session")
def fast(steady_options: Callable[..., SandboxOptions]) -> Iterator[Client]:
    """A client of a sandbox in which days pass in moments."""
    options = steady_options(speed=FAST, scenes=40, scene_size=600)
    with Sandbox(options) as running, Client(Settings.for_sandbox(running.url)) as made:
        yield made


@pytest.fixture(scope="session")
def fast_contract(fast: Client) -> str:
    """The contract with a pricing plan of that sandbox."""
    return fast.company.contracts()[0].id


@pytest.fixture
def ok() -> Callable[..., Answer]:
    """Make an answer with JSON."""
    return lambda json, status=200: Answer(status, json)


def body_of(seen: Seen) -> Any:
    """The JSON a request carried."""
    return json.loads(seen.body)


@pytest.fixture
def products_page() -> dict[str, Any]:
    """The task products of ICEYE's guide."""
    page: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data" / "task_products.json").read_text())
    return page
