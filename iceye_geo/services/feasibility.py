"""What feasibility answers: one result per request, the request beside it, price and budget in the same view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from iceye_geo.errors import UnexpectedAnswerError
from iceye_geo.models.base import Price, cell
from iceye_geo.models.company import Budget
from iceye_geo.models.task_request import TaskRequest
from iceye_geo.services.money import Quote

if TYPE_CHECKING:
    import pandas as pd

_OPERATION = "checkFeasibility"
# The only value ICEYE shows. Anything else counts as not feasible, as the API notes say.
FEASIBLE = "FEASIBLE"
_REASONS = ("reason", "message", "details", "detail", "code")


@dataclass(frozen=True, slots=True)
class FeasibilityResult:
    """Whether one request could be scheduled.

    Attributes:
        feasible: True only if ICEYE says FEASIBLE.
        result: ICEYE's word.
        reason: why not, where ICEYE says it; "" otherwise.
        request: what was asked.
        quote: price and budget; both unknown where they were not asked for.
        raw: the entry as ICEYE sent it.
    """

    feasible: bool
    result: str
    reason: str
    request: TaskRequest
    quote: Quote
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def price(self) -> Price | None:
        """What the task would cost; None if it is not known."""
        return self.quote.price

    @property
    def budget(self) -> Budget | None:
        """What the contract has; None if it is not known."""
        return self.quote.budget

    def row(self) -> dict[str, Any]:
        """Return the result as one row of a table."""
        request = self.request
        return {
            "feasible": self.feasible, "result": self.result, "reason": self.reason, "mode": request.mode,
            "lon": request.point[0], "lat": request.point[1], "start": request.window[0], "end": request.window[1],
            "price": str(self.price) if self.price else None, "fits": self.quote.fits, "money": self.quote.words,
        }  # fmt: skip


class FeasibilityResults(list[FeasibilityResult]):
    """The results of one call, in the order of the requests."""

    @property
    def total(self) -> Price | None:
        """What all feasible requests cost together; None if a price is not known or currencies differ."""
        prices = [one.price for one in self if one.feasible]
        known = [price for price in prices if price is not None]
        if not known or len(known) < len(prices) or len({p.currency for p in known}) > 1:
            return None
        return Price(amount=sum(p.amount for p in known), currency=known[0].currency)

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per request: feasible, result, reason, mode, lon, lat, start, end, price, fits, money."""
        import pandas as pd

        return pd.DataFrame([one.row() for one in self])

    def _repr_html_(self) -> str:
        names = list(self[0].row()) if self else []
        head = "".join(f"<th>{cell(name)}</th>" for name in names)
        rows = ("".join(f"<td>{cell(v)}</td>" for v in one.row().values()) for one in self)
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        total = f", {self.total} together" if self.total else ""
        caption = f"<caption>Feasibility{cell(total)}</caption>"
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def read_feasibility(
    raw: object, requests: Sequence[TaskRequest], quotes: Sequence[Quote]
) -> FeasibilityResults:
    """Put ICEYE's verdicts beside the requests.

    Raises:
        UnexpectedAnswerError: there is not one verdict per request, so nobody can tell which is whose.
    """
    held = raw.get("feasibility", raw.get("data")) if isinstance(raw, Mapping) else raw
    if not isinstance(held, list) or len(held) != len(requests):
        count = len(held) if isinstance(held, list) else "no list of"
        raise UnexpectedAnswerError(f"{count} verdicts for {len(requests)} requests", operation=_OPERATION)
    return FeasibilityResults(map(_result, held, requests, quotes))


def _result(entry: object, request: TaskRequest, quote: Quote) -> FeasibilityResult:
    plain = entry if isinstance(entry, Mapping) else {"result": entry}
    word = str(plain.get("result") or "")
    feasible = word.upper() == FEASIBLE
    reason = next((str(plain[name]) for name in _REASONS if plain.get(name)), "")
    return FeasibilityResult(
        feasible, word, "" if feasible and not reason else reason, request, quote, dict(plain)
    )
