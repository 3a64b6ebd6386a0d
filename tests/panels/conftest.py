"""No panel test passes with an error that nobody looked at: ipywidgets would swallow it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from iceye_geo.panels.base import SHOWN_ERRORS

if TYPE_CHECKING:
    from iceye_geo import Client
    from iceye_geo.panels.preview_control import PreviewController
    from iceye_geo.sandbox import Sandbox
    from iceye_geo.stac.items import IceyeItem


@pytest.fixture(autouse=True)
def patient_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """A panel gives its threads two seconds to end; on a busy machine they need more."""
    monkeypatch.setattr("iceye_geo.panels.jobs.CLOSE_WAIT_S", 60.0)


@pytest.fixture(autouse=True)
def shown_errors() -> Iterator[list[BaseException]]:
    """Errors that panels have shown; a test that expects one takes it out of this list."""
    SHOWN_ERRORS.clear()
    yield SHOWN_ERRORS
    assert not SHOWN_ERRORS, f"a panel showed {SHOWN_ERRORS!r}"


@pytest.fixture
def desk(pictures: Path, tmp_path: Path) -> Iterator[Client]:
    """A client of a sandbox of its own: a full budget, no tasks, and a clock that the test may turn."""
    from iceye_geo import Client

    with Client.sandbox(
        scenes=24, scene_size=400, rejection_rate=0, failure_rate=0,
        cache_dir=pictures, bucket_dir=tmp_path / "buckets",
    ) as made:  # fmt: skip
        yield made


@pytest.fixture(scope="session")
def big(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox whose scenes have overviews and many tiles."""
    from iceye_geo.sandbox import Sandbox, SandboxOptions
    from tests.panels.previewing import WIDE

    buckets = tmp_path_factory.mktemp("buckets")
    options = SandboxOptions(scene_size=WIDE, scenes=60, cache_dir=pictures, bucket_dir=buckets)
    with Sandbox(options) as running:
        yield running


@pytest.fixture(scope="session")
def wide(big: Sandbox) -> Iterator[Client]:
    """A client of the sandbox with large scenes."""
    from iceye_geo import Client
    from iceye_geo.settings import Settings

    with Client(Settings.for_sandbox(big.url, explicit={"contract_id": big.contract_id})) as made:
        yield made


@pytest.fixture(scope="session")
def items(wide: Client) -> list[IceyeItem]:
    """Calibrated scenes of it."""
    query = {"sar:product_type": {"eq": "GRD-COG"}}
    found = list(wide.catalog.search(collections=["private"], query=query, max_items=60).items())
    calibrated = [i for i in found if i.properties["iceye:processing_mode"] not in ("SC", "SCW")]
    # Drawing it takes a busy machine longer than a reader waits for the first byte.
    drawn = requests.get(calibrated[0].assets["grd-cog"].href, headers={"Range": "bytes=0-0"}, timeout=600)
    assert drawn.status_code == 206
    return calibrated


@pytest.fixture
def control(wide: Client, big: Sandbox) -> Iterator[PreviewController]:
    """A controller with nothing open and nothing cached."""
    from iceye_geo.cog.store import SHARED
    from iceye_geo.panels.preview_control import PreviewController

    for identity in list(SHARED._files):
        SHARED.drop(identity)
    big.faults.clear()
    big.requests.clear()
    made = PreviewController(client=wide)
    yield made
    made.close()
    big.faults.clear()
