"""The part of the sandbox's options that Tasking, purchases, Delivery and Notifications read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleOptions:
    """How resources live. What ICEYE leaves unknown is a field, with our placeholder as its default.

    Attributes:
        decision_minutes: simulated time within which a task is activated or rejected.
        purchase_minutes: simulated time until a purchase is closed.
        delivery_minutes: simulated time a delivery takes at least.
        rejection_rate: share of tasks that are rejected although they could be flown, drawn by seed.
        failure_rate: share of active tasks that fail, drawn by seed; half of it for purchases.
        window_rules: whether the rules on width and lead time of the acquisition window are enforced (C10).
        bucket_dir: folder that stands for the customer's S3; None puts it beside the generated images.
        callback_attempts: how often a callback is tried in all (unknown at ICEYE).
        callback_pause_s: real seconds before the second try; doubles each time (unknown at ICEYE).
        callback_id_key: key of the resource id in a callback body (unknown at ICEYE).
        callback_type_key: key of the kind of resource in it; "" leaves it out (unknown at ICEYE).
        not_allowed_status: HTTP status for an option that the contract does not allow (unknown at ICEYE).
        not_allowed_code: its code (unknown at ICEYE).
        too_late_code: code of a cancellation that comes too late (unknown at ICEYE).
        scene_code: code when a scene is not available (unknown at ICEYE).
        products_code: code when products are not ready (unknown at ICEYE).
        no_plan_status: HTTP status of a price without a pricing plan (unknown at ICEYE).
        no_plan_code: its code (unknown at ICEYE).
        infeasible: the result of an entry that cannot be scheduled (unknown at ICEYE).
        purchase_starts: first status of a purchase (C6).
        products_cursor: ``cursor`` on the last page of products; None leaves it out (C7).
        deliveries_key: key of the list of deliveries (C13).
        delivery_status: HTTP status of createDelivery (unknown at ICEYE).
        locations_key: key of the list of location configs; "" sends the bare array (unknown at ICEYE).
        webhook_status: HTTP status of registerWebhook (unknown at ICEYE).
        webhook_changes: whether webhooks can be listed, read, changed and deleted (unknown at ICEYE).
    """

    decision_minutes: float = 20
    purchase_minutes: float = 10
    delivery_minutes: float = 5
    rejection_rate: float = 0.01
    failure_rate: float = 0.02
    window_rules: bool = True
    bucket_dir: Path | str | None = None
    callback_attempts: int = 5
    callback_pause_s: float = 0.5
    callback_id_key: str = "id"
    callback_type_key: str = "type"
    not_allowed_status: int = 400
    not_allowed_code: str = "ERR_NOT_ALLOWED"
    too_late_code: str = "ERR_INVALID_STATUS"
    scene_code: str = "ERR_SCENE_UNAVAILABLE"
    products_code: str = "not_found"
    no_plan_status: int = 404
    no_plan_code: str = "not_found"
    infeasible: str = "INFEASIBLE"
    purchase_starts: Literal["active", "received"] = "active"
    products_cursor: str | None = ""
    deliveries_key: str = "deliveries"
    delivery_status: int = 201
    locations_key: str = ""
    webhook_status: int = 201
    webhook_changes: bool = True
