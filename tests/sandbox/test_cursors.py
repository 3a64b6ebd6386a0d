from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from iceye_geo.models.modes import MODES
from iceye_geo.sandbox.world import make_frame

SORT = [{"field": "sar:instrument_mode"}, {"field": "iceye:chirp_bandwidth", "direction": "desc"}]


def walk(api: Any, limit: int, **body: Any) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        answer = api.search(limit=limit, **body, **({"cursor": cursor} if cursor else {})).json()
        found += [item["id"] for item in answer["data"]]
        cursor = answer.get("cursor")
        if not cursor:
            return found


@pytest.mark.parametrize("limit", [40, 200])
@pytest.mark.parametrize("sortby", [[], SORT])
def test_pages_of_any_size_give_every_item_once(api: Any, limit: int, sortby: list[Any]) -> None:
    found = walk(api, limit, sortby=sortby, bbox=[-180, -90, 30, 90])
    whole = walk(api, 200, sortby=sortby, bbox=[-180, -90, 30, 90])
    assert found == whole
    assert len(set(found)) == len(found) > 200


def test_the_last_page_has_no_cursor_even_when_it_is_full(api: Any) -> None:
    answer = api.search(ids=[item["id"] for item in api.items()[:10]], limit=10).json()
    assert len(answer["data"]) == 10
    assert "cursor" not in answer


def test_get_goes_on_with_a_search_that_post_began(api: Any) -> None:
    body = {"query": {"sar:product_type": {"eq": "GRD"}}, "sortby": [{"field": "iceye:incidence_center"}]}
    whole = [item["id"] for item in api.items(**body)]
    first = api.search(limit=5, **body).json()
    second = api.get("/catalog/v2/items", params={"cursor": first["cursor"], "limit": 5}).json()
    third = api.search(limit=5, cursor=second["cursor"]).json()
    assert [i["id"] for page in (first, second, third) for i in page["data"]] == whole[:15]


def test_frames_that_arrive_between_pages_neither_repeat_nor_hide_others(start: Any) -> None:
    api = start(scenes=40)
    first = api.search(limit=20).json()
    before = [item["id"] for item in api.items()]
    newest = make_frame(
        MODES["SPOTLIGHT"], frame_id="9999999_1", lon=24.9, lat=60.1, orbit_state="ascending",
        look_side="left", incidence=30, start=datetime(2026, 11, 20, tzinfo=UTC), seed=1,
    )  # fmt: skip
    api.sandbox.platform.world.publish([newest])
    rest: list[str] = []
    cursor = first["cursor"]
    while cursor:
        answer = api.search(limit=20, cursor=cursor).json()
        rest += [item["id"] for item in answer["data"]]
        cursor = answer.get("cursor")
    assert [item["id"] for item in first["data"]] + rest == before
    assert api.items()[0]["properties"]["frame_id"] == "9999999_1"


def test_a_cursor_in_a_post_body_can_be_refused_by_option(start: Any) -> None:
    api = start(post_cursor=False)
    cursor = api.search(limit=5).json()["cursor"]
    assert api.search(limit=5, cursor=cursor).status_code == 400
    assert api.get("/catalog/v2/items", params={"cursor": cursor}).status_code == 200


def tampered(cursor: str) -> list[Any]:
    text = base64.urlsafe_b64decode(cursor).decode()
    key = text.split('"')[1]
    made = [
        f'["{key}"]',
        f'["{key}","x","y"]',
        f'["{key}",1,2]',
        f'["{key}",true,"x",1]',
        '["other",1,"x"]',
        "{}",
        "3",
    ]
    return [base64.urlsafe_b64encode(new.encode()).decode() for new in made] + [
        cursor[:-6],
        cursor + "=",
        "é",
        " ",
    ]


def test_a_cursor_that_was_tampered_with_is_refused(api: Any) -> None:
    cursor = api.search(limit=5).json()["cursor"]
    for wrong in tampered(cursor):
        assert api.search(limit=5, cursor=wrong).status_code == 400, wrong
        assert api.get("/catalog/v2/items", params={"cursor": wrong}).status_code == 400, wrong


@pytest.mark.parametrize("cursor", [5, None, ["a"], {}])
def test_a_cursor_that_is_no_text_is_refused(api: Any, cursor: Any) -> None:
    assert api.search(cursor=cursor).status_code == 400


def test_an_empty_cursor_is_the_first_page(api: Any) -> None:
    empty, none = api.search(cursor="").json()["data"], api.search().json()["data"]
    assert [item["id"] for item in empty] == [item["id"] for item in none]
