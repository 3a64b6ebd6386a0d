"""A person's way with ICEYE through the seam of all providers, over real HTTP: deliver, download, what goes wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iceye_geo import Client
from iceye_geo.cog import partial
from iceye_geo.errors import CapabilityNotSupportedError, DeliveryFailedError, InvalidInputError
from iceye_geo.providers import Capability, IceyeProvider, deliver, download
from iceye_geo.sandbox import Sandbox
from iceye_geo.sandbox.faults import Fault

QUICK: dict[str, Any] = {"timeout": 120, "progress": None, "first_pause": 0.05}


@pytest.fixture
def item(iceye: Client) -> Any:
    cog = {"sar:product_type": {"eq": "GRD-COG"}}
    return next(iceye.catalog.search(collections=["private"], query=cog, max_items=1).items())


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def whole(iceye: Client, item: Any, tmp_path: Path) -> str:
    return digest(iceye.download(item, tmp_path / "plain", progress=False))


def test_links_that_expire_in_the_middle_of_a_download_are_renewed(
    world: Sandbox, iceye: Client, item: Any, whole: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partial, "PART_BYTES", 20_000)
    expired: list[int] = []

    def expire(done: int, all_: int) -> None:
        if done > (len(expired) + 1) * all_ / 3 and len(expired) < 2:
            expired.append(done)
            world.expire_links()

    world.requests.clear()
    (done,) = download(item, tmp_path, timeout=20, provider=iceye, progress=expire)
    assert done.succeeded
    assert len(expired) == 2
    assert digest(done.paths[0]) == whole
    assert [one.status for one in world.requests.matching("/content/")].count(403) >= 2
    # Found once, then a link for the start and one for each expiry: the readers of a file renew it together.
    assert len(world.requests.matching("/catalog/v2/search", method="POST")) == 4


def test_an_interrupted_download_goes_on_after_its_link_has_expired(
    world: Sandbox, iceye: Client, item: Any, whole: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partial, "PART_BYTES", 20_000)
    monkeypatch.setattr("iceye_geo.cog.fetch.BACKOFF_S", 0.01)
    world.faults.add(Fault("503", "/content/", times=1000, skip=4))
    (broken,) = download(item, tmp_path, timeout=20, provider=iceye)
    assert not broken.succeeded
    world.faults.clear()
    world.expire_links()
    world.requests.clear()
    (done,) = download(item, tmp_path, timeout=20, provider=iceye)
    assert digest(done.paths[0]) == whole
    fetched = sum(one.bytes for one in world.requests.matching("/content/") if one.status == 206)
    assert fetched < done.paths[0].stat().st_size + partial.PART_BYTES * 8


def test_files_are_there_when_a_job_has_succeeded(world: Sandbox, iceye: Client, item: Any) -> None:
    place = iceye.delivery.locations()[0].target(sub_path="journey")
    (job,) = deliver(item, to=place, provider=iceye).wait(**QUICK).check()
    folder = world.bucket_dir / "sandbox-bucket" / "journey"
    assert sorted(path.suffix for path in folder.iterdir())[-1] == ".tif"
    assert job.records[0].location.endswith("/journey")
    assert "Signature" not in str(job.row())


def test_a_failure_ends_the_wait_and_one_call_repairs_it(
    world: Sandbox, iceye: Client, item: Any, broken_items: list[str]
) -> None:
    broken_items.append(item.id)
    jobs = deliver([item, item], to=iceye.delivery.locations()[0], provider=iceye)
    assert len(jobs) == 1
    with pytest.raises(DeliveryFailedError) as caught:
        jobs[0].wait(**QUICK)
    assert caught.value.last is jobs[0]
    assert len(jobs.again()) == 1
    assert jobs.wait(**QUICK).check()[0].attempts == 2


def test_a_place_that_is_not_set_up_is_told_with_those_that_are(iceye: Client, item: Any) -> None:
    (job,) = deliver(item, to="7d1f7a3c-8c0f-4a53-9d0a-5f2c6d1a0009", provider=iceye)
    assert isinstance(job.error, InvalidInputError)
    assert iceye.delivery.locations()[0].id in job.reason


@pytest.mark.parametrize("call", ["deliver", "download"])
def test_what_a_provider_cannot_do_is_told_before_a_request(
    world: Sandbox, iceye: Client, tmp_path: Path, call: str
) -> None:
    class Poor(IceyeProvider):
        capabilities = frozenset({Capability.TARGETS})

    before, poor = len(world.requests), Poor(iceye)
    calls: dict[str, Callable[[], object]] = {
        "deliver": lambda: deliver("a", to="place", provider=poor),
        "download": lambda: download("a", tmp_path, timeout=5, provider=poor),
    }
    with pytest.raises(
        CapabilityNotSupportedError, match=r"iceye has no (delivery|downloads); it has: targets"
    ):
        calls[call]()
    assert len(world.requests) == before
