"""The search form: what it asks for, what it refuses, its presets and its filters."""

from __future__ import annotations

from datetime import date

import pytest

from iceye_geo.errors import (
    InvalidInputError,
)
from iceye_geo.panels.search_form import Filter, SearchForm, preset_dates, repeats_form
from iceye_geo.stac import to_item


def test_filters_on_one_property_are_put_together() -> None:
    form = SearchForm(incidence=(20, 40), filters=(Filter("iceye:incidence_center", "neq", "30"),))
    assert form.arguments()["query"] == {"iceye:incidence_center": {"gte": 20, "lte": 40, "neq": 30.0}}
    assert SearchForm(filters=(Filter("iceye:looks", "eq", "4"),)).arguments()["query"] == {
        "iceye:looks": {"eq": 4.0}
    }


def test_presets_say_their_days() -> None:
    today = date(2026, 11, 21)
    assert preset_dates("This year", today=today) == (date(2026, 1, 1), None)
    assert preset_dates("Last 30 days", today=today) == (date(2026, 10, 22), None)
    assert preset_dates("Any time", today=today) == (None, None)


def test_repeats_of_an_item_without_footprint_are_refused() -> None:
    item = to_item({"id": "a", "properties": {"datetime": "2026-01-01T00:00:00Z"}})
    with pytest.raises(InvalidInputError, match="no footprint"):
        repeats_form(item)
