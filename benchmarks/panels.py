"""What panels cost: footprints on the map, and a zoom into a frame behind a slow, signed link; ours against peers.

    python benchmarks/panels.py [--rounds 5] [--side 12000]

Footprints: seconds of the kernel and bytes of every message to the browser for one layer, beside ipyleaflet's plain
GeoJSON layer. Preview: seconds until anything and until all of the first view is seen as fine as the page shows it,
then requests, bytes and seconds of a zoom step, beside per-tile readers over the same link (50 ms a request, 100 ms a
connection, 100 Mbit/s). Prints one table; exits with 1 when a ratio of ``RATIOS`` is missed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from panels_comm import CountingComm, counting
from shapely.geometry import mapping
from zoomsteps import READERS, Run, run, slow_frame

STYLE = {"weight": 1.5, "fillOpacity": 0.12}
PEER = "rio-tiler per tile, as titiler"
#: At most this share of the peer's figure. Bytes and requests are counted and hardly vary; seconds share the machine
#: with whatever runs beside, so their limits leave room.
RATIOS = {
    "kernel seconds, 2,000 footprints": 1.2,
    "bytes, 2,000 footprints": 0.85,
    "kernel seconds, 10,000 footprints": 0.8,
    "bytes, 10,000 footprints": 0.6,
    "seconds to first sight": 1.0,
    "requests a zoom step": 0.1,
    "bytes a zoom step": 0.25,
    "seconds a zoom step": 0.8,
}


def scenes(count: int) -> list[dict[str, Any]]:
    """Return footprints as the search panel has them: turned rectangles, seven properties each."""
    from iceye_geo.maps.outlines import PRODUCT_COLORS

    rng = np.random.default_rng(1)
    colors = list(PRODUCT_COLORS.items())
    found = []
    for n in range(count):
        lon, lat, size = rng.uniform(-170, 170), rng.uniform(-60, 60), rng.uniform(0.05, 0.5)
        shape = shapely.affinity.rotate(shapely.box(lon, lat, lon + size, lat + size), rng.uniform(0, 90))
        geometry = json.loads(json.dumps(mapping(shapely.set_precision(shape, 1e-6))))
        product, color = colors[n % len(colors)]
        properties = {
            "id": f"{n:032x}", "product": product, "mode": "spotlight", "look": "left", "pass": "ascending",
            "incidence": round(rng.uniform(20, 45), 3), "acquired": "2026-10-28T03:11:24Z",
        }  # fmt: skip
        style = {"color": color, **STYLE}
        found.append({"id": properties["id"], "geometry": geometry, "style": style, "properties": properties})
    return found


def plain(features: list[dict[str, Any]]) -> Callable[[], object]:
    """ipyleaflet as its documentation shows it: all properties, a style for the layer."""
    import ipyleaflet

    data = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": f["geometry"], "properties": dict(f["properties"])}
            for f in features
        ],
    }
    return lambda: ipyleaflet.GeoJSON(
        data=data, style={"color": "#0072b2", **STYLE}, hover_style={"weight": 3}
    )


def ours(features: list[dict[str, Any]]) -> Callable[[], object]:
    """The search panel's layer: id and style alone; above 2,000 one shape a colour."""
    from iceye_geo.panels.mapview import make_map

    view = make_map()
    return lambda: view.show_footprints(features)


def measure(
    make: Callable[[list[dict[str, Any]]], Callable[[], object]], features: list[dict[str, Any]]
) -> tuple[float, int]:
    """Return seconds and bytes of drawing once."""
    with counting():
        draw = make(features)
        CountingComm.sent = 0
        began = time.perf_counter()
        draw()
        return time.perf_counter() - began, CountingComm.sent


def footprints(count: int, rounds: int) -> tuple[list[str], dict[str, float]]:
    """Draw in turns, so that a loaded machine burdens both; return table lines and ratios."""
    features = scenes(count)
    figures: dict[str, list[tuple[float, int]]] = {"ipyleaflet GeoJSON": [], "iceye_geo": []}
    for _ in range(rounds):
        figures["ipyleaflet GeoJSON"].append(measure(plain, features))
        figures["iceye_geo"].append(measure(ours, features))
    lines = []
    for name, runs in figures.items():
        seconds = statistics.median(s for s, _ in runs)
        lines.append(f"| {count:,} footprints | {name} | {seconds:.3f} s | | {runs[-1][1] / 1e6:.2f} MB |")
    pairs = list(zip(figures["iceye_geo"], figures["ipyleaflet GeoJSON"], strict=True))
    return lines, {
        f"kernel seconds, {count:,} footprints": statistics.median(a[0] / b[0] for a, b in pairs),
        f"bytes, {count:,} footprints": pairs[-1][0][1] / pairs[-1][1][1],
    }


def previews(side: int) -> tuple[list[str], dict[str, float]]:
    """Zoom with every reader; return table lines and ratios, each the worse one of our two geometries."""
    with slow_frame(side) as (port, lonlat):
        runs = {name: run(name, port, lonlat) for name in READERS}
    lines = [line for name, one in runs.items() for line in _lines(name, one)]
    peer, mine = runs[PEER], [one for name, one in runs.items() if name.startswith("iceye_geo")]
    if peer.note or any(one.note for one in mine):
        return lines, {"seconds to first sight": float("inf")}
    ratios = {
        "seconds to first sight": max(one.steps[0].first for one in mine) / peer.steps[0].first,
        "requests a zoom step": max(one.each("requests") for one in mine) / peer.each("requests"),
        "bytes a zoom step": max(one.each("megabytes") for one in mine) / peer.each("megabytes"),
        "seconds a zoom step": max(one.each("seconds") for one in mine) / peer.each("seconds"),
    }
    return lines, ratios


def _lines(name: str, one: Run) -> list[str]:
    if one.note:
        return [f"| preview | {name} | fails: {one.note} | | |"]
    first = one.steps[0]
    opening = f"| opening: first sight, first view | {name} | {first.first:.2f} s, {first.seconds:.2f} s "
    step = f"| zoom step, mean of {len(one.steps) - 1} | {name} | {one.each('seconds'):.2f} s "
    return [
        f"{opening}| {first.requests} | {first.megabytes:.2f} MB |",
        f"{step}| {one.each('requests'):.1f} | {one.each('megabytes'):.2f} MB |",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--side", type=int, default=12_000, help="rows and columns of the frame")
    args = parser.parse_args()
    table, ratios = ["| what | who | seconds | requests | bytes |", "|---|---|---|---|---|"], {}
    for count in (2000, 10_000):
        lines, found = footprints(count, args.rounds)
        table, ratios = table + lines, ratios | found
    lines, found = previews(args.side)
    table, ratios = table + lines, ratios | found
    print("\n".join([*table, "", "| ratio to the peer | stated | measured | |", "|---|---|---|---|"]))
    missed = [name for name, value in ratios.items() if not value <= RATIOS[name]]
    for name, value in ratios.items():
        print(f"| {name} | {RATIOS[name]:.2f} | {value:.2f} | {'missed' if name in missed else 'kept'} |")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
