"""Listening to all that is logged."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def log_at_debug() -> Iterator[io.StringIO]:
    """Collect every line that any logger writes, down to DEBUG."""
    lines = io.StringIO()
    handler, root = logging.StreamHandler(lines), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
