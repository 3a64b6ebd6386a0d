"""Local checks: each rule, its field and its source."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from iceye_geo.errors import InvalidInputError, RuleWarning
from iceye_geo.models.company import Contract
from iceye_geo.models.task_request import TaskRequest
from iceye_geo.services.rules import check_request, problems_of

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CONTRACT = Contract.from_wire(
    {
        "id": "c", "name": "Test", "start": "2026-01-01T00:00:00Z", "end": "2026-12-31T00:00:00Z",
        "imagingModes": {
            "allowed": ["SPOTLIGHT", "SCAN"],
            "capabilities": [{"imagingMode": "SPOTLIGHT", "productTypes": ["GRD-COG", "QLK"]}],
        },
        "priority": {"allowed": ["COMMERCIAL"]}, "exclusivity": {"allowed": ["PRIVATE"]},
        "eula": {"allowed": ["STANDARD"]}, "sla": {"allowed": ["SLA_8H"]},
    }
)  # fmt: skip


def request(start_h: float = 48, width_h: float = 48, **changes: Any) -> TaskRequest:
    start = NOW + timedelta(hours=start_h)
    base = {"point": (24.9, 60.2), "window": (start, start + timedelta(hours=width_h)), "mode": "SPOTLIGHT"}
    return TaskRequest(**(base | changes))


def fields(asked: TaskRequest, contract: Contract | None = None) -> list[tuple[str, bool]]:
    return [(p.field, p.blocks) for p in problems_of(asked, contract=contract, now=NOW)]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (request(), []),
        (request(12), []),
        (request(11.99), [("window.start", True)]),
        (request(-5), [("window.start", True)]),
        (request(23, priority="BACKGROUND"), [("window.start", True)]),
        (request(24, priority="BACKGROUND"), []),
        (request(288, 48), []),
        (request(288, 49), [("window.end", True)]),
        (request(48, 24), []),
        (request(48, 2), [("window", False)]),
        (request(11, 2), [("window.start", True), ("window", False)]),
        (request(incidence=(20, 40)), []),
        (request(incidence=(15, 40)), [("incidence", False)]),
        (request(incidence=(20, 45), mode="SPOTLIGHT_NEXT"), []),
    ],
)
def test_the_rules_of_time_and_incidence(asked: TaskRequest, expected: list[tuple[str, bool]]) -> None:
    assert fields(asked) == expected


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"mode": "STRIPMAP"}, "mode"),
        ({"priority": "BACKGROUND"}, "priority"),
        ({"exclusivity": "PUBLIC"}, "exclusivity"),
        ({"eula": "MULTI"}, "eula"),
        ({"sla": "SLA_3H"}, "sla"),
        ({"product_types": ["SLC-COG"]}, "product_types"),
    ],
)
def test_the_contract_decides_where_it_speaks(changes: dict[str, Any], field: str) -> None:
    asked = request(**changes)
    assert fields(asked) == []
    assert fields(asked, CONTRACT) == [(field, True)]
    (problem,) = problems_of(asked, contract=CONTRACT, now=NOW)
    assert problem.source == "the contract"
    assert problem.hint.startswith("Allowed: ")


def test_a_contract_that_says_nothing_forbids_nothing() -> None:
    silent = Contract.from_wire({"id": "c"})
    assert fields(request(mode="STRIPMAP", product_types=["SIDD"], sla="SLA_1H"), silent) == []


def test_the_contracts_only_priority_sets_the_lead() -> None:
    background = Contract.from_wire({"id": "c", "priority": {"allowed": ["BACKGROUND"]}})
    assert fields(request(13), background) == [("window.start", True)]


def test_an_expired_contract_is_refused() -> None:
    expired = Contract.from_wire({"id": "c", "name": "Old", "end": "2026-01-01T00:00:00Z"})
    with pytest.raises(InvalidInputError, match="Old") as caught:
        check_request(request(), contract=expired, now=NOW)
    assert caught.value.field == "contract_id"


def test_a_refusal_names_field_rule_source_and_what_would_do() -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_request(request(1), now=NOW)
    error = caught.value
    assert error.field == "window.start"
    assert "12 h ahead" in error.rule
    assert "table 3-2" in error.source
    assert "2026-11-21T00:00Z" in error.hint


def test_what_iceyes_own_examples_break_is_a_warning_and_passes() -> None:
    with pytest.warns(RuleWarning, match="24 h wide, this is 2 h"):
        check_request(request(48, 2), now=NOW)


def test_a_good_request_is_silent() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_request(request(), contract=CONTRACT, now=NOW)
