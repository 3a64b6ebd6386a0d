"""Pictures of a table of frames: when a place was looked at, and how well an area was covered. Needs matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from iceye_geo.analysis.frames import FRAME, TIME, attribution_of, check, one_row_per_frame
from iceye_geo.errors import InvalidInputError

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

    from iceye_geo.analysis.cover import Coverage

# Okabe and Ito's colours, which people with any colour vision tell apart.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A7A7A")
_INK, _FAINT = "#22303c", "#c9d2da"
# More rows than this cannot be read; the rarest values share one row.
_MAX_ROWS = 12
_OTHER, _UNKNOWN = "other", "unknown"


def timeline(
    gdf: gpd.GeoDataFrame,
    *,
    by: str = "sar:instrument_mode",
    color_by: str = "sat:orbit_state",
    ax: Axes | None = None,
) -> Axes:
    """Draw when frames were taken: a row for each value of one column, a mark for each frame.

    Args:
        gdf: the table of a search; products of one frame are one mark.
        by: column that makes the rows.
        color_by: column that makes the colours.
        ax: axes to draw on; new ones by default.

    Returns:
        The axes.

    Raises:
        InvalidInputError: a column is missing, or there is nothing to draw.
    """
    check(gdf, FRAME, TIME, by, color_by)
    frames = one_row_per_frame(gdf)
    frames = frames[frames[TIME].notna()]
    if not len(frames):
        raise InvalidInputError("gdf", "has no frame with a time: nothing to draw")
    rows, colours = _labels(frames[by]), _labels(frames[color_by])
    names = _by_count(rows)
    ax = ax or _new_axes(width=10.0, height=1.6 + 0.42 * len(names))
    at = np.array([len(names) - 1 - names.index(row) for row in rows], dtype=float)
    times = frames[TIME].dt.tz_localize(None).to_numpy()
    for index, value in enumerate(_by_count(colours)):
        mask = colours == value
        ax.scatter(
            times[mask], at[mask] + _spread(at[mask]), s=34, color=_COLOURS[index % len(_COLOURS)], alpha=0.75,
            linewidths=0.6, edgecolors="white", label=f"{value} ({int(mask.sum())})", zorder=3,
        )  # fmt: skip
    counts = [int((rows == name).sum()) for name in names]
    labels = [f"{name}  {count}" for name, count in zip(names, counts, strict=True)]
    _dress_timeline(ax, labels[::-1], title=f"{len(frames)} frames, {_span(times)}")
    _name_source(ax, attribution_of(frames))
    return ax


def plot_coverage(found: Coverage, *, ax: Axes | None = None) -> Axes:
    """Draw how often each place of an area was seen, where it never was, and the footprints' outlines.

    Args:
        found: what ``coverage`` returned.
        ax: axes to draw on, in longitude and latitude; new ones by default.

    Returns:
        The axes.
    """
    from matplotlib.collections import PathCollection

    shift = _shifter(found.area)
    ax = ax or _map_axes(shift(found.area))
    heat = found.heat()
    cells, owner = shapely.get_parts(
        np.asarray(shift(heat.geometry.to_numpy()), dtype=object), return_index=True
    )
    looks = heat["looks"].to_numpy()[owner]
    top = max(int(looks.max(initial=1)), 1)
    drawn = PathCollection(
        [_path(cell) for cell in cells], array=looks, cmap=_looks_map(top), edgecolors="face", linewidths=0.3, zorder=2,
    )  # fmt: skip
    drawn.set_clim(0.5, top + 0.5)
    ax.add_collection(drawn)
    _fill(ax, shift(found.uncovered), facecolor="#f3e9e4", hatch="////", edgecolor="#d9b8a8", zorder=3)
    _outline(ax, shift(found.frames.geometry.to_numpy()), color=_INK, linewidth=0.5, alpha=0.35)
    _outline(ax, [shift(found.area)], color=_INK, linewidth=1.6, alpha=1.0)
    _dress_map(ax, shift(found.area))
    ax.set_title(_headline(found), loc="left", fontsize=11, color=_INK)
    bar = ax.figure.colorbar(drawn, ax=ax, shrink=0.75, pad=0.03)
    bar.set_ticks(list(range(1, top + 1, -(-top // 8))))
    bar.set_label("looks", color=_INK)
    bar.outline.set_visible(False)
    _name_source(ax, found.attribution)
    return ax


def _new_axes(*, width: float, height: float) -> Axes:
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=(width, height), layout="constrained")
    return ax


def _map_axes(area: Any) -> Axes:
    """Make axes of the shape that an area has on the ground, with room for title and legend."""
    west, south, east, north = area.bounds
    wide = (east - west) * _narrow(area)
    scale = 7.0 / max(wide, north - south)
    width, height = wide * scale + 2.0, (north - south) * scale + 1.2
    return _new_axes(width=max(width, 5.0), height=max(height, 2.6))


def _narrow(area: Any) -> float:
    """How long a degree of longitude is in the middle of an area, compared with one of latitude."""
    _, south, _, north = area.bounds
    return float(np.cos(np.radians(np.clip((south + north) / 2, -85, 85))))


def _name_source(ax: Axes, attribution: str) -> None:
    """Write below the picture who must be named with it."""
    if attribution:
        ax.annotate(
            f"© {attribution}", (1, 0), xycoords="axes fraction", xytext=(0, -26), textcoords="offset points",
            ha="right", va="top", fontsize=8, color=_INK, annotation_clip=False, parse_math=False,
        )  # fmt: skip


def _labels(values: Any) -> Any:
    """Values as texts; the rarest beyond a dozen become "other"."""
    texts = values.astype("string").fillna(_UNKNOWN).to_numpy(dtype=object)
    names = _by_count(texts)
    rare = set(names[_MAX_ROWS - 1 :]) if len(names) > _MAX_ROWS else set()
    return np.array([_OTHER if text in rare else text for text in texts], dtype=object)


def _by_count(texts: Any) -> list[str]:
    names, counts = np.unique(texts.astype(str), return_counts=True)
    return [str(names[i]) for i in np.lexsort((names, -counts))]


def _spread(at: Any) -> Any:
    """Move marks off their row a little, always alike, so that equal times stay apart."""
    offsets = np.random.default_rng(0).uniform(-0.24, 0.24, len(at))
    return offsets if len(at) > 40 else offsets / 2


def _span(times: Any) -> str:
    first, last = times.min().astype("datetime64[D]"), times.max().astype("datetime64[D]")
    return f"{first}" if first == last else f"{first} to {last}"


def _dress_timeline(ax: Axes, labels: list[str], *, title: str) -> None:
    from matplotlib import dates

    make: Any = dates.AutoDateLocator  # matplotlib's dates are not annotated
    show: Any = dates.ConciseDateFormatter
    locator = make(minticks=4, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(show(locator))
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(-0.6, len(labels) - 0.4)
    ax.grid(axis="x", color=_FAINT, linewidth=0.6)
    for at in range(len(labels)):
        ax.axhline(at, color=_FAINT, linewidth=0.6, zorder=1)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(_FAINT)
    ax.tick_params(length=0, colors=_INK)
    ax.set_title(title, loc="left", fontsize=11, color=_INK)
    ax.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=4, frameon=False, fontsize=9, handletextpad=0.2
    )


def _looks_map(top: int) -> Any:
    """A step of colour for each look, light to dark; steps merge where there are many."""
    import matplotlib as mpl

    shades = np.linspace(0.22, 1.0, min(top, 256)) if top > 1 else [0.6]
    return mpl.colors.ListedColormap(mpl.colormaps["YlGnBu"](shades))


def _shifter(area: Any) -> Any:
    """Across the antimeridian longitudes run on past 180, so that the picture is in one piece."""
    west, _, east, _ = area.bounds
    parts = shapely.get_parts(area)
    middles = shapely.get_x(shapely.centroid(parts))
    if east - west <= 180 or not ((middles > 0).any() and (middles < 0).any()):
        return lambda shapes: shapes

    def shift(shapes: Any) -> Any:
        """Move what lies west of the antimeridian behind what lies east of it."""

        def move(one: Any) -> Any:
            """Move the western parts of one shape."""
            moved = [
                shapely.transform(part, lambda xy: np.add(xy, (360, 0))) if part.centroid.x < 0 else part
                for part in shapely.get_parts(one)
            ]
            return shapely.union_all(moved) if moved else one

        return move(shapes) if isinstance(shapes, shapely.Geometry) else [move(one) for one in shapes]

    return shift


def _polygons(shapes: Any) -> list[Any]:
    parts = shapely.get_parts(np.asarray(shapes, dtype=object).ravel())
    parts = shapely.get_parts(parts)
    return [part for part in parts if shapely.get_dimensions(part) == 2]


def _fill(ax: Axes, shape: Any, **style: Any) -> None:
    from matplotlib.patches import PathPatch

    for polygon in _polygons([shape]):
        ax.add_patch(PathPatch(_path(polygon), linewidth=0, **style))


def _path(polygon: Any) -> Any:
    """A polygon with its holes, as matplotlib has it."""
    from matplotlib.path import Path

    rings = [np.asarray(ring.coords)[:, :2] for ring in (polygon.exterior, *polygon.interiors)]
    return Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))


def _outline(ax: Axes, shapes: Any, **style: Any) -> None:
    from matplotlib.collections import LineCollection

    rings = [np.asarray(ring.coords)[:, :2] for p in _polygons(shapes) for ring in (p.exterior, *p.interiors)]
    ax.add_collection(LineCollection(rings, zorder=4, **style))


def _dress_map(ax: Axes, area: Any) -> None:
    from matplotlib.ticker import FuncFormatter

    west, south, east, north = area.bounds
    narrow = _narrow(area)
    pad = 0.05 * max((east - west) * narrow, north - south)
    aside = min(pad / narrow, (360 - (east - west)) / 2)
    ax.set_xlim(west - aside, east + aside)
    ax.set_ylim(max(south - pad, -90), min(north + pad, 90))
    ax.set_aspect(1 / narrow)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _degrees((x + 180) % 360 - 180, "E", "W")))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: _degrees(y, "N", "S")))
    ax.grid(color=_FAINT, linewidth=0.5, zorder=0)
    ax.tick_params(length=0, colors=_INK, labelsize=9)
    for spine in ax.spines.values():
        spine.set_color(_FAINT)


def _degrees(value: float, positive: str, negative: str) -> str:
    side = "" if value in (0, 180, -180) else positive if value > 0 else negative
    return f"{abs(value):.4g}° {side}".strip()


def _headline(found: Coverage) -> str:
    text = f"{found.share_words()} of {found.area_m2 / 1e6:,.0f} km² covered\n{len(found.frames)} frames"
    wait = found.longest_wait_days
    return text if np.isnan(wait) else f"{text}, longest wait {wait:.1f} days"
