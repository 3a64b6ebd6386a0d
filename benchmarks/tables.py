"""Tables and Items: ``to_geodataframe`` against ``pystac.Item.from_dict`` + ``GeoDataFrame.from_features``.

Run ``python benchmarks/tables.py [--records 10000] [--rounds 5] [--json FILE]``. Both sides run in turn, in one
process, on the same records: the two of ICEYE's products guide, with nine assets each, moved and renamed. Times are
CPU seconds of this process, the best of several rounds, since other processes only add to them. Exits with 1 when the
table is less than 8 times as fast.
"""

from __future__ import annotations

import argparse
import copy
import gc
import json
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import geopandas as gpd  # noqa: E402
import pystac  # noqa: E402

from iceye_geo.stac import to_geodataframe, to_item  # noqa: E402

GOAL = 8.0
SAMPLES = ("task_products.json", "task_products_grd_cog.json")


def records(count: int, *, seed: int = 7) -> list[dict[str, Any]]:
    """Make records that differ as real ones do: id, frame, time, place, angles, product, pass and look side."""
    chance = random.Random(seed)
    paths = (ROOT / "tests" / "data" / name for name in SAMPLES)
    samples = [json.loads(path.read_text())["data"][0] for path in paths]
    made = [_record(copy.deepcopy(samples[i % len(samples)]), i, chance) for i in range(count)]
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


def peer_table(raws: list[dict[str, Any]]) -> object:
    return gpd.GeoDataFrame.from_features([pystac.Item.from_dict(raw) for raw in raws], crs=4326)


def peer_items(raws: list[dict[str, Any]]) -> object:
    return [pystac.Item.from_dict(raw) for raw in raws]


def our_items(raws: list[dict[str, Any]]) -> object:
    return [to_item(raw) for raw in raws]


def timed(work: Callable[[list[dict[str, Any]]], object], raws: list[dict[str, Any]]) -> float:
    """Time one run; what earlier runs left behind is collected first and not held against this one."""
    gc.collect()
    started = time.process_time()
    result = work(raws)
    took = time.process_time() - started
    del result
    return took


def compare(raws: list[dict[str, Any]], rounds: int) -> dict[str, dict[str, float]]:
    """Run all four in turn, ``rounds`` times; returns the best times in seconds."""
    works = {
        "to_geodataframe": to_geodataframe,
        "peer table": peer_table,
        "to_item": our_items,
        "peer items": peer_items,
    }
    times: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work(raws[:100])
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(timed(work, raws))
    best = {name: min(values) for name, values in times.items()}
    return {
        "table": {"ours_s": best["to_geodataframe"], "peer_s": best["peer table"]},
        "items": {"ours_s": best["to_item"], "peer_s": best["peer items"]},
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = compare(records(options.records), options.rounds)
    print(f"{options.records:,} records, best of {options.rounds} rounds in one process\n")
    print(f"{'what':<8}{'iceye_geo':>12}{'pystac':>12}{'ratio':>10}")
    for what, row in found.items():
        row["ratio"] = row["peer_s"] / row["ours_s"]
        print(f"{what:<8}{row['ours_s']:>10.3f} s{row['peer_s']:>10.3f} s{row['ratio']:>9.1f}x")
    if options.json:
        options.json.write_text(json.dumps({"records": options.records, "goal": GOAL, **found}, indent=1))
    return 0 if found["table"]["ratio"] >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
