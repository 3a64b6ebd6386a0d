"""What tests of the life-cycle share: bodies that are in order, and waiting."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

TASKS = "/tasking/v2/tasks"
PURCHASES = "/catalog/v2/purchases"
DELIVERIES = "/delivery/v1/deliveries"
WEBHOOKS = "/notifications/v1/webhooks"
TERMS = {"exclusivity": "PRIVATE", "priority": "COMMERCIAL", "sla": "SLA_8H", "eula": "STANDARD"}


def window(start_h: float = 48, length_h: float = 48) -> dict[str, str]:
    """An acquisition window that starts so many hours from now."""
    start = datetime.now(UTC) + timedelta(hours=start_h)
    return {"start": start.isoformat(), "end": (start + timedelta(hours=length_h)).isoformat()}


def order(api: Any, **changes: Any) -> dict[str, Any]:
    """A body of createTask; a change to None leaves the field out."""
    body = {
        "contractID": api.sandbox.contract_id,
        "imagingMode": "SPOTLIGHT",
        "pointOfInterest": {"lat": 60.17, "lon": 24.94},
        "acquisitionWindow": window(),
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def create(api: Any, **changes: Any) -> dict[str, Any]:
    """Create a task and return it."""
    answer = api.call("POST", TASKS, json=order(api, **changes))
    assert answer.status_code == 201, answer.text
    return answer.json()


def task(api: Any, made: dict[str, Any]) -> dict[str, Any]:
    """The task as it is now."""
    return api.get(f"{TASKS}/{made['id']}").json()


def budget(api: Any) -> tuple[int, int]:
    """What is spent and what is on hold."""
    body = api.get(f"/company/v1/contracts/{api.sandbox.contract_id}/summary").json()
    return body["consolidatedSpent"], body["onHold"]


def public_frame(api: Any, product: str = "GRD-COG") -> str:
    """The id of a frame that can be bought."""
    items = api.items(query={"sar:product_type": {"eq": product}})
    return items[0]["properties"]["frame_id"]


def until(happened: Callable[[], Any], *, seconds: float = 60) -> Any:
    """Wait until something is true, and return it."""
    deadline = time.monotonic() + seconds
    while not (value := happened()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return value


def error(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]
