import numpy as np
import pytest

from iceye_geo.sandbox.imagery.rpc import fit, terms


def apply(rpc, lon, lat, height):
    values = terms(
        (lat - rpc.lat_off) / rpc.lat_scale,
        (lon - rpc.long_off) / rpc.long_scale,
        (height - rpc.height_off) / rpc.height_scale,
    )
    line = np.array(rpc.line_num_coeff) @ values * rpc.line_scale + rpc.line_off
    sample = np.array(rpc.samp_num_coeff) @ values * rpc.samp_scale + rpc.samp_off
    return line, sample


@pytest.mark.parametrize(("mode", "lat"), [("SLF", 0.0), ("SLEA", 60.0), ("SM", -70.0), ("SM", 45.0)])
def test_rpc_gives_the_pixel_of_a_ground_point_within_a_pixel(make_spec, mode, lat):
    geometry = make_spec(179.99, lat, mode=mode, longer=2048).geometry
    rng = np.random.default_rng(1)
    row, col = rng.uniform(0, geometry.height, 300), rng.uniform(0, geometry.width, 300)
    lon, lat = geometry.pixel_to_lonlat(row, col, continuous=True)
    line, sample = apply(fit(geometry), lon, lat, np.zeros(300))
    assert np.hypot(line + 0.5 - row, sample + 0.5 - col).max() < 1.0


def test_gdal_reads_the_coefficients_as_we_mean_them(make_spec):
    from rasterio.rpc import RPC
    from rasterio.transform import RPCTransformer

    geometry = make_spec(longer=2048).geometry
    with RPCTransformer(RPC(**fit(geometry).as_dict())) as to_ground:
        lon, lat = to_ground.xy([100, 1000], [200, 1800], offset="ul")
    row, col = geometry.lonlat_to_pixel(lon, lat)
    assert row == pytest.approx([100, 1000], abs=1.0)
    assert col == pytest.approx([200, 1800], abs=1.0)


def test_high_ground_lies_towards_the_radar(make_spec):
    geometry = make_spec(longer=2048).geometry
    lon, lat = geometry.pixel_to_lonlat(np.array([800.0]), np.array([900.0]))
    flat, high = (apply(fit(geometry), lon, lat, np.array([h]))[0][0] for h in (0.0, 1000.0))
    expected = 1000 / np.tan(np.radians(geometry.incidence_at(800))) / geometry.range_spacing_m
    assert flat - high == pytest.approx(float(expected), abs=1.0)
