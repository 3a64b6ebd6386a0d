"""Results show themselves: a short line of text, a small table without colours of its own, nothing secret."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.text import Annotation

from iceye_geo import open_cog
from iceye_geo.cog.cog import Cog
from iceye_geo.errors import InvalidInputError

from .factory import make_cog, properties
from .helpers import open_with
from .server import StrictHost

matplotlib.use("agg")


@pytest.fixture(scope="module")
def served(grd: Path) -> Iterator[Cog]:
    host = StrictHost()
    with open_cog(host.url(grd)) as cog:
        yield cog
    host.close()


def results(cog: Cog) -> dict[str, Any]:
    place = cog.center
    line = [place, cog.geolocation.lonlat(1200, 2000)]
    return {
        "info": cog.info(), "statistics": cog.statistics(place), "point": cog.point(*place),
        "histogram": cog.histogram(place, bins=20), "profile": cog.profile(line, samples=9),
        "raster": cog.preview(128), "geocoded": cog.geocoded(128), "transfer": cog.transfer,
    }  # fmt: skip


def test_every_result_is_one_short_line(served: Cog) -> None:
    for name, result in results(served).items():
        text = repr(result)
        assert len(text) < 200, name
        assert "\n" not in text, name
        assert not any(word in text for word in ("Signature", "array(", "Expires")), name


def test_tables_take_the_colours_of_the_page_and_hold_no_secret(served: Cog) -> None:
    for name, result in results(served).items():
        if hasattr(result, "_repr_html_"):
            page = result._repr_html_()
            ET.fromstring(f"<div>{page}</div>")
            assert not any(word in page for word in ("Signature", "color:", "background", "#", "nan")), name
            assert len(page) < 4000, name


def test_a_histogram_draws_a_bar_for_each_bin_that_has_pixels(served: Cog) -> None:
    found = served.histogram(served.center, bins=20)
    page = found._repr_html_()
    assert page.count("<rect") == int((found.counts > 0).sum())
    assert "fill='currentColor'" in page
    assert "sigma nought (dB)" in page


def test_what_is_not_calibrated_says_so_wherever_it_shows(tmp_path: Path) -> None:
    path = make_cog(
        tmp_path / "s.tif",
        props=properties(1200, **{"iceye:processing_mode": "SC", "sar:product_type": "<b>"}),
    )
    with open_cog(path) as cog:
        for found in (cog.statistics(cog.center), cog.point(*cog.center), cog.histogram(cog.center)):
            assert "not calibrated" in repr(found)
            assert "not calibrated" in found._repr_html_()
        assert "&lt;b&gt;" in cog.info()._repr_html_()


def test_where_there_is_no_data_the_words_say_it(grd: Path) -> None:
    with open_cog(grd) as cog:
        edge = cog.geolocation.lonlat(1000.5, 10.5)
        assert "no data" in repr(cog.point(*edge))
        nothing = cog.statistics(edge, size=5)
        assert "mean none" in repr(nothing)
        assert "nan" not in nothing._repr_html_()


def test_a_plot_keeps_to_the_limits_it_is_given(host: StrictHost, grd: Path) -> None:
    with open_with(host, grd) as cog:
        raster = cog.preview(128)
        axes = raster.plot(vmin=-25, vmax=0)
        assert axes.images[0].get_clim() == (-25, 0)
        low, high = raster.plot(vmax=3).images[0].get_clim()
        assert low < high == 3
        with pytest.raises(InvalidInputError, match="below vmax"):
            raster.plot(vmin=5, vmax=-5)


def test_the_arrow_for_north_points_north_also_where_the_picture_is_not_square(tmp_path: Path) -> None:
    path = make_cog(tmp_path / "wide.tif", height=500, width=1500, heading_deg=140.0)
    with open_cog(path) as cog:
        axes = cog.preview(300).plot()
        lon, lat = cog.center
        row, col = cog.geolocation.pixel(lon, lat)
        up, across = cog.geolocation.pixel(lon, lat + 1e-3)
    notes = [note for note in axes.texts if isinstance(note, Annotation)]
    word = next(note for note in notes if note.get_text() == "N")
    north = next(note for note in notes if not note.get_text() and tuple(note.xy) == tuple(word.xy))
    drawn = np.array(north.xy) - north.xyann
    true = np.array([across - col, up - row])
    assert np.dot(drawn, true) / (np.hypot(*drawn) * np.hypot(*true)) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("height", "width"), [(300, 3000), (900, 1000)])
def test_a_plot_of_any_shape_has_all_its_furniture_inside(tmp_path: Path, height: int, width: int) -> None:
    path = make_cog(tmp_path / "p.tif", height=height, width=width)
    with open_cog(path) as cog:
        axes = cog.preview(600).plot()
    figure = axes.figure
    figure.canvas.draw()
    picture, page = axes.get_window_extent(), figure.bbox
    assert axes.get_title() == "SM GRD-COG 2025-05-01 10:00 UTC"
    words = {note.get_text(): note.get_window_extent() for note in axes.texts if note.get_text()}
    assert {"N", "range", "azimuth"} < set(words)
    assert any(word.endswith((" km", " m")) for word in words)
    sides = [box for side in figure.axes if (box := side.get_tightbbox()) is not None]
    assert len(sides) == 2
    for box in [*words.values(), *sides]:
        assert page.x0 <= box.x0 <= box.x1 <= page.x1
        assert page.y0 <= box.y0 <= box.y1 <= page.y1
    for name in ("N", "range", "azimuth"):
        assert picture.overlaps(words[name])
    boxes = list(words.values())
    assert not any(a.overlaps(b) for n, a in enumerate(boxes) for b in boxes[n + 1 :])
