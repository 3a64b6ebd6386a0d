"""Lists that are read as far as they are needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from transport.loopback import Answer, Loopback, Seen

from iceye_geo.errors import InvalidInputError, ServerError
from iceye_geo.models.base import Price
from iceye_geo.models.tasking import Task
from iceye_geo.services.deferred import Deferred
from iceye_geo.services.lists import deferred
from iceye_geo.transport.paging import Page
from iceye_geo.transport.session import Session


class Pages:
    """Three pages of two prices; counts how many were read."""

    def __init__(self) -> None:
        self.read = 0

    def __call__(self) -> Iterator[Page]:
        for start in (0, 2, 4):
            self.read += 1
            yield Page([{"amount": n, "currency": "EUR"} for n in (start, start + 1)], None, {})


@pytest.fixture
def pages() -> Pages:
    return Pages()


def amounts(prices: Any) -> list[int]:
    return [p.amount for p in prices]


def test_nothing_is_read_before_it_is_needed(pages: Pages) -> None:
    prices = Deferred(pages, Price.from_wire, title="prices")
    assert (pages.read, repr(prices)) == (0, "<Deferred prices: not read yet>")
    first = prices.first()
    assert first is not None
    assert (first.amount, pages.read) == (0, 1)
    assert bool(prices)
    assert pages.read == 1
    assert repr(prices) == "<Deferred prices: 1 read, more to come>"


def test_no_page_is_read_twice(pages: Pages) -> None:
    prices = Deferred(pages, Price.from_wire, title="prices")
    assert amounts(prices) == amounts(prices) == [0, 1, 2, 3, 4, 5]
    assert pages.read == 3
    assert len(prices) == 6


@pytest.mark.parametrize(
    ("index", "expected", "read"),
    [
        (slice(0, 2), [0, 1], 1),
        (slice(1, 3), [1, 2], 2),
        (slice(-2, None), [4, 5], 3),
        (slice(None, None, -1), [5, 4, 3, 2, 1, 0], 3),
    ],
)
def test_slices_read_as_far_as_they_must(pages: Pages, index: slice, expected: list[int], read: int) -> None:
    prices = Deferred(pages, Price.from_wire, title="prices")
    assert amounts(prices[index]) == expected
    assert pages.read == read


def test_indices_work_from_both_ends_and_end_as_lists_do(pages: Pages) -> None:
    prices = Deferred(pages, Price.from_wire, title="prices")
    assert (prices[0].amount, prices[-1].amount) == (0, 5)
    with pytest.raises(IndexError):
        prices[6]


def test_max_items_ends_the_list_within_a_page(pages: Pages) -> None:
    assert amounts(Deferred(pages, Price.from_wire, title="p", max_items=3)) == [0, 1, 2]
    assert pages.read == 2
    assert not Deferred(pages, Price.from_wire, title="p", max_items=0)
    assert pages.read == 2


def test_a_list_becomes_a_frame_and_shows_itself_without_reading_all(pages: Pages) -> None:
    prices = Deferred(pages, Price.from_wire, title="prices")
    assert list(prices.to_dataframe()["amount"]) == [0, 1, 2, 3, 4, 5]
    many = Deferred(
        lambda: iter([Page([{"amount": n, "currency": "EUR"}] * 15, None, {}) for n in range(9)]),
        Price.from_wire,
        title="p",
    )
    assert "there are more" in many._repr_html_()
    assert "21 read" in repr(many)


def test_a_list_that_broke_can_be_read_again_from_its_start() -> None:
    attempts: list[int] = []

    def pages() -> Iterator[Page]:
        attempts.append(1)
        yield Page([{"amount": 1, "currency": "EUR"}], None, {})
        if len(attempts) == 1:
            raise ServerError("down", status=503)
        yield Page([{"amount": 2, "currency": "EUR"}], None, {})

    prices = Deferred(pages, Price.from_wire, title="prices")
    with pytest.raises(ServerError):
        list(prices)
    assert prices[0].amount == 1  # what was read stays usable without another request
    assert len(attempts) == 1
    assert amounts(prices) == [1, 2]


def test_pages_are_asked_for_with_cursor_and_filters(server: Loopback, scripted: Session) -> None:
    def answer(seen: Seen) -> Answer:
        if "cursor" in seen.query:
            return Answer(200, {"data": [{"id": "b", "status": "DONE"}]})
        return Answer(200, {"data": [{"id": "a", "status": "DONE"}], "cursor": "next"})

    server.on("/api/tasks", answer)
    tasks = deferred(
        scripted,
        "/tasks",
        Task,
        title="t",
        operation="getTasks",
        page_size=100,
        params={"contractID": "c", "none": None},
    )
    assert [t.id for t in tasks] == ["a", "b"]
    first, second = server.asked("/api/tasks")
    assert first.query == {"contractID": ["c"], "limit": ["100"]}
    assert second.query == {"contractID": ["c"], "limit": ["100"], "cursor": ["next"]}


def test_a_small_list_asks_for_a_small_page(server: Loopback, scripted: Session) -> None:
    server.on("/api/tasks", Answer(200, {"data": []}))
    assert not deferred(scripted, "/tasks", Task, title="t", operation="o", page_size=100, max_items=3)
    assert server.asked("/api/tasks")[0].query == {"limit": ["3"]}
    with pytest.raises(InvalidInputError, match="max_items"):
        deferred(scripted, "/tasks", Task, title="t", operation="o", page_size=100, max_items=-1)
