"""What the numbers mean: calibration, statistics, incidence, speckle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from iceye_geo import open_cog
from iceye_geo.cog.incidence import incidence_model
from iceye_geo.cog.plan import Window
from iceye_geo.cog.speckle import despeckle
from iceye_geo.errors import InvalidInputError, NotCalibratedError, OutsideFrameError, UncalibratedWarning

from .factory import FACTOR, make_cog, properties
from .helpers import local, open_with
from .server import StrictHost


def test_sigma0_is_right_to_a_millionth_and_nodata_is_masked(grd: Path) -> None:
    window = Window(0, 0, 300, 300)
    dn: Any = local(grd, window).astype(np.float64)
    with open_cog(grd) as cog:
        linear, db, beta = (cog.read(window, values=v) for v in ("sigma0", "sigma0_db", "beta0"))
    np.testing.assert_allclose(linear.array.compressed(), (FACTOR * dn**2).compressed(), rtol=1e-9)
    expected = (20 * np.ma.log10(dn) + 10 * np.log10(FACTOR)).compressed()
    np.testing.assert_allclose(db.array.compressed(), expected, rtol=1e-9)
    assert linear.mask[:, :40].all()
    assert not linear.mask[:, 40:].any()
    assert beta.info.incidence is not None
    theta = beta.info.incidence.at(np.arange(300) + 0.5)[:, None]
    np.testing.assert_allclose(
        beta.array.filled(0), (linear.array / np.sin(np.radians(theta))).filled(0), rtol=1e-9
    )


@pytest.mark.parametrize("mode", ["SC", "SCW"])
def test_scan_and_scan_wide_are_relative_and_say_so(tmp_path: Path, mode: str) -> None:
    path = make_cog(tmp_path / "s.tif", props=properties(1200, **{"iceye:processing_mode": mode}))
    with open_cog(path) as cog:
        assert not cog.info().calibrated
        with pytest.warns(UncalibratedWarning, match="relative dB"):
            raster = cog.preview(256, values="sigma0_db")
        assert raster.values == "relative_db"
        assert "not calibrated" in raster.unit
        with pytest.raises(NotCalibratedError):
            cog.preview(256, values="sigma0")
        assert not cog.statistics().calibrated


def test_amplitudes_are_what_the_file_says_they_are(tmp_path: Path) -> None:
    path = make_cog(tmp_path / "a.tif", driver="GTiff", tiled=True)
    with rasterio.open(path, "r+") as dataset:
        dataset.update_tags(SCALE="0.5", OFFSET="2")
    with open_cog(path) as cog:
        array = cog.preview(2000, values="amplitude").array
        np.testing.assert_array_equal(array.filled(-1), (local(path) * 0.5 + 2.0).filled(-1))


def test_the_item_calibrates_where_the_file_is_silent_and_only_there(
    host: StrictHost, tmp_path: Path
) -> None:
    silent, own = make_cog(tmp_path / "s.tif", props={}), make_cog(tmp_path / "o.tif", seed=2)
    told = properties(1200, **{"iceye:calibration_factor": 4e-5, "iceye:processing_mode": "SLH"})
    for path, factor, mode in ((silent, 4e-5, "SLH"), (own, FACTOR, "SM")):
        item = {"id": path.stem, "properties": told, "assets": {"grd-cog": {"href": host.url(path)}}}
        with open_cog(item) as cog:
            info = cog.info()
            assert (info.calibration.factor, info.mode, info.calibrated) == (factor, mode, True)
            dn: Any = local(path, Window(600, 900, 9, 9)).astype(np.float64)
            found = cog.read(Window(600, 900, 9, 9), values="sigma0").array
            np.testing.assert_allclose(found.filled(0), (factor * dn**2).filled(0), rtol=1e-6)


def test_the_incidence_angle_at_a_pixel_is_that_of_its_row(grd: Path, tmp_path: Path) -> None:
    with open_cog(grd) as cog:
        coefficients = properties(2300)["iceye:incidence_angle_coeffs"]
        for row in (20.0, 1150.5, 2280.0):
            place = cog.geolocation.lonlat(row, 1800.0)
            expected = sum(c * row**power for power, c in enumerate(coefficients))
            assert cog.incidence(*place) == pytest.approx(expected, abs=1e-4)
            assert cog.point(*place).incidence_deg == pytest.approx(expected, abs=1e-4)
        with pytest.raises(OutsideFrameError):
            cog.incidence(0.0, 0.0)
    untold = {"sar:product_type": "GRD-COG"}
    with open_cog(make_cog(tmp_path / "n.tif", props=untold)) as cog:
        assert np.isnan(cog.incidence(*cog.center))
        assert cog.point(*cog.center).incidence_deg is None
        with pytest.raises(NotCalibratedError):
            cog.preview(64, values="beta0")


def test_statistics_are_in_power_at_full_resolution(host: StrictHost, grd: Path) -> None:
    with open_with(host, grd) as cog:
        exact, sampled = cog.statistics(exact=True), cog.statistics(tiles=20)
        power = FACTOR * local(grd).compressed().astype(np.float64) ** 2
        assert exact.mean_power == pytest.approx(power.mean(), rel=1e-9)
        assert exact.std_power == pytest.approx(power.std(), rel=1e-6)
        assert exact.pixels == power.size
        assert exact.percentiles_db[50] == pytest.approx(10 * np.log10(np.median(power)), abs=0.06)
        assert (exact.method, sampled.method, exact.level, exact.calibrated) == ("exact", "sampled", 0, True)
        assert (exact.looks, sampled.level) == (1.0, 0)
        assert sampled.mean_db == pytest.approx(exact.mean_db, abs=0.5)


def test_point_statistics_cost_two_requests(host: StrictHost, grd: Path) -> None:
    with open_with(host, grd) as cog:
        lon, lat = cog.geolocation.lonlat(768, 1280)
        found = cog.statistics((lon, lat), size=101)
        assert (found.pixels, found.method) == (101 * 101, "exact")
    assert host.count() == 2
    host.assert_polite()


def test_a_point_is_the_pixel_of_a_local_read(grd: Path) -> None:
    with open_cog(grd) as cog:
        lon, lat = cog.geolocation.lonlat(1000.5, 2000.5)
        point = cog.point(lon, lat)
        dn = float(local(grd, Window(1000, 2000, 1, 1))[0, 0])
        assert (point.row, point.col, point.dn) == (1000, 2000, dn)
        assert point.sigma0_db == pytest.approx(10 * np.log10(FACTOR * dn**2))
        assert cog.point(*cog.geolocation.lonlat(1000.5, 10.5)).dn is None


def test_a_profile_is_the_pixels_under_a_line(host: StrictHost, grd: Path) -> None:
    with open_with(host, grd) as cog:
        line = [cog.geolocation.lonlat(200, 300), cog.geolocation.lonlat(1900, 3300)]
        profile = cog.profile(line, samples=50, values="dn")
        whole = local(grd)
        row, col = cog.geolocation.pixels(profile.lon, profile.lat)
        np.testing.assert_array_equal(profile.array, whole[row.astype(int), col.astype(int)])
        assert profile.distance_m[-1] == pytest.approx(np.hypot(1700, 3000) * 2.5, rel=0.01)
    host.assert_polite()


def test_a_histogram_counts_every_pixel(grd: Path) -> None:
    with open_cog(grd) as cog:
        found = cog.histogram(exact=True, bins=40)
        assert found.counts.sum() == local(grd).count()
        assert found.edges_db.shape == (41,)


@pytest.mark.parametrize("step", [1.0, 0.7])
def test_the_polynomial_is_read_in_the_unit_that_meets_both_ends(step: float) -> None:
    rows, near, far = 5000, 25.0, 29.0
    told = {"iceye:incidence_angle_near": near, "iceye:incidence_angle_far": far, "sar:pixel_spacing_range": 0.7,
            "iceye:incidence_angle_coeffs": [near, 4.8 / (rows * step), -0.8 / (rows * step) ** 2]}  # fmt: skip
    model = incidence_model(told, rows=rows)
    assert model is not None
    assert model.step == step
    assert float(model.at(rows / 2)) == pytest.approx(25 + 2.4 - 0.2)


def test_a_polynomial_in_no_known_unit_gives_way_to_a_line() -> None:
    told = {
        "iceye:incidence_near": 20.0,
        "iceye:incidence_far": 30.0,
        "iceye:incidence_angle_coeffs": [20.0, 9.0],
    }
    model = incidence_model(told, rows=100)
    assert model is not None
    assert float(model.at(50)) == 25.0
    assert incidence_model({}, rows=100) is None


@pytest.mark.parametrize("method", ["lee", "boxcar"])
def test_speckle_goes_and_the_mean_power_stays(method: str) -> None:
    rng = np.random.default_rng(3)
    amplitude = np.ma.MaskedArray(np.sqrt(rng.exponential(100.0, (400, 400))), mask=False)
    amplitude[:50] = np.ma.masked
    smooth = despeckle(amplitude, method=method, size=7, looks=1.0)  # type: ignore[arg-type]
    assert np.ma.getmaskarray(smooth)[:50].all()
    assert float((smooth**2).mean()) == pytest.approx(float((amplitude**2).mean()), rel=0.03)
    assert float((smooth**2).std()) < 0.5 * float((amplitude**2).std())
    with pytest.raises(InvalidInputError):
        despeckle(amplitude, size=4)
