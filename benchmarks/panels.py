"""What it costs the kernel to draw footprints: ours against ipyleaflet's plain GeoJSON layer, side by side in one run.

    python benchmarks/panels.py [--rounds 5]

Counts the seconds to build one layer, and the bytes of every message that would go to the browser for it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any
from unittest import mock

import ipyleaflet
import numpy as np
import shapely
from comm.base_comm import BaseComm
from shapely.geometry import mapping

from iceye_geo.maps.outlines import PRODUCT_COLORS
from iceye_geo.panels.mapview import LeafletMap, make_map

STYLE = {"weight": 1.5, "fillOpacity": 0.12}


class CountingComm(BaseComm):
    """Takes messages and counts their bytes as JSON."""

    sent = 0

    def publish_msg(self, *args: Any, buffers: Any = None, **parts: Any) -> None:
        CountingComm.sent += len(json.dumps([*args, parts], default=str)) + sum(len(b) for b in buffers or ())


@contextmanager
def counting():
    CountingComm.sent = 0
    with mock.patch("ipywidgets.widgets.widget.comm.create_comm", lambda *a, **k: CountingComm(*a, **k)):
        yield


def scenes(count: int) -> list[dict[str, Any]]:
    """Return footprints as the search panel has them: turned rectangles, seven properties each."""
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
    view = make_map()
    assert isinstance(view, LeafletMap)
    return lambda: view.show_footprints(features)


def measure(
    make: Callable[[list[dict[str, Any]]], Callable[[], object]], count: int, rounds: int
) -> tuple[float, int]:
    seconds, sent = [], 0
    for _ in range(rounds):
        with counting():
            draw = make(scenes(count))
            CountingComm.sent = 0
            began = time.perf_counter()
            draw()
            seconds.append(time.perf_counter() - began)
            sent = CountingComm.sent
    return statistics.median(seconds), sent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print(f"{'footprints':>10}  {'layer':22}{'seconds':>9}{'MB':>8}{'seconds ratio':>15}{'bytes ratio':>13}")
    for count in (2000, 10_000):
        base = measure(plain, count, rounds)
        mine = measure(ours, count, rounds)
        for name, (seconds, sent) in (("ipyleaflet GeoJSON", base), ("iceye_geo", mine)):
            ratios = f"{seconds / base[0]:15.2f}{sent / base[1]:13.2f}"
            print(f"{count:>10,}  {name:22}{seconds:9.3f}{sent / 1e6:8.2f}{ratios}")


if __name__ == "__main__":
    main()
