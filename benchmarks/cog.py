"""Looks into GRD-COGs over a strict, slow link: ours, its peers and the computed limit, side by side in one run.

In a fresh environment::

    pip install -e . async-tiff obstore rio-tiler
    python benchmarks/cog.py --repeat 5

builds two frames (once, 900 MB in the temporary folder), serves them with 50 ms a request, 100 ms a connection and
100 Mbit/s, runs every reader in a fresh process and prints one table per frame. A chip and a point are read at the same
few places by all readers, which take turns, so that a busy moment of the machine meets all of them; a cell is the mean
over the places of the median of the repeats, or of the quickest (``--of best``) where the machine has other work: that
only ever adds. ``--realtime`` (root) lets the server and the timed part of each reader, not its imports, go ahead of
such work. ``--batch`` measures 64 looks at a time instead.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from readers import BATCH, IMPORTS, LOOK, READERS, SAME_PIXELS, side_of  # noqa: E402

REQUEST_S, CONNECT_S, BYTES_PER_S = 0.050, 0.100, 100e6 / 8
CODECS = {12_000: "DEFLATE"}
# Goals: share of the other's seconds, for a look, a chip and a point.
GOALS = {
    "limit": (1.10, 1.15, 1.10),
    "rasterio, tuned": (0.75, 0.70, 0.65),
    "rio-tiler, tuned": (0.75, None, 0.40),
    "async-tiff + obstore": (None, 0.95, None),
}
TASKS = ("look", "chip", "point")
HOW = {"median": statistics.median, "best": min}


@dataclass(frozen=True)
class Case:
    """One task at one place of one frame."""

    task: str
    pixel: tuple[int, int]
    lonlat: tuple[float, float]


@dataclass(frozen=True)
class Row:
    """What one read cost."""

    requests: float
    megabytes: float
    seconds: float
    memory: float = 0.0
    value: float = 0.0
    error: str = ""


def _memory_mb(field: str) -> float:
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(field)).split()[1]) / 1024


def child(name: str, url: str, task: str, lon: str, lat: str) -> None:
    """One cold read in a process of its own; prints seconds and peak memory above the imports, MB."""
    warnings.simplefilter("ignore")
    exec(IMPORTS.get(name, "import rasterio, rasterio.transform, numpy"))
    before = _memory_mb("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of the imports
    if os.environ.get("BENCH_REALTIME"):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(5))
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


def limit(path: Path, case: Case) -> Row:
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
    frame, side = tiff.levels[0], side_of(case.task)
    if case.task == "look":
        plan = plan_read(tiff, Window(0, 0, frame.height, frame.width), max_size=LOOK)
    else:
        row, col = (p - side // 2 for p in case.pixel)
        plan = plan_read(tiff, Window(row, col, side, side))
    header = min(int(d.offsets[d.offsets > 0].min()) for d in tiff.levels)
    spans = join_spans(plan.spans, gap=0, longest=1 << 40)
    nbytes = header + sum(b - a for a, b in spans)
    return Row(1 + len(spans), nbytes / 1e6, CONNECT_S + 2 * REQUEST_S + nbytes / BYTES_PER_S)


def run(port: int, name: str, index: int, case: Case) -> Row:
    """One cold run."""
    url = f"http://127.0.0.1:{port}/content/{index}?Expires=4102444800&Signature=good&Key-Pair-Id=BENCH"
    _fetch(port, "/_reset")
    command = [sys.executable, str(HERE / "cog.py"), "--child", name, url, case.task, *map(str, case.lonlat)]
    env = os.environ | {"BENCH_PIXEL": "{},{}".format(*case.pixel)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=env)
    if done.returncode:
        raise RuntimeError(done.stderr)
    out = json.loads(done.stdout.splitlines()[-1])
    time.sleep(0.2)
    log = _fetch(port, "/_log")["log"]
    sent = sum(entry["sent"] for entry in log) / 1e6
    return Row(len(log), sent, out["seconds"], out["memory"], out["value"], out["error"])


def _fetch(port: int, path: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def cases(path: Path, side: int, tasks: list[str], places: int) -> Iterator[Case]:
    """Yield the look, then chips and points at places drawn once for all, a tenth away from the border."""
    from iceye_geo.cog import open_cog

    chance = random.Random(side)
    drawn = [(chance.randrange(side // 10, side * 9 // 10), chance.randrange(side // 10, side * 9 // 10))
             for _ in range(places)]  # fmt: skip
    with open_cog(path) as cog:
        for task in tasks:
            for row, col in drawn[: 1 if task == "look" else places]:
                # Not the middle of a pixel, from which two readers might round to different windows.
                yield Case(task, (row, col), cog.geolocation.lonlat(row + 0.25, col + 0.25))


def measure(port: int, index: int, path: Path, side: int, args: argparse.Namespace) -> dict[str, Any]:
    """Return a mean row for each reader and task."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for case in cases(path, side, args.tasks, args.places):
        found["limit", case.task].append(limit(path, case))
        rows: dict[str, list[Row]] = defaultdict(list)
        for _ in range(args.repeat):
            for name in args.readers:
                rows[name].append(run(port, name, index, case))
                if args.log:
                    with args.log.open("a") as file:
                        file.write(json.dumps([side, name, asdict(case), asdict(rows[name][-1])]) + "\n")
        check(case, {name: rows[name][0] for name in rows})
        for name in args.readers:
            found[name, case.task].append(_combine(rows[name], HOW[args.of]))
    return {f"{name}|{task}": _combine(rows, statistics.fmean) for (name, task), rows in found.items()}


def check(case: Case, rows: dict[str, Row]) -> None:
    """Readers that claim the same pixels must have seen the same."""
    if case.task == "look":
        return
    values = {name: rows[name].value for name in SAME_PIXELS if name in rows and not rows[name].error}
    if values and max(values.values()) - min(values.values()) > 1e-6 * max(values.values()):
        raise AssertionError(f"{case}: {values}")


def _combine(rows: list[Row], how: Any) -> Row:
    fields = ("requests", "megabytes", "seconds", "memory")
    return Row(*(how([getattr(r, f) for r in rows]) for f in fields), error=rows[0].error)


def table(found: dict[str, Row], tasks: list[str]) -> list[str]:
    """Lines of one frame's table: requests / MB / seconds (times the limit)."""
    lines = ["| reader | " + " | ".join(tasks) + " |", "|---" * (len(tasks) + 1) + "|"]
    for name in dict.fromkeys(key.partition("|")[0] for key in found):
        cells = [_cell(found[f"{name}|{t}"], found[f"limit|{t}"]) for t in tasks]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def _cell(row: Row, against: Row) -> str:
    if row.error:
        return f"fails after {row.requests:.0f} ({row.error})"
    requests = f"{row.requests:.1f}".removesuffix(".0")
    text = f"{requests} / {row.megabytes:.2f} / {row.seconds:.3f}"
    return text if row is against else f"{text} ({row.seconds / against.seconds:.2f}), +{row.memory:.0f} MB"


def verdict(found: dict[str, Row], tasks: list[str]) -> list[str]:
    """Lines that hold our seconds against the goals."""
    lines = []
    for name, goals in GOALS.items():
        for task, goal in zip(TASKS, goals, strict=True):
            ours, other = found.get(f"iceye_geo|{task}"), found.get(f"{name}|{task}")
            if goal is None or ours is None or other is None or task not in tasks:
                continue
            share, best = ours.seconds / other.seconds, found[f"limit|{task}"].seconds / other.seconds
            told = "met" if share <= goal else "missed"
            lines.append(
                f"{task} / {name}: {share:.3f}, goal {goal:.2f}, {told}; the limit itself {best:.3f}"
            )
    return lines


def batch(port: int, index: int) -> str:
    """How much of the link a batch uses, by the bytes that were sent."""
    row = run(port, "iceye_geo", index, Case("batch", (0, 0), (0.0, 0.0)))
    bound = row.megabytes * 1e6 / BYTES_PER_S
    return (
        f"{BATCH} looks, 8 at a time: {row.requests:.0f} requests, {row.megabytes:.1f} MB, {row.seconds:.2f} s; "
        f"the link alone takes {bound:.2f} s: {bound / row.seconds:.2f} of its bandwidth, +{row.memory:.0f} MB"
    )


def about() -> str:
    """The machine and what was compared."""
    names = ("rasterio", "rio-tiler", "async-tiff", "obstore", "urllib3", "numpy")
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load}"
    return f"{time.strftime('%Y-%m-%d')}, {machine}; {versions}"


def main() -> None:
    """Build, serve, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sides", type=int, nargs="+", default=[12_000, 24_000])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--places", type=int, default=5)
    parser.add_argument("--of", choices=HOW, default="median", help="which of the repeats stands for them")
    parser.add_argument("--readers", nargs="+", default=list(READERS))
    parser.add_argument("--tasks", nargs="+", default=list(TASKS))
    parser.add_argument("--batch", action="store_true", help="64 looks at a time instead of the table")
    parser.add_argument("--realtime", action="store_true", help="go ahead of the machine's other work (root)")
    parser.add_argument("--log", type=Path, help="file that takes a line of JSON for each run")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "iceye-geo-bench")
    args = parser.parse_args()
    from frames import make_frame

    args.folder.mkdir(exist_ok=True)
    frames = [make_frame(args.folder, side=s, codec=CODECS.get(s, "LZW")) for s in args.sides]
    server = subprocess.Popen(
        [sys.executable, str(HERE / "slowserver.py"), *map(str, frames)], stdout=subprocess.PIPE, text=True
    )
    if args.realtime:
        os.environ["BENCH_REALTIME"] = "1"
        os.sched_setscheduler(server.pid, os.SCHED_RR, os.sched_param(5))
    print(about())
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        for index, (side, path) in enumerate(zip(args.sides, frames, strict=True)):
            print(f"\n{side} x {side}, {path.stat().st_size / 1e6:.0f} MB")
            if args.batch:
                print(batch(port, index), flush=True)
                continue
            found = measure(port, index, path, side, args)
            print("\n".join([*table(found, args.tasks), "", *verdict(found, args.tasks)]), flush=True)
    finally:
        server.kill()
        server.wait()
    print(f"\n{about()}")


if __name__ == "__main__":
    if "--child" in sys.argv:
        os.environ.setdefault("GDAL_CACHEMAX", "256")
        child(*sys.argv[sys.argv.index("--child") + 1 :])
    else:
        main()
