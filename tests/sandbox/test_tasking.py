from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from iceye_geo.sandbox import Sandbox, SandboxOptions

from .api import Api
from .life import TASKS, TERMS, budget, create, error, order, task, window

PRICE = "/tasking/v2/price"
FEASIBILITY = "/tasking/v2/feasibility"


@pytest.fixture(scope="module")
def api(steady_options: Callable[..., SandboxOptions]) -> Iterator[Api]:
    """One sandbox for the tests to which other tests' tasks do not matter."""
    with Sandbox(steady_options(scenes=6)) as sandbox:
        made = Api(sandbox)
        yield made
        made.http.close()


@pytest.fixture
def fresh(start: Any) -> Any:
    """A sandbox without tasks."""
    return start(scenes=6, rejection_rate=0, failure_rate=0)


def price(api: Any, **changes: Any) -> Any:
    query = {
        "contractID": api.sandbox.contract_id,
        "imagingMode": "SPOTLIGHT",
        "pointOfInterest[lat]": 0,
        "pointOfInterest[lon]": -150,
        **TERMS,
        **changes,
    }
    return api.get(PRICE, params={name: value for name, value in query.items() if value is not None})


def test_a_price_has_amount_and_currency(api: Any) -> None:
    assert price(api).json() == {"amount": 150_000, "currency": "EUR"}


@pytest.mark.parametrize(
    ("changes", "dearer"),
    [
        ({"imagingMode": "SPOTLIGHT_FINE"}, True),
        ({"sla": "SLA_3H"}, True),
        ({"eula": "GOVERNMENT"}, True),
        ({"pointOfInterest[lat]": 60, "pointOfInterest[lon]": 24}, True),
        ({"priority": "BACKGROUND"}, False),
        ({"exclusivity": "PUBLIC"}, False),
    ],
)
def test_each_input_moves_the_price(api: Any, changes: dict[str, Any], dearer: bool) -> None:
    usual, other = price(api).json()["amount"], price(api, **changes).json()["amount"]
    assert other != usual
    assert (other > usual) is dearer


@pytest.mark.parametrize(
    "missing", ["contractID", "imagingMode", "pointOfInterest[lat]", "pointOfInterest[lon]", *TERMS]
)
def test_a_price_needs_every_input(api: Any, missing: str) -> None:
    answer = price(api, **{missing: None})
    assert error(answer) == (400, "ERR_BAD_REQUEST")
    assert missing.partition("[")[0] in answer.json()["message"]


@pytest.mark.parametrize(
    "changes",
    [
        {"pointOfInterest[lat]": 91},
        {"pointOfInterest[lat]": "north"},
        {"pointOfInterest[lat]": "nan"},
        {"pointOfInterest[alt]": 3},
        {"pointOfInterest": "60,24"},
        {"contractID": "mine"},
        {"priority": "URGENT"},
    ],
)
def test_a_malformed_price_query_is_refused(api: Any, changes: dict[str, Any]) -> None:
    assert price(api, **changes).status_code == 400


def test_a_price_without_a_plan_says_so(api: Any) -> None:
    bare = api.sandbox.platform.contracts.without_plan
    answer = price(api, contractID=bare.id, priority="BACKGROUND", exclusivity="PUBLIC")
    assert answer.status_code == 404
    assert "Pricing Plan" in answer.json()["message"]


def test_a_price_for_an_expired_contract_is_invalid(api: Any) -> None:
    answer = price(api, contractID=api.sandbox.platform.contracts.expired.id)
    assert error(answer) == (422, "ERR_INVALID_CONTRACT")


def test_a_new_task_shows_the_contract_defaults(api: Any) -> None:
    made = create(api, reference="harbour 7")
    expected = {
        "status": "RECEIVED",
        "reference": "harbour 7",
        **TERMS,
        "lookSide": "ANY",
        "passDirection": "ANY",
    }
    assert {name: made[name] for name in expected} == expected
    assert made["incidenceAngle"] == {"min": 20, "max": 40}
    assert made["productsAvailableInSeconds"] == 8 * 3600
    assert "GRD-COG" in made["productTypes"]
    assert "notifications" not in made
    assert "deliveries" not in made
    assert task(api, made) == made


@pytest.mark.parametrize("field", ["contractID", "pointOfInterest", "acquisitionWindow", "imagingMode"])
def test_a_task_needs_the_required_fields(api: Any, field: str) -> None:
    answer = api.call("POST", TASKS, json=order(api, **{field: None}))
    assert error(answer) == (400, "ERR_BAD_REQUEST")
    assert field in answer.json()["message"]


@pytest.mark.parametrize(
    "changes",
    [
        {"surprise": 1},
        {"reference": "x" * 257},
        {"incidenceAngle": {"min": 9, "max": 30}},
        {"incidenceAngle": {"min": 20, "max": 46}},
        {"incidenceAngle": {"min": 20.5, "max": 30}},
        {"incidenceAngle": {"min": 30, "max": 20}},
        {"incidenceAngle": {"min": 20}},
        {"pointOfInterest": {"lat": 60, "lon": 181}},
        {"pointOfInterest": {"lat": "60", "lon": 24}},
        {"pointOfInterest": {"lat": 60, "lon": 24, "alt": 1}},
        {"lookSide": "UP"},
        {"passDirection": "ascending"},
        {"imagingDuration": 0},
        {"imagingDuration": 181},
        {"productTypes": "GRD-COG"},
        {"acquisitionWindow": {"start": "2026-11-23T00:00:00", "end": "2026-11-25T00:00:00"}},
        {"acquisitionWindow": {"start": "soon", "end": "later"}},
        {"contractID": "mine"},
        {"notifications": {"webhook": {"id": "8f14e45f-ceea-467f-a0e6-4b3c1d2e0001"}}},
        {"deliveries": [{"locations": [{"path": "sandbox-bucket"}]}]},
        {"sla": None, "eula": "NONE"},
    ],
)
def test_a_malformed_task_is_refused(api: Any, changes: dict[str, Any]) -> None:
    before = api.get(TASKS).json()
    assert error(api.call("POST", TASKS, json=order(api, **changes))) == (400, "ERR_BAD_REQUEST")
    assert api.get(TASKS).json() == before


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"task"', b"null", b'{"a": NaN}'])
def test_a_body_that_is_no_object_is_refused(api: Any, body: bytes) -> None:
    assert error(api.call("POST", TASKS, data=body)) == (400, "ERR_BAD_REQUEST")


@pytest.mark.parametrize(
    "changes",
    [
        {"imagingMode": "TELEPATHY"},
        {"imagingMode": "SCAN", "productTypes": ["VID-COG"]},
        {"sla": "SLA_1H"},
        {"productTypes": ["HOLOGRAM"]},
    ],
)
def test_what_the_contract_does_not_allow_is_refused(api: Any, changes: dict[str, Any]) -> None:
    assert error(api.call("POST", TASKS, json=order(api, **changes))) == (400, "ERR_NOT_ALLOWED")


def test_the_not_allowed_answer_is_a_setting(start: Any) -> None:
    api = start(scenes=6, not_allowed_status=403, not_allowed_code="ERR_FORBIDDEN_OPTION")
    answer = api.call("POST", TASKS, json=order(api, imagingMode="TELEPATHY"))
    assert error(answer) == (403, "ERR_FORBIDDEN_OPTION")


@pytest.mark.parametrize("which", ["expired", "unknown"])
def test_an_unusable_contract_gives_the_documented_422(api: Any, which: str) -> None:
    ids = {
        "expired": api.sandbox.platform.contracts.expired.id,
        "unknown": "00000000-0000-4000-8000-000000000000",
    }
    answer = api.call("POST", TASKS, json=order(api, contractID=ids[which]))
    assert error(answer) == (422, "ERR_INVALID_CONTRACT")
    assert answer.json()["message"] == "could not create task: invalid model: invalid contract"


@pytest.mark.parametrize(
    ("start_h", "length_h", "rule"),
    [
        (48, 23, "24 hours wide"),
        (11, 48, "12 hours ahead"),
        (-30, 60, "12 hours ahead"),
        (300, 48, "14 days"),
        (48, -1, "after"),
    ],
)
def test_the_window_rules_name_what_is_wrong(api: Any, start_h: float, length_h: float, rule: str) -> None:
    answer = api.call("POST", TASKS, json=order(api, acquisitionWindow=window(start_h, length_h)))
    assert error(answer) == (400, "ERR_BAD_REQUEST")
    assert rule in answer.json()["message"]


def test_background_tasks_need_a_day_of_lead(api: Any) -> None:
    soon = {"acquisitionWindow": window(13, 48)}
    assert api.call("POST", TASKS, json=order(api, **soon)).status_code == 201
    answer = api.call("POST", TASKS, json=order(api, priority="BACKGROUND", **soon))
    assert "24 hours ahead" in answer.json()["message"]


def test_the_window_rules_can_be_switched_off(start: Any) -> None:
    api = start(scenes=6, window_rules=False)
    assert api.call("POST", TASKS, json=order(api, acquisitionWindow=window(1, 2))).status_code == 201
    assert api.call("POST", TASKS, json=order(api, acquisitionWindow=window(2, -1))).status_code == 400


def test_times_with_an_offset_are_understood(api: Any) -> None:
    made = create(api, acquisitionWindow=window())
    moved = {name: text.replace("+00:00", "+03:00") for name, text in window(51).items()}
    again = create(api, acquisitionWindow=moved)
    assert again["acquisitionWindow"]["start"][:16] == made["acquisitionWindow"]["start"][:16]
    assert again["acquisitionWindow"]["start"].endswith("Z")


def test_too_little_money_gives_the_documented_answer(fresh: Any) -> None:
    held = fresh.sandbox.platform.budgets[fresh.sandbox.contract_id]
    held.spend(held.available - 1000)
    before = budget(fresh)
    answer = fresh.call("POST", TASKS, json=order(fresh))
    assert error(answer) == (400, "ERR_INSUFFICIENT_FUNDS")
    assert answer.json()["message"] == "could not create task: insufficient funds"
    assert budget(fresh) == before
    assert fresh.get(TASKS).json() == {"data": []}


def test_problem_json_is_sent_to_who_asks_for_it(api: Any) -> None:
    answer = api.get(
        f"{TASKS}/00000000-0000-4000-8000-000000000000",
        headers={"Accept": "application/json, application/problem+json"},
    )
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "title": "Task Not Found",
        "code": "not_found",
        "details": "no rows in result set",
    }


def test_tasks_are_listed_newest_first_page_by_page(fresh: Any) -> None:
    made = [create(fresh)["id"] for _ in range(5)]
    first = fresh.get(TASKS, params={"limit": 3}).json()
    rest = fresh.get(TASKS, params={"limit": 3, "cursor": first["cursor"]}).json()
    assert [one["id"] for one in first["data"] + rest["data"]] == made[::-1]
    assert "cursor" not in rest
    assert "deliveries" not in first["data"][0]


def test_a_page_does_not_move_when_tasks_are_added(fresh: Any) -> None:
    made = [create(fresh)["id"] for _ in range(3)]
    first = fresh.get(TASKS, params={"limit": 2}).json()
    create(fresh)
    rest = fresh.get(TASKS, params={"limit": 2, "cursor": first["cursor"]}).json()
    assert [one["id"] for one in rest["data"]] == made[:1]


def test_created_bounds_are_exclusive(api: Any) -> None:
    a, b, c = (create(api) for _ in range(3))
    exact = [
        record.created.isoformat()
        for record in (api.sandbox.platform.lifecycle.tasks.records[one["id"]] for one in (a, b, c))
    ]
    listed = api.get(TASKS, params={"createdAfter": exact[0], "createdBefore": exact[2]}).json()["data"]
    assert [one["id"] for one in listed] == [b["id"]]


def test_tasks_are_filtered_by_contract(fresh: Any) -> None:
    bare = fresh.sandbox.platform.contracts.without_plan.id
    mine = create(fresh)
    other = create(fresh, contractID=bare)
    assert other["priority"] == "BACKGROUND"
    for contract, expected in ((fresh.sandbox.contract_id, mine), (bare, other)):
        listed = fresh.get(TASKS, params={"contractID": contract}).json()["data"]
        assert [one["id"] for one in listed] == [expected["id"]]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": -1},
        {"limit": 10_001},
        {"limit": "many"},
        {"cursor": "nonsense"},
        {"createdAfter": "yesterday"},
        {"createdBefore": "2026-01-01T00:00:00"},
        {"contractID": "mine"},
    ],
)
def test_a_bad_list_query_is_refused(api: Any, query: dict[str, Any]) -> None:
    assert error(api.get(TASKS, params=query)) == (400, "ERR_BAD_REQUEST")


@pytest.mark.parametrize("task_id", ["00000000-0000-4000-8000-000000000000", "mine"])
@pytest.mark.parametrize("tail", ["", "/scene", "/products", "/products/GRD-COG"])
def test_an_unknown_task_is_not_found(api: Any, task_id: str, tail: str) -> None:
    assert api.get(f"{TASKS}/{task_id}{tail}").status_code == 404


def test_feasibility_answers_in_the_order_of_the_question(api: Any) -> None:
    bodies = [
        order(api),
        order(api, pointOfInterest={"lat": 89.0, "lon": 0}),
        order(api, acquisitionWindow=window(48, 2)),
        order(api, contractID=api.sandbox.platform.contracts.expired.id),
        order(api, lookSide="LEFT", passDirection="ASCENDING"),
    ]
    verdicts = api.call("POST", FEASIBILITY, json=bodies).json()["feasibility"]
    assert [one["result"] for one in verdicts] == ["FEASIBLE", *["INFEASIBLE"] * 3, "FEASIBLE"]
    assert verdicts[0] == {"result": "FEASIBLE"}
    assert "no satellite" in verdicts[1]["reason"]
    assert "24 hours wide" in verdicts[2]["reason"]
    assert verdicts[3]["code"] == "ERR_INVALID_CONTRACT"


def test_feasibility_looks_at_the_budget_and_takes_nothing(fresh: Any) -> None:
    before = budget(fresh)
    assert (
        fresh.call("POST", FEASIBILITY, json=[order(fresh)]).json()["feasibility"][0]["result"] == "FEASIBLE"
    )
    assert budget(fresh) == before
    held = fresh.sandbox.platform.budgets[fresh.sandbox.contract_id]
    held.spend(held.available - 1)
    verdict = fresh.call("POST", FEASIBILITY, json=[order(fresh)]).json()["feasibility"][0]
    assert verdict["code"] == "ERR_INSUFFICIENT_FUNDS"
    assert fresh.get(TASKS).json() == {"data": []}


@pytest.mark.parametrize("body", [[], {}, {"tasks": []}, [{}], [1], None])
def test_feasibility_takes_a_bare_array_of_tasks(api: Any, body: Any) -> None:
    assert error(api.call("POST", FEASIBILITY, json=body)) == (400, "ERR_BAD_REQUEST")


def test_what_is_not_feasible_is_rejected_and_what_is_feasible_is_not(api: Any) -> None:
    never = create(api, pointOfInterest={"lat": 89.0, "lon": 0})
    fine = create(api)
    api.sandbox.advance(minutes=20)
    assert task(api, never)["status"] == "REJECTED"
    assert task(api, fine)["status"] == "ACTIVE"


@pytest.mark.parametrize("path", [TASKS, f"{TASKS}/x", PRICE, FEASIBILITY])
def test_nothing_is_answered_without_a_token(api: Any, path: str) -> None:
    method = "POST" if path == FEASIBILITY else "GET"
    answer = requests.request(method, api.sandbox.api_url + path, timeout=60)
    assert error(answer) == (401, "ERR_UNAUTHORIZED")
