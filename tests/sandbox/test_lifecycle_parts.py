"""The pure parts of the life-cycle: times, prices, passes, folders, steps."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iceye_geo.models.modes import LOOK_VARIANTS, MODES
from iceye_geo.sandbox.lifecycle.bodies import BasicAuth, Location, OAuth2Auth, WebhookBody, parse_time
from iceye_geo.sandbox.lifecycle.buckets import LocationConfig, folder_of, geohash, key_parts, put
from iceye_geo.sandbox.lifecycle.life import Life, Step, wire_time
from iceye_geo.sandbox.lifecycle.passes import Wish, first_pass, passes
from iceye_geo.sandbox.lifecycle.pricing import cancellation_charge, frame_price, task_price

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
LON, LAT = st.floats(-180, 180), st.floats(-90, 90)
TERMS = {"priority": "COMMERCIAL", "sla": "SLA_8H", "exclusivity": "PRIVATE", "eula": "STANDARD"}


@given(MOMENTS)
def test_a_written_time_is_read_back(moment: datetime) -> None:
    assert abs(parse_time(wire_time(moment)) - moment) < timedelta(milliseconds=1)


@given(MOMENTS, st.integers(-12 * 60, 14 * 60))
def test_an_offset_does_not_move_a_moment(moment: datetime, minutes: int) -> None:
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    local = (moment + timedelta(minutes=minutes)).replace(tzinfo=None).isoformat()
    assert parse_time(f"{local}{sign}{hours:02d}:{rest:02d}") == moment


@given(st.text() | st.integers() | st.none() | st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d"))
def test_what_is_no_time_raises_nothing_but_value_error(text: object) -> None:
    with contextlib.suppress(ValueError):
        assert parse_time(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T00:00:00",
        "2026-11-23",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2023-12-20T15:04:05Z07:00",
    ],
)
def test_times_without_a_meaning_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_time(text)


@pytest.mark.parametrize("mode", [*MODES, *LOOK_VARIANTS, "UNHEARD_OF"])
def test_every_mode_has_a_price_in_whole_currency_units(mode: str) -> None:
    amount = task_price(mode, lon=0, lat=0, **TERMS)
    assert amount > 0
    assert amount % 100 == 0
    assert 0 < frame_price(mode, eula="STANDARD") < amount


@given(st.integers(0, 10**9), st.floats(-500, 500))
def test_a_cancellation_never_costs_more_than_the_task_and_less_with_notice(price: int, hours: float) -> None:
    charge = cancellation_charge(price, notice=timedelta(hours=hours))
    assert 0 <= charge <= price
    assert cancellation_charge(price, notice=timedelta(hours=hours + 24)) <= charge


@given(LON, LAT, MOMENTS, st.integers(1, 40))
def test_passes_lie_in_the_span_in_order_and_do_not_depend_on_it(
    lon: float, lat: float, start: datetime, hours: int
) -> None:
    end = start + timedelta(hours=hours)
    found = list(passes(lon, lat, start=start, end=end))
    assert [one.start for one in found] == sorted(one.start for one in found)
    assert all(start <= one.start <= end and 10 <= one.incidence_deg <= 45 for one in found)
    wider = list(passes(lon, lat, start=start - timedelta(hours=1), end=end + timedelta(hours=1)))
    assert set(found) <= set(wider)


@given(
    LON, LAT, MOMENTS, st.integers(10, 44), st.integers(1, 10),
    st.sampled_from(["ANY", "LEFT", "RIGHT"]), st.sampled_from(["ANY", "ASCENDING", "DESCENDING"]),
)  # fmt: skip
def test_a_picked_pass_grants_every_wish(
    lon: float, lat: float, start: datetime, low: int, width: int, side: str, direction: str
) -> None:
    wish = Wish(lon, lat, start, start + timedelta(hours=30), 60, low, low + width, side, direction)
    found = first_pass(wish)
    if found is None:
        return
    assert wish.start <= found.start <= wish.end - timedelta(seconds=60)
    assert low <= found.incidence_deg <= low + width
    assert side in ("ANY", found.look_side)
    assert direction in ("ANY", found.pass_direction)


@pytest.mark.parametrize("mode", MODES.values(), ids=list(MODES))
def test_usual_wishes_are_granted_within_two_days_nearly_always(mode: object) -> None:
    low, high = mode.incidence_deg  # type: ignore[attr-defined]
    start = datetime(2026, 11, 23, tzinfo=UTC)
    granted = [
        first_pass(Wish(lon, 12.5, start, start + timedelta(days=2), 15, low, high)) is not None
        for lon in range(-180, 180, 5)
    ]
    assert sum(granted) >= 0.95 * len(granted)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_path_leads_out_of_the_bucket(path: str, subpath: str) -> None:
    config = LocationConfig("c", "sandbox-bucket", True)
    try:
        folder = folder_of(config, path=path, subpath=subpath)
    except ValueError:
        return
    assert folder.parts[0] == "sandbox-bucket"
    assert ".." not in folder.parts
    resolved = Path("/buckets", folder).resolve()
    assert resolved.is_relative_to("/buckets/sandbox-bucket")


@pytest.mark.parametrize("text", ["..", "a/../b", "./a", "a\\b", "nul\x00", "tab\t", "x" * 300])
def test_unsafe_folder_names_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="folder name"):
        key_parts(text)


@given(LON, LAT)
def test_a_geohash_gets_longer_by_adding_to_it(lon: float, lat: float) -> None:
    text = geohash(lon, lat, length=8)
    assert len(text) == 8
    assert text.startswith(geohash(lon, lat, length=5))


def test_a_file_is_put_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "file.bin"
    put(target, b"old")
    with pytest.raises(OSError):
        put(target, tmp_path / "missing.bin")
    assert target.read_bytes() == b"old"
    assert [path.name for path in target.parent.iterdir()] == ["file.bin"]


class StoppedClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


def life(clock: StoppedClock) -> Life:
    created = datetime(2026, 11, 20, tzinfo=UTC)
    steps = [
        Step(name, created + timedelta(hours=n)) for n, name in enumerate(("ACTIVE", "FULFILLED", "DONE"), 1)
    ]
    return Life(
        id="x",
        contract_id="c",
        created=created,
        epoch=clock.now(),
        status="RECEIVED",
        steps=steps,
        updated=created,
    )


def test_a_resource_lives_on_its_own_clock() -> None:
    clock = StoppedClock()
    made = life(clock)
    assert made.now(clock) == made.created
    assert made.pop_due(clock) is None
    clock.time += timedelta(hours=2)
    taken = [made.pop_due(clock), made.pop_due(clock), made.pop_due(clock)]
    assert [step.status if step else None for step in taken] == ["ACTIVE", "FULFILLED", None]


def test_a_jump_keeps_the_distance_of_what_follows() -> None:
    made = life(StoppedClock())
    taken = made.jump("FULFILLED", at=made.created)
    assert [step.status for step in taken] == ["ACTIVE", "FULFILLED"]
    assert made.steps == [Step("DONE", made.created + timedelta(hours=1))]


def test_an_unplanned_jump_ends_the_life() -> None:
    made = life(StoppedClock())
    assert made.jump("FAILED", at=made.created) == [Step("FAILED", made.created)]
    assert made.steps == []


def test_both_spellings_of_the_subfolder_mean_the_same() -> None:
    config = "8f14e45f-ceea-467f-a0e6-4b3c1d2e0001"
    spelled = [
        Location.model_validate({"configID": config, "path": "p", key: "a/b"})
        for key in ("subPath", "subpath")
    ]
    assert spelled[0] == spelled[1]
    assert spelled[0].sub_path == "a/b"


def test_credentials_are_not_shown() -> None:
    basic = BasicAuth.model_validate({"type": "basic", "username": "u", "password": "hush"})
    token = {"type": "oauth2", "tokenURL": "https://t.example.org/", "clientID": "c", "clientSecret": "hush"}
    body = WebhookBody.model_validate({"url": "https://h.example.org/", "auth": token})
    assert "hush" not in repr(basic) + repr(body) + repr(OAuth2Auth.model_validate(token))
    with pytest.raises(ValueError) as caught:
        WebhookBody.model_validate(
            {"url": "nowhere", "auth": {"type": "basic", "username": 1, "password": "hush"}}
        )
    assert "hush" not in str(caught.value)
