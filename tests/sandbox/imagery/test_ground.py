import numpy as np
import pytest

from iceye_geo.sandbox.imagery.ground import Block, enlarge


def block_of(spec, row=0, col=0, rows=None, cols=None):
    return Block(spec.geometry, row, col, rows or spec.geometry.height, cols or spec.geometry.width)


@pytest.mark.parametrize(("lon", "lat"), [(4.0, 52.0), (179.99, 70.0), (-60.0, -75.0)])
def test_coordinates_are_those_of_the_scene_geometry(make_spec, lon, lat):
    spec = make_spec(lon, lat, mode="SCW", longer=700)
    block = block_of(spec)
    x, y = block.xy()
    rows, cols = np.array([0, 200, 380]), np.array([0, 299, 699])
    exact = block.project(*spec.geometry.pixel_to_lonlat(rows + 0.5, cols + 0.5, continuous=True))
    error = np.hypot(x[rows, cols] - exact[0], y[rows, cols] - exact[1])
    assert error.max() < 0.1 * block.pixel


def test_blocks_of_one_scene_share_coordinates(make_spec):
    spec = make_spec(longer=700)
    whole, part = block_of(spec), block_of(spec, row=128, col=192, rows=200, cols=300)
    assert part.xy()[0][:200, :300] == pytest.approx(whole.xy()[0][128:328, 192:492], abs=0.05)


def test_units_are_metres_within_a_third(make_spec):
    for lat in (0.0, 45.0, 60.2, 70.0, 81.0, -77.5):
        assert 0.66 < block_of(make_spec(10.0, lat)).metre < 1.5


def test_projecting_back_gives_the_same_place(make_spec):
    block = block_of(make_spec())
    lon, lat = np.array([4.0, 4.1]), np.array([51.9, 52.0])
    assert block.unproject(*block.project(lon, lat)) == (pytest.approx(lon), pytest.approx(lat))


def test_enlarging_a_plane_keeps_it_a_plane():
    nodes = np.add.outer(np.arange(5.0), 2 * np.arange(6.0)) * 8
    fine = enlarge(nodes, factor=8, shape=(30, 40))
    assert fine == pytest.approx(np.add.outer(np.arange(30.0), 2 * np.arange(40.0)))
