"""The area form: every way to give an area, and the last one holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import shapely

from iceye_geo import Client
from iceye_geo.errors import InvalidInputError
from iceye_geo.panels import SearchPanel
from iceye_geo.panels.area import from_numbers
from tests.panels.searching import EUROPE, panel_of

SQUARE = {"type": "Polygon", "coordinates": [[[0, 40], [20, 40], [20, 60], [0, 60], [0, 40]]]}


@pytest.fixture
def panel(client: Client, tmp_path: Path) -> Iterator[SearchPanel]:
    yield from panel_of(client, tmp_path)


@pytest.mark.parametrize("way", ["numbers", "text", "file", "saved"])
def test_the_area_by_every_other_way(panel: SearchPanel, way: str) -> None:
    form = panel.area
    if way == "numbers":
        for name, value in zip(("west", "south", "east", "north"), (1, 2, 3, 4), strict=True):
            form.numbers[name].value = str(value)
        form.use.click()
    elif way == "text":
        form.text.value = "1 2 3 4"
        form.read.click()
    elif way == "file":
        content = json.dumps(shapely.geometry.mapping(shapely.box(1, 2, 3, 4))).encode()
        upload = {"name": "a.geojson", "type": "", "size": len(content), "content": memoryview(content)}
        form.file.value = ({**upload, "last_modified": datetime.now(UTC)},)
    else:
        form._saved.save("mine", from_numbers(1, 2, 3, 4))
        form.way.value = "Saved"
        form.saved.value = "mine"
    assert panel.aoi is not None
    assert panel.aoi.bounds == (1, 2, 3, 4)
    assert form.numbers["east"].value == "3"
    assert "outline" not in panel.view._layers
    assert "area" in panel.view._layers
    form.clear.click()
    assert panel.aoi is None
    assert "area" not in panel.view._layers


def test_an_area_is_saved_chosen_and_forgotten(panel: SearchPanel, shown_errors: list[BaseException]) -> None:
    form = panel.area
    form.way.value = "Saved"
    form.keep.click()
    assert "none to save" in str(shown_errors.pop())
    form.set_area(EUROPE)
    form.name.value = "Europe"
    form.keep.click()
    assert ("Europe", "Europe") in form.saved.options
    form.saved.value = "Europe"
    form.forget.click()
    assert form._saved.names() == []


def test_the_last_area_wins_over_the_drawing(panel: SearchPanel) -> None:
    panel.view._draw.data = [{"type": "Feature", "geometry": SQUARE, "properties": {}}]
    panel.area.set_area(EUROPE)
    assert panel.view._draw.data == []
    assert panel.area.area is EUROPE
    panel.view._draw.data = [{"type": "Feature", "geometry": SQUARE, "properties": {}}]
    assert "area" not in panel.view._layers
    panel.view._draw.data = []
    assert panel.aoi is None


def test_a_wrong_number_is_shown_and_the_area_stays(
    panel: SearchPanel, shown_errors: list[BaseException]
) -> None:
    panel.area.set_area(EUROPE)
    panel.area.numbers["north"].value = "north"
    panel.area.use.click()
    assert isinstance(panel.last_error, InvalidInputError)
    assert shown_errors.pop() is panel.last_error
    assert "is no number" in panel._alert.value
    assert panel.area.area is EUROPE
