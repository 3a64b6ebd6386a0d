"""What a search may be asked, in all the forms people hold it."""

import json
from datetime import UTC, date, datetime, timedelta, timezone

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, box, mapping, shape

from iceye_geo.errors import InvalidInputError
from iceye_geo.services.area import box_as_geometry, crosses_antimeridian, format_bbox, format_intersects
from iceye_geo.services.datetimes import format_datetime
from iceye_geo.services.matching import meets
from iceye_geo.services.query import check_name, format_query, format_sortby
from iceye_geo.stac.names import OPERATORS, V1_NAMES


class TestBox:
    @pytest.mark.parametrize(
        "given", [(24, 59, 26, 61), [24.0, 59, 26, 61], "24, 59,26,61", np.array([24, 59, 26, 61])]
    )
    def test_every_form_gives_the_same_box(self, given):
        assert format_bbox(given) == (24.0, 59.0, 26.0, 61.0)

    @pytest.mark.parametrize(
        ("given", "rule"),
        [
            ((24, 59, 26), "four"), ((24, 59, 26, "x"), "four numbers"), (5, "four numbers"), ("", "four"),
            ((24, 59, float("nan"), 61), "finite"), ((24, 61, 26, 59), "south"), ((59, 24, 61, 96), "latitude"),
            ((24, 59, 700, 61), "longitude"), ((-200, 0, -210, 1), "longitude"),
        ],
    )  # fmt: skip
    def test_what_is_no_box_is_refused_with_the_order_of_numbers(self, given, rule):
        with pytest.raises(InvalidInputError, match=rule) as caught:
            format_bbox(given)
        assert caught.value.field == "bbox"
        assert "longitude first" in str(caught.value)

    @pytest.mark.parametrize(
        ("given", "east"),
        [((170, 0, 190, 1), -170.0), ((-190, 0, -170, 1), -170.0), ((530, 0, 535, 1), 175.0)],
    )
    def test_longitudes_of_a_map_that_was_panned_round_the_world_are_brought_back(self, given, east):
        assert format_bbox(given) == (170.0, 0.0, east, 1.0)

    def test_the_whole_world_is_a_box(self):
        assert format_bbox((-180, -90, 180, 90)) == (-180, -90, 180, 90)

    def test_a_box_across_the_antimeridian_becomes_two_halves(self):
        crossing = format_bbox((179, -20, -178, -10))
        assert crosses_antimeridian(crossing)
        halves = shape(box_as_geometry(crossing))
        assert halves.area == 30
        assert halves.bounds == (-180, -20, 180, -10)

    @given(st.tuples(st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90)))
    def test_every_box_is_kept_or_refused_for_its_latitudes(self, numbers):
        if numbers[1] > numbers[3]:
            with pytest.raises(InvalidInputError, match="south"):
                format_bbox(numbers)
            return
        if numbers[1] == numbers[3]:
            return
        made = format_bbox(numbers)
        assert made[1::2] == numbers[1::2]
        assert made[::2] == numbers[::2] or 180 in map(abs, numbers[::2])
        assert shape(box_as_geometry(made)).bounds[1::2] == numbers[1::2]

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ((180, 0, -170, 1), (-180, 0, -170, 1)), ((170, 0, -180, 1), (170, 0, 180, 1)),
            ((190, 0, 200, 1), (-170, 0, -160, 1)),
        ],
    )  # fmt: skip
    def test_a_box_that_only_touches_the_antimeridian_does_not_cross_it(self, given, kept):
        assert format_bbox(given) == kept

    def test_a_crossing_box_without_height_is_refused(self):
        with pytest.raises(InvalidInputError, match="no height"):
            format_bbox((170, 5, -170, 5))


class TestIntersects:
    area = box(24, 59, 26, 61)

    @pytest.mark.parametrize(
        "form",
        [
            lambda g: g, mapping, lambda g: g.wkt, lambda g: json.dumps(mapping(g)),
            lambda g: {"type": "Feature", "properties": {}, "geometry": mapping(g)},
            lambda g: gpd.GeoSeries([g], crs=4326), lambda g: gpd.GeoDataFrame(geometry=[g], crs=4326),
            lambda g: gpd.GeoSeries([g], crs=4326).to_crs(3857), lambda g: shapely.force_3d(g, 5),
        ],
        ids=["shapely", "geojson", "wkt", "text", "feature", "series", "frame", "mercator", "3d"],
    )  # fmt: skip
    def test_every_form_gives_the_same_area(self, form):
        sent = format_intersects(form(self.area))
        assert shape(sent).symmetric_difference(self.area).area < 1e-9
        assert json.loads(json.dumps(sent)) == sent

    def test_several_features_become_one_area(self):
        frame = gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1), box(5, 5, 6, 6)], crs=4326)
        assert format_intersects(frame)["type"] == "MultiPolygon"

    @pytest.mark.parametrize(
        ("given", "rule"),
        [
            (5, "cannot be read from a int"), ("somewhere", "is no WKT"), ('{"type":', "no JSON"),
            ({"type": "Blob"}, "no GeoJSON geometry"), ("POLYGON EMPTY", "is empty"),
            ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]]]}, "not a valid geometry"),
            ("POINT (60 124)", "latitude"), ("POINT (1000 0)", "longitude"),
            ({"type": "FeatureCollection", "features": []}, "is empty"),
        ],
    )  # fmt: skip
    def test_what_is_no_area_is_refused(self, given, rule):
        with pytest.raises(InvalidInputError, match=rule) as caught:
            format_intersects(given)
        assert caught.value.field == "intersects"

    @pytest.mark.parametrize("wide", [box(-100, 0, 100, 10), box(-180, -90, 180, 90), box(-179, 0, 179, 1)])
    def test_an_area_wider_than_180_degrees_is_refused_with_what_to_do(self, wide):
        with pytest.raises(InvalidInputError, match=r"more than 180.*longitudes past 180"):
            format_intersects(wide)

    def test_an_area_past_180_is_cut_and_brought_back(self):
        cut = shape(format_intersects(box(179, 0, 182, 1)))
        assert cut.geom_type == "MultiPolygon"
        assert cut.area == pytest.approx(3)
        assert cut.bounds == (-180, 0, 180, 1)

    def test_an_area_that_was_cut_already_passes(self):
        halves = shapely.MultiPolygon([box(179, 0, 180, 1), box(-180, 0, -179, 1)])
        assert shape(format_intersects(halves)).area == 2

    def test_a_point_far_round_the_world_is_brought_back(self):
        assert format_intersects(Point(190, 5)) == {"type": "Point", "coordinates": [-170, 5]}


class TestDatetime:
    @pytest.mark.parametrize(
        ("given", "sent"),
        [
            ("2025-01-31T06:00:00Z", "2025-01-31T06:00:00Z"),
            ("2025-01-31T08:00:00+02:00", "2025-01-31T06:00:00Z"),
            ("2025-01-31T06:00:00", "2025-01-31T06:00:00Z"),
            ("2025", "2025-01-01T00:00:00Z/2025-12-31T23:59:59.999999Z"),
            ("2024-02", "2024-02-01T00:00:00Z/2024-02-29T23:59:59.999999Z"),
            ("2025-6-1", "2025-06-01T00:00:00Z/2025-06-01T23:59:59.999999Z"),
            (date(2025, 6, 1), "2025-06-01T00:00:00Z/2025-06-01T23:59:59.999999Z"),
            (datetime(2025, 6, 1, 12), "2025-06-01T12:00:00Z"),
            (datetime(2025, 6, 1, 12, tzinfo=timezone(timedelta(hours=3))), "2025-06-01T09:00:00Z"),
            ("2025-01-01/2025-06-30", "2025-01-01T00:00:00Z/2025-06-30T23:59:59.999999Z"),
            ("2025-01-01/..", "2025-01-01T00:00:00Z/.."),
            ("../2025-01", "../2025-01-31T23:59:59.999999Z"),
            ("/2025-01-31T06:00:00Z", "../2025-01-31T06:00:00Z"),
            (("2025", None), "2025-01-01T00:00:00Z/.."),
            ([None, datetime(2025, 1, 1, tzinfo=UTC)], "../2025-01-01T00:00:00Z"),
            (("2025-01", date(2025, 3, 1)), "2025-01-01T00:00:00Z/2025-03-01T23:59:59.999999Z"),
            (["2025-01-31T06:00:00Z"], "2025-01-31T06:00:00Z"),
        ],
    )
    def test_every_form_is_written_in_utc(self, given, sent):
        assert format_datetime(given) == sent

    @pytest.mark.parametrize(
        "given",
        ["", "..", "../..", "soon", "2025-13", "2025-02-30", "2025-00", "2025-06-00", "a/b/c", 5, (None, None), [],
         "2025-06-30/2025-01-01", (1, 2), "2025-01-31T25:00:00Z", "2023-12-20T15:04:05Z07:00", "0000"],
    )  # fmt: skip
    def test_what_is_no_time_is_refused(self, given):
        with pytest.raises(InvalidInputError) as caught:
            format_datetime(given)
        assert caught.value.field == "datetime"

    @given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
    def test_any_two_moments_make_an_interval_or_an_error(self, one, other):
        if other < one:
            with pytest.raises(InvalidInputError, match="before it starts"):
                format_datetime((one, other))
        else:
            start, _, end = format_datetime((one, other)).partition("/")
            assert (datetime.fromisoformat(start), datetime.fromisoformat(end)) == (one, other)

    @given(st.text(max_size=24))
    def test_any_text_is_read_or_refused(self, text):
        try:
            sent = format_datetime(text)
        except InvalidInputError:
            return
        assert format_datetime(sent) == sent


class TestQuery:
    def test_operators_pass_and_plain_values_are_short_for_them(self):
        query = {
            "sar:product_type": ["GRD", "GRD-COG"], "sat:orbit_state": "ascending", "iceye:new": {"neq": 5},
            "properties.iceye:incidence_center": {"gte": 20, "lt": 35.5},
        }  # fmt: skip
        assert format_query(query) == {
            "sar:product_type": {"in": ["GRD", "GRD-COG"]}, "sat:orbit_state": {"eq": "ascending"},
            "iceye:new": {"neq": 5}, "iceye:incidence_center": {"gte": 20, "lt": 35.5},
        }  # fmt: skip

    @pytest.mark.parametrize("old", V1_NAMES)
    @pytest.mark.parametrize("field", ["query", "sortby"])
    def test_a_v1_name_is_refused_with_its_v2_name(self, old, field):
        with pytest.raises(InvalidInputError, match=V1_NAMES[old]) as caught:
            format_query({old: {"eq": 1}}) if field == "query" else format_sortby(f"-{old}")
        assert caught.value.field == f"{field}.{old}"

    @pytest.mark.parametrize(
        "name", ["incidence_center", "sar:producttype", "SAT:orbit_state", "startdatetime"]
    )
    def test_a_name_without_its_prefix_is_refused_with_the_right_one(self, name):
        with pytest.raises(InvalidInputError, match=r"Use \S+"):
            check_name(name, field="query")

    def test_an_unknown_name_passes(self):
        assert format_query({"iceye:mood": {"contains": "calm"}}) == {"iceye:mood": {"contains": "calm"}}

    @pytest.mark.parametrize(
        ("condition", "rule"),
        [
            ({}, "no operator"), ({"like": 1}, "is no operator.*Operators"), ({"starts_with": "a"}, "'startsWith'"),
            ({"in": []}, "at least one"), ({"in": "GRD"}, "list"), ({"gt": [1]}, "number or a time"),
            ({"contains": 5}, "takes text"), ({"eq": None}, "takes text"), ({"eq": {"a": 1}}, "takes text"),
        ],
    )  # fmt: skip
    def test_a_condition_that_makes_no_sense_is_refused(self, condition, rule):
        with pytest.raises(InvalidInputError, match=rule) as caught:
            format_query({"sar:product_type": condition})
        assert caught.value.field.startswith("query.sar:product_type")

    @pytest.mark.parametrize(
        ("name", "condition"),
        [
            ("iceye:incidence_center", {"gt": "20"}), ("iceye:incidence_center", {"gt": float("nan")}),
            ("iceye:incidence_center", {"startsWith": "2"}), ("start_datetime", {"gt": "soon"}),
            ("sat:orbit_state", {"eq": 1}),
        ],
    )  # fmt: skip
    def test_values_must_fit_the_kind_of_a_published_name(self, name, condition):
        with pytest.raises(InvalidInputError):
            format_query({name: condition})

    def test_times_are_written_in_utc_and_a_bare_day_is_read_as_a_person_means_it(self):
        query = format_query({"start_datetime": {"gte": "2025-01-01", "lte": date(2025, 1, 31)}})
        assert query["start_datetime"] == {
            "gte": "2025-01-01T00:00:00Z",
            "lte": "2025-01-31T23:59:59.999999Z",
        }

    def test_a_query_that_is_no_dict_is_refused(self):
        with pytest.raises(InvalidInputError, match="must be a dict"):
            format_query([("a", 1)])


class TestSortby:
    @pytest.mark.parametrize(
        "given",
        [
            "-start_datetime,+id", ["-start_datetime", "id"], "-properties.start_datetime, id",
            [{"field": "start_datetime", "direction": "desc"}, {"field": "id"}], ("-start_datetime", {"field": "id"}),
        ],
    )  # fmt: skip
    def test_every_form_gives_the_same_order(self, given):
        assert format_sortby(given) == [
            {"field": "start_datetime", "direction": "desc"}, {"field": "id", "direction": "asc"},
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "given",
        ["", [], 5, "-id,id", [{"field": "id", "direction": "up"}], [{"name": "id"}], [5], "id,,id2", "-"],
    )
    def test_what_is_no_order_is_refused(self, given):
        with pytest.raises(InvalidInputError) as caught:
            format_sortby(given)
        assert caught.value.field.startswith("sortby")


class TestLocalMatch:
    record = {
        "geometry": mapping(box(24, 60, 25, 61)),
        "properties": {"a": 5, "t": "2025-01-01T00:00:00Z", "l": ["VV", "VH"], "w": "GRD-COG"},
    }

    @pytest.mark.parametrize(
        ("query", "fits"),
        [
            ({"a": {"eq": 5}}, True), ({"a": {"neq": 5}}, False), ({"a": {"gt": 5}}, False), ({"a": {"gte": 5}}, True),
            ({"a": {"lt": 6}}, True), ({"a": {"lte": 4}}, False), ({"a": {"in": [1, 5]}}, True),
            ({"w": {"startsWith": "GRD"}}, True), ({"w": {"endsWith": "COG"}}, True), ({"w": {"contains": "X"}}, False),
            ({"t": {"gt": "2024-12-31T23:00:00-02:00"}}, False), ({"l": {"eq": "VH"}}, True),
            ({"a": {"gt": "x"}}, False), ({"unknown": {"eq": 1}}, True),
        ],
    )  # fmt: skip
    def test_conditions(self, query, fits):
        assert meets(self.record, {"query": query}) is fits

    def test_every_operator_that_may_be_sent_can_be_checked(self):
        for operator in OPERATORS:
            operand = ["x"] if operator == "in" else "x"
            assert meets(self.record, {"query": {"w": {operator: operand}}}) is (
                operator in ("neq", "lt", "lte")
            )

    def test_areas(self):
        assert meets(self.record, {"intersects": mapping(Point(24.5, 60.5))})
        assert not meets(self.record, {"intersects": mapping(Point(0, 0))})
        assert meets({"properties": {}, "geometry": None}, {"intersects": mapping(Point(0, 0))})
