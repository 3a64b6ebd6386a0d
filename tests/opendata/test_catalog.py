"""Open data behave like the paid archive: one search, the same results, a look into the image, the source named."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow.parquet as pq
import pytest
import shapely
from pystac import STACObjectType
from pystac.validation import JsonSchemaSTACValidator

import iceye_geo
from iceye_geo.analysis import summary
from iceye_geo.archive import Archive
from iceye_geo.errors import (
    ConnectionFailedError,
    InvalidInputError,
    NotFoundError,
    OpenDataError,
    PermissionDeniedError,
    SkippedRecordWarning,
)
from iceye_geo.maps import footprints
from iceye_geo.opendata import OpenData
from iceye_geo.sandbox.faults import Fault
from iceye_geo.stac import item_collection_dict, read_geoparquet, to_geojson, to_geoparquet, write_geojson

if TYPE_CHECKING:
    from iceye_geo.sandbox import Sandbox


def test_the_public_face_has_it() -> None:
    assert iceye_geo.OpenData is OpenData


def test_everything_is_found_newest_first(open_data: OpenData) -> None:
    found = open_data.search().to_geodataframe()
    assert len(found) >= 20
    assert found["acquired"].is_monotonic_decreasing
    assert found["iceye:frame_id"].is_unique
    assert set(found["iceye:collection"]) == {"iceye-sar"}


def test_every_item_is_valid_and_speaks_the_names_of_the_api(open_data: OpenData) -> None:
    validator = JsonSchemaSTACValidator()
    for item in open_data.search().items():
        validator.validate_core(item.to_dict(), STACObjectType.ITEM, "1.1.0")
        told = item.properties
        assert told["iceye:incidence_near"] <= told["iceye:incidence_center"] <= told["iceye:incidence_far"]
        assert told["iceye:chirp_bandwidth"] == told["iceye:pulse_bandwidth"]
        assert told["constellation"] == "iceye"
        assert told["frame_id"].startswith(str(told["iceye:image_id"]))


@pytest.mark.parametrize(
    ("arguments", "holds"),
    [
        ({"bbox": (-20, 30, 40, 70)}, lambda r: shapely.box(-20, 30, 40, 70).intersects(r.geometry)),
        ({"query": {"iceye:incidence_center": {"lt": 27}}}, lambda r: r["view:incidence_angle"] < 27),
        ({"query": {"view:incidence_angle": {"lt": 27}}}, lambda r: r["view:incidence_angle"] < 27),
        ({"datetime": "2026"}, lambda r: r["acquired"].year == 2026),
    ],
    ids=["bbox", "api name", "own name", "year"],
)
def test_filters_are_applied(open_data: OpenData, arguments: dict[str, Any], holds: Any) -> None:
    whole, found = open_data.search().to_geodataframe(), open_data.search(**arguments).to_geodataframe()
    assert 0 < len(found) < len(whole)
    assert set(found["id"]) == {row["id"] for _, row in whole.iterrows() if holds(row)}


def test_pages_limits_and_orders(open_data: OpenData) -> None:
    search = open_data.search(sortby="iceye:incidence_center", limit=4, max_items=10)
    assert [len(page) for page in search.pages()] == [4, 4, 2]
    angles = [item.properties["view:incidence_angle"] for item in search.items()]
    assert angles == sorted(angles)


def test_wrong_arguments_are_named(open_data: OpenData) -> None:
    with pytest.raises(InvalidInputError, match="sortby"):
        open_data.search(sortby="start_time")
    with pytest.raises(InvalidInputError, match="concurrency"):
        OpenData(concurrency=99)
    with pytest.raises(InvalidInputError, match="https"):
        OpenData(url="http://elsewhere.example/catalog.json")


def test_a_scene_is_looked_into_without_downloading_it(open_data: OpenData, sandbox: Sandbox) -> None:
    item = next(open_data.search(max_items=1).items())
    sandbox.requests.clear()
    with open_data.open_cog(item) as cog:
        assert cog.preview(max_size=128).array.count() > 100
        assert cog.info().properties["iceye:frame_id"] == item.properties["iceye:frame_id"]
    assert all(r.status == 206 for r in sandbox.requests)


def test_every_export_names_the_source(open_data: OpenData, tmp_path: Path) -> None:
    search = open_data.search(max_items=3)
    name = "ICEYE, CC-BY 4.0"
    gdf = search.to_geodataframe()
    assert set(gdf["attribution"]) == {name}
    assert set(gdf["license"]) == {"CC-BY-4.0"}
    gdf.to_csv(tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text().count(name) == 3
    path = to_geoparquet(search.items(), tmp_path / "a.parquet")
    assert set(read_geoparquet(path)["attribution"]) == {name}
    assert duckdb.sql(f"select distinct attribution, license from '{path}'").fetchall() == [
        (name, "CC-BY-4.0")
    ]
    assert name in write_geojson(gdf, tmp_path / "a.geojson").read_text()
    assert name in footprints(gdf).get_root().render()
    assert name in str(item_collection_dict(search.items()))
    assert name in str(to_geojson(search.items()))
    assert name in search.to_map().get_root().render()
    assert name in search._repr_html_()


def test_an_archive_of_open_data_answers_offline_with_open_links(open_data: OpenData, tmp_path: Path) -> None:
    report = Archive.sync(open_data, tmp_path / "archive", progress=False)
    archive = Archive(tmp_path / "archive")
    assert report.new == len(open_data.search())
    online, offline = open_data.search(bbox=(-20, 0, 120, 70)), archive.search(bbox=(-20, 0, 120, 70))
    assert item_collection_dict(offline.items()) == item_collection_dict(online.items())
    assert offline.attribution == "ICEYE, CC-BY 4.0"
    assert offline.to_geodataframe().attrs["attribution"] == "ICEYE, CC-BY 4.0"
    item = next(offline.items())
    assert item.source is None
    with open_data.open_cog(item) as cog:
        assert cog.info().width > 0
    assert {pq.read_metadata(file).metadata[b"attribution"] for file in archive.files()} == {
        b"ICEYE, CC-BY 4.0"
    }
    lazy = summary(archive.to_dask_geopandas())
    assert (lazy.items, lazy.attribution) == (report.new, "ICEYE, CC-BY 4.0")
    assert Archive.sync(open_data, tmp_path / "archive", progress=False).unchanged == report.new
    with pytest.raises(InvalidInputError, match="iceye-sar"):
        Archive.sync(open_data, tmp_path / "archive", collections=["public"], progress=False)


def test_the_second_reading_asks_for_nothing(
    open_data: OpenData, root: str, cache: Path, sandbox: Sandbox
) -> None:
    count = len(open_data.search())
    sandbox.requests.clear()
    again = OpenData(url=root, cache_dir=cache)
    assert len(again.search()) == count
    assert len(sandbox.requests) == 0


def test_what_is_old_is_asked_only_whether_it_changed(
    open_data: OpenData, root: str, cache: Path, sandbox: Sandbox
) -> None:
    count = len(open_data.search())
    sandbox.requests.clear()
    assert OpenData(url=root, cache_dir=cache, max_age_s=0, pause_s=0).refresh() == count
    assert {r.status for r in sandbox.requests} == {304}
    assert len(sandbox.requests) == count + 2


def test_offline_answers_from_what_is_kept_however_old(
    open_data: OpenData, root: str, cache: Path, sandbox: Sandbox
) -> None:
    count = len(open_data.search())
    sandbox.requests.clear()
    assert len(OpenData(url=root, cache_dir=cache, max_age_s=0, offline=True).search()) == count
    assert len(sandbox.requests) == 0
    with pytest.raises(OpenDataError, match="never read"):
        len(OpenData(url=root, cache_dir=cache / "other", offline=True).search())


def test_few_requests_run_at_once_and_keep_their_distance(root: str, cache: Path, sandbox: Sandbox) -> None:
    OpenData(url=root, cache_dir=cache, concurrency=2, pause_s=0.02).refresh()
    times = sorted(r.t for r in sandbox.requests)
    gaps = [b - a for a, b in pairwise(times)]
    assert sum(gaps) >= 0.02 * len(gaps) * 0.8


@pytest.mark.parametrize("kind", ["403", "404", "garbage"])
def test_a_dead_link_costs_its_item_only_and_is_not_asked_for_again(
    open_data: OpenData, root: str, cache: Path, sandbox: Sandbox, kind: str
) -> None:
    whole = [item.id for item in open_data.search().items()]
    sandbox.faults.add(Fault(kind, f"/{whole[3]}.json", times=9))
    crawled = OpenData(url=root, cache_dir=cache / "other", pause_s=0)
    with pytest.warns(SkippedRecordWarning, match="left out"):
        assert [item.id for item in crawled.search().items()] == whole[:3] + whole[4:]
    sandbox.requests.clear()
    for offline in (False, True):
        again = OpenData(url=root, cache_dir=cache / "other", offline=offline)
        assert len(again.search()) == len(whole) - 1
    assert len(sandbox.requests) == 0


@pytest.mark.parametrize("kind", ["drop", "short", "503"])
def test_an_answer_that_breaks_off_is_asked_for_again(
    open_data: OpenData, cache: Path, root: str, sandbox: Sandbox, kind: str
) -> None:
    whole = len(open_data.search())
    # Half a body is asked for once more: twice in a row for one document would be another case.
    times = 1 if kind == "short" else 2
    sandbox.faults.add(Fault(kind, "/stac-items/", skip=2, times=times, after_bytes=100))
    assert len(OpenData(url=root, cache_dir=cache / "other", pause_s=0).search()) == whole


def test_a_host_that_refuses_everything_is_no_catalog_of_dead_links(
    root: str, cache: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iceye_geo.opendata.catalog.MOST_MISSING", 2)
    sandbox.faults.add(Fault("403", "/stac-items/", times=999))
    with pytest.warns(SkippedRecordWarning), pytest.raises(PermissionDeniedError):
        len(OpenData(url=root, cache_dir=cache, pause_s=0).search())


def test_a_refusal_and_a_silent_host_are_told(sandbox: Sandbox, cache: Path) -> None:
    with pytest.raises(NotFoundError):
        len(OpenData(url=f"{sandbox.url}/open-data/none.json", cache_dir=cache).search())
    quiet = OpenData(url="http://127.0.0.1:9/catalog.json", cache_dir=cache)
    quiet._documents._sleep = lambda _: None
    with pytest.raises(ConnectionFailedError):
        quiet.refresh()
