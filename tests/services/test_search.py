"""Search, paging and results: against the running sandbox, and against a scripted server where that cannot do it."""

import json
import pickle
import warnings
from itertools import islice
from urllib.parse import parse_qs, urlsplit

import pytest
from pystac import STACObjectType
from pystac.validation.stac_validator import JsonSchemaSTACValidator
from shapely.geometry import Point, box, mapping
from transport.loopback import Answer, Loopback

from iceye_geo import Client
from iceye_geo.errors import (
    InvalidInputError,
    NotFoundError,
    PagingError,
    PermissionDeniedError,
    SkippedRecordWarning,
)
from iceye_geo.sandbox import Sandbox, SandboxOptions
from iceye_geo.sandbox.faults import Fault
from iceye_geo.settings import Settings
from iceye_geo.stac import item_collection_dict
from iceye_geo.stac.check import find_problems, find_signed_links
from iceye_geo.stac.columns import COLUMNS

SEARCH, ITEMS = "/api/catalog/v2/search", "/api/catalog/v2/items"
EUROPE = (-12, 34, 32, 66)
SIGNS = ("Signature=", "Key-Pair-Id=", "Expires=")


@pytest.fixture(scope="module")
def without_post_cursor(pictures):
    """A sandbox that takes no cursor in the body of a search, and a client for it."""
    with (
        Sandbox(SandboxOptions(scenes=60, post_cursor=False, cache_dir=pictures)) as running,
        Client(Settings.for_sandbox(running.url)) as client,
    ):
        yield running, client


@pytest.fixture
def script(server: Loopback):
    """A server that answers by script, and a client for it without a configured contract."""
    client = Client(
        client_id="me", client_secret="x", api_url=f"{server.url}/api", auth_url=f"{server.url}/oauth",
        timeout_s=30, retries=0,
    )  # fmt: skip
    yield server, client
    client.close()


def asked(sandbox: Sandbox, path: str = SEARCH) -> int:
    return len(sandbox.requests.matching(path))


@pytest.fixture
def private(client):
    """The private collection of the first contract."""
    return {"collections": "private", "contract_id": client.company.contracts()[0]}


class TestLaziness:
    def test_nothing_is_sent_until_it_is_read(self, client, sandbox):
        search = client.catalog.search(bbox=EUROPE, limit=50)
        repr(search)
        search._repr_html_()
        search.to_code()
        assert len(sandbox.requests) == 0
        next(search.items())
        assert asked(sandbox) == 1

    def test_reading_twice_sends_once(self, client, sandbox):
        search = client.catalog.search(bbox=EUROPE)
        first = [item.id for item in search.items()]
        sent = asked(sandbox)
        assert [item.id for item in search.items()] == first
        assert list(search.to_geodataframe()["id"]) == first
        assert [item.id for item in search.item_collection()] == first
        assert [record["id"] for record in search.records()] == first
        assert asked(sandbox) == sent

    def test_pages_are_asked_for_as_far_as_they_are_read(self, client, sandbox):
        search = client.catalog.search(limit=20)
        items = search.items()
        for _ in range(21):
            next(items)
        assert asked(sandbox) == 2
        assert "40 items so far" in repr(search)

    def test_max_items_stops_requests(self, client, sandbox):
        assert len(list(client.catalog.search(limit=20, max_items=40).items())) == 40
        assert asked(sandbox) == 2
        assert len(client.catalog.search(max_items=7).item_collection()) == 7
        assert asked(sandbox) == 3

    def test_a_small_answer_asks_for_a_small_page(self, client):
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
    def test_values_are_checked_before_anything_is_sent(self, client, sandbox, inputs, field):
        with pytest.raises(InvalidInputError) as caught:
            client.catalog.search(**inputs)
        assert caught.value.field.startswith(field)
        assert len(sandbox.requests) == 0

    def test_the_private_collection_needs_a_contract(self, script):
        server, client = script
        with pytest.raises(
            InvalidInputError, match=r"contract_id: is needed .* client\.company\.contracts\(\)"
        ):
            client.catalog.search(collections=["private"])
        assert server.seen == []


class TestFilters:
    def test_every_filter_reaches_the_server(self, client):
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

    def test_a_box_and_the_same_area_find_the_same(self, client):
        by_box = client.catalog.search(bbox=EUROPE, sortby="id").to_geodataframe()
        by_area = client.catalog.search(intersects=mapping(box(*EUROPE)), sortby="id").to_geodataframe()
        assert list(by_box["id"]) == list(by_area["id"])

    def test_a_table_can_be_the_area(self, client):
        some = client.catalog.search(max_items=3).to_geodataframe()
        found = client.catalog.search(intersects=some).to_geodataframe()
        assert set(some["id"]) <= set(found["id"])

    def test_ids_find_their_items(self, client):
        ids = [item.id for item in client.catalog.search(max_items=3).items()]
        assert {item.id for item in client.catalog.search(ids=ids).items()} == set(ids)

    def test_nothing_found_is_an_empty_result_in_every_form(self, client):
        search = client.catalog.search(datetime="1990")
        assert list(search.items()) == []
        assert len(search.item_collection()) == 0
        gdf = search.to_geodataframe()
        assert list(gdf.columns) == list(COLUMNS)
        assert gdf.crs == "EPSG:4326"
        assert "0 items" in repr(search)

    def test_a_box_across_the_antimeridian_finds_both_sides_once_and_in_order(self, client, sandbox):
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
    def test_private_items_carry_data_and_know_where_they_came_from(self, client, private):
        item = next(client.catalog.search(**private, query={"sar:product_type": "GRD-COG"}).items())
        assert "Signature=" in item.assets["grd-cog"].href
        assert item.source.kind == "catalog"
        assert item.source.id == item.id
        assert item.source.collection == "private"
        assert item.source.contract_id == private["contract_id"].id

    def test_the_configured_contract_is_used_for_the_private_collection_only(self, client, sandbox):
        contract = client.company.contracts()[0].id
        settings = Settings.for_sandbox(sandbox.url).model_copy(update={"contract_id": contract})
        with Client(settings) as configured:
            assert configured.catalog.search(collections=["private"]).request.body["contractID"] == contract
            assert "contractID" not in configured.catalog.search(collections=["public"]).request.body
            assert "contractID" not in configured.catalog.search().request.body

    def test_no_signed_link_leaves_a_search(self, client, private, tmp_path):
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

    def test_a_search_is_not_pickled(self, client):
        with pytest.raises(TypeError, match="pickle its items"):
            pickle.dumps(client.catalog.search())

    def test_one_item_is_found_by_its_id_in_the_better_collection(self, client, private):
        owned = next(client.catalog.search(**private).items())
        found = client.catalog.item(owned.id, contract_id=private["contract_id"])
        assert found.source.collection == "private"
        public = next(client.catalog.search(max_items=1).items())
        assert client.catalog.item(public.id).source.collection == "public"
        with pytest.raises(NotFoundError, match="no item nothing"):
            client.catalog.item("nothing")


class TestWorld:
    def test_items_of_both_collections_are_valid_and_clean(self, client, private):
        self.check(client, private, most=25)

    @pytest.mark.slow
    def test_every_item_of_the_world_is_valid_and_clean(self, client, private):
        assert self.check(client, private, most=None) > 800

    def check(self, client, private, *, most) -> int:
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


class TestFaults:
    def test_a_busy_server_is_asked_again(self, client, sandbox):
        sandbox.faults.add(Fault("429", SEARCH, retry_after=0))
        assert len(list(client.catalog.search(max_items=5).items())) == 5
        assert asked(sandbox) == 2

    def test_pages_already_read_stay_and_reading_goes_on_where_it_failed(self, client, sandbox):
        whole = [item.id for item in client.catalog.search(bbox=EUROPE, limit=50, sortby="id").items()]
        search = client.catalog.search(bbox=EUROPE, limit=50, sortby="id")
        sandbox.requests.clear()
        sandbox.faults.add(Fault("403", SEARCH, skip=2))
        with pytest.raises(PagingError, match="page 3"):
            list(search.items())
        assert [item.id for item in islice(search.items(), 100)] == whole[:100]
        assert [item.id for item in search.items()] == whole
        assert asked(sandbox) == len(whole) // 50 + 2

    def test_a_first_page_that_fails_can_be_read_again(self, client, sandbox):
        search = client.catalog.search(max_items=5)
        sandbox.faults.add(Fault("403", SEARCH))
        with pytest.raises(PermissionDeniedError):
            next(search.items())
        assert len(list(search.items())) == 5


class TestCursors:
    def test_paging_goes_on_by_get_where_post_takes_no_cursor(self, without_post_cursor):
        sandbox, client = without_post_cursor
        sandbox.requests.clear()
        query = {"sar:product_type": ["GRD", "GRD-COG"]}
        found = list(client.catalog.search(query=query, limit=10, sortby="-start_datetime").items())
        assert len(found) > 30
        assert len({item.id for item in found}) == len(found)
        assert {item.properties["sar:product_type"] for item in found} <= {"GRD", "GRD-COG"}
        assert asked(sandbox) == 2
        assert asked(sandbox, ITEMS) == (len(found) - 1) // 10

    def test_the_cursor_goes_into_the_body_with_the_filters(self, script):
        server, client = script
        server.on(SEARCH, Answer(json=page("a", cursor="next")), Answer(json=page("b", cursor="")))
        search = client.catalog.search(bbox=EUROPE, query={"sat:orbit_state": "ascending"}, limit=1)
        assert [item.id for item in search.items()] == ["a", "b"]
        first, second = (json.loads(seen.body) for seen in server.asked(SEARCH))
        assert second == first | {"cursor": "next"}
        assert first["bbox"] == list(EUROPE)

    @pytest.mark.parametrize("status", [400, 404, 405])
    def test_every_refusal_of_a_cursor_leads_to_get_with_the_same_filters(self, script, status):
        server, client = script
        server.on(
            SEARCH, Answer(json=page("a", cursor="n1")), Answer(status, {"code": "x", "message": "no cursor"})
        )
        server.on(ITEMS, Answer(json=page("b", cursor="n2")), Answer(json=page("c")))
        search = client.catalog.search(
            bbox=EUROPE, datetime="2025", sortby="-id", collections=["public", "x"], limit=1
        )
        assert [item.id for item in search.items()] == ["a", "b", "c"]
        assert len(server.asked(SEARCH)) == 2
        sent = server.asked(ITEMS)[0].query
        assert sent["cursor"] == ["n1"]
        assert sent["bbox"] == [",".join(f"{number:.1f}" for number in EUROPE)]
        assert sent["sortby"] == ["-id"]
        assert sent["collections"] == ["public,x"]
        assert sent["datetime"][0].startswith("2025-01-01")

    def test_a_get_that_forgets_the_filters_is_noticed(self, script):
        server, client = script
        server.on(
            SEARCH, Answer(json=page("a", cursor="n1")), Answer(400, {"code": "x", "message": "no cursor"})
        )
        server.on(ITEMS, Answer(json=page("b", orbit="descending")))
        items = client.catalog.search(query={"sat:orbit_state": "ascending"}).items()
        assert next(items).id == "a"
        with pytest.raises(PagingError, match="forgets query"):
            next(items)

    def test_a_refusal_of_both_ways_is_told(self, script):
        server, client = script
        refusal = Answer(400, {"code": "x", "message": "cursor is too old"})
        server.on(SEARCH, Answer(json=page("a", cursor="n1")), refusal)
        server.on(ITEMS, refusal)
        with pytest.raises(PagingError, match=r"page 2.*too old"):
            list(client.catalog.search().items())

    def test_a_cursor_that_repeats_is_an_error_and_stays_one(self, script):
        server, client = script
        server.on(SEARCH, Answer(json=page("a", cursor="same")), Answer(json=page("b", cursor="same")))
        search = client.catalog.search()
        for _ in range(2):
            with pytest.raises(PagingError, match="same cursor"):
                list(search.items())
        assert len(server.asked(SEARCH)) == 2
        items = search.items()
        assert [next(items).id, next(items).id] == ["a", "b"]

    def test_a_broken_record_is_skipped_with_a_warning_in_every_form(self, script):
        server, client = script
        answer = page("a")
        answer["data"] += [{"id": "broken", "properties": {}}, *page("b")["data"]]
        server.on(SEARCH, Answer(json=answer))
        search = client.catalog.search()
        for read in (search.item_collection, search.to_geodataframe, lambda: list(search.items())):
            with pytest.warns(SkippedRecordWarning, match="broken has no time"):
                assert len(read()) == 2
        with pytest.warns(SkippedRecordWarning):
            assert [len(found) for found in search.pages()] == [2]

    def test_a_server_that_sends_more_than_asked_is_cut(self, script):
        server, client = script
        server.on(SEARCH, Answer(json={"data": [*page("a")["data"], *page("b")["data"]], "cursor": "more"}))
        assert [item.id for item in client.catalog.search(max_items=1).items()] == ["a"]
        assert len(server.asked(SEARCH)) == 1


def page(item_id: str, *, cursor: str | None = None, orbit: str = "ascending") -> dict:
    record = {
        "id": item_id, "type": "Feature", "stac_version": "1.0.0", "collection": "", "assets": {},
        "geometry": mapping(box(10, 50, 11, 51)), "bbox": [10, 50, 11, 51],
        "properties": {"frame_id": f"{item_id}_1", "start_datetime": "2025-01-15T10:00:00Z",
                       "end_datetime": "2025-01-15T10:00:30Z", "sat:orbit_state": orbit},
    }  # fmt: skip
    return {"data": [record]} | ({} if cursor is None else {"cursor": cursor})


class TestShow:
    def test_the_code_makes_the_same_search(self, client, private):
        search = client.catalog.search(
            bbox=(170, -20, -170, -10), datetime="2025", sortby="-start_datetime,id", max_items=5, **private,
            query={"sar:product_type": {"in": ["GRD"]}},
        )  # fmt: skip
        again = eval(search.to_code(), {"client": client})
        assert again.request == search.request

    def test_the_notebook_shows_what_is_asked_and_how_to_read_it(self, client):
        search = client.catalog.search(bbox=EUROPE, sortby="-start_datetime")
        html = search._repr_html_()
        for words in ("not sent yet", "(-12.0, 34.0, 32.0, 66.0)", "-start_datetime", ".to_geodataframe()"):
            assert words in html

    def test_a_long_area_is_cut_short_for_the_eye(self, client):
        html = client.catalog.search(intersects=Point(24, 60).buffer(1))._repr_html_()
        assert len(html) < 1500

    def test_links_of_content_are_not_asked_for_by_a_search(self, client, sandbox):
        client.catalog.search(max_items=3).to_geodataframe()
        assert {urlsplit(entry.path).path for entry in sandbox.requests} <= {SEARCH, "/oauth/v1/token"}

    def test_the_map_of_a_search_holds_no_signed_link(self, client, private):
        pages = client.catalog.search(**private, max_items=3).to_map(thumbnails=0).get_root().render()
        assert not any(parse_qs(urlsplit(link).query) for link in _links(pages))
        assert "Signature=" not in pages


def _links(page: str) -> list[str]:
    return [word for word in page.replace('"', " ").replace("'", " ").split() if "/content/" in word]
