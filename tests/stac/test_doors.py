"""Whatever ICEYE calls a product comes in by one door: an Item, a row, and a line of a file that gives it back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from geopandas.testing import assert_geodataframe_equal
from pystac import STACObjectType
from pystac.validation import JsonSchemaSTACValidator

from iceye_geo.errors import NormalisationError
from iceye_geo.migration import migrate
from iceye_geo.stac import read_geoparquet, to_geodataframe, to_geoparquet, to_item
from iceye_geo.stac.archive import read_geoparquet_items
from iceye_geo.stac.columns import COLUMNS
from iceye_geo.stac.export import item_dicts
from iceye_geo.stac.iceye_properties import record_from_properties
from iceye_geo.stac.opendata import open_data_record
from tests.stac.samples import box, record

PLACE = box(24, 60, 25, 61)
V1 = {
    "type": "Feature", "id": "v1", "stac_version": "1.0.0-beta.1", "geometry": PLACE, "collection": "", "assets": {},
    "properties": {
        "frame_id": "17_1", "start_time": "2024-01-01T10:00:00Z", "end_time": "2024-01-01T10:00:10Z",
        "product_type": "GRD", "orbit_state": "descending", "incidence_angle": 31.5,
    },
}  # fmt: skip
OPEN = {
    "type": "Feature", "id": "ICEYE_75CMBF_20240612T174339Z_4119892_X11_SLF_GRD", "geometry": PLACE, "links": [],
    "assets": {"grd-cog": {"href": "https://host/a.tif", "type": "application/x-geotiff"}},
    "properties": {
        "datetime": "2024-06-12T17:43:39Z", "view:incidence_angle": 31.5, "iceye:pulse_bandwidth": 3e8,
        "sar:product_type": "GRD-COG", "sar:observation_direction": "left",
    },
}  # fmt: skip
OWN = {"datetime": "2024-06-12T17:43:39Z", "view:incidence_angle": 31.5, "sar:product_type": "GRD-COG"}
KINDS: dict[str, dict[str, Any]] = {
    "catalog item": record("v2_products"),
    "task product": record("task_products"),
    "task product, GRD-COG": record("task_products_grd_cog"),
    "v1 leftover": migrate(V1).result,
    "open data": open_data_record(OPEN, collection="iceye-sar"),
    "ICEYE_PROPERTIES": record_from_properties(OWN, name="a", geometry=PLACE, href="a.tif"),
    "no footprint": {**record("task_products"), "geometry": None},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_becomes_a_valid_item_with_the_names_of_the_api(kind: str) -> None:
    item = to_item(KINDS[kind])
    JsonSchemaSTACValidator().validate_core(item.to_dict(), STACObjectType.ITEM, "1.1.0")
    assert item.properties["constellation"] == "iceye"
    assert item.properties["sar:product_type"].startswith("GRD")
    assert item.properties["view:incidence_angle"] == pytest.approx(30, abs=10)


def test_all_kinds_share_one_table_and_one_file(tmp_path: Path) -> None:
    mixed = list(KINDS.values())
    table = to_geodataframe(mixed)
    assert list(table.columns)[: len(COLUMNS)] == list(COLUMNS)
    assert_geodataframe_equal(to_geodataframe([to_item(raw) for raw in mixed]), table)
    path = to_geoparquet(mixed, tmp_path / "mixed.parquet")
    assert read_geoparquet_items(path) == item_dicts(mixed)
    assert_geodataframe_equal(read_geoparquet(path), table)


def test_what_v1_left_says_how_it_is_opened() -> None:
    with pytest.raises(NormalisationError, match=r"iceye_geo\.migration\.migrate"):
        to_item(V1)
