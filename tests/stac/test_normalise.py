import copy
import json
import math
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pystac import STACObjectType
from pystac.validation.stac_validator import JsonSchemaSTACValidator

from iceye_geo.errors import DroppedValueWarning, NormalisationError
from iceye_geo.stac.check import find_problems
from iceye_geo.stac.names import EXTENSIONS
from iceye_geo.stac.normalise import normalise
from stac.samples import bent, box, every_record, record, with_properties


@pytest.fixture(scope="module")
def validator() -> JsonSchemaSTACValidator:
    return JsonSchemaSTACValidator()


def is_valid(validator, item) -> bool:
    validator.validate_core(item, STACObjectType.ITEM, "1.1.0")
    return find_problems(item) == []


@pytest.mark.parametrize("raw", every_record(), ids=["guide", "guide-cog", "reference"])
def test_printed_records_become_valid_items(raw, validator):
    before = copy.deepcopy(raw)
    item = normalise(raw)
    assert is_valid(validator, item)
    assert raw == before
    assert normalise(item) == item


def test_fields_of_the_guide_are_mapped_as_the_table_says():
    properties = normalise(record())["properties"]
    assert properties["sar:instrument_mode"] == "stripmap"
    assert properties["sar:bandwidth"] == 0.116
    assert properties["sar:resolution_range"] == 2.47
    assert properties["sar:resolution_azimuth"] == 3.0
    assert isinstance(properties["sar:resolution_azimuth"], float)
    assert properties["view:incidence_angle"] == 33.347347
    assert properties["view:off_nadir"] == 30.35
    assert properties["product:type"] == properties["sar:product_type"] == "GRD"
    assert properties["constellation"] == "iceye"
    assert properties["iceye:frame_id"] == properties["frame_id"] == "4407788_1"
    assert properties["iceye:source_stac_version"] == "1.0.0-beta.1"
    assert properties["datetime"] is None
    assert properties["iceye:chirp_bandwidth"] == 116000000


def test_values_in_shouting_case_are_written_as_the_extensions_want():
    raw = with_properties(
        {"sat:orbit_state": "ASCENDING", "sar:observation_direction": "RIGHT", "sar:polarizations": "hh"}
    )
    properties = normalise(raw)["properties"]
    assert properties["sat:orbit_state"] == "ascending"
    assert properties["sar:observation_direction"] == "right"
    assert properties["sar:polarizations"] == ["HH"]


@pytest.mark.parametrize("name", ["", None, ...], ids=["empty", "null", "absent"])
def test_an_empty_collection_is_left_out(name, validator):
    item = normalise(bent(collection=name))
    assert "collection" not in item
    assert "iceye:collection" not in item["properties"]
    assert is_valid(validator, item)


def test_a_named_collection_without_its_link_moves_into_the_properties(validator):
    item = normalise(record("v2_products"))
    assert "collection" not in item
    assert item["properties"]["iceye:collection"] == "tasking"
    assert is_valid(validator, item)


def test_a_named_collection_with_its_link_stays(validator):
    link = {"rel": "collection", "href": "./collection.json"}
    item = normalise(bent("v2_products", links=[link, {"rel": "broken"}]))
    assert item["collection"] == "tasking"
    assert item["links"] == [link]
    assert is_valid(validator, item)


@pytest.mark.parametrize("value", [..., None, ""], ids=["absent", "null", "empty"])
def test_without_an_instant_the_interval_stays_and_datetime_is_null(value):
    properties = normalise(with_properties({"datetime": value}))["properties"]
    assert properties["datetime"] is None
    assert properties["start_datetime"] < properties["end_datetime"]


@pytest.mark.parametrize("missing", ["start_datetime", "end_datetime"])
def test_one_end_alone_becomes_the_instant(missing, validator):
    item = normalise(with_properties({missing: ...}))
    kept = {"start_datetime", "end_datetime"} - {missing}
    assert item["properties"]["datetime"] == record()["properties"][kept.pop()]
    assert "start_datetime" not in item["properties"]
    assert "end_datetime" not in item["properties"]
    assert is_valid(validator, item)


def test_times_with_an_offset_are_written_in_utc():
    raw = with_properties({"start_datetime": "2024-12-13T14:58:22.5+02:00"})
    assert normalise(raw)["properties"]["start_datetime"] == "2024-12-13T12:58:22.500000Z"


def test_an_unreadable_created_is_dropped_with_a_warning():
    with pytest.warns(DroppedValueWarning, match="created"):
        properties = normalise(with_properties({"created": "2023-12-20T15:04:05Z07:00"}))["properties"]
    assert "created" not in properties
    assert "updated" in properties


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("nothing", "JSON object"),
        ({}, "no id"),
        (bent(id=""), "no id"),
        (bent(type="Collection"), "must be a Feature"),
        (bent(properties=None), "no properties"),
        (with_properties({"start_datetime": ..., "end_datetime": ...}), "no time"),
        (with_properties({"start_datetime": "soon", "end_datetime": "later"}), "no time"),
    ],
)
def test_a_hopeless_record_is_refused_and_kept_on_the_error(raw, reason):
    with pytest.raises(NormalisationError, match=reason) as caught:
        normalise(raw)
    assert caught.value.raw is raw


def test_a_missing_type_is_filled_in():
    assert normalise(bent(type=...))["type"] == "Feature"


def test_unknown_fields_of_an_extension_are_put_aside(validator):
    item = normalise(with_properties({"sar:new_thing": 7, "sat:mood": "calm"}))
    assert item["properties"]["iceye:unmapped"] == {"sar:new_thing": 7, "sat:mood": "calm"}
    assert is_valid(validator, item)
    assert normalise(item) == item


def test_a_second_source_steps_in_for_an_unreadable_value():
    with pytest.warns(DroppedValueWarning, match="view:off_nadir"):
        properties = normalise(with_properties({"view:off_nadir": 120}))["properties"]
    assert properties["view:off_nadir"] == 30.35


def test_extensions_are_declared_once_in_our_version_and_others_stay():
    old = "https://stac-extensions.github.io/sar/v1.0.0/schema.json"
    other = "https://stac-extensions.github.io/file/v2.1.0/schema.json"
    item = normalise(bent(stac_extensions=["sar", old, other, other]))
    assert item["stac_extensions"] == [*EXTENSIONS.values(), other]


def test_an_extension_without_a_field_is_not_declared():
    item = normalise(with_properties({"iceye:incidence_center": ..., "iceye:satellite_look_angle": ...}))
    assert EXTENSIONS["view"] not in item["stac_extensions"]


def test_a_null_geometry_goes_without_a_box(validator):
    item = normalise(bent(geometry=None))
    assert item["geometry"] is None
    assert "bbox" not in item
    assert is_valid(validator, item)


def test_an_unreadable_geometry_becomes_null_with_a_warning():
    with pytest.warns(DroppedValueWarning, match="geometry"):
        assert normalise(bent(geometry={"type": "Polygon", "coordinates": "here"}))["geometry"] is None


def test_a_wrong_box_is_made_anew():
    assert normalise(bent(bbox=[0, 0, 1, 1]))["bbox"] == record()["bbox"]


def test_a_footprint_across_the_antimeridian_is_split_and_its_box_runs_west_to_east(validator):
    item = normalise(bent(geometry=box(179.5, 10, -179.5, 11)))
    assert item["geometry"]["type"] == "MultiPolygon"
    assert item["bbox"] == [179.5, 10, -179.5, 11]
    assert is_valid(validator, item)
    assert normalise(item) == item


def test_assets_get_roles_and_lose_what_has_no_link():
    raw = record("task_products_grd_cog")
    raw["assets"] |= {"gone": {"href": None}, "empty": {"href": ""}, "odd": "text"}
    assets = normalise(raw)["assets"]
    assert set(assets) == set(record()["assets"])
    assert assets["grd-tif"]["roles"] == ["data"]
    assert assets["quickortho-tif"]["roles"] == ["overview"]
    assert assets["thumbnail-kml"]["roles"] == ["metadata"]
    assert assets["thumbnail-png"]["coordinates"]["top_left"] == [24.88545, 60.21952]
    assert "Signature=" in assets["grd-tif"]["href"]


def test_numbers_that_json_cannot_hold_do_not_get_through():
    with pytest.warns(DroppedValueWarning):
        item = normalise(with_properties({"iceye:incidence_center": math.nan, "iceye:noise": [math.inf, 1]}))
    json.dumps(item, allow_nan=False)
    assert item["properties"]["iceye:noise"] == [None, 1]


def test_nothing_in_the_item_is_shared_with_the_record():
    raw = with_properties({"iceye:nested": {"list": [1]}})
    item = normalise(raw)
    item["properties"]["iceye:nested"]["list"].append(2)
    item["geometry"]["coordinates"][0][0][0] = 0
    item["assets"]["grd-tif"]["title"] = "changed"
    assert raw == with_properties({"iceye:nested": {"list": [1]}})


OTHERS = {
    "id": "a", "collection": "firefly-l2a", "geometry": None, "properties": {
        "datetime": "2026-01-01T00:00:00Z", "constellation": "pixxel", "product:type": "L2A",
        "iceye:acquisition_mode": "spotlight", "iceye:chirp_bandwidth": 1e8, "view:off_nadir": 12,
    },
}  # fmt: skip


def test_nothing_is_filled_in_for_another_constellation():
    item = normalise(OTHERS)
    assert item["properties"] == OTHERS["properties"] | {"view:off_nadir": 12.0}
    assert [uri.rsplit("/", 3)[1] for uri in item["stac_extensions"]] == ["view", "product"]
    assert normalise(item) == item


def test_what_another_constellation_says_itself_is_read_by_the_same_rules():
    said = {"sar:frequency_band": "c", "sar:polarizations": "vv", "sat:orbit_state": "ASCENDING"}
    properties = normalise(OTHERS | {"properties": OTHERS["properties"] | said})["properties"]
    assert properties["sar:frequency_band"] == "C"
    assert properties["sar:polarizations"] == ["VV"]
    assert properties["sat:orbit_state"] == "ascending"


@pytest.mark.parametrize("named", [None, "ICEYE", "iceye", ""])
def test_records_of_iceye_are_filled_in_whether_they_name_it_or_not(named):
    properties = normalise(with_properties({"sar:frequency_band": ..., "constellation": named}))["properties"]
    assert properties["sar:frequency_band"] == "X"
    assert properties["constellation"].lower() == "iceye"


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)
times = st.sampled_from(["2024-12-13T12:58:22Z", "2024-12-13T12:58:22.1234567+02:00", "soon", "", None, 5])
numbers = st.floats(-200, 200) | st.integers(-200, 200) | st.just(math.nan)
rings = st.lists(st.lists(numbers, min_size=1, max_size=3), max_size=6)
geometries = st.none() | st.builds(
    lambda kind, coordinates: {"type": kind, "coordinates": coordinates},
    st.sampled_from(["Polygon", "MultiPolygon", "Point", "LineString", "Blob"]),
    st.lists(rings, max_size=2)
    | st.lists(st.lists(rings, max_size=2), max_size=2)
    | st.lists(numbers, max_size=3),
)
wild_properties = st.fixed_dictionaries(
    {"start_datetime": times, "end_datetime": times},
    optional={name: json_values for name in record()["properties"] if not name.endswith("_datetime")}
    | {"datetime": times, "sar:odd": json_values, "iceye:unmapped": json_values, "platform": json_values}
    | {"constellation": st.sampled_from(["iceye", "ICEYE", "pixxel", "", 5])},
)
assets = st.dictionaries(
    st.sampled_from(["grd-tif", "thumbnail-png", "x"]),
    st.dictionaries(
        st.sampled_from(["href", "title", "type", "roles", "coordinates"]), json_values, max_size=5
    ),
    max_size=3,
)
wild_records = st.builds(
    lambda properties, geometry, assets: bent(properties=properties, geometry=geometry, assets=assets),
    wild_properties, geometries, assets,
)  # fmt: skip


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raw=wild_records)
def test_whatever_comes_is_refused_or_becomes_a_valid_item_that_stays_as_it_is(raw):
    before = repr(raw)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DroppedValueWarning)
        try:
            item = normalise(raw)
        except NormalisationError:
            return
        assert normalise(item) == item
    assert repr(raw) == before
    JsonSchemaSTACValidator().validate_core(item, STACObjectType.ITEM, "1.1.0")
    assert [p for p in find_problems(item) if "later than" not in p] == []
