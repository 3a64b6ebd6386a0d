"""What is recognised, and how each v1 value becomes v2; the examples are the guide's own."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from iceye_geo.errors import InvalidInputError
from iceye_geo.migration import migrate, migrate_file

CONFIG = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
CONTRACT = "550e8400-e29b-41d4-a716-446655440000"
TASK_V1: dict[str, Any] = {
    "contractID": CONTRACT,
    "pointOfInterest": {"lat": 60.1699, "lon": 24.9384},
    "acquisitionWindow": {"start": "2025-01-15T00:00:00Z", "end": "2025-01-17T00:00:00Z"},
    "imagingMode": "SPOTLIGHT",
    "exclusivity": "PRIVATE",
    "priority": "COMMERCIAL",
    "sla": "SLA_8H",
    "eula": "STANDARD",
    "additionalProductTypes": ["SIDD"],
    "deliveryLocations": [{"method": "sftp", "path": "/data/imagery", "subPath": "tasking"}],
}
PURCHASE_V1 = {
    "itemIds": ["item1", "item2", "item3"],
    "contractId": CONTRACT,
    "companyName": "ACME Corp",
    "contactPerson": "John Doe",
    "reference": "Project Alpha",
}
PRODUCTS_V1 = [
    {
        "type": "GRD",
        "assets": [
            {
                "title": "GRD Image",
                "contentType": "application/octet-stream",
                "downloadURL": "https://cdn.example.com/grd-image.tif",
            }
        ],
    }
]


def lost(migration: Any) -> list[str]:
    return [f.path for f in migration.lost]


def test_the_guides_task_loses_its_sftp_place_and_its_additional_products_and_says_so() -> None:
    migration = migrate(TASK_V1)
    assert migration.kind == "task request"
    assert lost(migration) == ["additionalProductTypes", "deliveryLocations[0]"]
    assert "S3 only" in migration.lost[1].reason
    kept = {k: v for k, v in TASK_V1.items() if k not in {"additionalProductTypes", "deliveryLocations"}}
    assert migration.result == kept


def test_what_the_caller_knows_carries_the_guides_task_over() -> None:
    migration = migrate(TASK_V1, configs={"/data/imagery": CONFIG}, product_types=["GRD-COG"])
    assert migration.complete
    assert migration.result["deliveries"] == [
        {"locations": [{"configID": CONFIG, "path": "/data/imagery", "subPath": "tasking"}]}
    ]
    assert migration.result["productTypes"] == ["GRD-COG", "SIDD"]
    assert [f.severity for f in migration.findings] == ["changed", "check"]


def test_an_s3_place_without_a_config_is_lost_and_names_where_configs_are_listed() -> None:
    migration = migrate(
        TASK_V1 | {"deliveryLocations": [{"method": "s3", "path": "b"}], "additionalProductTypes": []}
    )
    assert lost(migration) == ["deliveryLocations[0]"]
    assert "client.delivery.locations()" in migration.lost[0].reason


def test_a_field_v2_would_refuse_is_pointed_out() -> None:
    (finding,) = migrate({"imagingMode": "SCAN", "colour": "red"}).findings
    assert (finding.path, finding.severity) == ("colour", "check")


def test_a_v1_task_answer_gets_deliveries() -> None:
    answer = {
        "id": "t",
        "status": "DONE",
        "imagingMode": "SCAN",
        "deliveryLocations": [{"method": "s3", "path": "b"}],
    }
    migration = migrate(answer)
    assert migration.kind == "task"
    assert migration.result == {
        "id": "t", "status": "DONE", "imagingMode": "SCAN", "deliveries": [{"locations": [{"path": "b"}]}],
    }  # fmt: skip


def test_the_guides_search_becomes_its_v2_form() -> None:
    v1 = {
        "bbox": [-5, 28, 56, 44],
        "query": {
            "incidence_angle": {"gt": 15, "lt": 35},
            "product_type": {"in": ["SLC", "GRD"]},
            "orbit_state": {"startsWith": "asc"},
        },
        "limit": 50,
    }
    migration = migrate(v1)
    assert migration.complete
    assert migration.result == {
        "bbox": [-5, 28, 56, 44],
        "query": {
            "iceye:incidence_center": {"gt": 15, "lt": 35},
            "sar:product_type": {"in": ["SLC", "GRD"]},
            "sat:orbit_state": {"startsWith": "asc"},
        },
        "limit": 50,
    }
    assert [f.path for f in migration.findings] == [
        "query.incidence_angle",
        "query.product_type",
        "query.orbit_state",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("-start_time,+orbit_state", "-start_datetime,+sat:orbit_state"),
        ([{"field": "end_time", "direction": "asc"}], [{"field": "end_datetime", "direction": "asc"}]),
        (["-start_time", "created"], ["-start_datetime", "created"]),
        ({"odd": 1}, {"odd": 1}),
    ],
)
def test_sort_orders_are_renamed_in_every_form(before: Any, after: Any) -> None:
    assert migrate({"bbox": [0, 0, 1, 1], "sortby": before}).result["sortby"] == after


def test_image_mode_is_carried_to_the_instrument_mode_for_a_person_to_check() -> None:
    migration = migrate({"query": {"image_mode": {"eq": "spotlight"}}})
    assert migration.result == {"query": {"sar:instrument_mode": {"eq": "spotlight"}}}
    assert [f.severity for f in migration.findings] == ["check"]


def test_image_mode_beside_another_instrument_mode_is_lost_not_merged() -> None:
    migration = migrate({"query": {"image_mode": {"eq": "scan"}, "instrument_mode": {"eq": "spotlight"}}})
    assert migration.result == {"query": {"sar:instrument_mode": {"eq": "spotlight"}}}
    assert lost(migration) == ["query.image_mode"]


def test_a_value_under_both_names_keeps_the_v2_one() -> None:
    item = {
        "type": "Feature",
        "collection": "",
        "properties": {"orbit_state": "ascending", "sat:orbit_state": "descending"},
    }
    migration = migrate(item)
    assert migration.result["properties"] == {"sat:orbit_state": "descending"}
    assert lost(migration) == ["properties.orbit_state"]


def test_the_guides_purchase_needs_the_frames_of_its_items() -> None:
    migration = migrate(PURCHASE_V1)
    assert migration.result == {"contractID": CONTRACT, "reference": "Project Alpha"}
    assert lost(migration) == ["companyName", "contactPerson", "itemIds[0]", "itemIds[1]", "itemIds[2]"]


def test_several_items_become_one_purchase_per_frame() -> None:
    migration = migrate(PURCHASE_V1, frames={"item1": "1_1", "item2": "1_1", "item3": "2_1"})
    assert migration.result == [
        {"frameID": "1_1", "contractID": CONTRACT, "reference": "Project Alpha"},
        {"frameID": "2_1", "contractID": CONTRACT, "reference": "Project Alpha"},
    ]
    assert any(f.path == "itemIds" and f.severity == "check" for f in migration.findings)
    assert "bought once" in next(f.reason for f in migration.findings if f.path == "itemIds[1]")


def test_purchase_answers_are_renamed() -> None:
    assert migrate({"purchaseId": "p"}).result == {"id": "p"}
    migration = migrate(
        {"data": [{"id": "p", "customerName": "ACME", "contractName": "C", "status": "closed"}]}
    )
    assert migration.kind == "page of purchase"
    assert migration.result == {"data": [{"id": "p", "status": "closed"}]}
    assert lost(migration) == ["data[0].customerName", "data[0].contractName"]


def test_the_guides_products_become_a_page_of_items_with_assets_by_key() -> None:
    migration = migrate(PRODUCTS_V1)
    assert migration.kind == "task products"
    (item,) = migration.result["data"]
    assert item["assets"] == {
        "grd-tif": {
            "href": "https://cdn.example.com/grd-image.tif", "title": "GRD Image",
            "type": "image/tiff; application=geotiff", "roles": ["data"],
        }
    }  # fmt: skip
    assert item["properties"] == {"sar:product_type": "GRD"}
    assert item["geometry"] is None
    assert migration.complete


def test_assets_that_would_share_a_key_stay_apart() -> None:
    assets = [{"title": "GRD", "downloadURL": f"https://h/{n}.tif"} for n in "ab"]
    result = migrate([{"type": "GRD-COG", "assets": assets}]).result
    assert list(result["data"][0]["assets"]) == ["grd-cog", "grd-cog-2"]


def test_a_signed_link_is_reported_as_short_lived_and_never_shown_in_a_report() -> None:
    url = "https://h/a.tif?Signature=planted"
    migration = migrate([{"type": "GRD", "assets": [{"title": "x", "downloadURL": url}]}])
    assert any("one hour" in f.reason for f in migration.findings)
    assert "planted" not in migration.report() + migration._repr_html_() + repr(migration.findings)


def test_items_cached_from_v1_open_as_stac_items() -> None:
    from iceye_geo.stac import to_item

    ring = [[24.9, 60.1], [25.0, 60.1], [25.0, 60.2], [24.9, 60.1]]
    cached = {
        "type": "Feature", "stac_version": "1.0.0-beta.1", "id": "i-1", "bbox": [24.9, 60.1, 25.0, 60.2],
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {
            "frame_id": "17_1", "start_time": "2024-01-01T10:00:00Z", "end_time": "2024-01-01T10:00:10Z",
            "product_type": "GRD", "orbit_state": "descending", "incidence_angle": 31.5,
            "polarizations": ["VV"],
        },
        "assets": {},
    }  # fmt: skip
    migration = migrate({"type": "FeatureCollection", "features": [cached]})
    item = to_item(migration.result["features"][0])
    assert item.properties["sat:orbit_state"] == "descending"
    assert item.properties["view:incidence_angle"] == 31.5
    assert item.properties["start_datetime"].startswith("2024-01-01T10:00:00")


@pytest.mark.parametrize(
    "text",
    ["grant_type=password&username=me&password=planted", {"grant_type": "password", "password": "planted"}],
)
def test_the_password_grant_is_lost_and_the_password_is_not_repeated(text: Any) -> None:
    migration = migrate(text)
    assert migration.result == {"grant_type": "client_credentials"}
    assert "grant_type" in lost(migration)
    assert "planted" not in repr(migration) + migration.report()


def test_source_text_is_rewritten_where_it_is_safe_and_pointed_out_where_not() -> None:
    source = '\n'.join([
        'url = BASE + "/api/catalog/v1/items?sortby=-start_time,created"',
        'items[0]["properties"]["orbit_state"]',
        'data = {"grant_type": "password"}',
        'company = BASE + "/api/company/v1/contracts"',
        'other = "/api/tasking/v10/x"',
    ])  # fmt: skip
    migration = migrate(source)
    assert migration.kind == "source text"
    lines = migration.result.split("\n")
    assert lines[0] == 'url = BASE + "/api/catalog/v2/items?sortby=-start_datetime,created"'
    assert lines[1:] == source.split("\n")[1:]
    assert [(f.path, f.severity) for f in migration.findings] == [
        ("line 1", "changed"), ("line 1", "changed"), ("line 2", "check"), ("line 3", "lost"),
    ]  # fmt: skip


def test_notebook_cells_are_rewritten_and_keep_their_shape() -> None:
    cell = {"cell_type": "code", "source": ["get('/api/tasking/v1/tasks')\n", "1"]}
    migration = migrate({"cells": [cell], "nbformat": 4})
    assert migration.result["cells"][0]["source"] == ["get('/api/tasking/v2/tasks')\n", "1"]
    assert migration.findings[0].path == "cells[0].line 1"


def test_unknown_values_are_left_alone_and_said() -> None:
    migration = migrate({"hello": 1})
    assert (migration.kind, migration.result) == ("unknown", {"hello": 1})
    assert migration.findings[0].severity == "check"


def test_v2_bodies_pass_unchanged() -> None:
    for body in (
        {"frameID": "1_1", "contractID": CONTRACT, "query": {"sat:orbit_state": {"eq": "x"}}},
        {k: v for k, v in TASK_V1.items() if k not in {"additionalProductTypes", "deliveryLocations"}},
    ):
        migration = migrate(body)
        assert migration.result == body
        assert migration.findings == []


def test_a_file_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "purchase.json"
    path.write_text(json.dumps(PURCHASE_V1))
    assert migrate_file(path, frames={"item1": "1_1"}).result["frameID"] == "1_1"
    assert json.loads(path.read_text()) == PURCHASE_V1


def test_a_file_that_cannot_be_read_says_which(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"missing\.json"):
        migrate_file(tmp_path / "missing.json")
    (tmp_path / "b").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInputError, match="cannot be read as text"):
        migrate_file(tmp_path / "b")


def test_other_types_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="this is a int"):
        migrate(3)


def test_the_report_is_a_table_for_pandas_and_for_notebooks() -> None:
    migration = migrate(PURCHASE_V1)
    frame = migration.to_dataframe()
    assert list(frame.columns) == ["path", "before", "after", "reason", "severity"]
    assert len(frame) == len(migration.findings)
    assert "companyName" in migration._repr_html_()
    assert migration.summary == "purchase request: 1 changed, 5 lost"


_names = st.sampled_from(
    ["itemIds", "query", "sortby", "properties", "type", "assets", "data", "features", "status", "id",
     "additionalProductTypes", "deliveryLocations", "imagingMode", "purchaseId", "grant_type", "cells",
     "source", "cell_type", "start_time", "field"]
)  # fmt: skip
_words = st.sampled_from(["Feature", "start_time", "password"])
_leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | _words
_json = st.recursive(
    _leaves, lambda x: st.lists(x, max_size=3) | st.dictionaries(_names, x, max_size=5), max_leaves=15
)


@settings(max_examples=200, deadline=None)
@example({"cell_type": "code", "source": [None]})
@example({"cell_type": "code", "source": 5})
@given(st.dictionaries(_names, _json, max_size=5) | st.lists(_json, max_size=3))
def test_any_json_is_migrated_without_a_fault_and_without_touching_the_input(value: Any) -> None:
    before = copy.deepcopy(value)
    migration = migrate(value)
    assert value == before
    json.dumps(migration.result)
    migration.report()


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_text_is_migrated_without_a_fault(text: str) -> None:
    assert isinstance(migrate(text).report(), str)
