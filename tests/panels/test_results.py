"""Results as a person goes through them: sorted, paged, picked, selected."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from iceye_geo import Client
from iceye_geo.panels.results import COLUMNS, ResultList
from iceye_geo.panels.search_form import SearchForm
from tests.panels.searching import EUROPE, Desk, desk_of


@pytest.fixture
def desk(client: Client) -> Iterator[Desk]:
    yield from desk_of(client)


def test_the_table_sorts_by_every_column_both_ways(desk: Desk) -> None:
    control = desk.run(SearchForm(area=EUROPE, max_items=60))
    results = control.results
    results.page_size = 100
    for column in COLUMNS:
        control.sort(column)
        rising = [row.keys[column] for row in results.rows()]
        control.sort(column)
        falling = [row.keys[column] for row in results.rows()]
        assert rising == sorted(rising)
        assert falling == sorted(falling, reverse=True)
    with pytest.raises(KeyError):
        results.sort("colour")


def test_picking_turns_to_the_page_and_clicking_again_goes_below(desk: Desk) -> None:
    control = desk.run(SearchForm(max_items=100))
    results = control.results
    last = results.items[-1].id
    control.pick(last)
    assert control.current is results.items[-1]
    assert last in [row.id for row in results.rows()]
    control.pick("not there")
    assert control.current is results.items[-1]
    stack = next(results.under(i.id) for i in results.items if len(results.under(i.id)) > 1)
    seen = []
    for _ in stack:
        control.pick_on_map(stack[0])
        seen.append(results.current)
    assert sorted(map(str, seen)) == sorted(stack)
    control.pick(None)
    assert control.current is None


def test_selecting_keeps_order_and_ignores_strangers(desk: Desk) -> None:
    control = desk.run(SearchForm(max_items=10))
    ids = [item.id for item in control.results.items]
    control.select([ids[3], "stranger", ids[1]])
    assert control.results.selected_ids == [ids[3], ids[1]]
    control.results.toggle(ids[3])
    control.results.toggle(ids[5])
    assert [item.id for item in control.results.selected] == [ids[1], ids[5]]
    assert control.results.step(1) == ids[0]
    control.pick(ids[9])
    assert control.results.step(5) == ids[9]


def test_an_empty_list_has_one_page_and_no_bounds() -> None:
    results = ResultList()
    assert (results.pages, results.rows(), results.bounds(), results.step(1)) == (1, [], None, None)
