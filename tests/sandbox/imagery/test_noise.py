import numpy as np
import pytest

from iceye_geo.sandbox.imagery.ground import Block
from iceye_geo.sandbox.imagery.noise import cells, fractal, hashed, noise, unit, worley


@pytest.fixture
def block(make_spec):
    geometry = make_spec(longer=640).geometry
    return Block(geometry, 0, 0, geometry.height, geometry.width)


def test_hash_is_spread_evenly_and_differs_by_seed():
    bits = hashed(1, np.arange(200)[:, None], np.arange(200)[None, :])
    counts, _ = np.histogram(unit(bits), bins=16, range=(0, 1))
    assert counts.std() / counts.mean() < 0.05
    assert np.mean(bits == hashed(2, np.arange(200)[:, None], np.arange(200)[None, :])) < 0.01


def test_noise_has_unit_spread_and_no_offset(block):
    field = noise(block, 300, seed=3)
    assert abs(field.mean()) < 0.15
    assert field.std() == pytest.approx(1, abs=0.15)


def test_neighbouring_scenes_see_the_same_noise_at_the_same_place(make_spec):
    one, two = (make_spec(lon, 51.95, longer=640).geometry for lon in (4.03, 4.06))
    rows, cols = np.meshgrid(np.arange(120, 400, 40), np.arange(150, 500, 40), indexing="ij")
    place = one.pixel_to_lonlat(rows + 0.5, cols + 0.5)
    there = [np.rint(axis - 0.5).astype(int) for axis in two.lonlat_to_pixel(*place)]
    fields = [noise(Block(g, 0, 0, g.height, g.width), 2000, seed=5) for g in (one, two)]
    assert fields[0][rows, cols] == pytest.approx(fields[1][there[0], there[1]], abs=0.25)


def test_resolution_does_not_change_what_is_seen(make_spec):
    fine, coarse = (make_spec(longer=n).geometry for n in (800, 200))
    large = fractal(Block(fine, 0, 0, fine.height, fine.width), 4000, seed=6)
    small = fractal(Block(coarse, 0, 0, coarse.height, coarse.width), 4000, seed=6)
    rows = fine.height // 4
    reduced = large[: rows * 4, :800].reshape(rows, 4, 200, 4).mean(axis=(1, 3))
    assert np.corrcoef(reduced.ravel(), small[:rows].ravel())[0, 1] > 0.97


def test_cells_have_the_asked_size_and_count_on(block):
    x, y = (a[: block.rows, : block.cols] for a in block.xy())
    column, _, inside_x, _ = cells(block, 500, x=x, y=y)
    assert inside_x.min() >= 0
    assert inside_x.max() <= 501
    assert np.ptp(column) == pytest.approx(np.ptp(x) / 500, abs=1.5)


def test_second_nearest_point_is_never_nearer_than_the_first(block):
    first, second, bits = worley(block, 700, seed=9)
    assert np.all(second >= first)
    assert len(np.unique(bits)) > 20
