"""Areas from numbers, text, drawings and files: one checked form, or one clear sentence."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box, mapping

from iceye_geo.errors import ConfigurationError, InvalidInputError
from iceye_geo.panels.area import Area, from_geojson, from_numbers, join, normalise
from iceye_geo.panels.area_files import from_upload
from iceye_geo.panels.area_text import from_text
from iceye_geo.panels.saved_areas import SavedAreas

lons = st.floats(-180, 179).map(lambda v: round(v, 4))
lats = st.floats(-90, 89).map(lambda v: round(v, 4))
sizes = st.floats(0.01, 179).map(lambda v: round(v, 4))
KML = """<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><Polygon>
<outerBoundaryIs><LinearRing><coordinates>24,59,0 26,59,0 26,61,0 24,61,0 24,59,0</coordinates></LinearRing>
</outerBoundaryIs></Polygon></Placemark></Document></kml>"""


@st.composite
def boxes(draw: st.DrawFn) -> tuple[float, float, float, float]:
    west, south = draw(lons), draw(lats)
    return west, south, west + draw(sizes), min(90.0, south + draw(sizes))


def _parts(area: Area) -> list:
    return list(getattr(area.geometry, "geoms", [area.geometry]))


@given(boxes(), st.integers(-3, 3))
def test_any_box_comes_home_closed_and_counter_clockwise(given_box: tuple, turns: int) -> None:
    west, south, east, north = given_box
    area = normalise(box(west + 360 * turns, south, east + 360 * turns, north))
    for part in _parts(area):
        assert -180 <= part.bounds[0] <= part.bounds[2] <= 180
        assert part.exterior.is_ccw
        assert part.exterior.coords[0] == part.exterior.coords[-1]
    width = sum(part.bounds[2] - part.bounds[0] for part in _parts(area))
    assert width == pytest.approx(east - west, abs=1e-6)


@given(boxes())
def test_a_box_is_told_by_its_bounds_and_read_back_from_them(given_box: tuple) -> None:
    west, south, east, north = given_box
    area = from_numbers(west, south, east if east <= 180 else east - 360, north)
    again = from_numbers(*area.bounds)
    assert again.is_box
    assert shapely.area(shapely.symmetric_difference(again.geometry, area.geometry)) < 1e-6
    assert set(area.search_arguments()) == {"bbox"}


@given(boxes())
def test_geojson_wkt_and_numbers_say_the_same(given_box: tuple) -> None:
    west, south, east, north = given_box
    shape = box(west, south, east, north)
    from_json, by_wkt = from_text(json.dumps(mapping(shape))), from_text(shape.wkt)
    assert from_json.geometry.equals_exact(by_wkt.geometry, 1e-6)


@given(st.text(max_size=60))
def test_any_pasted_text_is_an_area_or_one_clear_error(text: str) -> None:
    with contextlib.suppress(InvalidInputError):
        assert not from_text(text).geometry.is_empty


@given(st.recursive(st.none() | st.floats() | st.text(max_size=8) | st.integers(),
                    lambda inner: st.lists(inner, max_size=4)
                    | st.dictionaries(st.sampled_from(["type", "coordinates", "features", "geometry", "x"]),
                                      inner | st.sampled_from(["Polygon", "Feature", "FeatureCollection", "Point"]),
                                      max_size=3), max_leaves=12))  # fmt: skip
def test_any_json_is_an_area_or_one_clear_error(value: object) -> None:
    with contextlib.suppress(InvalidInputError):
        assert not from_geojson(value).geometry.is_empty


@given(st.binary(max_size=200), st.sampled_from([".kml", ".kmz", ".geojson", ".gpkg", ".wkt", ".exe", ""]))
@settings(deadline=None)
def test_any_bytes_uploaded_are_an_area_or_one_clear_error(content: bytes, ending: str) -> None:
    with contextlib.suppress(InvalidInputError):
        assert not from_upload(f"area{ending}", content).geometry.is_empty


@pytest.mark.parametrize(
    ("numbers", "field"),
    [
        (("", 59, 26, 61), "west"),
        (("east", 59, 26, 61), "west"),
        ((24, 91, 26, 61), "south"),
        ((24, 61, 26, 59), "south"),
        ((-100, 0, 100, 1), "east"),
        ((24, 59, 24, 61), "area"),
        ((24, "nan", 26, 61), "south"),
        ((2700000, 59, 26, 61), "west"),
    ],
)
def test_a_wrong_number_is_named(numbers: tuple, field: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        from_numbers(*numbers)
    assert raised.value.field == field


def test_numbers_may_be_written_as_people_write_them() -> None:
    assert from_numbers("24,5", "59.0°", " 26 ", "−1".replace("−1", "61")).bounds == (24.5, 59.0, 26.0, 61.0)
    assert from_numbers("−3", 1, 2, 4).bounds == (-3.0, 1.0, 2.0, 4.0)


def test_west_greater_than_east_crosses_the_antimeridian() -> None:
    area = from_numbers(179, -2, -179, 2)
    assert area.bounds == (179, -2, -179, 2)
    assert area.geometry.geom_type == "MultiPolygon"
    assert area.center == (180, 0)
    assert area.crosses_antimeridian
    assert "179.00° E to 179.00° W" in area.words


@pytest.mark.parametrize(
    "text",
    [
        "24 59 26 61",
        "24, 59, 26, 61",
        "[24, 59, 26, 61]",
        "POLYGON ((24 59, 26 59, 26 61, 24 61))",
        "SRID=4326;POLYGON ((24 59, 24 61, 26 61, 26 59, 24 59))",
        '{"type": "Polygon", "coordinates": [[[24, 59], [26, 59], [26, 61], [24, 61]]]}',
        '{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[384,59],[386,59],[386,61],[384,61]]]}}',
    ],
)
def test_every_way_of_writing_one_box(text: str) -> None:
    assert from_text(text).search_arguments() == {"bbox": (24.0, 59.0, 26.0, 61.0)}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "nothing was pasted"),
        ("24 59 26", "3 numbers"),
        ("a castle in Spain", "neither GeoJSON nor WKT"),
        ('{"type": "Polygon"', "no JSON"),
        ('{"type": "Cube", "coordinates": [1]}', "no GeoJSON geometry"),
        ('{"type": "FeatureCollection", "features": []}', "no polygon"),
        ("POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))", "crosses itself near"),
        ("POLYGON ((0 80, 1 80, 1 95, 0 80))", "latitude"),
        ("POLYGON ((-179 0, 179 0, 179 1, -179 1, -179 0))", "358° wide"),
        ("POLYGON EMPTY", "is empty"),
    ],
)
def test_what_cannot_be_an_area_is_said(text: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        from_text(text)


def test_a_polygon_goes_by_intersects_and_a_point_is_a_point() -> None:
    triangle = from_text("POLYGON ((24 59, 26 59, 26 61))")
    assert list(triangle.search_arguments()) == ["intersects"]
    assert from_text("24.9 60.2").search_arguments() == {
        "intersects": {"type": "Point", "coordinates": [24.9, 60.2]}
    }
    assert from_text("24.9 60.2").words == "Point 24.90° E, 60.20° N"


def test_several_shapes_become_one_and_polygons_go_before_points() -> None:
    area = join([shapely.Point(0, 0), box(1, 1, 2, 2), box(3, 1, 4, 2)])
    assert area.geometry.geom_type == "MultiPolygon"
    assert area.bounds == (1, 1, 4, 2)


def test_the_size_is_that_on_a_sphere() -> None:
    assert from_numbers(0, 0, 1, 1).km2 == pytest.approx(12_364, rel=1e-3)
    assert from_numbers(0, 60, 1, 61).km2 == pytest.approx(6_088, rel=1e-2)


@pytest.mark.parametrize("name", ["a.kml", "a.KMZ", "a.geojson", "a.gpkg", "a.wkt"])
def test_an_uploaded_file_is_read(name: str, tmp_path: Path) -> None:
    ending = name.lower().partition(".")[2]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("doc.kml", KML)
    table = gpd.GeoDataFrame(geometry=[box(24, 59, 26, 61)], crs=4326)
    table.to_file(tmp_path / "x.gpkg", driver="GPKG")
    contents = {
        "kml": KML.encode(),
        "kmz": packed.getvalue(),
        "geojson": b"\xef\xbb\xbf" + table.to_json().encode(),
        "gpkg": (tmp_path / "x.gpkg").read_bytes(),
        "wkt": box(24, 59, 26, 61).wkt.encode(),
    }
    area = from_upload(name, contents[ending])
    assert area.bounds == (24, 59, 26, 61)
    assert area.label == name


def test_a_geopackage_in_metres_is_brought_to_degrees(tmp_path: Path) -> None:
    table = gpd.GeoDataFrame(geometry=[box(24, 59, 26, 61)], crs=4326).to_crs(3857)
    table.to_file(tmp_path / "x.gpkg", driver="GPKG")
    area = from_upload("x.gpkg", (tmp_path / "x.gpkg").read_bytes())
    assert area.bounds == pytest.approx((24, 59, 26, 61), abs=1e-6)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.exe", b"MZ", "kind that is not read"),
        ("a.kml", b"<!DOCTYPE x [<!ENTITY a 'b'>]><kml/>", "document type"),
        ("a.kml", b"<kml/>", "no polygon"),
        ("a.kml", b"<kml><Polygon/></kml>", "without sound coordinates"),
        ("a.kmz", b"PK nothing", "no KMZ"),
        ("a.gpkg", b"SQLite format 3\x00" + b"x" * 200, "GeoPackage"),
        ("a.geojson", b'{"crs": {"properties": {"name": "EPSG:3857"}}}', "longitude and latitude"),
        ("a.json", b"\xff\xfe", "UTF-8"),
        ("a.wkt", b" " * 20_000_001, "MB"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(name: str, content: bytes, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        from_upload(name, content)


@pytest.fixture
def saved(tmp_path: Path) -> SavedAreas:
    return SavedAreas(tmp_path / "config" / "areas.geojson")


def test_saved_areas_outlive_the_session(saved: SavedAreas) -> None:
    assert saved.names() == []
    saved.save("  Port of  Hanko ", from_numbers(22, 59, 23, 60))
    saved.save("Antimeridian", from_numbers(179, -2, -179, 2))
    again = SavedAreas(saved.path)
    assert again.names() == ["Antimeridian", "Port of Hanko"]
    assert again.load("Port of Hanko").bounds == (22, 59, 23, 60)
    assert again.load("Antimeridian").bounds == (179, -2, -179, 2)
    assert again.load("Antimeridian").label == "Antimeridian"
    again.delete("Port of Hanko")
    assert saved.names() == ["Antimeridian"]
    assert [p.name for p in saved.path.parent.iterdir()] == ["areas.geojson"]


def test_saved_areas_open_in_other_tools(saved: SavedAreas) -> None:
    saved.save("Gulf", from_numbers(24, 59, 26, 61))
    assert gpd.read_file(saved.path)["name"].tolist() == ["Gulf"]


def test_unknown_names_and_broken_files_are_said(saved: SavedAreas) -> None:
    with pytest.raises(InvalidInputError, match="no area is saved"):
        saved.load("Atlantis")
    with pytest.raises(InvalidInputError, match="1 to 80"):
        saved.save(" ", from_numbers(24, 59, 26, 61))
    saved.path.parent.mkdir()
    saved.path.write_text("[]")
    with pytest.raises(ConfigurationError, match="no list of saved areas"):
        saved.names()
