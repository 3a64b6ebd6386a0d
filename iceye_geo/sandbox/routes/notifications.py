"""Notifications API v1: webhooks. What is secret in a registration goes in and never comes out."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from iceye_geo.sandbox.answers import Refusal
from iceye_geo.sandbox.lifecycle.bodies import WebhookBody, WebhookUpdate
from iceye_geo.sandbox.routes.inputs import lifecycle, read_body
from iceye_geo.sandbox.routes.lists import answer_list


def _changes_allowed(request: Request) -> None:
    """Refuse with 404 what ICEYE may not have, if the options say so: every path but registration is a guess."""
    if not lifecycle(request).options.webhook_changes:
        raise Refusal(404)


router = APIRouter(prefix="/notifications/v1/webhooks")
_guessed = [Depends(_changes_allowed)]


@router.post("")
async def register_webhook(request: Request) -> JSONResponse:
    """Register a callback address."""
    hub = lifecycle(request)
    body = await read_body(request, WebhookBody)
    record = await run_in_threadpool(hub.webhooks.register, body)
    return JSONResponse(record.to_wire(), hub.options.webhook_status)


@router.get("", dependencies=_guessed)
def list_webhooks(request: Request) -> dict[str, Any]:
    """List webhooks, newest first."""
    return answer_list(request, lifecycle(request).webhooks.list())


@router.get("/{webhook_id}", dependencies=_guessed)
def get_webhook(request: Request, webhook_id: str) -> dict[str, Any]:
    """Return one webhook."""
    return lifecycle(request).webhooks.get(webhook_id).to_wire()


@router.patch("/{webhook_id}", dependencies=_guessed)
async def update_webhook(request: Request, webhook_id: str) -> dict[str, Any]:
    """Change a webhook."""
    body = await read_body(request, WebhookUpdate)
    record = await run_in_threadpool(lifecycle(request).webhooks.update, webhook_id, body)
    return record.to_wire()


@router.delete("/{webhook_id}", dependencies=_guessed)
def delete_webhook(request: Request, webhook_id: str) -> Response:
    """Remove a webhook."""
    lifecycle(request).webhooks.delete(webhook_id)
    return Response(status_code=204)
