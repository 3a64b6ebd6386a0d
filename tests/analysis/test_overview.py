"""What a table of frames holds, in one look."""

from __future__ import annotations

import pytest
import shapely

from iceye_geo.analysis import summary
from tests.analysis.tables import table

BOX = shapely.box(0, 0, 1, 1)


def test_items_frames_times_areas_and_counts() -> None:
    rows = [("1_1", "2026-01-01", BOX), ("1_1", "2026-01-01", BOX), ("2_1", "2026-03-01", BOX)]
    found = summary(
        table(rows, sar__product_type=["GRD-COG", "SLC-COG", "GRD-COG"], view__incidence_angle=[20, 20, 35])
    )
    assert (found.items, found.frames, found.incidence_deg) == (3, 2, (20.0, 35.0))
    assert (f"{found.first:%Y-%m-%d}", f"{found.last:%Y-%m-%d}") == ("2026-01-01", "2026-03-01")
    assert found.footprints_m2 == pytest.approx(2 * 12_308_463_894, rel=1e-6)
    assert found.counts["product"] == {"GRD-COG": 2, "SLC-COG": 1}
    assert found.to_frame().query("what == 'product'")["items"].tolist() == [2, 1]
    assert "SLC-COG 1" in found._repr_html_()


def test_an_empty_table_is_told_as_such() -> None:
    assert str(summary(table([]))) == "0 items"


def test_values_are_escaped_in_html() -> None:
    assert (
        "<b>x" not in summary(table([("1_1", "2026-01-01", BOX)], sar__product_type=["<b>x"]))._repr_html_()
    )
