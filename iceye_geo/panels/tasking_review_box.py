"""The review on the page: its words, the tick, the button that orders, and what became of it. Sends nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from iceye_geo.panels.order_style import button, row, show
from iceye_geo.panels.tasking_html import review_html, sent_html
from iceye_geo.panels.tasking_review import Review, Sent

_TICK = "I have read this and want to order nevertheless."


class ReviewBox:
    """Shows one review at a time.

    Args:
        guard: wraps callbacks, so that no error is lost.
        send: called with the review and whether its warnings were accepted.
        back: called when the person goes back to the form.
        rest: called when the person wants to review what was not sent.
    """

    def __init__(
        self,
        guard: Callable[[Callable[..., object]], Callable[..., None]],
        *,
        send: Callable[[Review, bool], None],
        back: Callable[[], None],
        rest: Callable[[], None],
    ) -> None:
        self.review: Review | None = None
        self.page, self.outcome = widgets.HTML(), widgets.HTML()
        self.tick = widgets.Checkbox(description=_TICK, indent=False, layout=widgets.Layout(width="98%"))
        self.send_button = button("Order", selector="t-send", style="danger")
        self.back_button = button("Back to the form", selector="t-back")
        self.rest_button = button("Review what was not sent", selector="t-rest")
        self.page.add_class("t-review-page")
        self.outcome.add_class("t-outcome")
        self.tick.add_class("t-tick")
        self._send, self._busy = send, False
        self.tick.observe(guard(lambda _: self._update()), names="value")
        self.send_button.on_click(guard(lambda _: self._clicked()))
        self.back_button.on_click(guard(lambda _: back()))
        self.rest_button.on_click(guard(lambda _: rest()))
        self._box = widgets.VBox([self.page, self.tick, row(self.send_button, self.back_button)])
        self.widget = widgets.VBox([self._box, self.outcome, self.rest_button])
        self.hide()
        show(self.rest_button, False)

    @property
    def is_open(self) -> bool:
        """Whether a review waits for the second click."""
        return self.review is not None

    def open(self, review: Review) -> None:
        """Show a review; nothing is accepted yet."""
        self.review = review
        self.outcome.value = ""
        self.page.value = review_html(review)
        self.tick.value = False
        show(self.rest_button, False)
        show(self.tick, bool(review.ticks) and not review.blocks)
        show(self._box, True)
        self._update()

    def hide(self) -> None:
        """Forget the review; nothing can be sent from here any more."""
        self.review = None
        show(self._box, False)

    def set_busy(self, busy: bool) -> None:
        """Lock the buttons while the order is under way."""
        self._busy = busy
        self.back_button.disabled = busy
        self._update()

    def show_sent(self, sent: Sent) -> None:
        """Show what became of the order, in place of the review."""
        self.hide()
        self.outcome.value = sent_html(sent)
        show(self.rest_button, bool(sent.left))

    def _update(self) -> None:
        review = self.review
        if review is None:
            return
        price, count = review.estimate.total.price, len(review.requests)
        cost = str(price) if price else "an unknown price"
        self.send_button.description = f"Order {count} task{'s' if count > 1 else ''} for {cost}"
        ready = not review.blocks and (not review.ticks or self.tick.value)
        self.send_button.disabled = not ready or self._busy

    def _clicked(self) -> Any:
        if self.review is not None and not self._busy:
            self._send(self.review, bool(self.tick.value))
