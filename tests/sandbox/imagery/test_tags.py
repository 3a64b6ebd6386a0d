import json

import numpy as np
import pytest

from iceye_geo.sandbox.imagery.tags import (
    affine,
    file_tags,
    geohash,
    iceye_properties,
    incidence_coefficients,
    product_name,
)


def test_incidence_polynomial_runs_over_the_rows_from_near_to_far(make_spec):
    for mode in ("SLF", "SM", "SCW"):
        geometry = make_spec(mode=mode, incidence=25.0).geometry
        polynomial = np.polynomial.Polynomial(incidence_coefficients(geometry))
        assert polynomial(0) == pytest.approx(geometry.incidence_near, abs=1e-5)
        assert polynomial(geometry.height) == pytest.approx(geometry.incidence_far, abs=1e-5)


def test_shape_is_azimuth_then_range(make_spec):
    spec = make_spec()
    assert spec.geometry.width != spec.geometry.height
    assert iceye_properties(spec)["proj:shape"] == [spec.geometry.width, spec.geometry.height]


def test_transform_is_in_gdal_order_and_meets_three_corners(make_spec):
    geometry = make_spec(179.99, 10.0).geometry
    lon0, lon_col, lon_row, lat0, lat_col, lat_row = affine(geometry)
    for row, col in ((0, 0), (0, geometry.width), (geometry.height, 0)):
        lon, lat = geometry.pixel_to_lonlat(row, col, continuous=True)
        assert lon0 + col * lon_col + row * lon_row == pytest.approx(float(lon), abs=1e-9)
        assert lat0 + col * lat_col + row * lat_row == pytest.approx(float(lat), abs=1e-9)


def test_uncalibrated_scenes_have_no_factor(make_spec):
    assert "iceye:calibration_factor" not in iceye_properties(make_spec(mode="SC", factor=None))
    assert iceye_properties(make_spec(factor=2.82e-5))["iceye:calibration_factor"] == 2.82e-5


def test_the_specs_own_properties_win_except_over_the_files_facts(make_spec):
    properties = {"platform": "ICEYE-X56", "proj:shape": [1, 2], "iceye:something": True}
    made = iceye_properties(make_spec(properties=properties))
    assert made["platform"] == "ICEYE-X56"
    assert made["iceye:something"] is True
    assert made["proj:shape"] != [1, 2]


def test_tags_are_of_the_size_of_real_ones(make_spec):
    tags = file_tags(make_spec())
    assert 10_000 < len(tags["ICEYE_PROPERTIES"]) < 20_000
    assert json.loads(tags["ICEYE_PROPERTIES"])["sar:observation_direction"] == "right"
    assert tags["PRODUCT_FILE"] == tags["PRODUCT_NAME"] + ".tif"


def test_names_follow_the_convention(make_spec):
    spec = make_spec(24.94, 60.17, mode="SLF", properties={"platform": "ICEYE-X11"})
    assert product_name(spec) == "ICEYE_UD9WR9_20260601T123000Z_4407788_1_X11_SLF_GRD"


def test_geohash_of_known_places():
    assert geohash(10.40744, 57.64911, length=11) == "u4pruydqqvj"
