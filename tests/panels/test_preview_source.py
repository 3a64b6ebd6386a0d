"""A preview of open data names its source: on the page and in what is saved of it. One of paid images gains nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio
from PIL import Image

from iceye_geo import Client
from iceye_geo.cog import Cog
from iceye_geo.opendata import OpenData
from iceye_geo.panels.jobs import Ticket
from iceye_geo.panels.preview import PreviewPanel
from iceye_geo.panels.preview_control import PreviewController
from iceye_geo.panels.preview_texts import facts_text
from tests.panels.previewing import opened

if TYPE_CHECKING:
    from iceye_geo.sandbox import Sandbox

SOURCE = "ICEYE, CC-BY 4.0"
COPYRIGHT = 33432  # the TIFF tag


@pytest.fixture
def free(sandbox: Sandbox, tmp_path: Path) -> dict[str, Any]:
    """The newest Item of the open data."""
    with OpenData(
        url=f"{sandbox.url}/open-data/catalog.json", cache_dir=tmp_path / "cache", pause_s=0
    ) as found:
        plain: dict[str, Any] = next(found.search(max_items=1).items()).to_dict()
    return plain


@pytest.fixture
def one(client: Client) -> Iterator[PreviewController]:
    made = PreviewController(client=client)
    yield made
    made.close()


def named(item: dict[str, Any], source: str | None) -> dict[str, Any]:
    """The same record with another source, or none."""
    kept = {k: v for k, v in item["properties"].items() if k != "attribution"}
    return {**item, "properties": kept | ({"attribution": source} if source else {})}


def said(path: Path) -> str:
    """What a saved file says of its source."""
    with Image.open(path) as picture:
        if path.suffix == ".png":
            return str(picture.text.get("Copyright", ""))  # type: ignore[attr-defined]
        return str(picture.tag_v2.get(COPYRIGHT, ""))  # type: ignore[attr-defined]


def test_a_view_of_open_data_says_its_source_on_the_page_and_in_its_files(
    one: PreviewController, free: dict[str, Any], tmp_path: Path
) -> None:
    _, look = opened(one, free)
    assert facts_text(look, one).endswith(f"© {SOURCE}</div>")
    for geometry in ("radar", "map"):
        one.set_display(geometry=geometry)
        for name in ("view.png", "view.tif"):
            assert said(one.save(tmp_path / name, Ticket(), size=100)) == SOURCE
    with rasterio.open(tmp_path / "view.tif") as file:
        assert file.tags()["TIFFTAG_COPYRIGHT"] == SOURCE


def test_the_panel_shows_it(free: dict[str, Any]) -> None:
    with closing(PreviewPanel(free)) as panel:
        assert panel.jobs.wait(timeout=60)
        assert SOURCE in panel._facts.value


def test_a_view_of_a_paid_image_says_nothing(one: PreviewController, client: Client, tmp_path: Path) -> None:
    query = {"sar:product_type": {"eq": "GRD-COG"}}
    item = next(client.catalog.search(collections=["private"], query=query, max_items=1).items())
    _, look = opened(one, item)
    assert "©" not in facts_text(look, one)
    for name in ("view.png", "view.tif"):
        path = one.save(tmp_path / name, Ticket(), size=100)
        assert said(path) == ""
        assert b"Copyright" not in path.read_bytes()
        assert b"COPYRIGHT" not in path.read_bytes()


def test_two_dates_name_both_sources_in_the_picture_and_the_one_on_top_in_its_values(
    one: PreviewController, free: dict[str, Any], tmp_path: Path
) -> None:
    opened(one, named(free, "a<b"))
    one.add(named(free, SOURCE), Ticket())
    one.compare = "swipe"
    assert said(one.save(tmp_path / "both.png", Ticket(), size=100)) == f"{SOURCE}; a<b"
    assert f"{SOURCE}; a&lt;b" in facts_text(one.picture(Ticket(), size=100), one)
    for top, source in enumerate(("a<b", SOURCE)):
        one.top = top
        assert said(one.save(tmp_path / "one.tif", Ticket(), size=100)) == source


def test_the_values_saved_of_two_dates_are_those_of_the_one_on_top(
    one: PreviewController, free: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened(one, free)
    one.add(free, Ticket())
    read = Cog.read

    def brighter(cog: Cog, *args: Any, **options: Any) -> Any:
        raster = read(cog, *args, **options)
        return replace(raster, array=raster.array * 2) if cog is one.layers[1].cog else raster

    monkeypatch.setattr(Cog, "read", brighter)
    means = {}
    for compare in ("top", "swipe", "colors"):
        one.compare = compare
        for one.top in (0, 1):
            with rasterio.open(one.save(tmp_path / "view.tif", Ticket(), size=90)) as file:
                means[compare, one.top] = float(np.nanmean(file.read(1)))
    assert means["top", 1] - means["top", 0] == pytest.approx(20 * np.log10(2), abs=0.01)
    assert means["swipe", 0] == means["colors", 0] == means["top", 0]
    assert means["swipe", 1] == means["colors", 1] == means["top", 1]
