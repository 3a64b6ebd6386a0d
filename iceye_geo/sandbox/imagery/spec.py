"""What one synthetic picture is made from: a value that names everything its pixels depend on. No pixels."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from iceye_geo.sandbox.geometry import SceneGeometry

#: Part of every cache key: raise it when the same spec gives other pixels or tags than before.
GENERATOR_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneSpec:
    """One product of one frame.

    The land that is seen depends on the geometry alone, so that all frames of a place agree; ``seed`` gives this
    frame's speckle, ships and weather, ``start`` its season.

    Attributes:
        frame_id: such as "4407788_1".
        seed: what differs between two frames of one place.
        mode: processing code of the imaging mode, such as "SM" or "SLF".
        geometry: where the pixels lie, and how many there are.
        dtype: of the GRD.
        calibration_factor: sigma nought = factor * DN^2; None for Scan and Scan Wide.
        start: first moment of the acquisition, aware UTC.
        end: last moment.
        properties: STAC properties that go into ``ICEYE_PROPERTIES``, over those that follow from the geometry.
        kind: product type: "GRD-COG" (or "GRD"), "QLK", "SLC-COG", "CSI-COG", "VID-COG".
    """

    frame_id: str
    seed: int
    mode: str
    geometry: SceneGeometry
    start: datetime
    end: datetime
    dtype: Literal["uint16", "float32"] = "uint16"
    calibration_factor: float | None = None
    properties: dict[str, Any] = field(default_factory=dict, hash=False)
    kind: str = "GRD-COG"

    @property
    def key(self) -> str:
        """Hex digest over all fields and the generator's version: the name in the cache."""
        text = json.dumps([GENERATOR_VERSION, dataclasses.asdict(self)], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @property
    def longer_side(self) -> int:
        """Pixels along the longer side."""
        return max(self.geometry.width, self.geometry.height)

    def resized(self, longer_side: int) -> SceneSpec:
        """Return the same picture with another number of pixels along its longer side; never more than it has."""
        old = self.geometry
        scale = min(1.0, longer_side / self.longer_side)
        width, height = max(1, round(old.width * scale)), max(1, round(old.height * scale))
        return dataclasses.replace(self, geometry=dataclasses.replace(old, width=width, height=height))
