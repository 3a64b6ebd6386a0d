"""The frames at or nearest to a point."""

from __future__ import annotations

import pytest
import shapely
from pyproj import Geod

from iceye_geo.analysis import next_to
from iceye_geo.errors import InvalidInputError
from tests.analysis.tables import table

GEOD = Geod(ellps="WGS84")


def test_nearest_first_and_newest_first_among_those_that_hold_the_point() -> None:
    here, far = shapely.box(0, 0, 1, 1), shapely.box(5, 0, 6, 1)
    found = next_to(
        table([("1_1", "2026-01-01", here), ("2_1", "2026-02-01", here), ("3_1", "2026-03-01", far)]),
        (0.5, 0.5),
    )
    assert found["iceye:frame_id"].tolist() == ["2_1", "1_1", "3_1"]
    assert found["distance_m"].tolist()[:2] == [0, 0]
    assert found["distance_m"].iloc[2] == pytest.approx(GEOD.inv(0.5, 0.5, 5, 0.5)[2], rel=1e-3)
    assert found["bearing_deg"].iloc[2] == pytest.approx(90, abs=0.1)


def test_the_antimeridian_is_no_wall() -> None:
    found = next_to(table([("1_1", "2026-01-01", shapely.box(-179.9, 0, -179, 1))]), (179.9, 0.5))
    assert found["distance_m"].iloc[0] == pytest.approx(GEOD.inv(179.9, 0.5, -179.9, 0.5)[2], rel=1e-3)


def test_count_and_distance_cut_the_answer() -> None:
    rows = [(f"{i}_1", "2026-01-01", shapely.box(i, 0, i + 0.5, 1)) for i in range(8)]
    assert len(next_to(table(rows), (0, 0.5), count=3)) == 3
    assert len(next_to(table(rows), (0, 0.5), count=None, max_distance_m=250_000)) == 3
    assert len(next_to(table(rows[:0]), (0, 0))) == 0


def test_a_footprint_round_the_antipode_is_far_and_a_missing_one_is_left_out() -> None:
    rows = [("1_1", "2026-01-01", shapely.box(179, -1, 180, 1)), ("2_1", "2026-01-01", None)]
    found = next_to(table(rows), (-0.5, 0.0))
    assert len(found) == 1
    assert found["distance_m"].iloc[0] > 19e6


@pytest.mark.parametrize("wrong", [{"count": 0}, {"max_distance_m": -1}, {"max_distance_m": float("nan")}])
def test_wrong_inputs_are_named(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInputError, match=next(iter(wrong))):
        next_to(table([]), (0, 0), **wrong)  # type: ignore[arg-type]
