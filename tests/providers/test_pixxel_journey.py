"""A person's way with Pixxel, through real HTTP: search, deliver, download, whatever goes wrong."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iceye_geo import Client
from iceye_geo.errors import DownloadError, DownloadFailedError, InvalidInputError, WaitTimeoutError
from iceye_geo.providers.pixxel import PixxelClient
from iceye_geo.sandbox import Sandbox
from iceye_geo.sandbox.faults import Fault
from iceye_geo.stac import to_geodataframe

Side = Callable[..., tuple[Sandbox, PixxelClient]]
QUICK: dict[str, Any] = {"timeout": 60, "progress": None, "first_pause": 0.05}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"cloud_key": "cloud_info", "status_case": "upper", "empty_url": "absent", "ignore_filters": True},
        {"cloud_key": None, "empty_url": "null", "late_url": 2, "total": True},
    ],
)
def test_search_deliver_and_download_under_every_reading_of_the_documents(
    side: Side, tmp_path: Path, options: dict[str, Any]
) -> None:
    _, client = side(**options)
    entry = client.catalog.search(max_items=1)[0]
    made = client.deliveries.create(to=client.stores.list()[0], path="a/", order_item_ids=entry.order_item_id)
    assert len(made) == 2
    assert client.deliveries.wait(made[1], **QUICK).succeeded
    assert {d.delivery_id for d in client.deliveries.list(task_id=made[0].task_id)} == {
        d.delivery_id for d in made
    }
    path = client.downloads.download(tmp_path, timeout=60, catalog_ids=entry)
    assert path.name == f"pixxel_{entry.id}.zip"
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None


def test_a_link_that_dies_is_renewed_in_the_middle(side: Side, tmp_path: Path) -> None:
    sandbox, client = side()
    catalog = client.catalog.search(max_items=1)[0].id
    ready = client.downloads.wait(client.downloads.create(catalog_ids=catalog), **QUICK)
    sandbox.faults.add(Fault("403", "/content/", times=1, skip=1))
    path = client.downloads.download(tmp_path, timeout=60, catalog_ids=catalog)
    assert zipfile.is_zipfile(path)
    asked = sandbox.requests.matching(r"/catalogs/download/", method="GET")
    assert len(asked) >= 3
    assert ready.is_ready


def downloads_after_expiry(sandbox: Sandbox, client: PixxelClient, folder: Path) -> int:
    """Fetch a file whose link has expired meanwhile; how often was a download asked for?"""
    from iceye_geo.cog.downloads import download
    from iceye_geo.providers.pixxel.entries import Wanted

    source = client.downloads.source(
        Wanted.of(catalog_ids=client.catalog.search(max_items=1)[0].id), timeout=60
    )
    sandbox.expire_links()
    path = download(source.ref, folder, resolver=source.resolver, name=source.name, progress=False)
    assert zipfile.is_zipfile(path)
    return len(sandbox.requests.matching("/catalogs/download$", method="POST"))


def test_an_expired_link_is_asked_for_again(side: Side, tmp_path: Path) -> None:
    assert downloads_after_expiry(*side(), tmp_path) == 1


def test_where_asking_again_brings_the_dead_link_a_new_download_is_made(side: Side, tmp_path: Path) -> None:
    assert downloads_after_expiry(*side(same_link=True), tmp_path) == 2


def test_the_key_never_goes_to_the_content_host(
    side: Side, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from iceye_geo.cog.wire import PooledWire

    sent: list[dict[str, str]] = []
    send = PooledWire._send

    def watched(self: PooledWire, url: str, headers: Any) -> Any:
        sent.append(dict(headers))
        return send(self, url, headers)

    monkeypatch.setattr(PooledWire, "_send", watched)
    _, client = side()
    client.downloads.download(tmp_path, timeout=60, catalog_ids=client.catalog.search(max_items=1)[0].id)
    assert sent
    assert all("authorization" not in {name.lower() for name in headers} for headers in sent)


def test_an_interrupted_download_goes_on_in_the_next_call(
    side: Side, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iceye_geo.cog.fetch.BACKOFF_S", 0.01)
    sandbox, client = side()
    catalog = client.catalog.search(max_items=1)[0].id
    sandbox.faults.add(Fault("drop", "/content/", times=100, skip=1, after_bytes=0))
    with pytest.raises(DownloadError):
        client.downloads.download(tmp_path, timeout=60, catalog_ids=catalog)
    assert not list(tmp_path.glob("pixxel_*.zip"))
    sandbox.faults.clear()
    assert zipfile.is_zipfile(client.downloads.download(tmp_path, timeout=60, catalog_ids=catalog))
    assert [path.name for path in tmp_path.iterdir()] == [f"pixxel_{catalog}.zip"]


def test_a_download_that_fails_says_why_and_one_that_dawdles_meets_the_deadline(
    side: Side, tmp_path: Path
) -> None:
    sandbox, client = side(failure_reason="clouds everywhere", download_minutes=30)
    catalog = client.catalog.search(max_items=1)[0].id
    with pytest.raises(WaitTimeoutError):
        client.downloads.download(tmp_path, timeout=0.1, catalog_ids=catalog)
    sandbox.pixxel.fail_next(catalog)
    with pytest.raises(DownloadFailedError, match="clouds everywhere"):
        client.downloads.download(tmp_path, timeout=60, catalog_ids=catalog)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_store_is_named_with_those_that_are_there(pixxel: PixxelClient) -> None:
    with pytest.raises(InvalidInputError, match=r"no store nowhere.*field-team"):
        pixxel.deliveries.create(to="nowhere", catalog_ids=pixxel.catalog.search(max_items=1)[0])


def test_catalog_entries_become_valid_items_and_a_table(pixxel: PixxelClient) -> None:
    search = pixxel.catalog.search()
    items = search.item_collection()
    assert len(items) == 12
    for item, entry in zip(items, search, strict=True):
        assert item.id == entry.item_id != entry.id
        assert item.properties["pixxel:catalog_id"] == entry.id
        assert item.properties["proj:code"].startswith("EPSG:32")
        assert not [name for name in item.properties if name.startswith(("sar:", "sat:", "iceye:coll"))]
        assert [uri.split("/")[3] for uri in item.stac_extensions] == ["eo", "projection"]
        assert item.properties["pixxel:collection"] == "firefly-l2a"
        assert item.datetime is not None
        assert item.bbox is not None
    table = search.to_geodataframe()
    assert table.crs.to_epsg() == 4326
    assert table["sar:frequency_band"].isna().all()
    assert list(table["pixxel:catalog_id"]) == [entry.id for entry in search]
    assert table.geometry.is_valid.all()
    box = items[0].bbox
    assert items[0].id in {item.id for item in pixxel.catalog.search(bbox=box).items()}
    assert pixxel.catalog.get(search[3].id).item_id == search[3].item_id
    with pytest.raises(InvalidInputError, match="bbox"):
        pixxel.catalog.search(bbox=[1, 2, 3])


def test_iceye_and_pixxel_stand_in_one_table_without_taking_on_each_others_ways(
    iceye: Client, pixxel: PixxelClient
) -> None:
    radar = list(iceye.catalog.search(collections=["public"], max_items=3).items())
    table = to_geodataframe([*radar, *pixxel.catalog.search(max_items=2).items()])
    assert list(table["constellation"]) == ["iceye"] * 3 + ["pixxel"] * 2
    assert set(table["sar:frequency_band"][:3]) == {"X"}
    optical = table[table["constellation"] == "pixxel"]
    for name in [name for name in table if name.startswith(("sar:", "sat:", "iceye:"))]:
        assert optical[name].isna().all(), name
    assert optical["pixxel:catalog_id"].notna().all()


def test_an_old_extension_of_pixxels_gives_way() -> None:
    from iceye_geo.providers.pixxel.stac import to_item

    old = "https://stac-extensions.github.io/projection/v1.0.0/schema.json"
    item = to_item({"catalog_id": "c", "details": {
        "id": "i", "stac_extensions": [old, 3], "properties": {"datetime": "2026-01-01T00:00:00Z", "proj:epsg": 4326},
    }})  # fmt: skip
    assert item.stac_extensions == [old.replace("v1.0.0", "v2.0.0")]


def test_a_hopeless_entry_is_left_out_with_a_warning() -> None:
    from iceye_geo.errors import SkippedRecordWarning
    from iceye_geo.providers.pixxel.stac import to_item_collection

    good = {
        "catalog_id": "c",
        "details": {"id": "i", "properties": {"startdatetime": "2026-01-01T00:00:00Z"}},
    }
    with pytest.warns(SkippedRecordWarning, match="no time"):
        kept = to_item_collection([good, {"catalog_id": "d", "details": {"id": "j", "properties": {}}}])
    assert [item.id for item in kept] == ["i"]
