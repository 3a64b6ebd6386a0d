from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import rasterio
import shapely

from iceye_geo.models.modes import MODES

from .life import TASKS, create, error, task


@pytest.fixture
def api(start: Any) -> Any:
    return start(scenes=6, scene_size=300, rejection_rate=0, failure_rate=0)


def products(api: Any, made: dict[str, Any], kind: str = "") -> Any:
    return api.get(f"{TASKS}/{made['id']}/products" + (f"/{kind}" if kind else ""))


def types(answer: Any) -> list[str]:
    return [item["properties"]["sar:product_type"] for item in answer.json()["data"]]


def download(api: Any, href: str, path: Path) -> Path:
    answer = api.http.get(href, headers={"Authorization": ""}, timeout=60)
    assert answer.status_code == 200, answer.text
    path.write_bytes(answer.content)
    return path


@pytest.mark.parametrize("status", ["RECEIVED", "ACTIVE", "FAILED", "CANCELED"])
def test_there_are_no_products_before_they_are_made_or_when_they_never_are(api: Any, status: str) -> None:
    made = create(api)
    if status == "CANCELED":
        api.call("PATCH", f"{TASKS}/{made['id']}", json={"status": status})
    elif status != "RECEIVED":
        api.sandbox.force(made["id"], status)
    assert error(products(api, made)) == (404, "not_found")
    assert error(products(api, made, "GRD-COG")) == (404, "not_found")


def test_sla_products_come_first_and_the_rest_with_done(api: Any) -> None:
    made = create(api, imagingMode="SPOTLIGHT_EXTENDED_DWELL")
    api.sandbox.force(made["id"], "FULFILLED")
    assert types(products(api, made)) == ["GRD-COG", "QLK"]
    assert error(products(api, made, "CSI-COG")) == (404, "not_found")
    api.sandbox.force(made["id"], "DONE")
    assert set(types(products(api, made))) == {"GRD-COG", "QLK", "SLC-COG", "CSI-COG", "VID-COG"}
    assert types(products(api, made, "CSI-COG")) == ["CSI-COG"]


def test_only_what_was_asked_for_is_added_to_the_sla_products(api: Any) -> None:
    made = create(api, productTypes=["SLC-COG"])
    api.sandbox.force(made["id"], "DONE")
    assert types(products(api, made)) == ["GRD-COG", "QLK", "SLC-COG"]
    assert error(products(api, made, "VID-COG")) == (404, "not_found")


def test_the_page_of_products_is_the_last_one(api: Any, start: Any) -> None:
    made = create(api)
    api.sandbox.force(made["id"], "DONE")
    body = products(api, made).json()
    assert body["cursor"] == ""
    assert {item["collection"] for item in body["data"]} == {""}
    assert error(api.get(f"{TASKS}/{made['id']}/products", params={"cursor": "x"})) == (
        400,
        "ERR_BAD_REQUEST",
    )
    other = start(scenes=6, products_cursor=None)
    again = create(other)
    other.sandbox.force(again["id"], "DONE")
    assert "cursor" not in products(other, again).json()


@pytest.mark.parametrize("mode", ["SPOTLIGHT_FINE", "STRIPMAP", "SCAN"])
def test_the_product_is_a_real_image_of_the_asked_place_and_mode(api: Any, tmp_path: Path, mode: str) -> None:
    made = create(api, imagingMode=mode, pointOfInterest={"lat": -33.86, "lon": 151.21}, lookSide="RIGHT")
    api.sandbox.force(made["id"], "DONE")
    scene = api.get(f"{TASKS}/{made['id']}/scene").json()
    (item,) = products(api, made, "GRD-COG").json()["data"]
    with rasterio.open(download(api, item["assets"]["grd-cog"]["href"], tmp_path / "grd.tif")) as dataset:
        assert max(dataset.shape) == 300
        assert dataset.read(1).std() > 0
        embedded = json.loads(dataset.tags()["ICEYE_PROPERTIES"])
        points = shapely.MultiPoint([(p.x, p.y) for p in dataset.gcps[0]])
    assert (
        embedded["iceye:processing_mode"] == item["properties"]["iceye:processing_mode"] == MODES[mode].code
    )
    assert embedded["iceye:frame_id"] == item["properties"]["frame_id"]
    footprint = shapely.geometry.shape(item["geometry"])
    assert footprint.contains(shapely.Point(151.21, -33.86))
    assert points.convex_hull.intersection(footprint).area > 0.97 * footprint.area
    assert item["properties"]["sar:observation_direction"] == scene["lookSide"].lower() == "right"
    assert item["properties"]["sat:orbit_state"] == scene["passDirection"].lower()
    assert item["properties"]["iceye:incidence_center"] == pytest.approx(
        float(scene["incidenceAngle"]), abs=0.05
    )
    assert item["properties"]["start_datetime"][:19] == scene["imagingTime"]["start"][:19]


def test_links_of_products_are_signed_and_expire(api: Any) -> None:
    made = create(api)
    api.sandbox.force(made["id"], "DONE")
    (item,) = products(api, made, "QLK").json()["data"]
    for asset in item["assets"].values():
        assert "Expires=" in asset["href"]
        assert "Signature=" in asset["href"]
    href = item["assets"]["thumbnail-png"]["href"]
    api.sandbox.expire_links()
    assert api.http.get(href, headers={"Authorization": ""}, timeout=60).status_code == 403
    (fresh,) = products(api, made, "QLK").json()["data"]
    again = api.http.get(fresh["assets"]["thumbnail-png"]["href"], headers={"Authorization": ""}, timeout=30)
    assert again.status_code == 200
    assert again.content.startswith(b"\x89PNG")


def test_a_done_task_is_in_the_private_collection_of_its_contract_only(api: Any) -> None:
    made = create(api)
    contract, other = api.sandbox.contract_id, api.sandbox.platform.contracts.without_plan.id

    def found(contract_id: str) -> set[str]:
        return {item["id"] for item in api.items(collections=["private"], contractID=contract_id)}

    api.sandbox.force(made["id"], "FULFILLED")
    before = found(contract)
    api.sandbox.force(made["id"], "DONE")
    mine = {item["id"] for item in products(api, made).json()["data"]}
    assert mine <= found(contract)
    assert not mine & before
    assert not mine & found(other)
    assert not mine & {item["id"] for item in api.items()}


def test_every_task_has_a_frame_of_its_own(api: Any) -> None:
    frames = set()
    for _ in range(5):
        made = create(api)
        api.sandbox.force(made["id"], "DONE")
        frames |= {item["properties"]["frame_id"] for item in products(api, made).json()["data"]}
        assert task(api, made)["fulfilledAt"]
    assert len(frames) == 5


@pytest.mark.parametrize(("exclusivity", "published"), [("PUBLIC", True), ("PRIVATE", False)])
def test_public_tasks_enter_the_public_archive_after_a_week(
    start: Any, tmp_path: Path, exclusivity: str, published: bool
) -> None:
    kept = {"scenes": 6, "state": tmp_path / "state.json", "rejection_rate": 0, "failure_rate": 0}
    api = start(**kept)
    made = create(api, exclusivity=exclusivity)
    api.sandbox.force(made["id"], "DONE")
    mine = {item["id"] for item in products(api, made).json()["data"]}
    api.sandbox.advance(days=6, hours=23)
    assert not mine & {item["id"] for item in api.items()}
    api.sandbox.advance(hours=1)
    public = [item for item in api.items() if item["id"] in mine]
    assert bool(public) is published
    assert all(list(item["assets"]) == ["thumbnail-png"] for item in public)
    api.sandbox.stop()
    assert {item["id"] for item in start(**kept).items()} >= {item["id"] for item in public}
