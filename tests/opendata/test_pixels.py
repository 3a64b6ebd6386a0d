"""Pixels of open data name their source wherever they leave the package; those of the paid archive gain nothing."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import pytest
from PIL import Image

from iceye_geo import Client
from iceye_geo.cog import Cog, change_picture, stack
from iceye_geo.cog.info import sources_of
from iceye_geo.maps.page import base_map
from iceye_geo.maps.preview import preview
from iceye_geo.opendata import OpenData

if TYPE_CHECKING:
    from iceye_geo.stac.items import IceyeItem

SOURCE = "ICEYE, CC-BY 4.0"


@pytest.fixture(autouse=True)
def no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    mpl.use("Agg")


@pytest.fixture
def free(open_data: OpenData) -> IceyeItem:
    return next(open_data.search(max_items=1).items())


@pytest.fixture
def image(open_data: OpenData, free: IceyeItem) -> Iterator[Cog]:
    with open_data.open_cog(free) as cog:
        yield cog


@pytest.fixture
def paid(client: Client) -> Iterator[Cog]:
    query = {"sar:product_type": {"eq": "GRD-COG"}}
    item = next(client.catalog.search(collections=["private"], query=query, max_items=1).items())
    with client.open_cog(item) as cog:
        yield cog


def texts(png: bytes) -> dict[str, str]:
    with Image.open(io.BytesIO(png)) as picture:
        found: dict[str, str] = dict(picture.text)  # type: ignore[attr-defined]
    return found


def words(axes: Any) -> str:
    drawn = " | ".join(text.get_text() for text in axes.texts)
    mpl.pyplot.close(axes.figure)
    return drawn


def test_facts_and_pictures_name_the_source(image: Cog, tmp_path: Path) -> None:
    assert image.info().attribution == SOURCE
    assert image.info().to_dict()["attribution"] == SOURCE
    assert SOURCE in image.info()._repr_html_()
    image.preview(64).to_png(tmp_path / "look.png")
    assert texts((tmp_path / "look.png").read_bytes()) == {"Copyright": SOURCE}
    assert texts(image.chip(image.center, size=32)._repr_png_()) == {"Copyright": SOURCE}
    assert texts(image.preview(64).despeckled().to_png()) == {"Copyright": SOURCE}
    assert texts(image.geocoded(64).to_png()) == {"Copyright": SOURCE}
    assert f"© {SOURCE}" in words(image.preview(64).plot())


def test_a_map_names_the_source_in_its_corner_also_one_that_was_there_before(image: Cog) -> None:
    look = image.geocoded(64, crs="EPSG:3857")
    for page in (preview(look), preview(look, map=base_map())):
        assert f'"attribution": "\\u00a9 {SOURCE}"' in page.get_root().render()


def test_lazy_arrays_stacks_and_change_pictures_name_the_source(
    image: Cog, open_data: OpenData, free: IceyeItem
) -> None:
    assert image.to_xarray(chunks=512).attrs["attribution"] == SOURCE
    later = free.to_dict()
    later["properties"]["attribution"] = "somebody else"
    series = stack([free, later], image.center, size_m=300, max_size=16, values="relative_db")
    assert series.attrs["attribution"] == f"{SOURCE}; somebody else"
    assert texts(change_picture(series, before=0, after=1).to_png()) == {
        "Copyright": series.attrs["attribution"]
    }


def test_the_source_travels_with_what_is_pickled(image: Cog) -> None:
    with pickle.loads(pickle.dumps(image)) as again:
        assert texts(again.preview(64).to_png()) == {"Copyright": SOURCE}


def test_an_open_image_of_the_paid_archive_gains_nothing(paid: Cog) -> None:
    assert paid.info().attribution == ""
    assert "attribution" not in paid.info()._repr_html_()
    for png in (paid.preview(64).to_png(), paid.geocoded(64).to_png()):
        assert texts(png) == {}
        assert b"Copyright" not in png
    assert "©" not in words(paid.preview(64).plot())
    assert '"attribution"' not in paid.to_map(64).get_root().render()
    assert "attribution" not in paid.to_xarray(chunks=512).attrs
    again = {"size_m": 300, "max_size": 16, "values": "relative_db", "resolver": paid.recipe.resolver}
    series = stack([paid.ref], paid.center, **again)  # type: ignore[arg-type]
    assert "attribution" not in series.attrs


def test_what_a_record_says_is_one_plain_line(image: Cog) -> None:
    told = replace(image.info(), properties={"attribution": " $A$\n<b>B\x00</b>\t"})
    assert told.attribution == "$A$ <b>B </b>"
    assert replace(told, properties={"attribution": 5}).attribution == ""
    assert sources_of([told, image.info(), told]) == f"$A$ <b>B </b>; {SOURCE}"
    look = replace(image.geocoded(64, crs="EPSG:3857"), info=told)
    assert r"\u0026lt;b\u0026gt;B \u0026lt;/b\u0026gt;" in preview(look).get_root().render()
    assert "© $A$ <b>B </b>" in words(replace(image.preview(64), info=told).plot())
    assert texts(look.to_png()) == {"Copyright": told.attribution}


def test_a_name_in_any_script_is_kept(image: Cog) -> None:
    told = replace(image.info(), properties={"attribution": "Ää 日本"})
    assert texts(replace(image.preview(64), info=told).to_png()) == {"Copyright": "Ää 日本"}
