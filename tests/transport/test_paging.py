from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iceye_geo.errors import NotFoundError, PagingError, ServerError, UnexpectedAnswerError
from iceye_geo.transport.paging import iter_pages, read_page

_NO_CURSOR: list[dict[str, Any]] = [{}, {"cursor": None}, {"cursor": ""}]


@pytest.mark.parametrize("end", _NO_CURSOR)
def test_absent_null_and_empty_cursors_end_a_list(end: dict[str, Any]) -> None:
    asked: list[str | None] = []

    def fetch(cursor: str | None) -> Mapping[str, Any]:
        asked.append(cursor)
        return {"data": [{"n": 1}], "cursor": "next"} if cursor is None else {"data": [], **end}

    assert [page.items for page in iter_pages(fetch)] == [[{"n": 1}], []]
    assert asked == [None, "next"]


@given(st.lists(st.text(min_size=1), unique=True, max_size=20), st.sampled_from(_NO_CURSOR))
def test_every_cursor_is_sent_back_once_and_in_order(cursors: list[str], end: dict[str, Any]) -> None:
    asked: list[str | None] = []

    def fetch(cursor: str | None) -> Mapping[str, Any]:
        asked.append(cursor)
        place = 0 if cursor is None else cursors.index(cursor) + 1
        return {"data": [], **({"cursor": cursors[place]} if place < len(cursors) else end)}

    assert len(list(iter_pages(fetch))) == len(cursors) + 1
    assert asked == [None, *cursors]


@given(st.integers(min_value=0, max_value=5), st.integers(min_value=1, max_value=5))
def test_a_cursor_that_comes_again_is_an_error_after_the_pages_before(lead: int, circle: int) -> None:
    count = iter(range(1000))

    def fetch(_: str | None) -> Mapping[str, Any]:
        n = next(count)
        return {"data": [{"n": n}], "cursor": str(n if n < lead else lead + (n - lead) % circle)}

    read: list[int] = []
    with pytest.raises(PagingError, match="twice"):
        read.extend(page.items[0]["n"] for page in iter_pages(fetch))
    assert read == list(range(lead + circle + 1))


def test_pages_before_a_failure_stay_usable() -> None:
    def fetch(cursor: str | None) -> Mapping[str, Any]:
        if cursor == "2":
            raise ServerError("down", status=500)
        return {"data": [{"n": cursor}], "cursor": "2" if cursor else "1"}

    read: list[Any] = []
    with pytest.raises(PagingError, match="page 3 could not be read; the 2 before it") as caught:
        read.extend(page.items[0]["n"] for page in iter_pages(fetch))
    assert read == [None, "1"]
    assert isinstance(caught.value.__cause__, ServerError)


def test_a_first_page_that_fails_is_the_plain_error() -> None:
    def fetch(_: str | None) -> Mapping[str, Any]:
        raise NotFoundError("gone", status=404)

    with pytest.raises(NotFoundError):
        next(iter_pages(fetch))


def test_pages_are_asked_for_only_when_read() -> None:
    asked: list[str | None] = []

    def fetch(cursor: str | None) -> Mapping[str, Any]:
        asked.append(cursor)
        return {"data": [], "cursor": f"{cursor}x"}

    pages = iter_pages(fetch)
    assert asked == []
    next(pages)
    assert asked == [None]


def test_records_are_found_under_any_of_the_keys() -> None:
    assert read_page({"deliveries": [{"a": 1}]}, keys=("data", "deliveries")).items == [{"a": 1}]
    assert read_page({"data": None}, keys=("data", "deliveries")).items == []


@pytest.mark.parametrize("raw", [None, [], "x", {}, {"data": {}}, {"data": [1]}, {"data": [], "cursor": 7}])
def test_what_is_no_page_is_said_so(raw: object) -> None:
    with pytest.raises(UnexpectedAnswerError):
        read_page(raw)


def test_a_page_does_not_print_its_raw_answer() -> None:
    assert "raw" not in repr(read_page({"data": [], "x": "y"}))
