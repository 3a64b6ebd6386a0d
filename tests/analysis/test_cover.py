"""How much of an area was seen, how often, and where and when it was not."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from iceye_geo.analysis import coverage, repeats
from iceye_geo.errors import InvalidInputError
from tests.analysis.tables import table

HALF, WHOLE = shapely.box(0, 0, 1, 1), shapely.box(0, 0, 2, 1)


def test_the_share_is_measured_on_the_ground_not_in_degrees() -> None:
    north = shapely.box(0, 60, 1, 80)
    found = coverage(table([("1_1", "2026-01-01", shapely.box(0, 60, 1, 70))]), north)
    # In degrees it were one half; towards the pole degrees shrink.
    assert found.fraction == pytest.approx(0.6197, abs=2e-3)


def test_overlaps_count_once_for_the_share_and_twice_for_the_looks() -> None:
    found = coverage(table([("1_1", "2026-01-01", HALF), ("2_1", "2026-01-05", HALF)]), WHOLE, cells=200)
    assert found.fraction == pytest.approx(0.5, abs=1e-3)
    assert set(found.grid["looks"]) == {0, 2}
    assert found.mean_looks == pytest.approx(1.0, abs=0.05)
    assert found.longest_wait_days == pytest.approx(4.0)


def test_the_grid_knows_the_first_and_last_look_and_the_longest_wait() -> None:
    days = ("2026-01-01", "2026-01-03", "2026-01-10")
    found = coverage(table([(f"{i}_1", day, WHOLE) for i, day in enumerate(days)]), WHOLE, cells=10)
    row = found.grid.iloc[0]
    assert (row["looks"], str(row["first"].date()), str(row["last"].date())) == (
        3,
        "2026-01-01",
        "2026-01-10",
    )
    assert row["longest_wait_days"] == pytest.approx(7.0)
    assert found.waits_days.tolist() == pytest.approx([2.0, 7.0])


def test_products_of_one_frame_and_frames_of_one_image_are_one_look() -> None:
    rows = [("7_1", "2026-01-01", WHOLE), ("7_1", "2026-01-01", WHOLE), ("7_2", "2026-01-01T00:00:08", WHOLE)]
    found = coverage(table(rows), WHOLE, cells=10)
    assert set(found.grid["looks"]) == {1}
    assert len(found.frames) == 2
    assert len(found.waits_days) == 0


def test_what_was_not_seen_is_returned_as_geometry() -> None:
    found = coverage(table([("1_1", "2026-01-01", HALF)]), WHOLE)
    assert found.uncovered.symmetric_difference(shapely.box(1, 0, 2, 1)).area < 1e-3


def test_nothing_found_is_no_error() -> None:
    found = coverage(table([("1_1", "2026-01-01", shapely.box(50, 50, 51, 51))]), WHOLE)
    assert (found.fraction, found.mean_looks, len(found.frames)) == (0, 0, 0)
    assert np.isnan(found.longest_wait_days)
    assert found.uncovered.symmetric_difference(WHOLE).area < 1e-3
    assert "0.0%" in found._repr_html_()


def test_null_footprints_are_passed_over() -> None:
    assert coverage(
        table([("1_1", "2026-01-01", None), ("2_1", "2026-01-01", WHOLE)]), WHOLE
    ).fraction == pytest.approx(1)


@pytest.mark.parametrize("aoi", [(179, -1, -179, 1), shapely.box(179, -1, 181, 1)])
def test_an_area_across_the_antimeridian_is_one_area(aoi: object) -> None:
    east = shapely.MultiPolygon([shapely.box(179.5, -1, 180, 1), shapely.box(-180, -1, -179.5, 1)])
    found = coverage(table([("1_1", "2026-01-01", east)]), aoi, cells=400)
    assert found.fraction == pytest.approx(0.5, abs=1e-3)
    assert found.grid.geometry.is_valid.all()
    bounds = found.grid.geometry.bounds
    assert (bounds["maxx"] - bounds["minx"]).where(lambda w: w < 359).max() < 1
    assert found.uncovered.bounds[2] - found.uncovered.bounds[0] > 350, "two pieces, one on each side"


def test_a_pole_can_be_covered() -> None:
    cap = shapely.box(-180, 85, 180, 90)
    found = coverage(table([("1_1", "2026-01-01", shapely.box(0, 85, 180, 90))]), cap, cells=300)
    assert found.fraction == pytest.approx(0.5, abs=0.01)


def test_what_was_seen_round_a_pole_is_left_out_of_the_gaps() -> None:
    rows = [
        ("1_1", "2026-01-01", shapely.box(20, 75, 40, 79)),
        ("2_1", "2026-01-02", shapely.box(-180, 87, 180, 90)),
    ]
    found = coverage(table(rows), (-180, 70, 180, 90), cells=50)
    assert found.uncovered.area == pytest.approx(360 * 17 - 80)
    assert not found.uncovered.intersects(shapely.Point(30, 77))
    assert shapely.union_all(found.heat().geometry).area == pytest.approx(80 + 360 * 3)


def test_a_small_area_has_at_least_one_cell() -> None:
    assert len(coverage(table([("1_1", "2026-01-01", WHOLE)]), (0, 0, 0.001, 0.5), cells=1).grid) == 1


def test_wrong_inputs_are_named() -> None:
    with pytest.raises(InvalidInputError, match="cells"):
        coverage(table([("1_1", "2026-01-01", WHOLE)]), WHOLE, cells=0)
    with pytest.raises(InvalidInputError, match="acquired"):
        coverage(table([("1_1", "2026-01-01", WHOLE)]).drop(columns="acquired"), WHOLE)
    with pytest.raises(InvalidInputError, match="GeoDataFrame"):
        coverage([1, 2], WHOLE)


def test_the_heat_has_the_outline_of_what_was_seen_and_the_looks_of_its_parts() -> None:
    rows = [("1_1", "2026-01-01", HALF), ("2_1", "2026-01-05", shapely.box(0.5, 0, 1.5, 1))]
    rows += [("3_1", "2026-01-09", shapely.box(1.9, 0.9, 1.91, 0.91))]
    found = coverage(table(rows), WHOLE, cells=20)
    heat = found.heat(pieces=900)
    sizes = {looks: shapely.union_all(part.geometry).area for looks, part in heat.groupby("looks")}
    assert sizes[2] == pytest.approx(0.5, abs=0.05)
    assert sum(sizes.values()) == pytest.approx(1.5001, abs=1e-3)
    assert shapely.union_all(heat.geometry).intersection(found.uncovered).area < 1e-3
    assert set(heat.loc[heat["looks"] == 2, "longest_wait_days"]) == {4.0}
    lone = heat[heat.intersects(shapely.box(1.8, 0.8, 2, 1))]
    assert lone["looks"].tolist() == [1], "smaller than any cell of the grid, and still there"
    assert list(heat.columns) == [name for name in found.grid.columns if name in heat.columns]


def test_a_lone_footprint_is_one_piece_and_nothing_seen_is_none() -> None:
    assert len(coverage(table([("1_1", "2026-01-01", HALF)]), WHOLE).heat()) == 1
    assert len(coverage(table([]), WHOLE).heat()) == 0


def test_mean_looks_are_measured_not_counted_on_the_grid() -> None:
    rows = [("1_1", "2026-01-01", shapely.box(0, 0, 0.02, 0.02)), ("2_1", "2026-01-02", HALF)]
    rows += [("2_2", "2026-01-02T00:00:09", HALF)]
    found = coverage(table(rows), WHOLE, cells=4)
    assert found.mean_looks == pytest.approx(0.5002, abs=1e-4)
    assert "3 frames, 0.5 looks on average, longest wait 1.0 days" in str(found)


def test_who_must_be_named_is_named_in_every_result() -> None:
    rows = [("1_1", "2026-01-01", HALF), ("2_1", "2026-01-02", HALF)]
    source = "ICEYE, CC-BY 4.0"
    found = coverage(table(rows, attribution=source), WHOLE, cells=20)
    assert found.attribution == source
    assert set(found.grid["attribution"]) == set(found.heat()["attribution"]) == {source}
    assert set(repeats(table(rows, attribution=source))["attribution"]) == {source}
    unnamed = coverage(table(rows), WHOLE, cells=20)
    assert unnamed.attribution == ""
    assert "attribution" not in unnamed.grid.columns
