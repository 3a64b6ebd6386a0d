"""The archive at 10,000, 100,000 and 1,000,000 frames: sync speed and memory, search against a full scan.

Run ``python benchmarks/archive.py [--frames 1000000] [--folder DIR] [--json FILE]``. Each size is synced in a process
of its own, so that memory is that of the sync alone; the scan and the searches run side by side in one process.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from iceye_geo.archive.manifest import Scope  # noqa: E402
from iceye_geo.archive.sources import bounds_of, months_between  # noqa: E402

MONTHS = months_between("2018-07", "2026-10")
#: Searches: places that radar is asked for, a quarter each, as an analyst does.
PLACES = (
    (24.9, 60.1),
    (4.0, 51.9),
    (103.8, 1.3),
    (-77.1, -12.0),
    (31.0, 31.4),
    (139.8, 35.6),
    (-0.5, 5.6),
    (55.0, 25.0),
)
_CORNERS = ("top_left", "top_right", "bottom_right", "bottom_left")
GOAL_SHARE, GOAL_MB = 1 / 20, 300.0


class Invented:
    """A catalog of any size that makes its records when they are read: most near the coasts of forty cities."""

    attribution = ""

    def __init__(self, frames: int) -> None:
        self.per_month = frames // len(MONTHS)
        rng = random.Random(1)
        self.cities = [*PLACES, *((rng.uniform(-170, 170), rng.uniform(-60, 70)) for _ in range(32))]

    def scopes(self, collections: Sequence[str] | None, contract_id: str | None) -> list[Scope]:  # noqa: ARG002
        return [Scope("public")]

    def months(self, scope: Scope) -> list[str]:  # noqa: ARG002
        return MONTHS

    def records(self, scope: Scope, month: str) -> Iterator[dict[str, Any]]:  # noqa: ARG002
        rng = random.Random(month)
        start, end = bounds_of(month)
        seconds = (end - start).total_seconds()
        for number in range(self.per_month):
            yield self._record(rng, f"{month}-{number}", start + timedelta(seconds=rng.uniform(0, seconds)))

    def _record(self, rng: random.Random, name: str, start: Any) -> dict[str, Any]:
        if rng.random() < 0.7:
            lon, lat = rng.choice(self.cities)
            lon, lat = lon + rng.gauss(0, 2), max(-85.0, min(85.0, lat + rng.gauss(0, 1.5)))
        else:
            lon, lat = rng.uniform(-179, 179), math.degrees(math.asin(rng.uniform(-0.99, 0.99)))
        x, y = 0.2 / math.cos(math.radians(lat)), 0.2
        corners = ((-x, -y), (x, -y * 0.8), (x * 0.9, y), (-x * 0.9, y * 0.8), (-x, -y))
        ring = [[round((lon + a + 180) % 360 - 180, 6), round(lat + b, 6)] for a, b in corners]
        incidence = rng.uniform(15, 40)
        mode, code = rng.choice((("stripmap", "SM"), ("spotlight", "SLH"), ("scan", "SC")))
        return {
            "id": f"{rng.getrandbits(128):032x}", "type": "Feature", "stac_version": "1.0.0-beta.1",
            "collection": "public",
            "geometry": {"type": "Polygon", "coordinates": [ring]},
            "bbox": [lon - x, lat - y, lon + x, lat + y],
            "properties": {
                "frame_id": f"{name}_1", "created": _text(start + timedelta(hours=2)),
                "updated": _text(start + timedelta(hours=3)), "start_datetime": _text(start),
                "end_datetime": _text(start + timedelta(seconds=10)), "sar:instrument_mode": mode,
                "sar:frequency_band": "X", "sar:polarizations": ["VV"],
                "sar:product_type": rng.choice(("GRD", "GRD-COG", "SLC")), "sar:looks_range": 1,
                "sar:looks_azimuth": 4,
                "sar:observation_direction": rng.choice(("left", "right")),
                "sat:orbit_state": rng.choice(("ascending", "descending")), "iceye:acquisition_mode": mode,
                "iceye:processing_mode": code, "iceye:data_orientation": "native",
                "iceye:incidence_near": incidence - 1,
                "iceye:incidence_center": incidence, "iceye:incidence_far": incidence + 1,
                "iceye:satellite_look_angle": incidence * 0.9, "iceye:chirp_bandwidth": 116_000_000,
                "iceye:azimuth_resolution": 3, "iceye:range_resolution_near": 2.5, "iceye:range_resolution_center": 2.4,
                "iceye:range_resolution_far": 2.3,
            },
            "assets": {
                "thumbnail-png": {
                    "href": f"https://host/{rng.getrandbits(128):032x}?Signature=x", "title": "Thumbnail png file",
                    "type": "image/png", "roles": ["thumbnail"],
                    "coordinates": dict(zip(_CORNERS, ring, strict=False)),
                }
            },
        }  # fmt: skip


def _text(moment: Any) -> str:
    return str(moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))


def sync_here(frames: int, folder: Path) -> dict[str, float]:
    """Sync in this process; returns seconds and the memory above what imports take, in MB."""
    import iceye_geo.stac.frame
    from iceye_geo.archive import Archive

    assert iceye_geo.stac.frame.to_geodataframe([]) is not None
    Archive.sync(Invented(0), folder / "warm", progress=False, months=("2018-07", "2018-07"))
    before = _status("VmRSS")
    first = Archive.sync(Invented(frames), folder / "archive", progress=False)
    peak = _status("VmHWM")
    again = Archive.sync(Invented(frames), folder / "archive", progress=False)
    return {
        "items": first.new, "sync_s": first.seconds, "resync_s": again.seconds,
        "memory_mb": peak - before, "memory_again_mb": _status("VmHWM") - before,
    }  # fmt: skip


def _status(name: str) -> float:
    text = Path("/proc/self/status").read_text()
    return next(float(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith(name))


def measure_searches(folder: Path) -> dict[str, Any]:
    """Compare searches of the archive with a full scan by geopandas, over the same places and quarters."""
    from iceye_geo.archive import Archive

    archive = Archive(folder / "archive")
    _scan(archive.files()[:1])
    scan_s, expected = min(
        (_timed(lambda: _scan(archive.files())) for _ in range(2)), key=lambda pair: pair[0]
    )
    times, counts = [], []
    for (lon, lat), year in zip(PLACES, (2019, 2020, 2021, 2022, 2023, 2024, 2025, 2026), strict=True):
        box, span = (lon - 1, lat - 1, lon + 1, lat + 1), f"{year}-04/{year}-06"
        # A new object each time: the manifest is parsed again, as a new process would.
        seconds, found = _timed(
            lambda b=box, s=span: list(Archive(archive.path).search(bbox=b, datetime=s).records())
        )
        assert sorted(r["id"] for r in found) == _answers(expected, box, span)
        times.append(seconds)
        counts.append(len(found))
    median = statistics.median(times)
    return {
        "scan_s": scan_s, "first_search_s": times[0], "search_s": median, "share": median / scan_s,
        "found": sum(counts),
        "disk_mb": sum(p.stat().st_size for p in archive.files()) / 1e6,
    }  # fmt: skip


def _scan(files: Sequence[Path]) -> Any:
    """Read the leanest table that can answer: four columns of every file."""
    import geopandas as gpd
    import pandas as pd

    columns = ["id", "geometry", "start_datetime", "end_datetime"]
    return pd.concat([gpd.read_parquet(path, columns=columns) for path in files], ignore_index=True)


def _answers(frame: Any, box: tuple[float, float, float, float], span: str) -> list[str]:
    import pandas as pd
    from shapely.geometry import box as make_box

    first, last = span.split("/")
    start, end = bounds_of(first)[0], bounds_of(last)[1] - timedelta(microseconds=1)
    inside = frame[
        (frame["start_datetime"] <= pd.Timestamp(end)) & (frame["end_datetime"] >= pd.Timestamp(start))
    ]
    return sorted(inside[inside.intersects(make_box(*box))]["id"])


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def run(sizes: Sequence[int], folder: Path, *, quiet: bool = False) -> list[dict[str, Any]]:
    """Measure all sizes; each sync and each set of searches in a process of its own."""
    rows = []
    for frames in sizes:
        place = folder / str(frames)
        row: dict[str, Any] = {"frames": frames}
        for job in ("sync", "search"):
            command = [
                sys.executable,
                __file__,
                "--job",
                job,
                "--frames",
                str(frames),
                "--folder",
                str(place),
            ]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            row |= json.loads(done.stdout.splitlines()[-1])
        rows.append(row)
        if not quiet:
            print(_line(row), flush=True)
    return rows


def _line(row: dict[str, Any]) -> str:
    return (
        f"| {row['frames']:,} | {row['sync_s']:.0f} s | {row['resync_s']:.0f} s | {row['memory_mb']:.0f} MB | "
        f"{row['disk_mb']:.0f} MB | {row['search_s'] * 1000:.0f} ms | {row['scan_s'] * 1000:.0f} ms | "
        f"1/{1 / row['share']:.0f} |"
    )


def verdict(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Say which goals are missed."""
    largest, smallest = rows[-1], rows[0]
    growth = largest["search_s"] / smallest["search_s"]
    missed = []
    if largest["share"] > GOAL_SHARE:
        missed.append(f"search takes {largest['share']:.3f} of a scan, the goal is {GOAL_SHARE}")
    if largest["memory_mb"] > GOAL_MB:
        missed.append(f"sync takes {largest['memory_mb']:.0f} MB, the goal is {GOAL_MB:.0f}")
    if len(rows) > 1 and growth > 0.5 * largest["frames"] / smallest["frames"]:
        missed.append(
            f"search grows {growth:.1f} times, the archive {largest['frames'] / smallest['frames']:.0f}"
        )
    return missed


def main() -> int:
    """Run all sizes up to the one asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--job", choices=("sync", "search"))
    given = parser.parse_args()
    if given.job:
        print(
            json.dumps(
                sync_here(given.frames, given.folder)
                if given.job == "sync"
                else measure_searches(given.folder)
            )
        )
        return 0
    sizes = [size for size in (10_000, 100_000) if size < given.frames] + [given.frames]
    print("| frames | first sync | sync again | memory | disk | search | full scan | share |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        rows = run(sizes, given.folder or Path(temporary))
    missed = verdict(rows)
    print("\n".join(missed) or "All goals are met.")
    if given.json:
        given.json.write_text(json.dumps({"rows": rows, "missed": missed}, indent=1) + "\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
