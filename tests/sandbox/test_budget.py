from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from iceye_geo.sandbox.budget import Budget


def budget(limit: int | None = 1000) -> Budget:
    return Budget("id", currency="EUR", spend_limit=limit)


def test_a_hold_reserves_and_a_release_gives_back() -> None:
    money = budget()
    assert money.hold(400)
    assert (money.available, money.on_hold) == (600, 400)
    money.release(400)
    assert (money.available, money.on_hold) == (1000, 0)


def test_a_hold_beyond_what_is_left_changes_nothing() -> None:
    money = budget()
    assert money.hold(700)
    assert not money.hold(301)
    assert money.on_hold == 700
    assert money.hold(300)


def test_without_a_limit_everything_is_available() -> None:
    money = budget(None)
    assert money.hold(10**12)
    assert money.available is None
    assert "spendLimit" not in money.to_wire()


def test_spending_moves_what_was_held() -> None:
    money = budget()
    money.hold(500)
    money.spend(100, held=500)
    assert (money.consolidated_spent, money.on_hold, money.available) == (100, 0, 900)


def test_restored_figures_are_those_given() -> None:
    money = budget()
    money.restore(consolidated_spent=5, on_hold=7)
    assert money.to_wire() == {
        "contractID": "id",
        "currency": "EUR",
        "consolidatedSpent": 5,
        "onHold": 7,
        "spendLimit": 1000,
    }


def test_threads_never_hold_more_than_there_is() -> None:
    money, granted = budget(), []

    def grab() -> None:
        for _ in range(50):
            if money.hold(7):
                granted.append(7)

    threads = [threading.Thread(target=grab) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == money.on_hold == 994


@given(st.lists(st.tuples(st.sampled_from(["hold", "release", "spend"]), st.integers(0, 500))))
def test_figures_never_go_below_zero(steps: list[tuple[str, int]]) -> None:
    money = budget()
    for name, amount in steps:
        if name == "spend":
            money.spend(amount, held=amount)
        else:
            getattr(money, name)(amount)
        assert money.on_hold >= 0
        assert money.consolidated_spent >= 0
