"""No panel test passes with an error that nobody looked at: ipywidgets would swallow it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from iceye_geo.panels.base import SHOWN_ERRORS


@pytest.fixture(autouse=True)
def shown_errors() -> Iterator[list[BaseException]]:
    """Errors that panels have shown; a test that expects one takes it out of this list."""
    SHOWN_ERRORS.clear()
    yield SHOWN_ERRORS
    assert not SHOWN_ERRORS, f"a panel showed {SHOWN_ERRORS!r}"
