"""The tasks panel's words as HTML: one line of the list, the time line, the facts of an order. No widgets."""

from __future__ import annotations

from datetime import datetime

from iceye_geo.models.cancellation import CancellationCharge
from iceye_geo.models.modes import find_mode
from iceye_geo.models.tasking import Task, TimeWindow
from iceye_geo.panels.order_style import pill, words
from iceye_geo.panels.orders import Order, Step

_SIGNS = {"done": "✓", "now": "●", "next": "○", "ended": "✕"}
_SPOKEN = {"done": "done", "now": "it is here", "next": "still to come", "ended": "ended"}


def order_line(order: Order) -> str:
    """Return status, what it is and when, for a line of the list."""
    subject = order.subject
    if isinstance(subject, Task):
        known = find_mode(subject.imaging_mode or "")
        what = known.title if known else subject.imaging_mode or "task"
    else:
        what = "purchase"
    when = order.when or (f"ordered {_moment(order.created_at)}" if order.created_at else "")
    planned = "imaging " if order.scene is not None and not subject.is_terminal else ""
    return (
        f'<div class="iceye-order-cell">{pill(order.status, order.tone)}<span>{words(what)} '
        f'<span class="d">{words(planned + when)}</span></span></div>'
    )


def steps_html(order: Order) -> str:
    """Return the time line; each station has a sign and words beside its colour."""
    items = "".join(_step(step) for step in order.steps)
    return f'<ol class="iceye-steps t-steps" aria-label="Time line">{items}</ol>'


def _step(step: Step) -> str:
    when = f"<small>{words(_moment(step.when))}</small>" if step.when else ""
    note = f"<small>{words(step.note)}</small>" if step.note else ""
    head = f"<b>{_SIGNS[step.state]} {words(step.name)}</b>"
    return f'<li class="{step.state}" title="{_SPOKEN[step.state]}">{head}{when}{note}</li>'


def details_html(order: Order) -> str:
    """Return everything that is known of an order."""
    head = f"<h3>{words(order.title)} {pill(order.status, order.tone)}</h3>"
    rows = "".join(f"<dt>{words(k)}</dt><dd>{words(v)}</dd>" for k, v in _facts(order).items() if v)
    return f'<div class="iceye-card">{head}{steps_html(order)}<dl>{rows}</dl></div>'


def _facts(order: Order) -> dict[str, object]:
    subject = order.subject
    if not isinstance(subject, Task):
        return {
            "Purchase": subject.id, "Frame": subject.frame_id, "Ordered": _moment(subject.created_at),
            "Licence": subject.eula, "Products": ", ".join(subject.product_types), "Contract": subject.contract_id,
        }  # fmt: skip
    place, scene = subject.point, order.scene
    imaging = scene.imaging_time if scene else None
    geometry = [
        f"{scene.incidence_angle:.1f}° incidence" if scene and scene.incidence_angle is not None else "",
        f"looking {scene.look_side.lower()}" if scene and scene.look_side else "",
        f"{scene.pass_direction.lower()} pass" if scene and scene.pass_direction else "",
    ]
    return {
        "Task": subject.id, "Place": f"lon {place[0]:.5f}°, lat {place[1]:.5f}°" if place else "",
        "Window": _span(subject.acquisition_window, "%d %b %Y %H:%M"),
        "Imaged" if subject.has_products else "Planned": _span(imaging, "%d %b %Y %H:%M:%S"),
        "Geometry": ", ".join(part for part in geometry if part),
        "Options": ", ".join(w for w in (subject.priority, subject.exclusivity, subject.sla, subject.eula) if w),
        "Products": ", ".join(subject.product_types),
        "Deliveries": "; ".join(str(one) for one in subject.deliveries),
        "Webhook": subject.notifications.webhook_id if subject.notifications else "",
    }  # fmt: skip


def cancel_html(order: Order, charge: CancellationCharge) -> str:
    """Return the question that is asked before a task is cancelled."""
    return (
        f'<div class="iceye-note t-cancel-question"><b>Cancel {words(order.title)}?</b> '
        f"It costs {words(charge.words)}. This cannot be undone.</div>"
    )


def _moment(moment: datetime | None) -> str:
    return f"{moment:%d %b %Y %H:%M} UTC" if moment else ""


def _span(window: TimeWindow | None, form: str) -> str:
    return f"{window.start:{form}} – {window.end:{form}} UTC" if window else ""
