"""Change pictures: two dates of a time series in two colours. For the eye only."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from iceye_geo.cog.render import PERCENTILES, png_texts
from iceye_geo.errors import InvalidInputError

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, slots=True, eq=False)
class ChangePicture:
    """Two dates in two colours: red has gone, cyan has come, grey stayed.

    Attributes:
        array: uint8 of shape (rows, cols, 4): red, green, blue, alpha; clear where one of the dates has no data.
        bounds: (left, bottom, right, top) in the CRS's units.
        crs: such as "EPSG:32635".
        before: time of the earlier date, UTC.
        after: time of the later date, UTC.
        limits: what is shown black and what is shown full, dB.
        attribution: who must be named with the picture, or "".
    """

    array: NDArray[np.uint8] = field(repr=False)
    bounds: tuple[float, float, float, float]
    crs: str
    before: datetime
    after: datetime
    limits: tuple[float, float]
    attribution: str = ""

    def to_png(self, path: str | Path | None = None) -> bytes:
        """Encode as PNG; also writes it if a path is given."""
        from PIL import Image

        buffer = io.BytesIO()
        Image.fromarray(self.array).save(buffer, "PNG", pnginfo=png_texts(self.attribution))
        if path is not None:
            Path(path).write_bytes(buffer.getvalue())
        return buffer.getvalue()

    def _repr_png_(self) -> bytes:
        return self.to_png()


def change_picture(
    series: xr.DataArray, *, before: int | str | datetime = 0, after: int | str | datetime = -1,
    limits: tuple[float, float] | None = None, percentiles: tuple[float, float] = PERCENTILES,
) -> ChangePicture:  # fmt: skip
    """Return two dates in two colours.

    Args:
        series: from ``stack``, in dB or linear.
        before: the earlier date, by position or by time (the nearest one).
        after: the later date.
        limits: darkest and brightest dB shown; the same for both dates, or a change of brightness would show
            as a change of colour everywhere.
        percentiles: of both dates together, where no limits are given.

    Raises:
        InvalidInputError: both are the same date, there is no such date, or no pixel is seen at both.

    Example:
        ``change_picture(series, before="2026-03-01", after="2026-03-28").to_png("change.png")``
    """
    first, second = _position(series, "before", before), _position(series, "after", after)
    if first == second:
        raise InvalidInputError(
            "after", "is the same date as before", hint=f"There are {series.sizes['time']}."
        )
    pair = np.stack([_decibel(series.isel(time=n)) for n in (first, second)])
    seen = np.isfinite(pair).all(axis=0)
    if not seen.any():
        raise InvalidInputError("series", "has no pixel that both dates see")
    low, high = limits or (float(v) for v in np.percentile(pair[:, seen], percentiles))
    scaled = np.clip((np.where(seen, pair, low) - low) / max(high - low, 1e-9), 0, 1)
    old, new = np.round(scaled * 255).astype(np.uint8)
    alpha = np.where(seen, 255, 0).astype(np.uint8)
    return ChangePicture(
        np.stack([old, new, new, alpha], axis=-1), _bounds(series), str(series.attrs.get("crs", "")),
        before=_time(series, first), after=_time(series, second), limits=(low, high),
        attribution=str(series.attrs.get("attribution", "")),
    )  # fmt: skip


def _position(series: xr.DataArray, field: str, date: int | str | datetime) -> int:
    import pandas as pd

    count = series.sizes["time"]
    if isinstance(date, int):
        if not -count <= date < count:
            raise InvalidInputError(field, f"{date} is no position in {count} dates")
        return date % count
    try:
        moment = pd.Timestamp(date)
    except ValueError:
        raise InvalidInputError(field, f"{date!r} is no date") from None
    moment = moment.tz_convert("UTC").tz_localize(None) if moment.tzinfo else moment
    return int(np.abs(series.time.values - moment.to_datetime64()).argmin())


def _decibel(layer: xr.DataArray) -> NDArray[np.float64]:
    data = layer.values.astype(np.float64)
    if layer.name in ("sigma0_db", "relative_db"):
        return data
    factor = 10.0 if layer.name in ("sigma0", "beta0") else 20.0
    return factor * np.log10(np.where(data > 0, data, np.nan))


def _bounds(series: xr.DataArray) -> tuple[float, float, float, float]:
    half = float(series.attrs["pixel"]) / 2
    x, y = series.x.values, series.y.values
    return float(x.min() - half), float(y.min() - half), float(x.max() + half), float(y.max() + half)


def _time(series: xr.DataArray, position: int) -> Any:
    import pandas as pd

    return pd.Timestamp(series.time.values[position]).tz_localize("UTC").to_pydatetime(warn=False)
