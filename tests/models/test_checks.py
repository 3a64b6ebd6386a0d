"""What a caller may pass, and how a refusal names the field and the rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iceye_geo.errors import InvalidInputError
from iceye_geo.models import checks


def test_times_of_any_zone_become_utc() -> None:
    helsinki = timezone(timedelta(hours=2))
    expected = datetime(2026, 11, 23, tzinfo=UTC)
    for value in (
        datetime(2026, 11, 23, 2, tzinfo=helsinki),
        "2026-11-23T02:00:00+02:00",
        "2026-11-23T00:00:00Z",
    ):
        assert checks.aware_time(value, field="start") == expected


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (datetime(2026, 11, 23), "must carry a zone"),
        ("2026-11-23T00:00:00", "must carry a zone"),
        ("2026-11-23", "must carry a zone"),
        ("tomorrow", "is no RFC 3339 time"),
        (1732320000, "must be a datetime"),
        ("0001-01-01T00:00:00+14:00", "outside the calendar"),
    ],
)
def test_other_times_are_refused_with_the_field(value: Any, rule: str) -> None:
    with pytest.raises(InvalidInputError, match=rule) as caught:
        checks.aware_time(value, field="window.start")
    assert caught.value.field == "window.start"


@pytest.mark.parametrize("value", ["2026-11-23T00:00:00Z", ("2026-11-23T00:00:00Z",), None, 3, ()])
def test_a_window_is_a_pair(value: Any) -> None:
    with pytest.raises(InvalidInputError, match="pair"):
        checks.read_window(value)


def test_a_window_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="end after it starts"):
        checks.read_window("2026-11-23T00:00:00Z/2026-11-22T00:00:00Z")


def test_the_refusal_of_a_swapped_place_tells_the_order() -> None:
    with pytest.raises(InvalidInputError, match=r"point\.lat.*\(lon, lat\)"):
        checks.read_point((60.17, 124.94))


@pytest.mark.parametrize("value", [(float("nan"), 0), (181, 0), (0,), "xy", {"lat": 1}, (0, float("inf"))])
def test_places_off_the_globe_are_refused(value: Any) -> None:
    with pytest.raises(InvalidInputError):
        checks.read_point(value)


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_every_place_on_the_globe_is_taken_in_every_form(lon: float, lat: float) -> None:
    from shapely.geometry import Point

    for value in ((lon, lat), [lon, lat], {"lon": lon, "lat": lat}, Point(lon, lat)):
        assert checks.read_point(value) == (lon, lat)


@pytest.mark.parametrize("value", [(9, 20), (20, 46), (30, 20), (20.5, 30), (20,), "x", ("a", "b")])
def test_incidence_outside_the_rules_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        checks.read_incidence(value)
    assert caught.value.field == "incidence"
    assert caught.value.source


def test_a_reference_has_256_characters_at_most() -> None:
    assert checks.read_reference("ä" * 256) == "ä" * 256
    with pytest.raises(InvalidInputError, match="256"):
        checks.read_reference("a" * 257)
    with pytest.raises(InvalidInputError, match="UTF-8"):
        checks.read_reference("\ud800")


@pytest.mark.parametrize("value", ["", " ", "a/b", "..", "a?b", None, 3, object()])
def test_what_cannot_be_part_of_a_path_is_no_id(value: Any) -> None:
    with pytest.raises(InvalidInputError):
        checks.read_id(value, field="task")


@given(st.datetimes(timezones=st.just(UTC)))
def test_wire_times_read_back_as_they_were(moment: datetime) -> None:
    assert checks.aware_time(checks.wire_time(moment), field="t") == moment
    assert checks.wire_time(moment).endswith("Z")
