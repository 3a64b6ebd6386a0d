"""The files behind catalogs: a zip with a reflectance GeoTIFF (0 to 50000), a quality mask and metadata."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

from iceye_geo.sandbox.pixxel.world import Catalog

SIDE = 256
BANDS = 6
#: Reflectance 1.0 in the product's integers.
SCALE = 50_000
# Zip entries carry a time; a fixed one keeps the same catalogs the same bytes.
_STAMP = (2026, 1, 1, 0, 0, 0)


def package(catalogs: Sequence[Catalog], folder: Path) -> Path:
    """Return the zip with these catalogs, made now if it is not there; the same bytes every time."""
    key = blake2b("/".join(f"{one.id}-{one.seed}" for one in catalogs).encode(), digest_size=12).hexdigest()
    target = folder / f"{key}.zip"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix=".making-")
        os.close(handle)
        _write(Path(name), catalogs)
        Path(name).replace(target)
    return target


def stem(catalog: Catalog) -> str:
    """Return the name of a catalog's files without ending: XXnn_imageID_YYYYMMDD_LnX."""
    satellite, day, number = catalog.item_id.split("_")
    return f"{satellite}_{number}_{day}_L2A"


def _write(path: Path, catalogs: Sequence[Catalog]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as package_file:
        for catalog in catalogs:
            name = stem(catalog)
            image, mask = _draw(catalog)
            metadata = json.dumps(catalog.to_wire()["details"], indent=1).encode()
            for ending, data in ((".tif", image), ("_QA.tif", mask), (".json", metadata)):
                package_file.writestr(zipfile.ZipInfo(name + ending, _STAMP), data)


def _draw(catalog: Catalog) -> tuple[bytes, bytes]:
    import numpy as np

    rng = np.random.default_rng(catalog.seed)
    coarse = rng.random((SIDE // 16 + 1, SIDE // 16 + 1))
    axis = np.linspace(0, SIDE // 16 - 1e-6, SIDE)
    low, part = axis.astype(int), axis % 1
    rows = coarse[low] * (1 - part[:, None]) + coarse[low + 1] * part[:, None]
    ground = rows[:, low] * (1 - part) + rows[:, low + 1] * part
    bands = [
        (0.05 + 0.5 * ground * (0.4 + 0.1 * band) + 0.01 * rng.random((SIDE, SIDE))) * SCALE
        for band in range(BANDS)
    ]
    image = np.clip(np.stack(bands), 1, SCALE).astype("uint16")
    quality = np.ones((1, SIDE, SIDE), "uint8")
    return _tiff(catalog, image, nodata=0), _tiff(catalog, quality, nodata=None)


def _tiff(catalog: Catalog, array: object, *, nodata: int | None) -> bytes:
    import numpy as np
    from affine import Affine
    from pyproj import Transformer
    from rasterio.io import MemoryFile

    data = np.asarray(array)
    project = Transformer.from_crs(4326, catalog.epsg, always_xy=True).transform_bounds
    west, south, east, north = project(*catalog.bbox)
    transform = Affine((east - west) / SIDE, 0, west, 0, (south - north) / SIDE, north)
    profile = {
        "driver": "GTiff", "width": SIDE, "height": SIDE, "count": data.shape[0], "dtype": data.dtype.name,
        "crs": f"EPSG:{catalog.epsg}", "transform": transform, "nodata": nodata, "tiled": True,
        "blockxsize": 128, "blockysize": 128, "compress": "deflate",
    }  # fmt: skip
    with MemoryFile() as memory:
        with memory.open(**profile) as dataset:
            dataset.write(data)
        return bytes(memory.read())
