"""Decoding by GDAL, out of the range reader: level and window are chosen here, never by GDAL."""

from __future__ import annotations

import atexit
import contextvars
import functools
import threading
import uuid
import warnings
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import rasterio
from rasterio.abc import FileContainer
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.enums import MaskFlags, Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import MemoryFile
from rasterio.transform import GCPTransformer
from rasterio.windows import Window as RasterioWindow

from iceye_geo.cog.lending import Lending
from iceye_geo.cog.plan import ReadPlan
from iceye_geo.cog.reader import Reader, ReaderFile
from iceye_geo.errors import NotACogError, ReadFailedError

_NAME = "frame.tif"
# GDAL asks for no side-car, lists nothing and keeps no file name of ours beyond the open dataset.
_ENV = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": "NO"}
# With these a result is nodata exactly where all pixels under it are.
_KEEPS_NODATA = frozenset({"nearest", "average"})
# rasterio keeps its open files in a context variable: a dataset opened by one thread could not be closed by another.
# So all are opened and closed in one context, which one thread at a time may enter.
_context = contextvars.copy_context()
_open_lock = threading.RLock()


class _OneFile:
    """The file of one dataset, under a name of its own."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.folder = reader, uuid.uuid4().hex
        self.files: list[ReaderFile] = []

    def open(self) -> ReaderFile:
        """Return the file from its beginning."""
        self.files.append(ReaderFile(self.reader))
        return self.files[-1]

    def error(self) -> BaseException | None:
        """Return and forget what went wrong while GDAL was reading."""
        found = next((f.error for f in self.files if f.error), None)
        for file in self.files:
            file.error = None
        return found


class _FileSystem(FileContainer):  # type: ignore[misc]
    """The file system GDAL sees: a folder for each dataset, one file in it, every question answered here.

    rasterio would register one for each dataset and remove it again. GDAL keeps them in a map without a lock, through
    which each opening of any file goes: a thread that opens a file of its own meanwhile would crash now and then. So
    there is one for the process, and it stays.
    """

    def __init__(self) -> None:
        self._shown: weakref.WeakValueDictionary[str, _OneFile] = weakref.WeakValueDictionary()
        self._kept: list[tuple[Any, _OneFile]] = []
        # Made before any decoder's: when the interpreter ends, the last to run.
        weakref.finalize(self, _close_all, {0: self._kept})

    def path(self, file: _OneFile) -> str:
        """Return the path under which GDAL opens a file; call it in the context, holding the lock."""
        if not self._kept:
            self._register()
        self._shown[file.folder] = file
        root = str(self._kept[0][0].name).rsplit("/", 2)[0]
        return f"{root}/{file.folder}/{_NAME}"

    def open(self, path: str, mode: str = "r", **_: Any) -> ReaderFile:
        """Open the file for reading; there is no other and no other way."""
        file = self._find(path)
        if file is None or "w" in mode or "+" in mode:
            raise FileNotFoundError(path)
        return file.open()

    def isfile(self, path: str) -> bool:
        """Whether the path names the file."""
        return self._find(path) is not None

    def isdir(self, path: str) -> bool:  # noqa: ARG002
        """Always false: there are no folders."""
        return False

    def ls(self, path: str) -> list[str]:  # noqa: ARG002
        """Return nothing, so that GDAL looks for no side-cars."""
        return []

    def mtime(self, path: str) -> int:  # noqa: ARG002
        """Always 0: the file does not change while it is open."""
        return 0

    def rm(self, path: str) -> None:
        """Refuse."""
        raise PermissionError(path)

    def size(self, path: str) -> int:
        """Return the file's length, bytes."""
        file = self._find(path)
        return file.reader.size if file else 0

    def _find(self, path: str) -> _OneFile | None:
        folder, _, name = path.rpartition("/")
        return self._shown.get(folder.rpartition("/")[2]) if name == _NAME else None

    def _register(self) -> None:
        """Open a tiny image that stays open: as long as it does, the file system stays registered."""
        file = _OneFile(cast(Reader, _Bytes(_tiny_image())))
        self._shown[file.folder] = file
        dataset = rasterio.open(f"{file.folder}/{_NAME}", opener=self, driver="GTiff", sharing=False)
        self._kept.append((dataset, file))


class _Bytes:
    """A file in memory, as GDAL is given files here."""

    identity, tag = "warm-up", ""

    def __init__(self, data: bytes) -> None:
        self._data, self.size = data, len(data)

    def read(self, start: int, n: int) -> bytes:
        """Return ``n`` bytes, fewer at the end."""
        return self._data[start : start + n]


@functools.cache
def _tiny_image() -> bytes:
    """Return an image of 16 x 16 pixels in radar geometry."""
    points = [
        GroundControlPoint(row, col, 25 + col / 1e4, 60 - row / 1e4)
        for row in (0, 8, 16)
        for col in (0, 8, 16)
    ]
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", width=16, height=16, count=1, dtype="uint16", nodata=0, tiled=True, blockxsize=16,
            blockysize=16, gcps=points, crs=CRS.from_epsg(4326),
        ) as out:  # fmt: skip
            out.write(np.ones((1, 16, 16), np.uint16))
        return bytes(memory.read())


@functools.cache
def warm_up() -> None:
    """Load what the first image needs of GDAL and PROJ, while its header is on the way: once a process.

    A tiny image in radar geometry is written, opened as any other and asked for its points: that loads all there is
    to load, where doing so with the header at hand would hold back the first request for data.
    """
    with _open_lock:
        data = _tiny_image()
    decoder = Decoder(cast(Reader, _Bytes(data)))
    with decoder.dataset(0) as dataset:
        transformer = GCPTransformer(dataset.gcps[0], tps=True)
        transformer.rowcol(25.0, 60.0)
        dataset.read(1, masked=True, window=RasterioWindow(0, 0, 2, 2))
    decoder.close()


def _masked_by_value(dataset: Any) -> bool:
    """Whether nodata alone makes the mask, and can be compared with."""
    flags = {flag for band in dataset.mask_flag_enums for flag in band}
    return flags == {MaskFlags.nodata} and dataset.nodata is not None and not np.isnan(dataset.nodata)


def _close_all(idle: dict[int, list[tuple[Any, _OneFile]]]) -> None:
    # Each is taken out before it is closed: at the end of the process another thread may be about to take one.
    for datasets in list(idle.values()):
        while datasets:
            _close(datasets.pop()[0])


def _close(dataset: Any) -> None:
    with _open_lock:
        _context.run(dataset.close)


_file_system = _FileSystem()
_lending = Lending()
# After the file system, so that it runs before the last datasets are closed.
atexit.register(_lending.end)


class Decoder:
    """Open GDAL datasets of one file, by level, handed to one thread at a time.

    Args:
        reader: where the bytes come from.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._idle: dict[int, list[tuple[Any, _OneFile]]] = {}
        self._lock = threading.Lock()
        # A dataset still open when the interpreter ends would call back into it.
        weakref.finalize(self, _close_all, self._idle)

    @contextmanager
    def dataset(self, level: int) -> Iterator[Any]:
        """Lend the rasterio dataset of a level (0 is the frame).

        Raises:
            NotACogError: GDAL cannot read the file.
            ReadFailedError: a block could not be decoded.
            CogError: what went wrong on the wire.
        """
        with _lending.one(), rasterio.Env(**_ENV):
            with self._lock:
                idle = self._idle.get(level)
                opened = idle.pop() if idle else None
            dataset, files = opened or self._open(level)
            try:
                yield dataset
            except RasterioError as err:
                _close(dataset)
                raise files.error() or ReadFailedError(f"GDAL cannot decode the image: {err}") from err
            except BaseException:
                _close(dataset)
                raise
            with self._lock:
                self._idle.setdefault(level, []).append((dataset, files))

    def read(self, plan: ReadPlan, *, bands: tuple[int, ...], resampling: str) -> np.ma.MaskedArray[Any, Any]:
        """Read a plan.

        Returns:
            Masked array of shape (bands, rows, cols), masked where the file says there is no data.
        """
        window = plan.window
        part = RasterioWindow(window.col, window.row, window.width, window.height)
        shape = None if plan.shape == (window.height, window.width) else (len(bands), *plan.shape)
        how = {"window": part, "out_shape": shape, "resampling": Resampling[resampling]}
        with self.dataset(plan.level) as dataset:
            if resampling in _KEEPS_NODATA and _masked_by_value(dataset):
                # The same mask as GDAL's, without decoding and resampling everything a second time for it.
                array = dataset.read(list(bands), **how)
                return np.ma.masked_equal(array, dataset.nodata, copy=False)
            masked: np.ma.MaskedArray[Any, Any] = dataset.read(list(bands), masked=True, **how)
        return masked

    def close(self) -> None:
        """Close all datasets."""
        with self._lock:
            _close_all(self._idle)

    def _open(self, level: int) -> tuple[Any, _OneFile]:
        files = _OneFile(self._reader)
        # "only": without it GDAL goes on to a coarser overview when a read is shrunk, which nobody sent for.
        overview = f"{level - 1}only" if level else "NONE"
        try:
            with _open_lock, warnings.catch_warnings():
                # SLC and QLK may lie in radar geometry alone: then `geolocation` says so when it is asked.
                warnings.simplefilter("ignore", NotGeoreferencedWarning)
                how = {"driver": "GTiff", "OVERVIEW_LEVEL": overview, "sharing": False}
                dataset = _context.run(lambda: rasterio.open(_file_system.path(files), **how))
        except RasterioError as err:
            raise files.error() or NotACogError(f"GDAL cannot open the file: {err}") from err
        return dataset, files
