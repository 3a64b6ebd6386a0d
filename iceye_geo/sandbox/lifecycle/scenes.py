"""From a task to its image: the frame that is flown, and the scene that getTaskScene shows of it."""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from iceye_geo.models.modes import ImagingMode, find_mode
from iceye_geo.sandbox.lifecycle.life import wire_time
from iceye_geo.sandbox.lifecycle.passes import Pass
from iceye_geo.sandbox.lifecycle.records import TaskRecord

if TYPE_CHECKING:
    from iceye_geo.sandbox.world.frames import Frame

#: Image ids of tasks start here, above those of the archive.
_FIRST_IMAGE_ID = 6_000_000
#: A planned time moves by up to this much per hour that is left: plans drift until the image is taken.
_DRIFT_PER_HOUR = timedelta(seconds=0.25)


def image_id(task_id: str) -> int:
    """Return the image id of a task: two tasks do not share one, in any run of the sandbox."""
    return _FIRST_IMAGE_ID + UUID(task_id).int % 3_000_000


def frame_of(record: TaskRecord, picked: Pass, *, product_types: tuple[str, ...], longer_side: int) -> Frame:
    """Return the frame of a task: the asked place and mode, the picked geometry.

    Args:
        record: the task.
        picked: its pass.
        product_types: what the frame's items are to be.
        longer_side: pixels of the image's longer side.
    """
    from iceye_geo.sandbox.world.frames import make_frame

    mode = _mode(record)
    end = picked.start + timedelta(seconds=record.duration_s)
    return make_frame(
        mode,
        frame_id=f"{image_id(record.id)}_1",
        lon=record.lon, lat=record.lat,
        orbit_state=_orbit(picked), look_side=_side(picked), incidence=picked.incidence_deg,
        start=picked.start, duration_s=record.duration_s, azimuth_m=_azimuth_m(mode, record.duration_s),
        seed=int.from_bytes(blake2b(record.id.encode(), digest_size=4).digest(), "big"),
        place=record.reference or "", satellite=f"X{picked.satellite}", product_types=product_types,
        processing=max(timedelta(0), (record.fulfilled or end) - end), longer_side=longer_side,
    )  # fmt: skip


def scene_wire(record: TaskRecord, picked: Pass, *, hours_left: float) -> dict[str, Any]:
    """Return the body of getTaskScene.

    Args:
        record: the task.
        picked: its pass.
        hours_left: until imaging; the planned time is off by a little more the longer that is.
    """
    from iceye_geo.sandbox.world.items import outline

    frame = frame_of(record, picked, product_types=("GRD-COG",), longer_side=1024)
    start = picked.start + _DRIFT_PER_HOUR * max(0.0, hours_left)
    return {
        "imagingTime": {
            "start": wire_time(start),
            "end": wire_time(start + timedelta(seconds=record.duration_s)),
        },
        "duration": record.duration_s,
        "lookSide": picked.look_side,
        "passDirection": picked.pass_direction,
        "incidenceAngle": f"{picked.incidence_deg:.2f}",
        "azimuth": round(frame.geometry.look_azimuth_deg, 2),
        "footprint": outline(frame),
    }


def _mode(record: TaskRecord) -> ImagingMode:
    mode = find_mode(record.imaging_mode)
    assert mode is not None, "contracts of the sandbox allow known modes only"
    return mode


def _azimuth_m(mode: ImagingMode, duration_s: int) -> float:
    """Return the length along the track, metres: imaging longer gives a longer strip, where the mode allows it."""
    return min(mode.azimuth_km * max(1.0, duration_s / mode.typical_s), mode.max_azimuth_km) * 1000.0


def _orbit(picked: Pass) -> Literal["ascending", "descending"]:
    return "ascending" if picked.pass_direction == "ASCENDING" else "descending"


def _side(picked: Pass) -> Literal["left", "right"]:
    return "left" if picked.look_side == "LEFT" else "right"
