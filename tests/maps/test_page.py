"""The page under every map."""

from __future__ import annotations

import re

from iceye_geo.maps.page import add_box, add_ramp, base_map, fit, land


def test_land_is_valid_and_stays_within_the_world() -> None:
    from shapely.geometry import shape

    outline = shape(land()["features"][0]["geometry"])
    assert outline.is_valid
    assert outline.bounds[0] >= -180
    assert outline.bounds[2] <= 180
    assert outline.contains(shape({"type": "Point", "coordinates": [25, 63]})), "Finland is land"
    assert not outline.contains(shape({"type": "Point", "coordinates": [-30, 40]})), "the Atlantic is not"


def test_land_is_repeated_where_a_page_goes_on_past_180() -> None:
    once, twice = (base_map(beyond_180=more).get_root().render() for more in (False, True))
    assert twice.count("Natural Earth") == 2 * once.count("Natural Earth")


def test_land_lies_in_a_pane_below_pictures() -> None:
    page = base_map().get_root().render()
    assert re.search(
        r'createPane\(\s*"iceye-land"\s*\).{0,200}zIndex = 250.*"pane": ?"iceye-land"', page, re.DOTALL
    )


def test_boxes_keep_their_braces() -> None:
    made = base_map()
    add_box(made, "iceye-title", "{{ 1 + 1 }}")
    assert "&#123;&#123; 1 + 1 &#125;&#125;" in made.get_root().render()


def test_a_ramp_names_both_ends() -> None:
    made = base_map()
    add_ramp(made, ["#000", "#fff"], title="Acquired", ends=("first", "last"))
    page = made.get_root().render()
    assert "linear-gradient(90deg,#000,#fff)" in page
    assert page.index("first") < page.index("last")


def test_the_view_is_fitted() -> None:
    made = base_map()
    fit(made, (170, -10, 190, 10))
    assert "[[-10, 170], [10, 190]]" in made.get_root().render()
