"""The published schedule of cancellation charges, row by row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from iceye_geo.models.base import Price
from iceye_geo.models.cancellation import CancellationCharge, charge_percent


@pytest.mark.parametrize(
    ("hours", "percent"),
    [
        (1000, 0),
        (72.01, 0),
        (72, 10),
        (60, 10),
        (48, 10),
        (47.99, 20),
        (24, 20),
        (23.99, 100),
        (0, 100),
        (-5, 100),
    ],
)
def test_the_schedule_of_the_product_specification(hours: float, percent: int) -> None:
    assert charge_percent(timedelta(hours=hours)) == percent


def test_the_amount_never_promises_less_than_is_charged() -> None:
    assert CancellationCharge(10, timedelta(hours=60), Price(amount=101, currency="EUR")).amount == 11


def test_the_words_say_share_amount_and_notice() -> None:
    price = Price(amount=150000, currency="EUR")
    assert (
        CancellationCharge(0, timedelta(hours=80), None).words
        == "free of charge (80.0 h before the window starts)"
    )
    late = CancellationCharge(100, timedelta(hours=-2), price)
    assert late.words == "100 % of 1,500.00 EUR: 1,500.00 EUR (2.0 h after the window started)"
    unknown = CancellationCharge(20, timedelta(hours=30), None, "no pricing plan")
    assert (
        unknown.words
        == "20 % of the price, which is not known: no pricing plan (30.0 h before the window starts)"
    )
    assert "20 %" in unknown._repr_html_()
