"""Delivery API v1: location configs and deliveries."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from iceye_geo.sandbox.lifecycle.bodies import DeliveryBody
from iceye_geo.sandbox.routes.inputs import lifecycle, read_body
from iceye_geo.sandbox.routes.lists import answer_list

router = APIRouter(prefix="/delivery/v1/deliveries")


@router.get("/location-configs")
def list_location_configs(request: Request) -> Any:
    """List the preconfigured destinations."""
    hub = lifecycle(request)
    configs = [config.to_wire() for config in hub.deliveries.configs.values()]
    return {hub.options.locations_key: configs} if hub.options.locations_key else configs


@router.post("")
async def create_delivery(request: Request) -> JSONResponse:
    """Take a delivery."""
    hub = lifecycle(request)
    body = await read_body(request, DeliveryBody)
    record = await run_in_threadpool(hub.deliveries.create, body)
    return JSONResponse(record.to_wire(), hub.options.delivery_status)


@router.get("")
def list_deliveries(request: Request) -> dict[str, Any]:
    """List deliveries, newest first."""
    hub = lifecycle(request)
    records = hub.deliveries.newest_first()
    return answer_list(request, records, limits=(1, 100, 10), key=hub.options.deliveries_key)


@router.get("/{delivery_id}")
def get_delivery(request: Request, delivery_id: str) -> dict[str, Any]:
    """Return one delivery."""
    return lifecycle(request).deliveries.get(delivery_id).to_wire()
