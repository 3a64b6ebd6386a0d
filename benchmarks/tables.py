"""Tables, files and archives against what others take for the same, all goals in one run.

Run ``python benchmarks/tables.py [--records 100000] [--frames 1000000] [--rounds 3] [--json FILE]``; it prints the
table of docs/how-to/archive.md and exits with 1 when a goal is missed. Both sides of a ratio run in turn in one
process, on the same records: the two of ICEYE's products guide, with nine assets each, moved and renamed. Times are
CPU seconds of this process, the best of several rounds, since other processes only add to them. ``--frames 0`` leaves
the archive out.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
for folder in (ROOT, ROOT / "benchmarks"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import archive  # noqa: E402
import peers  # noqa: E402

from iceye_geo.stac import to_geodataframe, to_geoparquet, to_item  # noqa: E402
from iceye_geo.stac.export import item_dict  # noqa: E402
from iceye_geo.stac.normalise import normalise  # noqa: E402

LIBRARIES = ("pystac", "geopandas", "shapely", "pandas", "pyarrow", "stac-geoparquet")
#: Files and Items are measured on fewer records than tables: their cost for each does not depend on how many.
FEWER = 5


class Result(NamedTuple):
    """One goal: what was compared, what came out, the limit, and whether it is kept."""

    what: str
    ours: str
    other: str
    ratio: str
    goal: str
    met: bool


def best_times(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Run all in turn, ``rounds`` times; returns the best CPU time of each in seconds."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            gc.collect()
            started = time.process_time()
            result = work()
            times[name].append(time.process_time() - started)
            del result
    return {name: min(found) for name, found in times.items()}


def tables(raws: peers.Raws, rounds: int) -> Iterator[Result]:
    """Compare ``to_geodataframe``."""
    to_geodataframe(raws[:100]), peers.hand_written(raws[:100]), peers.pystac_table(raws[:100])
    took = best_times(
        {
            "ours": lambda: to_geodataframe(raws),
            "hand": lambda: peers.hand_written(raws),
            "pystac": lambda: peers.pystac_table(raws),
        },
        rounds,
    )
    what = f"`to_geodataframe`, {len(raws):,} records"
    faster, share = took["pystac"] / took["ours"], took["ours"] / took["hand"]
    ours = f"{took['ours']:.2f} s"
    yield Result(
        f"{what}, pystac + `from_features`",
        ours,
        f"{took['pystac']:.2f} s",
        f"{faster:.1f} times as fast",
        "12 times",
        faster >= 12,
    )
    yield Result(
        f"{what}, hand-written shapely + pandas",
        ours,
        f"{took['hand']:.2f} s",
        f"{share:.2f} of its time",
        "at most 2",
        share <= 2,
    )


def items(raws: peers.Raws, rounds: int) -> Iterator[Result]:
    """Compare ``to_item``."""
    took = best_times(
        {"ours": lambda: [to_item(raw) for raw in raws], "pystac": lambda: peers.pystac_items(raws)}, rounds
    )
    share = took["ours"] / took["pystac"]
    yield Result(
        f"`to_item`, {len(raws):,} records, `pystac.Item.from_dict`",
        f"{took['ours']:.2f} s",
        f"{took['pystac']:.2f} s",
        f"{share:.2f} of its time",
        "at most 1.3",
        share <= 1.3,
    )


def files(raws: peers.Raws, rounds: int) -> Iterator[Result]:
    """Compare ``to_geoparquet`` with stac-geoparquet, which needs valid Items: made by us, or made before."""
    valid = [item_dict(raw) for raw in raws]
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "items.parquet"
        took = best_times(
            {
                "raw": lambda: to_geoparquet(raws, path),
                "raw theirs": lambda: peers.stac_geoparquet_file([normalise(raw) for raw in raws], path),
                "valid": lambda: to_geoparquet(valid, path),
                "valid theirs": lambda: peers.stac_geoparquet_file(valid, path),
            },
            rounds,
        )
    for name, what in (("raw", "raw records, normalising counted"), ("valid", "valid Items")):
        ours, theirs = took[name], took[f"{name} theirs"]
        yield Result(
            f"`to_geoparquet`, {len(raws):,} {what}, stac-geoparquet",
            f"{ours:.2f} s",
            f"{theirs:.2f} s",
            f"{ours / theirs:.2f} of its time",
            "at most 1",
            ours <= theirs,
        )


def archives(frames: int, folder: Path) -> Iterator[Result]:
    """Compare searches of an archive with a full scan, and with those of a small archive."""
    small, large = archive.run(sorted({min(10_000, frames // 10), frames}), folder, quiet=True)
    growth, factor = large["search_s"] / small["search_s"], large["frames"] / small["frames"]
    what, took = f"archive of {frames:,} frames", f"{large['search_s'] * 1000:.0f} ms"
    yield Result(
        f"search of an {what}, full scan by geopandas",
        took,
        f"{large['scan_s'] * 1000:.0f} ms",
        f"1/{1 / large['share']:.0f} of its time",
        "under 1/20",
        large["share"] < archive.GOAL_SHARE,
    )
    yield Result(
        f"the same, archive of {small['frames']:,}",
        took,
        f"{small['search_s'] * 1000:.0f} ms",
        f"{growth:.1f} times the time",
        f"under {factor:.0f} times",
        growth < factor,
    )
    yield Result(
        f"memory of the first sync of an {what}",
        f"{large['memory_mb']:.0f} MB",
        "",
        "",
        f"under {archive.GOAL_MB:.0f} MB",
        large["memory_mb"] < archive.GOAL_MB,
    )


def machine() -> str:
    """Name versions, processor and how busy the machine was."""
    found = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    load = os.getloadavg()[0]
    return f"Python {platform.python_version()}, {found}; {os.cpu_count()} cores {platform.machine()}, load {load:.1f}"


def line(result: Result) -> str:
    """Write one row of the table."""
    return f"| {' | '.join(result[:-1])} | {'yes' if result.met else '**no**'} |"


def main() -> int:
    """Measure all goals and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print(
        f"{machine()}\n\n| against | ours | theirs | ratio | goal | met |\n|---|---|---|---|---|---|",
        flush=True,
    )
    results: list[Result] = []

    def tell(found: Iterator[Result]) -> None:
        for result in found:
            results.append(result)
            print(line(result), flush=True)

    raws = peers.records(options.records)
    tell(tables(raws, options.rounds))
    some = raws[: max(1, options.records // FEWER)]
    del raws
    tell(items(some, options.rounds))
    tell(files(some, options.rounds))
    if options.frames:
        with tempfile.TemporaryDirectory() as temporary:
            tell(archives(options.frames, Path(temporary)))
    if options.json:
        kept: dict[str, Any] = {"machine": machine(), "results": [result._asdict() for result in results]}
        options.json.write_text(json.dumps(kept, indent=1) + "\n")
    return 0 if all(result.met for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
