"""An archive checks what it is asked by the rules of the Catalog API."""

from __future__ import annotations

from typing import Any

import pytest
import shapely

from iceye_geo.archive.asking import question
from iceye_geo.archive.question import Condition, Question
from iceye_geo.errors import InvalidInputError


def test_nothing_asked_is_everything_public_newest_first() -> None:
    assert question() == Question()


def test_all_arguments_are_understood() -> None:
    asked = question(
        intersects={"type": "Point", "coordinates": [24, 60]}, datetime="2026-01", ids="a", collections="private",
        contract_id="c", query={"end_datetime": {"gt": "1970-01-01T00:00:01Z"}}, sortby="+id,-updated", limit=7,
        max_items=9,
    )  # fmt: skip
    assert asked.area == shapely.Point(24, 60)
    assert asked.interval == (1_767_225_600_000_000, 1_769_903_999_999_999)
    assert (asked.ids, asked.collections, asked.contract_id) == (frozenset("a"), ("private",), "c")
    assert asked.conditions == (Condition("end_datetime", "gt", 1_000_000),)
    assert (asked.sort, asked.limit, asked.max_items) == ((("id", False), ("updated", True)), 7, 9)


def test_a_box_across_the_antimeridian_is_two_boxes_and_open_ends_are_open() -> None:
    asked = question(bbox=(179, 0, -179, 1), datetime="../1970-01-01T00:00:00Z")
    assert asked.area.bounds == (-180, 0, 180, 1)
    assert asked.area.area == pytest.approx(2)
    assert asked.interval == (-(2**62), 0)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("bbox", {"bbox": (1, 2)}), ("bbox", {"bbox": (0, 0, 1, 1), "intersects": shapely.Point(0, 0)}),
        ("intersects", {"intersects": "nowhere"}), ("datetime", {"datetime": "soon"}), ("ids", {"ids": [1]}),
        ("query", {"query": {"orbit_state": {"eq": "ascending"}}}), ("sortby", {"sortby": "start_time"}),
        ("limit", {"limit": 0}), ("max_items", {"max_items": True}), ("collections", {"collections": [""]}),
    ],
)  # fmt: skip
def test_a_broken_rule_is_named(field: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match=rf"^{field}"):
        question(**wrong)
