"""One open image: header, plan, read. The ground of ``Cog``; knows pixels and levels, no measuring and no maps."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from iceye_geo.closing import Closing
from iceye_geo.cog.decode import Decoder, warm_up
from iceye_geo.cog.geolocation import Geolocation
from iceye_geo.cog.info import CogInfo, read_info
from iceye_geo.cog.plan import ReadPlan, Window, plan_read
from iceye_geo.cog.raster import Raster
from iceye_geo.cog.reader import Reader
from iceye_geo.cog.ref import AssetRef
from iceye_geo.cog.tiff import Tiff, parse_tiff
from iceye_geo.cog.transfer import Transfer
from iceye_geo.cog.values import Values, check_values
from iceye_geo.errors import ChangedOnServerError, InvalidInputError, LargeReadWarning

if TYPE_CHECKING:
    from iceye_geo.cog.opening import Recipe

T = TypeVar("T")

# A look or a chip of a proper COG stays far below; what is above deserves a word before it is read.
LARGE_READ_BYTES = 64 * 1024 * 1024
# How often a read starts again because the file behind the link was replaced meanwhile.
_RESTARTS = 2


class Image(Closing):
    """An open image, by windows of pixels. ``Cog`` adds places, measures and maps.

    Args:
        ref: what is open.
        reader: its bytes.
        transfer: counters, also seen as ``cog.transfer``.
        recipe: how to open it again elsewhere.
        properties: properties of the STAC item, used where the file is silent.
    """

    def __init__(
        self, ref: AssetRef, *, reader: Reader, transfer: Transfer, recipe: Recipe,
        properties: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.ref, self.transfer = ref, transfer
        self._reader, self._recipe, self._properties = reader, recipe, properties
        self._decoder = Decoder(reader)
        self._location: Geolocation | None = None
        self._facts: CogInfo | None = None
        try:
            reader.start()
            warm_up()
            self._load()
        except BaseException:
            reader.close()
            raise

    def info(self) -> CogInfo:
        """Return size, type, mode, calibration, georeference, layout and cost. The header says it all."""
        if self._facts is None:
            with self._decoder.dataset(0) as dataset:
                self._facts = read_info(
                    dataset, self._tiff, label=self.ref.label, size_bytes=self._reader.size,
                    item_properties=self._properties,
                )  # fmt: skip
        return self._facts

    def preview(
        self, max_size: int = 1024, *, values: Values = "dn", frame: int = 0, resampling: str = "average"
    ) -> Raster:
        """Look at the whole frame.

        The coarsest overview with at least ``max_size`` pixels on its longer side is read whole and resampled
        to exactly ``max_size``, keeping the aspect: the same pixels as a local rasterio read of that
        ``OVERVIEW_LEVEL`` ("0only", ...) with this ``out_shape`` and resampling. Nothing is enlarged.

        Args:
            max_size: longer side of the result, pixels.
            values: "dn", "amplitude", "sigma0", "sigma0_db" or "beta0".
            frame: frame of a VID, from 0.
            resampling: name of a rasterio resampling; "average" keeps speckle down, "nearest" keeps values.

        Returns:
            Raster of shape (rows, cols), (3, rows, cols) for a colour product.

        Raises:
            CogError: the bytes did not arrive, or are no TIFF.
            InvalidInputError: ``max_size``, ``values`` or ``frame`` breaks a rule.
        """
        return self.read(self.window, max_size=max_size, values=values, frame=frame, resampling=resampling)

    def read(
        self, window: Window, *, max_size: int | None = None, values: Values = "dn", frame: int = 0,
        resampling: str = "average",
    ) -> Raster:  # fmt: skip
        """Read a window of the frame, at full resolution or shrunk to ``max_size``.

        Args:
            window: rows and columns of the full frame; cut where the frame ends.
            max_size: longer side of the result, pixels; None for full resolution.
            values: as for ``preview``.
            frame: frame of a VID, from 0.
            resampling: used only when the result is smaller than the level it is read from.

        Raises:
            OutsideFrameError: the window lies outside the frame.
        """
        check_values(values)
        bands = self._bands(frame)
        return self._steady(lambda: self._read(window, max_size, bands, resampling)).convert(values)

    @property
    def window(self) -> Window:
        """The whole frame."""
        return Window(0, 0, self._tiff.levels[0].height, self._tiff.levels[0].width)

    @property
    def geolocation(self) -> Geolocation:
        """Longitude and latitude to pixels and back.

        Raises:
            NoGeoreferenceError: the file does not say where it lies.
        """
        if self._location is None:
            self._location = Geolocation(self.info().frame)
        return self._location

    @property
    def recipe(self) -> Recipe:
        """How to open the image again elsewhere: no link, no secret."""
        return self._recipe

    @property
    def size_and_tag(self) -> tuple[int, str]:
        """Length of the file and its ETag ("" on disk): which version is open."""
        return self._reader.size, self._reader.tag

    def prefetch(
        self, windows: Iterable[Window], *, max_size: int | None = None, frame: int = 0
    ) -> Callable[[], None]:
        """Send for windows, all at once; call the answer to wait for their bytes. Arguments as for ``read``."""
        spans = [
            span for window in windows for span in self.plan(window, max_size=max_size, frame=frame).spans
        ]
        return self._reader.prefetch(spans)

    def close(self) -> None:
        """Close datasets and threads. Bytes already read stay cached for the next opening."""
        self._decoder.close()
        self._reader.close()

    def plan(self, window: Window, *, max_size: int | None = None, frame: int = 0) -> ReadPlan:
        """Say what a read would fetch, without fetching it."""
        cut = window.clip(self.window.height, self.window.width)
        return plan_read(self._tiff, cut, max_size=max_size, bands=self._bands(frame))

    def _read(self, window: Window, max_size: int | None, bands: tuple[int, ...], resampling: str) -> Raster:
        frame = self._tiff.levels[0]
        cut = window.clip(frame.height, frame.width)
        plan = plan_read(self._tiff, cut, max_size=max_size, bands=bands)
        self._warn_if_large(plan)
        # The bytes are sent for, then decoded as they arrive; a fault of the wire is raised by either.
        arrive = self._reader.prefetch(plan.spans)
        try:
            info = self.info()
            array = self._decoder.read(plan, bands=bands, resampling=resampling)
        finally:
            arrive()
        if array.dtype.kind == "f":
            array = np.ma.masked_invalid(array, copy=False)
        shown = array[0] if len(bands) == 1 else array
        return Raster(shown, self._to_frame(plan), plan.level, "dn", info)

    def _to_frame(self, plan: ReadPlan) -> Window:
        """Return the full-resolution pixels that a plan covers."""
        frame, level, part = self._tiff.levels[0], self._tiff.levels[plan.level], plan.window
        down, across = frame.height / level.height, frame.width / level.width
        return Window(
            round(part.row * down),
            round(part.col * across),
            round(part.height * down),
            round(part.width * across),
        )

    def _warn_if_large(self, plan: ReadPlan) -> None:
        # An SLC holds eight bytes a pixel, uncompressed: a word is due sooner.
        limit = LARGE_READ_BYTES // 8 if self._tiff.levels[0].bands == 2 else LARGE_READ_BYTES
        if plan.nbytes > limit:
            warnings.warn(
                f"{self.ref.label}: this read fetches {plan.nbytes / 1e6:.0f} MB ({self.info().layout}, "
                f"{self.info().kind}). A smaller window, or the GRD-COG of the same frame, costs less.",
                LargeReadWarning,
                stacklevel=5,
            )

    def _bands(self, frame: int) -> tuple[int, ...]:
        if self._tiff.levels[0].bands == 1 and frame == 0:
            return (1,)
        if self.info().kind == "VID":
            if not 0 <= frame < self.info().bands:
                raise InvalidInputError("frame", f"must be 0 to {self.info().bands - 1}")
            return (frame + 1,)
        if frame:
            raise InvalidInputError("frame", f"only a VID has frames; this is a {self.info().kind}")
        return self.info().default_bands

    def _steady(self, work: Callable[[], T]) -> T:
        """Run a read; start it again if the file behind the link was replaced meanwhile."""
        for _ in range(_RESTARTS):
            try:
                return work()
            except ChangedOnServerError:
                self._decoder.close()
                self._reader.reset()
                self._load()
        return work()

    def _load(self) -> None:
        self._facts, self._location = None, None
        self._reader.ready()
        self._tiff: Tiff = parse_tiff(self._reader.read, size=self._reader.size)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle as a recipe: no link, no secret, no bytes. Opens again where it is unpickled."""
        return self._recipe.open, ()

    def __repr__(self) -> str:
        i = self.info()
        size = f"{i.height}x{i.width} {i.dtype}"
        return f"{type(self).__name__}({self.ref.label}, {i.kind} {i.mode}, {size}, {self.transfer})"
