"""Catalog API v2, the searching part: GET /items and POST /search."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from iceye_geo.sandbox.answers import read_json_object
from iceye_geo.sandbox.catalog.index import ResultPage
from iceye_geo.sandbox.catalog.requests import PageRequest, read_body, read_parameters
from iceye_geo.sandbox.paging import list_body
from iceye_geo.sandbox.platform import Platform
from iceye_geo.sandbox.world import Record
from iceye_geo.sandbox.world.assets import signed_assets

router = APIRouter(prefix="/catalog/v2")


@router.get("/items")
def list_items(request: Request) -> dict[str, Any]:
    """List items by simple filters."""
    platform: Platform = request.app.state.platform
    wanted = read_parameters(request.query_params, contracts=platform.contracts, options=platform.options)
    return _answer(request, wanted)


@router.post("/search")
async def search_items(request: Request) -> dict[str, Any]:
    """Search items by everything there is to search by."""
    platform: Platform = request.app.state.platform
    body = await read_json_object(request)
    wanted = read_body(body, contracts=platform.contracts, options=platform.options)
    return await run_in_threadpool(_answer, request, wanted)


def item_with_assets(platform: Platform, record: Record, *, full: bool, base_url: str) -> dict[str, Any]:
    """Return a record as a raw item whose links are signed now."""
    assets = signed_assets(platform, record.frame, record.product, full=full, base_url=base_url)
    return {**record.body, "assets": assets}


def _answer(request: Request, wanted: PageRequest) -> dict[str, Any]:
    platform: Platform = request.app.state.platform
    page = platform.catalog.page(wanted)
    items = [
        item_with_assets(
            platform, record, full=_is_full(platform, record, page), base_url=str(request.base_url)
        )
        for record in page.records
    ]
    return list_body(items, page.cursor)


def _is_full(platform: Platform, record: Record, page: ResultPage) -> bool:
    """Private items carry their data when asked for alone; beside public ones only if the option says so."""
    alone = page.search.collections == ("private",)
    return record.body["collection"] == "private" and (alone or platform.options.mixed_private_assets)
