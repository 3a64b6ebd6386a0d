"""Reading inputs that several routes share: the life-cycle behind a request, JSON bodies, times and ids in a query."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel
from starlette.datastructures import QueryParams
from starlette.requests import Request

from iceye_geo.sandbox.answers import bad_request, parse_uuid, read_json_object
from iceye_geo.sandbox.lifecycle.bodies import parse_time
from iceye_geo.sandbox.lifecycle.rules import read_as

if TYPE_CHECKING:
    from iceye_geo.sandbox.lifecycle.hub import Lifecycle
    from iceye_geo.sandbox.world import Frame

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,30})?([eE][+-]?\d{1,2})?")
_DEEP = re.compile(r"pointOfInterest\[([^\]]*)\]")

M = TypeVar("M", bound=BaseModel)


def lifecycle(request: Request) -> Lifecycle:
    """Return the life-cycle of the sandbox that answers a request."""
    found: Lifecycle = request.app.state.platform.lifecycle
    return found


async def read_body(request: Request, model: type[M]) -> M:
    """Return the JSON body as a model; refuse with 400 anything else."""
    return read_as(model, await read_json_object(request))


def query_id(query: QueryParams, name: str = "contractID") -> str | None:
    """Return a UUID in a query, None if it is not there; refuse with 400 what is none."""
    text = query.get(name)
    return None if text is None else parse_uuid(text) or bad_request(f"{name} must be a UUID")


def query_time(query: QueryParams, name: str) -> datetime | None:
    """Return a time in a query, None if it is not there; refuse with 400 what is none."""
    text = query.get(name)
    try:
        return None if text is None else parse_time(text)
    except ValueError as error:
        bad_request(f"{name} {error}")


def price_inputs(query: QueryParams) -> dict[str, Any]:
    """Return the query of getPrice as one object: pointOfInterest[lat] and [lon] become numbers in a point.

    Example:
        >>> price_inputs(QueryParams("sla=SLA_8H&pointOfInterest[lat]=60.2&pointOfInterest[lon]=24"))
        {'sla': 'SLA_8H', 'pointOfInterest': {'lat': 60.2, 'lon': 24.0}}
    """
    inputs: dict[str, Any] = {name: value for name, value in query.items() if not _DEEP.fullmatch(name)}
    point = {found[1]: value for name, value in query.items() if (found := _DEEP.fullmatch(name))}
    numbers = {name: float(text) if _NUMBER.fullmatch(text) else text for name, text in point.items()}
    # A bare pointOfInterest=... stays as it is, and is refused as no point.
    inputs.setdefault("pointOfInterest", numbers)
    return inputs


def product_items(request: Request, frame: Frame, product_types: list[str]) -> list[dict[str, Any]]:
    """Return the items of a frame as task and purchase products show them: signed links, no collection (C3)."""
    from iceye_geo.sandbox.world.assets import signed_assets
    from iceye_geo.sandbox.world.items import raw_item

    platform = request.app.state.platform
    return [
        raw_item(frame, product, collection="", stac_version=platform.options.stac_version)
        | {"assets": signed_assets(platform, frame, product, full=True, base_url=str(request.base_url))}
        for product in product_types
    ]
