"""The tasking panel's words as HTML: the estimate, what is wrong, the review, the outcome. No widgets, no requests."""

from __future__ import annotations

from collections.abc import Sequence

from iceye_geo.models.base import format_money
from iceye_geo.models.modes import find_mode
from iceye_geo.models.task_request import TaskRequest
from iceye_geo.panels.order_style import Markup, bullets, fact, facts, pill, table, words
from iceye_geo.panels.tasking_review import Estimate, Review, Sent
from iceye_geo.services.feasibility import FeasibilityResults
from iceye_geo.services.money import Quote
from iceye_geo.services.rules import Problem

_SHOWN_PLACES = 12
_OPTIONS = ("priority", "exclusivity", "eula", "sla")


def estimate_html(
    estimate: Estimate | None,
    verdicts: FeasibilityResults | None,
    *,
    asking: frozenset[str] = frozenset(),
    failed: frozenset[str] = frozenset(),
) -> str:
    """Return the three cards: price, budget, feasibility.

    Args:
        estimate: price and budget; None if they were not asked for.
        verdicts: feasibility; None likewise.
        asking: which of "price" and "feasibility" are under way.
        failed: which could not be asked.
    """
    return facts(
        [*_money_cards(estimate, "price" in asking, "price" in failed),
         _verdict_card(verdicts, "feasibility" in asking, "feasibility" in failed)]
    )  # fmt: skip


def _money_cards(estimate: Estimate | None, asking: bool, failed: bool) -> list[str]:
    if failed:
        return [
            fact("Price", "not known", "the question failed", tone="warn"),
            fact("Budget left", "not known"),
        ]
    if asking or estimate is None:
        note = "asking…" if asking else "complete the form to see it"
        return [fact("Price", "…" if asking else "–", note, busy=asking), fact("Budget left", "–", note)]
    total, count = estimate.total, len(estimate.prices)
    each = f"{count} places together" if count > 1 else "for one task, by the contract's pricing plan"
    if total.price is None:
        return [fact("Price", "not known", total.price_unknown, tone="warn"), _budget_card(total)]
    return [fact("Price", str(total.price), each), _budget_card(total)]


def _budget_card(total: Quote) -> str:
    budget = total.budget
    if budget is None:
        return fact("Budget left", "not known", total.budget_unknown, tone="warn")
    if budget.available is None:
        return fact("Budget left", "no limit", "the contract has no spend limit")
    left = format_money(budget.available, budget.currency)
    if total.available_after is None:
        return fact("Budget left", left)
    if total.fits is False:
        return fact("Budget left", left, "✕ not enough for this", tone="bad")
    return fact("Budget left", left, f"{format_money(total.available_after, budget.currency)} after it")


def _verdict_card(verdicts: FeasibilityResults | None, asking: bool, failed: bool) -> str:
    if failed:
        return fact("Feasibility", "not known", "the question failed", tone="warn")
    if asking:
        return fact("Feasibility", "…", "asking ICEYE; can take two minutes", busy=True)
    if verdicts is None:
        return fact("Feasibility", "–", "complete the form to see it")
    good = sum(one.feasible for one in verdicts)
    if good == len(verdicts):
        return fact("Feasibility", "✓ feasible", "by ICEYE's present plan", tone="good")
    reasons = "; ".join(sorted({one.reason or one.result for one in verdicts if not one.feasible}))
    if len(verdicts) == 1:
        return fact("Feasibility", "✕ not feasible", reasons, tone="bad")
    return fact("Feasibility", f"✕ {good} of {len(verdicts)} feasible", reasons, tone="bad")


def problems_html(problems: Sequence[Problem], *, skip: frozenset[str] = frozenset()) -> str:
    """Return what is missing or wrong, and below it what is only a warning; "" if all is well."""
    shown = [one for one in problems if one.field not in skip]
    bad = bullets([_problem(one) for one in shown if one.blocks])
    mild = bullets([_problem(one) for one in shown if not one.blocks])
    first = f'<div class="iceye-note"><b>Before it can be ordered</b>{bad}</div>' if bad else ""
    return first + (f'<div class="iceye-note"><b>Worth knowing</b>{mild}</div>' if mild else "")


def _problem(one: Problem) -> str:
    rule = one.rule[:1].upper() + one.rule[1:]
    source = "" if one.source == "the form" else f" ({one.source})"
    name = "" if one.source == "the form" else f"{one.field.replace('_', ' ').replace('.', ' ')}: "
    return f"{name}{rule if not name else one.rule}{source}.{f' {one.hint}' if one.hint else ''}"


def review_html(review: Review) -> str:
    """Return everything a person should see before the order is sent."""
    count = len(review.requests)
    title = f"Review: {count} task{'s' if count > 1 else ''}"
    parts = [
        f"<h3>{title}</h3>", _request_table(review), _places(review),
        "<h4>Price and feasibility</h4>", estimate_html(review.estimate, review.verdicts, failed=_unknown(review)),
        "<h4>If you cancel it later</h4>", _charges(review), "<h4>Where it goes</h4>", _delivery(review.requests[0]),
        bullets([_problem(one) for one in review.warnings], tone="warn"),
    ]  # fmt: skip
    if review.blocks:
        parts.append(
            f'<div class="iceye-alert" role="alert"><b>It cannot be sent.</b>{bullets(review.blocks)}</div>'
        )
    if review.ticks:
        parts.append(f'<div class="iceye-note t-ticks"><b>Read this first</b>{bullets(review.ticks)}</div>')
    return f'<div class="iceye-card">{"".join(parts)}</div>'


def _unknown(review: Review) -> frozenset[str]:
    return frozenset({"feasibility"}) if review.verdicts is None else frozenset()


def _request_table(review: Review) -> str:
    first = review.requests[0]
    known = find_mode(first.mode)
    low_high = f"{first.incidence[0]}–{first.incidence[1]}°" if first.incidence else _default_angles(first)
    rows = {
        "Mode": f"{known.title} ({first.mode})" if known else first.mode,
        "Window": f"{first.window[0]:%d %b %Y %H:%M} – {first.window[1]:%d %b %Y %H:%M} UTC",
        "Incidence": low_high,
        "Look and pass": _geometry(first),
        "Options": ", ".join(_option(name, getattr(first, name), review.defaults.get(name)) for name in _OPTIONS),
        "Products": ", ".join(first.product_types) or "all of the contract",
        "Contract": review.contract_name,
    }  # fmt: skip
    if len(review.requests) == 1:
        rows = {"Place": review.form.places[0].label} | rows | {"Reference": first.reference or "none"}
    body = "".join(f"<dt>{words(k)}</dt><dd>{words(v)}</dd>" for k, v in rows.items())
    return f"<dl>{body}</dl>"


def _geometry(request: TaskRequest) -> str:
    side = {"LEFT": "looking left", "RIGHT": "looking right"}.get(request.look_side or "", "either look side")
    track = (request.pass_direction or "ANY").lower()
    return f"{side}, {'either' if track == 'any' else track} pass"


def _option(name: str, chosen: str | None, default: str | None) -> str:
    if chosen:
        return chosen
    return f"{default} (contract default)" if default else f"{name} as the contract decides"


def _default_angles(request: TaskRequest) -> str:
    known = find_mode(request.mode)
    if known is None:
        return "by ICEYE"
    return f"performant range of the mode ({known.incidence_deg[0]}–{known.incidence_deg[1]}°)"


def _places(review: Review) -> str:
    if len(review.requests) == 1:
        return ""
    verdicts = review.verdicts or [None] * len(review.requests)
    rows = []
    for place, request, price, verdict in zip(
        review.form.places, review.requests, review.estimate.prices, verdicts, strict=True
    ):
        tone = "busy" if verdict is None else "good" if verdict.feasible else "bad"
        word = "not known" if verdict is None else verdict.result.lower()
        rows.append(
            (place.label, str(price) if price else "not known", pill(word, tone), request.reference or "")
        )
    more = len(rows) - _SHOWN_PLACES
    tail = f'<div class="iceye-hint">and {more} more</div>' if more > 0 else ""
    return table(("Place", "Price", "Feasible", "Reference"), rows[:_SHOWN_PLACES]) + tail


def _charges(review: Review) -> str:
    last = "after that" if len(review.charges) > 1 else "at any time"
    rows = [
        (f"until {line.until:%d %b %H:%M} UTC" if line.until else last, line.words) for line in review.charges
    ]
    source = "By ICEYE's published schedule (product specification 6.0.5, table 3-4)."
    return table(("Cancelled", "Charge"), rows) + f'<div class="iceye-hint">{source}</div>'


def _delivery(request: TaskRequest) -> str:
    places = [f"{t.path}/{t.sub_path}" if t.sub_path else t.path for t in request.deliveries]
    hook = (
        f"ICEYE calls webhook {request.webhook_id}"
        if request.webhook_id
        else "no webhook; the status is asked for"
    )
    goes = (
        f"Delivered to {', '.join(places)}" if places else "Not delivered anywhere by itself; you download it"
    )
    return bullets([goes, f"When the status changes: {hook}"])


def sent_html(sent: Sent) -> str:
    """Return what became of the order."""
    rows = [(task.reference or task.id[:8], task.id, pill(task.status, "busy")) for task in sent.tasks]
    listed = table(("Task", "Id", "Status"), rows) if rows else ""
    kind = "iceye-card" if sent.error is None else "iceye-note"
    title = Markup("<h3>Ordered</h3>") if sent.tasks else Markup("<h3>Not ordered</h3>")
    return f'<div class="{kind} t-sent" role="status">{title}<p>{words(sent.words)}</p>{listed}</div>'
