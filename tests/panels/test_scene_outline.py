"""The outline has the size of the mode table on the ground, everywhere, and turns with the pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from iceye_geo.models.modes import MODES
from iceye_geo.panels.scene_outline import describe_scene, heading_deg, outline_bounds, scene_outline

GEOD = Geod(ellps="WGS84")


def _sides_km(ring: list[list[float]]) -> tuple[float, float]:
    corners = ring[::8]
    return tuple(GEOD.inv(*corners[i], *corners[i + 1])[2] / 1000 for i in (0, 1))  # type: ignore[return-value]


@pytest.mark.parametrize("mode", MODES.values(), ids=lambda m: m.api_name)
@pytest.mark.parametrize("point", [(24.9, 60.2), (0.0, 0.0), (179.99, -17.0), (-60.0, 78.0)])
def test_the_sides_are_those_of_the_mode_table(mode, point: tuple[float, float]) -> None:
    outline = scene_outline(point, mode=mode.api_name, pass_direction="ASCENDING")
    along, across = _sides_km(outline["coordinates"][0][0])
    assert along == pytest.approx(mode.azimuth_km, rel=0.01)
    assert across == pytest.approx(mode.range_km, rel=0.01)


def test_long_sides_lie_along_the_track() -> None:
    ring = scene_outline((24.9, 60.2), mode="STRIPMAP", pass_direction="DESCENDING")["coordinates"][0][0]
    azimuth = GEOD.inv(*ring[0], *ring[8])[0] % 360
    assert azimuth == pytest.approx(heading_deg(60.2, pass_direction="DESCENDING"), abs=1)


@given(st.floats(-90, 90), st.sampled_from(["ASCENDING", "DESCENDING"]))
def test_headings_go_north_or_south(latitude: float, word: str) -> None:
    heading = heading_deg(latitude, pass_direction=word)  # type: ignore[arg-type]
    assert 180 <= heading < 360  # a retrograde orbit always drifts west over the ground
    if abs(latitude) < 75:
        assert (heading > 270) == (word == "ASCENDING")


def test_the_heading_agrees_with_the_scenes_of_the_sandbox() -> None:
    from iceye_geo.sandbox.geometry import heading_at

    for latitude in (-60.0, 0.0, 45.0, 81.0):
        for state, word in (("ascending", "ASCENDING"), ("descending", "DESCENDING")):
            assert heading_deg(latitude, pass_direction=word) == pytest.approx(
                heading_at(latitude, orbit_state=state), abs=1e-6
            )


def test_any_pass_draws_both_and_a_side_draws_arrows() -> None:
    assert len(scene_outline((24.9, 60.2), mode="SPOTLIGHT")["coordinates"]) == 2
    both = scene_outline((24.9, 60.2), mode="SPOTLIGHT", look_side="LEFT")["coordinates"]
    assert len(both) == 4
    tip, left, right, _ = scene_outline(
        (24.9, 60.2), mode="SPOTLIGHT", look_side="RIGHT", pass_direction="ASCENDING"
    )["coordinates"][1][0]
    assert tip[0] > left[0]
    assert tip[0] > right[0], "flying north and looking right is looking east"


def test_across_the_date_line_the_outline_stays_whole() -> None:
    west, _, east, _ = outline_bounds(scene_outline((179.99, 0.0), mode="SCAN"))
    assert east - west < 3
    assert east > 180


def test_an_unknown_mode_says_so() -> None:
    assert scene_outline((0, 0), mode="TELEPATHY") is None
    assert "not in the mode table" in describe_scene("TELEPATHY")
    assert "15–35°" in describe_scene("STRIPMAP", pass_direction="ASCENDING")
