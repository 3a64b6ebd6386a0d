"""Every documented product opens; what is no COG says so and what it costs."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasterio.errors import NotGeoreferencedWarning

from iceye_geo import open_cog
from iceye_geo.cog import image
from iceye_geo.errors import InvalidInputError, LargeReadWarning, NoGeoreferenceError, NotACogError

from .factory import make_cog, properties
from .helpers import local, open_with
from .server import StrictHost


def told(product: str, **more: Any) -> dict[str, Any]:
    return properties(1200, **{"sar:product_type": product, **more})


def test_csi_is_shown_in_three_colours(host: StrictHost, tmp_path: Path) -> None:
    path = make_cog(tmp_path / "c.tif", bands=3, dtype="uint8", props=told("CSI-COG"))
    with open_with(host, path) as cog:
        raster = cog.preview(512)
        assert (cog.info().kind, raster.shape) == ("CSI", (3, 307, 512))
        plan = cog.plan(cog.window, max_size=512)
        expected = local(path, level=plan.level, shape=plan.shape, bands=[1, 2, 3])
        np.testing.assert_array_equal(raster.array.filled(0), expected.filled(0))
        assert raster.to_png().startswith(b"\x89PNG")
    assert host.count() == 2, [r.range for r in host.log]


def test_vid_is_read_frame_by_frame(tmp_path: Path) -> None:
    path = make_cog(tmp_path / "v.tif", bands=25, dtype="uint8", height=600, width=700, props=told("VID-COG"))
    with open_cog(path) as cog:
        assert (cog.info().kind, cog.info().bands) == ("VID", 25)
        np.testing.assert_array_equal(cog.preview(frame=7).array.filled(0), local(path, bands=8).filled(0))
        with pytest.raises(InvalidInputError, match="0 to 24"):
            cog.preview(frame=25)


def test_slc_gives_its_amplitude_and_warns_of_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_cog(tmp_path / "s.tif", bands=2, dtype="float32", compress="NONE", props=told("SLC-COG"))
    monkeypatch.setattr(image, "LARGE_READ_BYTES", 8_000_000)
    with open_cog(path) as cog:
        assert cog.info().kind == "SLC"
        with pytest.warns(LargeReadWarning, match="MB"):
            raster = cog.read(cog.window)
        np.testing.assert_array_equal(raster.array.filled(0), local(path).filled(0))


def test_a_quicklook_that_is_a_cog_lies_on_the_map(host: StrictHost, tmp_path: Path) -> None:
    path = make_cog(tmp_path / "q.tif", dtype="uint8", georeference="affine", props=told("QLK-COG"))
    with open_with(host, path) as cog:
        info = cog.info()
        assert (info.kind, info.dtype, info.georeference) == ("QLK", "uint8", "affine")
        look = cog.preview(500)
        expected = local(path, level=2, shape=(300, 500))
        np.testing.assert_array_equal(look.array.filled(0), expected.filled(0))
        assert look.transform is not None


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_grd_of_both_pixel_types(tmp_path: Path, dtype: str) -> None:
    path = make_cog(tmp_path / "g.tif", dtype=dtype)
    with open_cog(path) as cog:
        info = cog.info()
        assert (info.kind, info.dtype, info.layout, info.georeference) == ("GRD", dtype, "COG", "GCP")
        assert info.levels == ((1200, 2000), (600, 1000), (300, 500))
        assert info.is_cog


def test_a_plain_geotiff_says_what_a_look_costs_before_it_is_read(
    host: StrictHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_cog(tmp_path / "p.tif", driver="GTiff")
    with open_with(host, path) as cog:
        info = cog.info()
        assert info.layout == "striped GeoTIFF without overviews"
        assert "not cloud-optimized" in info.cost
        assert info.look_bytes > 0.95 * path.stat().st_size
        monkeypatch.setattr(image, "LARGE_READ_BYTES", 1_000_000)
        with pytest.warns(LargeReadWarning):
            raster = cog.preview(500)
        np.testing.assert_array_equal(raster.array.filled(0), local(path, shape=(300, 500)).filled(0))
    host.assert_polite()


def test_a_quicklook_says_what_it_is_and_which_asset_is_the_image(host: StrictHost, tmp_path: Path) -> None:
    quicklook = tmp_path / "q.png"
    quicklook.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(400))
    assets = {
        "quicklook-png": {"href": host.url(quicklook), "type": "image/png", "roles": ["overview"]},
        "grd-cog": {
            "href": host.url(quicklook),
            "type": "image/tiff; application=geotiff",
            "roles": ["data"],
        },
    }
    item = {"id": "i", "properties": {}, "assets": assets}
    with pytest.raises(NotACogError, match=r"'quicklook-png'.*PNG picture.*asset='grd-cog'") as caught:
        open_cog(item, asset="quicklook-png")
    assert "Signature" not in str(caught.value)
    del assets["grd-cog"]
    with pytest.raises(NotACogError, match=r"^The file is a PNG picture"):
        open_cog(item, asset="quicklook-png")


def test_a_file_without_georeference_still_shows_its_pixels(tmp_path: Path) -> None:
    with warnings.catch_warnings(action="ignore", category=NotGeoreferencedWarning):
        path = make_cog(tmp_path / "n.tif", georeference="none")
    with open_cog(path) as cog:
        assert cog.preview(200).shape == (120, 200)
        with pytest.raises(NoGeoreferenceError):
            cog.chip((25, 60), 10)


def test_broken_properties_do_not_hide_the_pixels(tmp_path: Path) -> None:
    import rasterio

    path = make_cog(tmp_path / "b.tif", driver="GTiff", props={}, tiled=True)
    with rasterio.open(path, "r+") as dataset:
        dataset.update_tags(ICEYE_PROPERTIES="{not json")
    with open_cog(path) as cog:
        assert not cog.info().calibrated
        assert cog.preview(100).array.count() > 0


def test_a_validity_mask_is_honoured(host: StrictHost, tmp_path: Path) -> None:
    import rasterio

    source = make_cog(
        tmp_path / "m.tif", driver="GTiff", nodata=None, tiled=True, blockxsize=512, blockysize=512
    )
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(source, "r+") as dataset:
        mask = np.full((1200, 2000), 255, np.uint8)
        mask[:100] = 0
        dataset.write_mask(mask)
    with open_with(host, source) as cog:
        raster = cog.read(cog.window)
        np.testing.assert_array_equal(raster.mask, mask == 0)
    host.assert_polite()
