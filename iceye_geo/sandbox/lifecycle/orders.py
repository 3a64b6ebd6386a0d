"""What the contract makes of an order for a task: every check of createTask, and the record that comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, NoReturn

from iceye_geo.sandbox.answers import Refusal
from iceye_geo.sandbox.contracts import Contract
from iceye_geo.sandbox.lifecycle import plans, rules
from iceye_geo.sandbox.lifecycle.bodies import PriceQuery, TaskBody
from iceye_geo.sandbox.lifecycle.pricing import task_price
from iceye_geo.sandbox.lifecycle.records import PlaceToDeliver, TaskDeliveries, TaskRecord

if TYPE_CHECKING:
    from iceye_geo.sandbox.lifecycle.hub import Lifecycle


@dataclass(frozen=True, slots=True)
class Terms:
    """An order with every option filled in; `price` is None where the contract has no pricing plan."""

    exclusivity: str
    priority: str
    sla: str
    eula: str
    product_types: list[str]
    available_types: list[str]
    price: int | None
    webhook_id: str | None
    places: list[list[PlaceToDeliver]]


def refuse_funds() -> NoReturn:
    """Refuse with the documented answer to an order that is too dear."""
    raise Refusal(400, "ERR_INSUFFICIENT_FUNDS", "could not create task: insufficient funds")


def quote(hub: Lifecycle, query: PriceQuery) -> tuple[int, str]:
    """Return amount and currency of a task.

    Raises:
        Refusal: for an unusable contract, an option it does not allow, or no pricing plan.
    """
    options = hub.options
    contract = _contract(hub, query.contract_id, action="get price")
    _check_mode(hub, contract, query.imaging_mode)
    for rule in ("exclusivity", "priority", "sla", "eula"):
        rules.option(contract, rule, getattr(query, rule), options=options)
    budget = hub.platform.budgets.get(contract.id)
    if budget is None:
        raise Refusal(options.no_plan_status, options.no_plan_code, "contract has no Pricing Plan")
    point = query.point_of_interest
    amount = task_price(
        query.imaging_mode, lon=point.lon, lat=point.lat,
        priority=query.priority, sla=query.sla, exclusivity=query.exclusivity, eula=query.eula,
    )  # fmt: skip
    return amount, budget.currency


def terms_of(hub: Lifecycle, body: TaskBody, *, now: datetime) -> Terms:
    """Check an order against the contract, the clock, the webhooks and the delivery locations.

    Raises:
        Refusal: with the answer of the first rule it breaks.
    """
    options = hub.options
    contract = _contract(hub, body.contract_id, action="create task")
    _check_mode(hub, contract, body.imaging_mode)
    chosen = {
        rule: rules.option(contract, rule, getattr(body, rule), options=options)
        for rule in ("exclusivity", "priority", "sla", "eula")
    }
    types = rules.check_product_types(contract, body.imaging_mode, body.product_types, options=options)
    rules.check_window(body, priority=chosen["priority"], now=now, options=options)
    point = body.point_of_interest
    has_plan = contract.id in hub.platform.budgets
    return Terms(
        **chosen,
        product_types=types,
        available_types=contract.product_types(body.imaging_mode),
        price=task_price(body.imaging_mode, lon=point.lon, lat=point.lat, **chosen) if has_plan else None,
        webhook_id=hub.webhooks.checked(body.notifications),
        places=[hub.deliveries.checked_places(contract, one.locations) for one in body.deliveries],
    )


def record_of(hub: Lifecycle, body: TaskBody, terms: Terms) -> TaskRecord:
    """Return a new task in status RECEIVED, with its fate decided."""
    task_id, created, epoch = hub.fresh()
    ordinal = len(hub.state.tasks) + 1
    sla_types = plans.sla_products(terms.product_types, available=terms.available_types)
    fate = plans.decide(
        body, created=created, sla_s=plans.sla_seconds(terms.sla), options=hub.options,
        extras=any(one not in sla_types for one in terms.product_types),
        dice=Random(f"{hub.options.seed}/fate/{ordinal}"),
    )  # fmt: skip
    angles = plans.incidence_of(body)
    return TaskRecord(
        id=task_id, contract_id=body.contract_id, created=created, epoch=epoch,
        status="RECEIVED", steps=fate.steps, updated=created, webhook_id=terms.webhook_id,
        ordinal=ordinal, lon=body.point_of_interest.lon, lat=body.point_of_interest.lat,
        window_start=body.acquisition_window.start, window_end=body.acquisition_window.end,
        imaging_mode=body.imaging_mode, duration_s=plans.duration_of(body), reference=body.reference,
        exclusivity=terms.exclusivity, priority=terms.priority, sla=terms.sla,
        sla_s=plans.sla_seconds(terms.sla), eula=terms.eula,
        incidence_min=angles.min, incidence_max=angles.max,
        look_side=body.look_side, pass_direction=body.pass_direction,
        product_types=terms.product_types, sla_types=sla_types, price=terms.price, picked=fate.picked,
        deliveries=[TaskDeliveries(places) for places in terms.places],
    )  # fmt: skip


def _contract(hub: Lifecycle, contract_id: str, *, action: str) -> Contract:
    return rules.usable_contract(hub.platform.contracts, contract_id, now=hub.wall(), action=action)


def _check_mode(hub: Lifecycle, contract: Contract, mode: str) -> None:
    rules.check_allowed(mode, contract.allowed("imagingModes"), field="imagingMode", options=hub.options)
