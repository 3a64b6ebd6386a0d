"""What is read in bulk is what is read one by one."""

from __future__ import annotations

import gc
import threading
from typing import Any

import numpy as np
import pytest

from iceye_geo.stac import bulk_times
from iceye_geo.stac.bulk_assets import describe_assets
from iceye_geo.stac.bulk_times import read_times
from iceye_geo.stac.collector import collector_paused
from iceye_geo.stac.gathered import gather
from iceye_geo.stac.values import read_time

PLAIN = "2024-12-13T12:58:22Z"
TIMES = [
    PLAIN, "2024-12-13t12:58:22Z", "2024-12-13 12:58:22Z", "2024-12-13T12:58:22.1Z", "2024-12-13T12:58:22.1234567Z",
    "2024-12-13T24:00:00Z", "2024-12-13T12:58:60Z", "2024-02-30T12:58:22Z", "0000-02-20T12:58:22Z", "2024-12-13T12:58Z",
    "2024-12-13T12:58:22.Z", "2024-12-13T12:58:22,5Z", "2024-12-13T12:58:22+02:00Z", "0001-02-20T12:58:22Z", "NaT",
    "9999-02-20T12:58:22Z", None, "", 5, "2024-12-13T12:58:22+02:00", " 2024-12-13T12:58:22Z", "12024-12-13T12:58:22Z",
]  # fmt: skip


def one_by_one(value: Any) -> np.datetime64:
    moment = read_time(value) if value else None
    return np.datetime64("NaT", "us") if moment is None else np.datetime64(moment.replace(tzinfo=None), "us")


@pytest.mark.parametrize("value", TIMES, ids=repr)
@pytest.mark.parametrize("arrow", [True, False])
def test_times_are_read_as_single_ones_are(value: Any, arrow: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not arrow:
        monkeypatch.setattr(bulk_times, "_plain_times", bulk_times._by_numpy)
    for given in ([value], [PLAIN, value], [value, PLAIN]):
        times, bad = read_times(given)
        expected = np.array([one_by_one(one) for one in given])
        np.testing.assert_array_equal(times, expected)
        assert bad.tolist() == [bool(one) and np.isnat(time) for one, time in zip(given, times, strict=True)]


def test_columns_come_from_dicts_of_any_layout() -> None:
    dicts: list[dict[str, Any]] = [{"a": i} for i in range(200)] + [{"b": "x", "a": 1.5}] + [{}]
    columns = gather(dicts)
    assert columns["a"] == [*range(200), 1.5, None]
    assert columns["b"] == [None] * 200 + ["x", None]
    assert columns["c"] == [None] * 202
    assert columns.types("a") == {int, float, type(None)}
    assert columns.types("c") == {type(None)}


def test_assets_that_differ_in_one_word_are_told_apart() -> None:
    one: dict[str, Any] = {"a": {"href": "https://h/1", "title": "GRD"}}
    other: dict[str, Any] = {"a": {"href": "https://h/2", "title": "SLC"}}
    blank: dict[str, Any] = {"a": {"href": " ", "title": "GRD"}}
    number: dict[str, Any] = {"a": {"href": "https://h/3", "title": "GRD", "file:size": 1}}
    found = describe_assets([one, other, one, blank, number, {**number, "b": 5}, None])
    assert [r.get("a", {}).get("title") for r in found] == ["GRD", "SLC", "GRD", None, "GRD", "GRD", None]
    assert found[0] is found[2]
    assert found[4]["a"]["file:size"] == 1
    assert list(found[5]) == ["a"]


def test_the_collector_runs_again_when_the_last_thread_is_done() -> None:
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with collector_paused():
            inside.set()
            leave.wait(20)

    thread = threading.Thread(target=hold)
    with collector_paused():
        thread.start()
        assert inside.wait(20)
    assert not gc.isenabled()
    leave.set()
    thread.join(20)
    assert gc.isenabled()
