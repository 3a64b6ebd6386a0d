import numpy as np
import pytest
import shapely
from shapely import MultiPolygon, Polygon, box

from iceye_geo.sandbox import land
from iceye_geo.sandbox.land import coast_distance, is_land, land_fraction


def test_known_places_are_land_or_sea():
    lon = [2.35, 37.6, 103.8, -100.0, 179.5, -179.5, 0.0, 4.0, 180.0, -30.0, 24.9]
    lat = [48.85, 55.75, 1.37, 40.0, 67.0, 67.5, -80.0, 53.5, 0.0, 40.0, 59.8]
    expected = [True] * 7 + [False] * 4
    assert is_land(lon, lat).tolist() == expected


def test_longitudes_beyond_180_mean_the_same_place():
    lon, lat = np.meshgrid(np.linspace(170, 190, 40), np.linspace(50, 72, 40))
    assert np.array_equal(is_land(lon, lat), is_land(lon - 360, lat))


def test_land_share_of_a_footprint_across_the_antimeridian_in_all_spellings():
    through = box(178.0, 66.0, 182.0, 68.0)
    jumping = Polygon([(178, 66), (-178, 66), (-178, 68), (178, 68)])
    split = MultiPolygon([box(178, 66, 180, 68), box(-180, 66, -178, 68)])
    shares = [land_fraction(p) for p in (through, jumping, split)]
    assert 0.3 < shares[0] < 1.0
    assert shares == pytest.approx([shares[0]] * 3)


def test_distance_is_positive_on_land_and_changes_sign_at_the_coast():
    lon, lat = np.meshgrid(np.linspace(3.5, 5.0, 60), np.linspace(51.8, 52.6, 60))
    distance = coast_distance(lon, lat)
    assert np.array_equal(distance > 0, is_land(lon, lat))
    assert np.abs(distance).max() == 20_000
    assert np.abs(distance).min() < 1_000


def test_the_date_line_is_no_coast():
    lon, lat = np.meshgrid(np.linspace(179.5, 180.5, 20), np.linspace(67.3, 67.6, 20))
    assert coast_distance(lon, lat).min() > 1_000


def test_one_thread_at_a_time_asks_the_prepared_polygons(monkeypatch):
    # GEOS makes their index when they are first asked; two threads at once corrupt the heap.
    ask, held = shapely.intersects_xy, []

    def watched(*args):
        held.append(land._ASKING.locked())
        return ask(*args)

    monkeypatch.setattr(shapely, "intersects_xy", watched)
    assert is_land([2.35, -30.0], [48.85, 40.0]).tolist() == [True, False]
    assert held == [True]
    assert not land._ASKING.locked()
