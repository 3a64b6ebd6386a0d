"""Pixxel's routes as far as they are documented, under ``/pixxel/v0``, with its own key and error body."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Depends
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from starlette.requests import Request

from iceye_geo.sandbox.answers import Refusal, bad_request, not_found, read_json_object
from iceye_geo.sandbox.pixxel.book import PixxelBook
from iceye_geo.sandbox.pixxel.options import API_KEY
from iceye_geo.sandbox.pixxel.world import Catalog, Store

_TYPES = ("S3", "GCS", "AZBLOB")


class PixxelRoute(APIRoute):
    """A route whose refusals leave as ``{"error": {"code", "details", "message"}}``."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            """Answer in the form of this provider."""
            try:
                return await handle(request)
            except Refusal as refusal:
                return _error(refusal.status, refusal.code, refusal.message)
            except RequestValidationError:
                return _error(400, "INVALID_ARGUMENT", "a query parameter cannot be read")

        return answer


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "details": None, "message": message}}, status)


def require_key(request: Request) -> None:
    """Refuse with 403 unless the header holds the key, as Pixxel does; it documents no 401."""
    book = _book(request)
    expected = f"{book.options.auth_scheme} {API_KEY}".strip()
    if request.headers.get("authorization", "") != expected:
        raise Refusal(403, "PERMISSION_DENIED", "you do not have access to this resource")


router = APIRouter(prefix="/pixxel/v0", route_class=PixxelRoute, dependencies=[Depends(require_key)])


@router.post("/catalogs/deliveries")
async def create_deliveries(request: Request) -> JSONResponse:
    """Take deliveries: several entries, each of catalogs or of order items."""
    book, body = _book(request), await read_json_object(request)
    entries = body.get("deliveries")
    if not isinstance(entries, list) or not entries or not all(isinstance(e, dict) for e in entries):
        bad_request("deliveries must be a list of at least one entry")
    if "cloud_delivery" in json.dumps(entries):
        bad_request("cloud_delivery is not known here; the field is cloud_info")
    asked = [(_wanted(book, entry), *_cloud(entry)) for entry in entries]
    made = [one for catalogs, store, path in asked for one in book.deliver(catalogs, store, path)]
    return JSONResponse({"deliveries": [book.delivery_wire(one) for one in made]}, 201)


@router.get("/catalogs/deliveries")
def list_deliveries(request: Request) -> dict[str, Any]:
    """List deliveries; filtered, unless the options say otherwise."""
    book, query = _book(request), request.query_params
    rows = [book.delivery_wire(one) for one in list(book.deliveries.values())]
    if not book.options.ignore_filters:
        for name in ("delivery_id", "catalog_id", "task_id"):
            if (value := query.get(name)) is not None:
                rows = [row for row in rows if row[name] == value]
    offset, limit = _number(query.get("offset"), 0), _number(query.get("limit"), len(rows))
    body: dict[str, Any] = {"deliveries": rows[offset : offset + limit]}
    if book.options.total:
        body["pagination"] = {"limit": limit, "offset": offset, "total": len(rows)}
    return body


@router.post("/catalogs/download")
async def create_download(request: Request) -> JSONResponse:
    """Take a download."""
    book, body = _book(request), await read_json_object(request)
    made = book.prepare(_wanted(book, body))
    return JSONResponse(book.download_wire(made, base_url=str(request.base_url)), 201)


@router.get("/catalogs/download/{download_id}")
def get_download(request: Request, download_id: str) -> dict[str, Any]:
    """Return one download, with its link once there is one."""
    book = _book(request)
    found = book.downloads.get(download_id) or not_found("the download was not found")
    return book.download_wire(found, base_url=str(request.base_url))


@router.post("/catalogs/search")
async def search_catalogs(request: Request) -> dict[str, Any]:
    """Search by ids and box; what else the body holds is ignored."""
    book, body = _book(request), await read_json_object(request)
    found = [one for one in book.catalogs.values() if _fits(one, body)]
    offset, limit = int(body.get("offset") or 0), int(body.get("limit") or len(found) or 1)
    return {"catalogs": [one.to_wire() for one in found[offset : offset + limit]]}


@router.get("/catalogs/{catalog_id}")
def get_catalog(request: Request, catalog_id: str) -> dict[str, Any]:
    """Return one catalog."""
    found = _book(request).catalogs.get(catalog_id) or not_found("the catalog was not found")
    return found.to_wire()


@router.get("/stores")
def list_stores(request: Request) -> dict[str, Any]:
    """List the stores."""
    return {"stores": [one.to_wire() for one in list(_book(request).stores.values())]}


@router.post("/stores")
async def create_store(request: Request) -> dict[str, Any]:
    """Keep a store; its secrets are forgotten at once."""
    book, body = _book(request), await read_json_object(request)
    configs = body.get("configs") or {}
    if not body.get("name") or body.get("type") not in _TYPES or not isinstance(configs, dict):
        bad_request("name, type and configs must be given")
    if not configs.get("bucket") or not isinstance(body.get("secrets"), dict):
        bad_request("configs.bucket and secrets must be given")
    bucket, prefix, region = (str(configs.get(name) or "") for name in ("bucket", "path_prefix", "region"))
    store = Store(
        str(uuid4()), str(body["name"]), str(body["type"]), bucket, prefix, region, datetime.now(UTC)
    )
    return book.add_store(store).to_wire()


@router.delete("/stores/{store_id}")
def delete_store(request: Request, store_id: str) -> Response:
    """Forget a store."""
    _book(request).drop_store(store_id)
    return Response(status_code=204)


def _book(request: Request) -> PixxelBook:
    found: PixxelBook = request.app.state.platform.pixxel
    return found


def _wanted(book: PixxelBook, body: dict[str, Any]) -> list[Catalog]:
    lists = [body.get(name) or [] for name in ("catalog_ids", "order_item_ids")]
    if not all(isinstance(one, list) and all(isinstance(i, str) for i in one) for one in lists):
        bad_request("catalog_ids and order_item_ids must be lists of strings")
    return book.wanted(*lists)


def _cloud(entry: dict[str, Any]) -> tuple[str, str | None]:
    cloud = entry.get("cloud_info")
    if not isinstance(cloud, dict) or not isinstance(cloud.get("config"), str):
        bad_request("cloud_info.config must be the id of a store")
    path = cloud.get("path")
    return cloud["config"], path if isinstance(path, str) else None


def _fits(catalog: Catalog, body: dict[str, Any]) -> bool:
    by_id = {"ids": catalog.id, "item_ids": catalog.item_id, "order_item_ids": catalog.order_item_id}
    if any(body.get(name) is not None and own not in body[name] for name, own in by_id.items()):
        return False
    box = body.get("bbox")
    if box is None:
        return True
    west, south, east, north = catalog.bbox
    return bool(west <= box[2] and east >= box[0] and south <= box[3] and north >= box[1])


def _number(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not text.isdecimal():
        bad_request("limit and offset must be whole numbers")
    return int(text)
