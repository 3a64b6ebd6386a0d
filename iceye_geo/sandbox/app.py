"""The FastAPI application: every router in one list, the error handlers, and the two layers around it."""

from __future__ import annotations

from fastapi import APIRouter, Depends, FastAPI
from starlette.types import ASGIApp

from iceye_geo.sandbox import opendata
from iceye_geo.sandbox.answers import install_error_handlers
from iceye_geo.sandbox.auth import require_token
from iceye_geo.sandbox.log import LogMiddleware
from iceye_geo.sandbox.middleware import FaultMiddleware
from iceye_geo.sandbox.pixxel import routes as pixxel
from iceye_geo.sandbox.platform import Platform
from iceye_geo.sandbox.routes import (
    catalog,
    company,
    content,
    delivery,
    notifications,
    oauth,
    page,
    purchases,
    tasking,
)
from iceye_geo.sandbox.studio import Studio

#: Routers under /api, all behind the bearer token. A new area of the API joins here.
API_ROUTERS: tuple[APIRouter, ...] = (
    company.router,
    catalog.router,
    purchases.router,
    tasking.router,
    delivery.router,
    notifications.router,
)
#: Routers that need no bearer token; Pixxel's has a key of its own.
OPEN_ROUTERS: tuple[APIRouter, ...] = (
    oauth.router,
    content.router,
    page.router,
    opendata.router,
    pixxel.router,
)


def create_app(platform: Platform) -> FastAPI:
    """Build the application of one platform, without the log and the faults around it."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    platform.prepare()
    app.state.platform = platform
    app.state.studio = Studio()
    for router in API_ROUTERS:
        app.include_router(router, prefix="/api", dependencies=[Depends(require_token)])
    for router in OPEN_ROUTERS:
        app.include_router(router)
    install_error_handlers(app)
    return app


def wrap(app: ASGIApp, platform: Platform) -> ASGIApp:
    """Put the fault switch and, outermost, the request log around an application."""
    return LogMiddleware(FaultMiddleware(app, platform.faults), platform.requests)
