"""Tasking API v2: prices, feasibility, tasks, scenes and products."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from iceye_geo.sandbox.answers import Refusal, bad_request, read_json
from iceye_geo.sandbox.lifecycle import orders
from iceye_geo.sandbox.lifecycle.bodies import PriceQuery, TaskBody, TaskUpdate
from iceye_geo.sandbox.lifecycle.rules import read_as
from iceye_geo.sandbox.routes.inputs import (
    lifecycle,
    price_inputs,
    product_items,
    query_id,
    query_time,
    read_body,
)
from iceye_geo.sandbox.routes.lists import answer_list

router = APIRouter(prefix="/tasking/v2")


@router.get("/price")
def get_price(request: Request) -> dict[str, Any]:
    """Quote a task."""
    query = read_as(PriceQuery, price_inputs(request.query_params))
    amount, currency = orders.quote(lifecycle(request), query)
    return {"amount": amount, "currency": currency}


@router.post("/feasibility")
async def check_feasibility(request: Request) -> dict[str, Any]:
    """Say of each task in a bare array whether it could be taken and flown."""
    entries = await read_json(request)
    if not isinstance(entries, list) or not entries:
        bad_request("request body must be an array of tasks")
    bodies = [read_as(TaskBody, entry) for entry in entries]
    hub = lifecycle(request)
    verdicts = await run_in_threadpool(lambda: [hub.tasks.feasibility(body) for body in bodies])
    return {"feasibility": [_verdict(one, infeasible=hub.options.infeasible) for one in verdicts]}


@router.post("/tasks")
async def create_task(request: Request) -> JSONResponse:
    """Take an order."""
    body = await read_body(request, TaskBody)
    record = await run_in_threadpool(lifecycle(request).tasks.create, body)
    return JSONResponse(record.to_wire(), 201)


@router.get("/tasks")
def list_tasks(request: Request) -> dict[str, Any]:
    """List tasks, newest first."""
    query = request.query_params
    records = lifecycle(request).tasks.newest_first(
        contract_id=query_id(query),
        after=query_time(query, "createdAfter"),
        before=query_time(query, "createdBefore"),
    )
    return answer_list(request, records, show=lambda record: record.to_list_wire())


@router.get("/tasks/{task_id}")
def get_task(request: Request, task_id: str) -> dict[str, Any]:
    """Return one task."""
    return lifecycle(request).tasks.get(task_id).to_wire()


@router.patch("/tasks/{task_id}")
async def cancel_task(request: Request, task_id: str) -> dict[str, Any]:
    """Cancel a task: the only change there is."""
    await read_body(request, TaskUpdate)
    record = await run_in_threadpool(lifecycle(request).tasks.cancel, task_id)
    return record.to_wire()


@router.get("/tasks/{task_id}/scene")
def get_scene(request: Request, task_id: str) -> dict[str, Any]:
    """Return how a task is going to be imaged, or was."""
    return lifecycle(request).tasks.scene(task_id)


@router.get("/tasks/{task_id}/products")
def list_products(request: Request, task_id: str) -> dict[str, Any]:
    """Return all products of a task that are there."""
    return _products(request, task_id, product_type=None)


@router.get("/tasks/{task_id}/products/{product_type}")
def list_products_of_type(request: Request, task_id: str, product_type: str) -> dict[str, Any]:
    """Return the products of one type."""
    return _products(request, task_id, product_type=product_type)


def _products(request: Request, task_id: str, *, product_type: str | None) -> dict[str, Any]:
    hub = lifecycle(request)
    if request.query_params.get("cursor"):
        bad_request("cursor is not valid")  # every answer is the last page: no cursor was given out
    frame, types = hub.tasks.products(task_id, product_type=product_type)
    body: dict[str, Any] = {"data": product_items(request, frame, types)}
    last = hub.options.products_cursor
    return body if last is None else {**body, "cursor": last}


def _verdict(refusal: Refusal | None, *, infeasible: str) -> dict[str, str]:
    if refusal is None:
        return {"result": "FEASIBLE"}
    words = {"code": refusal.code, "message": refusal.message}
    return {"result": infeasible, "reason": refusal.message, **words}
