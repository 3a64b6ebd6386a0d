import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iceye_geo.sandbox.imagery.ground import Block
from iceye_geo.sandbox.imagery.radar import project, speckle


@pytest.fixture
def block(make_spec):
    geometry = make_spec(size=(600.0, 600.0), longer=300).geometry
    return Block(geometry, 0, 0, 300, 300)


def flat(block, value=0.1):
    return np.full(block.shape, value, np.float32), np.zeros(block.shape, np.float32)


def test_flat_ground_is_left_alone(block):
    sigma, height = flat(block)
    assert np.array_equal(project(block, sigma, height, height), sigma)


def test_a_tower_leans_towards_the_radar_and_throws_a_shadow(block):
    sigma, height = flat(block)
    height[150:160, 100:110] = 30.0
    seen = project(block, sigma, height, np.zeros_like(height))[:, 105]
    lean = round(30 / np.tan(np.radians(30)) / 2)
    shadow = round(30 * np.tan(np.radians(30)) / 2)
    assert seen[150 - lean + 1 : 150 - lean + 8].min() > 0.15
    assert seen[161 : 160 + shadow - 1].max() < 0.01
    assert seen[160 + shadow + 2] == pytest.approx(0.1, abs=0.01)


def test_slopes_that_face_the_radar_are_brighter_than_those_behind(block):
    sigma, height = flat(block)
    ramp = np.concatenate([np.linspace(0, 40, 100), np.linspace(40, 0, 100)]).astype(np.float32)
    height[50:250] = ramp[:, None]
    seen = project(block, sigma, height, np.zeros_like(height))
    assert seen[60:90].mean() > 1.3 * seen[210:240].mean()
    assert np.all(seen[160:240] > 0)


def test_power_is_kept_where_nothing_is_in_shadow(block):
    sigma, height = flat(block)
    height[100:180] = (15 * np.sin(np.linspace(0, np.pi, 80)) ** 2)[:, None]
    assert project(block, sigma, height, np.zeros_like(height)).sum() == pytest.approx(sigma.sum(), rel=0.01)


def test_walls_glare_only_where_corners_are_strong(block):
    sigma, height = flat(block)
    height[150:160] = 10.0
    corner = np.zeros_like(height)
    corner[:, 150:] = 1.0
    seen = project(block, sigma, height, corner)
    assert seen[149, 200] > 20 * seen[149, 100]


@settings(deadline=None, max_examples=12)
@given(st.sampled_from([1.0, 2.0, 4.0, 6.5, 12.0]), st.integers(0, 2**31))
def test_speckle_has_the_asked_number_of_looks(looks, seed):
    field = speckle((500, 500), looks=looks, seed=(seed,))
    assert field.mean() == pytest.approx(1, abs=0.03)
    assert field.mean() ** 2 / field.var() == pytest.approx(looks, rel=0.08)


def test_speckle_is_correlated_over_about_two_pixels():
    field = speckle((600, 600), looks=4, seed=(1,)) - 1
    near, two, far = (float(np.mean(field[:, :-k] * field[:, k:]) / field.var()) for k in (1, 2, 6))
    assert 0.35 < near < 0.7
    assert two < 0.2
    assert abs(far) < 0.02
