"""The archive's commands do what their Python calls do."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
from rich.console import Console
from typer.testing import CliRunner

from iceye_geo.archive import Archive
from iceye_geo.cli.app import app
from iceye_geo.cli.tables import items_table
from iceye_geo.errors import ArchiveError, InvalidInputError

if TYPE_CHECKING:
    from iceye_geo.sandbox import Sandbox

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def credentials(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the command line at the sandbox, by the environment variables that a person sets."""
    monkeypatch.setenv("ICEYE_API_URL", sandbox.api_url)
    monkeypatch.setenv("ICEYE_AUTH_URL", sandbox.auth_url)
    monkeypatch.setenv("ICEYE_CLIENT_ID", sandbox.client_id)
    monkeypatch.setenv("ICEYE_CLIENT_SECRET", sandbox.client_secret)


def run(*arguments: str) -> str:
    done = RUNNER.invoke(app, list(arguments), env={"COLUMNS": "160"})
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


def in_a_line(text: str) -> str:
    """Undo the shell's line breaks."""
    return " ".join(text.split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("archive")


@pytest.fixture
def filled(folder: Path) -> Path:
    if not (folder / "manifest.json").exists():
        assert " new, 0 changed" in run("archive", "sync", str(folder))
    return folder


def test_a_second_sync_of_one_month_finds_nothing_new(filled: Path) -> None:
    assert "0 new, 0 changed, 0 vanished" in run("archive", "sync", str(filled), "--months", "2026-06")


def test_info_says_what_is_there(filled: Path, tmp_path: Path) -> None:
    assert "in public" in run("archive", "info", str(filled))
    assert "empty" in run("archive", "info", str(tmp_path))


def test_search_prints_and_saves(filled: Path, tmp_path: Path) -> None:
    out = tmp_path / "found.csv"
    text = run(
        "archive", "search", str(filled), "--bbox", "-12,34,32,66", "--max-items", "5", "--out", str(out)
    )
    assert "5 items in" in text
    assert len(out.read_text().splitlines()) == 6
    assert "Nothing found" in run("archive", "search", str(filled), "--datetime", "1999")


@pytest.mark.parametrize("ending", [".json", ".geojson", ".parquet", ".html"])
def test_search_writes_every_format(filled: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"found{ending}"
    run("archive", "search", str(filled), "--max-items", "5", "--out", str(out))
    assert out.stat().st_size > 1_000


def test_errors_are_ours(filled: Path, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="never synced"):
        run("archive", "search", str(tmp_path))
    with pytest.raises(InvalidInputError, match="out"):
        run("coverage", "--bbox", "-12,34,32,66", "--archive", str(filled), "--out", "a.xyz")
    with pytest.raises(InvalidInputError, match="area"):
        run("coverage", "--area", "none.geojson", "--archive", str(filled))
    with pytest.raises(InvalidInputError, match="needed once"):
        run("coverage", "--archive", str(filled))


def test_coverage_of_an_archive_is_that_of_the_catalog(filled: Path, tmp_path: Path) -> None:
    area = tmp_path / "area.geojson"
    ring = [[-12, 34], [32, 34], [32, 66], [-12, 66], [-12, 34]]
    area.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    offline = run("coverage", "--area", str(area), "--archive", str(filled))
    assert "km² covered by" in offline
    assert run("coverage", "--bbox", "-12,34,32,66") == offline


@pytest.mark.parametrize("ending", [".png", ".html", ".geojson"])
def test_coverage_is_written(filled: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"coverage{ending}"
    run("coverage", "--bbox", "22,58,28,62", "--archive", str(filled), "--out", str(out))
    assert out.stat().st_size > 5_000


def test_cells_of_a_coverage_with_gaps_open_elsewhere(filled: Path, tmp_path: Path) -> None:
    out = tmp_path / "cells.geojson"
    run("coverage", "--bbox", "7,51,16,60", "--archive", str(filled), "--out", str(out))
    cells = gpd.read_file(out)
    assert cells["looks"].min() == 0 < cells["looks"].max()
    assert cells.loc[cells["looks"] > 0, "first"].notna().all()


def test_the_coverage_of_the_world_is_that_of_its_parts(filled: Path) -> None:
    assert "of 510,065,622 km² covered by" in run(
        "coverage", "--bbox=-180,-90,180,90", "--archive", str(filled)
    )


def test_a_stopped_sync_says_how_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(step: str, *_: object) -> None:
        if step == "journal in place":
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("iceye_geo.archive.sync.SyncJob._step", lambda _job, step: stop(step))
        done = RUNNER.invoke(app, ["archive", "sync", str(tmp_path)], env={"COLUMNS": "160"})
    assert done.exit_code == 130
    assert "The same command goes on from here" in done.stdout
    assert "the sync that has compared 1 month has ended" in in_a_line(run("archive", "info", str(tmp_path)))
    assert "1 of them by the sync before" in in_a_line(run("archive", "sync", str(tmp_path)))


def test_long_ids_stay_whole_in_a_narrow_shell(filled: Path) -> None:
    table = Archive(filled).search(max_items=2).to_geodataframe()
    names = [f"ICEYE_19DD79_20261007T224534Z_458446{n}_X48_SLEDP" for n in range(2)]
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(items_table(table.assign(id=names)))
    text = console.export_text()
    assert all(name in text for name in names)


def test_open_data_need_no_credentials(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ICEYE_CLIENT_SECRET")
    monkeypatch.setattr("iceye_geo.opendata.catalog.OpenData.__init__.__kwdefaults__", {
        "url": f"{sandbox.url}/open-data/catalog.json", "cache_dir": tmp_path / "cache", "max_age_s": 60.0,
        "concurrency": 4, "pause_s": 0.0, "offline": False, "settings": None,
    })  # fmt: skip
    assert " new, " in run("archive", "sync", str(tmp_path / "a"), "--open-data")
    assert "ICEYE, CC-BY 4.0" in run("archive", "search", str(tmp_path / "a"))
