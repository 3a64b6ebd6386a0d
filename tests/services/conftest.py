"""What tests of services share: a server that answers by script, and the sandbox's own contracts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from transport.loopback import Answer, Loopback, Seen, token_answers

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
    loopback = Loopback().start()
    loopback.on("/oauth/v1/token", token_answers())
    yield loopback
    loopback.stop()


@pytest.fixture
def scripted(server: Loopback) -> Iterator[Session]:
    """A session with that server, which does not wait between attempts."""
    settings = Settings(
        client_id="me", client_secret="planted-s3cr3t", api_url=server.url, auth_url=f"{server.url}/oauth",
        contract_id=CONTRACT, timeout_s=30, retries=0,
    )  # fmt: skip
    session = Session(settings, sleep=lambda _: None)
    yield session
    session.close()


@pytest.fixture
def script(server: Loopback) -> Iterator[tuple[Loopback, Client]]:
    """A server that answers by script, and a client for it without a configured contract."""
    client = Client(
        client_id="me", client_secret="x", api_url=f"{server.url}/api", auth_url=f"{server.url}/oauth",
        timeout_s=30, retries=0,
    )  # fmt: skip
    yield server, client
    client.close()


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
def fast(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of a sandbox in which days pass in moments."""
    options = SandboxOptions(
        speed=FAST, scenes=40, scene_size=600, rejection_rate=0, failure_rate=0,
        cache_dir=pictures, bucket_dir=tmp_path_factory.mktemp("buckets"),
    )  # fmt: skip
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
    import json

    return json.loads(seen.body)


@pytest.fixture
def products_page() -> dict[str, Any]:
    """The task products of ICEYE's guide."""
    import json
    from pathlib import Path

    page: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data" / "task_products.json").read_text())
    return page
