"""Pages and cursors of searches: against the sandbox, and against a scripted server where that cannot do it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import box, mapping
from transport.loopback import Answer

from iceye_geo import Client
from iceye_geo.errors import (
    PagingError,
    PermissionDeniedError,
    SkippedRecordWarning,
)
from iceye_geo.sandbox import Sandbox, SandboxOptions
from iceye_geo.sandbox.faults import Fault
from iceye_geo.settings import Settings

from .searching import EUROPE, ITEMS, SEARCH, Script, asked


@pytest.fixture(scope="module")
def without_post_cursor(pictures: Path) -> Iterator[tuple[Sandbox, Client]]:
    """A sandbox that takes no cursor in the body of a search, and a client for it."""
    with (
        Sandbox(SandboxOptions(scenes=60, post_cursor=False, cache_dir=pictures)) as running,
        Client(Settings.for_sandbox(running.url)) as client,
    ):
        yield running, client


def page(item_id: str, *, cursor: str | None = None, orbit: str = "ascending") -> dict[str, Any]:
    record = {
        "id": item_id, "type": "Feature", "stac_version": "1.0.0", "collection": "", "assets": {},
        "geometry": mapping(box(10, 50, 11, 51)), "bbox": [10, 50, 11, 51],
        "properties": {"frame_id": f"{item_id}_1", "start_datetime": "2025-01-15T10:00:00Z",
                       "end_datetime": "2025-01-15T10:00:30Z", "sat:orbit_state": orbit},
    }  # fmt: skip
    return {"data": [record]} | ({} if cursor is None else {"cursor": cursor})


class TestFaults:
    def test_a_busy_server_is_asked_again(self, client: Client, sandbox: Sandbox) -> None:
        sandbox.faults.add(Fault("429", SEARCH, retry_after=0))
        assert len(list(client.catalog.search(max_items=5).items())) == 5
        assert asked(sandbox) == 2

    def test_pages_already_read_stay_and_reading_goes_on_where_it_failed(
        self, client: Client, sandbox: Sandbox
    ) -> None:
        whole = [item.id for item in client.catalog.search(bbox=EUROPE, limit=50, sortby="id").items()]
        search = client.catalog.search(bbox=EUROPE, limit=50, sortby="id")
        sandbox.requests.clear()
        sandbox.faults.add(Fault("403", SEARCH, skip=2))
        with pytest.raises(PagingError, match="page 3"):
            list(search.items())
        assert [item.id for item in islice(search.items(), 100)] == whole[:100]
        assert [item.id for item in search.items()] == whole
        assert asked(sandbox) == len(whole) // 50 + 2

    def test_a_first_page_that_fails_can_be_read_again(self, client: Client, sandbox: Sandbox) -> None:
        search = client.catalog.search(max_items=5)
        sandbox.faults.add(Fault("403", SEARCH))
        with pytest.raises(PermissionDeniedError):
            next(search.items())
        assert len(list(search.items())) == 5


class TestCursors:
    def test_paging_goes_on_by_get_where_post_takes_no_cursor(
        self, without_post_cursor: tuple[Sandbox, Client]
    ) -> None:
        sandbox, client = without_post_cursor
        sandbox.requests.clear()
        query = {"sar:product_type": ["GRD", "GRD-COG"]}
        found = list(client.catalog.search(query=query, limit=10, sortby="-start_datetime").items())
        assert len(found) > 30
        assert len({item.id for item in found}) == len(found)
        assert {item.properties["sar:product_type"] for item in found} <= {"GRD", "GRD-COG"}
        assert asked(sandbox) == 2
        assert asked(sandbox, ITEMS) == (len(found) - 1) // 10

    def test_the_cursor_goes_into_the_body_with_the_filters(self, script: Script) -> None:
        server, client = script
        server.on(SEARCH, Answer(json=page("a", cursor="next")), Answer(json=page("b", cursor="")))
        search = client.catalog.search(bbox=EUROPE, query={"sat:orbit_state": "ascending"}, limit=1)
        assert [item.id for item in search.items()] == ["a", "b"]
        first, second = (json.loads(seen.body) for seen in server.asked(SEARCH))
        assert second == first | {"cursor": "next"}
        assert first["bbox"] == list(EUROPE)

    @pytest.mark.parametrize("status", [400, 404, 405])
    def test_every_refusal_of_a_cursor_leads_to_get_with_the_same_filters(
        self, script: Script, status: int
    ) -> None:
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

    def test_a_get_that_forgets_the_filters_is_noticed(self, script: Script) -> None:
        server, client = script
        server.on(
            SEARCH, Answer(json=page("a", cursor="n1")), Answer(400, {"code": "x", "message": "no cursor"})
        )
        server.on(ITEMS, Answer(json=page("b", orbit="descending")))
        items = client.catalog.search(query={"sat:orbit_state": "ascending"}).items()
        assert next(items).id == "a"
        with pytest.raises(PagingError, match="forgets query"):
            next(items)

    def test_a_refusal_of_both_ways_is_told(self, script: Script) -> None:
        server, client = script
        refusal = Answer(400, {"code": "x", "message": "cursor is too old"})
        server.on(SEARCH, Answer(json=page("a", cursor="n1")), refusal)
        server.on(ITEMS, refusal)
        with pytest.raises(PagingError, match=r"page 2.*too old"):
            list(client.catalog.search().items())

    def test_a_cursor_that_repeats_is_an_error_and_stays_one(self, script: Script) -> None:
        server, client = script
        server.on(SEARCH, Answer(json=page("a", cursor="same")), Answer(json=page("b", cursor="same")))
        search = client.catalog.search()
        for _ in range(2):
            with pytest.raises(PagingError, match="same cursor"):
                list(search.items())
        assert len(server.asked(SEARCH)) == 2
        items = search.items()
        assert [next(items).id, next(items).id] == ["a", "b"]

    def test_a_broken_record_is_skipped_with_a_warning_in_every_form(self, script: Script) -> None:
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

    def test_a_server_that_sends_more_than_asked_is_cut(self, script: Script) -> None:
        server, client = script
        server.on(SEARCH, Answer(json={"data": [*page("a")["data"], *page("b")["data"]], "cursor": "more"}))
        assert [item.id for item in client.catalog.search(max_items=1).items()] == ["a"]
        assert len(server.asked(SEARCH)) == 1
