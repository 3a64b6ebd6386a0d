"""Finding rows: which files and row groups can hold an answer, which of their rows do, and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from iceye_geo.archive.manifest import Group, Manifest, Part
from iceye_geo.archive.parts import read_part
from iceye_geo.archive.question import Condition, Question, ordered, sort_values
from iceye_geo.archive.rows import DIFFERS, FILTERABLE, RECORD, moments, read_records

_FILTER = ("id", "bbox", "geometry", "datetime", "start_datetime", "end_datetime", DIFFERS)
#: Columns whose values order rows as the records' own do; others are read from the records.
_SORTABLE = ("start_datetime", "end_datetime", "iceye:incidence_center", "iceye:satellite_look_angle")


@dataclass(frozen=True, slots=True)
class Hit:
    """One row that answers.

    Attributes:
        part: number of the file among the candidates.
        group: its row group.
        row: place in the row group.
        id: item id.
        values: what it is ordered by.
    """

    part: int
    group: int
    row: int
    id: str
    values: tuple[Any, ...]


def candidates(manifest: Manifest, question: Question) -> list[tuple[Part, list[int]]]:
    """Return the files that can hold an answer, each with its row groups that can; reads nothing."""
    boxes = _boxes(question.area)
    found = []
    for part in manifest.parts:
        if part.live and _in_scope(part, question):
            groups = [i for i, group in enumerate(part.groups) if _may_hold(group, boxes, question)]
            if groups:
                found.append((part, groups))
    return found


def find(folder: Path, chosen: list[tuple[Part, list[int]]], question: Question) -> list[Hit]:
    """Return all rows that answer, in the question's order, cut to ``max_items``."""
    if question.area is not None:
        # A copy: GEOS builds a prepared geometry's index at the first question, which two threads must not do at once.
        own = shapely.force_2d(question.area)
        shapely.prepare(own)
        question = replace(question, area=own)
    hits: list[Hit] = []
    for month in _months(chosen, question):
        for number, (part, groups) in enumerate(chosen):
            if month in ("", part.month):
                hits += _hits(folder, number, part, groups, question)
        if month and sum(hit.values[0] is not None for hit in hits) >= (question.max_items or 0):
            break
    order = ordered([(hit.values, hit.id) for hit in hits], question)
    return [hits[i] for i in order[: question.max_items]]


def _months(chosen: list[tuple[Part, list[int]]], question: Question) -> list[str]:
    """The months in the question's order, so that reading may stop at the last that can matter; "" for all at once.

    Rows are filed by the month of their start. So a question ordered by start that takes only some items has
    them all once enough rows with a start are found: what is in later months comes later in the order.
    """
    name, descending = question.sort[0]
    if question.max_items is None or name != "start_datetime":
        return [""]
    return sorted({part.month for part, _ in chosen}, reverse=descending)


def fetch(folder: Path, chosen: list[tuple[Part, list[int]]], hits: list[Hit]) -> list[dict[str, Any]]:
    """Return the records of some hits, in their order; each row group is read once."""
    wanted: dict[tuple[int, int], list[int]] = {}
    for place, hit in enumerate(hits):
        wanted.setdefault((hit.part, hit.group), []).append(place)
    records: list[dict[str, Any]] = [{}] * len(hits)
    for (number, group), places in wanted.items():
        texts = read_part(folder, chosen[number][0], columns=[RECORD], groups=[group]).column(RECORD)
        rows = texts.take(pa.array([hits[place].row for place in places])).to_pylist()
        for place, record in zip(places, read_records(rows), strict=True):
            records[place] = record
    return records


def _in_scope(part: Part, question: Question) -> bool:
    scope = part.scope
    return scope.collection in question.collections and scope.contract_id in ("", question.contract_id)


def _boxes(area: Any) -> list[tuple[float, float, float, float]] | None:
    """The boxes of an area's parts: two where it crosses the antimeridian."""
    if area is None:
        return None
    west, south, east, north = area.bounds
    if east - west <= 180:
        return [(west, south, east, north)]
    return [tuple(row) for row in shapely.bounds(shapely.get_parts(area)).tolist()]


def _may_hold(
    group: Group, boxes: list[tuple[float, float, float, float]] | None, question: Question
) -> bool:
    if question.interval is not None and (
        group.times[0] > question.interval[1] or group.times[1] < question.interval[0]
    ):
        return False
    if boxes is None:
        return True
    if group.box is None:
        return False
    west, south, east, north = group.box
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    return any(
        s <= north and n >= south and any(w <= e2 and e >= w2 for w2, e2 in spans) for w, s, e, n in boxes
    )


def _hits(folder: Path, number: int, part: Part, groups: list[int], question: Question) -> Iterator[Hit]:
    table = read_part(folder, part, columns=_columns(question), groups=groups)
    sizes = [part.groups[g].rows for g in groups]
    rows = np.flatnonzero(_mask(table, question))
    if not len(rows):
        return
    starts = np.cumsum([0, *sizes])
    owner = np.searchsorted(starts, rows, side="right") - 1
    kept = table.take(pa.array(rows))
    records = _records(folder, part, groups, rows) if _needs_records(kept, question) else None
    if records is not None:
        good = [i for i, record in enumerate(records) if question.accepts(record)]
        rows, owner, kept = rows[good], owner[good], kept.take(pa.array(good, pa.int64()))
        values: Any = [sort_values(records[i], question) for i in good]
    else:
        values = list(zip(*(_comparable(kept.column(name)) for name, _ in question.sort), strict=True))
        values = values or [()] * len(rows)
    ids = kept.column("id").to_pylist()
    for row, at, name, value in zip(rows.tolist(), owner.tolist(), ids, values, strict=True):
        yield Hit(number, groups[at], row - int(starts[at]), name, value)


def _columns(question: Question) -> list[str]:
    more = [name for name, _ in question.sort if name in _SORTABLE]
    more += [c.name for c in question.conditions if c.name in FILTERABLE]
    return list(dict.fromkeys([*_FILTER, *more]))


def _mask(table: pa.Table, question: Question) -> NDArray[np.bool_]:
    """Test all rows by columns; a row whose record says otherwise than a column passes that test."""
    keep = np.ones(len(table), dtype=bool)
    if question.ids is not None:
        keep &= pc.is_in(table.column("id"), pa.array(sorted(question.ids), pa.string())).to_numpy()
    if question.interval is not None:
        first, last = moments(table)
        keep &= (first <= question.interval[1]) & (last >= question.interval[0])
    flags = table.column(DIFFERS).to_numpy()
    for condition in question.conditions:
        if condition.name in FILTERABLE:
            differs = (flags >> FILTERABLE.index(condition.name)) & 1 == 1
            keep &= differs | _meets(table.column(condition.name), condition)
    if question.area is not None:
        keep &= _meets_area(table, question.area, keep)
    return keep


def _meets(column: pa.ChunkedArray, condition: Condition) -> NDArray[np.bool_]:
    """Test each different value once, by the same test that single records take."""
    coded = pc.dictionary_encode(column.combine_chunks())
    values = coded.dictionary.to_pylist()
    answers = np.array([*(condition.holds(value) for value in values), False])
    indices = coded.indices.fill_null(len(values)).to_numpy()
    met: NDArray[np.bool_] = answers[indices]
    return met


def _meets_area(table: pa.Table, area: Any, keep: NDArray[np.bool_]) -> NDArray[np.bool_]:
    met = np.zeros(len(table), dtype=bool)
    near = np.flatnonzero(keep & _near(table, area))
    shapes = shapely.from_wkb(table.column("geometry").take(pa.array(near)).to_numpy())
    met[near] = shapely.intersects(area, shapes)
    return met


def _near(table: pa.Table, area: Any) -> NDArray[np.bool_]:
    west, south, east, north = area.bounds
    flat = (part.to_numpy(zero_copy_only=False) for part in table.column("bbox").combine_chunks().flatten())
    xmin, ymin, xmax, ymax = flat
    near: NDArray[np.bool_] = (xmin <= east) & (xmax >= west) & (ymin <= north) & (ymax >= south)
    return near


def _needs_records(kept: pa.Table, question: Question) -> bool:
    """Say whether columns are not enough: an unusual property, or rows whose record says otherwise."""
    asked = {c.name for c in question.conditions}
    if asked - set(FILTERABLE) or {name for name, _ in question.sort} - set(_SORTABLE):
        return True
    bits = sum(1 << FILTERABLE.index(name) for name in asked | {name for name, _ in question.sort})
    return bool((kept.column(DIFFERS).to_numpy() & np.uint16(bits)).any())


def _records(folder: Path, part: Part, groups: list[int], rows: NDArray[np.intp]) -> list[dict[str, Any]]:
    texts = read_part(folder, part, columns=[RECORD], groups=groups).column(RECORD)
    return read_records(texts.take(pa.array(rows)).to_pylist())


def _comparable(column: pa.ChunkedArray) -> list[Any]:
    if pa.types.is_timestamp(column.type):
        return list(column.cast(pa.int64()).to_pylist())
    return list(column.to_pylist())
