from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from PIL import Image
from rasterio.io import MemoryFile

THUMBNAIL = {"thumbnail-png"}
DATA = {
    "GRD-COG": "grd-cog",
    "GRD": "grd-tif",
    "SLC-COG": "slc-cog",
    "CSI-COG": "csi-cog",
    "VID-COG": "vid-cog",
    "QLK": "qlk-cog",
}
EXPECTED = {product: {key, "quicklook-png", "thumbnail-png"} for product, key in DATA.items()}


def fetched(link: str) -> bytes:
    answer = requests.get(link, timeout=120)
    assert answer.status_code == 200
    return answer.content


@pytest.fixture
def private(api: Any) -> list[dict[str, Any]]:
    """All items of the contract with a pricing plan."""
    return list(api.items(collections=["private"], contractID=api.sandbox.contract_id))


def test_public_items_carry_a_placed_thumbnail_and_nothing_else(api: Any) -> None:
    for item in api.search(limit=200).json()["data"]:
        assert set(item["assets"]) == THUMBNAIL
        thumbnail = item["assets"]["thumbnail-png"]
        assert thumbnail["type"] == "image/png"
        assert thumbnail["roles"] == ["thumbnail"]
        assert urlsplit(thumbnail["href"]).path.startswith("/content/")


def test_thumbnail_corners_are_those_of_the_footprint(api: Any) -> None:
    for item in api.search(limit=200).json()["data"]:
        corners = item["assets"]["thumbnail-png"]["coordinates"]
        assert set(corners) == {"top_left", "top_right", "bottom_left", "bottom_right"}
        ring = item["geometry"]["coordinates"][0]
        for corner in corners.values():
            assert corner in ring


def test_private_items_asked_for_alone_carry_their_data(private: list[dict[str, Any]]) -> None:
    assert {item["properties"]["sar:product_type"] for item in private} == set(EXPECTED)
    for item in private:
        assert item["collection"] == "private"
        assert set(item["assets"]) == EXPECTED[item["properties"]["sar:product_type"]]


def test_the_grd_cog_has_the_media_type_and_role_of_data(private: list[dict[str, Any]]) -> None:
    assets = [item["assets"]["grd-cog"] for item in private if "grd-cog" in item["assets"]]
    assert len(assets) >= 12
    assert {(a["type"], *a["roles"]) for a in assets} == {("image/tiff; application=geotiff", "data")}


@pytest.mark.parametrize(
    "product",
    [
        "GRD-COG",
        "GRD",
        "QLK",
        "SLC-COG",
        *(pytest.param(p, marks=pytest.mark.slow) for p in ("CSI-COG", "VID-COG")),
    ],
)
def test_the_data_file_opens_and_names_its_item(private: list[dict[str, Any]], product: str) -> None:
    item = next(i for i in private if i["properties"]["sar:product_type"] == product)
    with MemoryFile(fetched(item["assets"][DATA[product]]["href"])) as memory, memory.open() as dataset:
        inside = json.loads(dataset.tags()["ICEYE_PROPERTIES"])
        gcps, crs = dataset.gcps
        assert crs.to_epsg() == 4326
    properties = item["properties"]
    assert inside["iceye:frame_id"] == properties["frame_id"]
    assert inside["iceye:incidence_angle_near"] == pytest.approx(properties["iceye:incidence_near"], abs=1e-4)
    assert inside["sar:observation_direction"] == properties["sar:observation_direction"]
    assert ("iceye:calibration_factor" in inside) == (properties["iceye:acquisition_mode"] != "scan")
    west, south, east, north = item["bbox"]
    assert all(west - 1e-6 <= g.x <= east + 1e-6 and south - 1e-6 <= g.y <= north + 1e-6 for g in gcps)


def test_pictures_are_png_of_a_size_to_look_at(private: list[dict[str, Any]]) -> None:
    for key, size in (("thumbnail-png", 256), ("quicklook-png", 1024)):
        with Image.open(io.BytesIO(fetched(private[0]["assets"][key]["href"]))) as picture:
            assert picture.format == "PNG"
            assert 32 < max(picture.size) <= size


def test_private_items_beside_public_ones_carry_only_thumbnails(api: Any) -> None:
    mixed = api.items(
        collections=["public", "private"],
        contractID=api.sandbox.contract_id,
        datetime="2026-08-01T00:00:00Z/..",
    )
    assert {item["collection"] for item in mixed} == {"public", "private"}
    assert all(set(item["assets"]) == THUMBNAIL for item in mixed)


def test_private_items_keep_their_data_beside_public_ones_by_option(start: Any) -> None:
    api = start(mixed_private_assets=True)
    mixed = api.items(collections=["public", "private"], contractID=api.sandbox.contract_id)
    for item in mixed:
        full = item["collection"] == "private"
        assert set(item["assets"]) == (
            EXPECTED[item["properties"]["sar:product_type"]] if full else THUMBNAIL
        )


def test_items_are_raw_as_iceye_sends_them(api: Any) -> None:
    for item in api.items():
        assert set(item) == {
            "id", "type", "stac_version", "collection", "geometry", "bbox", "properties", "assets",
        }  # fmt: skip
        assert item["stac_version"] == "1.0.0-beta.1"
        assert "datetime" not in item["properties"]
        assert item["properties"]["frame_id"]


def test_items_are_as_odd_as_iceyes_own(api: Any) -> None:
    properties = [item["properties"] for item in api.items()]
    assert {type(p["iceye:azimuth_resolution"]) for p in properties} == {int, float}
    assert any(p["iceye:chirp_bandwidth"] is None for p in properties)
    digits = {len(p["start_datetime"].partition(".")[2].rstrip("Z")) for p in properties}
    assert len(digits) >= 3


def test_one_item_is_one_product_type_of_one_frame(api: Any) -> None:
    pairs = [(i["properties"]["frame_id"], i["properties"]["sar:product_type"]) for i in api.items()]
    assert len(set(pairs)) == len(pairs)


def test_the_same_asset_has_the_same_path_in_each_answer(api: Any) -> None:
    one, two = (api.search(limit=1).json()["data"][0]["assets"]["thumbnail-png"]["href"] for _ in range(2))
    assert urlsplit(one).path == urlsplit(two).path


def test_links_lead_to_the_host_the_client_called(api: Any) -> None:
    port = urlsplit(api.sandbox.url).port
    item = api.call(
        "POST", "/catalog/v2/search", json={"limit": 1}, headers={"Host": f"localhost:{port}"}
    ).json()["data"][0]
    assert urlsplit(item["assets"]["thumbnail-png"]["href"]).netloc == f"localhost:{port}"
