from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iceye_geo.errors import UnexpectedAnswerError
from iceye_geo.models.base import ModelList, Price, UtcDatetime, WireModel, cell, format_money, wire_name

SIGNED = "https://h/x?Signature=planted"


class Thing(WireModel):
    contract_id: str
    item_ids: list[str] = []
    created_at: UtcDatetime | None = None
    status: str | None = None


def test_names_are_snake_case_here_and_iceyes_on_the_wire() -> None:
    raw = {"contractID": "c", "itemIDs": ["a"], "createdAt": "2026-11-20T12:00:00Z", "status": "BRAND_NEW"}
    thing = Thing.from_wire(raw)
    assert (thing.contract_id, thing.item_ids, thing.status) == ("c", ["a"], "BRAND_NEW")
    assert thing.to_dict() == raw
    assert Thing(contract_id="c").to_dict() == {"contractID": "c", "itemIDs": []}


@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=5))
def test_a_wire_name_has_no_underscore_and_writes_id_in_capitals(parts: list[str]) -> None:
    name = wire_name("_".join(parts))
    assert "_" not in name
    assert name.lower() == "".join(parts)
    assert parts[-1] != "id" or len(parts) == 1 or name.endswith("ID")


def test_unknown_fields_are_kept_and_sent_back() -> None:
    thing = Thing.from_wire({"contractID": "c", "brandNew": {"deep": [1, None]}})
    assert thing.model_extra == {"brandNew": {"deep": [1, None]}}
    assert thing.to_dict()["brandNew"]["deep"][0] == 1


def test_times_become_aware_utc() -> None:
    times = [
        "2026-11-20T12:00:00+02:00",
        "2026-11-20T10:00:00Z",
        "2026-11-20T10:00:00",
        "2026-11-20T10:00:00.000Z",
    ]
    things = [Thing.from_wire({"contractID": "c", "createdAt": text}) for text in times]
    assert {thing.created_at for thing in things} == {datetime(2026, 11, 20, 10, tzinfo=UTC)}
    assert all(thing.created_at is not None and thing.created_at.tzinfo is UTC for thing in things)
    own = Thing(contract_id="c", created_at=datetime(2026, 11, 20, 12, tzinfo=timezone(timedelta(hours=2))))
    assert own.to_dict()["createdAt"] == "2026-11-20T10:00:00Z"


@pytest.mark.parametrize("raw", [None, [], "x", {}, {"contractID": {"secret": "planted"}}])
def test_what_cannot_be_read_names_the_field_and_no_value(raw: object) -> None:
    with pytest.raises(UnexpectedAnswerError, match="not a Thing") as caught:
        Thing.from_wire(raw, operation="getThing")
    assert "planted" not in str(caught.value)
    assert str(caught.value).startswith("getThing: ")


def test_display_hides_signatures_and_escapes() -> None:
    thing = Thing(contract_id=f"<script>{SIGNED}", status=SIGNED)
    for text in (repr(thing), str(thing), thing._repr_html_(), repr(ModelList([thing]))):
        assert "planted" not in text
    assert "<script>" not in thing._repr_html_() + ModelList([thing])._repr_html_()
    assert "None" not in repr(Thing(contract_id="c"))


def test_models_and_lists_survive_a_process_boundary() -> None:
    things = ModelList([Thing.from_wire({"contractID": "c", "new": 1})])
    again = pickle.loads(pickle.dumps(things))
    assert again == things
    assert type(again) is ModelList
    assert again[0].to_dict() == {"contractID": "c", "itemIDs": [], "new": 1}


def test_a_list_prints_one_line_per_model_and_turns_into_a_table() -> None:
    prices = ModelList(Price(amount=n, currency="EUR") for n in range(60))
    assert repr(prices).count("\n") == 52
    assert "… and 10 more" in repr(prices)
    assert "… and 10 more" in prices._repr_html_()
    assert prices._repr_html_().count("<tr>") == 51
    frame = prices[:3].to_dataframe()
    assert frame.columns.tolist() == ["amount", "currency"]
    assert frame["amount"].tolist() == [0, 1, 2]


def test_an_empty_list_prints_and_tables_too() -> None:
    empty: ModelList[Price] = ModelList()
    assert repr(empty) == "[]"
    assert "no records" in empty._repr_html_()
    assert len(empty.to_dataframe()) == 0


def test_models_with_other_fields_share_a_table() -> None:
    things = ModelList([Thing(contract_id="a"), Thing(contract_id="b", status="DONE")])
    assert things.to_dataframe().columns.tolist() == ["contract_id", "item_ids", "status"]
    assert "DONE" in things._repr_html_()


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_money_is_exact(amount: int) -> None:
    digits = format_money(amount, "USD").removesuffix(" USD").replace(",", "").replace(".", "")
    assert int(digits) == amount


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (0, "EUR", "0.00 EUR"),
        (-1, "EUR", "-0.01 EUR"),
        (1234567, "JPY", "1,234,567 JPY"),
        (1234, "KWD", "1.234 KWD"),
    ],
)
def test_money_follows_its_currency(amount: int, currency: str, text: str) -> None:
    assert str(Price(amount=amount, currency=currency)) == text


def test_cells_are_short() -> None:
    assert len(cell("x" * 1000)) == 200
    assert cell({"a": datetime(2026, 11, 20, tzinfo=UTC)}) == "a: 2026-11-20 00:00:00Z"
