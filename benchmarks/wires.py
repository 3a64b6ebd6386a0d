"""Wires under the range reader, side by side: the reader is ours each time, what carries its requests is not.

In a fresh environment::

    pip install -e . 'httpx[http2]' hypercorn obstore
    python benchmarks/wires.py --repeat 5

reads a look, chips and points of the 12,000 pixel frame of ``cog.py``, cold and in a process of their own, from
``farhost.py``: 50 ms a round trip, two of them for a new connection with TLS, 100 Mbit/s in all. Wires take turns; a
cell is the mean over the places of the median of the repeats. obstore speaks HTTP/1.1 unless it is told otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Event
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from cog import CODECS, TASKS, Case, cases, limit  # noqa: E402
from readers import LOOK, side_of  # noqa: E402

from iceye_geo.cog.opening import Recipe  # noqa: E402
from iceye_geo.cog.ref import AssetRef, Link  # noqa: E402
from iceye_geo.cog.wire import Answer, NoAnswer, PooledWire, Wire, WireError  # noqa: E402

SIDE = 12_000


@dataclass
class Streamed:
    """An answer whose body is an iterator of parts, whichever library it is from."""

    status: int
    headers: dict[str, str]
    body: Iterator[bytes]
    done: Callable[[], None] = lambda: None
    fault: str = field(default="", init=False)

    def parts(self, want: int) -> Iterator[bytes]:
        """Yield the body as it arrives."""
        try:
            for part in self.body:
                want -= len(part)
                yield part
        except Exception as err:
            raise WireError(type(err).__name__) from err
        if want > 0:
            raise WireError("the body ended early")

    def excerpt(self) -> bytes:
        """Return b""."""
        return b""

    def close(self) -> None:
        """Let go of the connection."""
        self.done()


class Unwarmed:
    """Wires that cannot set connections aside before there is something to ask."""

    def warm(self, url: str, count: int, *, until: Event) -> Sequence[Callable[[], None]]:  # noqa: ARG002
        """Do nothing."""
        return []


class HttpxWire(Unwarmed):
    """httpx, over HTTP/1.1 or HTTP/2."""

    def __init__(self, cert: str, *, http2: bool) -> None:
        import httpx

        self.client = httpx.Client(http2=http2, verify=ssl.create_default_context(cafile=cert), timeout=15)
        self.expected = "HTTP/2" if http2 else "HTTP/1.1"

    def get(self, url: str, start: int, stop: int, *, unless_changed: str = "") -> Answer:  # noqa: ARG002
        """Ask for a range."""
        headers = {"Range": f"bytes={start}-{stop - 1}", "Accept-Encoding": "identity"}
        response = self.client.send(self.client.build_request("GET", url, headers=headers), stream=True)
        assert response.http_version == self.expected, response.http_version
        return Streamed(response.status_code, dict(response.headers), response.iter_raw(), response.close)


class ObstoreWire(Unwarmed):
    """obstore's HTTP store, as async-tiff uses it."""

    def __init__(self, cert: str, *, http2: bool) -> None:  # noqa: ARG002 - it knows no authority of one's own
        self.options: Any = {"allow_invalid_certificates": True, "http1_only": not http2}
        self.stores: dict[str, Any] = {}

    def get(self, url: str, start: int, stop: int, *, unless_changed: str = "") -> Answer:  # noqa: ARG002
        """Ask for a range."""
        import obstore
        from obstore.store import HTTPStore

        store = self.stores.get(url)
        if store is None:
            store = self.stores[url] = HTTPStore.from_url(url, client_options=self.options)
        try:
            found = obstore.get(store, "", options={"range": (start, stop)})
        except Exception as err:  # noqa: BLE001 - a wire never raises
            return NoAnswer(type(err).__name__)
        first, last = found.range
        told = {
            "content-range": f"bytes {first}-{last - 1}/{found.meta['size']}",
            "etag": found.meta["e_tag"] or "",
        }
        return Streamed(206, told, map(bytes, found.stream(min_chunk_size=64 * 1024)))


def pooled(cert: str) -> Wire:
    """Return ours."""
    os.environ["REQUESTS_CA_BUNDLE"] = cert
    return PooledWire()


WIRES: dict[str, Callable[[str], Wire]] = {
    "urllib3's pool, warmed (ours)": pooled,
    "httpx, HTTP/1.1": lambda cert: HttpxWire(cert, http2=False),
    "httpx, HTTP/2": lambda cert: HttpxWire(cert, http2=True),
    "obstore, HTTP/1.1": lambda cert: ObstoreWire(cert, http2=False),
    "obstore, HTTP/2": lambda cert: ObstoreWire(cert, http2=True),
}
IMPORTS = {"httpx": "import httpx, httpcore, h2.connection", "obstore": "import obstore.store"}


def child(name: str, url: str, cert: str, task: str, lon: str, lat: str) -> None:
    """One cold read in a process of its own; prints what it cost."""
    import rasterio.control
    import rasterio.transform  # noqa: F401

    exec(IMPORTS.get(name.partition(",")[0], ""))
    if os.environ.get("BENCH_REALTIME"):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(5))
    began = time.perf_counter()
    recipe = Recipe(AssetRef("", "", location="frame"), link=Link.of(url), wire=WIRES[name](cert))
    with recipe.open() as image:
        look = image.preview(LOOK) if task == "look" else image.chip((float(lon), float(lat)), side_of(task))
        seconds = time.perf_counter() - began
        cost = {"requests": image.transfer.requests, "mb": image.transfer.bytes / 1e6}
    print(json.dumps({**cost, "seconds": seconds, "sum": float(look.array.sum())}), flush=True)
    os._exit(0)  # some libraries' threads would hold the process


def run(name: str, case: Case, port: int, cert: Path) -> dict[str, float]:
    """Run one cold read."""
    url = f"https://127.0.0.1:{port}/frame?Expires=4102444800&Signature=good&Key-Pair-Id=BENCH"
    command = [sys.executable, str(HERE / "wires.py"), "--child", name, url, str(cert), case.task]
    done = subprocess.run(
        [*command, *map(str, case.lonlat)], capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode or not done.stdout:
        raise SystemExit(f"{name}, {case.task}: {done.stderr}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    time.sleep(0.1)
    return found


def measure(
    path: Path, port: int, cert: Path, args: argparse.Namespace
) -> dict[tuple[str, str], list[dict[str, float]]]:
    """Return for each wire and task a dict of medians per place; all must have read the same pixels."""
    found: dict[tuple[str, str], list[dict[str, float]]] = defaultdict(list)
    for case in cases(path, SIDE, list(TASKS), args.places):
        row = limit(path, case)
        found["limit", case.task].append(
            {"requests": row.requests, "mb": row.megabytes, "seconds": row.seconds}
        )
        runs = [{name: run(name, case, port, cert) for name in args.wires} for _ in range(args.repeat)]
        assert len({got["sum"] for one in runs for got in one.values()}) == 1, runs
        for name in args.wires:
            costs = [one[name] for one in runs]
            found[name, case.task].append({k: statistics.median(c[k] for c in costs) for k in costs[0]})
    return found


def table(found: dict[tuple[str, str], list[dict[str, float]]]) -> Iterator[str]:
    """Yield the lines of a table: requests / MB / seconds (times the limit)."""
    yield "| wire | " + " | ".join(TASKS) + " |"
    yield "|---" * (len(TASKS) + 1) + "|"
    mean = {key: {k: statistics.fmean(r[k] for r in rows) for k in rows[0]} for key, rows in found.items()}
    for name in dict.fromkeys(name for name, _ in found):
        cells = []
        for task in TASKS:
            cost = mean[name, task]
            share = "" if name == "limit" else f" ({cost['seconds'] / mean['limit', task]['seconds']:.2f})"
            cells.append(
                f"{cost['requests']:.1f} / {cost['mb']:.2f} / {cost['seconds']:.3f}{share}".replace(
                    ".0 /", " /"
                )
            )
        yield f"| {name} | " + " | ".join(cells) + " |"


def about() -> str:
    """Return the day, the machine's load and what was compared."""
    names = ("urllib3", "httpx", "h2", "obstore", "hypercorn")
    try:
        versions = ", ".join(f"{name} {version(name)}" for name in names)
    except PackageNotFoundError as err:
        raise SystemExit(f"{err.name} is missing: pip install 'httpx[http2]' hypercorn obstore") from None
    return f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {versions}"


def main() -> None:
    """Build, serve, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--places", type=int, default=3)
    parser.add_argument("--wires", nargs="+", default=list(WIRES), choices=WIRES, metavar="WIRE")
    parser.add_argument("--realtime", action="store_true", help="go ahead of the machine's other work (root)")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "iceye-geo-bench")
    args = parser.parse_args()
    from frames import make_frame

    args.folder.mkdir(exist_ok=True)
    path = make_frame(args.folder, side=SIDE, codec=CODECS[SIDE])
    print(about(), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(HERE / "farhost.py"), str(path), folder]
        if args.realtime:
            os.environ["BENCH_REALTIME"] = "1"
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as host:
            try:
                assert host.stdout is not None
                found = measure(path, int(host.stdout.readline()), Path(folder) / "cert.pem", args)
                print("\n".join(table(found)), flush=True)
            finally:
                host.terminate()
    print(about())


if __name__ == "__main__":
    if "--child" in sys.argv:
        child(*sys.argv[sys.argv.index("--child") + 1 :])
    else:
        main()
