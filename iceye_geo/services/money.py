"""What something costs, what is left, whether it fits; and the guard that refuses before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from iceye_geo.errors import (
    ApiError,
    AuthenticationError,
    ConnectionFailedError,
    InvalidInputError,
    MoneyGuardError,
    RateLimitedError,
    ServerError,
)
from iceye_geo.models.base import Price, cell, format_money
from iceye_geo.models.company import Budget

T = TypeVar("T")

#: The most a call may cost: minor units, or a Price with its currency.
MaxPrice = int | Price
# These say nothing about the price: the question did not get through.
_NO_ANSWER = (AuthenticationError, ConnectionFailedError, RateLimitedError, ServerError)


@dataclass(frozen=True, slots=True)
class Quote:
    """A price beside the budget it would be paid from. What is not known is None, with the reason.

    Attributes:
        price: what it costs.
        budget: what the contract has.
        price_unknown: why there is no price, "" if there is one.
        budget_unknown: why there is no budget, "" if there is one.

    Example:
        >>> budget = Budget(contract_id="c", currency="EUR", consolidated_spent=0, on_hold=0, spend_limit=200000)
        >>> quote = Quote(Price(amount=150000, currency="EUR"), budget)
        >>> quote.fits, quote.available_after
        (True, 50000)
        >>> print(quote)
        1,500.00 EUR; 2,000.00 EUR available, 500.00 EUR after it
    """

    price: Price | None = None
    budget: Budget | None = None
    price_unknown: str = ""
    budget_unknown: str = ""

    @property
    def available(self) -> int | None:
        """What can be spent now, minor units; None if it is not known or there is no limit."""
        return None if self.budget is None else self.budget.available

    @property
    def available_after(self) -> int | None:
        """What can be spent afterwards, minor units, negative if it does not fit; None if it is not known."""
        if self.price is None or self.available is None or not self._same_currency:
            return None
        return self.available - self.price.amount

    @property
    def fits(self) -> bool | None:
        """Whether the budget covers the price; True without a limit, None if it cannot be known."""
        if self.price is None or self.budget is None:
            return None
        if self.budget.available is None:
            return True
        return None if self.available_after is None else self.available_after >= 0

    @property
    def words(self) -> str:
        """The quote in one line for people."""
        return f"{self._price_words}; {self._budget_words}"

    @property
    def _price_words(self) -> str:
        return (
            str(self.price)
            if self.price
            else f"the price is not known ({self.price_unknown or 'not asked for'})"
        )

    @property
    def _budget_words(self) -> str:
        if self.budget is None:
            return f"the budget is not known ({self.budget_unknown or 'not asked for'})"
        if self.budget.available is None:
            return "the contract has no spend limit"
        now = f"{format_money(self.budget.available, self.budget.currency)} available"
        if not self._same_currency:
            return f"{now}, in another currency"
        if self.price is None or self.available_after is None:
            return now
        after = format_money(self.available_after, self.budget.currency)
        return f"{now}, {after} after it" if self.fits else f"{now}, which is not enough"

    @property
    def _same_currency(self) -> bool:
        return not (self.price and self.budget) or self.price.currency == self.budget.currency

    def __str__(self) -> str:
        return self.words

    def _repr_html_(self) -> str:
        answer = {True: "yes", False: "no", None: "cannot be known"}[self.fits]
        rows = {"price": self._price_words, "budget": self._budget_words, "fits": answer}
        body = "".join(f"<tr><th>{cell(k)}</th><td>{cell(v)}</td></tr>" for k, v in rows.items())
        return f"<table><caption>Quote</caption><tbody>{body}</tbody></table>"


def quote_of(price: Callable[[], Price], budget: Callable[[], Budget] | None = None) -> Quote:
    """Ask for a price and a budget; a refusal becomes the words of what is not known.

    Raises:
        ApiError: the question did not get through: no connection, no valid token, 429 or 5xx after the retries.
    """
    found_price, why_price = _ask(price)
    found_budget, why_budget = _ask(budget) if budget else (None, "")
    return Quote(found_price, found_budget, why_price, why_budget)


def _ask(question: Callable[[], T]) -> tuple[T | None, str]:
    try:
        return question(), ""
    except _NO_ANSWER:
        raise
    except (ApiError, InvalidInputError) as error:
        return None, getattr(error, "detail", "") or str(error)


def check_max_price(max_price: MaxPrice | None, quote: Callable[[], Quote], *, what: str) -> None:
    """Refuse what costs more than allowed, or an unknown amount. Without a limit nothing is asked.

    Args:
        max_price: the most it may cost; an int is in minor units of the price's own currency.
        quote: asks for the price.
        what: what would be paid for, for the message.

    Raises:
        InvalidInputError: ``max_price`` is no whole number of minor units.
        MoneyGuardError: the price is higher, in another currency or not known. Nothing was sent.

    Example:
        >>> check_max_price(150000, lambda: Quote(Price(amount=150000, currency="EUR")), what="the task")
    """
    if max_price is None:
        return
    limit = max_price.amount if isinstance(max_price, Price) else max_price
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
        raise InvalidInputError(
            "max_price", f"must be a whole number of minor units (cents), this is {max_price!r}"
        )
    found = quote()
    price = found.price
    if price is None:
        raise MoneyGuardError(
            f"{what} was not ordered: max_price is set and the price cannot be known ({found.price_unknown}). "
            "Leave max_price out to order without knowing it."
        )
    if isinstance(max_price, Price) and max_price.currency != price.currency:
        raise MoneyGuardError(
            f"{what} was not ordered: it costs {price}, and max_price is in {max_price.currency}."
        )
    if price.amount > limit:
        raise MoneyGuardError(
            f"{what} was not ordered: it costs {price}, more than {format_money(limit, price.currency)}."
        )
