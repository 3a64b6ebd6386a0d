"""A static STAC catalog of the shape of ICEYE's open data: other names than the API's, open links, no token."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from iceye_geo.sandbox.serving import FilePart, RangeNotSatisfiableError, etag_of, parse_range
from iceye_geo.sandbox.world.items import bbox, cog_properties, outline

if TYPE_CHECKING:
    from iceye_geo.sandbox.platform import Platform
    from iceye_geo.sandbox.world import Frame

router = APIRouter(prefix="/open-data")

#: Every so many frames of the public archive is given away.
_EVERY = 12
_COLLECTION = "iceye-sar"
_GEOTIFF = "application/x-geotiff"
_LICENSE = "CC-BY-4.0"


def open_frames(platform: Platform) -> dict[str, Frame]:
    """Return the frames that are given away, by item id: the same at every call for one seed."""
    frames = sorted(platform.world.frames(), key=lambda frame: frame.frame_id)
    chosen = [f for f in frames if {"GRD", "GRD-COG"} & set(f.product_types)][::_EVERY]
    return {_item_id(frame): frame for frame in chosen}


@router.get("/catalog.json")
def root(request: Request) -> Response:
    """Send the root: one collection below it."""
    links = [_link("self", "./catalog.json"), _link("root", "./catalog.json")]
    links.append(_link("child", f"./collections/{_COLLECTION}.json"))
    body = {"type": "Catalog", "id": "iceye-open-data-catalog", "stac_version": "1.0.0", "links": links}
    return _json(request, body | {"description": "Invented scenes in the shape of ICEYE's open data."})


@router.get("/collections/{name}.json")
def collection(request: Request, name: str) -> Response:
    """Send the collection, with a link to every item."""
    if name != _COLLECTION:
        return _missing()
    frames = open_frames(request.app.state.platform)
    links = [_link("root", "../catalog.json"), _link("parent", "../catalog.json")]
    links += [_link("item", f"../{_item_path(name, frame)}") for name, frame in frames.items()]
    starts = sorted(frame.start for frame in frames.values())
    interval = (
        [[f"{starts[0]:%Y-%m-%dT%H:%M:%SZ}", f"{starts[-1]:%Y-%m-%dT%H:%M:%SZ}"]]
        if starts
        else [[None, None]]
    )
    extent = {"spatial": {"bbox": [[-180, -90, 180, 90]]}, "temporal": {"interval": interval}}
    body = {
        "type": "Collection",
        "id": _COLLECTION,
        "stac_version": "1.0.0",
        "license": _LICENSE,
        "extent": extent,
    }
    return _json(request, body | {"description": "SAR scenes.", "links": links})


@router.get("/stac-items/{year}/{month}/{name}.json")
def item(request: Request, year: str, month: str, name: str) -> Response:
    """Send one item."""
    frame = open_frames(request.app.state.platform).get(name)
    if frame is None or (year, month) != (f"{frame.start:%Y}", f"{frame.start:%m}"):
        return _missing()
    return _json(request, _item(name, frame))


@router.api_route("/data/{mode}/{name}/{file}", methods=["GET", "HEAD"])
async def data(request: Request, mode: str, name: str, file: str) -> Response:
    """Send an image, or one byte range of it."""
    platform: Platform = request.app.state.platform
    frame = open_frames(platform).get(name)
    makers = {
        f"{name}_GRD.tif": (lambda f: platform.imagery.cog(f.spec("GRD-COG")), _GEOTIFF),
        f"{name}_QLK.tif": (lambda f: platform.imagery.quicklook_cog(f.spec("GRD-COG")), _GEOTIFF),
        f"{name}_THM.png": (lambda f: platform.imagery.thumbnail(f.spec("GRD-COG")), "image/png"),
    }
    if frame is None or mode != frame.mode.code or file not in makers:
        return _missing()
    make, kind = makers[file]
    path = await run_in_threadpool(make, frame)
    size, etag = path.stat().st_size, etag_of(path)
    if request.method == "HEAD":
        headers = {"Content-Length": str(size), "Accept-Ranges": "bytes", "ETag": etag}
        return Response(b"", 200, headers, kind)
    try:
        part = parse_range(request.headers.get("range", ""), size)
    except RangeNotSatisfiableError as error:
        return _xml(416, "InvalidRange", str(error))
    return FilePart(path, part, size=size, etag=etag, media_type=kind)


def _item_id(frame: Frame) -> str:
    image_id = frame.frame_id.rpartition("_")[0]
    place = hashlib.blake2b(frame.frame_id.encode(), digest_size=3).hexdigest().upper()
    return f"ICEYE_{place}_{frame.start:%Y%m%dT%H%M%SZ}_{image_id}_{frame.satellite}_{frame.mode.code}"


def _item_path(name: str, frame: Frame) -> str:
    return f"stac-items/{frame.start:%Y}/{frame.start:%m}/{name}.json"


def _item(name: str, frame: Frame) -> dict[str, Any]:
    """An item in the catalog's own words: the names that files use, not those of the API."""
    files = f"../../../data/{frame.mode.code}/{name}/{name}"
    properties = cog_properties(frame, "GRD-COG") | {
        "proj:shape": [frame.geometry.height, frame.geometry.width],
        "raster:bands": [{"data_type": frame.dtype, "nodata": 0}],
        "processing:software": {"ICEYE SAR Processor": "6.0"},
    }
    links = [
        _link("root", "../../../catalog.json"),
        _link("collection", f"../../../collections/{_COLLECTION}.json"),
    ]
    return {
        "type": "Feature", "stac_version": "1.0.0", "id": name, "collection": _COLLECTION,
        "geometry": outline(frame), "bbox": bbox(frame), "properties": properties, "links": links,
        "assets": {
            "grd-cog": {"href": f"{files}_GRD.tif", "type": _GEOTIFF, "title": "GRD COG", "roles": ["data"]},
            "qlk-cog": {"href": f"{files}_QLK.tif", "type": _GEOTIFF, "title": "QLK COG", "roles": ["overview"]},
            "thumbnail": {"href": f"{files}_THM.png", "type": "image/png", "roles": ["thumbnail"]},
        },
    }  # fmt: skip


def _link(rel: str, href: str) -> dict[str, str]:
    return {"rel": rel, "href": href, "type": "application/json"}


def _json(request: Request, body: dict[str, Any]) -> Response:
    """Send JSON under an entity tag, or 304 to whoever has it."""
    text = json.dumps(body, separators=(",", ":")).encode()
    etag = f'"{hashlib.blake2b(text, digest_size=12).hexdigest()}"'
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"ETag": etag})
    return Response(text, 200, {"ETag": etag}, "application/json")


def _missing() -> Response:
    return _xml(404, "NoSuchKey", "The specified key does not exist.")


def _xml(status: int, code: str, message: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(body, status, media_type="application/xml")
