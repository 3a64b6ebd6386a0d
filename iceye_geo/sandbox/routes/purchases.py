"""Catalog API v2, the buying part: frame prices and purchases."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from iceye_geo.sandbox.lifecycle.bodies import FramePriceQuery, PurchaseBody
from iceye_geo.sandbox.lifecycle.rules import read_as
from iceye_geo.sandbox.routes.inputs import lifecycle, product_items, query_id, read_body
from iceye_geo.sandbox.routes.lists import answer_list

router = APIRouter(prefix="/catalog/v2")


@router.get("/price")
def get_frame_price(request: Request) -> dict[str, Any]:
    """Quote a frame."""
    query = read_as(FramePriceQuery, dict(request.query_params))
    amount, currency = lifecycle(request).purchases.quote(query)
    return {"amount": amount, "currency": currency}


@router.post("/purchases")
async def purchase_frame(request: Request) -> dict[str, Any]:
    """Sell a frame."""
    body = await read_body(request, PurchaseBody)
    record = await run_in_threadpool(lifecycle(request).purchases.create, body)
    return record.to_wire()


@router.get("/purchases")
def list_purchases(request: Request) -> dict[str, Any]:
    """List purchases, most recently modified first."""
    contract_id = query_id(request.query_params)
    records = lifecycle(request).purchases.last_modified_first(contract_id=contract_id)
    return answer_list(request, records, limits=(1, 200, 100))


@router.get("/purchases/{purchase_id}")
def get_purchase(request: Request, purchase_id: str) -> dict[str, Any]:
    """Return one purchase."""
    return lifecycle(request).purchases.get(purchase_id).to_wire()


@router.get("/purchases/{purchase_id}/products")
def list_purchase_products(request: Request, purchase_id: str) -> dict[str, Any]:
    """Return what was bought; nothing while the purchase is under way."""
    frame = lifecycle(request).purchases.bought(purchase_id)
    return {"data": product_items(request, frame, list(frame.product_types)) if frame else []}
