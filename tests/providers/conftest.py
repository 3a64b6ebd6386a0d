"""What tests of providers share: a sandbox in which minutes pass in moments, and clients of both its sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from iceye_geo import Client
from iceye_geo.providers.pixxel import PixxelClient
from iceye_geo.sandbox import Sandbox, SandboxOptions
from iceye_geo.sandbox.lifecycle.deliveries import Deliveries
from iceye_geo.sandbox.lifecycle.records import DeliveryRecord
from iceye_geo.sandbox.pixxel import PixxelSide
from iceye_geo.settings import Settings

#: Simulated seconds per real second: a delivery of minutes is over in half a second.
FAST = 900.0
#: As in the sandbox of all other tests, so that an image is drawn once for both.
SCENE_SIZE = 700


@pytest.fixture(autouse=True)
def no_pixxel_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep keys and profiles of whoever runs the tests out of them."""
    import os

    for name in [name for name in os.environ if name.startswith(("PIXXEL_", "AWS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ICEYE_CONFIG", str(tmp_path / "none.toml"))


@pytest.fixture(scope="session")
def world(steady_options: Callable[..., SandboxOptions]) -> Iterator[Sandbox]:
    """One fast sandbox."""
    with Sandbox(steady_options(speed=FAST, scenes=12, scene_size=SCENE_SIZE)) as running:
        yield running


@pytest.fixture(autouse=True)
def tidy(request: pytest.FixtureRequest) -> Iterator[None]:
    """No fault outlives its test."""
    yield
    if "world" in request.fixturenames:
        request.getfixturevalue("world").faults.clear()
        request.getfixturevalue("world").pixxel._failing.clear()


@pytest.fixture
def iceye(world: Sandbox) -> Iterator[Client]:
    """A client of its ICEYE side."""
    with Client(Settings.for_sandbox(world.url, explicit={"contract_id": world.contract_id})) as made:
        yield made


@pytest.fixture
def pixxel(world: Sandbox) -> Iterator[PixxelClient]:
    """A client of its Pixxel side."""
    with PixxelClient.for_sandbox(world.url) as made:
        yield made


@pytest.fixture
def broken_items(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of items that the next delivery which holds one of them cannot bring; "" for whatever comes."""
    bring, broken = Deliveries._bring, list[str]()

    def stumble(self: Deliveries, record: DeliveryRecord, items: list[Any]) -> None:
        # The one way in which ICEYE's deliveries fail in the sandbox: an item that is gone.
        hit = next((one for one in broken if one in ("", *record.item_ids)), None)
        if hit is not None:
            broken.remove(hit)
        bring(self, record, items if hit is None else [None])

    monkeypatch.setattr(Deliveries, "_bring", stumble)
    return broken


@pytest.fixture
def side(start_sandbox: Callable[..., Sandbox]) -> Callable[..., tuple[Sandbox, PixxelClient]]:
    """Start a sandbox whose Pixxel side behaves in a way of its own."""

    def start(**options: Any) -> tuple[Sandbox, PixxelClient]:
        made = start_sandbox(speed=FAST, scenes=3, scene_size=SCENE_SIZE, pixxel=PixxelSide(**options))
        return made, PixxelClient.for_sandbox(made.url, retries=0)

    return start
