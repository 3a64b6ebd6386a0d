"""Searches and their results: against the running sandbox."""

from __future__ import annotations

import json
import pickle
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pystac import STACObjectType
from pystac.validation.stac_validator import JsonSchemaSTACValidator
from shapely.geometry import Point, box, mapping

from iceye_geo import Client
from iceye_geo.errors import (
    InvalidInputError,
    NotFoundError,
)
from iceye_geo.sandbox import Sandbox
from iceye_geo.settings import Settings
from iceye_geo.stac import IceyeItem, item_collection_dict
from iceye_geo.stac.check import find_problems, find_signed_links
from iceye_geo.stac.columns import COLUMNS

from .searching import EUROPE, SEARCH, Script, asked

SIGNS = ("Signature=", "Key-Pair-Id=", "Expires=")


@pytest.fixture
def private(client: Client) -> dict[str, Any]:
    """The private collection of the first contract."""
    return {"collections": "private", "contract_id": client.company.contracts()[0]}


class TestLaziness:
    def test_nothing_is_sent_until_it_is_read(self, client: Client, sandbox: Sandbox) -> None:
        search = client.catalog.search(bbox=EUROPE, limit=50)
        repr(search)
        search._repr_html_()
        search.to_code()
        assert len(sandbox.requests) == 0
        next(search.items())
        assert asked(sandbox) == 1

    def test_reading_twice_sends_once(self, client: Client, sandbox: Sandbox) -> None:
        search = client.catalog.search(bbox=EUROPE)
        first = [item.id for item in search.items()]
        sent = asked(sandbox)
        assert [item.id for item in search.items()] == first
        assert list(search.to_geodataframe()["id"]) == first
        assert [item.id for item in search.item_collection()] == first
        assert [record["id"] for record in search.records()] == first
        assert asked(sandbox) == sent

    def test_pages_are_asked_for_as_far_as_they_are_read(self, client: Client, sandbox: Sandbox) -> None:
        search = client.catalog.search(limit=20)
        items = search.items()
        for _ in range(21):
            next(items)
        assert asked(sandbox) == 2
        assert "40 items so far" in repr(search)

    def test_max_items_stops_requests(self, client: Client, sandbox: Sandbox) -> None:
        assert len(list(client.catalog.search(limit=20, max_items=40).items())) == 40
        assert asked(sandbox) == 2
        assert len(client.catalog.search(max_items=7).item_collection()) == 7
        assert asked(sandbox) == 3

    def test_a_small_answer_asks_for_a_small_page(self, client: Client) -> None:
        assert client.catalog.search(max_items=7).request.body["limit"] == 7
        assert client.catalog.search().request.body["limit"] == 200

    @pytest.mark.parametrize(
        ("inputs", "field"),
        [
            ({"bbox": (1, 2, 3)}, "bbox"), ({"intersects": "nowhere"}, "intersects"),
            ({"datetime": "soon"}, "datetime"),
            ({"query": {"product_type": {"eq": "GRD"}}}, "query.product_type"), ({"sortby": "-start_time"}, "sortby"),
            ({"ids": []}, "ids"), ({"ids": [5]}, "ids"), ({"collections": [""]}, "collections"),
            ({"contract_id": 5}, "contract_id"), ({"contract_id": " "}, "contract_id"),
            ({"limit": 0}, "limit"), ({"limit": 201}, "limit"), ({"limit": "10"}, "limit"), ({"limit": True}, "limit"),
            ({"max_items": 0}, "max_items"), ({"bbox": EUROPE, "intersects": Point(0, 0)}, "bbox, intersects"),
        ],
    )  # fmt: skip
    def test_values_are_checked_before_anything_is_sent(
        self, client: Client, sandbox: Sandbox, inputs: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(InvalidInputError) as caught:
            client.catalog.search(**inputs)
        assert caught.value.field.startswith(field)
        assert len(sandbox.requests) == 0

    def test_the_private_collection_needs_a_contract(self, script: Script) -> None:
        server, client = script
        with pytest.raises(
            InvalidInputError, match=r"contract_id: is needed .* client\.company\.contracts\(\)"
        ):
            client.catalog.search(collections=["private"])
        assert server.seen == []


class TestFilters:
    def test_every_filter_reaches_the_server(self, client: Client) -> None:
        gdf = client.catalog.search(
            bbox=EUROPE, datetime="2025-06-01/..", sortby="-start_datetime,id",
            query={"sar:product_type": ["GRD", "GRD-COG"], "iceye:incidence_center": {"gte": 20, "lt": 35}},
        ).to_geodataframe()  # fmt: skip
        assert len(gdf) > 3
        assert gdf.intersects(box(*EUROPE)).all()
        assert (gdf["end_datetime"] >= "2025-06-01T00:00:00Z").all()
        assert set(gdf["product:type"]) <= {"GRD", "GRD-COG"}
        assert gdf["iceye:incidence_center"].between(20, 35, inclusive="left").all()
        assert gdf["start_datetime"].is_monotonic_decreasing

    def test_a_box_and_the_same_area_find_the_same(self, client: Client) -> None:
        by_box = client.catalog.search(bbox=EUROPE, sortby="id").to_geodataframe()
        by_area = client.catalog.search(intersects=mapping(box(*EUROPE)), sortby="id").to_geodataframe()
        assert list(by_box["id"]) == list(by_area["id"])

    def test_a_table_can_be_the_area(self, client: Client) -> None:
        some = client.catalog.search(max_items=3).to_geodataframe()
        found = client.catalog.search(intersects=some).to_geodataframe()
        assert set(some["id"]) <= set(found["id"])

    def test_ids_find_their_items(self, client: Client) -> None:
        ids = [item.id for item in client.catalog.search(max_items=3).items()]
        assert {item.id for item in client.catalog.search(ids=ids).items()} == set(ids)

    def test_nothing_found_is_an_empty_result_in_every_form(self, client: Client) -> None:
        search = client.catalog.search(datetime="1990")
        assert list(search.items()) == []
        assert len(search.item_collection()) == 0
        gdf = search.to_geodataframe()
        assert list(gdf.columns) == list(COLUMNS)
        assert gdf.crs == "EPSG:4326"
        assert "0 items" in repr(search)

    def test_a_box_across_the_antimeridian_finds_both_sides_once_and_in_order(
        self, client: Client, sandbox: Sandbox
    ) -> None:
        search = client.catalog.search(bbox=(170, -80, -170, 80), sortby="-start_datetime,id", limit=10)
        gdf = search.to_geodataframe()
        east = client.catalog.search(bbox=(170, -80, 180, 80)).to_geodataframe()
        west = client.catalog.search(bbox=(-180, -80, -170, 80)).to_geodataframe()
        assert set(gdf["id"]) == set(east["id"]) | set(west["id"])
        assert gdf["id"].is_unique
        assert gdf["start_datetime"].is_monotonic_decreasing
        crossing = gdf[[bbox[0] > bbox[2] for bbox in gdf["bbox"]]]
        assert len(crossing) > 0
        assert set(crossing.geom_type) == {"MultiPolygon"}


class TestPrivate:
    def test_private_items_carry_data_and_know_where_they_came_from(
        self, client: Client, private: dict[str, Any]
    ) -> None:
        item = next(client.catalog.search(**private, query={"sar:product_type": "GRD-COG"}).items())
        assert "Signature=" in item.assets["grd-cog"].href
        source = item.source
        assert source is not None
        assert (source.kind, source.id) == ("catalog", item.id)
        assert (source.collection, source.contract_id) == ("private", private["contract_id"].id)

    def test_the_configured_contract_is_used_for_the_private_collection_only(
        self, client: Client, sandbox: Sandbox
    ) -> None:
        contract = client.company.contracts()[0].id
        settings = Settings.for_sandbox(sandbox.url).model_copy(update={"contract_id": contract})
        with Client(settings) as configured:
            assert configured.catalog.search(collections=["private"]).request.body["contractID"] == contract
            assert "contractID" not in configured.catalog.search(collections=["public"]).request.body
            assert "contractID" not in configured.catalog.search().request.body

    def test_no_signed_link_leaves_a_search(
        self, client: Client, private: dict[str, Any], tmp_path: Path
    ) -> None:
        search = client.catalog.search(**private)
        items = search.item_collection()
        assert any("Signature=" in asset.href for item in items for asset in item.assets.values())
        gdf = search.to_geodataframe()
        items.save_object(str(tmp_path / "items.json"))
        texts = [
            repr(search), search._repr_html_(), search.to_code(), repr(items), items._repr_html_(), gdf.to_csv(),
            gdf._repr_html_(), (tmp_path / "items.json").read_text(), json.dumps(item_collection_dict(items)),
            pickle.dumps(gdf).decode("latin1"), pickle.dumps(items).decode("latin1"),
            "".join(repr(asset) for item in items for asset in item.assets.values()),
        ]  # fmt: skip
        assert [text[:80] for text in texts if any(sign in text for sign in SIGNS)] == []
        assert find_signed_links(items.to_dict()) == []

    def test_a_search_is_not_pickled(self, client: Client) -> None:
        with pytest.raises(TypeError, match="pickle its items"):
            pickle.dumps(client.catalog.search())

    def test_one_item_is_found_by_its_id_in_the_better_collection(
        self, client: Client, private: dict[str, Any]
    ) -> None:
        owned = next(client.catalog.search(**private).items())
        found = client.catalog.item(owned.id, contract_id=private["contract_id"])
        assert collection_of(found) == "private"
        public = next(client.catalog.search(max_items=1).items())
        assert collection_of(client.catalog.item(public.id)) == "public"
        with pytest.raises(NotFoundError, match="no item nothing"):
            client.catalog.item("nothing")


class TestWorld:
    def test_items_of_both_collections_are_valid_and_clean(
        self, client: Client, private: dict[str, Any]
    ) -> None:
        self.check(client, private, most=25)

    @pytest.mark.slow
    def test_every_item_of_the_world_is_valid_and_clean(
        self, client: Client, private: dict[str, Any]
    ) -> None:
        assert self.check(client, private, most=None) > 800

    def check(self, client: Client, private: dict[str, Any], *, most: int | None) -> int:
        validator = JsonSchemaSTACValidator()
        searches = client.catalog.search(max_items=most), client.catalog.search(**private, max_items=most)
        records = [record for search in searches for record in search.records()]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for item in item_collection_dict(records)["features"]:
                validator.validate_core(item, STACObjectType.ITEM, "1.1.0")
                assert find_problems(item) == []
                assert find_signed_links(item) == []
        return len(records)


class TestShow:
    def test_the_code_makes_the_same_search(self, client: Client, private: dict[str, Any]) -> None:
        search = client.catalog.search(
            bbox=(170, -20, -170, -10), datetime="2025", sortby="-start_datetime,id", max_items=5, **private,
            query={"sar:product_type": {"in": ["GRD"]}},
        )  # fmt: skip
        again = eval(search.to_code(), {"client": client})
        assert again.request == search.request

    def test_the_notebook_shows_what_is_asked_and_how_to_read_it(self, client: Client) -> None:
        search = client.catalog.search(bbox=EUROPE, sortby="-start_datetime")
        html = search._repr_html_()
        for words in ("not sent yet", "(-12.0, 34.0, 32.0, 66.0)", "-start_datetime", ".to_geodataframe()"):
            assert words in html

    def test_a_long_area_is_cut_short_for_the_eye(self, client: Client) -> None:
        html = client.catalog.search(intersects=Point(24, 60).buffer(1))._repr_html_()
        assert len(html) < 1500

    def test_links_of_content_are_not_asked_for_by_a_search(self, client: Client, sandbox: Sandbox) -> None:
        client.catalog.search(max_items=3).to_geodataframe()
        assert {urlsplit(entry.path).path for entry in sandbox.requests} <= {SEARCH, "/oauth/v1/token"}

    def test_the_map_of_a_search_holds_no_signed_link(self, client: Client, private: dict[str, Any]) -> None:
        pages = client.catalog.search(**private, max_items=3).to_map(thumbnails=0).get_root().render()
        assert not any(parse_qs(urlsplit(link).query) for link in _links(pages))
        assert "Signature=" not in pages


def _links(page: str) -> list[str]:
    return [word for word in page.replace('"', " ").replace("'", " ").split() if "/content/" in word]


def collection_of(item: IceyeItem) -> str | None:
    assert item.source is not None
    return item.source.collection
