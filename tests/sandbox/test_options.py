from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from iceye_geo.sandbox import SandboxOptions


def test_everything_has_a_default() -> None:
    options = SandboxOptions()
    assert (options.port, options.seed, options.url_ttl_s, options.speed) == (0, 7, 3600, 1.0)
    assert options.scenes >= 300


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": 70_000},
        {"scenes": -1},
        {"url_ttl_s": -1},
        {"token_ttl_s": float("nan")},
        {"speed": 0},
        {"scene_size": 10},
        {"scene_size": 30_000},
        {"epoch": datetime(2026, 11, 1)},
    ],
    ids=repr,
)
def test_values_out_of_range_are_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SandboxOptions(**wrong)


def test_an_archive_can_be_empty(start: Any) -> None:
    api = start(scenes=0)
    assert api.items() == []
    assert api.items(collections=["private"], contractID=api.sandbox.contract_id)
