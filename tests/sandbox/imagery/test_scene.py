import dataclasses
from datetime import timedelta

import numpy as np
import pytest

from iceye_geo.sandbox.imagery.scene import digital_numbers, intensity, looks


def decibel(numbers, spec):
    values = np.where(numbers > 0, numbers.astype(float), np.nan)
    return 10 * np.log10(spec.calibration_factor * values**2)


def test_the_same_spec_gives_the_same_pixels(make_spec, draw):
    spec = make_spec(longer=320)
    assert np.array_equal(draw(spec), draw(make_spec(longer=320)))


def test_amplitudes_are_where_the_products_documents_put_them(make_spec, draw):
    spec = make_spec(-93.6, 41.6, longer=500)
    sigma = decibel(draw(spec), spec)
    assert -16 < np.nanmedian(sigma) < -7


def test_water_is_darker_than_fields_and_those_darker_than_a_city(make_spec, draw):
    where = {"sea": (101.4, 2.6), "fields": (5.9, 52.45), "city": (2.35, 48.86)}
    means = {}
    for name, place in where.items():
        spec = make_spec(*place, mode="SLH", longer=500)
        numbers = draw(spec).astype(float)
        means[name] = 10 * np.log10(spec.calibration_factor * np.mean(numbers[numbers > 0] ** 2))
    assert means["sea"] + 4 < means["fields"]
    assert means["fields"] + 2 < means["city"]


def test_open_sea_has_the_speckle_of_its_looks(make_spec):
    spec = make_spec(101.4, 2.6, mode="SLED", size=(5000.0, 6000.0), longer=2000)
    block = intensity(spec, row=512, col=512, rows=320, cols=320).astype(float)
    parts = block.reshape(10, 32, 10, 32).transpose(0, 2, 1, 3).reshape(100, -1)
    equivalent = np.median(parts.mean(axis=1) ** 2 / parts.var(axis=1))
    assert 0.6 * looks(spec) < equivalent < 1.2 * looks(spec)


def test_two_looks_at_one_place_agree_on_the_land(make_spec, draw):
    first = make_spec(5.9, 52.45, longer=600)
    again = make_spec(5.9, 52.45, longer=600, seed=12)
    one, two = (np.log(draw(s).astype(float) + 1)[:, 40:-40] for s in (first, again))
    calm = [a[:480, :520].reshape(60, 8, 65, 8).mean(axis=(1, 3)) for a in (one, two)]
    assert np.corrcoef(calm[0].ravel(), calm[1].ravel())[0, 1] > 0.9
    assert not np.array_equal(one, two)


def test_left_and_right_looks_show_the_same_ground(make_spec):
    right, left = (make_spec(5.9, 52.45, side=s, longer=600) for s in ("right", "left"))
    images = [np.log(intensity(s, row=0, col=0, rows=s.geometry.height, cols=600)) for s in (right, left)]
    rows, cols = np.meshgrid(np.arange(40, 460, 2), np.arange(60, 540, 2), indexing="ij")
    lon, lat = right.geometry.pixel_to_lonlat(rows + 0.5, cols + 0.5)
    there = [np.floor(a).astype(int) for a in left.geometry.lonlat_to_pixel(lon, lat)]
    inside = (there[0] >= 0) & (there[0] < left.geometry.height) & (there[1] >= 0) & (there[1] < 600)
    one = images[0][rows[inside], cols[inside]]
    two = images[1][there[0][inside], there[1][inside]]
    assert inside.mean() > 0.7
    assert np.corrcoef(one, two)[0, 1] > 0.4


def test_half_a_year_changes_some_fields(make_spec):
    first = make_spec(5.9, 52.45, mode="SLH", longer=400)
    later = dataclasses.replace(
        first, start=first.start + timedelta(days=182), end=first.end + timedelta(days=182)
    )
    one, two = (
        10 * np.log10(intensity(s, row=0, col=0, rows=s.geometry.height, cols=400)) for s in (first, later)
    )
    change = np.abs(one - two)
    assert 0.03 < np.mean(change > 2) < 0.6


def test_blocks_fit_together_without_a_seam(make_spec):
    spec = make_spec(5.9, 52.45, longer=512)
    rows = spec.geometry.height
    whole = np.log(intensity(spec, row=0, col=0, rows=rows, cols=512, calm=10_000))
    parts = np.hstack(
        [np.log(intensity(spec, row=0, col=c, rows=rows, cols=256, calm=10_000)) for c in (0, 256)]
    )
    assert np.abs(whole - parts).max() < 0.5
    assert np.corrcoef(whole.ravel(), parts.ravel())[0, 1] > 0.999


def test_ships_shine_on_the_sea_with_side_lobes_along_rows_and_columns(make_spec, draw):
    spec = make_spec(-5.6, 35.95, mode="SLEA", longer=900)
    numbers = draw(spec).astype(float)
    row, col = np.unravel_index(numbers[:, 60:-60].argmax(), numbers[:, 60:-60].shape)
    col += 60
    assert numbers[row, col] > 20 * np.median(numbers[numbers > 0])
    along = numbers[row, col - 12 : col + 13].mean()
    diagonal = np.mean([numbers[(row + d) % numbers.shape[0], col + d] for d in range(-12, 13) if d])
    assert along > 2 * diagonal


def test_polar_seas_freeze_and_the_picture_is_not_empty(make_spec, draw):
    numbers = draw(make_spec(-66.5, 80.0, mode="SM", longer=500)).astype(float)
    assert numbers[numbers > 0].std() / numbers[numbers > 0].mean() > 0.3


def test_float_scenes_keep_fractions_and_no_valid_pixel_is_nodata(make_spec):
    spec = make_spec(dtype="float32", longer=320)
    numbers = digital_numbers(spec, row=0, col=0, rows=spec.geometry.height, cols=320)
    assert numbers.dtype == np.float32
    assert (numbers[:, 32:-32] > 0).all()
    assert np.mean(numbers[numbers > 0] % 1 == 0) < 0.01


@pytest.mark.parametrize(("mode", "expected"), [("SM", 1), ("SLH", 4), ("SLED", 12)])
def test_full_resolution_scenes_have_the_looks_of_their_mode(make_spec, mode, expected):
    assert looks(make_spec(mode=mode, longer=30_000)) == expected
