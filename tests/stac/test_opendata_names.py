"""Long names and files' own metadata go through the same door as the API's records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from iceye_geo.errors import NormalisationError
from iceye_geo.stac.iceye_properties import item_from_file, record_from_properties
from iceye_geo.stac.items import to_item
from iceye_geo.stac.opendata import LONG_NAMES, frame_of, open_data_record, with_api_names

if TYPE_CHECKING:
    from iceye_geo import Client


def test_short_names_are_added_and_nothing_is_changed() -> None:
    given = {long: 1.5 for longs in LONG_NAMES.values() for long in longs} | {"other": {"a": [1]}}
    before = json.dumps(given)
    found = with_api_names(given)
    assert {short: found[short] for short in LONG_NAMES} == dict.fromkeys(LONG_NAMES, 1.5)
    assert json.dumps(given) == before
    assert found["other"] is not given["other"]


def test_a_short_name_that_is_there_wins() -> None:
    assert (
        with_api_names({"iceye:incidence_center": 20, "view:incidence_angle": 30})["iceye:incidence_center"]
        == 20
    )


@pytest.mark.parametrize(
    ("properties", "name", "frame"),
    [
        ({"iceye:frame_id": "7_2"}, "", "7_2"),
        ({"frame_id": "7_2", "iceye:image_id": 9}, "", "7_2"),
        ({"iceye:image_id": 9, "iceye:frame_number": 3}, "", "9_3"),
        ({"iceye:image_id": "9"}, "", "9_1"),
        ({}, "ICEYE_75CMBF_20240612T174339Z_4119892_X11_SLF_GRD", "4119892_1"),
        ({}, "ICEYE_X6_GRD_SM_453426_20231026T060946", "453426_1"),
        ({}, "scene-of-the-week", None),
    ],
)
def test_the_frame_is_told_or_made_of_what_is_told(properties: dict, name: str, frame: str | None) -> None:
    assert frame_of(properties, name=name) == frame


def test_an_open_item_names_its_licence() -> None:
    item = to_item(
        open_data_record({"id": "a", "properties": {"datetime": "2024-01-01T00:00:00Z"}}, collection="c")
    )
    assert (item.properties["license"], item.properties["iceye:collection"]) == ("CC-BY-4.0", "c")


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_properties_that_are_no_object_are_refused(text: str) -> None:
    with pytest.raises(NormalisationError, match="no JSON object"):
        record_from_properties(text, name="a")


def test_an_item_is_read_from_a_file_alone(client: Client, tmp_path: Path) -> None:
    contract = client.company.contracts()[0].id
    search = client.catalog.search(
        collections=["private"], contract_id=contract, query={"sar:product_type": "GRD-COG"}
    )
    told = next(search.items())
    path = tmp_path / "scene.tif"
    path.write_bytes(client.session.fetch(told.assets["grd-cog"].href))
    item = item_from_file(path)
    for name in ("sar:product_type", "sar:observation_direction", "sat:orbit_state", "iceye:processing_mode"):
        assert item.properties[name] == told.properties[name]
    assert item.properties["iceye:incidence_center"] == pytest.approx(
        told.properties["iceye:incidence_center"], abs=1e-5
    )
    assert item.properties["frame_id"] == told.properties["frame_id"]
    assert item.bbox == pytest.approx(told.bbox, abs=0.02)
    assert (item.source.kind, item.assets["grd-cog"].href) == ("file", str(path))
    with client.open_cog(item) as cog:
        assert cog.info().product_type == "GRD-COG"


def test_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    import numpy as np
    import rasterio

    with rasterio.open(
        tmp_path / "a.tif", "w", driver="GTiff", width=4, height=4, count=1, dtype="uint8",
        transform=rasterio.Affine(1, 0, 5, 0, -1, 5),
    ) as made:  # fmt: skip
        made.write(np.zeros((1, 4, 4), np.uint8))
    with pytest.raises(NormalisationError, match="ICEYE_PROPERTIES"):
        item_from_file(tmp_path / "a.tif")
