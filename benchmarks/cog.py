"""Looks into GRD-COGs over a strict, slow link: ours, its peers and the computed limit, side by side in one run.

``python benchmarks/cog.py`` builds two frames (once), serves them with 50 ms a request, 100 ms a connection and
100 Mbit/s, runs every reader in a fresh process and prints one table per frame.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

REQUEST_S, CONNECT_S, BYTES_PER_S = 0.050, 0.100, 100e6 / 8
LOOK, CHIP, POINT = 1024, 1024, 101
BATCH = 64
TUNED = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "CPL_VSIL_CURL_USE_HEAD": "NO", "GDAL_INGESTED_BYTES_AT_OPEN": "65536",
    "GDAL_HTTP_MULTIPLEX": "YES", "GDAL_HTTP_VERSION": "2", "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES",
}  # fmt: skip
PLAIN = {"CPL_VSIL_CURL_USE_HEAD": "NO"}


def fraction_point(side: int) -> tuple[int, int]:
    """Middle of chip and point window, off the tile grid."""
    return int(side * 0.41), int(side * 0.57)


# --- readers: each returns after its pixels are decoded; run in a fresh process -------------------------------------


def ours(url: str, task: str, where: tuple[float, float]) -> float:
    from iceye_geo.cog import open_cog

    if task == "batch":
        return float(ours_batch(url))
    with open_cog(url) as cog:
        if task == "look":
            return float(cog.preview(LOOK).array.mean())
        if task == "chip":
            return float(cog.chip(where, CHIP).array.mean())
        return float((cog.chip(where, POINT).array.astype(float) ** 2).mean())


def ours_batch(url: str) -> int:
    """64 looks, 8 at a time, each at a file of its own name."""
    from iceye_geo.cog import map_cogs

    head, _, query = url.partition("?")
    urls = [f"{head}-{n}?{query}" for n in range(BATCH)]
    return len(map_cogs(urls, _look, workers=8).run().done)


def _look(cog: object) -> float:
    return float(cog.preview(LOOK).array.mean())  # type: ignore[attr-defined]


def rasterio_reader(env: dict[str, str]) -> Callable[[str, str, tuple[float, float]], float]:
    def read(url: str, task: str, where: tuple[float, float]) -> float:
        import numpy as np
        import rasterio
        from rasterio.transform import GCPTransformer
        from rasterio.windows import Window

        with rasterio.Env(**env), rasterio.open(url) as dataset:
            if task == "look":
                return float(dataset.read(1, out_shape=(LOOK, LOOK)).mean())
            row, col = GCPTransformer(dataset.gcps[0], tps=True).rowcol(*where)
            size = CHIP if task == "chip" else POINT
            data = dataset.read(1, window=Window(col - size // 2, row - size // 2, size, size))
            return float(data.mean()) if task == "chip" else float((data.astype(np.float64) ** 2).mean())

    return read


def rio_tiler_reader(env: dict[str, str]) -> Callable[[str, str, tuple[float, float]], float]:
    def read(url: str, task: str, where: tuple[float, float]) -> float:
        import numpy as np
        import rasterio
        from rio_tiler.io import Reader

        with rasterio.Env(**env), Reader(url) as dataset:
            if task == "look":
                return float(dataset.preview(max_size=LOOK).array.mean())
            half = (CHIP if task == "chip" else POINT) / 2 * 2.5
            lat = half / 111_320
            lon = lat / np.cos(np.radians(where[1]))
            box = (where[0] - lon, where[1] - lat, where[0] + lon, where[1] + lat)
            part = dataset.part(box, bounds_crs="epsg:4326")
            return (
                float(part.array.mean()) if task == "chip" else float((part.array.astype(float) ** 2).mean())
            )

    return read


def async_tiff_reader(url: str, task: str, where: tuple[float, float]) -> float:
    import numpy as np
    from async_tiff import TIFF
    from async_tiff.store import HTTPStore
    from rasterio.control import GroundControlPoint
    from rasterio.transform import GCPTransformer

    async def tiles(tiff: TIFF, level: int, window: tuple[int, int, int, int]) -> np.ndarray:
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

    async def read() -> float:
        store = HTTPStore.from_url(url, client_options={"allow_http": True})
        tiff = await TIFF.open("", store=store, prefetch=131072)
        if task == "look":
            level = max(i for i, d in enumerate(tiff.ifds) if d.image_width >= LOOK)
            image = tiff.ifds[level]
            return float((await tiles(tiff, level, (0, 0, image.image_height, image.image_width))).mean())
        tie = tiff.ifds[0].model_tiepoint
        gcps = [GroundControlPoint(tie[i + 1], tie[i], tie[i + 3], tie[i + 4]) for i in range(0, len(tie), 6)]
        row, col = GCPTransformer(gcps, tps=True).rowcol(*where)
        size = CHIP if task == "chip" else POINT
        data = await tiles(tiff, 0, (row - size // 2, col - size // 2, size, size))
        return float(data.mean()) if task == "chip" else float((data.astype(np.float64) ** 2).mean())

    return asyncio.run(read())


READERS: dict[str, Callable[[str, str, tuple[float, float]], float]] = {
    "iceye_geo": ours,
    "rasterio, default": rasterio_reader({}),
    "rasterio, USE_HEAD=NO": rasterio_reader(PLAIN),
    "rasterio, tuned": rasterio_reader(TUNED),
    "rio-tiler, tuned": rio_tiler_reader(TUNED),
    "async-tiff + obstore": async_tiff_reader,
}
IMPORTS = {
    "iceye_geo": "import iceye_geo.cog.opening, iceye_geo.cog.raster, rasterio.transform, rasterio.control",
    "rio-tiler, tuned": "import rio_tiler.io, rasterio",
    "async-tiff + obstore": "import async_tiff, async_tiff.store, rasterio.transform, rasterio.control, numpy",
}


def _memory_mb(field: str) -> float:
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(field)).split()[1]) / 1024


def child(name: str, url: str, task: str, lon: str, lat: str) -> None:
    """One cold read in a process of its own; prints seconds and peak memory above the imports, MB."""
    import warnings

    warnings.simplefilter("ignore")
    exec(IMPORTS.get(name, "import rasterio, rasterio.transform, numpy"))
    before = _memory_mb("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of the imports
    began = time.perf_counter()
    try:
        value, error = READERS[name](url, task, (float(lon), float(lat))), ""
    except Exception as err:  # noqa: BLE001 - the table says which readers fail, and how
        value, error = 0.0, type(err).__name__
    seconds = time.perf_counter() - began
    memory = _memory_mb("VmHWM") - before
    print(json.dumps({"seconds": seconds, "memory": memory, "value": value, "error": error}), flush=True)
    if name != "iceye_geo":
        os._exit(0)  # async-tiff's threads may abort the interpreter while it shuts down


# --- limit, run, table ----------------------------------------------------------------------------------------------


@dataclass
class Row:
    requests: float
    megabytes: float
    seconds: float
    memory: float
    error: str = ""


def limit(path: Path, task: str, where: tuple[int, int]) -> Row:
    """Header and exactly the tiles needed, adjacent ones joined; one handshake, two round trips, the transfer."""
    from iceye_geo.cog.plan import Window, plan_read
    from iceye_geo.cog.store import join_spans
    from iceye_geo.cog.tiff import parse_tiff

    with path.open("rb") as file:
        size = path.stat().st_size

        def read(offset: int, n: int) -> bytes:
            file.seek(offset)
            return file.read(n)

        tiff = parse_tiff(read, size=size)
    frame = tiff.levels[0]
    if task == "look":
        plan = plan_read(tiff, Window(0, 0, frame.height, frame.width), max_size=LOOK)
    else:
        side = CHIP if task == "chip" else POINT
        plan = plan_read(tiff, Window(where[0] - side // 2, where[1] - side // 2, side, side))
    header = min(int(d.offsets[d.offsets > 0].min()) for d in tiff.levels)
    spans = join_spans(plan.spans, gap=0, longest=1 << 40)
    nbytes = header + sum(b - a for a, b in spans)
    return Row(1 + len(spans), nbytes / 1e6, CONNECT_S + 2 * REQUEST_S + nbytes / BYTES_PER_S, 0)


def run(port: int, name: str, index: int, task: str, lonlat: tuple[float, float], repeat: int) -> Row:
    """Median of cold runs."""
    rows = []
    url = f"http://127.0.0.1:{port}/content/{index}?Expires=4102444800&Signature=good&Key-Pair-Id=BENCH"
    for _ in range(repeat):
        _fetch(port, "/_reset")
        command = [sys.executable, __file__, "--child", name, url, task, *map(str, lonlat)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        out = json.loads(done.stdout.splitlines()[-1])
        time.sleep(0.2)
        log = _fetch(port, "/_log")["log"]
        sent = sum(entry["sent"] for entry in log) / 1e6
        rows.append(Row(len(log), sent, out["seconds"], out["memory"], out["error"]))
    middle = [
        statistics.median(getattr(r, f) for r in rows) for f in ("requests", "megabytes", "seconds", "memory")
    ]
    return Row(*middle, error=rows[0].error)


def _fetch(port: int, path: str) -> dict:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return json.load(answer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sides", type=int, nargs="+", default=[12_000, 24_000])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--readers", nargs="+", default=list(READERS))
    parser.add_argument("--batch", action="store_true", help="64 looks at a time instead of the table")
    parser.add_argument("--tasks", nargs="+", default=["look", "chip", "point"])
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "iceye-geo-bench")
    args = parser.parse_args()
    from frames import make_frame

    args.folder.mkdir(exist_ok=True)
    codecs = {12_000: "DEFLATE"}
    frames = [make_frame(args.folder / f"{s}.tif", side=s, codec=codecs.get(s, "LZW")) for s in args.sides]
    server = subprocess.Popen(
        [sys.executable, str(HERE / "slowserver.py"), *map(str, frames)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        for index, (side, path) in enumerate(zip(args.sides, frames, strict=True)):
            print(table(port, index, side, path, args))
    finally:
        server.kill()
        server.wait()


def table(port: int, index: int, side: int, path: Path, args: argparse.Namespace) -> str:
    """One frame's table: requests / MB / seconds (times the limit)."""
    from iceye_geo.cog import open_cog

    where = fraction_point(side)
    with open_cog(path) as cog:
        lonlat = cog.geolocation.lonlat(where[0] + 0.5, where[1] + 0.5)
    limits = {task: limit(path, task, where) for task in args.tasks}
    lines = [
        f"\n{side} x {side}, {path.stat().st_size / 1e6:.0f} MB",
        "| reader | " + " | ".join(args.tasks) + " |",
    ]
    lines.append("|---" * (len(args.tasks) + 1) + "|")
    lines.append("| limit | " + " | ".join(_cell(limits[t], None) for t in args.tasks) + " |")
    for name in args.readers if not args.batch else []:
        cells = [
            _cell(run(port, name, index, task, lonlat, args.repeat), limits[task]) for task in args.tasks
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    if args.batch:
        lines.append(batch_line(port, index, lonlat))
    return "\n".join(lines)


def batch_line(port: int, index: int, lonlat: tuple[float, float]) -> str:
    """How much of the link a batch uses, by the bytes that were sent."""
    row = run(port, "iceye_geo", index, "batch", lonlat, 1)
    bound = row.megabytes * 1e6 / BYTES_PER_S
    return (
        f"{BATCH} looks, 8 at a time: {row.requests:.0f} requests, {row.megabytes:.1f} MB, {row.seconds:.2f} s; "
        f"the link alone takes {bound:.2f} s: {bound / row.seconds:.2f} of its bandwidth, +{row.memory:.0f} MB"
    )


def _cell(row: Row, against: Row | None) -> str:
    if row.error:
        return f"fails after {row.requests:.0f} ({row.error})"
    ratio = f" ({row.seconds / against.seconds:.2f}), +{row.memory:.0f} MB" if against else ""
    return f"{row.requests:.0f} / {row.megabytes:.2f} / {row.seconds:.3f}{ratio}"


if __name__ == "__main__":
    if "--child" in sys.argv:
        os.environ.setdefault("GDAL_CACHEMAX", "256")
        child(*sys.argv[sys.argv.index("--child") + 1 :])
    else:
        main()
