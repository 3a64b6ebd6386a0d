"""The sandbox against the written description of the API, by generated requests: valid, invalid and in between."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
)

from iceye_geo.sandbox import Sandbox, SandboxOptions

from .api import Api
from .life import DELIVERIES, PURCHASES, WEBHOOKS, create, public_frame, window

DESCRIPTION = Path(__file__).parents[1] / "data" / "iceye-openapi.yaml"
CONFIG = {
    # The token comes from the session: a request without one is a test of its own below.
    "generation": {"mode": "all", "with-security-parameters": False},
    "checks": {
        # What is well-formed may still be against a contract, a budget or the clock: no answer is promised.
        "positive_data_acceptance": {"enabled": False},
    },
}
EXAMPLES = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def load() -> schemathesis.BaseSchema:
    raw = yaml.safe_load(DESCRIPTION.read_text())
    # The description gives listWebhooks a bounded limit and no answer to one out of bounds.
    answers = raw["paths"]["/api/notifications/v1/webhooks"]["get"]["responses"]
    answers.setdefault("400", {"$ref": "#/components/responses/BadRequest"})
    return schemathesis.openapi.from_dict(raw, config=SchemathesisConfig.from_dict(CONFIG))


description = load()
api_description = description.include(path_regex="^/api/")
token_description = description.include(path="/v1/token")


class Known:
    """Ids of things that exist, to be put where a generated request has any valid id."""

    ids: dict[str, str] = {}
    texts: dict[str, str] = {}


def is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value.lower()
    except ValueError:
        return False


def realistic(name: str, value: Any) -> Any:
    """Put existing things into generated values; what is malformed stays malformed."""
    if name in Known.ids and is_uuid(value):
        return Known.ids[name]
    if name in Known.texts and isinstance(value, str):
        return Known.texts[name]
    if name == "acquisitionWindow" and isinstance(value, dict) and set(value) == {"start", "end"}:
        return window() if all(isinstance(one, str) and "T" in one for one in value.values()) else value
    if name == "webhook" and isinstance(value, dict) and is_uuid(value.get("id")):
        return {**value, "id": Known.ids["webhookID"]}
    if name == "itemIDs" and isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return [Known.texts["itemID"]]
    if isinstance(value, dict):
        return {key: realistic(key, one) for key, one in value.items()}
    if isinstance(value, list):
        return [realistic("", one) for one in value]
    return value


@pytest.fixture(scope="module")
def platform(steady_options: Callable[..., SandboxOptions]) -> Iterator[Api]:
    """A sandbox in which one of everything exists."""
    with Sandbox(steady_options(scenes=30, scene_size=256)) as sandbox:
        api = Api(sandbox)
        sandbox.platform.budgets[sandbox.contract_id].spend_limit = 10**12
        task, frame = create(api), public_frame(api)
        sandbox.force(task["id"], "DONE")
        bought = {"frameID": frame, "contractID": sandbox.contract_id}
        purchase = api.call("POST", PURCHASES, json=bought).json()
        sandbox.force(purchase["id"], "closed")
        item = api.items(collections=["private"], contractID=sandbox.contract_id)[0]["id"]
        config = api.get(f"{DELIVERIES}/location-configs").json()[0]["id"]
        places = [{"configID": config, "path": "sandbox-bucket"}]
        body = {"contractID": sandbox.contract_id, "itemIDs": [item], "deliveryLocations": places}
        delivery = api.call("POST", DELIVERIES, json=body).json()
        webhook = api.call("POST", WEBHOOKS, json={"url": "http://127.0.0.1:9/"}).json()
        Known.ids = {
            "contractID": sandbox.contract_id, "taskID": task["id"], "purchaseID": purchase["id"],
            "deliveryID": delivery["id"], "webhookID": webhook["id"], "configID": config,
        }  # fmt: skip
        Known.texts = {
            "frameID": frame, "itemID": item, "path": "sandbox-bucket", "imagingMode": "SPOTLIGHT",
            "sla": "SLA_8H", "productType": "GRD-COG",
        }  # fmt: skip
        yield api
        api.http.close()


@pytest.fixture(scope="module")
def answered() -> Iterator[dict[str, set[int]]]:
    """Which statuses each operation was answered with: every one of them has to succeed now and then."""
    statuses: dict[str, set[int]] = {}
    yield statuses
    assert not [label for label, seen in statuses.items() if not any(200 <= one < 300 for one in seen)]


def use_up(case: schemathesis.Case, api: Api) -> None:
    """Give operations that end a thing's life a new one to end."""
    if case.operation.label == "PATCH /api/tasking/v2/tasks/{taskID}":
        case.path_parameters = {"taskID": create(api)["id"]}
    elif case.operation.label == "DELETE /api/notifications/v1/webhooks/{webhookID}":
        hook = api.call("POST", WEBHOOKS, json={"url": "http://127.0.0.1:9/"}).json()
        case.path_parameters = {"webhookID": hook["id"]}


@pytest.mark.slow
@api_description.parametrize()
@EXAMPLES
def test_every_answer_is_as_described(
    case: schemathesis.Case, platform: Api, answered: dict[str, set[int]]
) -> None:
    case.path_parameters = realistic("", case.path_parameters)
    if case.meta is not None and case.meta.generation.mode.is_positive:
        case.query, case.body = realistic("", case.query), realistic("", case.body)
        use_up(case, platform)
    answer = case.call_and_validate(base_url=platform.sandbox.url, session=platform.http)
    answered.setdefault(case.operation.label, set()).add(answer.status_code)


@pytest.mark.slow
@api_description.parametrize()
@settings(EXAMPLES, max_examples=3)
def test_no_operation_answers_without_a_token(case: schemathesis.Case, platform: Api) -> None:
    answer = case.call(base_url=platform.sandbox.url, headers={"Authorization": "Bearer made-up"})
    assert answer.status_code in (401, 404, 405)  # a path or method that does not exist, or no token for it
    if answer.status_code == 401:
        case.validate_response(answer, checks=[response_schema_conformance, content_type_conformance])


@pytest.mark.slow
@token_description.parametrize()
@EXAMPLES
def test_the_token_endpoint_is_as_described(case: schemathesis.Case, platform: Api) -> None:
    sandbox = platform.sandbox
    pair = f"{sandbox.client_id}:{sandbox.client_secret}".encode()
    case.call_and_validate(
        base_url=sandbox.auth_url,
        headers={"Authorization": "Basic " + base64.b64encode(pair).decode()},
        excluded_checks=[ignored_auth],
    )
