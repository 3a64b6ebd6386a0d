"""What a contract and the clock allow: every check of a well-formed request, each with the answer it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from iceye_geo.sandbox.answers import Refusal, bad_request
from iceye_geo.sandbox.contracts import Contract
from iceye_geo.sandbox.lifecycle.bodies import TaskBody
from iceye_geo.sandbox.lifecycle.options import LifecycleOptions

#: createTask guide: width of the acquisition window, and how far ahead it may end.
MIN_WINDOW = timedelta(hours=24)
MAX_AHEAD = timedelta(days=14)
#: Product specification 6.0.5, table 3-2: how far ahead the window must start.
MIN_LEAD = {"COMMERCIAL": timedelta(hours=12), "BACKGROUND": timedelta(hours=24)}
#: Clients compute "now" before they send; so much of a rule is forgiven.
TOLERANCE = timedelta(minutes=1)

M = TypeVar("M", bound=BaseModel)


def read_as(model: type[M], value: object) -> M:
    """Return the request as a model; refuse with 400 and the first field that is wrong."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        message = _first_fault(error)
    raise Refusal(400, "ERR_BAD_REQUEST", message)


def _first_fault(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    words = first["msg"].removeprefix("Value error, ")
    return f"{place}: {words}" if place else words


def usable_contract(
    contracts: Mapping[str, Contract], contract_id: str, *, now: datetime, action: str
) -> Contract:
    """Return the contract; refuse with 422 ERR_INVALID_CONTRACT one that is unknown or not in force.

    Args:
        contracts: the company's contracts by id.
        contract_id: the one asked for.
        now: the moment of the request.
        action: what could not be done, for the message ("create task").
    """
    contract = contracts.get(contract_id)
    if contract is None or not contract.is_open_at(now):
        raise Refusal(422, "ERR_INVALID_CONTRACT", f"could not {action}: invalid model: invalid contract")
    return contract


def check_allowed(value: str, allowed: list[str], *, field: str, options: LifecycleOptions) -> str:
    """Return `value` if it is allowed; refuse with the "not allowed" error otherwise."""
    if value not in allowed:
        message = f"not allowed: {field} must be one of {', '.join(allowed)}"
        raise Refusal(options.not_allowed_status, options.not_allowed_code, message)
    return value


def option(contract: Contract, rule: str, value: str | None, *, options: LifecycleOptions) -> str:
    """Return an option's value, or the contract's default where none is given."""
    if value is None:
        return contract.default(rule)
    return check_allowed(value, contract.allowed(rule), field=rule, options=options)


def check_product_types(
    contract: Contract, mode: str, wanted: list[str] | None, *, options: LifecycleOptions
) -> list[str]:
    """Return the product types of a task or purchase: those asked for, or all that the contract has for the mode."""
    allowed = contract.product_types(mode)
    for one in wanted or ():
        check_allowed(one, allowed, field="productTypes", options=options)
    return list(dict.fromkeys(wanted)) if wanted else allowed


def check_window(body: TaskBody, *, priority: str, now: datetime, options: LifecycleOptions) -> None:
    """Refuse with 400 an acquisition window against the rules of the createTask guide."""
    start, end = body.acquisition_window.start, body.acquisition_window.end
    if end <= start:
        bad_request("acquisitionWindow.end must be after acquisitionWindow.start")
    if not options.window_rules:
        return
    if end - start < MIN_WINDOW:
        bad_request("acquisitionWindow must be at least 24 hours wide")
    lead = MIN_LEAD.get(priority, MIN_LEAD["COMMERCIAL"])
    if start < now + lead - TOLERANCE:
        hours = int(lead.total_seconds() // 3600)
        bad_request(f"acquisitionWindow.start must be at least {hours} hours ahead for {priority} tasks")
    if end > now + MAX_AHEAD + TOLERANCE:
        bad_request("acquisitionWindow.end must be within 14 days from now")
