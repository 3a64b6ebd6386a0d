"""Timestamps over whole columns: through pyarrow where it is installed, else through numpy; both read the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from iceye_geo.stac.values import read_time

Times = npt.NDArray[np.datetime64]

_TIME = r"[12]\d{3}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?Z"
_MANY_TIMES = re.compile(rf"(?:{_TIME}\n)*+{_TIME}")
#: "2024-12-13T12:58:22Z". What is shorter lacks seconds; arrow would take it, RFC 3339 does not.
_SHORTEST = 20
#: Python's datetime, by which single values are read, knows no year 0.
_EARLIEST = np.datetime64("0001-01-01", "us")


def read_times(values: Sequence[Any]) -> tuple[Times, npt.NDArray[np.bool_]]:
    """Read timestamps as datetime64[us] in UTC.

    Returns:
        The times, NaT where there is none; and a mask of those that hold something unreadable.

    Example:
        >>> read_times(["2024-12-13T12:58:22Z", None, "soon"])[1].tolist()
        [False, False, True]
    """
    bad = np.zeros(len(values), dtype=bool)
    times = _plain_times(values)
    if times is not None:
        return times, bad
    times = np.full(len(values), "NaT", dtype="datetime64[us]")
    present = [i for i, value in enumerate(values) if value]
    given = [values[i] for i in present]
    found = _plain_times(given) if given else None
    times[present] = [_one_time(value) for value in given] if found is None else found
    bad[present] = np.isnat(times[present])
    return times, bad


def _plain_times(given: Sequence[Any]) -> Times | None:
    """Read times at once that all are RFC 3339 in UTC; None if some value is none, or is unusual."""
    try:
        import pyarrow
    except ImportError:
        return _by_numpy(given)
    try:
        return _by_arrow(pyarrow.array(given, pyarrow.string()))
    except pyarrow.ArrowException:
        return None


def _by_arrow(texts: Any) -> Times | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    if texts.null_count or not pc.all(pc.ends_with(texts, "Z")).as_py():
        return None
    if (pc.min(pc.binary_length(texts)).as_py() or 0) < _SHORTEST:
        return None
    times: Times = texts.cast(pa.timestamp("us", "UTC")).to_numpy(zero_copy_only=False)
    return None if times.min() < _EARLIEST else times


def _by_numpy(given: Sequence[Any]) -> Times | None:
    try:
        if _MANY_TIMES.fullmatch("\n".join(given)):
            return np.array([text[:-1] for text in given], dtype="datetime64[us]")
    except (TypeError, ValueError):
        pass
    return None


def _one_time(value: Any) -> np.datetime64:
    moment = read_time(value)
    return np.datetime64("NaT", "us") if moment is None else np.datetime64(moment.replace(tzinfo=None), "us")
