"""Places come from whatever a person holds, or are refused with the line that is wrong."""

from __future__ import annotations

import json

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, box

from iceye_geo.errors import InvalidInputError
from iceye_geo.panels.places import MAX_PLACES, Place, read_places

LON = st.floats(-180, 180).map(lambda v: round(v, 6))
LAT = st.floats(-90, 90).map(lambda v: round(v, 6))


def test_typed_lines_with_and_without_names() -> None:
    found = read_places("Helsinki, 24.94, 60.17\n\n 25.1 , 60.2 \n")
    assert found == (Place(24.94, 60.17, "Helsinki"), Place(25.1, 60.2))
    assert found[0].label == "Helsinki (24.94000, 60.17000)"


def test_a_header_decides_the_order_of_columns() -> None:
    assert read_places("id,lat,lon\nA,60.17,24.94\n") == (Place(24.94, 60.17, "A"),)


def test_uploaded_bytes_with_a_byte_order_mark() -> None:
    assert read_places("\ufeffname,lon,lat\nÅbo,22.27,60.45".encode()) == (Place(22.27, 60.45, "Åbo"),)


def test_a_table_and_a_geodataframe_in_another_crs() -> None:
    table = pd.DataFrame({"Name": ["A"], "Longitude": [24.94], "Latitude": [60.17]})
    assert read_places(table) == (Place(24.94, 60.17, "A"),)
    frame = gpd.GeoDataFrame({"name": ["B"]}, geometry=[Point(24.94, 60.17)], crs=4326).to_crs(3067)
    (found,) = read_places(frame)
    assert found.name == "B"
    assert found.point == pytest.approx((24.94, 60.17), abs=1e-6)


def test_areas_become_a_point_inside_them() -> None:
    (found,) = read_places(box(24, 60, 25, 61))
    assert 24 < found.lon < 25
    assert 60 < found.lat < 61


def test_geojson_text_with_names() -> None:
    port = {"type": "Point", "coordinates": [1, 2]}
    feature = {"type": "Feature", "properties": {"title": "Port"}, "geometry": port}
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    assert read_places(text) == (Place(1, 2, "Port"),)


def test_points_in_python() -> None:
    assert read_places((24.94, 60.17)) == (Place(24.94, 60.17),)
    assert read_places([(1, 2), ("B", 3, 4), Place(5, 6)]) == (Place(1, 2), Place(3, 4, "B"), Place(5, 6))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "there is no place"),
        ("24.9, 60.2\n24.9, 95", "line 2"),
        ("1,2,3,4", "line 1: is not a longitude and a latitude"),
        ("name,lon,lat\nA,1", "line 2: has too few columns"),
        ("24.9, nan", "line 1"),
        ("{not json", "looks like JSON"),
        ([(1, 2, 3, 4)], "a place is"),
        (pd.DataFrame({"a": [1]}), "needs columns lon and lat"),
        (7, "cannot be read from a int"),
        ([(0, 0)] * (MAX_PLACES + 1), "too many"),
    ],
)
def test_what_is_no_place_is_refused_by_name(value: object, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        read_places(value)


@given(st.lists(st.tuples(LON, LAT), min_size=1, max_size=MAX_PLACES))
def test_lines_round_trip(points: list[tuple[float, float]]) -> None:
    text = "\n".join(f"{lon!r}, {lat!r}" for lon, lat in points)
    assert [place.point for place in read_places(text)] == points


@given(st.text(max_size=200))
def test_any_text_is_places_or_a_refusal(text: str) -> None:
    try:
        found = read_places(text)
    except InvalidInputError:
        return
    assert all(-180 <= p.lon <= 180 and -90 <= p.lat <= 90 for p in found)
