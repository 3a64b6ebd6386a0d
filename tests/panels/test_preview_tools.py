"""What is measured in a preview: a pixel, a distance, a height, a profile, a histogram."""

from __future__ import annotations

import math

import pytest

from iceye_geo.errors import InvalidInputError, OutsideFrameError
from iceye_geo.panels.jobs import Ticket
from iceye_geo.panels.preview_plane import View
from tests.panels.previewing import opened, ranges


def test_a_reading_is_the_pixel_of_the_file(control, items) -> None:
    opened(control, items[0])
    reading = control.reading(1234.7, 777.2)
    assert (reading.row, reading.col) == (1234, 777)
    cog = control.cog
    point = cog.point(reading.lon, reading.lat)
    assert (point.row, point.col) == (1234, 777)
    assert reading.dn == point.dn
    assert reading.db == pytest.approx(point.sigma0_db)
    assert reading.incidence_deg == pytest.approx(point.incidence_deg, abs=0.01)
    assert "σ⁰" in str(reading)
    with pytest.raises(OutsideFrameError):
        control.reading(-40, 10)


def test_the_ruler_is_geodesic(control, items) -> None:
    opened(control, items[0])
    start, end = (500.0, 500.0), (500.0, 1500.0)
    _, per_col = control.cog.geolocation.spacing_m(500, 1000)
    assert control.distance(start, end).metres == pytest.approx(1000 * per_col, rel=2e-3)


def test_a_height_follows_from_shadow_and_incidence_along_range_only(control, items) -> None:
    opened(control, items[0])
    height = control.height((1000, 800), (1040, 800))
    per_row, _ = control.cog.geolocation.spacing_m(1020, 800)
    theta = float(control.cog.info().incidence.at(1020))
    assert height.metres == pytest.approx(40 * per_row / math.tan(math.radians(theta)), rel=1e-6)
    leaning = control.height((1000, 800), (1040, 860))
    assert leaning.metres == pytest.approx(height.metres, rel=1e-3)
    assert "leans" in str(leaning)
    with pytest.raises(InvalidInputError, match="along range"):
        control.height((1000, 800), (1000, 900))


def test_profile_and_histogram_are_pictures_and_a_view_histogram_reads_nothing(control, items, big) -> None:
    opened(control, items[0])
    control.look_at(View(1000, 1000, 300, 300))
    control.picture(Ticket())
    big.requests.clear()
    assert control.histogram_plot(Ticket()).startswith(b"\x89PNG")
    assert ranges(big) == []
    assert control.profile_plot((1000, 1000), (1200, 1300)).startswith(b"\x89PNG")
    assert control.histogram_plot(Ticket(), whole=True).startswith(b"\x89PNG")
