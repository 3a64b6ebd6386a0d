"""The demo does the whole journey, and what it writes can be read by others."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import geopandas as gpd
import pystac
import pytest
from PIL import Image
from pystac.validation.stac_validator import JsonSchemaSTACValidator
from rich.console import Console

from iceye_geo.cli.demo import run_demo


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("demo") / "deep" / "er"
    words = io.StringIO()
    run_demo(out, scene_size=1200, console=Console(file=words, width=80))
    return out, words.getvalue()


def test_six_files_are_written(ran: tuple[Path, str]) -> None:
    assert {p.name for p in ran[0].iterdir()} == {
        "map.html", "footprints.geojson", "items.json", "preview.png", "chip.png", "report.json",
    }  # fmt: skip


def test_no_file_and_no_word_holds_a_signed_link(ran: tuple[Path, str]) -> None:
    texts = [p.read_text() for p in ran[0].iterdir() if p.suffix != ".png"]
    for text in [*texts, ran[1]]:
        assert "Signature=" not in text
        assert "sandbox-secret" not in text


def test_items_are_a_valid_item_collection(ran: tuple[Path, str]) -> None:
    collection = pystac.ItemCollection.from_file(str(ran[0] / "items.json"))
    validator = JsonSchemaSTACValidator()
    assert len(collection) > 100
    for item in list(collection)[::25]:
        validator.validate_core(item.to_dict(include_self_link=False), pystac.STACObjectType.ITEM, "1.1.0")


def test_footprints_are_geojson_that_geopandas_reads(ran: tuple[Path, str]) -> None:
    table = gpd.read_file(ran[0] / "footprints.geojson")
    assert len(table) == json.loads((ran[0] / "report.json").read_text())["found"]
    assert table.geometry.is_valid.all()


def test_pictures_show_something(ran: tuple[Path, str]) -> None:
    for name in ("preview.png", "chip.png"):
        with Image.open(ran[0] / name) as picture:
            low, high = picture.convert("L").getextrema()
        assert high - low > 100


def test_the_report_says_that_no_frame_was_downloaded(ran: tuple[Path, str]) -> None:
    report = json.loads((ran[0] / "report.json").read_text())
    assert 0 < report["look"]["read_bytes"] < report["look"]["file_bytes"]
    assert report["steps"][0]["step"] == "Start the sandbox"
    assert all(s["seconds"] >= 0 for s in report["steps"])


def test_every_line_fits_a_plain_terminal_unbroken(ran: tuple[Path, str]) -> None:
    lines = ran[1].splitlines()
    assert [line for line in lines if len(line) > 80 and str(ran[0]) not in line] == []
    report = json.loads((ran[0] / "report.json").read_text())
    for step in report["steps"]:
        assert [line for line in lines if line.endswith(step["said"]) and step["step"] in line]
    rows = [
        line for line in lines if re.match(r"\d+_\d+ +\d{4}-\d\d-\d\d \d\d:\d\d .*° +\d+$", line.rstrip())
    ]
    assert len(rows) == 8


def test_the_end_says_where_things_are_and_what_is_next(ran: tuple[Path, str]) -> None:
    assert "Next:" in ran[1]
    assert "map.html" in ran[1]
