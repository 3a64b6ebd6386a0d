"""The readers that ``cog.py`` compares: each does the job in the way its own documentation recommends.

A task is "look" (the frame in 1024 pixels), "chip" (1024 x 1024 at full resolution round a place) or "point"
(statistics of 101 x 101 pixels round a place). Each returns one number, held against the others'.
"""

from __future__ import annotations

import asyncio
import http.client
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

Where = tuple[float, float]
Read = Callable[[str, str, Where], float]

LOOK, CHIP, POINT = 1024, 1024, 101
BATCH = 64
# What titiler's and GDAL's guides recommend for COGs, plus what a signed link needs at all (no HEAD).
TUNED = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "CPL_VSIL_CURL_USE_HEAD": "NO", "GDAL_INGESTED_BYTES_AT_OPEN": "65536",
    "GDAL_HTTP_MULTIPLEX": "YES", "GDAL_HTTP_VERSION": "2", "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES",
}  # fmt: skip
PLAIN = {"CPL_VSIL_CURL_USE_HEAD": "NO"}


def side_of(task: str) -> int:
    """Side of a task's window, pixels."""
    return CHIP if task == "chip" else POINT


def ours(url: str, task: str, where: Where) -> float:
    from iceye_geo.cog import open_cog

    if task == "batch":
        return float(_our_batch(url))
    with open_cog(url) as cog:
        if task == "look":
            return float(cog.preview(LOOK).array.mean())
        if task == "chip":
            return float(cog.chip(where, CHIP).array.data.mean())
        return float(cog.statistics(where, size=POINT).mean_power / (cog.info().calibration.factor or 1))


def _our_batch(url: str) -> int:
    """64 looks, 8 at a time, each at a file of its own name."""
    from iceye_geo.cog import map_cogs

    head, _, query = url.partition("?")
    urls = [f"{head}-{n}?{query}" for n in range(BATCH)]
    return len(map_cogs(urls, _look, workers=8).run().done)


def _look(cog: Any) -> float:
    return float(cog.preview(LOOK).array.mean())


def rasterio_reader(env: dict[str, str]) -> Read:
    def read(url: str, task: str, where: Where) -> float:
        import rasterio
        from rasterio.transform import GCPTransformer
        from rasterio.windows import Window

        with rasterio.Env(**env), rasterio.open(url) as dataset:
            if task == "look":
                return float(dataset.read(1, out_shape=(LOOK, LOOK), masked=True).mean())
            row, col = GCPTransformer(dataset.gcps[0], tps=True).rowcol(*where)
            size = side_of(task)
            return _figure(task, dataset.read(1, window=Window(col - size // 2, row - size // 2, size, size)))

    return read


def rio_tiler_reader(env: dict[str, str]) -> Read:
    def read(url: str, task: str, where: Where) -> float:
        import numpy as np
        import rasterio
        from rio_tiler.io import Reader

        with rasterio.Env(**env), Reader(url) as dataset:
            if task == "look":
                return float(dataset.preview(max_size=LOOK).array.mean())
            half = side_of(task) / 2 * 2.5 / 111_320
            wide = half / np.cos(np.radians(where[1]))
            box = (where[0] - wide, where[1] - half, where[0] + wide, where[1] + half)
            image = dataset.part(box, bounds_crs="epsg:4326")
            return float(image.array.mean()) if task == "chip" else float(image.statistics()["b1"].mean)

    return read


def async_tiff_reader(url: str, task: str, where: Where) -> float:
    return asyncio.run(_read_async(url, task, where))


async def _read_async(url: str, task: str, where: Where) -> float:
    from async_tiff import TIFF
    from async_tiff.store import HTTPStore
    from rasterio.control import GroundControlPoint
    from rasterio.transform import GCPTransformer

    store = HTTPStore.from_url(url, client_options={"allow_http": True})
    tiff = await TIFF.open("", store=store, prefetch=131072)
    if task == "look":
        level = max(i for i, d in enumerate(tiff.ifds) if d.image_width >= LOOK)
        image = tiff.ifds[level]
        return float((await _tiles(tiff, level, (0, 0, image.image_height, image.image_width))).mean())
    tie = tiff.ifds[0].model_tiepoint
    gcps = [GroundControlPoint(tie[i + 1], tie[i], tie[i + 3], tie[i + 4]) for i in range(0, len(tie), 6)]
    row, col = GCPTransformer(gcps, tps=True).rowcol(*where)
    size = side_of(task)
    return _figure(task, await _tiles(tiff, 0, (row - size // 2, col - size // 2, size, size)))


async def _tiles(tiff: Any, level: int, window: tuple[int, int, int, int]) -> Any:
    import numpy as np

    row, col, height, width = window
    rows, cols = range(row // 512, -(-(row + height) // 512)), range(col // 512, -(-(col + width) // 512))
    places = [(x, y) for y in rows for x in cols]
    found = await tiff.fetch_tiles(places, level)
    decoded = await asyncio.gather(*(t.decode() for t in found))
    canvas = np.zeros((len(rows) * 512, len(cols) * 512), np.uint16)
    for (x, y), array in zip(places, decoded, strict=True):
        top, left = (y - rows[0]) * 512, (x - cols[0]) * 512
        canvas[top : top + 512, left : left + 512] = np.asarray(array)[..., 0]
    return canvas[row - rows[0] * 512 :, col - cols[0] * 512 :][:height, :width]


def bare(url: str, task: str, where: Where) -> float:  # noqa: ARG001 - knows its pixel
    """Send our requests over bare sockets and decode nothing: what the server and the machine take by themselves."""
    from iceye_geo.cog.plan import Window, plan_read
    from iceye_geo.cog.store import join_spans
    from iceye_geo.cog.tiff import parse_tiff

    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}"
    wires = [http.client.HTTPConnection(parts.hostname or "", parts.port, blocksize=65536) for _ in range(3)]

    def get(wire: http.client.HTTPConnection, start: int, stop: int) -> tuple[bytes, int]:
        wire.request("GET", target, headers={"Range": f"bytes={start}-{stop - 1}"})
        answer = wire.getresponse()
        return answer.read(), int((answer.getheader("Content-Range") or "/0").rpartition("/")[2])

    with ThreadPoolExecutor(3) as pool:
        warm = [pool.submit(wire.connect) for wire in wires[1:]]
        head, size = get(wires[0], 0, 131072)
        tiff = parse_tiff(lambda offset, n: head[offset : offset + n], size=size)
        frame, side = tiff.levels[0], side_of(task)
        row, col = (int(v) for v in os.environ["BENCH_PIXEL"].split(","))
        window = Window(row - side // 2, col - side // 2, side, side)
        whole = Window(0, 0, frame.height, frame.width)
        plan = plan_read(tiff, whole, max_size=LOOK) if task == "look" else plan_read(tiff, window)
        spans = join_spans(plan.spans, gap=65536, longest=4 * 1024 * 1024)
        for job in warm:
            job.result()
        got = pool.map(lambda pair: len(get(wires[pair[0]], *pair[1])[0]), enumerate(spans))
        return float(sum(got))


def _figure(task: str, data: Any) -> float:
    """Mean of a chip; of a point the figures that statistics in power give, of which the mean is returned."""
    import numpy as np

    if task == "chip":
        return float(data.mean())
    power = data[data > 0].astype(np.float64) ** 2
    figures = power.mean(), power.std(), power.min(), power.max(), *np.percentile(power, (2, 25, 50, 75, 98))
    return float(figures[0])


READERS: dict[str, Read] = {
    "iceye_geo": ours,
    "rasterio, default": rasterio_reader({}),
    "rasterio, USE_HEAD=NO": rasterio_reader(PLAIN),
    "rasterio, tuned": rasterio_reader(TUNED),
    "rio-tiler, tuned": rio_tiler_reader(TUNED),
    "async-tiff + obstore": async_tiff_reader,
    "our requests, bare": bare,
}
# Imports are not measured; what a library loads when it is first used is.
IMPORTS = {
    "iceye_geo": "import iceye_geo.cog.opening, iceye_geo.cog.raster, rasterio.transform, rasterio.control",
    "rio-tiler, tuned": "import rio_tiler.io, rasterio",
    "async-tiff + obstore": "import async_tiff, async_tiff.store, rasterio.transform, rasterio.control, numpy",
    "our requests, bare": "import iceye_geo.cog.plan, iceye_geo.cog.tiff, iceye_geo.cog.store",
}
#: Readers that read the very same pixels in radar geometry, so that their figures must agree.
SAME_PIXELS = ("iceye_geo", "rasterio, USE_HEAD=NO", "rasterio, tuned", "async-tiff + obstore")
