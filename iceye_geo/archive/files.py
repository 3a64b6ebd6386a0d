"""Files that appear whole or not at all: written aside, flushed to the disk, then renamed into place."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

#: What unfinished files end with. A writer that holds the lock may delete any it finds.
UNFINISHED = ".part"

#: Told the name of every step of a sync; see ``Archive.sync(on_step=...)``.
OnStep = Callable[[str], None]


def ignore_step(_name: str) -> None:
    """Do nothing with the name of a step."""


def write_whole(
    path: Path, write: Callable[[Path], None], *, step: str, on_step: OnStep = ignore_step
) -> Path:
    """Write a file so that ``path`` holds all of it or what it held before, also after a power cut.

    Args:
        path: where it is to be; its folder is made.
        write: writes the content to the path it is given.
        step: what the steps "<step> written aside" and "<step> in place" are named after.
        on_step: told both.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "a" / "b.txt"
        >>> _ = write_whole(target, lambda aside: aside.write_text("x") and None, step="b")
        >>> target.read_text(), [p.name for p in target.parent.iterdir()]
        ('x', ['b.txt'])
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}{UNFINISHED}")
    try:
        write(aside)
        _flush(aside)
        on_step(f"{step} written aside")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    _flush(path.parent)
    on_step(f"{step} in place")
    return path


def write_json(path: Path, content: Mapping[str, Any], *, step: str, on_step: OnStep = ignore_step) -> Path:
    """Write JSON by ``write_whole``."""
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

    def write(aside: Path) -> None:
        """Write the text to a file that is not in place yet."""
        aside.write_text(text + "\n", encoding="utf-8")

    return write_whole(path, write, step=step, on_step=on_step)


def _flush(path: Path) -> None:
    """Ask the disk to keep a file or a folder's entries; where folders cannot be flushed, do without."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)
