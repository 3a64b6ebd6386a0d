"""Make the pictures of the documentation: ``python docs/make_images.py`` writes docs/images/*.jpg, on the sandbox.

``python docs/make_images.py FOLDER`` takes those of the panels from the screenshots that the browser tests left there
(``ICEYE_TEST_ARTIFACTS=FOLDER pytest -m browser``).
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
from PIL import Image
from playwright.sync_api import sync_playwright

from iceye_geo import Client
from iceye_geo.cog import change_picture, stack

FOLDER = Path(__file__).parent / "images"
CHROMIUM = "/usr/bin/chromium"
QUAYS = (24.968, 60.159)
#: Picture of the documentation: screenshot of the browser tests.
PANELS = {
    "search-panel.png": "journey-card-lab.png",
    "tasking-panel.png": "tasking-light-1400.png",
    "workbench.png": "workbench-dark-1400-follow.png",
}


def main() -> None:
    """Write a change picture, a chip as an analyst sees it, and a look on the map."""
    with Client.sandbox(scene_size=3072) as client:
        spot_fine = {"sar:product_type": {"eq": "GRD-COG"}, "iceye:processing_mode": {"eq": "SLF"}}
        items = list(client.catalog.search(collections=["private"], query=spot_fine).items())
        series = stack(items, QUAYS, size_m=2400, max_size=760, client=client)
        save(change_picture(series).to_png(), "change.jpg")
        with client.open_cog(items[0]) as cog:
            chip = cog.chip(QUAYS, size_m=900)
            fig, ax = plt.subplots(figsize=(8, 7), layout="constrained")
            chip.plot(ax)
            buffer = io.BytesIO()
            fig.savefig(buffer, dpi=110)
            save(buffer.getvalue(), "chip.jpg")
            save(photograph(cog.to_map()), "map.jpg")


def take_over(shots: Path) -> None:
    """Write the panels' pictures in 255 colours, which keeps letters sharp and files small."""
    for name, shot in PANELS.items():
        with Image.open(shots / shot) as picture:
            few = picture.convert("RGB").quantize(
                255, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
            )
            few.save(FOLDER / name, optimize=True)


def photograph(page: object) -> bytes:
    """Return a PNG of a folium map as Chromium shows it."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "map.html"
        page.save(str(file))  # type: ignore[attr-defined]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": 720, "height": 450}, device_scale_factor=1.5)
        view.goto(file.as_uri())
        view.wait_for_selector("img.leaflet-image-layer")
        view.wait_for_timeout(500)
        picture = view.screenshot()
        browser.close()
    return picture


def save(png: bytes, name: str) -> None:
    """Write a PNG as a JPEG that a page loads quickly."""
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").save(FOLDER / name, quality=72, optimize=True)


if __name__ == "__main__":
    take_over(Path(sys.argv[1])) if sys.argv[1:] else main()
