from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest
import shapely

from iceye_geo.models.modes import MODES
from iceye_geo.sandbox.contracts import build_contracts
from iceye_geo.sandbox.options import EPOCH, SandboxOptions
from iceye_geo.sandbox.world import Frame, World, make_frame
from iceye_geo.sandbox.world.assets import DELIVERABLE
from iceye_geo.sandbox.world.items import bbox, outline, search_shape, within_world
from iceye_geo.sandbox.world.places import PLACES, place

NOW = datetime.fromisoformat("2026-11-20T00:00:00Z")


def build(**options: Any) -> World:
    options = {"seed": 7, **options}
    return World(SandboxOptions(**options), build_contracts(options["seed"], NOW))


@pytest.fixture(scope="module")
def world() -> World:
    return build()


@pytest.fixture(scope="module")
def public(world: World) -> list[Frame]:
    return list({record.frame.frame_id: record.frame for record in world.public}.values())


@pytest.fixture(scope="module")
def owned(world: World) -> list[Frame]:
    contract_id = next(iter(build_contracts(7, NOW)))
    return list({r.frame.frame_id: r.frame for r in world.private(contract_id)}.values())


def crosses(frame: Frame) -> bool:
    west, _, east, _ = bbox(frame)
    return west > east


def bodies(world: World) -> list[Any]:
    return [record.body for record in world.public]


def test_the_same_seed_gives_the_same_world(world: World) -> None:
    assert bodies(build()) == bodies(world)


def test_another_seed_gives_another_world(world: World) -> None:
    assert bodies(build(seed=8)) != bodies(world)


@pytest.mark.parametrize("scenes", [1, 12, 320, 1000])
def test_there_are_exactly_as_many_public_frames_as_asked_for(scenes: int) -> None:
    records = list(build(scenes=scenes).public)
    assert len({record.frame.frame_id for record in records}) == scenes
    assert len({record.id for record in records}) == len(records)


def test_all_modes_sides_passes_and_types_are_there(public: list[Frame]) -> None:
    assert {frame.mode for frame in public} == set(MODES.values())
    assert {(f.look_side, f.orbit_state) for f in public} == set(
        itertools.product(("left", "right"), ("ascending", "descending"))
    )
    products = {product for frame in public for product in frame.product_types}
    assert products == {"GRD", "GRD-COG", "SLC", "SLC-COG", "QLK", "CSI", "CSI-COG", "VID", "VID-COG"}
    assert {frame.dtype for frame in public} == {"uint16", "float32"}


def test_a_small_world_has_all_modes_too() -> None:
    frames = {record.frame.mode.code for record in build(scenes=60).public}
    assert len(frames) == len(MODES)


def test_the_archive_covers_coasts_ports_cities_poles_and_the_antimeridian(public: list[Frame]) -> None:
    kinds = Counter(place(frame.place).kind for frame in public)
    assert {"port", "city", "coast", "polar", "dateline", "strait"} <= set(kinds)
    assert len({frame.place for frame in public}) > 80
    assert sum(map(crosses, public)) >= 5
    assert {place(f.place).name for f in public if crosses(f)} >= {"Taveuni Fiji", "Wrangel Island"}
    latitudes = [frame.geometry.center_lat for frame in public]
    assert max(latitudes) > 75
    assert min(latitudes) < -70


def test_places_are_named_once_and_lie_on_earth() -> None:
    assert len({p.name for p in PLACES}) == len(PLACES) >= 80
    assert all(-180 <= p.lon <= 180 and -85 <= p.lat <= 82 for p in PLACES)
    with pytest.raises(KeyError):
        place("Atlantis")


def test_places_are_looked_at_again_and_again_with_the_same_geometry(public: list[Frame]) -> None:
    series: dict[Any, list[Frame]] = defaultdict(list)
    for frame in public:
        series[frame.place, frame.mode.code, frame.look_side, frame.orbit_state].append(frame)
    long = [frames for frames in series.values() if len({f.start for f in frames}) >= 3]
    assert len(long) > 20
    for frames in long[:20]:
        days = {frame.start.date() for frame in frames}
        assert len(days) >= 2 or len(frames) <= 3
        first = min(frames, key=lambda f: f.start)
        close = [
            f for f in frames if abs(f.geometry.incidence_center - first.geometry.incidence_center) < 0.5
        ]
        assert close


def test_times_lie_in_the_two_years_before_the_epoch(public: list[Frame], owned: list[Frame]) -> None:
    for frame in [*public, *owned]:
        assert EPOCH - timedelta(days=740) < frame.start < frame.end < frame.created <= frame.updated <= EPOCH


def test_the_archive_reaches_up_to_the_epoch(public: list[Frame]) -> None:
    assert EPOCH - max(frame.start for frame in public) < timedelta(days=30)


def test_angles_and_sizes_fit_the_mode(public: list[Frame]) -> None:
    for frame in public:
        low, high = frame.mode.incidence_deg
        near, center, far = frame.incidence
        assert near < center < far
        assert low - 0.1 <= center <= high + 0.1
        assert frame.look_angle < center
        assert frame.geometry.range_m == pytest.approx(frame.mode.range_km * 1000, rel=0.05)
        assert frame.mode.azimuth_km * 1000 < frame.geometry.azimuth_m < frame.mode.azimuth_km * 1250
        assert frame.geometry.width != frame.geometry.height


def test_resolution_follows_from_bandwidth_and_incidence(public: list[Frame]) -> None:
    for frame in public:
        for resolution, angle in zip(frame.range_resolution, frame.incidence, strict=True):
            slant = resolution * math.sin(math.radians(angle))
            assert slant == pytest.approx(299_792_458 / 2 / frame.bandwidth_hz)
        near, _, far = frame.range_resolution
        assert near > far
        if frame.mode.code != "SLEDP":
            assert frame.range_resolution[1] == pytest.approx(frame.mode.resolution_m, rel=0.05)


def test_scan_is_not_calibrated_and_the_rest_is(public: list[Frame]) -> None:
    for frame in public:
        assert (frame.calibration_factor is None) == frame.mode.code.startswith("SC")
        assert frame.calibration_factor is None or 2e-5 < frame.calibration_factor < 3e-5


def test_scan_has_no_slc(public: list[Frame]) -> None:
    products = {p for f in public if f.mode.acquisition == "scan" for p in f.product_types}
    assert products == {"GRD", "GRD-COG", "QLK"}


def test_strips_split_into_frames_of_one_image(public: list[Frame]) -> None:
    images: dict[str, list[Frame]] = defaultdict(list)
    for frame in public:
        images[frame.frame_id.rpartition("_")[0]].append(frame)
    split = [frames for frames in images.values() if len(frames) > 1]
    assert split
    for frames in split:
        assert {frame.mode.code for frame in frames} == {"SM"}
        shapes = [search_shape(frame) for frame in frames]
        for one, other in itertools.pairwise(shapes):
            assert one.distance(other) < 0.01
            assert one.intersection(other).area < 0.05 * one.area


def test_owned_scenes_cover_what_a_reader_must_bear(owned: list[Frame]) -> None:
    assert len(owned) >= 12
    assert {frame.mode for frame in owned} == set(MODES.values())
    assert {frame.dtype for frame in owned} == {"uint16", "float32"}
    assert {frame.look_side for frame in owned} == {"left", "right"}
    assert any(frame.calibration_factor is None for frame in owned)
    assert any(crosses(frame) for frame in owned)
    assert any(abs(frame.geometry.center_lat) > 75 for frame in owned)
    assert all(set(frame.product_types) <= set(DELIVERABLE) for frame in owned)
    assert sum("GRD-COG" in frame.product_types for frame in owned) >= 12


def test_bbox_and_outline_agree(public: list[Frame]) -> None:
    for frame in public:
        west, south, east, north = bbox(frame)
        ring = outline(frame)["coordinates"][0]
        assert ring[0] == ring[-1]
        lons = [lon + 360 if crosses(frame) and lon < 0 else lon for lon, _ in ring]
        assert min(lons) == pytest.approx(west)
        assert max(lons) == pytest.approx(east + 360 * crosses(frame))
        assert (min(lat for _, lat in ring), max(lat for _, lat in ring)) == (south, north)
        assert all(-180 <= lon <= 180 for lon, _ in ring)


def test_frames_lie_where_they_were_aimed(public: list[Frame]) -> None:
    for frame in public:
        if not frame.frame_id.endswith("_1") or frame.mode.code == "SM":
            continue
        target = place(frame.place)
        assert search_shape(frame).distance(shapely.Point(target.lon, target.lat)) < 0.05, frame.frame_id


def test_the_company_owns_a_time_series_of_one_place_in_one_geometry(owned: list[Frame]) -> None:
    series = [f for f in owned if f.place == "Rotterdam Maasvlakte" and "GRD-COG" in f.product_types]
    assert len(series) == 5
    assert len({(f.mode, f.look_side, f.orbit_state) for f in series}) == 1
    assert max(f.incidence[1] for f in series) - min(f.incidence[1] for f in series) < 0.3
    times = sorted(f.start for f in series)
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert all(timedelta(days=8) < gap < timedelta(days=10) for gap in gaps)
    assert len({f.seed for f in series}) == 5


def test_ids_of_frames_are_an_image_id_and_a_number(public: list[Frame], owned: list[Frame]) -> None:
    ids = [frame.frame_id for frame in [*public, *owned]]
    assert len(set(ids)) == len(ids)
    assert all(image.isdigit() and number.isdigit() for image, number in (i.split("_") for i in ids))


def test_a_new_frame_can_be_owned_and_published(world: World) -> None:
    contract_id = list(build_contracts(7, NOW))[1]
    frame = make_frame(
        MODES["SPOTLIGHT"], frame_id="7000000_1", lon=10, lat=54, orbit_state="ascending", look_side="right",
        incidence=28, start=EPOCH, seed=5, product_types=("GRD-COG",),
    )  # fmt: skip
    other = build()
    other.own(contract_id, [frame])
    (record,) = [r for r in other.private(contract_id) if r.frame == frame]
    assert other.frame("7000000_1") == frame
    assert other.find_item(record.id, contract_id=contract_id) == record
    assert other.find_item(record.id, contract_id=next(iter(build_contracts(7, NOW)))) is None
    before = len(other.public)
    other.publish([frame])
    other.publish([frame])
    assert len(other.public) == before + 1
    with pytest.raises(KeyError):
        other.own("unknown", [frame])
    assert list(other.private("unknown")) == []


def test_shapes_beyond_180_degrees_come_to_the_other_side() -> None:
    parts = within_world(shapely.box(-190, 0, -170, 1))
    assert parts.bounds == (-180, 0, 180, 1)
    assert parts.area == pytest.approx(20)
    assert within_world(shapely.box(0, 0, 1, 1)).equals(shapely.box(0, 0, 1, 1))


def test_the_stac_version_follows_the_option() -> None:
    assert {r.body["stac_version"] for r in build(scenes=5).public} == {"1.0.0-beta.1"}
    assert {r.body["stac_version"] for r in build(scenes=5, stac_version="1.0.0").public} == {"1.0.0"}
