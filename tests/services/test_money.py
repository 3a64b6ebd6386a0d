"""Quotes say what is known and what is not; the guard refuses before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from iceye_geo.errors import InvalidInputError, MoneyGuardError, NoPricingPlanError, ServerError
from iceye_geo.models.base import Price
from iceye_geo.models.company import Budget
from iceye_geo.services.money import Quote, check_max_price, quote_of


def euros(amount: int) -> Price:
    return Price(amount=amount, currency="EUR")


def budget(limit: int | None, *, spent: int = 0, currency: str = "EUR") -> Budget:
    return Budget(contract_id="c", currency=currency, consolidated_spent=spent, on_hold=0, spend_limit=limit)


@pytest.mark.parametrize(
    ("quote", "fits", "after", "words"),
    [
        (Quote(euros(100), budget(100)), True, 0, "1.00 EUR; 1.00 EUR available, 0.00 EUR after it"),
        (Quote(euros(101), budget(100)), False, -1, "1.01 EUR; 1.00 EUR available, which is not enough"),
        (Quote(euros(101), budget(None)), True, None, "1.01 EUR; the contract has no spend limit"),
        (Quote(euros(1), budget(9, currency="USD")), None, None, "0.01 EUR; 0.09 USD available, in another currency"),
        (Quote(None, budget(9), "no plan"), None, None, "the price is not known (no plan); 0.09 EUR available"),
        (Quote(euros(1), None, "", "no plan"), None, None, "0.01 EUR; the budget is not known (no plan)"),
        (Quote(), None, None, "the price is not known (not asked for); the budget is not known (not asked for)"),
    ],
)  # fmt: skip
def test_a_quote_says_whether_it_fits(quote: Quote, fits: bool | None, after: int | None, words: str) -> None:
    assert (quote.fits, quote.available_after, str(quote)) == (fits, after, words)
    assert "Quote" in quote._repr_html_()


def raises(error: Exception) -> Any:
    def ask() -> Any:
        raise error

    return ask


def test_a_refusal_becomes_words_and_a_lost_question_is_raised() -> None:
    quote = quote_of(raises(NoPricingPlanError("no rows", status=404)), lambda: budget(5))
    assert (quote.price, quote.price_unknown, quote.available) == (None, "no rows", 5)
    with pytest.raises(ServerError):
        quote_of(raises(ServerError("down", status=503)))


@pytest.mark.parametrize("limit", [150000, 150001, euros(150000)])
def test_a_price_within_the_limit_passes(limit: Any) -> None:
    check_max_price(limit, lambda: Quote(euros(150000)), what="the task")


@pytest.mark.parametrize(
    ("limit", "quote", "why"),
    [
        (149999, Quote(euros(150000)), r"costs 1,500\.00 EUR, more than 1,499\.99 EUR"),
        (0, Quote(euros(1)), "more than"),
        (150000, Quote(None, None, "no pricing plan"), r"cannot be known \(no pricing plan\)"),
        (Price(amount=999999, currency="USD"), Quote(euros(1)), "max_price is in USD"),
    ],
)
def test_what_costs_too_much_or_nobody_knows_is_refused(limit: Any, quote: Quote, why: str) -> None:
    with pytest.raises(MoneyGuardError, match=why):
        check_max_price(limit, lambda: quote, what="the task")


@pytest.mark.parametrize("limit", [-1, 1500.0, "1500", True])
def test_a_limit_is_a_whole_number_of_minor_units(limit: Any) -> None:
    with pytest.raises(InvalidInputError, match="max_price"):
        check_max_price(limit, raises(AssertionError("asked")), what="the task")


def test_without_a_limit_nothing_is_asked() -> None:
    check_max_price(None, raises(AssertionError("asked")), what="the task")
