"""Tasks on a page: planned and real footprints, what is said of them, and no network."""

from __future__ import annotations

import re
from typing import Any

import folium
import pytest

from iceye_geo.errors import InvalidInputError
from iceye_geo.maps import orders
from iceye_geo.models.tasking import Scene, Task

RING = [[24.9, 60.1], [25.0, 60.1], [25.0, 60.2], [24.9, 60.2], [24.9, 60.1]]


def task(status: str, *, lon: float = 24.95, **more: Any) -> Task:
    place = {"lat": 60.15, "lon": lon}
    return Task.from_wire({"id": f"t-{status}", "status": status, "pointOfInterest": place, **more})


def scene(ring: list[list[float]] = RING, **more: Any) -> Scene:
    return Scene.from_wire({"footprint": {"type": "Polygon", "coordinates": [ring]}, **more})


def page_of(made: folium.Map) -> str:
    page: str = made.get_root().render()
    return page


def test_planned_imaged_and_ended_tasks_are_told_apart_in_words() -> None:
    planned = scene(incidenceAngle=31.42, lookSide="LEFT", passDirection="ASCENDING")
    page = page_of(
        orders(
            [(task("ACTIVE"), planned), (task("DONE", reference="<b>"), scene()), (task("REJECTED"), None)]
        )
    )
    for words in ("3 tasks", "On their way (1)", "Imaged (1)", "Ended without an image (1)"):
        assert words in page
    assert "31.4\\u00b0, looking left, ascending pass" in page
    assert '"task": "\\u0026lt;b\\u0026gt;"' in page
    assert "https://cdn" not in page


def test_a_task_nobody_has_planned_is_a_place() -> None:
    made = orders([(task("RECEIVED"), None)], title="Mine")
    assert '"MultiPoint"' in page_of(made)
    assert "Mine" in page_of(made)


def test_a_footprint_across_the_antimeridian_stays_in_one_piece() -> None:
    halves = {
        "type": "MultiPolygon",
        "coordinates": [
            [[[179.9, 0], [180, 0], [180, 1], [179.9, 1], [179.9, 0]]],
            [[[-180, 0], [-179.9, 0], [-179.9, 1], [-180, 1], [-180, 0]]],
        ],
    }
    made = orders([(task("ACTIVE", lon=180.0), Scene.from_wire({"footprint": halves}))])
    *_, fitted = re.findall(r"fitBounds\(\s*\[\[(.*?)\]\]", page_of(made))
    assert [float(part.strip("[ ]")) for part in fitted.split(",")] == pytest.approx([0, 179.9, 1, 180.1])


def test_tasks_that_say_no_place_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="where it looks"):
        orders([(Task.from_wire({"id": "t", "status": "DONE"}), None)])
