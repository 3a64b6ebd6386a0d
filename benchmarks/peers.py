"""The records of the table benchmarks, and how somebody would turn them into tables without this package."""

from __future__ import annotations

import copy
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pystac
import shapely

DATA = Path(__file__).parents[1] / "tests" / "data"
SAMPLES = ("task_products.json", "task_products_grd_cog.json")
Raws = list[dict[str, Any]]


def records(count: int, *, seed: int = 7) -> Raws:
    """Make records that differ as real ones do: id, frame, time, place, angles, product, pass and look side."""
    chance = random.Random(seed)
    samples = [json.loads((DATA / name).read_text())["data"][0] for name in SAMPLES]
    made = (_record(copy.deepcopy(samples[i % len(samples)]), i, chance) for i in range(count))
    # As they come off the wire: no two records share a string.
    return [json.loads(json.dumps(raw)) for raw in made]


def _record(raw: dict[str, Any], number: int, chance: random.Random) -> dict[str, Any]:
    start = datetime(2021, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.random() * 1.5e8)
    dx, dy = chance.uniform(-100, 200), chance.uniform(-50, 80)
    ring = [[round(x + dx, 6), round(y + dy, 6)] for x, y in raw["geometry"]["coordinates"][0]]
    raw["id"] = f"{number:08d}-bbf1-4775-ba1d-2003cada8d32"
    raw["geometry"]["coordinates"] = [ring]
    raw["bbox"] = [f(p[axis] for p in ring) for f, axis in ((min, 0), (min, 1), (max, 0), (max, 1))]
    raw["properties"] |= {
        "frame_id": f"{4_000_000 + number}_1",
        "start_datetime": f"{start:%Y-%m-%dT%H:%M:%S.%f}Z",
        "end_datetime": f"{start + timedelta(seconds=10):%Y-%m-%dT%H:%M:%S.%f}Z",
        "iceye:incidence_center": round(chance.uniform(15, 40), 6),
        "sar:product_type": chance.choice(("GRD", "GRD-COG", "SLC-COG", "QLK")),
        "sar:observation_direction": chance.choice(("left", "right")),
        "sat:orbit_state": chance.choice(("ascending", "descending")),
    }
    return raw


def pystac_table(raws: Raws) -> object:
    """The way of most notebooks."""
    return gpd.GeoDataFrame.from_features([pystac.Item.from_dict(raw) for raw in raws], crs=4326)


def hand_written(raws: Raws) -> object:
    """What somebody writes who knows shapely 2 and pandas, and that every record is a polygon of one ring.

    Nothing is checked, renamed or typed beyond the times; links are left out of the assets.
    """
    frame = pd.DataFrame([raw["properties"] for raw in raws])
    for name in ("start_datetime", "end_datetime", "created", "updated"):
        frame[name] = pd.to_datetime(frame[name], format="ISO8601", utc=True)
    frame.insert(0, "id", [raw["id"] for raw in raws])
    frame["bbox"] = [raw["bbox"] for raw in raws]
    frame["assets"] = [
        {k: {n: v for n, v in asset.items() if n != "href"} for k, asset in raw["assets"].items()}
        for raw in raws
    ]
    rings = [raw["geometry"]["coordinates"][0] for raw in raws]
    owners = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    polygons = shapely.polygons(shapely.linearrings(np.concatenate(rings), indices=owners))
    return gpd.GeoDataFrame(frame, geometry=polygons, crs=4326)


def pystac_items(raws: Raws) -> object:
    """Items as pystac alone makes them."""
    return [pystac.Item.from_dict(raw) for raw in raws]


def stac_geoparquet_file(items: Raws, path: Path) -> None:
    """Records that already are valid Items, through stac-geoparquet's own arrow path."""
    import stac_geoparquet.arrow

    stac_geoparquet.arrow.to_parquet(stac_geoparquet.arrow.parse_stac_items_to_arrow(items), path)
