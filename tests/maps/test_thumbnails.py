"""Thumbnails are placed where their corners say, and left out where the corners make no sense."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from iceye_geo.errors import LinkExpiredError
from iceye_geo.maps.thumbnails import overlays, place, thumbnail_of
from iceye_geo.stac import IceyeItem, to_item

SQUARE = {"top_left": [10, 51], "top_right": [11, 51], "bottom_left": [10, 50], "bottom_right": [11, 50]}


def png(picture: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG")
    return buffer.getvalue()


def item(corners: object, bbox: list[float] | None = None, *, name: str = "a") -> IceyeItem:
    west, south, east, north = bbox or [10, 50, 11, 51]
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    asset = {"href": "https://host/t?Signature=x", "type": "image/png", "roles": ["thumbnail"]}
    return to_item(
        {
            "id": name,
            "geometry": {"type": "Polygon", "coordinates": [ring]},
            "bbox": [west, south, east, north],
            "properties": {"datetime": "2025-01-01T00:00:00Z"},
            "assets": {"thumbnail-png": asset | ({"coordinates": corners} if corners is not None else {})},
        }
    )


def decoded(url: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))


def test_a_picture_that_is_north_up_stays_as_it_is() -> None:
    half = np.zeros((64, 64), np.uint8)
    half[:32] = 200
    placed = place(png(half), SQUARE)
    assert placed.bounds == (10, 50, 11, 51)
    grey, alpha = np.moveaxis(decoded(placed.url), -1, 0)
    rows = len(grey)
    assert (grey[: rows // 2 - 3] == 200).all()
    assert (grey[rows // 2 + 3 :] == 0).all()
    assert alpha.mean() > 250


def test_a_picture_that_runs_the_other_way_is_turned() -> None:
    half = np.zeros((64, 64), np.uint8)
    half[:, :32] = 200
    mirrored = {
        "top_left": [11, 50],
        "top_right": [10, 50],
        "bottom_left": [11, 51],
        "bottom_right": [10, 51],
    }
    grey = decoded(place(png(half), mirrored).url)[..., 0]
    assert grey[:, -10:].mean() > 190
    assert grey[:, :10].mean() < 10


def test_a_turned_picture_leaves_its_corners_clear() -> None:
    diamond = {
        "top_left": [10.5, 51],
        "top_right": [11, 50.5],
        "bottom_left": [10, 50.5],
        "bottom_right": [10.5, 50],
    }
    alpha = decoded(place(png(np.full((64, 64), 99, np.uint8)), diamond).url)[..., 1]
    assert alpha[0, 0] == 0
    assert alpha[len(alpha) // 2, alpha.shape[1] // 2] == 255


def test_a_picture_across_the_antimeridian_stays_whole() -> None:
    across = {
        "top_left": [179.5, 1],
        "top_right": [-179.5, 1],
        "bottom_left": [179.5, 0],
        "bottom_right": [-179.5, 0],
    }
    assert place(png(np.full((8, 8), 9, np.uint8)), across).bounds == (179.5, 0, 180.5, 1)


@pytest.mark.parametrize(
    "corners",
    [
        None,
        {},
        "north",
        {**SQUARE, "top_left": [10]},
        {**SQUARE, "top_left": ["10", 51]},
        {c: [x - 80, y] for c, (x, y) in SQUARE.items()},
        {c: [x, y - 40] for c, (x, y) in SQUARE.items()},
    ],
)
def test_corners_that_make_no_sense_are_not_used(corners: object) -> None:
    assert thumbnail_of(item(corners)) is None


def test_sane_corners_are_used_also_across_the_antimeridian() -> None:
    across = {
        "top_left": [179.5, 1],
        "top_right": [-179.5, 1],
        "bottom_left": [179.5, 0],
        "bottom_right": [-179.5, 0],
    }
    assert thumbnail_of(item(SQUARE)) is not None
    assert thumbnail_of(item(across, [179.5, 0, -179.5, 1])) is not None


def test_a_thumbnail_that_cannot_be_fetched_is_left_out() -> None:
    def fetch(link: str) -> bytes:
        raise LinkExpiredError("gone")

    assert overlays([item(SQUARE)], fetch, most=5) == {}


def test_no_more_are_fetched_than_asked_for() -> None:
    asked: list[str] = []

    def fetch(link: str) -> bytes:
        asked.append(link)
        return png(np.full((8, 8), 9, np.uint8))

    found = overlays([item(SQUARE, name=str(n)) for n in range(9)], fetch, most=4)
    assert list(found) == ["0", "1", "2", "3"]
    assert len(asked) == 4
