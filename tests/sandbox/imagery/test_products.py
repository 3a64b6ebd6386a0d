import dataclasses
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import rasterio

from iceye_geo.sandbox.imagery.products import write_product


def written(spec, folder):
    path = folder / "product.tif"
    write_product(path, spec)
    return rasterio.open(path)


@pytest.mark.parametrize(
    ("kind", "count", "dtype", "largest"),
    [("QLK", 1, "uint8", 1024), ("CSI-COG", 3, "uint8", 1024), ("VID-COG", 25, "uint8", 512)],
)
def test_byte_products_have_their_bands(make_spec, tmp_path, kind, count, dtype, largest):
    with written(make_spec(longer=700, kind=kind), tmp_path) as cog:
        assert (cog.count, set(cog.dtypes)) == (count, {dtype})
        assert max(cog.shape) <= largest
        assert cog.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert len(cog.gcps[0]) == 100
        first, last = cog.read(1), cog.read(count)
    assert first.std() > 20
    assert count == 1 or not np.array_equal(first, last)


def test_complex_product_is_amplitude_and_phase_uncompressed(make_spec, tmp_path):
    with written(make_spec(longer=600, mode="SLED", kind="SLC-COG"), tmp_path) as cog:
        assert cog.dtypes == ("float32", "float32")
        assert cog.compression is None
        amplitude, phase = cog.read()
    assert amplitude.min() >= 0
    assert -np.pi <= phase.min() < -3
    assert 3 < phase.max() <= np.pi


def test_legacy_name_gives_the_same_file_as_the_cog_form(make_spec, tmp_path):
    spec = make_spec(longer=320)
    with written(spec, tmp_path) as cog:
        new = cog.read(1)
    with written(dataclasses.replace(spec, kind="GRD"), tmp_path) as cog:
        assert np.array_equal(new, cog.read(1))


def test_unknown_product_is_refused_by_name(make_spec, tmp_path):
    with pytest.raises(ValueError, match="SIDD"):
        write_product(tmp_path / "x.tif", make_spec(kind="SIDD"))


def test_scenes_larger_than_a_block_are_put_together(make_spec, tmp_path, monkeypatch):
    monkeypatch.setattr("iceye_geo.sandbox.imagery.products._BLOCK", 256)
    with written(make_spec(longer=700), tmp_path) as cog:
        numbers = cog.read(1)
    assert (numbers[:, 60:-60] > 0).all()
    assert not list(tmp_path.glob("*.raw.tif"))


@pytest.mark.slow
def test_a_large_scene_needs_less_than_two_gigabytes(tmp_path):
    program = textwrap.dedent(f"""
        import resource
        from datetime import UTC, datetime
        from pathlib import Path
        from iceye_geo.sandbox.geometry import SceneGeometry
        from iceye_geo.sandbox.imagery import SceneSpec
        from iceye_geo.sandbox.imagery.products import write_product

        geometry = SceneGeometry.build(4.03, 51.95, orbit_state="ascending", look_side="left",
                                       incidence_center=28, range_m=15_000, azimuth_m=16_500, longer_side=8000)
        moment = datetime(2026, 6, 1, tzinfo=UTC)
        spec = SceneSpec(frame_id="1_1", seed=3, mode="SLEA", geometry=geometry, start=moment, end=moment,
                         calibration_factor=2.6e-5)
        write_product(Path({str(tmp_path / "large.tif")!r}), spec)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    """)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=900, check=True
    )
    assert int(done.stdout) * 1024 < 2 * 2**30
    with rasterio.open(tmp_path / "large.tif") as cog:
        assert cog.overviews(1) == [2, 4, 8, 16]
        assert (cog.read(1, out_shape=(500, 500))[:, 50:-50] > 0).all()
