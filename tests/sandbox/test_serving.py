from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iceye_geo.sandbox.serving import RangeNotSatisfiableError, etag_of, parse_range

sizes = st.integers(1, 10_000)


@given(size=sizes, first=st.integers(0, 12_000), last=st.integers(0, 12_000))
def test_a_range_never_leaves_the_file(size: int, first: int, last: int) -> None:
    try:
        part = parse_range(f"bytes={first}-{last}", size)
    except RangeNotSatisfiableError:
        assert first >= size
        return
    if last < first:
        assert part is None
        return
    assert part is not None
    assert (part.start, part.stop) == (first, min(last + 1, size))


@given(size=sizes, count=st.integers(1, 20_000))
def test_a_suffix_is_the_end_of_the_file(size: int, count: int) -> None:
    part = parse_range(f"bytes=-{count}", size)
    assert part is not None
    assert (part.start, part.stop) == (max(0, size - count), size)


@given(header=st.text(max_size=30))
def test_any_text_is_a_range_or_ignored_or_refused(header: str) -> None:
    try:
        part = parse_range(header, 100)
    except RangeNotSatisfiableError:
        assert header.replace(" ", "").startswith("bytes=")
        return
    assert part is None or 0 <= part.start < part.stop <= 100


def test_an_empty_file_has_no_ranges() -> None:
    with pytest.raises(RangeNotSatisfiableError):
        parse_range("bytes=0-0", 0)


def test_the_entity_tag_changes_with_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"one")
    first = etag_of(file)
    assert etag_of(file) == first
    file.write_bytes(b"three")
    assert etag_of(file) != first
