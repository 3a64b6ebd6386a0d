"""One zoom after another into a frame behind a slow, signed link: the preview panel against per-tile readers.

``python benchmarks/panels.py`` runs this. Every reader lives in a process of its own, as a kernel and a tile server do,
keeps its caches from step to step, and shows the same 640 x 480 part of the page at the same web Mercator zooms.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

PAGE = (640, 480)
#: The first zoom shows the frame of 30 km whole; each step is one turn of the wheel.
ZOOMS = (10, 11, 12, 13, 14, 15)
# So many requests at once has a browser under way to one host.
BROWSER = 6
_WORLD_M = 2 * math.pi * 6_378_137.0
# What titiler's documentation recommends, with what signed links need: no HEAD.
TILER_ENV = {
    "CPL_VSIL_CURL_USE_HEAD": "NO", "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_INGESTED_BYTES_AT_OPEN": "32768",
    "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES", "GDAL_HTTP_MULTIPLEX": "YES", "GDAL_HTTP_VERSION": "2",
    "CPL_VSIL_CURL_CACHE_SIZE": "200000000", "VSI_CACHE": "TRUE", "VSI_CACHE_SIZE": "5000000", "GDAL_CACHEMAX": 200,
}  # fmt: skip


@dataclass
class Step:
    """One view: seconds until it is seen whole, and what went over the link meanwhile."""

    seconds: float
    requests: int
    megabytes: float
    first: float = 0.0  # seconds until anything is seen


@dataclass
class Run:
    """All views of one reader."""

    steps: list[Step] = field(default_factory=list)
    note: str = ""

    def each(self, name: str) -> float:
        """Mean of a figure over the zoom steps; the opening is not one."""
        return sum(getattr(s, name) for s in self.steps[1:]) / max(1, len(self.steps) - 1)


def view_bounds(zoom: int, lonlat: tuple[float, float]) -> tuple[float, float, float, float]:
    """What the page shows at a zoom round a place: (west, south, east, north) in web Mercator metres."""
    metre = _WORLD_M / 256 / 2**zoom
    x = math.radians(lonlat[0]) * 6_378_137.0
    y = math.log(math.tan(math.pi / 4 + math.radians(lonlat[1]) / 2)) * 6_378_137.0
    wide, high = PAGE[0] * metre / 2, PAGE[1] * metre / 2
    return x - wide, y - high, x + wide, y + high


def tiles_of(zoom: int, bounds: tuple[float, float, float, float]) -> list[tuple[int, int]]:
    """The 256-pixel tiles that a web map asks for, (x, y)."""
    side = _WORLD_M / 2**zoom
    west, south, east, north = bounds
    columns = range(int((west + _WORLD_M / 2) // side), int((east + _WORLD_M / 2) // side) + 1)
    rows = range(int((_WORLD_M / 2 - north) // side), int((_WORLD_M / 2 - south) // side) + 1)
    return [(x, y) for y in rows for x in columns]


# --- readers: each takes (zoom, lonlat) and returns (seconds to first sight, seconds to the whole view) --------------


def panel_reader(
    geometry: str,
) -> Callable[[str, str], Callable[[int, tuple[float, float]], tuple[float, float]]]:
    """The preview panel itself, told what a person does, its pictures taken where the page would."""

    def start(image: str, thumbnail: str) -> Callable[[int, tuple[float, float]], tuple[float, float]]:
        import pystac

        from iceye_geo import Client
        from iceye_geo.cog import opening, raster  # noqa: F401 - imported before the clock runs
        from iceye_geo.panels import PreviewPanel
        from iceye_geo.panels.preview_plane import View

        host = image.partition("/content")[0]
        client = Client(client_id="bench", client_secret="bench", api_url=host, token_url=f"{host}/token")
        item = pystac.Item("bench", None, None, None, {"start_datetime": "2026-01-01T00:00:00Z",
                           "end_datetime": "2026-01-01T00:00:10Z"})  # fmt: skip
        item.add_asset("grd-cog", pystac.Asset(image, media_type=pystac.MediaType.COG, roles=["data"]))
        item.add_asset("thumbnail-png", pystac.Asset(thumbnail, media_type="image/png", roles=["thumbnail"]))
        panel = PreviewPanel(client=client)
        panel.control.set_display(geometry=geometry)
        seen: list[float] = []
        for name in ("back", "show"):
            _notice(panel.canvas, name, seen)

        def show(zoom: int, lonlat: tuple[float, float]) -> tuple[float, float]:
            seen.clear()
            began, first = time.perf_counter(), not panel.control.layers
            if first:
                panel.open(item)
            else:
                _look(panel.control, View, zoom, lonlat)
                panel.refresh()
            if not panel.jobs.wait(timeout=120) or panel.last_error is not None:
                raise RuntimeError(f"the panel failed: {panel.last_error!r}")
            # Opening shows the thumbnail, then the look, which has more pixels than the page.
            return seen[0] - began, (seen[1] if first else seen[-1]) - began

        return show

    return start


def _notice(canvas: Any, name: str, seen: list[float]) -> None:
    draw = getattr(canvas, name)

    def noticed(*args: Any) -> None:
        draw(*args)
        seen.append(time.perf_counter())

    setattr(canvas, name, noticed)


def _look(control: Any, view: Any, zoom: int, lonlat: tuple[float, float]) -> None:
    """Move to what a web map would show: the same place, as many frame pixels across."""
    metre = _WORLD_M / 256 / 2**zoom * math.cos(math.radians(lonlat[1]))
    row, col = control.layers[0].cog.geolocation.pixel(*lonlat)
    y, x = control.plane.from_frame(row, col)
    per_row, _ = control.layers[0].cog.geolocation.spacing_m(row, col)
    if control.plane.kind == "map":
        ahead, _ = control.plane.from_lonlat(lonlat[0], lonlat[1] - 100 / 111_320)
        per_row = 100 / (ahead - y)
    wide, high = (side * metre / per_row for side in PAGE)
    control.look_at(view(y - high / 2, x - wide / 2, high, wide))


def tile_reader(open_tile: Callable[[str], Callable[[int, int, int], object]]) -> Callable[..., Any]:
    """A tile server as the page uses it: six tiles at a time; a picture is whole when the last has come."""

    def start(image: str, thumbnail: str) -> Callable[[int, tuple[float, float]], tuple[float, float]]:  # noqa: ARG001
        tile, pool = open_tile(image), ThreadPoolExecutor(BROWSER)

        def show(zoom: int, lonlat: tuple[float, float]) -> tuple[float, float]:
            began = time.perf_counter()
            first: list[float] = []

            def one(place: tuple[int, int]) -> None:
                if tile(zoom, *place) is not None:
                    first.append(time.perf_counter())

            list(pool.map(one, tiles_of(zoom, view_bounds(zoom, lonlat))))
            return min(first) - began, time.perf_counter() - began

        return show

    return start


def rio_tiler(url: str) -> Callable[[int, int, int], object]:
    """As titiler does it: the image is opened for every tile, GDAL's caches are kept."""
    import rasterio
    from rio_tiler.errors import TileOutsideBounds
    from rio_tiler.io import Reader

    def tile(z: int, x: int, y: int) -> object:
        try:
            with rasterio.Env(**TILER_ENV), Reader(url) as source:
                image = source.tile(x, y, z)
                image.rescale([(0, 400)])
                return image.render(img_format="PNG")
        except TileOutsideBounds:
            return None

    return tile


def local_tile_server(url: str) -> Callable[[int, int, int], object]:
    """localtileserver's own client, asked as its pages ask it."""
    import rasterio
    import requests
    from localtileserver import TileClient

    env = rasterio.Env(**TILER_ENV)
    env.__enter__()
    os.environ.update(
        {name: str(value) for name, value in TILER_ENV.items()}
    )  # its server answers in threads of its own
    client = TileClient(url)
    template = client.get_tile_url(vmin=0, vmax=400)

    def tile(z: int, x: int, y: int) -> object:
        answer = requests.get(template.format(z=z, x=x, y=y), timeout=60)
        if answer.status_code in (204, 404):
            return None
        answer.raise_for_status()
        return answer.content

    return tile


READERS: dict[str, Callable[[str, str], Any]] = {
    "iceye_geo, as recorded": panel_reader("radar"),
    "iceye_geo, north up": panel_reader("map"),
    "rio-tiler per tile, as titiler": tile_reader(rio_tiler),
    "localtileserver": tile_reader(local_tile_server),
}


# --- one process a reader -------------------------------------------------------------------------------------------


def child(name: str, image: str, thumbnail: str) -> None:
    """Answer "zoom lon lat" lines with "first whole" lines, until the input ends."""
    import warnings

    from panels_comm import counting

    warnings.simplefilter("ignore")
    with counting(), mock.patch.dict(os.environ):
        try:
            show = READERS[name](image, thumbnail)
        except Exception as error:  # noqa: BLE001 - the table says which readers fail, and how
            show, failure = None, f"{type(error).__name__}: {error}"
        for line in sys.stdin:
            zoom, lon, lat = line.split()
            try:
                if show is None:
                    raise RuntimeError(failure)
                first, whole = show(int(zoom), (float(lon), float(lat)))
                print(json.dumps({"first": first, "whole": whole}), flush=True)
            except Exception as error:  # noqa: BLE001
                print(json.dumps({"error": str(error) or type(error).__name__}), flush=True)
    os._exit(0)


def run(name: str, port: int, lonlat: tuple[float, float]) -> Run:
    """Play all zooms with one reader, cold at the start."""
    query = "?Expires=4102444800&Signature=good&Key-Pair-Id=BENCH"
    urls = [f"http://127.0.0.1:{port}/content/{n}{query}" for n in (0, 1)]
    command = [sys.executable, __file__, name, *urls]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    found = Run()
    try:
        for zoom in ZOOMS:
            fetch(port, "/_reset")
            process.stdin.write(f"{zoom} {lonlat[0]} {lonlat[1]}\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline() or '{"error": "its process ended"}')
            log = fetch(port, "/_log")["log"]
            if "error" in answer:
                found.note = str(answer["error"]).split("?")[0].split(" for url")[0].splitlines()[0][:70]
                break
            sent = sum(int(entry["sent"]) for entry in log)
            found.steps.append(Step(answer["whole"], len(log), sent / 1e6, answer["first"]))
    finally:
        process.kill()
        process.wait()
    return found


def fetch(port: int, path: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


@contextmanager
def slow_frame(side: int) -> Iterator[tuple[int, tuple[float, float]]]:
    """Serve a frame and its thumbnail over the slow link; yields the port and a place in the frame."""
    from frames import make_frame

    from iceye_geo.cog import open_cog

    folder = Path(tempfile.gettempdir()) / "iceye-geo-bench"
    folder.mkdir(exist_ok=True)
    path = make_frame(folder, side=side, codec="DEFLATE")
    thumbnail = folder / f"{side}-thumbnail.png"
    with open_cog(path) as cog:
        _write_thumbnail(cog, thumbnail)
        lonlat = cog.geolocation.lonlat(side * 0.41, side * 0.57)
    server = subprocess.Popen(
        [sys.executable, str(HERE / "slowserver.py"), str(path), str(thumbnail)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        yield int(server.stdout.readline()), lonlat
    finally:
        server.kill()
        server.wait()


def _write_thumbnail(cog: Any, path: Path) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a thumbnail has no place on the ground
        cog.preview(256).to_png(path)


if __name__ == "__main__":
    child(*sys.argv[1:])
