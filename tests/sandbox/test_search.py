from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import shapely
from shapely.affinity import translate

from iceye_geo.sandbox.contracts import Contracts

from .api import Api

Items = list[dict[str, Any]]

UNKNOWN = "7d1f7a3c-8c0f-4a53-9d0a-5f2c6d1a0001"
HELSINKI = [24.5, 60.0, 25.5, 60.4]


@pytest.fixture(scope="module")
def everything(sandbox: Any) -> Items:
    """All public items, in the default order."""
    made = Api(sandbox)
    try:
        return made.items()
    finally:
        made.http.close()


def shape_of(item: dict[str, Any]) -> shapely.Geometry:
    """The footprint, with longitudes counted on beyond 180 degrees."""
    ring = item["geometry"]["coordinates"][0]
    crosses = item["bbox"][0] > item["bbox"][2]
    return shapely.Polygon([(lon + 360 if crosses and lon < 0 else lon, lat) for lon, lat in ring])


def times(item: dict[str, Any]) -> tuple[datetime, datetime]:
    properties = item["properties"]
    return (
        datetime.fromisoformat(properties["start_datetime"]),
        datetime.fromisoformat(properties["end_datetime"]),
    )


def refused(answer: Any, status: int = 400) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["message"])


def ids(items: list[dict[str, Any]]) -> set[str]:
    return {item["id"] for item in items}


def test_bbox_gives_exactly_the_footprints_that_meet_it(api: Any, everything: Items) -> None:
    box = shapely.box(-10, 35, 30, 60)
    everything = [item for item in everything if item["bbox"][0] < item["bbox"][2]]
    assert ids(api.items(bbox=[-10, 35, 30, 60])) == ids(
        [i for i in everything if shape_of(i).intersects(box)]
    )


def test_a_bbox_across_the_antimeridian_finds_both_sides(api: Any, everything: Items) -> None:
    found = api.items(bbox=[179, -90, -179, 90])
    strip = shapely.box(179, -90, 181, 90)
    expected = [i for i in everything if any(shapely.intersects(strip, [shape_of(i), _turned(i)]))]
    assert ids(found) == ids(expected)
    assert any(item["bbox"][0] > item["bbox"][2] for item in found)


def _turned(item: dict[str, Any]) -> shapely.Geometry:
    return translate(shape_of(item), xoff=360.0)


def test_intersects_takes_any_geometry_type(api: Any) -> None:
    point = {"type": "Point", "coordinates": [24.95, 60.16]}
    line = {"type": "LineString", "coordinates": [[24.0, 60.16], [26.0, 60.16]]}
    polygon = shapely.geometry.mapping(shapely.box(*HELSINKI))
    many = {"type": "GeometryCollection", "geometries": [point, line]}
    on_point, on_line = ids(api.items(intersects=point)), ids(api.items(intersects=line))
    assert on_point
    assert on_point <= on_line <= ids(api.items(intersects=polygon))
    assert ids(api.items(intersects=many)) == on_point | on_line
    assert ids(api.items(intersects=polygon)) == ids(api.items(bbox=HELSINKI))


def test_intersects_beyond_180_degrees_reaches_the_other_side(api: Any) -> None:
    beyond = shapely.geometry.mapping(shapely.box(179, -90, 181, 90))
    assert ids(api.items(intersects=beyond)) == ids(api.items(bbox=[179, -90, -179, 90]))


@pytest.mark.parametrize(
    "value",
    [
        None,
        "POINT (0 0)",
        {"type": "Polygon"},
        {"type": "Circle", "coordinates": []},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[["a", "b"]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
        {"type": "Point", "coordinates": [0, 91]},
        {"type": "Point", "coordinates": [1000, 0]},
        {"type": "Point", "coordinates": {"lon": 1}},
        {"type": "GeometryCollection", "geometries": [{"type": "Point"}]},
        {"type": "GeometryCollection", "coordinates": [1]},
    ],
    ids=repr,
)
def test_an_area_that_is_none_is_refused(api: Any, value: Any) -> None:
    assert "intersects" in refused(api.search(intersects=value))


@pytest.mark.parametrize(
    "value",
    [None, "1,2,3,4", [1, 2, 3], [1, 2, 3, 4, 5, 6], [0, 10, 1, 5], [-181, 0, 0, 1], [0, -91, 1, 0], [0, "0", 1, 1],
     [0, 0, 1, True]],
    ids=repr,
)  # fmt: skip
def test_a_bbox_that_is_none_is_refused(api: Any, value: Any) -> None:
    assert "bbox" in refused(api.search(bbox=value))


def test_bbox_and_intersects_exclude_each_other_unless_the_option_says_otherwise(
    api: Any, start: Any
) -> None:
    both = {"bbox": [0, 0, 90, 90], "intersects": shapely.geometry.mapping(shapely.box(-90, 0, 90, 90))}
    assert "exclude" in refused(api.search(**both))
    other = start(bbox_with_intersects="apply")
    assert ids(other.items(**both)) == ids(other.items(bbox=[0, 0, 90, 90]))


@pytest.mark.parametrize("half", ["{t}/..", "../{t}", "{t}/", "/{t}"])
def test_an_open_interval_keeps_what_overlaps_it(api: Any, everything: Items, half: str) -> None:
    moment = "2026-01-01T00:00:00Z"
    at = datetime.fromisoformat(moment)
    later = half.startswith("{t}")
    expected = [i for i in everything if (times(i)[1] >= at if later else times(i)[0] <= at)]
    assert ids(api.items(datetime=half.format(t=moment))) == ids(expected)
    assert 0 < len(expected) < len(everything)


def test_a_closed_interval_and_an_instant_keep_what_overlaps_them(api: Any, everything: Items) -> None:
    item = everything[40]
    first, last = item["properties"]["start_datetime"], item["properties"]["end_datetime"]
    for text in (first, last, f"{first}/{last}", first.replace("Z", "+00:00")):
        assert item["id"] in ids(api.items(datetime=text))
    middle = (times(item)[0] + (times(item)[1] - times(item)[0]) / 2).isoformat()
    assert item["id"] in ids(api.items(datetime=middle))


def test_offsets_in_times_are_understood(api: Any) -> None:
    zulu, offset = "2026-01-01T00:00:00Z/..", "2026-01-01T02:00:00+02:00/.."
    assert ids(api.items(datetime=zulu)) == ids(api.items(datetime=offset))


@pytest.mark.parametrize(
    "text",
    ["", "..", "../..", "/", "2025-01-01", "2025-01-01T00:00:00", "2025-13-01T00:00:00Z", "yesterday",
     "2025-01-02T00:00:00Z/2025-01-01T00:00:00Z", "a/b/c", None, 5],
    ids=repr,
)  # fmt: skip
def test_a_datetime_that_is_none_is_refused(api: Any, text: Any) -> None:
    assert "datetime" in refused(api.search(datetime=text))


def test_ids_choose_items(api: Any, everything: Items) -> None:
    some = [item["id"] for item in everything[5:8]]
    assert ids(api.items(ids=[*some, "unknown"])) == set(some)
    assert api.items(ids=[]) == []
    got = api.get("/catalog/v2/items", params={"ids": ",".join(some)}).json()["data"]
    assert ids(got) == set(some)


OPERATORS = [
    ("sar:product_type", "eq", "GRD", lambda v: v == "GRD"),
    ("sar:product_type", "neq", "GRD", lambda v: v != "GRD"),
    ("sar:product_type", "in", ["GRD", "SLC"], lambda v: v in ("GRD", "SLC")),
    ("sar:product_type", "in", [], lambda v: False),
    ("sar:product_type", "endsWith", "-COG", lambda v: v.endswith("-COG")),
    ("sar:product_type", "contains", "L", lambda v: "L" in v),
    ("sat:orbit_state", "startsWith", "asc", lambda v: v.startswith("asc")),
    ("sar:observation_direction", "eq", "left", lambda v: v == "left"),
    ("sar:instrument_mode", "eq", "scan", lambda v: v == "scan"),
    ("sar:polarizations", "contains", "VV", lambda v: "VV" in v),
    ("sar:polarizations", "in", ["HH"], lambda v: "HH" in v),
    ("iceye:incidence_center", "gt", 30, lambda v: v > 30),
    ("iceye:incidence_center", "lt", 25.5, lambda v: v < 25.5),
    ("iceye:satellite_look_angle", "gte", 27.5, lambda v: v is not None and v >= 27.5),
    ("iceye:satellite_look_angle", "lte", 27.5, lambda v: v is not None and v <= 27.5),
    ("sar:looks_azimuth", "eq", 4, lambda v: v == 4),
    ("frame_id", "startsWith", "42", lambda v: v.startswith("42")),
    ("start_datetime", "gt", "2026-01-01T00:00:00Z", lambda v: v > "2026-01-01T00:00:00"),
    ("end_datetime", "lte", "2025-12-31T23:59:59Z", lambda v: v <= "2025-12-31T23:59:59Z"),
]


@pytest.mark.parametrize(("name", "operator", "operand", "test"), OPERATORS)
def test_every_operator_is_applied(
    api: Any, everything: Items, name: str, operator: str, operand: Any, test: Any
) -> None:
    found = ids(api.items(query={name: {operator: operand}}))
    assert found == ids([i for i in everything if test(i["properties"].get(name))])


def test_operators_and_properties_of_one_query_all_hold(api: Any) -> None:
    query = {
        "iceye:incidence_center": {"gt": 20, "lt": 30},
        "sar:product_type": {"in": ["SLC", "GRD"]},
        "sat:orbit_state": {"startsWith": "asc"},
    }
    found = api.items(query=query)
    assert found
    for properties in (item["properties"] for item in found):
        assert 20 < properties["iceye:incidence_center"] < 30
        assert properties["sar:product_type"] in ("SLC", "GRD")
        assert properties["sat:orbit_state"] == "ascending"


def test_null_meets_no_condition(api: Any, everything: Items) -> None:
    nulls = [i for i in everything if i["properties"]["iceye:satellite_look_angle"] is None]
    assert nulls
    for operators in ({"gt": 0}, {"lte": 90}, {"neq": 5}):
        found = api.items(query={"iceye:satellite_look_angle": operators})
        assert not ids(found) & ids(nulls)


@pytest.mark.parametrize(
    "query",
    [
        None,
        [],
        {"sar:product_type": "GRD"},
        {"sar:product_type": {"like": "G%"}},
        {"sar:product_type": {"eq": 5}},
        {"sar:product_type": {"gt": True}},
        {"sar:product_type": {"in": "GRD"}},
        {"sar:product_type": {"in": [1]}},
        {"sar:product_type": {"startsWith": 1}},
        {"iceye:incidence_center": {"gt": "30"}},
        {"iceye:incidence_center": {"startsWith": "3"}},
        {"iceye:incidence_center": {"eq": None}},
        {"start_datetime": {"gt": "January"}},
        {"product_type": {"eq": "GRD"}},
    ],
    ids=repr,
)
def test_a_query_without_meaning_is_refused(api: Any, query: Any) -> None:
    assert "query" in refused(api.search(query=query)) or "start_datetime" in query


def test_unknown_names_can_be_ignored_by_option(start: Any) -> None:
    api = start(unknown_search_fields="ignore")
    assert api.search(fields=["id"]).status_code == 200
    assert api.items(query={"product_type": {"eq": "GRD"}}) == []
    assert api.search(sortby=[{"field": "product_type"}]).status_code == 200


def test_unknown_fields_are_refused(api: Any) -> None:
    assert "fields of a search" in refused(api.search(fields=["id"]))


@pytest.mark.parametrize(
    "name", ["start_datetime", "iceye:incidence_center", "sar:product_type", "id", "created"]
)
def test_both_forms_of_sorting_agree_and_sort(api: Any, name: str) -> None:
    down = api.search(limit=200, sortby=[{"field": name, "direction": "desc"}]).json()["data"]
    up = api.search(limit=200, sortby=[{"field": name}]).json()["data"]
    texts = [_value(item, name) for item in up]
    assert texts == sorted(texts)
    assert [_value(i, name) for i in down] == sorted((_value(i, name) for i in down), reverse=True)
    for sign, expected in (("-", down), ("+", up), ("", up)):
        got = api.get("/catalog/v2/items", params={"limit": 200, "sortby": sign + name}).json()["data"]
        assert [i["id"] for i in got] == [i["id"] for i in expected]


def _value(item: dict[str, Any], name: str) -> Any:
    value = item[name] if name == "id" else item["properties"][name]
    return datetime.fromisoformat(value) if name.endswith("datetime") or name == "created" else value


def test_sorting_by_several_properties_and_nulls_last(api: Any) -> None:
    items = api.items(
        sortby=[{"field": "sar:instrument_mode", "direction": "desc"}, {"field": "iceye:chirp_bandwidth"}]
    )
    modes = [item["properties"]["sar:instrument_mode"] for item in items]
    assert modes == sorted(modes, reverse=True)
    strip = [
        i["properties"]["iceye:chirp_bandwidth"]
        for i in items
        if modes[0] == i["properties"]["sar:instrument_mode"]
    ]
    numbers = [value for value in strip if value is not None]
    assert strip == sorted(numbers) + [None] * (len(strip) - len(numbers))


@pytest.mark.parametrize(
    "sortby", [None, "start_datetime", [{}], ["-start_datetime"], [{"field": "id", "direction": "up"}],
               [{"field": "start_time"}], [{"field": 1}]],
    ids=repr,
)  # fmt: skip
def test_a_sort_order_without_meaning_is_refused(api: Any, sortby: Any) -> None:
    assert "sortby" in refused(api.search(sortby=sortby))


def test_the_newest_come_first_by_default(api: Any, everything: Items) -> None:
    starts = [times(item)[0] for item in everything]
    assert starts == sorted(starts, reverse=True)


@pytest.mark.parametrize("limit", [0, -1, 201, 1.5, "5", None, True])
def test_a_limit_out_of_range_is_refused(api: Any, limit: Any) -> None:
    assert "limit" in refused(api.search(limit=limit))


@pytest.mark.parametrize("limit", ["0", "201", "x", "", "1_0"])
def test_a_limit_out_of_range_is_refused_on_get(api: Any, limit: str) -> None:
    assert "limit" in refused(api.get("/catalog/v2/items", params={"limit": limit}))


def test_a_limit_above_the_maximum_can_be_cut_by_option(start: Any) -> None:
    api = start(limit_above_maximum="cut", scenes=150)
    assert len(api.search(limit=1000).json()["data"]) == 200


def test_the_default_limit_is_ten(api: Any) -> None:
    assert len(api.search().json()["data"]) == 10


def test_public_is_the_default_collection(api: Any, everything: Items) -> None:
    assert {item["collection"] for item in everything} == {"public"}
    assert ids(api.items(collections=["public"])) == ids(everything)


@pytest.mark.parametrize("name", ["curated", "tasking"])
def test_collections_without_known_meaning_are_empty(api: Any, name: str) -> None:
    assert api.items(collections=[name]) == []


@pytest.mark.parametrize("value", [["everything"], "public", [1], None], ids=repr)
def test_unknown_collections_are_refused(api: Any, value: Any) -> None:
    assert "collections" in refused(api.search(collections=value))


def test_private_needs_a_contract(api: Any) -> None:
    assert "contractID" in refused(api.search(collections=["private"]))


def test_a_contract_that_is_none_is_refused(api: Any) -> None:
    assert "UUID" in refused(api.search(contractID="x"))
    assert "company" in refused(api.search(contractID=UNKNOWN), 403)


def test_each_contract_sees_what_it_owns(api: Any, everything: Items) -> None:
    contracts: Contracts = api.sandbox.platform.contracts
    owned = [ids(api.items(collections=["private"], contractID=contract_id)) for contract_id in contracts]
    assert owned[0] >= owned[1] >= owned[2]
    assert owned[2]
    assert not owned[0] & ids(everything)


def test_get_and_post_find_the_same(api: Any) -> None:
    contract = api.sandbox.contract_id
    posted = api.search(
        bbox=[-180, -60, 180, 80],
        datetime="2025-06-01T00:00:00Z/..",
        collections=["public", "private"],
        contractID=contract,
        sortby=[{"field": "start_datetime"}],
        limit=25,
    ).json()["data"]
    parameters = {
        "bbox": "-180,-60,180,80",
        "datetime": "2025-06-01T00:00:00Z/..",
        "collections": "public,private",
        "contractID": contract,
        "sortby": "+start_datetime",
        "limit": 25,
    }
    got = api.get("/catalog/v2/items", params=parameters).json()["data"]
    assert [i["id"] for i in got] == [i["id"] for i in posted]


@pytest.mark.parametrize("bbox", ["1,2,3", "a,b,c,d", "nan,0,1,1", ""])
def test_a_bbox_that_is_none_is_refused_on_get(api: Any, bbox: str) -> None:
    assert "bbox" in refused(api.get("/catalog/v2/items", params={"bbox": bbox}))
