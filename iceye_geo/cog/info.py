"""What is known about an image without reading a pixel: size, calibration, georeference, cost of a look."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from iceye_geo.cog.incidence import Incidence, first_number, incidence_model
from iceye_geo.cog.plan import Window, plan_read
from iceye_geo.cog.shown import facts, joined
from iceye_geo.cog.tiff import Tiff
from iceye_geo.cog.values import Calibration

_UNCALIBRATED = frozenset({"SC", "SCW"})
# GDAL's COG driver makes overviews until one side is below its block of 512 pixels.
_NEEDS_NO_OVERVIEW = 512
_PLAIN = (
    "label", "kind", "product_type", "mode", "width", "height", "bands", "dtype", "nodata", "calibrated",
    "look_side", "orbit_state", "looks", "start_datetime", "layout", "compression", "block", "levels",
    "size_bytes", "look_bytes", "georeference", "attribution",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Size and georeference, as GDAL reads them.

    Attributes:
        height: rows (range).
        width: columns (azimuth).
        gcps: rasterio ground control points in EPSG:4326.
        rpcs: rasterio RPCs, or None.
        crs: of ``transform``, or of the control points.
        transform: affine transform of a map-projected picture; None in radar geometry.
    """

    height: int
    width: int
    gcps: tuple[Any, ...] = ()
    rpcs: Any = None
    crs: Any = None
    transform: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class CogInfo:
    """Facts about one open image.

    Attributes:
        label: item id, path or URL without its signature.
        kind: "GRD", "SLC", "QLK", "CSI", "VID" or "other".
        product_type: what the file calls itself, e.g. "GRD-COG", or "".
        mode: processing code, e.g. "SLEDF", or "".
        width: columns (azimuth).
        height: rows (range, near at the top).
        bands: bands (25 frames of a VID).
        dtype: numpy name of the pixel type.
        nodata: value of fill, or None.
        calibrated: whether sigma nought can be had.
        calibration: factor, scale and offset.
        look_side: "left", "right" or "".
        orbit_state: "ascending", "descending" or "".
        looks: effective number of looks (range x azimuth), or None.
        start_datetime: acquisition start as the file says it, or "".
        incidence: angle across the frame, or None.
        layout: "COG", "tiled GeoTIFF", "striped GeoTIFF", with "without overviews" where that is so.
        compression: codec of the blocks.
        block: rows and columns of a block.
        levels: (rows, columns) of the frame and its overviews.
        size_bytes: length of the file.
        look_bytes: bytes a 1024 pixel look costs.
        georeference: "GCP", "RPC", "affine" or "none".
        frame: size and georeference.
        properties: ICEYE_PROPERTIES, with the item's properties beneath.
    """

    label: str
    kind: str
    product_type: str
    mode: str
    width: int
    height: int
    bands: int
    dtype: str
    nodata: float | None
    calibrated: bool
    calibration: Calibration
    look_side: str
    orbit_state: str
    looks: float | None
    start_datetime: str
    incidence: Incidence | None
    layout: str
    compression: str
    block: tuple[int, int]
    levels: tuple[tuple[int, int], ...]
    size_bytes: int
    look_bytes: int
    georeference: str
    frame: Frame
    properties: Mapping[str, Any] = field(repr=False)

    @property
    def is_cog(self) -> bool:
        """Whether a look costs little."""
        return self.layout == "COG"

    @property
    def default_bands(self) -> tuple[int, ...]:
        """Bands a look shows: amplitude for SLC, one frame of a VID, all three colours of a CSI."""
        return (1, 2, 3) if self.kind in ("CSI", "QLK") and self.bands >= 3 else (1,)

    @property
    def attribution(self) -> str:
        """Who must be named wherever the pixels are shown, as the record or the file says it; "" where nobody must."""
        told = self.properties.get("attribution")
        shown = "".join(c if c.isprintable() else " " for c in told) if isinstance(told, str) else ""
        return " ".join(shown.split())

    @property
    def cost(self) -> str:
        """What a look of 1024 pixels moves, in words."""
        look, whole = self.look_bytes / 1e6, self.size_bytes / 1e6
        words = f"{self.layout}; a look of 1024 pixels reads {look:.1f} MB of {whole:.1f} MB"
        return words if self.is_cog else f"{words} (not cloud-optimized: every look costs that much)"

    def to_dict(self) -> dict[str, Any]:
        """Return the plain facts, ready for JSON."""
        return {name: getattr(self, name) for name in _PLAIN} | {
            "calibration_factor": self.calibration.factor
        }

    def __repr__(self) -> str:
        size = f"{self.height}x{self.width} {self.dtype}"
        return f"CogInfo({joined((self.label, f'{self.kind} {self.mode}'.strip(), size, self.cost))})"

    def _repr_html_(self) -> str:
        return facts(self.cost, {n: str(v) for n, v in self.to_dict().items() if v not in (None, "")})


def sources_of(infos: Iterable[CogInfo]) -> str:
    """Return all who must be named with a picture made of several images, each once; "" where nobody must."""
    return "; ".join(sorted({info.attribution for info in infos} - {""}))


def read_info(
    dataset: Any, tiff: Tiff, *, label: str, size_bytes: int, item_properties: Mapping[str, Any] | None = None
) -> CogInfo:
    """Gather the facts from an open GDAL dataset and the parsed directories.

    Args:
        dataset: rasterio dataset of the frame.
        tiff: its directories.
        label: name for messages.
        size_bytes: length of the file.
        item_properties: properties of the STAC item, used where the file is silent.
    """
    tags = dataset.tags()
    found = {**(item_properties or {}), **_embedded(tags)}
    frame = _frame(dataset)
    image = tiff.levels[0]
    product = _text(found, "sar:product_type")
    mode = _text(found, "iceye:processing_mode")
    factor = first_number(found, "iceye:calibration_factor")
    calibrated = factor is not None and factor > 0 and mode not in _UNCALIBRATED
    kind = _kind(product, dataset)
    bands = (1, 2, 3) if dataset.count >= 3 and kind in ("CSI", "QLK") else (1,)
    look = plan_read(tiff, Window(0, 0, image.height, image.width), max_size=1024, bands=bands)
    return CogInfo(
        label=label, kind=kind, product_type=product, mode=mode, width=dataset.width, height=dataset.height,
        bands=dataset.count, dtype=str(dataset.dtypes[0]), nodata=dataset.nodata, calibrated=calibrated,
        calibration=Calibration(
            factor if calibrated else None, first_number(tags, "SCALE") or float(dataset.scales[0]),
            first_number(tags, "OFFSET") or float(dataset.offsets[0]),
        ),
        look_side=_text(found, "sar:observation_direction").lower(),
        orbit_state=_text(found, "sat:orbit_state").lower(),
        looks=_looks(found), start_datetime=_text(found, "start_datetime", "datetime"),
        incidence=incidence_model(found, rows=image.height), layout=_layout(tiff), compression=image.codec,
        block=(image.block_height, image.block_width), levels=tuple((d.height, d.width) for d in tiff.levels),
        size_bytes=size_bytes, look_bytes=look.nbytes, georeference=_georeference(frame), frame=frame,
        properties=found,
    )  # fmt: skip


def _embedded(tags: Mapping[str, str]) -> dict[str, Any]:
    """Read ICEYE_PROPERTIES; a broken one counts as absent, since the pixels are still good."""
    try:
        value = json.loads(tags.get("ICEYE_PROPERTIES", "{}"))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _frame(dataset: Any) -> Frame:
    gcps, gcp_crs = dataset.gcps
    affine = None if dataset.transform.is_identity or gcps else dataset.transform
    return Frame(
        height=dataset.height, width=dataset.width, gcps=tuple(gcps), rpcs=dataset.rpcs,
        crs=gcp_crs if gcps else dataset.crs, transform=affine,
    )  # fmt: skip


def _kind(product: str, dataset: Any) -> str:
    named = product.upper().removesuffix("-COG")
    if named in ("GRD", "SLC", "QLK", "CSI", "VID"):
        return named
    if dataset.count == 25:
        return "VID"
    if dataset.count == 2 and dataset.dtypes[0] == "float32":
        return "SLC"
    if dataset.count == 1:
        return "GRD" if dataset.dtypes[0] != "uint8" else "QLK"
    return "other"


def _layout(tiff: Tiff) -> str:
    image = tiff.levels[0]
    small = max(image.width, image.height) <= _NEEDS_NO_OVERVIEW
    bare = len(tiff.levels) == 1 and not small
    if tiff.cog and not bare:
        return "COG"
    kind = "tiled GeoTIFF" if image.tiled else "striped GeoTIFF"
    return f"{kind} without overviews" if bare else kind


def _georeference(frame: Frame) -> str:
    if len(frame.gcps) >= 3:
        return "GCP"
    if frame.rpcs is not None:
        return "RPC"
    return "affine" if frame.transform is not None and frame.crs is not None else "none"


def _looks(properties: Mapping[str, Any]) -> float | None:
    across, along = first_number(properties, "sar:looks_range"), first_number(properties, "sar:looks_azimuth")
    return None if across is None and along is None else (across or 1.0) * (along or 1.0)


def _text(properties: Mapping[str, Any], *names: str) -> str:
    return next((str(properties[n]) for n in names if properties.get(n)), "")
