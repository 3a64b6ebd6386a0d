"""Statistics of backscatter, in power: what to add up, and what to say about how it was added up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from iceye_geo.cog.info import CogInfo
from iceye_geo.cog.shown import bars, db, facts, joined
from iceye_geo.cog.values import UNITS

# Bins of the running histogram, 0.05 dB wide over everything uint16 and float32 amplitudes can hold.
_LOW_DB, _HIGH_DB, _STEP_DB = -120.0, 200.0, 0.05
_BINS = round((_HIGH_DB - _LOW_DB) / _STEP_DB)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Statistics of a place. Powers are averaged, never decibels or amplitudes.

    Attributes:
        mean_db: 10 log10 of the mean power, dB; sigma nought if ``calibrated``, else relative.
        mean_power: mean of sigma nought (or of DN squared).
        std_power: standard deviation of the same, over pixels.
        min_db: weakest pixel, dB.
        max_db: strongest pixel, dB.
        percentiles_db: 2, 25, 50, 75 and 98 per cent, dB, to 0.05 dB.
        pixels: valid pixels counted.
        valid_fraction: share of valid pixels among those read.
        enl: equivalent number of looks measured, mean squared over variance: low where the place is not even.
        looks: looks the file states, or None.
        level: 0, full resolution: overviews average amplitudes and would lower the mean power.
        method: "exact" if every pixel was read, "sampled" if evenly spaced tiles stand for the rest.
        calibrated: whether the figures are sigma nought.
    """

    mean_db: float
    mean_power: float
    std_power: float
    min_db: float
    max_db: float
    percentiles_db: dict[int, float]
    pixels: int
    valid_fraction: float
    enl: float
    looks: float | None
    level: int
    method: Literal["exact", "sampled"]
    calibrated: bool

    @property
    def unit(self) -> str:
        """What the decibels are, in words."""
        return _unit(self.calibrated)

    def __repr__(self) -> str:
        spread = (
            f"2-98 %: {db(self.percentiles_db[2])} to {db(self.percentiles_db[98])}" if self.pixels else ""
        )
        mean = f"mean {db(self.mean_db) or 'none'}"
        return f"Statistics({joined((mean, spread, f'{self.pixels:,} pixels', self.method, self.unit))})"

    def _repr_html_(self) -> str:
        percentiles = " / ".join(f"{value:.2f}" for value in self.percentiles_db.values())
        of = " / ".join(map(str, self.percentiles_db))
        rows = {
            "mean power": db(self.mean_db), "weakest, strongest": joined((db(self.min_db), db(self.max_db))),
            f"{of} %": f"{percentiles} dB" if self.pixels else "",
            "pixels": f"{self.pixels:,} ({self.valid_fraction:.1%} valid), {self.method}, full resolution",
            "looks measured": f"{self.enl:.1f}" if self.enl == self.enl else "",
            "looks stated": f"{self.looks:g}" if self.looks is not None else "",
        }  # fmt: skip
        return facts(f"Statistics: {self.unit}", rows)


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """How often each brightness occurs.

    Attributes:
        counts: pixels per bin.
        edges_db: edges of the bins, dB, one more than counts.
        calibrated: sigma nought, or relative dB.
        method: "exact" or "sampled".
    """

    counts: NDArray[np.int64]
    edges_db: NDArray[np.float64]
    calibrated: bool
    method: Literal["exact", "sampled"]

    @property
    def unit(self) -> str:
        """What the decibels are, in words."""
        return _unit(self.calibrated)

    def __repr__(self) -> str:
        span = f"{db(float(self.edges_db[0]))} to {db(float(self.edges_db[-1]))}"
        pixels = f"{int(self.counts.sum()):,} pixels in {len(self.counts)} bins"
        return f"Histogram({joined((pixels, span, self.method, self.unit))})"

    def _repr_html_(self) -> str:
        low, high = (db(float(edge)) for edge in (self.edges_db[0], self.edges_db[-1]))
        words = f"{int(self.counts.sum()):,} pixels, {self.unit}, {self.method}"
        label = f"Histogram from {low} to {high}: {words}"
        return bars(self.counts.tolist(), low=low, high=high, label=label) + f"<div>{words}</div>"


@dataclass(slots=True, eq=False)
class Tally:
    """Adds up parts of an image, one after another, in bounded memory.

    Args:
        info: of the frame; gives the calibration.
    """

    info: CogInfo
    seen: int = 0
    count: int = 0
    total: float = 0.0
    squares: float = 0.0
    low: float = np.inf
    high: float = -np.inf
    bins: NDArray[np.int64] = field(default_factory=lambda: np.zeros(_BINS, np.int64))

    def add(self, dn: np.ma.MaskedArray[Any, Any]) -> None:
        """Count digital numbers."""
        self.seen += dn.size
        values = np.asarray(dn.compressed(), dtype=np.float64)
        values = values[values > 0]
        if not values.size:
            return
        power = values**2 * (self.info.calibration.factor or 1.0)
        self.count += power.size
        self.total += float(power.sum())
        self.squares += float((power**2).sum())
        self.low, self.high = min(self.low, float(power.min())), max(self.high, float(power.max()))
        place = np.clip((10 * np.log10(power) - _LOW_DB) / _STEP_DB, 0, _BINS - 1).astype(np.int64)
        self.bins += np.bincount(place, minlength=_BINS)

    def statistics(self, method: Literal["exact", "sampled"]) -> Statistics:
        """Return the figures; NaN where no pixel was valid."""
        n = self.count
        mean = self.total / n if n else float("nan")
        variance = max(self.squares / n - mean**2, 0.0) if n else float("nan")
        return Statistics(
            mean_db=_db(mean), mean_power=mean, std_power=float(np.sqrt(variance)), min_db=_db(self.low if n else mean),
            max_db=_db(self.high if n else mean), percentiles_db=self._percentiles((2, 25, 50, 75, 98)), pixels=n,
            valid_fraction=n / self.seen if self.seen else 0.0,
            enl=mean**2 / variance if n and variance else float("nan"),
            looks=self.info.looks, level=0, method=method, calibrated=self.info.calibrated,
        )  # fmt: skip

    def histogram(self, bins: int, method: Literal["exact", "sampled"]) -> Histogram:
        """Return ``bins`` equal bins from the weakest pixel to the strongest."""
        if not self.count:
            edges = np.linspace(0.0, 1.0, bins + 1)
            return Histogram(np.zeros(bins, np.int64), edges, self.info.calibrated, method)
        edges = np.linspace(_db(self.low), max(_db(self.high), _db(self.low) + _STEP_DB), bins + 1)
        centres = _LOW_DB + (np.arange(_BINS) + 0.5) * _STEP_DB
        inside = np.clip(centres, edges[0], edges[-1])
        counts, _ = np.histogram(inside, edges, weights=self.bins.astype(np.float64))
        return Histogram(np.round(counts).astype(np.int64), edges, self.info.calibrated, method)

    def _percentiles(self, wanted: tuple[int, ...]) -> dict[int, float]:
        if not self.count:
            return dict.fromkeys(wanted, float("nan"))
        reached = np.cumsum(self.bins) / self.count
        at = np.searchsorted(reached, np.array(wanted) / 100)
        return {p: round(float(_LOW_DB + (i + 0.5) * _STEP_DB), 3) for p, i in zip(wanted, at, strict=True)}


def _unit(calibrated: bool) -> str:
    return UNITS["sigma0_db" if calibrated else "relative_db"]


def _db(power: float) -> float:
    return float(10 * np.log10(power)) if power > 0 else float("nan")
