import json

import geopandas as gpd
import pytest
from geopandas.testing import assert_geodataframe_equal
from pystac import STACObjectType
from pystac.validation.stac_validator import JsonSchemaSTACValidator

from iceye_geo.errors import MissingExtraError, SkippedRecordWarning
from iceye_geo.stac import (
    item_collection_dict,
    read_geoparquet,
    to_geodataframe,
    to_geojson,
    to_geoparquet,
    to_item,
)
from iceye_geo.stac.archive import read_geoparquet_items
from iceye_geo.stac.check import find_problems, find_signed_links
from iceye_geo.stac.export import item_dict, write_geojson, write_item_collection
from iceye_geo.stac.signed import scrub
from stac.samples import bent, box, every_record, holds_a_signature, record, with_properties


@pytest.mark.parametrize("form", [dict, to_item], ids=["records", "items"])
def test_a_saved_collection_is_valid_and_opens_nothing(form, tmp_path):
    path = write_item_collection([form(raw) for raw in every_record()], tmp_path / "items.json")
    text = path.read_text()
    assert not holds_a_signature(text)
    features = json.loads(text)["features"]
    for item in features:
        JsonSchemaSTACValidator().validate_core(item, STACObjectType.ITEM, "1.1.0")
        assert find_problems(item) == []
    assert features[0]["assets"]["grd-tif"]["href"] == "https://content.example/0f3a/grd-tif"
    assert features[0]["assets"]["grd-tif"]["iceye:href_expired"] is True


def test_signed_links_are_found_wherever_they_hide():
    raw = with_properties({"iceye:deep": [{"link": "https://content.example/p?Signature=c2lnbmVk"}]})
    assert "/properties/iceye:deep/0/link" in find_signed_links(raw)
    assert find_signed_links(item_dict(raw)) == []


def test_scrubbing_leaves_ordinary_text_alone():
    assert scrub({"title": "Is it? Yes #1", "n": [1, None]}) == {"title": "Is it? Yes #1", "n": [1, None]}


def test_a_hopeless_record_is_left_out_of_the_file():
    with pytest.warns(SkippedRecordWarning):
        assert len(item_collection_dict([{}, record()])["features"]) == 1


def test_geojson_is_flat_and_geopandas_reads_it(tmp_path):
    path = write_geojson(every_record(), tmp_path / "footprints.geojson")
    gdf = gpd.read_file(path)
    assert list(gdf["id"]) == [raw["id"] for raw in every_record()]
    assert set(gdf["sar:polarizations"]) == {"VV"}
    assert not holds_a_signature(path.read_text())
    assert "assets" not in to_geojson([record()])["features"][0]


def test_a_table_is_written_like_its_items(tmp_path):
    gdf = to_geodataframe([*every_record(), bent(geometry=None)])
    path = write_geojson(gdf, tmp_path / "table.geojson")
    back = json.loads(path.read_text())["features"]
    assert back[0]["geometry"] == to_geojson([record()])["features"][0]["geometry"]
    assert back[0]["properties"]["start_datetime"] == "2024-12-13T12:58:22.109265Z"
    assert back[0]["properties"]["sar:polarizations"] == "VV"
    assert back[0]["properties"]["datetime"] is None
    assert back[3]["geometry"] is None
    assert len(gpd.read_file(path)) == 4


def test_geoparquet_gives_the_same_frame_back(tmp_path):
    records = [*every_record(), bent(geometry=box(179.5, 10, -179.5, 11))]
    path = to_geoparquet(records, tmp_path / "archive.parquet")
    assert_geodataframe_equal(read_geoparquet(path), to_geodataframe(records))
    assert not holds_a_signature(path.read_bytes().decode("latin1"))
    assert gpd.read_parquet(path).crs is not None


def test_geoparquet_items_come_back_valid(tmp_path):
    items = read_geoparquet_items(to_geoparquet(every_record(), tmp_path / "archive.parquet"))
    for item, raw in zip(items, every_record(), strict=True):
        JsonSchemaSTACValidator().validate_core(item, STACObjectType.ITEM, "1.1.0")
        assert find_problems(item) == []
        assert item["id"] == raw["id"]
        assert item["assets"] == item_dict(raw)["assets"]


def test_geoparquet_takes_mixed_and_nested_properties(tmp_path):
    records = [with_properties({"iceye:odd": value}) for value in (1, "one", {"a": [1]}, [], None)]
    items = read_geoparquet_items(to_geoparquet(records, tmp_path / "archive.parquet"))
    assert [item["properties"].get("iceye:odd") for item in items] == [1, "one", {"a": [1]}, [], None]


def test_without_the_extra_the_message_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "stac_geoparquet", None)
    monkeypatch.setitem(__import__("sys").modules, "stac_geoparquet.arrow", None)
    with pytest.raises(MissingExtraError, match=r"pip install .*iceye-geo\[archive\]"):
        to_geoparquet([record()], tmp_path / "a.parquet")
