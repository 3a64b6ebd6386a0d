"""The static catalog is what an open bucket serves: plain files, entity tags, ranges, no token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest
import requests

if TYPE_CHECKING:
    from iceye_geo.sandbox import Sandbox


@pytest.fixture
def root(sandbox: Sandbox) -> str:
    return f"{sandbox.url}/open-data/catalog.json"


def get(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers=headers, timeout=30)


def follow(url: str, rel: str) -> list[str]:
    return [urljoin(url, link["href"]) for link in get(url).json()["links"] if link["rel"] == rel]


@pytest.fixture
def item(root: str) -> tuple[str, dict[str, Any]]:
    (collection,) = follow(root, "child")
    url = follow(collection, "item")[0]
    return url, get(url).json()


def test_the_tree_has_the_shape_of_iceyes(root: str, item: tuple[str, dict[str, Any]]) -> None:
    (collection,) = follow(root, "child")
    assert collection.endswith("/collections/iceye-sar.json")
    assert get(collection).json()["license"] == "CC-BY-4.0"
    url, body = item
    assert f"/stac-items/{body['properties']['start_datetime'][:4]}/" in url
    assert {"view:incidence_angle", "iceye:incidence_angle_near", "iceye:pulse_bandwidth"} <= set(
        body["properties"]
    )
    assert not {"iceye:incidence_center", "frame_id"} & set(body["properties"])
    assert body["assets"]["grd-cog"]["type"] == "application/x-geotiff"
    assert follow(url, "root") == [root]


def test_documents_have_entity_tags(root: str) -> None:
    etag = get(root).headers["ETag"]
    assert get(root, **{"If-None-Match": etag}).status_code == 304
    assert get(root, **{"If-None-Match": '"other"'}).status_code == 200


def test_images_answer_heads_and_ranges(item: tuple[str, dict[str, Any]]) -> None:
    url, body = item
    image = urljoin(url, body["assets"]["grd-cog"]["href"])
    head = requests.head(image, timeout=60)
    assert (head.status_code, head.headers["Accept-Ranges"]) == (200, "bytes")
    part = get(image, Range="bytes=0-15")
    assert (part.status_code, len(part.content), part.content[:2]) == (206, 16, b"II")
    assert get(image, Range=f"bytes={head.headers['Content-Length']}-").status_code == 416
    assert get(urljoin(url, body["assets"]["thumbnail"]["href"])).content[1:4] == b"PNG"


@pytest.mark.parametrize(
    "path",
    ["collections/other.json", "stac-items/2026/01/none.json", "data/SM/none/none_GRD.tif", "data/SM/a/../b"],
)
def test_what_is_not_there_is_missing_as_in_a_bucket(sandbox: Sandbox, path: str) -> None:
    assert get(f"{sandbox.url}/open-data/{path}").status_code == 404
