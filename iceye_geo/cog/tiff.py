"""TIFF directories: where every block of every level lies. Classic and BigTIFF; nothing else of TIFF."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iceye_geo.errors import NotACogError

ReadAt = Callable[[int, int], bytes]

# Bounds that no documented product comes near; they keep a malformed file from costing memory or time.
MAX_DIRECTORIES = 256
MAX_ENTRIES = 4096
MAX_BLOCKS = 8_000_000
MAX_SIDE = 2**31 - 1

_TYPES = {1: "u1", 3: "u2", 4: "u4", 6: "i1", 8: "i2", 9: "i4", 13: "u4", 16: "u8", 17: "i8", 18: "u8"}
_GHOST = b"GDAL_STRUCTURAL_METADATA_SIZE="
_COMPRESSIONS = {
    1: "none", 5: "LZW", 7: "JPEG", 8: "DEFLATE", 32946: "DEFLATE", 34887: "LERC", 34925: "LZMA",
    50000: "ZSTD", 50001: "WEBP", 32773: "PACKBITS",
}  # fmt: skip
_MAGIC = {
    b"\x89PNG": "a PNG picture", b"\xff\xd8\xff": "a JPEG picture", b"\x89HDF": "an HDF5 file",
    b"PK\x03\x04": "a ZIP archive (KMZ?)", b"NITF": "a NITF file (SICD or SIDD)", b"<?xm": "an XML document",
    b"%PDF": "a PDF document", b"GIF8": "a GIF picture", b"{": "a JSON document",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Directory:
    """One image of a TIFF: the frame, one of its overviews, or a mask.

    Attributes:
        width: columns.
        height: rows.
        bands: samples per pixel.
        separate: whether each band has blocks of its own.
        bits: bits per sample.
        compression: TIFF compression number.
        tiled: tiles, not strips.
        block_width: columns per block.
        block_height: rows per block.
        subfile: NewSubfileType (1 reduced, 4 mask, 5 reduced mask).
        offsets: first byte of each block, uint64.
        counts: bytes of each block, uint64; 0 where a block is not stored.
    """

    width: int
    height: int
    bands: int
    separate: bool
    bits: int
    compression: int
    tiled: bool
    block_width: int
    block_height: int
    subfile: int
    offsets: NDArray[np.uint64]
    counts: NDArray[np.uint64]

    @property
    def across(self) -> int:
        """Blocks per row."""
        return -(-self.width // self.block_width)

    @property
    def down(self) -> int:
        """Rows of blocks."""
        return -(-self.height // self.block_height)

    @property
    def is_mask(self) -> bool:
        """Whether this directory holds validity, not pixels."""
        return bool(self.subfile & 4)

    @property
    def codec(self) -> str:
        """Compression in words."""
        return _COMPRESSIONS.get(self.compression, f"compression {self.compression}")


@dataclass(frozen=True, slots=True, eq=False)
class Tiff:
    """All directories of a file, in file order.

    Attributes:
        levels: the frame first, then its overviews from fine to coarse.
        masks: validity masks, each matched to a level by its size.
        big: BigTIFF.
        cog: written by GDAL as a cloud-optimized GeoTIFF (it says so at the start of the file).
    """

    levels: tuple[Directory, ...]
    masks: tuple[Directory, ...]
    big: bool
    cog: bool

    def mask_of(self, level: int) -> Directory | None:
        """Return the mask that belongs to a level, if the file has one."""
        image = self.levels[level]
        return next((m for m in self.masks if (m.width, m.height) == (image.width, image.height)), None)


def parse_tiff(read: ReadAt, *, size: int) -> Tiff:
    """Read all directories.

    Args:
        read: returns ``n`` bytes at an offset (fewer at the end of the file).
        size: length of the file, bytes.

    Raises:
        NotACogError: the bytes are no TIFF, or a malformed one.

    Example:
        >>> parse_tiff(lambda offset, n: b"not a tiff"[offset:offset + n], size=10)
        Traceback (most recent call last):
        ...
        iceye_geo.errors.NotACogError: The file is no TIFF (it starts with b'not ').
    """
    try:
        return _Parser(read, size).parse()
    except (struct.error, OverflowError, ValueError, IndexError, KeyError, MemoryError) as err:
        raise NotACogError(f"The TIFF is malformed: {err}.") from err


class _Parser:
    def __init__(self, read: ReadAt, size: int) -> None:
        self._read, self._size = read, size
        head = read(0, 16)
        self.order = {b"II": "<", b"MM": ">"}.get(head[:2], "")
        version = struct.unpack(self.order + "H", head[2:4])[0] if self.order and len(head) >= 8 else 0
        if version not in (42, 43):
            raise NotACogError(_what_it_is(head))
        self.big = version == 43
        if self.big and struct.unpack(self.order + "HH", head[4:8]) != (8, 0):
            raise NotACogError("The TIFF is malformed: its offsets are not 8 bytes long.")
        self.first = struct.unpack(
            self.order + ("Q" if self.big else "I"), head[8:16] if self.big else head[4:8]
        )[0]

    def parse(self) -> Tiff:
        """Read all directories; raises ``NotACogError`` for what is malformed."""
        found = [self._directory(tags) for tags in self._chain()]
        levels = tuple(d for d in found if not d.is_mask)
        if not levels:
            raise NotACogError("The TIFF is malformed: it holds no image.")
        frame, rest = levels[0], [d for d in levels[1:] if d.subfile & 1]
        at = 16 if self.big else 8
        ghost = self._read(at, min(len(_GHOST), self._size - at)) == _GHOST
        masks = tuple(d for d in found if d.is_mask)
        return Tiff(levels=(frame, *rest), masks=masks, big=self.big, cog=ghost and _ordered(frame, rest))

    def _chain(self) -> Iterator[dict[int, tuple[int, int, bytes]]]:
        seen: set[int] = set()
        offset = self.first
        while offset:
            if offset in seen or len(seen) >= MAX_DIRECTORIES:
                raise NotACogError("The TIFF is malformed: its directories form a loop or are too many.")
            seen.add(offset)
            tags, offset = self._entries(offset)
            yield tags
        if not seen:
            raise NotACogError("The TIFF is malformed: it has no directory.")

    def _entries(self, offset: int) -> tuple[dict[int, tuple[int, int, bytes]], int]:
        head, entry, form = (8, 20, "HHQ8s") if self.big else (2, 12, "HHI4s")
        count = self._unpack("Q" if self.big else "H", self._exact(offset, head))
        if count > MAX_ENTRIES:
            raise NotACogError(f"The TIFF is malformed: a directory with {count} entries.")
        body = self._exact(offset + head, count * entry)
        tags = {t: (kind, n, raw) for t, kind, n, raw in struct.iter_unpack(self.order + form, body)}
        link = self._exact(offset + head + count * entry, 8 if self.big else 4)
        return tags, self._unpack("Q" if self.big else "I", link)

    def _directory(self, tags: dict[int, tuple[int, int, bytes]]) -> Directory:
        width, height = self._one(tags, 256), self._one(tags, 257)
        tiled = 322 in tags
        across = self._one(tags, 322) if tiled else width
        down = self._one(tags, 323) if tiled else min(self._one(tags, 278, height), height)
        bands, separate = self._one(tags, 277, 1), self._one(tags, 284, 1) == 2
        for value in (width, height, across, down, bands):
            if not 1 <= value <= MAX_SIDE:
                raise NotACogError(f"The TIFF is malformed: a size of {value}.")
        blocks = -(-width // across) * -(-height // down) * (bands if separate else 1)
        if blocks > MAX_BLOCKS:
            raise NotACogError(f"The TIFF is malformed: {blocks} blocks.")
        offsets = self._table(tags, 324 if tiled else 273, blocks)
        counts = self._table(tags, 325 if tiled else 279, blocks)
        if bool((counts > self._size).any()) or bool((offsets > np.uint64(self._size) - counts).any()):
            raise NotACogError("The TIFF is malformed or cut short: a block lies outside the file.")
        return Directory(
            width=width, height=height, bands=bands, separate=separate, bits=self._one(tags, 258, 1),
            compression=self._one(tags, 259, 1), tiled=tiled, block_width=across, block_height=down,
            subfile=self._one(tags, 254, 0), offsets=offsets, counts=counts,
        )  # fmt: skip

    def _table(self, tags: dict[int, tuple[int, int, bytes]], tag: int, blocks: int) -> NDArray[np.uint64]:
        values = self._values(tags, tag, limit=blocks)
        if len(values) < blocks:
            raise NotACogError(f"The TIFF is malformed: tag {tag} names {len(values)} blocks of {blocks}.")
        return values[:blocks].astype(np.uint64)

    def _one(self, tags: dict[int, tuple[int, int, bytes]], tag: int, default: int | None = None) -> int:
        if tag not in tags and default is not None:
            return default
        return int(self._values(tags, tag, limit=1)[0])

    def _values(self, tags: dict[int, tuple[int, int, bytes]], tag: int, *, limit: int) -> NDArray[Any]:
        if tag not in tags:
            raise NotACogError(f"The TIFF is malformed: tag {tag} is missing.")
        kind, count, raw = tags[tag]
        if kind not in _TYPES:
            raise NotACogError(f"The TIFF is malformed: tag {tag} has type {kind}.")
        dtype = np.dtype(self.order + _TYPES[kind])
        nbytes = dtype.itemsize * count
        if nbytes > len(raw):
            at = self._unpack("Q" if self.big else "I", raw)
            raw = self._exact(at, dtype.itemsize * min(count, limit))
        values = np.frombuffer(raw, dtype, count=min(count, limit))
        if dtype.kind == "i" and bool((values < 0).any()):
            raise NotACogError(f"The TIFF is malformed: tag {tag} is negative.")
        return values

    def _exact(self, offset: int, n: int) -> bytes:
        if offset + n > self._size:
            raise NotACogError("The TIFF is malformed or cut short: a directory points past its end.")
        data = self._read(offset, n)
        if len(data) != n:
            raise NotACogError("The TIFF is cut short.")
        return data

    def _unpack(self, form: str, data: bytes) -> int:
        return int(struct.unpack(self.order + form, data)[0])


def _ordered(frame: Directory, overviews: list[Directory]) -> bool:
    """Whether levels shrink and are tiled: what makes a look cheap."""
    levels = [frame, *overviews]
    return all(d.tiled for d in levels) and all(b.width <= a.width for a, b in pairwise(levels))


def _what_it_is(head: bytes) -> str:
    kind = next((words for magic, words in _MAGIC.items() if head.startswith(magic)), "")
    kind = "an MP4 film" if head[4:8] == b"ftyp" else kind
    if kind.endswith((" picture", " film")):
        shown = "Video" if kind.endswith("film") else "Image"
        return (
            f"The file is {kind}, not a TIFF: there are no tiles, levels or control points to read. To look at it, "
            f"fetch it with iceye_geo.cog.download(...); IPython.display.{shown}(path) shows it in a notebook."
        )
    if kind:
        return f"The file is {kind}, not a TIFF; choose another asset."
    return f"The file is no TIFF (it starts with {head[:4]!r})." if head else "The file is empty."
