from __future__ import annotations

from datetime import UTC, datetime

import pytest

from iceye_geo.models.company import Budget, Contract, OptionRule

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
FULL = {
    "id": "c-1", "name": "Sandbox contract", "start": "2026-01-01T00:00:00Z", "end": "2027-01-01T00:00:00Z",
    "deliveryLocations": [{"method": "s3", "path": "bucket"}],
    "imagingModes": {
        "allowed": ["SPOTLIGHT", "SCAN"], "capabilities": [{"imagingMode": "SCAN", "productTypes": ["GRD-COG"]}],
    },
    "priority": {"allowed": ["BACKGROUND", "COMMERCIAL"], "default": "COMMERCIAL"},
    "exclusivity": {"allowed": ["PRIVATE"]},
    "sla": {"allowed": ["SLA_8H"], "default": "SLA_8H"}, "eula": {"allowed": ["STANDARD", "MULTI"]},
    "catalog_collections": {"allowed": ["public", "private"], "default": "public"},
    "brandNew": 1,
}  # fmt: skip


def test_a_contract_is_read_and_written_back() -> None:
    contract = Contract.from_wire(FULL)
    assert (contract.start, contract.end) == (START, END)
    assert contract.priority is not None
    assert contract.priority.effective_default == "COMMERCIAL"
    sent = contract.to_dict()
    assert sent["brandNew"] == 1
    assert sent["catalog_collections"] == FULL["catalog_collections"]
    assert sent["imagingModes"] == FULL["imagingModes"]


def test_an_id_is_enough() -> None:
    contract = Contract.from_wire(
        {"id": "c", "deliveryLocations": None, "priority": None, "imagingModes": {}}
    )
    assert (contract.name, contract.start, contract.delivery_locations) == ("", None, [])
    assert contract.imaging_modes is not None
    assert contract.imaging_modes.allowed == []
    assert contract.is_active()


@pytest.mark.parametrize("allowed", [["A", "B"], [["A", "B"]], [["A"], ["B"]], ["A", ["B", None]]])
def test_nested_lists_of_modes_are_flattened(allowed: object) -> None:
    contract = Contract.from_wire({"id": "c", "imagingModes": {"allowed": allowed}})
    assert contract.imaging_modes is not None
    assert contract.imaging_modes.allowed == ["A", "B"]


@pytest.mark.parametrize("spelling", ["catalog_collections", "catalogCollections"])
def test_both_spellings_of_the_collections_are_read(spelling: str) -> None:
    contract = Contract.from_wire({"id": "c", spelling: {"allowed": ["public"]}})
    assert contract.catalog_collections is not None
    assert contract.catalog_collections.effective_default == "public"


@pytest.mark.parametrize(
    ("now", "active"),
    [
        (datetime(2025, 12, 31, tzinfo=UTC), False),
        (START, True),
        (datetime(2026, 6, 1, tzinfo=UTC), True),
        (END, True),
        (datetime(2027, 1, 2, tzinfo=UTC), False),
    ],
)
def test_a_contract_is_active_between_its_dates(now: datetime, active: bool) -> None:
    assert Contract.from_wire(FULL).is_active(now) is active


def test_products_of_a_mode_are_known_or_said_to_be_unknown() -> None:
    modes = Contract.from_wire(FULL).imaging_modes
    assert modes is not None
    assert modes.products_of("SCAN") == ["GRD-COG"]
    assert modes.products_of("SPOTLIGHT") is None


def test_a_rule_without_values_forbids_nothing() -> None:
    assert OptionRule().allows("ANY")
    assert not OptionRule(allowed=["A"]).allows("B")
    assert OptionRule(allowed=["A", "B"]).effective_default is None


def test_a_contract_prints_in_one_line_and_as_a_table() -> None:
    contract = Contract.from_wire(FULL)
    assert repr(contract).startswith("Contract(id='c-1', name='Sandbox contract', 2026-01-01/2027-01-01, ")
    assert "BACKGROUND, COMMERCIAL (default COMMERCIAL)" in contract._repr_html_()


@pytest.mark.parametrize(
    ("limit", "available", "words"),
    [
        (2_000_000, 100_000, "1,000.00 USD available of 20,000.00 USD"),
        (1_000_000, -900_000, "-9,000.00 USD available"),
        (0, -1_900_000, "-19,000.00 USD available of 0.00 USD"),
        (None, None, "no spend limit (9,000.00 USD spent, 10,000.00 USD on hold)"),
    ],
)
def test_available_is_limit_less_spent_less_on_hold(
    limit: int | None, available: int | None, words: str
) -> None:
    raw = {
        "contractID": "c",
        "currency": "USD",
        "consolidatedSpent": 900_000,
        "onHold": 1_000_000,
        "spendLimit": limit,
    }
    budget = Budget.from_wire(raw)
    assert budget.available == available
    assert words in str(budget)
    assert words in budget._repr_html_()
