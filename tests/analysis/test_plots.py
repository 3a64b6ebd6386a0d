"""Pictures: what is in them, not how they look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import pytest
import shapely

from iceye_geo.analysis import coverage, plot_coverage, timeline
from iceye_geo.errors import InvalidInputError
from tests.analysis.tables import table

ROWS = [(f"{i}_1", f"2026-{i + 1:02d}-05", shapely.box(24, 59, 25, 60)) for i in range(6)]


@pytest.fixture(autouse=True)
def no_window() -> Iterator[None]:
    mpl.use("Agg")
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def test_the_timeline_has_a_row_per_value_and_a_mark_per_frame() -> None:
    modes = ["stripmap"] * 4 + ["scan"] * 2
    ax = timeline(table(ROWS, sar__instrument_mode=modes, sat__orbit_state=["ascending", None] * 3))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["scan  2", "stripmap  4"]
    assert sum(len(marks.get_offsets()) for marks in ax.collections) == 6
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"ascending (3)", "unknown (3)"}


def test_rare_values_share_a_row() -> None:
    rows = [(f"{i}_1", "2026-01-05", shapely.box(0, 0, 1, 1)) for i in range(40)]
    ax = timeline(table(rows, sar__instrument_mode=[f"mode {min(i, 30)}" for i in range(40)]))
    assert len(ax.get_yticklabels()) == 12


def test_an_empty_timeline_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="nothing to draw"):
        timeline(table([]))


@pytest.mark.parametrize(
    "aoi", [(23, 58, 26, 61), (24.2, 59.2, 24.8, 59.8), (50, 50, 51, 51)], ids=["part", "all", "none"]
)
def test_a_coverage_is_drawn_with_its_headline(aoi: tuple[float, ...], tmp_path: Path) -> None:
    found = coverage(table(ROWS), aoi, cells=100)
    ax = plot_coverage(found)
    assert ax.get_title(loc="left").startswith(f"{found.fraction:.1%} of ")
    ax.figure.savefig(tmp_path / "coverage.png")  # type: ignore[union-attr]
    assert (tmp_path / "coverage.png").stat().st_size > 5_000


def test_across_the_antimeridian_the_picture_is_in_one_piece() -> None:
    found = coverage(
        table([("1_1", "2026-01-01", shapely.box(179, 0, 180, 1))]), (178, -1, -178, 2), cells=50
    )
    west, east = plot_coverage(found).get_xlim()
    assert 177 < west < 178
    assert 182 < east < 183


def test_pictures_name_the_source_where_the_data_ask_for_it() -> None:
    gdf = table(ROWS, attribution="ICEYE, CC-BY 4.0")
    for ax in (timeline(gdf), plot_coverage(coverage(gdf, (23, 58, 26, 61), cells=20))):
        assert "© ICEYE, CC-BY 4.0" in [text.get_text() for text in ax.texts]
    assert not timeline(table(ROWS)).texts


@pytest.mark.parametrize("aoi", [(0, 50, 40, 53), (170, -50, -170, -10), (-180, -90, 180, 90)])
def test_the_picture_has_the_shape_of_the_area(aoi: tuple[float, ...]) -> None:
    found = coverage(table(ROWS), aoi, cells=20)
    ax = plot_coverage(found)
    ax.figure.canvas.draw()
    whole, inner = (
        ax.figure.get_size_inches(),
        ax.get_window_extent().transformed(
            ax.figure.dpi_scale_trans.inverted()  # type: ignore[union-attr]
        ),
    )
    assert inner.width * inner.height > 0.45 * whole[0] * whole[1]
