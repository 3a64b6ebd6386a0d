"""The sandbox's Pixxel side as any HTTP client sees it: documented shapes, its oddities behind switches."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import rasterio
import requests

from iceye_geo.sandbox import Sandbox
from iceye_geo.sandbox.pixxel import API_KEY, PixxelSide


class Caller:
    """Bare requests to a sandbox's Pixxel side."""

    def __init__(self, sandbox: Sandbox, key: str = API_KEY) -> None:
        self.sandbox, self.headers = sandbox, {"Authorization": key}

    def __call__(self, method: str, path: str, **more: Any) -> requests.Response:
        url = f"{self.sandbox.pixxel_url}/v0{path}"
        return requests.request(method, url, headers=self.headers, timeout=60, **more)

    def deliver(self, **entry: Any) -> list[dict[str, Any]]:
        answer = self("POST", "/catalogs/deliveries", json={"deliveries": [entry]})
        assert answer.status_code == 201, answer.text
        return list(answer.json()["deliveries"])

    def until(self, path: str, reached: Any, **query: Any) -> dict[str, Any]:
        for _ in range(3000):
            found: dict[str, Any] = self("GET", path, params=query).json()
            if reached(found):
                return found
            time.sleep(0.02)
        raise AssertionError("it was never reached")


@pytest.fixture
def start(start_sandbox: Callable[..., Sandbox]) -> Callable[..., Caller]:
    def make(*, speed: float = 600, **side: Any) -> Caller:
        return Caller(start_sandbox(scenes=3, speed=speed, pixxel=PixxelSide(**side)))

    return make


def catalogs(call: Caller) -> list[dict[str, Any]]:
    return list(call("POST", "/catalogs/search", json={}).json()["catalogs"])


def cloud(call: Caller, path: str = "in") -> dict[str, Any]:
    return {"config": call("GET", "/stores").json()["stores"][0]["id"], "path": path}


@pytest.mark.parametrize("key", ["", "wrong", f"Bearer {API_KEY}"])
def test_without_the_bare_key_everything_is_403(start: Any, key: str) -> None:
    call = Caller(start().sandbox, key)
    for method, path in (
        ("GET", "/stores"),
        ("POST", "/catalogs/deliveries"),
        ("GET", "/catalogs/download/x"),
    ):
        answer = call(method, path, json={})
        assert answer.status_code == 403
        assert set(answer.json()["error"]) == {"code", "details", "message"}


def test_the_scheme_is_an_option(start: Any) -> None:
    call = Caller(start(auth_scheme="Bearer").sandbox, f"Bearer {API_KEY}")
    assert call("GET", "/stores").status_code == 200


def test_a_delivery_passes_the_documented_statuses_and_its_zip_is_there(start: Any) -> None:
    call = start(delivery_minutes=15)
    entry = catalogs(call)[0]
    (made,) = call.deliver(catalog_ids=[entry["catalog_id"]], cloud_info=cloud(call))
    assert made["status"] == "CREATED"
    assert made["cloud_delivery"] == cloud(call)
    seen = set()

    def ended(found: dict[str, Any]) -> bool:
        seen.add(found["deliveries"][0]["status"])
        return found["deliveries"][0]["status"] == "SUCCESS"

    found = call.until("/catalogs/deliveries", ended, delivery_id=made["delivery_id"])["deliveries"][0]
    assert seen >= {"IN_PROGRESS", "SUCCESS"}
    path = call.sandbox.bucket_dir / "sandbox-bucket/pixxel/in" / found["target_path"]
    with zipfile.ZipFile(path) as package:
        names = package.namelist()
        image = next(name for name in names if name.endswith("_L2A.tif"))
        with rasterio.open(io.BytesIO(package.read(image))) as dataset:
            assert dataset.count == 6
        assert (
            json.loads(package.read(next(n for n in names if n.endswith(".json"))))["id"]
            == entry["details"]["id"]
        )


def test_an_order_item_fans_out(start: Any) -> None:
    call = start()
    entry = catalogs(call)[0]
    made = call.deliver(order_item_ids=[entry["order_item_id"]], cloud_info=cloud(call))
    assert len({one["catalog_id"] for one in made}) == 2
    assert len({one["task_id"] for one in made}) == 1
    listed = call("GET", "/catalogs/deliveries", params={"catalog_id": made[1]["catalog_id"]}).json()
    assert [one["delivery_id"] for one in listed["deliveries"]] == [made[1]["delivery_id"]]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"deliveries": []}, 400),
        (
            {"deliveries": [{"catalog_ids": ["x"], "order_item_ids": ["y"], "cloud_info": {"config": "s"}}]},
            400,
        ),
        ({"deliveries": [{"cloud_info": {"config": "s"}}]}, 400),
        ({"deliveries": [{"catalog_ids": ["x"], "cloud_info": {"config": "s"}}]}, 404),
        ({"deliveries": [{"catalog_ids": "x", "cloud_info": {"config": "s"}}]}, 400),
        ({"deliveries": [{"catalog_ids": ["x"], "cloud_delivery": {"config": "s"}}]}, 400),
        ([], 400),
    ],
)
def test_what_breaks_a_rule_is_refused_in_pixxels_form(start: Any, body: Any, status: int) -> None:
    call = start()
    answer = call("POST", "/catalogs/deliveries", json=body)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    assert call("GET", "/catalogs/deliveries").json() == {"deliveries": []}


def test_an_unknown_store_is_400(start: Any) -> None:
    call = start()
    entry = {"catalog_ids": [catalogs(call)[0]["catalog_id"]], "cloud_info": {"config": "none"}}
    answer = call("POST", "/catalogs/deliveries", json={"deliveries": [entry]})
    assert (answer.status_code, "store none" in answer.text) == (400, True)


def test_a_download_gets_a_link_that_needs_no_key_and_expires(start: Any) -> None:
    call = start()
    made = call("POST", "/catalogs/download", json={"catalog_ids": [catalogs(call)[0]["catalog_id"]]}).json()
    assert (made["status"], made["signed_url"]) == ("created", "")
    path = f"/catalogs/download/{made['id']}"
    ready = call.until(path, lambda found: found["status"] == "success")
    whole = requests.get(ready["signed_url"], timeout=60)
    assert zipfile.is_zipfile(io.BytesIO(whole.content))
    part = requests.get(ready["signed_url"], headers={"Range": "bytes=2-5"}, timeout=60)
    assert (part.status_code, part.content) == (206, whole.content[2:6])
    call.sandbox.expire_links()
    assert requests.get(ready["signed_url"], timeout=60).status_code == 403
    fresh = call("GET", path).json()["signed_url"]
    assert requests.get(fresh, timeout=60).content == whole.content


def test_failures_come_on_request_and_only_then(start: Any) -> None:
    call = start(failure_reason="clouds")
    first, second = (entry["catalog_id"] for entry in catalogs(call)[:2])
    call.sandbox.pixxel.fail_next(first)
    failing, fine = call.deliver(catalog_ids=[first, second], cloud_info=cloud(call))
    for made, status in ((failing, "FAILED"), (fine, "SUCCESS")):
        found = call.until(
            "/catalogs/deliveries",
            lambda a: a["deliveries"][0]["status"] in ("FAILED", "SUCCESS"), delivery_id=made["delivery_id"],
        )  # fmt: skip
        assert found["deliveries"][0]["status"] == status
    (again,) = call.deliver(catalog_ids=[first], cloud_info=cloud(call))
    call.sandbox.pixxel.force(again["delivery_id"], "HALF_WAY")
    listed = call("GET", "/catalogs/deliveries", params={"delivery_id": again["delivery_id"]}).json()
    assert listed["deliveries"][0]["status"] == "HALF_WAY"


def test_what_its_pages_disagree_on_is_an_option(start: Any) -> None:
    call = start(
        speed=100_000, cloud_key="cloud_info", status_case="upper", empty_url="absent", ignore_filters=True,
        total=True, late_url=1,
    )  # fmt: skip
    ids = [entry["catalog_id"] for entry in catalogs(call)[:2]]
    made = call.deliver(catalog_ids=ids, cloud_info=cloud(call))
    assert all("cloud_info" in one and "cloud_delivery" not in one for one in made)
    listed = call("GET", "/catalogs/deliveries", params={"catalog_id": ids[0], "limit": 1}).json()
    assert (len(listed["deliveries"]), listed["pagination"]["total"]) == (1, 2)
    download = call("POST", "/catalogs/download", json={"catalog_ids": ids}).json()
    assert "signed_url" not in download or download["status"] == "SUCCESS"
    ready = call.until(f"/catalogs/download/{download['id']}", lambda found: found.get("signed_url"))
    assert ready["status"] == "SUCCESS"


def test_stores_are_made_and_forgotten_without_their_secrets(start: Any) -> None:
    call = start()
    body = {
        "name": "new", "type": "S3", "configs": {"bucket": "b"},
        "secrets": {"access_key_id": "a", "secret_access_key": "planted"},
    }  # fmt: skip
    made = call("POST", "/stores", json=body)
    assert (made.status_code, "planted" in made.text) == (200, False)
    assert call("POST", "/stores", json=body).status_code == 400
    assert call("DELETE", f"/stores/{made.json()['id']}").status_code == 204
    assert call("DELETE", f"/stores/{made.json()['id']}").status_code == 404


def test_the_catalog_is_searched_by_ids_and_box_and_paged(start: Any) -> None:
    call = start()
    entries = catalogs(call)
    assert len(entries) == 12
    by_id = call("POST", "/catalogs/search", json={"ids": [entries[3]["catalog_id"]]}).json()["catalogs"]
    assert by_id == [entries[3]]
    box = [float(one) for one in entries[5]["details"]["bbox"]]
    assert entries[5] in call("POST", "/catalogs/search", json={"bbox": box}).json()["catalogs"]
    page = call("POST", "/catalogs/search", json={"limit": 5, "offset": 10}).json()["catalogs"]
    assert page == entries[10:]
    assert call("GET", f"/catalogs/{entries[0]['catalog_id']}").json() == entries[0]
    assert call("GET", "/catalogs/nobody").status_code == 404


def test_one_seed_gives_one_world(start: Any) -> None:
    assert catalogs(start()) == catalogs(start())
