from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rioxarray  # noqa: F401 - registers the .rio accessor
import xarray as xr
from PIL import Image

from iceye_geo import Client, open_cog
from iceye_geo.cog import backscatter_curve, change_picture, series, stack
from iceye_geo.cog.series import multilook
from iceye_geo.errors import InvalidInputError, OutsideFrameError
from iceye_geo.sandbox import Sandbox

from .factory import make_cog, properties

POINT = (25.0, 60.0)


def scene(folder: Path, day: int, *, brighter: float = 1.0, **options: Any) -> Path:
    told = properties(
        1200, start_datetime=f"2025-05-0{day}T10:00:00Z", **{"iceye:calibration_factor": 1e-5 * brighter}
    )
    return make_cog(folder / f"{day}.tif", props=told, seed=day, **options)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three dates from three sides, the last twice as bright, in no order."""
    folder = tmp_path_factory.mktemp("scenes")
    return [
        scene(folder, 3, brighter=2.0, heading_deg=190.0),
        scene(folder, 1, heading_deg=350.0),
        scene(folder, 2, heading_deg=12.0),
    ]


@pytest.fixture(scope="module")
def cube(scenes: list[Path]) -> xr.DataArray:
    return stack(scenes, POINT, size_m=600, max_size=64)


def test_a_stack_is_one_place_by_time(cube: xr.DataArray, scenes: list[Path]) -> None:
    assert cube.dims == ("time", "y", "x")
    assert [str(t)[:10] for t in cube.time.values] == ["2025-05-01", "2025-05-02", "2025-05-03"]
    assert cube["item"].values.tolist() == [str(scenes[n]) for n in (1, 2, 0)]
    assert cube.attrs["crs"] == "EPSG:32635"
    assert cube.rio.crs.to_epsg() == 32635
    assert float(cube.spatial_ref.attrs["GeoTransform"].split()[5]) == pytest.approx(-cube.attrs["pixel"])
    assert np.isfinite(cube.values).mean() > 0.99
    assert (cube.y.diff("y") < 0).all()
    assert cube.attrs["pixel"] * cube.sizes["x"] == pytest.approx(600, rel=0.05)
    assert cube.sel(time="2025-05-02").sizes["time"] == 1
    assert cube.attrs["averaged"] == "power"
    assert (cube.incidence_deg > 25).all()


def test_scenes_that_do_not_see_the_place_are_left_out_and_named(
    cube: xr.DataArray, scenes: list[Path], tmp_path: Path
) -> None:
    near, far = (make_cog(tmp_path / f"{lon}.tif", lon=lon) for lon in (25.5, -155.0))
    found = stack([near, *scenes, far], POINT, size_m=600, max_size=64)
    xr.testing.assert_equal(found, cube)
    assert found.attrs["outside"] == [str(near), str(far)]
    with pytest.raises(OutsideFrameError, match="None of the scenes"):
        stack([near, far], POINT)


def test_a_place_lies_where_a_geocoded_chip_has_it(scenes: list[Path]) -> None:
    cube = stack(scenes[:1], POINT, size_m=300, max_size=120, values="dn")
    with open_cog(scenes[0]) as cog:
        for y, x in ((10, 100), (60, 60), (100, 20)):
            lon, lat = _lonlat(cube, y, x)
            row, col = cog.geolocation.pixel(lon, lat)
            around = cog.chip((lon, lat), size=3).array
            value = float(cube[0, y, x])
            assert around.min() - 1 <= value <= around.max() + 1, (row, col)


def _lonlat(cube: xr.DataArray, y: int, x: int) -> tuple[float, float]:
    from pyproj import Transformer

    to = Transformer.from_crs(cube.attrs["crs"], "EPSG:4326", always_xy=True)
    lon, lat = to.transform(float(cube.x[x]), float(cube.y[y]))
    return lon, lat


def test_the_curve_is_the_mean_in_power(scenes: list[Path], cube: xr.DataArray) -> None:
    curve = backscatter_curve(cube)
    assert list(curve.columns) == ["mean_db", "p05_db", "p95_db", "seen", "item"]
    power = 10 ** (cube.values.astype(float) / 10)
    np.testing.assert_allclose(curve.mean_db, 10 * np.log10(np.nanmean(power, axis=(1, 2))), atol=1e-6)
    assert (curve.p05_db < curve.mean_db).all()
    assert (curve.seen > 0.99).all()
    linear = backscatter_curve(stack(scenes, POINT, size_m=600, max_size=64, values="sigma0"))
    np.testing.assert_allclose(linear.mean_db, curve.mean_db, atol=0.02)
    with pytest.raises(InvalidInputError, match="dn"):
        backscatter_curve(stack(scenes, POINT, size_m=600, max_size=64, values="dn"))


def test_the_curve_meets_the_statistics_of_the_full_resolution(scenes: list[Path]) -> None:
    box = (24.994, 59.997, 25.006, 60.003)
    cube = stack(scenes[:1], box, max_size=120, crs="EPSG:4326")
    with open_cog(scenes[0]) as cog:
        exact = cog.statistics(box)
    assert exact.mean_db == pytest.approx(float(backscatter_curve(cube).mean_db.iloc[0]), abs=0.15)


def test_large_places_are_read_from_overviews_and_it_is_said(
    scenes: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series, "POWER_PIXELS", 100)
    cube = stack(scenes, POINT, size_m=600, max_size=32)
    assert cube.attrs["averaged"] == "amplitude"
    assert np.isfinite(cube.values).mean() > 0.99


def test_multilook_averages_power_where_there_is_data(scenes: list[Path]) -> None:
    with open_cog(scenes[0]) as cog:
        raster = cog.chip(POINT, size=101)
        looks = multilook(raster, 4)
        assert looks.shape == (25, 25)
        assert (looks.window.height, looks.window.width) == (100, 100)
        block = raster.array[4:8, 8:12].astype(float)
        assert float(looks.array[1, 2]) == pytest.approx(float(np.sqrt((block**2).mean())))
        assert multilook(raster, 1) is raster
        edge = multilook(cog.read(type(cog.window)(0, 0, 100, 100)), 10)
        assert edge.mask[:, :4].all()
        assert not edge.mask[:, 5:].any()


def test_a_change_picture_shows_what_went_red_and_what_came_cyan(cube: xr.DataArray, tmp_path: Path) -> None:
    flat = cube.isel(time=[0, 1]).copy(data=np.full((2, *cube.shape[1:]), -10.0, np.float32))
    flat[0, 10:20, 10:20] = 0.0
    flat[1, 30:40, 30:40] = 0.0
    flat[0, 0, 0] = np.nan
    picture = change_picture(flat, limits=(-20, 0))
    assert picture.array.shape == (*cube.shape[1:], 4)
    assert picture.array[15, 15].tolist() == [255, 128, 128, 255]
    assert picture.array[35, 35].tolist() == [128, 255, 255, 255]
    assert picture.array[50, 50].tolist() == [128, 128, 128, 255]
    assert picture.array[0, 0].tolist() == [0, 0, 0, 0]
    data = picture.to_png(tmp_path / "change.png")
    assert (tmp_path / "change.png").read_bytes() == data == picture._repr_png_()
    with Image.open(io.BytesIO(data)) as shown:
        assert np.array_equal(np.asarray(shown), picture.array)


def test_dates_are_chosen_by_position_or_by_time(cube: xr.DataArray) -> None:
    picture = change_picture(cube)
    assert (picture.before.isoformat(), picture.after.isoformat()) == (
        "2025-05-01T10:00:00+00:00",
        "2025-05-03T10:00:00+00:00",
    )
    assert change_picture(cube, before="2025-05-02", after="2025-05-03T12:00:00Z").before.day == 2
    assert picture.crs == "EPSG:32635"
    left, bottom, right, top = picture.bounds
    assert (right - left, top - bottom) == pytest.approx(
        [cube.attrs["pixel"] * cube.sizes[d] for d in ("x", "y")]
    )
    for wrong in ({"before": 2}, {"before": 7}, {"before": "some day"}, {"before": -1}):
        with pytest.raises(InvalidInputError):
            change_picture(cube, **wrong)
    with pytest.raises(InvalidInputError, match="both dates see"):
        change_picture(cube.where(cube > 1e9))
    amplitude = cube.copy(data=10 ** (cube.values / 20)).rename("amplitude")
    np.testing.assert_allclose(change_picture(amplitude).array.astype(int), picture.array.astype(int), atol=1)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"where": (25.0,)}, "where"),
        ({"where": "here"}, "where"),
        ({"where": (25.0, float("nan"))}, "where"),
        ({"where": (60.0, 125.0)}, "where"),
        ({"where": (24.9, 60.2, 25.1, 60.1)}, "where"),
        ({"size_m": 0}, "size_m"),
        ({"max_size": 0}, "max_size"),
        ({"crs": "EPSG:nowhere"}, "crs"),
        ({"values": "brightness"}, "values"),
        ({"items": []}, "items"),
    ],
)
def test_what_is_wrong_is_named_before_anything_is_read(
    scenes: list[Path], changes: dict[str, Any], word: str
) -> None:
    given = {"items": scenes, "where": POINT} | changes
    items, where = given.pop("items"), given.pop("where")
    with pytest.raises(InvalidInputError, match=f"^{word}"):
        stack(items, where, **given)


def test_a_scene_without_a_time_or_a_calibration_of_its_own_is_named(
    scenes: list[Path], tmp_path: Path
) -> None:
    timeless = make_cog(tmp_path / "timeless.tif", props=properties(1200, start_datetime=None))
    with pytest.raises(InvalidInputError, match=r"timeless\.tif does not tell"):
        stack([timeless], POINT)
    told = properties(1200, **{"iceye:calibration_factor": None})
    relative = make_cog(tmp_path / "relative.tif", props=told)
    with (
        pytest.raises(InvalidInputError, match="relative_db"),
        pytest.warns(UserWarning, match="not calibrated"),
    ):
        stack([relative, *scenes], POINT)
    assert stack([relative, *scenes], POINT, max_size=16, values="relative_db").name == "relative_db"


def test_a_series_of_the_archive_shows_its_dates_on_one_grid(client: Client, sandbox: Sandbox) -> None:
    search = client.catalog.search(
        collections=["private"], bbox=(4.0, 51.9, 4.1, 52.0), query={"sar:product_type": {"eq": "GRD-COG"}}
    )
    items = list(search.items())
    assert len(items) >= 4
    sandbox.expire_links()
    cube = stack(items, (4.03, 51.95), size_m=2000, max_size=128, client=client)
    assert cube.sizes["time"] == len(items)
    assert (cube.time.diff("time").values > np.timedelta64(1, "D")).all()
    assert np.ptp(backscatter_curve(cube).mean_db) < 3
    pairs = cube.values[:-1], cube.values[1:]
    both = np.isfinite(pairs[0]) & np.isfinite(pairs[1])
    assert np.corrcoef(pairs[0][both], pairs[1][both])[0, 1] > 0.6
    assert {r.method for r in sandbox.requests if r.path.startswith("/content/")} == {"GET"}
