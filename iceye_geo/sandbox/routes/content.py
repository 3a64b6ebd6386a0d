"""The content host, as strict as a content network with signed links: no HEAD, one range, XML refusals."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.requests import Request

from iceye_geo.sandbox.serving import FilePart, RangeNotSatisfiableError, etag_of, parse_range

router = APIRouter()

_OTHER_METHODS = ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_REASONS = {
    "missing": ("MissingKey", "Missing Key-Pair-Id query parameter or cookie value"),
    "tampered": ("AccessDenied", "Access denied"),
    "expired": ("AccessDenied", "Request has expired"),
    "unknown": ("AccessDenied", "Access Denied"),
}


@router.get("/content/{content_id}")
async def get_content(request: Request, content_id: str) -> Response:
    """Send a file, or one byte range of it, to whoever holds a valid link."""
    content = request.app.state.platform.content
    verdict = content.judge(request.url.path, request.query_params)
    file = content.get(content_id)
    if verdict != "ok" or file is None:
        return _denied(verdict if verdict != "ok" else "unknown")
    path = await request.app.state.studio.path(file)
    size, etag = path.stat().st_size, etag_of(path)
    headers = request.headers
    wanted = headers.get("range", "") if headers.get("if-range", etag) == etag else ""
    try:
        part = parse_range(wanted, size)
    except RangeNotSatisfiableError as error:
        return _xml(416, "InvalidRange", str(error), {"Content-Range": f"bytes */{size}"})
    return FilePart(path, part, size=size, etag=etag, media_type=file.media_type)


@router.api_route("/content/{content_id}", methods=_OTHER_METHODS)
def refuse_method() -> Response:
    """Refuse everything but GET: a signature covers one method."""
    return _denied("tampered")


def _denied(reason: str) -> Response:
    return _xml(403, *_REASONS[reason])


def _xml(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    body = f"{head}<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Response(body, status, headers, "application/xml")
