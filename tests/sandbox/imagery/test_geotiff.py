import json
import struct

import numpy as np
import pytest
import rasterio
import rasterio.shutil

from iceye_geo.sandbox.imagery import geotiff
from iceye_geo.sandbox.imagery.geotiff import tie_points
from iceye_geo.sandbox.imagery.products import write_product

CASES = {
    "non-square, left": {"mode": "SLEA", "side": "left", "longer": 1100},
    "high-latitude strip": {"lon": 15.5, "lat": 78.2, "mode": "SM", "state": "ascending", "longer": 1100},
    "float32": {"mode": "SLF", "dtype": "float32", "longer": 600},
    "uncalibrated scan": {"mode": "SC", "factor": None, "incidence": 25.0, "longer": 600},
    "across the antimeridian": {"lon": 179.99, "lat": -16.9, "mode": "SM", "longer": 600},
}


@pytest.fixture(scope="module", params=CASES, ids=list(CASES))
def product(request, make_spec, tmp_path_factory):
    spec = make_spec(**CASES[request.param])
    path = tmp_path_factory.mktemp("cog") / "grd.tif"
    write_product(path, spec)
    return spec, path


def test_file_is_a_cog_with_its_directories_in_the_first_read(product):
    _, path = product
    head = path.read_bytes()[: 128 * 1024]
    assert b"GDAL_STRUCTURAL_METADATA_SIZE" in head[:64]
    assert b"LAYOUT=IFDS_BEFORE_DATA" in head[:256]
    with rasterio.open(path) as cog:
        assert cog.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert cog.tags(ns="IMAGE_STRUCTURE")["COMPRESSION"] == "LZW"
    assert _last_directory_end(head) < len(head)


def _last_directory_end(head):
    """Follow the directories of a classic little-endian TIFF; all must lie in the given bytes."""
    assert head[:4] == b"II*\x00"
    offset, end = struct.unpack_from("<I", head, 4)[0], 0
    while offset:
        count = struct.unpack_from("<H", head, offset)[0]
        end = max(end, offset + 2 + 12 * count + 4)
        offset = struct.unpack_from("<I", head, offset + 2 + 12 * count)[0]
    return end


def test_size_type_and_levels(product):
    spec, path = product
    with rasterio.open(path) as cog:
        assert (cog.width, cog.height, cog.count) == (spec.geometry.width, spec.geometry.height, 1)
        assert cog.dtypes[0] == spec.dtype
        assert cog.block_shapes == [(512, 512)]
        assert cog.nodata == 0
        expected, longest = [], spec.longer_side
        while longest / 2 ** len(expected) > 512:
            expected.append(2 ** (len(expected) + 1))
        assert cog.overviews(1) == expected


def test_tie_points_are_the_scene_geometry(product):
    spec, path = product
    with rasterio.open(path) as cog:
        points, crs = cog.gcps
        assert crs.to_epsg() == 4326
        assert cog.crs is None
        assert cog.transform.is_identity
    assert len(points) == 100
    lon, lat = spec.geometry.pixel_to_lonlat(
        [p.row for p in points], [p.col for p in points], continuous=True
    )
    assert np.abs(np.array([p.x for p in points]) - lon).max() < 1e-9
    assert np.abs(np.array([p.y for p in points]) - lat).max() < 1e-9
    assert np.ptp([p.x for p in points]) < 180
    assert {p.row for p in points} >= {0.0, float(spec.geometry.height)}


def test_thin_plate_spline_hits_the_geometry_between_tie_points(product):
    from rasterio.transform import GCPTransformer

    spec, path = product
    row, col = 0.37 * spec.geometry.height, 0.71 * spec.geometry.width
    lon, lat = spec.geometry.pixel_to_lonlat(row, col, continuous=True)
    with rasterio.open(path) as cog, GCPTransformer(cog.gcps[0], tps=True) as to_pixel:
        found = to_pixel.rowcol([float(lon)], [float(lat)], op=lambda v: v)
    assert found[0][0] == pytest.approx(row, abs=0.1)
    assert found[1][0] == pytest.approx(col, abs=0.1)


def test_metadata_is_clean_json_and_rpc_is_there(product):
    spec, path = product
    with rasterio.open(path) as cog:
        tags = cog.tags()
        assert cog.rpcs.line_scale == pytest.approx(spec.geometry.height / 2)
    properties = json.loads(tags["ICEYE_PROPERTIES"])
    assert properties["proj:shape"] == [spec.geometry.width, spec.geometry.height]
    assert ("iceye:calibration_factor" in properties) == (spec.calibration_factor is not None)
    assert len(properties["iceye:orbit_states"]) == 10


def test_frame_ends_are_slanted_and_empty_and_the_rest_is_full(product):
    spec, path = product
    with rasterio.open(path) as cog:
        numbers = cog.read(1)
    empty = numbers == 0
    assert empty[:, 0].all()
    assert empty[:, -1].all()
    assert (
        empty[0].sum() != empty[-1].sum()
        or empty[0, : empty.shape[1] // 2].sum() != empty[-1, : empty.shape[1] // 2].sum()
    )
    middle = numbers[:, spec.geometry.width // 10 : -spec.geometry.width // 10]
    assert (middle > 0).all()
    assert middle.std() > 1


def test_tie_points_form_a_ten_by_ten_grid(make_spec):
    points = tie_points(make_spec().geometry)
    assert len({p[0] for p in points}) == len({p[1] for p in points}) == 10


def test_no_two_cogs_are_made_at_the_same_time(make_spec, tmp_path, monkeypatch):
    # Two first copies at once can leave the list of options of GDAL 3.10's COG driver half made.
    copy, held = rasterio.shutil.copy, []

    def watched(*args, **options):
        held.append(geotiff._COPYING.locked())
        copy(*args, **options)

    monkeypatch.setattr(rasterio.shutil, "copy", watched)
    write_product(tmp_path / "a.tif", make_spec(longer=200))
    assert held == [True]
    assert not geotiff._COPYING.locked()
