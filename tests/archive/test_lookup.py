"""What an archive finds is what a look at every single record finds."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iceye_geo.archive import Archive, ArchiveSearch, lookup, parts
from iceye_geo.archive.lookup import candidates
from iceye_geo.archive.question import Condition, Question, ordered, sort_values
from iceye_geo.stac.geometry import fix_geometry
from tests.archive.worlds import ListCatalog, records

HELD = records(1500, days=100)
SHAPES = {r["id"]: r["geometry"] and shapely.geometry.shape(fix_geometry(r["geometry"])) for r in HELD}
DAY_US = 86_400_000_000
START_US = 1_767_225_600_000_000  # 2026-01-01


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    path = tmp_path_factory.mktemp("archive")
    monkey = pytest.MonkeyPatch()
    # Small row groups and files, so that a small world has many of both.
    monkey.setattr(parts, "GROUP_ROWS", 64)
    monkey.setattr("iceye_geo.archive.merge.PART_ROWS", 256)
    monkey.setattr("iceye_geo.archive.merge._BATCH", 128)
    Archive.sync(ListCatalog(HELD), path, progress=False)
    monkey.undo()
    made = Archive(path)
    assert len(made.files()) >= 6
    return made


def brute_force(question: Question) -> list[str]:
    found = [
        r for r in HELD
        if question.accepts(r)
        and (question.area is None or (SHAPES[r["id"]] is not None and question.area.intersects(SHAPES[r["id"]])))
    ]  # fmt: skip
    order = ordered([(sort_values(r, question), r["id"]) for r in found], question)
    return [found[i]["id"] for i in order[: question.max_items]]


def found(archive: Archive, question: Question) -> list[str]:
    return [str(r["id"]) for r in ArchiveSearch(archive, question).records()]


@st.composite
def areas(draw: st.DrawFn) -> Any:
    west, south = draw(st.floats(-180, 180)), draw(st.floats(-90, 80))
    width, height = draw(st.sampled_from((0.5, 5, 40, 200))), draw(st.sampled_from((0.5, 5, 40)))
    north, east = min(90.0, south + height), west + width
    if east <= 180:
        return shapely.box(west, south, east, north)
    return shapely.MultiPolygon(
        [shapely.box(west, south, 180, north), shapely.box(-180, south, east - 360, north)]
    )


VALUES: dict[str, list[Any]] = {
    "sar:product_type": ["GRD", "GRD-COG", "QLK", "grd"],
    "sar:instrument_mode": ["stripmap", "scan", "s"],
    "sar:observation_direction": ["left", "LEFT", "right"],
    "sat:orbit_state": ["ascending", "descending"],
    "sar:polarizations": ["VV", "HH", "HV"],
    "iceye:processing_mode": ["SM", "S"],
    "frame_id": ["4000010_1", "40001"],
}
NUMBERS = ("iceye:incidence_center", "iceye:satellite_look_angle", "sar:looks_azimuth")
TIMES = ("start_datetime", "end_datetime", "updated")


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    kind = draw(st.sampled_from(("text", "number", "time")))
    order = st.sampled_from(("gt", "lt", "gte", "lte", "eq", "neq"))
    if kind == "number":
        return Condition(draw(st.sampled_from(NUMBERS)), draw(order), draw(st.integers(1, 40)))
    if kind == "time":
        moment = START_US + draw(st.integers(0, 100)) * DAY_US
        return Condition(draw(st.sampled_from(TIMES)), draw(order), moment)
    name = draw(st.sampled_from(sorted(VALUES)))
    operator = draw(st.sampled_from(("eq", "neq", "startsWith", "endsWith", "contains", "in")))
    value = st.sampled_from(VALUES[name])
    return Condition(name, operator, draw(st.lists(value, max_size=2)) if operator == "in" else draw(value))


@st.composite
def questions(draw: st.DrawFn) -> Question:
    first = START_US + draw(st.integers(-5, 100)) * DAY_US
    names = [*TIMES, "start_datetime", "start_datetime", *NUMBERS, *VALUES, "id"]
    return Question(
        area=draw(st.none() | areas()),
        interval=draw(st.none() | st.just((first, first + draw(st.integers(0, 40)) * DAY_US))),
        ids=draw(st.none() | st.none() | st.just(frozenset(r["id"] for r in HELD[::3]) | {"unknown"})),
        conditions=tuple(draw(st.lists(conditions(), max_size=2))),
        sort=tuple(draw(st.lists(st.tuples(st.sampled_from(names), st.booleans()), min_size=1, max_size=2))),
        max_items=draw(st.none() | st.integers(1, 30)),
    )


@given(question=questions())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_archive_finds_what_a_look_at_every_record_finds(archive: Archive, question: Question) -> None:
    assert found(archive, question) == brute_force(question)


def test_footprints_across_the_antimeridian_are_found_from_both_sides(archive: Archive) -> None:
    across = [i for i, s in SHAPES.items() if s is not None and s.geom_type == "MultiPolygon"]
    assert len(across) >= 2
    for name in across:
        for side in shapely.get_parts(SHAPES[name]):
            assert name in found(archive, Question(area=side.representative_point().buffer(1e-4)))


def test_a_search_for_a_place_and_a_month_reads_little(archive: Archive) -> None:
    everything = candidates(archive.manifest(), Question())
    narrow = Question(area=shapely.box(20, 50, 25, 55), interval=(START_US, START_US + 20 * DAY_US))
    chosen = candidates(archive.manifest(), narrow)
    assert 0 < sum(len(g) for _, g in chosen) <= sum(len(g) for _, g in everything) / 6
    assert all(part.month == "2026-01" for part, _ in chosen)


def test_records_are_read_in_blocks_and_stay_in_order(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = found(archive, Question(sort=(("iceye:incidence_center", False),)))
    monkeypatch.setattr("iceye_geo.archive.found._BLOCK", 100)
    assert found(archive, Question(sort=(("iceye:incidence_center", False),))) == whole
    assert len(whole) == len(HELD)


@pytest.mark.parametrize("descending", [True, False])
def test_the_newest_or_oldest_few_are_found_without_reading_all_months(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, descending: bool
) -> None:
    months: set[str] = set()

    def spy(folder: Path, part: Any, **asked: Any) -> Any:
        months.add(part.month)
        return parts.read_part(folder, part, **asked)

    monkeypatch.setattr(lookup, "read_part", spy)
    question = Question(sort=(("start_datetime", descending),), max_items=20)
    assert found(archive, question) == brute_force(question)
    assert months == {"2026-04" if descending else "2026-01"}


def test_only_the_columns_that_a_search_needs_are_read(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def spy(folder: Path, part: Any, *, columns: list[str], groups: list[int]) -> Any:
        read.extend(columns)
        return parts.read_part(folder, part, columns=columns, groups=groups)

    monkeypatch.setattr(lookup, "read_part", spy)
    search = ArchiveSearch(archive, Question(conditions=(Condition("sar:product_type", "eq", "GRD"),)))
    assert len(search) > 100
    assert "archive:record" not in read
    assert "sar:product_type" in read


def test_the_frame_is_the_one_that_records_give(archive: Archive) -> None:
    from geopandas.testing import assert_geodataframe_equal

    from iceye_geo.stac import to_geodataframe

    search = ArchiveSearch(archive, Question(max_items=200))
    by_id = {r["id"]: r for r in HELD}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = to_geodataframe([by_id[str(r["id"])] for r in search.records()])
    assert_geodataframe_equal(search.to_geodataframe(), expected)


def test_pages_items_and_collections_are_the_same_items(archive: Archive) -> None:
    search = ArchiveSearch(archive, Question(max_items=45, limit=20))
    assert [len(page) for page in search.pages()] == [20, 20, 5]
    names = [item.id for item in search.items()]
    assert [item.id for item in search.item_collection()] == names
    assert [item.id for page in search.pages() for item in page] == names
    assert search.matched() == 45
    assert "45 items" in repr(search)
    assert "45 items" in search._repr_html_()
