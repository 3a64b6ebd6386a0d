"""What the tests of the preview share: what was asked of the sandbox, and pictures as arrays."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from iceye_geo.panels.jobs import Ticket
from iceye_geo.panels.preview_control import Picture, PreviewController
from iceye_geo.sandbox import Sandbox

#: Side of the scenes of the sandbox ``big``, pixels: several overviews and many tiles.
WIDE = 3000


def opened(control: PreviewController, item) -> tuple[list[Picture], Picture]:
    seen: list[Picture] = []
    return seen, control.open(item, Ticket(), show=seen.append)


def rgba(picture: Picture) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture.image)))


def ranges(sandbox: Sandbox) -> list:
    return [r for r in sandbox.requests.matching("^/content/") if r.range]


def content_bytes(sandbox: Sandbox) -> int:
    return sum(r.bytes for r in ranges(sandbox))
