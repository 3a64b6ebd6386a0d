"""What an analyst asks of a table of frames next: coverage, repeats, what lies near, a summary, plots.

Every function takes the GeoDataFrame of ``search.to_geodataframe()``, or a dask-geopandas frame of an
archive. Areas are equal-area and distances geodesic; nothing is measured in degrees.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iceye_geo.analysis.cover import Coverage, coverage
    from iceye_geo.analysis.near import next_to
    from iceye_geo.analysis.overview import Summary, summary
    from iceye_geo.analysis.pairs import repeats
    from iceye_geo.analysis.plots import plot_coverage, timeline

# No module is named like a function: importing a submodule would hide the function behind it.
_HOMES = {
    "Coverage": "cover",
    "Summary": "overview",
    "coverage": "cover",
    "next_to": "near",
    "plot_coverage": "plots",
    "repeats": "pairs",
    "summary": "overview",
    "timeline": "plots",
}

__all__ = [
    "Coverage",
    "Summary",
    "coverage",
    "next_to",
    "plot_coverage",
    "repeats",
    "summary",
    "timeline",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'iceye_geo.analysis' has no attribute {name!r}")
    return getattr(importlib.import_module(f"iceye_geo.analysis.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
