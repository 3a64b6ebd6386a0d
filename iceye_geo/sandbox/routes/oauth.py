"""The token endpoint: client credentials with HTTP Basic, as ICEYE's v2 APIs ask for."""

from __future__ import annotations

import base64
import binascii
import hmac
from urllib.parse import parse_qs

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from starlette.requests import Request

from iceye_geo.sandbox.options import CLIENT_ID, CLIENT_SECRET
from iceye_geo.sandbox.tokens import SCOPE

router = APIRouter()

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@router.post("/oauth/v1/token")
@router.post("/oauth/oauth2/token")
async def create_token(request: Request) -> Response:
    """Exchange client credentials for a bearer token."""
    if not _credentials_fit(request.headers.get("authorization", "")):
        return _refuse(401, "invalid_client", "invalid client credentials")
    grant = await _grant_type(request)
    if not grant:
        return _refuse(400, "invalid_request", "grant_type is missing")
    if grant != "client_credentials":
        return _refuse(400, "unsupported_grant_type", "only client_credentials is accepted")
    tokens = request.app.state.platform.tokens
    body = {
        "token_type": "Bearer",
        "expires_in": int(tokens.ttl_s),
        "access_token": tokens.issue(),
        "scope": SCOPE,
    }
    return JSONResponse(body, headers=_NO_STORE)


async def _grant_type(request: Request) -> str:
    form = parse_qs((await request.body()).decode("utf-8", "replace"))
    return form.get("grant_type", [""])[-1]


def _credentials_fit(header: str) -> bool:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        given = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(given, f"{CLIENT_ID}:{CLIENT_SECRET}".encode())


def _refuse(status: int, error: str, description: str) -> Response:
    headers = {**_NO_STORE, **({"WWW-Authenticate": 'Basic realm="sandbox"'} if status == 401 else {})}
    return JSONResponse({"error": error, "error_description": description}, status, headers)
