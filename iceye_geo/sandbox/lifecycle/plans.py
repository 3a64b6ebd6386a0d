"""What will become of a task: decided when it is created, from what was asked and from dice thrown by seed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from iceye_geo.models.modes import find_mode
from iceye_geo.sandbox.lifecycle.bodies import Incidence, TaskBody
from iceye_geo.sandbox.lifecycle.life import Step
from iceye_geo.sandbox.lifecycle.options import LifecycleOptions
from iceye_geo.sandbox.lifecycle.passes import MAX_INCIDENCE, MIN_INCIDENCE, Pass, Wish, first_pass

#: Product types that come within the SLA; every other type comes with DONE.
SLA_PRODUCTS = ("GRD-COG", "GRD", "QLK")
#: Words in a task's reference that decide its fate: what a demo or a test asks for without touching the sandbox.
REJECT_WORD, FAIL_WORD = "reject", "fail"
#: How far into a window passes are looked for, where the window rules are off and windows may be endless.
_HORIZON = timedelta(days=60)
_DEFAULT_SLA_H = 8
_DEFAULT_DURATION_S = 10


@dataclass(frozen=True, slots=True)
class Fate:
    """The pass that was picked, and the statuses a task will go through."""

    picked: Pass | None
    steps: list[Step]


def sla_seconds(sla: str) -> int:
    """Return the time within which SLA products come.

    Example:
        >>> sla_seconds("SLA_3H"), sla_seconds("ANOTHER")
        (10800, 28800)
    """
    hours = re.fullmatch(r"SLA_(\d{1,3})H", sla)
    return 3600 * (int(hours[1]) if hours else _DEFAULT_SLA_H)


def duration_of(body: TaskBody) -> int:
    """Return the imaging time in seconds: as asked for, or the mode's usual one."""
    mode = find_mode(body.imaging_mode)
    return body.imaging_duration or (mode.typical_s if mode else _DEFAULT_DURATION_S)


def incidence_of(body: TaskBody) -> Incidence:
    """Return the accepted incidence angles: as asked for, or the mode's performant range (C11)."""
    if body.incidence_angle is not None:
        return body.incidence_angle
    mode = find_mode(body.imaging_mode)
    low, high = mode.incidence_deg if mode else (int(MIN_INCIDENCE), int(MAX_INCIDENCE))
    return Incidence(min=low, max=high)


def sla_products(product_types: list[str], *, available: list[str]) -> list[str]:
    """Return the types that come with FULFILLED: the contract's SLA types, asked for or not."""
    return [one for one in SLA_PRODUCTS if one in available or one in product_types]


def pick(body: TaskBody, *, earliest: datetime) -> Pass | None:
    """Return the pass that the constellation would take, or None if it cannot do what is asked."""
    window, angles = body.acquisition_window, incidence_of(body)
    start = max(window.start, earliest)
    return first_pass(
        Wish(
            lon=body.point_of_interest.lon, lat=body.point_of_interest.lat,
            start=start, end=min(window.end, start + _HORIZON), duration_s=duration_of(body),
            incidence_min=angles.min, incidence_max=angles.max,
            look_side=body.look_side, pass_direction=body.pass_direction,
        )
    )  # fmt: skip


def decide(
    body: TaskBody, *, created: datetime, sla_s: int, extras: bool, dice: Random, options: LifecycleOptions
) -> Fate:
    """Plan a task's life.

    Args:
        body: what was asked.
        created: when.
        sla_s: time within which SLA products come, seconds.
        extras: whether products follow that are under no SLA; without them a task goes straight to DONE.
        dice: seeded by the sandbox and the task's number.
        options: rates and times.
    """
    early, late, fate, length = (dice.random() for _ in range(4))
    decided = created + timedelta(minutes=options.decision_minutes) * (0.3 + 0.65 * early)
    picked = pick(body, earliest=decided)
    words = (body.reference or "").lower()
    if picked is None or REJECT_WORD in words or fate < options.rejection_rate:
        return Fate(None, [Step("REJECTED", decided)])
    imaged = picked.start + timedelta(seconds=duration_of(body))
    active = Step("ACTIVE", decided)
    if FAIL_WORD in words or fate > 1 - options.failure_rate:
        return Fate(picked, [active, Step("FAILED", imaged + timedelta(hours=1))])
    ready = imaged + timedelta(seconds=sla_s) * (0.2 + 0.5 * late)
    if not extras:
        return Fate(picked, [active, Step("DONE", ready)])
    done = Step("DONE", ready + timedelta(hours=1 + 3 * length))
    return Fate(picked, [active, Step("FULFILLED", ready), done])
