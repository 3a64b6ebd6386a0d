"""The whole journey on the sandbox, in plain words and with timings: what a newcomer runs first."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from iceye_geo._version import __version__
from iceye_geo.cli.tables import frames_table

if TYPE_CHECKING:
    from iceye_geo.client import Client
    from iceye_geo.cog import Cog
    from iceye_geo.services.search import ItemSearch

# The seas from the Bay of Biscay to the Gulf of Finland: enough coast for a map worth looking at.
AREA = (-12.0, 34.0, 32.0, 66.0)
SHOWN_ROWS = 8
# Titles, figures and words stand in columns; with all three a line keeps within the 80 of a plain terminal.
TITLE_WIDTH = 26


class Journal:
    """Says each step in a sentence, times it and keeps the figures for ``report.json``."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.steps: list[dict[str, Any]] = []
        self.began = time.perf_counter()

    @contextmanager
    def step(self, title: str) -> Iterator[dict[str, Any]]:
        """Time one step; what is put under ``said`` is printed when it has happened."""
        entry: dict[str, Any] = {"step": title, "said": ""}
        start = time.perf_counter()
        with self.console.status(f"{title} ..."):
            yield entry
        entry["seconds"] = round(time.perf_counter() - start, 2)
        self.steps.append(entry)
        took = f"{entry['seconds']:4.1f} s"
        self.console.print(
            f"[bold green]✓[/] [bold]{title:<{TITLE_WIDTH}}[/] [dim]{took}[/]  {entry['said']}"
        )

    @property
    def seconds(self) -> float:
        """Seconds since the demo began."""
        return round(time.perf_counter() - self.began, 2)


def run_demo(out: Path, *, scene_size: int, console: Console) -> dict[str, Any]:
    """Run the journey, write its six files into ``out`` and return the report.

    Args:
        out: folder, made if missing; files of an earlier run are replaced.
        scene_size: longer side of the sandbox's scenes, pixels.
        console: where the words go.

    Raises:
        IceyeGeoError: a step did not happen; the files made before it stay.
    """
    from iceye_geo.client import Client

    out.mkdir(parents=True, exist_ok=True)
    journal = Journal(console)
    console.print("Find a scene, see it on a map, look into it. Nothing leaves this machine.\n")
    with journal.step("Start the sandbox") as said:
        client = Client.sandbox(scene_size=scene_size)
        contracts = client.company.contracts()
        said["said"] = f"{len(contracts)} contracts, no credentials needed"
    with client:
        search = _search(client, journal, out)
        look = _look(client, journal, out)
    report = {
        "iceye_geo": __version__,
        "seconds": journal.seconds,
        "found": len(search.to_geodataframe()),
        "steps": journal.steps,
        "look": look,
        "files": sorted(p.name for p in out.iterdir()),
    }
    (out / "report.json").write_text(json.dumps(report, indent=2))
    _farewell(console, out, journal.seconds)
    return report


def _search(client: Client, journal: Journal, out: Path) -> ItemSearch:
    from iceye_geo.stac import write_geojson, write_item_collection

    with journal.step("Search the catalog") as said:
        search = client.catalog.search(
            bbox=AREA, datetime="2025-01-01/..", sortby="-start_datetime", max_items=300
        )
        items = list(search.items())
        said["said"] = f"{len(items)} items, Atlantic to Baltic"
    with journal.step("Turn them into a table") as said:
        gdf = search.to_geodataframe()
        said["said"] = f"{len(gdf)} rows, {len(gdf.columns)} typed columns, {gdf.crs}"
    journal.console.print("", frames_table(gdf, rows=SHOWN_ROWS), "", sep="\n")
    with journal.step("Save items and footprints") as said:
        write_item_collection(items, out / "items.json")
        write_geojson(items, out / "footprints.geojson")
        said["said"] = "STAC 1.1.0 and GeoJSON, no signed links"
    with journal.step("Draw the map") as said:
        search.to_map().save(str(out / "map.html"))
        said["said"] = "footprints and thumbnails, needs no network"
    return search


def _look(client: Client, journal: Journal, out: Path) -> dict[str, Any]:
    with journal.step("Find an owned scene") as said:
        owned = client.catalog.search(
            collections=["private"],
            query={"sar:product_type": {"eq": "GRD-COG"}, "iceye:processing_mode": {"eq": "SLED"}},
        )  # fmt: skip
        item = next(iter(owned.items()))
        said["said"] = (
            f"frame {item.properties['iceye:frame_id']}, {item.properties['iceye:processing_mode']}"
        )
    with client.open_cog(item) as cog:
        with journal.step("Look through a signed link") as said:
            preview = cog.preview(max_size=1024)
            preview.to_png(out / "preview.png")
            said["said"] = f"{preview.shape[1]} x {preview.shape[0]} px, {_traffic(cog)}"
        with journal.step("Cut out full resolution") as said:
            chip = cog.chip(cog.center, size=768)
            chip.to_png(out / "chip.png")
            said["said"] = f"{chip.shape[1]} x {chip.shape[0]} px, {_traffic(cog)}"
        info = cog.info()
        return {
            "item": item.id, "mode": info.mode, "width": info.width, "height": info.height,
            "file_bytes": info.size_bytes, "read_bytes": cog.transfer.bytes, "requests": cog.transfer.requests,
        }  # fmt: skip


def _traffic(cog: Cog) -> str:
    transfer, size = cog.transfer, cog.info().size_bytes
    return f"{transfer.requests} requests, {transfer.bytes / size:.0%} of {size / 1e6:.0f} MB"


def _farewell(console: Console, out: Path, seconds: float) -> None:
    console.print(f"\nDone in {seconds:.0f} s. All of it is in [bold]{out}[/]:", soft_wrap=True)
    for name, what in {
        "map.html": "open it in a browser",
        "preview.png": "as the radar sees it: range down, azimuth across",
        "chip.png": "the centre at full resolution",
        "items.json": "a STAC ItemCollection for pystac, QGIS and the like",
        "footprints.geojson": "the table with its geometry",
        "report.json": "timings and bytes",
    }.items():
        console.print(f"  {name:<20} {what}")
    console.print(
        "\nNext: [bold]iceye-geo --help[/] lists the commands"
        "\n      [bold]iceye-geo sandbox[/] runs the platform until Ctrl-C"
        "\n      in Python: [bold]from iceye_geo import Client; client = Client.sandbox()[/]"
    )
