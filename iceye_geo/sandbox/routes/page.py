"""What a person sees who opens the sandbox in a browser, and the health check."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from starlette.requests import Request

from iceye_geo.sandbox.options import CLIENT_ID, CLIENT_SECRET
from iceye_geo.sandbox.pixxel import API_KEY

router = APIRouter()

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>iceye-geo sandbox</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem}}
pre{{background:#eef2f5;padding:1rem;overflow:auto}}</style>
<h1>iceye-geo sandbox</h1>
<p>A local stand-in for ICEYE's Constellation API, with an invented archive and generated images.
It is not ICEYE's service and holds no ICEYE data.</p>
<p>Point any client of the v2 API at it. The credentials are public: they open nothing but this process.</p>
<pre>{variables}</pre>
<p>{frames} frames, {contracts} contracts, {requests} requests so far.</p>
</html>
"""


@router.get("/", response_class=HTMLResponse)
def front_page(request: Request) -> HTMLResponse:
    """Say what this is and how to use it."""
    platform = request.app.state.platform
    base = str(request.base_url).rstrip("/")
    variables = {
        "ICEYE_API_URL": f"{base}/api",
        "ICEYE_AUTH_URL": f"{base}/oauth",
        "ICEYE_CLIENT_ID": CLIENT_ID,
        "ICEYE_CLIENT_SECRET": CLIENT_SECRET,
        "ICEYE_CONTRACT_ID": platform.contracts.with_plan.id,
        "PIXXEL_API_URL": f"{base}/pixxel",
        "PIXXEL_API_KEY": API_KEY,
    }
    lines = "\n".join(f"export {name}={value}" for name, value in variables.items())
    return HTMLResponse(
        _PAGE.format(
            variables=escape(lines),
            frames=platform.options.scenes,
            contracts=len(platform.contracts),
            requests=len(platform.requests),
        )
    )


@router.get("/healthz")
def health() -> dict[str, str]:
    """Answer that the sandbox is up."""
    return {"status": "ok"}
