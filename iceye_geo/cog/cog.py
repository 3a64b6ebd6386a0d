"""``Cog``: the face of this room. Every verb is a few lines over the module that knows how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from iceye_geo.cog.geocode import GeoRaster, geocode
from iceye_geo.cog.image import Image
from iceye_geo.cog.measure import Point, Profile, read_point, read_profile, tally
from iceye_geo.cog.raster import Raster
from iceye_geo.cog.region import Where, find_region
from iceye_geo.cog.statistics import Histogram, Statistics
from iceye_geo.cog.values import Values
from iceye_geo.errors import NoGeoreferenceError

if TYPE_CHECKING:
    import folium
    import xarray as xr


class Cog(Image):
    """An open image. A context manager; made by ``open_cog`` or ``client.open_cog``.

    Reads answer in radar geometry, rows in range (near first) and columns in azimuth; ``geocoded`` answers north-up.
    Safe to share between threads. Pickles without link or secret, and opens again where it is unpickled.

    Attributes:
        ref: what is open.
        transfer: requests, bytes, seconds, cache hits and renewals so far.
    """

    def chip(
        self, where: Where, size: int = 1024, *, size_m: float | None = None, max_size: int | None = None,
        values: Values = "dn", frame: int = 0,
    ) -> Raster:  # fmt: skip
        """Read the pixels of a place at full resolution, cut where the frame ends.

        Args:
            where: (lon, lat), a box (west, south, east, north), or a geometry, outside which pixels are masked.
            size: side round a point, pixels.
            size_m: side round a point, metres on the ground; instead of ``size``.
            max_size: shrink until the longer side has this many pixels; None keeps full resolution.
            values: as for ``preview``.
            frame: frame of a VID, from 0.

        Returns:
            Raster; ``.window`` says which pixels of the frame it holds.

        Raises:
            OutsideFrameError: the place lies outside the frame.
            NoGeoreferenceError: the file does not say where it lies.
            LargeReadWarning: a warning, before more than 64 MB are read.
        """
        region = find_region(where, self.geolocation, size=size, size_m=size_m)
        raster = self.read(region.window, max_size=max_size, values=values, frame=frame)
        outside = region.outside(raster.window, raster.shape[-2:])  # type: ignore[arg-type]
        return raster if outside is None else raster.masked(outside)

    def point(self, lon: float, lat: float) -> Point:
        """Return the pixel at a point: digital number, sigma nought, incidence angle.

        Raises:
            OutsideFrameError: the point lies outside the frame.
        """
        return read_point(self, lon, lat)

    def statistics(
        self, where: Where | None = None, *, size: int = 101, size_m: float | None = None, exact: bool | None = None,
        tiles: int = 16,
    ) -> Statistics:  # fmt: skip
        """Return statistics of backscatter, computed in power at full resolution.

        Args:
            where: as for ``chip``; None for the whole frame.
            size: side round a point, pixels.
            size_m: side round a point, metres.
            exact: read every pixel. By default places are exact, the whole frame is sampled.
            tiles: tiles of 512 x 512 pixels that stand for a frame when it is sampled.
        """
        counted, method = tally(self, where, size=size, size_m=size_m, exact=exact, tiles=tiles)
        return counted.statistics(method)

    def histogram(
        self, where: Where | None = None, *, bins: int = 100, size: int = 512, exact: bool | None = None,
        tiles: int = 16,
    ) -> Histogram:  # fmt: skip
        """Return how often each brightness occurs, in dB. Arguments as for ``statistics``."""
        counted, method = tally(self, where, size=size, size_m=None, exact=exact, tiles=tiles)
        return counted.histogram(bins, method)

    def profile(
        self,
        line: Sequence[tuple[float, float]] | Any,
        *,
        samples: int | None = None,
        values: Values = "sigma0_db",
    ) -> Profile:
        """Return full-resolution values along a line on the ground.

        Args:
            line: (lon, lat) points, or a LineString; edges are straight in (lon, lat).
            samples: how many; by default about one per pixel, 2,000 at most.
            values: as for ``preview``.
        """
        return read_profile(self, line, samples=samples, values=values)

    def incidence(self, lon: float, lat: float) -> float:
        """Return the incidence angle at a point, degrees; NaN if the file does not tell.

        Raises:
            OutsideFrameError: the point lies outside the frame.
        """
        row, _ = self.geolocation.pixel(lon, lat)
        model = self.info().incidence
        return float(model.at(row)) if model else float("nan")

    def geocoded(
        self, max_size: int = 1024, *, crs: str = "EPSG:4326", values: Values = "dn", where: Where | None = None,
        frame: int = 0,
    ) -> GeoRaster:  # fmt: skip
        """Return a north-up picture. Only the look is warped, never the frame.

        Args:
            max_size: longer side, pixels.
            crs: "EPSG:4326", "EPSG:3857", "utm" or any CRS pyproj knows.
            values: as for ``preview``.
            where: a box or geometry instead of the whole frame.
            frame: frame of a VID, from 0.

        Returns:
            GeoRaster with transform and bounds, transparent where there is no data.

        Raises:
            NoGeoreferenceError: the file does not say where it lies.
        """
        if where is None:
            look = self.preview(max_size, frame=frame)
        else:
            look = self.chip(where, max_size=max_size, frame=frame)
        return geocode(look, self.geolocation, crs=crs, values=values)

    def to_map(self, max_size: int = 1024) -> folium.Map:
        """Put a north-up look on a folium map, with an opacity slider and the footprint (hands over to ``maps``)."""
        from iceye_geo.maps.preview import preview

        page: folium.Map = preview(self.geocoded(max_size, crs="EPSG:3857"))
        return page

    def to_xarray(self, chunks: int = 1024, *, values: Values = "dn", frame: int = 0) -> xr.DataArray:
        """Return the frame as a lazy DataArray in radar geometry, dims ("row", "col"), chunked along its tiles.

        Links are resolved when a task reads, so a graph may outlive them.

        Args:
            chunks: side of a chunk, pixels; rounded up to whole tiles.
            values: as for ``preview``.
            frame: frame of a VID, from 0.

        Raises:
            MissingExtraError: xarray or dask is not installed.
        """
        from iceye_geo.cog.lazy import to_xarray

        return to_xarray(self, chunks=chunks, values=values, frame=frame)

    @property
    def center(self) -> tuple[float, float]:
        """The (lon, lat) of the middle of the frame, degrees.

        Raises:
            NoGeoreferenceError: the file does not say where it lies.
        """
        frame = self.info().frame
        return self.geolocation.lonlat(frame.height / 2, frame.width / 2)

    def footprint(self) -> list[tuple[float, float]]:
        """Return the frame's border as a closed (lon, lat) ring, continuous across the date line.

        Raises:
            NoGeoreferenceError: the file does not say where it lies.
        """
        ring = self.geolocation.outline()
        if not np.isfinite(ring).all():
            raise NoGeoreferenceError("The frame's border has no place on the ground.")
        return ring
