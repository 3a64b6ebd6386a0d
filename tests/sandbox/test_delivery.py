from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import rasterio

from .life import DELIVERIES, PURCHASES, TASKS, WEBHOOKS, create, error, order, public_frame, task, until

UNKNOWN = "00000000-0000-4000-8000-000000000000"
FILE_NAME = re.compile(r"ICEYE_[0-9B-Z]{6}_\d{8}T\d{6}Z_\d+_X\d+_SL[A-Z]+_(GRD|QL|SLC)\.(tif|png|json)")


@pytest.fixture
def buckets(tmp_path: Path) -> Path:
    return tmp_path / "buckets"


@pytest.fixture
def api(start: Any, buckets: Path) -> Any:
    return start(scenes=30, scene_size=256, rejection_rate=0, failure_rate=0, bucket_dir=buckets)


def configs(api: Any) -> list[dict[str, Any]]:
    return api.get(f"{DELIVERIES}/location-configs").json()


def place(api: Any, **changes: Any) -> dict[str, Any]:
    return {"configID": configs(api)[0]["id"], "path": "sandbox-bucket", "subpath": "sar/2026", **changes}


def owned(api: Any, product: str = "GRD-COG", mode: str = "SLH") -> list[str]:
    query = {"sar:product_type": {"eq": product}, "iceye:processing_mode": {"eq": mode}}
    items = api.items(collections=["private"], contractID=api.sandbox.contract_id, query=query)
    return [item["id"] for item in items]


def deliver(api: Any, item_ids: Any, **changes: Any) -> Any:
    body = {
        "contractID": api.sandbox.contract_id,
        "itemIDs": item_ids,
        "deliveryLocations": [place(api)],
        **changes,
    }
    body = {name: value for name, value in body.items() if value is not None}
    return api.call("POST", DELIVERIES, json=body)


def finished(api: Any, made: dict[str, Any]) -> dict[str, Any]:
    """Let time pass until a delivery has ended."""
    api.sandbox.advance(minutes=10)

    def ended() -> dict[str, Any] | None:
        body = api.get(f"{DELIVERIES}/{made['id']}").json()
        return body if body["status"] != "PENDING" else None

    return until(ended, seconds=60)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_two_active_locations_and_one_that_is_not(api: Any) -> None:
    listed = configs(api)
    assert [(one["method"], one["status"]) for one in listed] == [
        ("s3", "active"),
        ("s3", "active"),
        ("s3", "inactive"),
    ]
    assert [set(one["config"]) for one in listed] == [{"endpoint", "bucket", "region", "keyID"}] * 3
    paths = {
        one["path"]
        for one in api.get(f"/company/v1/contracts/{api.sandbox.contract_id}").json()["deliveryLocations"]
    }
    assert {one["config"]["bucket"] for one in listed} == paths


def test_delivered_files_arrive_in_the_bucket(api: Any, buckets: Path) -> None:
    (item_id, *_) = owned(api)
    answer = deliver(api, [item_id])
    made = answer.json()
    assert answer.status_code == 201
    assert made["status"] == "PENDING"
    assert made["itemIDs"] == [item_id]
    assert made["deliveryLocations"] == [place(api)]
    assert made["url"] == "https://sandbox-bucket.s3.eu-north-1.amazonaws.com/sar/2026"
    assert finished(api, made) == made | {"status": "SUCCESS"}
    assert api.sandbox.bucket_dir == buckets
    folder = buckets / "sandbox-bucket" / "sar" / "2026"
    assert all(FILE_NAME.fullmatch(name) for name in names(folder))
    assert [Path(name).suffix for name in names(folder)] == [".json", ".tif", ".png"]


def test_a_delivered_file_is_the_one_that_the_link_opens(api: Any, buckets: Path) -> None:
    (item_id, *_) = owned(api)
    finished(api, deliver(api, [item_id]).json())
    (item,) = api.items(collections=["private"], contractID=api.sandbox.contract_id, ids=[item_id])
    downloaded = api.http.get(item["assets"]["grd-cog"]["href"], headers={"Authorization": ""}, timeout=30)
    folder = buckets / "sandbox-bucket" / "sar" / "2026"
    (delivered,) = folder.glob("*_GRD.tif")
    assert delivered.read_bytes() == downloaded.content
    (metadata,) = folder.glob("*.json")
    body = json.loads(metadata.read_text())
    assert body["properties"]["frame_id"] == item["properties"]["frame_id"]
    assert body["assets"] == {}
    with rasterio.open(delivered) as dataset:
        assert dataset.gcps[0]


def test_several_items_go_to_several_places(api: Any, buckets: Path) -> None:
    items = [*owned(api, "GRD-COG", "SLF"), *owned(api, "QLK", "SLF")]
    first, second = configs(api)[:2]
    locations = [
        {"configID": first["id"], "path": "sandbox-bucket"},
        {"configID": second["id"], "path": "sandbox-archive", "subpath": "a/b/"},
    ]
    made = deliver(api, items, deliveryLocations=locations).json()
    assert made["deliveryLocations"] == locations
    assert finished(api, made)["status"] == "SUCCESS"
    here, there = buckets / "sandbox-bucket", buckets / "sandbox-archive" / "a" / "b"
    assert names(here) == names(there)
    assert len([name for name in names(here) if name.endswith("GRD.tif")]) == 2


def test_bought_frames_can_be_delivered(api: Any, buckets: Path) -> None:
    body = {"frameID": public_frame(api), "contractID": api.sandbox.contract_id}
    bought = api.call("POST", PURCHASES, json=body).json()
    item_ids = [
        item["id"]
        for item in api.items(query={"sar:product_type": {"eq": "GRD-COG"}})
        if item["properties"]["frame_id"] == bought["frameID"]
    ]
    assert error(deliver(api, item_ids)) == (403, "ERR_FORBIDDEN")
    api.sandbox.force(bought["id"], "closed")
    assert finished(api, deliver(api, item_ids).json())["status"] == "SUCCESS"


def wish(api: Any, **changes: Any) -> dict[str, Any]:
    location = {"configID": configs(api)[0]["id"], "path": "sandbox-bucket", "subPath": "tasks", **changes}
    return {"deliveries": [{"locations": [location]}]}


def test_a_task_delivers_what_becomes_ready(api: Any, buckets: Path) -> None:
    made = create(api, **wish(api))
    (entry,) = made["deliveries"]
    assert (entry["id"], entry["status"]) == ("", "pending")
    assert entry["locations"] == wish(api)["deliveries"][0]["locations"]
    api.sandbox.force(made["id"], "FULFILLED")
    (delivery,) = api.get(DELIVERIES).json()["deliveries"]
    finished(api, delivery)
    (entry,) = task(api, made)["deliveries"]
    assert (entry["id"], entry["status"]) == (delivery["id"], "success")
    folder = buckets / "sandbox-bucket" / "tasks"
    assert [name for name in names(folder) if name.endswith("GRD.tif")]
    assert not [name for name in names(folder) if "SLC" in name]
    api.sandbox.force(made["id"], "DONE")
    newest, _ = api.get(DELIVERIES).json()["deliveries"]
    finished(api, newest)
    assert [name for name in names(folder) if "SLC" in name]
    assert task(api, made)["deliveries"][0]["status"] == "success"


def test_a_failed_delivery_shows_in_its_task(api: Any) -> None:
    made = create(api, **wish(api))
    api.sandbox.force(made["id"], "FULFILLED")
    (delivery,) = api.get(DELIVERIES).json()["deliveries"]
    api.sandbox.force(delivery["id"], "FAILED")
    assert api.get(f"{DELIVERIES}/{delivery['id']}").json()["status"] == "FAILED"
    assert task(api, made)["deliveries"][0]["status"] == "failed"


def test_a_bucket_that_cannot_be_written_fails_the_delivery(api: Any, buckets: Path) -> None:
    buckets.mkdir()
    (buckets / "sandbox-bucket").write_text("in the way")
    assert finished(api, deliver(api, owned(api)).json())["status"] == "FAILED"


def test_both_spellings_of_the_subfolder_are_read(api: Any) -> None:
    location = place(api)
    location["subPath"] = location.pop("subpath")
    made = deliver(api, owned(api), deliveryLocations=[location]).json()
    assert made["deliveryLocations"] == [place(api)]
    body = wish(api)
    entry = body["deliveries"][0]["locations"][0]
    entry["subpath"] = entry.pop("subPath")
    assert create(api, **body)["deliveries"][0]["locations"] == wish(api)["deliveries"][0]["locations"]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"configID": UNKNOWN}, "configID"),
        ({"configID": "mine"}, "configID"),
        ({"path": "another-bucket"}, "path"),
        ({"path": 7}, "path"),
        ({"subpath": "../../etc"}, "subpath"),
        ({"subpath": "a/../../b"}, "subpath"),
        ({"subpath": "nul\x00byte"}, "subpath"),
    ],
)
def test_a_place_that_is_not_configured_is_refused(api: Any, changes: dict[str, Any], word: str) -> None:
    answer = deliver(api, owned(api), deliveryLocations=[place(api, **changes)])
    assert error(answer) == (400, "ERR_BAD_REQUEST")
    assert word.lower() in answer.json()["message"].lower()
    assert api.get(DELIVERIES).json() == {"deliveries": []}


def test_an_inactive_location_is_refused(api: Any) -> None:
    inactive = configs(api)[2]["id"]
    answer = deliver(api, owned(api), deliveryLocations=[place(api, configID=inactive)])
    assert error(answer) == (400, "ERR_BAD_REQUEST")
    tasked = api.call("POST", TASKS, json={**order(api), **wish(api, configID=inactive)})
    assert error(tasked) == (400, "ERR_BAD_REQUEST")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"itemIDs": []}, (400, "ERR_BAD_REQUEST")),
        ({"itemIDs": "all"}, (400, "ERR_BAD_REQUEST")),
        ({"itemIDs": None}, (400, "ERR_BAD_REQUEST")),
        ({"itemIDs": [UNKNOWN]}, (404, "not_found")),
        ({"contractID": UNKNOWN}, (422, "ERR_INVALID_CONTRACT")),
        ({"contractID": None}, (400, "ERR_BAD_REQUEST")),
        ({"deliveryLocations": []}, (400, "ERR_BAD_REQUEST")),
        ({"deliveryLocations": None}, (400, "ERR_BAD_REQUEST")),
        ({"notifications": {"webhook": {"id": UNKNOWN}}}, (400, "ERR_BAD_REQUEST")),
    ],
)
def test_a_delivery_against_the_rules_is_refused(
    api: Any, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    body = {"itemIDs": owned(api), **changes}
    assert error(deliver(api, body.pop("itemIDs"), **body)) == expected


def test_a_delivery_names_the_webhook_it_reports_to(api: Any) -> None:
    hook = api.call("POST", WEBHOOKS, json={"url": "http://127.0.0.1:9/"}).json()
    reference = {"webhook": {"id": hook["id"]}}
    made = deliver(api, owned(api), notifications=reference).json()
    assert made["notifications"] == reference
    finished(api, made)
    sent = until(lambda: api.sandbox.platform.lifecycle.caller.sent)
    assert (sent[0].id, sent[0].type) == (made["id"], "delivery")


def test_deliveries_are_listed_newest_first_page_by_page(api: Any) -> None:
    made = [deliver(api, owned(api)).json()["id"] for _ in range(3)]
    first = api.get(DELIVERIES, params={"limit": 2}).json()
    rest = api.get(DELIVERIES, params={"limit": 2, "cursor": first["cursor"]}).json()
    assert [one["id"] for one in first["deliveries"] + rest["deliveries"]] == made[::-1]
    assert "cursor" not in rest


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"cursor": "x"}])
def test_a_bad_list_query_is_refused(api: Any, query: dict[str, Any]) -> None:
    assert error(api.get(DELIVERIES, params=query)) == (400, "ERR_BAD_REQUEST")


@pytest.mark.parametrize("delivery_id", [UNKNOWN, "mine"])
def test_an_unknown_delivery_is_not_found(api: Any, delivery_id: str) -> None:
    assert error(api.get(f"{DELIVERIES}/{delivery_id}")) == (404, "not_found")


def test_what_is_unknown_of_the_api_is_a_setting(start: Any, buckets: Path) -> None:
    api = start(
        scenes=6,
        bucket_dir=buckets,
        deliveries_key="data",
        delivery_status=202,
        locations_key="locationConfigs",
    )
    assert len(api.get(f"{DELIVERIES}/location-configs").json()["locationConfigs"]) == 3
    assert api.get(DELIVERIES).json() == {"data": []}


def test_a_delivery_that_was_cut_off_is_brought_in_the_next_run(
    start: Any, buckets: Path, tmp_path: Path
) -> None:
    kept = {"scenes": 6, "scene_size": 256, "state": tmp_path / "state.json", "bucket_dir": buckets}
    first = start(**kept)
    deliveries = first.sandbox.platform.lifecycle.deliveries
    deliveries.stop()
    made = deliver(first, owned(first)).json()
    first.sandbox.stop()
    assert not buckets.exists()
    assert finished(start(**kept), made)["status"] == "SUCCESS"
    assert names(buckets / "sandbox-bucket" / "sar" / "2026")
