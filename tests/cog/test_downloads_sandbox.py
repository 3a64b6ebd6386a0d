"""Downloads from the sandbox: an archive's item, short-lived links and a host that misbehaves."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import rasterio

from iceye_geo import Client
from iceye_geo.cog import download, download_assets, partial
from iceye_geo.cog.ref import AssetRef, Link
from iceye_geo.cog.wire import PooledWire
from iceye_geo.errors import AssetNotFoundError, ChangedOnServerError, DownloadError
from iceye_geo.sandbox import Sandbox, SandboxOptions
from iceye_geo.sandbox.faults import Fault
from iceye_geo.settings import Settings
from iceye_geo.stac import IceyeItem


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partial, "PART_BYTES", 100_000)


@pytest.fixture(scope="module")
def item(client: Client) -> IceyeItem:
    found = client.catalog.search(
        collections=["private"], query={"sar:product_type": {"eq": "GRD-COG"}}, max_items=1
    )
    return next(iter(found.items()))


@pytest.fixture(scope="module")
def digest(item: IceyeItem, client: Client, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = download(item, tmp_path_factory.mktemp("whole"), client=client, progress=False)
    with rasterio.open(path) as dataset:
        assert dataset.tags()["PRODUCT_FILE"] == path.name
    return digest_of(path)


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    "fault",
    [
        Fault("drop", "/content/", method="GET", times=3, skip=2, after_bytes=30_000),
        Fault("drop", "/content/", times=2, skip=1),
        Fault("short", "/content/", times=2, skip=1),
        Fault("429", "/content/", times=3, skip=2, retry_after=0),
        Fault("500", "/content/", times=3, skip=2),
        Fault("wrong-content-range", "/content/", times=1, skip=3),
        Fault("ignore-range", "/content/", times=1, skip=3),
        Fault("new-etag", "/content/", times=1, skip=3),
    ],
    ids=lambda fault: fault.kind,
)
def test_a_host_in_trouble_for_a_while_does_not_spoil_a_file(
    sandbox: Sandbox, client: Client, item: IceyeItem, digest: str, tmp_path: Path, fault: Fault
) -> None:
    on = sandbox.faults.add(fault)
    path = download(item, tmp_path, client=client, progress=False)
    assert digest_of(path) == digest
    assert on.hits == on.times
    content = [r for r in sandbox.requests if r.path.startswith("/content/")]
    assert {r.method for r in content} == {"GET"}
    assert all(r.range for r in content)


def test_a_stalled_connection_is_given_up(
    sandbox: Sandbox, client: Client, item: IceyeItem, digest: str, tmp_path: Path
) -> None:
    on = sandbox.faults.add(Fault("stall", "/content/", times=2, skip=2, seconds=60, after_bytes=1000))
    wire = PooledWire(stall_timeout_s=0.4)
    path = download(item, tmp_path, client=client, progress=False, wire=wire)
    assert digest_of(path) == digest
    # A request is logged when its answer has ended: the stalled ones were left while they stood still.
    assert on.hits == 2
    assert not [r for r in sandbox.requests if r.path.startswith("/content/") and r.bytes == 1000]
    wire.close()


def test_a_file_that_keeps_changing_is_an_error_and_leaves_no_file(
    sandbox: Sandbox, client: Client, item: IceyeItem, tmp_path: Path
) -> None:
    sandbox.faults.add(Fault("new-etag", "/content/", times=1, skip=2))
    sandbox.faults.add(Fault("new-etag", "/content/", times=1, skip=5))
    with pytest.raises(ChangedOnServerError):
        download(item, tmp_path, client=client, progress=False, connections=1)
    assert not [p for p in tmp_path.iterdir() if not p.name.startswith(".")]


def test_a_host_that_stays_down_keeps_what_arrived(
    sandbox: Sandbox, client: Client, item: IceyeItem, digest: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("iceye_geo.cog.fetch.BACKOFF_S", 0.01)
    sandbox.faults.add(Fault("503", "/content/", times=1000, skip=4))
    with pytest.raises(DownloadError, match="kept"):
        download(item, tmp_path, client=client, progress=False)
    sandbox.faults.clear()
    sandbox.requests.clear()
    path = download(item, tmp_path, client=client, progress=False)
    assert digest_of(path) == digest
    parts = -(-path.stat().st_size // 100_000)
    assert 1 < len([r for r in sandbox.requests if r.path.startswith("/content/")]) < parts


def test_links_are_renewed_on_the_way(
    sandbox: Sandbox, client: Client, item: IceyeItem, digest: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    # Parts so small that what is under way at one expiry has ended long before the next.
    monkeypatch.setattr(partial, "PART_BYTES", 10_000)
    fired: list[int] = []

    def expire(done: int, all_: int) -> None:
        for share in (0.3, 0.6, 0.9):
            if done > share * all_ and len(fired) < share * 3:
                fired.append(done)
                sandbox.expire_links()

    assert item.source is not None
    ref = AssetRef(item.id, "grd-cog", item.source)
    path = download(ref, tmp_path, client=client, progress=expire, connections=2)
    assert digest_of(path) == digest
    assert len(fired) == 3


def test_the_other_assets_come_under_names_of_their_own(
    sandbox: Sandbox, client: Client, item: IceyeItem, tmp_path: Path
) -> None:
    found = download_assets(item, tmp_path, client=client, progress=False)
    assert set(found) == {"grd-cog", "quicklook-png", "thumbnail-png"}
    names = [path.name for path in found.values()]
    assert names[0].endswith("_GRD.tif")
    assert names[1].endswith("_QL.png")
    assert names[2].endswith("_GRD_THUMBNAIL.png")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(names)
    assert found["thumbnail-png"].read_bytes().startswith(b"\x89PNG")
    sandbox.requests.clear()
    again = download_assets(item, tmp_path, assets=["thumbnail-png"], client=client, progress=False)
    assert again == {"thumbnail-png": found["thumbnail-png"]}
    assert len([r for r in sandbox.requests if r.status == 206]) == 1
    with pytest.raises(AssetNotFoundError, match="nothing-here"):
        download_assets(item, tmp_path, assets=["grd-cog", "nothing-here"], client=client)


@pytest.fixture
def short_lived(pictures: Path) -> Iterator[Client]:
    options = SandboxOptions(scene_size=700, cache_dir=pictures, url_ttl_s=4, scenes=20)
    with Sandbox(options) as running:
        settings = Settings.for_sandbox(running.url, explicit={"contract_id": running.contract_id})
        with Client(settings) as made:
            yield made


@pytest.mark.slow
def test_a_download_outlives_links_of_four_seconds(short_lived: Client, tmp_path: Path) -> None:
    found = short_lived.catalog.search(
        collections=["private"], query={"sar:product_type": {"eq": "GRD-COG"}}, max_items=1
    )
    item = next(iter(found.items()))
    whole = download(item, tmp_path / "fast", client=short_lived, progress=False)
    ends = Link.of(item.assets["grd-cog"].href).expires_at
    assert ends is not None
    time.sleep(max(0.0, (ends - datetime.now(UTC)).total_seconds()) + 0.1)

    def slowly(_done: int, _all: int) -> None:
        time.sleep(0.12)

    path = download(item, tmp_path / "slow", client=short_lived, progress=slowly, connections=2)
    assert digest_of(path) == digest_of(whole)


def test_a_client_downloads_its_items(client: Client, item: IceyeItem, digest: str, tmp_path: Path) -> None:
    assert digest_of(client.download(item, tmp_path, progress=False)) == digest
