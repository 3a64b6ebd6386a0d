"""What all tests share: a sandbox and a client for it, made once, and an environment without credentials."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from iceye_geo import Client
    from iceye_geo.sandbox import Sandbox, SandboxOptions

# A noisy machine must not fail a property by its clock; in CI the examples are the same in every run.
settings.register_profile(
    "steady",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")

#: Pixels along the longer side of the session sandbox's images: enough for tiles and overviews, made in a moment.
SCENE_SIZE = 700


@pytest.fixture(autouse=True)
def no_outside_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the credentials and profiles of whoever runs the tests out of them."""
    for name in [name for name in os.environ if name.startswith(("ICEYE_", "PIXXEL_"))]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def quick_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait only moments between attempts and looks; how long they are for a person has tests of its own."""
    monkeypatch.setattr("iceye_geo.transport.retry.BASE_S", 0.01)
    monkeypatch.setattr("iceye_geo.cog.fetch.BACKOFF_S", 0.01)
    monkeypatch.setattr("iceye_geo.services.waiting.FIRST_PAUSE_S", 0.05)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where sandboxes keep their images: one folder for a run with all its workers, so that each is drawn once.

    An image is named by all it is made from and appears whole. Deliveries are not: each sandbox has its own buckets.
    """
    mine = tmp_path_factory.getbasetemp()
    folder = (mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine) / "pictures"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session", autouse=True)
def own_caches(pictures: Path) -> Iterator[None]:
    """Leave the caches of whoever runs the tests alone, also in the processes that tests start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(pictures / "user"))
        yield


@pytest.fixture(scope="session")
def steady_options(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., SandboxOptions]:
    """Make options of sandboxes that share their images, deliver each into buckets of its own and have no bad luck.

    A person's sandbox rejects and fails tasks now and then; which task it would hit depends on the test order.
    """
    from iceye_geo.sandbox import SandboxOptions

    def make(**options: Any) -> SandboxOptions:
        own = {"cache_dir": pictures, "bucket_dir": tmp_path_factory.mktemp("buckets")}
        return SandboxOptions(**(own | {"rejection_rate": 0, "failure_rate": 0} | options))

    return make


@pytest.fixture
def start_sandbox(pictures: Path, tmp_path: Path) -> Iterator[Callable[..., Sandbox]]:
    """Start sandboxes with options of their own; each delivers into buckets of its own and stops after the test."""
    from iceye_geo.sandbox import Sandbox, SandboxOptions

    numbers = count()
    with ExitStack() as running:

        def start(**options: Any) -> Sandbox:
            own = {"cache_dir": pictures, "bucket_dir": tmp_path / f"buckets-{next(numbers)}"}
            return running.enter_context(Sandbox(SandboxOptions(**(own | options))))

        yield start


@pytest.fixture(scope="session")
def sandbox(steady_options: Callable[..., SandboxOptions]) -> Iterator[Sandbox]:
    """One running sandbox for the whole session."""
    from iceye_geo.sandbox import Sandbox

    with Sandbox(steady_options(scene_size=SCENE_SIZE)) as running:
        yield running


@pytest.fixture(scope="session")
def client(sandbox: Sandbox) -> Iterator[Client]:
    """One client of the session's sandbox."""
    from iceye_geo import Client
    from iceye_geo.settings import Settings

    with Client(Settings.for_sandbox(sandbox.url, explicit={"contract_id": sandbox.contract_id})) as made:
        yield made


@pytest.fixture(autouse=True)
def fresh_sandbox(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let each test that uses the sandbox start with an empty request log, and no fault outlive it."""
    used = request.getfixturevalue("sandbox") if "sandbox" in request.fixturenames else None
    if used is not None:
        used.requests.clear()
    yield
    if used is not None:
        used.faults.clear()
