"""Ids out of bodies of unknown shape."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iceye_geo.webhooks.ids import find_ids

ID = "5b9f6a0e-1a53-4a0a-bb1c-1c6f7c6f0002"
OTHER = "766cc4d6-7754-448e-9c6c-0ef3d209d65e"


@pytest.mark.parametrize(
    "body",
    [
        {"id": ID, "type": "task"}, {"taskID": ID}, {"task": {"uuid": ID}}, [{"a": [{"b": ID.upper()}]}],
        {"message": f"task {ID} has changed"}, {"href": f"https://platform.iceye.com/api/tasking/v2/tasks/{ID}"}, ID,
        {"data": {"resource": f"urn:uuid:{ID}"}},
    ],
)  # fmt: skip
def test_a_uuid_is_found_wherever_it_stands(body: Any) -> None:
    assert find_ids(json.dumps(body).encode()) == (ID,)


@pytest.mark.parametrize(
    "body", [f"taskID={ID}", f"id={ID}&type=task", f"<task id='{ID}'/>", f"\ufeff{ID}\n"]
)
def test_forms_and_plain_text_are_read_too(body: str) -> None:
    assert find_ids(body.encode()) == (ID,)


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        ({"purchaseID": "P-17"}, ("p-17",)), ({"purchase_id": 17}, ("17",)), ({"id": True}, ()), ({"valid": "no"}, ()),
        ({"id": "x" * 200}, ()), ({"paid": "yes"}, ()), ({"a": {"id": ID}, "b": {"id": OTHER}, "c": ID}, (ID, OTHER)),
        ({}, ()), (None, ()), ([[]], ()),
    ],
)  # fmt: skip
def test_ids_that_are_no_uuids_are_known_by_their_key(body: Any, ids: tuple[str, ...]) -> None:
    assert find_ids(json.dumps(body).encode()) == ids


def test_a_body_full_of_ids_yields_a_bounded_number() -> None:
    body = [f"{n:08x}-0000-0000-0000-000000000000" for n in range(500)]
    assert len(find_ids(json.dumps(body).encode())) == 64


def test_a_body_nested_a_thousand_deep_is_no_trouble() -> None:
    assert find_ids(b"[" * 900 + f'"{ID}"'.encode() + b"]" * 900) == (ID,)
    assert find_ids(b"[" * 60_000) == ()


@given(st.binary(max_size=2000))
def test_any_bytes_are_read(body: bytes) -> None:
    assert isinstance(find_ids(body), tuple)


_words = st.text(max_size=5)
_json = st.recursive(
    st.none() | _words | st.integers(),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(_words, x, max_size=3),
    max_leaves=8,
)


@given(_json, st.text(max_size=5))
def test_an_id_is_found_in_any_json(rest: Any, key: str) -> None:
    assert ID in find_ids(json.dumps([rest, {key: {"x": ID}}]).encode())
