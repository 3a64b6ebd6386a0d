"""Which bytes a read needs: level, blocks, spans. Pure arithmetic on a parsed TIFF; no I/O."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real

from iceye_geo.cog.store import Span
from iceye_geo.cog.tiff import Directory, Tiff
from iceye_geo.errors import InvalidInputError, OutsideFrameError

# GDAL looks at the four bytes before and after a block of its own COGs (they repeat its size).
_LEADER = 4


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of pixels: first row, first column, rows, columns.

    Example:
        >>> Window(10, 20, 5, 5).clip(12, 100)
        Window(row=10, col=20, height=2, width=5)
    """

    row: int
    col: int
    height: int
    width: int

    @property
    def size(self) -> int:
        """Pixels."""
        return self.height * self.width

    @property
    def stop(self) -> tuple[int, int]:
        """First row and column after it."""
        return self.row + self.height, self.col + self.width

    def clip(self, height: int, width: int) -> Window:
        """Cut to a frame.

        Raises:
            OutsideFrameError: nothing is left.
        """
        row, col = max(0, self.row), max(0, self.col)
        bottom, right = min(height, self.stop[0]), min(width, self.stop[1])
        if bottom <= row or right <= col:
            raise OutsideFrameError(
                f"The window (rows {self.row}-{self.stop[0]}, columns {self.col}-{self.stop[1]}) "
                f"lies outside the frame of {height} rows and {width} columns."
            )
        return Window(row, col, bottom - row, right - col)

    def at_level(self, frame: Directory, level: Directory) -> Window:
        """Return the smallest window of a level that covers this window of the frame."""
        down, across = level.height / frame.height, level.width / frame.width
        row, col = math.floor(self.row * down), math.floor(self.col * across)
        bottom = min(level.height, math.ceil(self.stop[0] * down))
        right = min(level.width, math.ceil(self.stop[1] * across))
        return Window(row, col, max(1, bottom - row), max(1, right - col))

    def __str__(self) -> str:
        return f"rows {self.row}-{self.stop[0]}, columns {self.col}-{self.stop[1]}"


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """One read: a window of one level, the array it becomes and the bytes it needs.

    Attributes:
        level: 0 for the frame, 1.. for its overviews.
        window: pixels of that level.
        shape: rows and columns of the result.
        spans: byte ranges, one per stored block.
    """

    level: int
    window: Window
    shape: tuple[int, int]
    spans: tuple[Span, ...]

    @property
    def nbytes(self) -> int:
        """Bytes of all blocks."""
        return sum(b - a for a, b in self.spans)


def plan_read(
    tiff: Tiff, window: Window, *, max_size: int | None = None, bands: tuple[int, ...] = (1,)
) -> ReadPlan:
    """Plan a read of a window of the frame.

    Args:
        tiff: parsed directories.
        window: pixels of the frame, inside it.
        max_size: longest side of the result, pixels; None reads at full resolution. The coarsest level that
            still has this many pixels is read, then resampled down, keeping the aspect; nothing is enlarged.
        bands: 1-based bands, which matter where bands are stored apart.
    """
    level = 0 if max_size is None else choose_level(tiff, window, max_size)
    image = tiff.levels[level]
    part = window.at_level(tiff.levels[0], image)
    shape = fit(part.height, part.width, max_size)
    spans = block_spans(image, part, bands=bands)
    mask = tiff.mask_of(level)
    if mask is not None:
        spans += block_spans(mask, part, bands=(1,))
    return ReadPlan(level, part, shape, tuple(spans))


def choose_level(tiff: Tiff, window: Window, max_size: int) -> int:
    """Return the coarsest level at which the window's longer side still has ``max_size`` pixels.

    Raises:
        InvalidInputError: ``max_size`` is below 1.
    """
    if not isinstance(max_size, Real) or max_size < 1:
        raise InvalidInputError("max_size", f"must be at least 1 pixel, this is {max_size!r}")
    frame, best = tiff.levels[0], 0
    for index, image in enumerate(tiff.levels):
        part = window.at_level(frame, image)
        if max(part.height, part.width) >= max_size and image.width <= tiff.levels[best].width:
            best = index
    return best


def fit(height: int, width: int, max_size: int | None) -> tuple[int, int]:
    """Shrink a shape until its longer side is ``max_size``, keeping the aspect.

    Example:
        >>> fit(1500, 3000, 1024)
        (512, 1024)
    """
    longest = max(height, width)
    if max_size is None or longest <= max_size:
        return height, width
    return max(1, round(height * max_size / longest)), max(1, round(width * max_size / longest))


def block_spans(image: Directory, window: Window, *, bands: tuple[int, ...]) -> list[Span]:
    """Return the byte ranges of the blocks a window touches, in file order of rows."""
    planes = [b - 1 for b in bands] if image.separate else [0]
    first_row, last_row = window.row // image.block_height, (window.stop[0] - 1) // image.block_height
    first_col, last_col = window.col // image.block_width, (window.stop[1] - 1) // image.block_width
    spans = []
    for plane in planes:
        for row in range(first_row, last_row + 1):
            at = (plane * image.down + row) * image.across
            for index in range(at + first_col, at + last_col + 1):
                start, count = int(image.offsets[index]), int(image.counts[index])
                if count:
                    spans.append((max(0, start - _LEADER), start + count + _LEADER))
    return spans
