from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from iceye_geo.cog.fetch import Version
from iceye_geo.cog.store import ByteStore, join_spans

FILE = bytes(range(256)) * 4
SPANS = st.lists(
    st.tuples(st.integers(0, 1000), st.integers(1, 200)).map(lambda s: (s[0], min(1024, s[0] + s[1]))),
    max_size=12,
)


@given(SPANS, st.integers(0, 1000), st.integers(1, 300))
def test_what_is_held_is_right_and_gaps_are_the_rest(
    parts: list[tuple[int, int]], start: int, length: int
) -> None:
    store = ByteStore(10_000)
    for a, b in parts:
        store.put("f", Version(1024, "x"), a, FILE[a:b])
    stop = min(1024, start + length)
    held = {i for a, b in parts for i in range(a, b)}
    missing = {i for a, b in store.gaps("f", start, stop) for i in range(a, b)}
    assert missing == set(range(start, stop)) - held
    data = store.get("f", start, stop)
    assert data == (None if missing else FILE[start:stop])
    assert store.nbytes == len(held)


@given(SPANS, st.integers(1, 400))
def test_the_limit_holds_and_oldest_go_first(parts: list[tuple[int, int]], limit: int) -> None:
    store = ByteStore(limit)
    for a, b in parts:
        store.put("f", Version(1024, ""), a, FILE[a:b])
        assert store.nbytes <= limit


def test_another_version_replaces_all() -> None:
    store = ByteStore(1000)
    store.put("f", Version(100, "a"), 0, b"old")
    store.put("f", Version(100, "b"), 10, b"new")
    assert store.get("f", 0, 3) is None
    assert store.get("f", 10, 13) == b"new"
    assert store.nbytes == 3


@given(SPANS, st.integers(0, 100), st.integers(1, 300))
def test_joined_spans_cover_all_and_stay_short(parts: list[tuple[int, int]], gap: int, longest: int) -> None:
    joined = join_spans(parts, gap=gap, longest=longest)
    covered = {i for a, b in joined for i in range(a, b)}
    assert {i for a, b in parts for i in range(a, b)} <= covered
    assert all(0 < b - a <= longest for a, b in joined)
    assert all(x[1] <= y[0] for x, y in pairwise(joined))
