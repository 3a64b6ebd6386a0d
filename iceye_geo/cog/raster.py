"""The result of a read: pixels with their mask, place and meaning, which can show itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from iceye_geo.cog import affines
from iceye_geo.cog.info import CogInfo
from iceye_geo.cog.plan import Window
from iceye_geo.cog.render import PERCENTILES, png_bytes, stretch
from iceye_geo.cog.values import UNITS, Values, check_values, convert

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DB = ("sigma0_db", "relative_db")


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """Pixels of a window of a frame, in radar geometry: rows run in range, near first, columns in azimuth.

    Attributes:
        array: masked array, (rows, cols) or (bands, rows, cols); masked where there is no data.
        window: which pixels of the full frame they stand for.
        level: 0 if they are full-resolution pixels, else the overview they came from.
        values: what the numbers are: "dn", "sigma0_db" ...
        info: facts about the frame.
    """

    array: np.ma.MaskedArray[Any, Any]
    window: Window
    level: int
    values: Values
    info: CogInfo = field(repr=False)

    @property
    def mask(self) -> NDArray[np.bool_]:
        """True where there is no data; (rows, cols)."""
        mask = np.ma.getmaskarray(self.array)
        return mask if mask.ndim == 2 else np.asarray(mask.all(axis=0))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return tuple(self.array.shape)

    @property
    def unit(self) -> str:
        """What the numbers are, in words."""
        return UNITS[self.values]

    @property
    def scale(self) -> tuple[float, float]:
        """Full-resolution rows and columns per pixel."""
        rows, cols = self.array.shape[-2:]
        return self.window.height / rows, self.window.width / cols

    @property
    def crs(self) -> Any:
        """CRS of ``gcps`` or of ``transform``, or None."""
        return self.info.frame.crs

    @property
    def gcps(self) -> tuple[Any, ...]:
        """The frame's ground control points, as rows and columns of this array."""
        return tuple(self._moved_gcps())

    @property
    def transform(self) -> Any:
        """Affine transform of this array if it is map-projected; None in radar geometry, see ``gcps``."""
        base = self.info.frame.transform
        if base is None:
            return None
        down, across = self.scale
        return affines.part(base, col=self.window.col, row=self.window.row, across=across, down=down)

    def convert(self, values: Values) -> Raster:
        """Return the same pixels as another value, see ``cog.values``.

        Raises:
            NotCalibratedError: the frame has no calibration, or no incidence angle for "beta0".
            ValueError: these are not digital numbers any more.
        """
        if values == self.values:
            return self
        if self.values != "dn":
            raise ValueError(f"These pixels are {self.values}; read them again with values={values!r}.")
        array, kind = convert(
            self.array, check_values(values), calibration=self.info.calibration, theta_deg=self._theta(values)
        )
        return replace(self, array=array, values=kind)

    def masked(self, outside: NDArray[np.bool_]) -> Raster:
        """Return the same pixels, masked also where ``outside`` (rows, cols) is true."""
        mask = np.ma.getmaskarray(self.array) | outside
        return replace(self, array=np.ma.MaskedArray(self.array.data, mask=mask))

    def despeckled(self, method: Literal["lee", "boxcar"] = "lee", *, size: int = 5) -> Raster:
        """Return the picture with its speckle smoothed, for the look only: do not measure in it.

        Args:
            method: "lee" keeps edges and bright targets, "boxcar" averages.
            size: side of the filter, odd, pixels.

        Raises:
            ValueError: the pixels are not amplitudes (ask for ``values="dn"``), or have colours.
        """
        from iceye_geo.cog.speckle import despeckle

        if self.values not in ("dn", "amplitude") or self.array.ndim != 2:
            raise ValueError(f"Only one band of amplitudes can be filtered, these are {self.values}.")
        looks = (self.info.looks or 1.0) * (self.scale[0] * self.scale[1])
        return replace(
            self, array=despeckle(self.array, method=method, size=size, looks=looks), values="amplitude"
        )

    def to_png(
        self, path: str | Path | None = None, *, percentiles: tuple[float, float] = PERCENTILES,
        limits: tuple[float, float] | None = None,
    ) -> bytes:  # fmt: skip
        """Render as PNG, transparent where there is no data; also writes it if a path is given.

        Where somebody must be named with the pixels, the file's ``Copyright`` text says so.

        Args:
            path: file to write.
            percentiles: darkest and brightest percentile shown, of the dB values.
            limits: darkest and brightest value instead, dB.
        """
        array = self.array
        if array.ndim == 3 and array.shape[0] != 3:
            array = array[0]
        grey = stretch(array, in_db=self.values in _DB, percentiles=percentiles, limits=limits)
        data = png_bytes(grey, alpha=~self.mask, attribution=self.info.attribution)
        if path is not None:
            Path(path).write_bytes(data)
        return data

    def plot(
        self, ax: Axes | None = None, *, title: str | None = None, cmap: str = "gray",
        vmin: float | None = None, vmax: float | None = None,
    ) -> Axes:  # fmt: skip
        """Draw with matplotlib: scale bar, arrows for north, range and azimuth, dB colour bar, who must be named.

        Args:
            ax: where to draw; None for a new figure.
            title: words above; None for mode, product and time.
            cmap: matplotlib colour map.
            vmin: darkest value, in the unit of the colour bar; None for the 2nd percentile.
            vmax: brightest value; None for the 98th percentile.

        Raises:
            InvalidInputError: ``vmin`` is not below ``vmax``.
        """
        from iceye_geo.cog.plotting import plot_raster

        return plot_raster(self, ax, title=title, cmap=cmap, limits=(vmin, vmax))

    def _theta(self, values: str) -> NDArray[np.float64] | None:
        if values != "beta0" or self.info.incidence is None:
            return None
        rows = self.array.shape[-2]
        centres = self.window.row + (np.arange(rows) + 0.5) * self.scale[0]
        return self.info.incidence.at(centres)[:, None]

    def _moved_gcps(self) -> Iterator[Any]:
        from rasterio.control import GroundControlPoint

        down, across = self.scale
        for g in self.info.frame.gcps:
            yield GroundControlPoint(
                (g.row - self.window.row) / down,
                (g.col - self.window.col) / across,
                g.x,
                g.y,
                g.z,
                g.id,
                g.info,
            )

    def _repr_png_(self) -> bytes:
        return self.to_png()

    def __repr__(self) -> str:
        size = "x".join(map(str, self.shape))
        return f"Raster({size} {self.array.dtype}, {self.unit}, level {self.level}, {self.window})"
