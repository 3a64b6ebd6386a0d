from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from iceye_geo import open_cog
from iceye_geo.errors import InvalidInputError

from .factory import make_cog


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A frame of which every pixel can be put on the map in a moment."""
    return make_cog(tmp_path_factory.mktemp("cog") / "plain.tif", height=700, width=1100)


@pytest.mark.parametrize(
    ("crs", "name"), [("EPSG:4326", "EPSG:4326"), ("3857", "EPSG:3857"), ("utm", "EPSG:32635")]
)
def test_a_pixel_on_the_map_is_the_pixel_under_it(plain: Path, crs: str, name: str) -> None:
    from iceye_geo.cog.affines import apply
    from iceye_geo.cog.geocode import _to_lonlat

    with open_cog(plain) as cog:
        look = cog.preview(1100)
        picture = cog.geocoded(1100, crs=crs)
        assert picture.crs == name
        rng = np.random.default_rng(5)
        r, c = (rng.integers(0, side, 400) for side in picture.array.shape)
        rows, cols = cog.geolocation.pixels(*_to_lonlat(name, *apply(picture.transform, c + 0.5, r + 0.5)))
        inside = (rows > 5) & (rows < 690) & (cols > 50) & (cols < 1090)
        assert inside.sum() > 100
        tried = zip(picture.array[r, c][inside], rows[inside], cols[inside], strict=True)
        for value, row, col in tried:
            near = look.array[int(row - 0.5) : int(row - 0.5) + 2, int(col - 0.5) : int(col - 0.5) + 2]
            assert near.min() - 1 <= value <= near.max() + 1


def test_only_the_look_is_read(grd: Path) -> None:
    with open_cog(grd) as cog:
        picture = cog.geocoded(256, crs="EPSG:3857")
        assert max(picture.array.shape) == 256
        west, south, east, north = picture.lonlat_bounds
        ring = np.array(cog.footprint())
        assert (west, east) == pytest.approx((ring[:, 0].min(), ring[:, 0].max()), abs=2e-3)
        assert (south, north) == pytest.approx((ring[:, 1].min(), ring[:, 1].max()), abs=2e-3)
        assert picture.mask[0, 0]
        assert picture.to_png().startswith(b"\x89PNG")


def test_across_the_date_line_the_picture_is_whole(tmp_path: Path) -> None:
    path = make_cog(tmp_path / "d.tif", lon=180.0, lat=-17.0)
    with open_cog(path) as cog:
        for crs in ("EPSG:4326", "EPSG:3857"):
            west, _, east, _ = cog.geocoded(256, crs=crs).lonlat_bounds
            assert 0 < east - west < 0.2
            assert west < 180 < east


def test_values_are_converted_and_unknown_maps_refused(grd: Path) -> None:
    with open_cog(grd) as cog:
        assert cog.geocoded(128, values="sigma0_db").values == "sigma0_db"
        with pytest.raises(InvalidInputError, match="utm"):
            cog.geocoded(128, crs="EPSG:999999")


def test_the_map_page_holds_the_picture_and_no_link(grd: Path, tmp_path: Path) -> None:
    with open_cog(grd) as cog:
        cog.to_map(256).save(str(tmp_path / "m.html"))
    page = (tmp_path / "m.html").read_text()
    assert "data:image/png;base64," in page
    assert 'type="range"' in page
    assert "Signature" not in page
