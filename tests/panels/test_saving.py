"""What was found, written to files that other tools read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pystac
import pytest

from iceye_geo import Client
from iceye_geo.errors import (
    InvalidInputError,
)
from iceye_geo.panels.search_form import SearchForm
from tests.panels.searching import EUROPE, Desk, desk_of


@pytest.fixture
def desk(client: Client) -> Iterator[Desk]:
    yield from desk_of(client)


def test_saved_files_are_read_back_by_other_tools(desk: Desk, tmp_path: Path) -> None:
    control = desk.run(SearchForm(area=EUROPE, max_items=12))
    path, count = control.save(tmp_path / "found", format="GeoParquet")
    assert (path.name, count) == ("found.parquet", 12)
    assert len(gpd.read_parquet(path)) == 12
    path, _ = control.save(tmp_path / "found.geojson", format="GeoJSON")
    assert len(gpd.read_file(path)) == 12
    control.select([control.results.items[0].id])
    path, count = control.save(tmp_path / "found.json", format="ItemCollection", selected=True)
    assert count == 1
    assert pystac.ItemCollection.from_file(str(path)).items[0].id == control.results.items[0].id
    assert "Signature" not in path.read_text() + json.dumps((tmp_path / "found.geojson").read_text())


def test_a_save_that_cannot_be_is_said(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="nothing to save"):
        desk.control.save(tmp_path / "a", format="GeoJSON")
    control = desk.run(SearchForm(max_items=2))
    with pytest.raises(InvalidInputError, match="nothing is selected"):
        control.save(tmp_path / "a", format="GeoJSON", selected=True)
    with pytest.raises(InvalidInputError, match="no name"):
        control.save("  ", format="GeoJSON")
    with pytest.raises(InvalidInputError, match="does not exist"):
        control.save(tmp_path / "no" / "a.geojson", format="GeoJSON")
    control.save(tmp_path / "a", format="GeoJSON")
    with pytest.raises(InvalidInputError, match="there already"):
        control.save(tmp_path / "a", format="GeoJSON")
    assert control.save(tmp_path / "a", format="GeoJSON", overwrite=True)[1] == 2
