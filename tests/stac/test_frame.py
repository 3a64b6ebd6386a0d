import copy
import json
import math
import pickle
import random
import warnings

import geopandas as gpd
import pandas as pd
import pystac
import pytest
from geopandas.testing import assert_geodataframe_equal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from iceye_geo.errors import (
    DroppedValueWarning,
    NormalisationError,
    SharedValueError,
    SkippedRecordWarning,
)
from iceye_geo.stac import to_geodataframe, to_item
from iceye_geo.stac.columns import COLUMNS, DTYPES
from iceye_geo.stac.normalise import normalise
from iceye_geo.stac.signed import scrub
from iceye_geo.stac.values import read_time
from stac.samples import bent, box, every_record, holds_a_signature, record, with_properties
from stac.test_normalise import OTHERS, wild_records


def expected_dtypes() -> dict[str, str]:
    return {name: "geometry" if kind == "geometry" else DTYPES[kind] for name, kind in COLUMNS.items()}


def dtypes_of(gdf) -> dict[str, str]:
    return {name: str(dtype) for name, dtype in gdf.dtypes.items()}


@pytest.mark.parametrize("records", [[], every_record(), [bent(assets={}, geometry=None)]], ids=len)
def test_columns_dtypes_and_crs_are_always_the_same(records):
    gdf = to_geodataframe(records)
    assert list(gdf.columns) == list(COLUMNS)
    assert dtypes_of(gdf) == expected_dtypes()
    assert gdf.crs == "EPSG:4326"
    assert isinstance(gdf, gpd.GeoDataFrame)


def test_empty_and_full_frames_can_be_put_together():
    both = pd.concat([to_geodataframe([]), to_geodataframe(every_record())])
    assert dtypes_of(both) == expected_dtypes()
    assert both.crs == "EPSG:4326"


def test_the_values_of_the_guide_arrive():
    row = to_geodataframe([record()]).iloc[0]
    assert row["id"] == record()["id"]
    assert row["iceye:frame_id"] == "4407788_1"
    assert row["start_datetime"] == pd.Timestamp("2024-12-13T12:58:22.109265Z")
    assert pd.isna(row["datetime"])
    assert row["acquired"] == pd.Timestamp("2024-12-13T12:58:27.097276Z")
    assert row["sar:polarizations"] == ["VV"]
    assert row["polarization"] == "VV"
    assert row["sar:bandwidth"] == 0.116
    assert row["iceye:azimuth_resolution"] == row["sar:resolution_azimuth"] == 3.0
    assert row["bbox"] == record()["bbox"]
    assert row["geometry"].equals(shape(record()["geometry"]))


def test_no_signed_link_is_in_the_frame():
    raw = with_properties({"iceye:preview": "https://content.example/p?Signature=c2lnbmVk"})
    gdf = to_geodataframe([raw, *every_record()])
    assert not holds_a_signature(gdf.to_csv())
    assert not holds_a_signature(pickle.dumps(gdf).decode("latin1"))
    assert gdf["assets"][0]["grd-tif"] == {
        "title": "GRD data file", "type": "image/tiff; application=geotiff", "roles": ["data"],
    }  # fmt: skip
    assert gdf["iceye:preview"][0] == "https://content.example/p"


def test_no_row_can_be_changed_through_another():
    gdf = to_geodataframe([record(), record()])
    gdf["bbox"][0][0] = 0.0
    assert gdf["bbox"][1] == record()["bbox"]
    with pytest.raises(SharedValueError, match="deepcopy"):
        gdf["assets"][0]["grd-tif"]["title"] = "changed"
    for shared in (gdf["assets"][0]["grd-tif"]["roles"], gdf["sar:polarizations"][0]):
        with pytest.raises(SharedValueError):
            shared.append("changed")
    own = copy.deepcopy(gdf["assets"][0])
    own["grd-tif"]["roles"].append("changed")
    assert gdf["assets"][1]["grd-tif"]["roles"] == ["data"]


def test_rows_with_the_same_assets_share_their_description():
    gdf = to_geodataframe([record(), record(), with_properties({"iceye:processing_mode": "SC"})])
    assert len({id(assets) for assets in gdf["assets"]}) == 1
    assert pickle.loads(pickle.dumps(gdf))["assets"][0] == gdf["assets"][0]
    assert json.loads(json.dumps(gdf["assets"][0])) == gdf["assets"][0]


def test_the_records_are_not_changed():
    raws = every_record()
    to_geodataframe(raws)
    assert raws == every_record()


def test_a_hopeless_record_is_skipped_with_a_warning():
    with pytest.warns(SkippedRecordWarning) as caught:
        gdf = to_geodataframe(
            [{"id": "x"}, record(), with_properties({"start_datetime": None, "end_datetime": ""})]
        )
    assert list(gdf["id"]) == [record()["id"]]
    assert len(caught) == 2


def test_unreadable_values_are_told_once_for_all_rows():
    bad = with_properties({"created": "soon"})
    with pytest.warns(DroppedValueWarning, match="created cannot be read .* in 1 more record") as caught:
        gdf = to_geodataframe([bad, record(), bad])
    assert gdf["created"].isna().tolist() == [True, False, True]
    assert len(caught) == 1


def test_a_footprint_across_the_antimeridian_keeps_west_greater_than_east():
    gdf = to_geodataframe([bent(geometry=box(179.5, 10, -179.5, 11)), record()])
    assert gdf.geometry[0].geom_type == "MultiPolygon"
    assert gdf["bbox"][0] == [179.5, 10, -179.5, 11]


def test_a_property_the_table_does_not_know_gets_a_column_of_its_own():
    gdf = to_geodataframe(
        [with_properties({"iceye:snr": 7, "platform": "ICEYE-X42", "sar:odd": 1}), record()]
    )
    assert list(gdf.columns) == [*COLUMNS, "iceye:snr", "platform"]
    assert gdf["iceye:snr"].dtype == float
    assert gdf["iceye:snr"][0] == 7.0


def test_rows_of_another_constellation_stay_empty_where_it_says_nothing():
    other = {"id": "b", "collection": "firefly-l2a", "properties": {
        "datetime": "2026-01-01T00:00:00Z", "constellation": "pixxel", "product:type": "L2A",
    }}  # fmt: skip
    gdf = to_geodataframe([other, record(), with_properties({"sar:frequency_band": ...}), other])
    assert list(gdf["constellation"]) == ["pixxel", "iceye", "iceye", "pixxel"]
    assert list(gdf["sar:frequency_band"].fillna("-")) == ["-", "X", "X", "-"]
    assert list(gdf["product:type"].fillna("-"))[::3] == ["L2A", "L2A"]
    for name in [name for name in gdf if name.startswith(("sar:", "sat:", "iceye:"))]:
        assert gdf[name][[0, 3]].isna().all(), name
    check_agreement([other, record(), OTHERS, other])


def test_plain_pystac_items_are_taken_too():
    plain = pystac.Item.from_dict(normalise(record("v2_products")))
    assert_geodataframe_equal(to_geodataframe([plain]), to_geodataframe([record("v2_products")]))


def test_the_frame_can_be_queried_joined_and_written(tmp_path):
    gdf = to_geodataframe([*every_record(), bent(geometry=box(24, 60, 25, 61))])
    assert len(gdf[gdf["sat:orbit_state"] == "descending"]) == 4
    assert len(gdf.cx[24:25, 60:61]) == 2
    flat = gdf.drop(columns=["assets", "bbox", "sar:polarizations"])
    flat.to_file(tmp_path / "a.geojson", driver="GeoJSON")
    assert len(gpd.read_file(tmp_path / "a.geojson")) == 4


def frame_of_items(items) -> dict[str, list]:
    """What the Items give, read one by one: the slow, plain way that the frame must agree with."""
    columns: dict[str, list] = {name: [] for name in COLUMNS}
    for item in items:
        properties = item["properties"]
        own = {"id": item["id"], "bbox": item.get("bbox"), "geometry": item["geometry"]}
        own["assets"] = {
            key: {n: v for n, v in scrub(asset).items() if n not in ("href", "iceye:href_expired")}
            for key, asset in item["assets"].items()
        }
        own["polarization"] = "+".join(properties.get("sar:polarizations", [])) or None
        start, end = (read_time(properties.get(f"{name}_datetime")) for name in ("start", "end"))
        instant = read_time(properties["datetime"])
        own["acquired"] = instant if instant is not None else start + (end - start) // 2
        for name in COLUMNS:
            columns[name].append(own.get(name, properties.get(name)) if name in own else properties.get(name))
    return columns


def same(value, other, kind) -> bool:
    if kind == "geometry":
        return value is None if other is None else value is not None and value.equals(shape(other))
    if other is None or (isinstance(other, float) and math.isnan(other)):
        return value is None or (not isinstance(value, list | dict) and pd.isna(value))
    if kind == "time":
        return value == pd.Timestamp(read_time(other))
    return value == other


def check_agreement(records) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DroppedValueWarning)
        warnings.simplefilter("ignore", SkippedRecordWarning)
        items = []
        for raw in records:
            try:
                items.append(to_item(raw))
            except NormalisationError:
                continue
        gdf = to_geodataframe(records)
        assert_geodataframe_equal(gdf, to_geodataframe(items), check_like=True)
    expected = frame_of_items([item.to_dict(signed_links=True) for item in items])
    for name, kind in COLUMNS.items():
        if (
            name.startswith("iceye:")
            and kind != "time"
            and name not in ("iceye:frame_id", "iceye:collection")
        ):
            continue  # as is in the Item, cast in the frame
        pairs = zip(gdf[name], expected[name], strict=True)
        assert all(same(value, other, kind) for value, other in pairs), name


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(wild=st.lists(wild_records, max_size=4), seed=st.integers(0, 99))
def test_the_frame_agrees_with_the_items_whatever_comes(wild, seed):
    records = [*wild, *every_record(), bent(geometry=box(179, 0, -179, 1))]
    random.Random(seed).shuffle(records)
    check_agreement(records)
