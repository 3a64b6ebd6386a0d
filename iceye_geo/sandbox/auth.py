"""The bearer token check that every route under /api depends on."""

from __future__ import annotations

from starlette.requests import Request

from iceye_geo.sandbox.answers import Refusal


def require_token(request: Request) -> None:
    """Refuse with 401 unless the request carries a valid bearer token."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    token = request.app.state.platform.tokens.check(value.strip()) if scheme.lower() == "bearer" else None
    if token is None:
        raise Refusal(401, message="token is missing or expired", headers={"WWW-Authenticate": "Bearer"})
    # The request log, which wraps the app, reads it from the same scope.
    request.scope["sandbox.token"] = token.generation
