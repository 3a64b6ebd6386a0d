"""The product types as files: which bands, which values, how large. Draws nothing itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from iceye_geo.sandbox.imagery.ending import DRAWINGS
from iceye_geo.sandbox.imagery.geotiff import Piece, write_cog
from iceye_geo.sandbox.imagery.ground import Float32
from iceye_geo.sandbox.imagery.pictures import QUICKLOOK_PX, stretched
from iceye_geo.sandbox.imagery.radar import speckle
from iceye_geo.sandbox.imagery.scene import amplitudes, clutter, digital_numbers, looks
from iceye_geo.sandbox.imagery.spec import SceneSpec
from iceye_geo.sandbox.imagery.tags import file_tags

#: Side of the blocks that large scenes are drawn in: about 1 GB of working memory each.
_BLOCK = 2048
#: Colour composites, videos and complex scenes are kept small: they are examples of their format.
_COLOUR_PX, _VIDEO_PX, _COMPLEX_PX = 1024, 512, 1024
_VIDEO_FRAMES = 25


def pieces(spec: SceneSpec) -> Iterator[Piece]:
    """Draw a GRD block by block."""
    for row in range(0, spec.geometry.height, _BLOCK):
        for col in range(0, spec.geometry.width, _BLOCK):
            DRAWINGS.check()
            rows, cols = min(_BLOCK, spec.geometry.height - row), min(_BLOCK, spec.geometry.width - col)
            yield row, col, digital_numbers(spec, row=row, col=col, rows=rows, cols=cols)[None]


def write_product(target: Path, spec: SceneSpec) -> None:
    """Write the product named by ``spec.kind``.

    Raises:
        ValueError: for a product type that is not made here.
    """
    kind = spec.kind.removesuffix("-COG")
    if kind == "GRD":
        write_cog(
            target, pieces(spec), geometry=spec.geometry, dtype=spec.dtype, count=1, tags=file_tags(spec)
        )
    elif kind == "SLC":
        _write_complex(target, spec.resized(_COMPLEX_PX))
    elif kind in ("QLK", "CSI", "VID"):
        _write_bytes(target, spec, kind)
    else:
        raise ValueError(f"kind: {spec.kind!r} is not a product of the sandbox's imagery")


def _write_bytes(target: Path, spec: SceneSpec, kind: str) -> None:
    """Write an 8-bit product: a quicklook, a colour composite of three sub-apertures, or a video's frames."""
    count, size = {"QLK": (1, QUICKLOOK_PX), "CSI": (3, _COLOUR_PX), "VID": (_VIDEO_FRAMES, _VIDEO_PX)}[kind]
    small = spec.resized(size)
    bands = np.stack([stretched(amplitudes(power, small)) for power in _apertures(small, count)])
    write_cog(
        target, [(0, 0, bands)], geometry=small.geometry, dtype="uint8", count=count, tags=file_tags(small)
    )


def _apertures(spec: SceneSpec, count: int) -> Iterator[Float32]:
    """Draw the scene as parts of the aperture see it: the same ground under other speckle."""
    power = clutter(spec, row=0, col=0, rows=spec.geometry.height, cols=spec.geometry.width)
    for index in range(count):
        DRAWINGS.check()
        yield power * speckle(power.shape, looks=3 * looks(spec), seed=(spec.seed & 0xFFFFFFFF, index, 151))


def _write_complex(target: Path, spec: SceneSpec) -> None:
    """Write amplitude and phase, uncompressed: one look, a phase without structure."""
    shape = spec.geometry.height, spec.geometry.width
    single = dataclasses.replace(spec, dtype="float32")
    values = digital_numbers(single, row=0, col=0, rows=shape[0], cols=shape[1])
    phase = np.random.default_rng([spec.seed & 0xFFFFFFFF, 150]).uniform(-np.pi, np.pi, shape)
    bands = np.stack([values, np.where(values > 0, phase, 0)]).astype(np.float32)
    write_cog(target, [(0, 0, bands)], geometry=spec.geometry, dtype="float32", count=2, tags=file_tags(spec),
              compress="NONE")  # fmt: skip
