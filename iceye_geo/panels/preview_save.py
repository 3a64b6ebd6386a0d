"""Writing a view of a preview: PNG as it looks, GeoTIFF with its values and where they lie."""

from __future__ import annotations

import base64
import html
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from iceye_geo.cog.render import png_texts
from iceye_geo.errors import InvalidInputError
from iceye_geo.panels.preview_display import Display, unit_of, valued

if TYPE_CHECKING:
    from iceye_geo.panels.preview_layers import Layer, Shot
    from iceye_geo.panels.preview_picture import Picture

# What a page is sent as a link to keep; larger files stay where they were written.
_MOST_LINKED_BYTES = 8 * 1024 * 1024


def save_view(path: Path, picture: Picture, shot: Shot | None, layer: Layer, display: Display) -> Path:
    """Write a picture.

    A GeoTIFF holds the values shown as float32, NaN where there is no data; ground control points in radar geometry,
    an affine transform on the map; and tags that say which frame, which pixels and which overview it came from.
    Who must be named with the pixels stands in a PNG as its ``Copyright`` text, in a GeoTIFF as TIFFTAG_COPYRIGHT.

    Args:
        path: .png or .tif.
        picture: what is shown, of one date or two.
        shot: its pixels of the date on top, which a GeoTIFF holds; None where that does not touch the view.
        layer: the date on top.
        display: how it is shown.

    Raises:
        InvalidInputError: the name ends in neither .png nor .tif, the folder is missing, or nothing is shown.
    """
    if path.suffix.lower() not in (".png", ".tif", ".tiff"):
        raise InvalidInputError("path", "must end in .png or .tif")
    if not path.parent.is_dir():
        raise InvalidInputError("path", f"there is no folder {path.parent}")
    if path.suffix.lower() == ".png":
        _write_png(path, picture)
        return path
    if shot is None:
        raise InvalidInputError("view", "shows no pixel of the frame")
    _write_tiff(path, shot, layer, display)
    return path


def saved_html(path: Path) -> str:
    """Return where a file was written, with a link to keep a copy where it is not too large for a page."""
    content = path.read_bytes()
    name, where = html.escape(path.name), html.escape(str(path.resolve()))
    words = f"Saved {where}, {len(content) / 1e6:.2f} MB"
    if len(content) <= _MOST_LINKED_BYTES:
        kind = "image/png" if path.suffix.lower() == ".png" else "image/tiff"
        data = base64.b64encode(content).decode()
        words += f' · <a download="{name}" href="data:{kind};base64,{data}">keep a copy</a>'
    return f'<div role="status">{words}</div>'


def _write_png(path: Path, picture: Picture) -> None:
    from PIL import Image

    with Image.open(io.BytesIO(picture.image)) as opened:
        opened.save(path, "PNG", pnginfo=png_texts(picture.attribution))


def _write_tiff(path: Path, shot: Shot, layer: Layer, display: Display) -> None:
    import warnings

    import rasterio
    from rasterio.errors import NotGeoreferencedWarning

    info = layer.cog.info()
    array, values = valued(shot.dn, display, info)
    bands = np.ma.filled(array.astype(np.float32), np.nan)
    bands = bands if bands.ndim == 3 else bands[None]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # the control points follow
        with rasterio.open(
            path, "w", driver="GTiff", count=bands.shape[0], height=bands.shape[1], width=bands.shape[2],
            dtype="float32", nodata=float("nan"), compress="deflate", predictor=3, **_place(shot),
        ) as file:  # fmt: skip
            file.write(bands)
            file.update_tags(
                ITEM=layer.cog.ref.label, VALUES=values, UNIT=unit_of(values), LEVEL=str(shot.level),
                SPECKLE_FILTER=display.speckle, WINDOW="" if shot.raster is None else str(shot.raster.window),
                MADE_WITH="iceye-geo preview",
                **({"TIFFTAG_COPYRIGHT": info.attribution} if info.attribution else {}),
            )  # fmt: skip


def _place(shot: Shot) -> dict[str, Any]:
    if shot.grid is not None:
        return {"crs": shot.grid.crs, "transform": shot.grid.transform}
    raster = shot.raster
    if raster is None or raster.crs is None:
        return {}
    if raster.transform is not None:
        return {"crs": raster.crs, "transform": raster.transform}
    return {"crs": raster.crs, "gcps": list(raster.gcps)} if raster.gcps else {}
