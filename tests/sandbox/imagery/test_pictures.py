import time

import numpy as np
from PIL import Image

from iceye_geo.sandbox.imagery.pictures import amplitude, stretched, write_picture
from iceye_geo.sandbox.imagery.products import write_product


def test_thumbnail_has_the_scenes_shape_and_transparent_ends(make_spec, tmp_path):
    spec = make_spec(longer=2048)
    write_picture(tmp_path / "t.png", spec, size=256)
    with Image.open(tmp_path / "t.png") as picture:
        assert (picture.mode, picture.width) == ("LA", 256)
        assert picture.height == round(256 * spec.geometry.height / spec.geometry.width)
        grey, alpha = np.asarray(picture).transpose(2, 0, 1)
    assert (alpha[:, 0] == 0).all()
    assert (alpha[:, 20:-20] == 255).all()
    assert grey[alpha > 0].std() > 30


def test_thumbnail_of_a_huge_scene_is_drawn_small(make_spec, tmp_path):
    started = time.process_time()
    write_picture(tmp_path / "t.png", make_spec(longer=24_000), size=256)
    assert time.process_time() - started < 5


def test_thumbnail_shows_what_the_product_shows(make_spec, tmp_path):
    import rasterio

    spec = make_spec(longer=1024)
    write_product(tmp_path / "grd.tif", spec)
    small = amplitude(spec, size=128)
    with rasterio.open(tmp_path / "grd.tif") as cog:
        large = cog.read(1).astype(float)
    rows = spec.geometry.height // 8
    reduced = large[: rows * 8, :1024].reshape(rows, 8, 128, 8).mean(axis=(1, 3))
    inside = (slice(2, rows - 2), slice(8, -8))
    assert np.corrcoef(np.log(reduced[inside]).ravel(), np.log(small[:rows][inside]).ravel())[0, 1] > 0.85


def test_stretch_keeps_zero_for_no_data_only():
    grey = stretched(np.array([[0, 1, 10, 100, 65535]], dtype=np.uint16))
    assert grey[0, 0] == 0
    assert (grey[0, 1:] > 0).all()
    assert not stretched(np.zeros((2, 2))).any()
