"""Acquisitions of one place in one geometry."""

from __future__ import annotations

from typing import Any

import pytest
import shapely

from iceye_geo.analysis import repeats
from iceye_geo.errors import InvalidInputError
from tests.analysis.tables import table

HERE = shapely.box(24, 60, 24.1, 60.05)


def rows(count: int) -> list[tuple[str, str, Any]]:
    return [(f"{i}_1", f"2026-01-{1 + 3 * i:02d}", HERE) for i in range(count)]


def test_a_series_gives_every_pair_older_first() -> None:
    found = repeats(table(rows(3), view__incidence_angle=[30.0, 30.05, 31.0]))
    assert found[["reference_frame", "secondary_frame"]].values.tolist() == [
        ["0_1", "1_1"],
        ["0_1", "2_1"],
        ["1_1", "2_1"],
    ]
    assert found["days"].tolist() == [3, 6, 3]
    assert found["fit"].tolist() == ["coherent", "amplitude", "amplitude"]
    assert found["incidence_difference_deg"].tolist() == pytest.approx([0.05, 1.0, 0.95])
    assert set(found["group"]) == {0}
    assert found["overlap"].tolist() == pytest.approx([1, 1, 1])


@pytest.mark.parametrize(
    "column", [{"sar__instrument_mode": ["a", "b"]}, {"sar__observation_direction": ["left", "right"]},
               {"sat__orbit_state": ["ascending", "descending"]}, {"view__incidence_angle": [20.0, 24.0]},
               {"view__incidence_angle": [20.0, None]}, {"sat__orbit_state": [None, None]}],
)  # fmt: skip
def test_another_geometry_is_no_repeat(column: dict[str, Any]) -> None:
    assert len(repeats(table(rows(2), **column))) == 0


def test_the_overlap_is_of_the_smaller_footprint() -> None:
    small = shapely.box(24, 60, 24.05, 60.05)
    found = repeats(table([("1_1", "2026-01-01", HERE), ("2_1", "2026-01-02", small)]))
    assert found["overlap"].tolist() == pytest.approx([1.0])
    aside = shapely.box(24.06, 60, 24.16, 60.05)
    assert len(repeats(table([("1_1", "2026-01-01", HERE), ("2_1", "2026-01-02", aside)]))) == 0
    assert (
        len(repeats(table([("1_1", "2026-01-01", HERE), ("2_1", "2026-01-02", aside)]), min_overlap=0.3)) == 1
    )


def test_frames_of_one_image_and_products_of_one_frame_do_not_pair() -> None:
    one = [("5_1", "2026-01-01", HERE), ("5_2", "2026-01-01", HERE), ("5_1", "2026-01-01", HERE)]
    assert len(repeats(table(one))) == 0


def test_places_apart_are_groups_apart() -> None:
    other = shapely.box(10, 10, 10.1, 10.05)
    found = repeats(table([*rows(2), ("8_1", "2026-02-01", other), ("9_1", "2026-02-05", other)]))
    assert found["group"].tolist() == [0, 1]


def test_time_can_be_limited() -> None:
    assert repeats(table(rows(3)), max_days=3)["days"].tolist() == [3, 3]


def test_an_empty_table_gives_an_empty_answer_with_all_columns() -> None:
    assert list(repeats(table([])).columns) == list(repeats(table(rows(2))).columns)


@pytest.mark.parametrize(
    "wrong", [{"min_overlap": 0}, {"min_overlap": 1.1}, {"max_incidence_difference_deg": -1}]
)
def test_wrong_limits_are_named(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInputError, match=next(iter(wrong))):
        repeats(table(rows(2)), **wrong)  # type: ignore[arg-type]
