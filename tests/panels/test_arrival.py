"""What a page missed while it was loading is sent again when it shows the panel, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import ipywidgets as widgets
import pytest

from iceye_geo.panels import arrival
from iceye_geo.panels.base import Panel

Sent = list[tuple[widgets.Widget, set[str] | None]]


class Plain(Panel):
    """A panel with one line."""

    def __init__(self) -> None:
        super().__init__(name="plain")
        self.line = widgets.Label("before")
        self.box = widgets.VBox([self.line])
        self.assemble(self.box)

    def arrive(self) -> None:
        """Do what a page does when it shows the panel for the first time."""
        assert self._arrival is not None
        self._arrival.widget._handle_custom_msg("shown", [])


@pytest.fixture
def panel() -> Iterator[Plain]:
    made = Plain()
    yield made
    made.close()


@pytest.fixture
def again(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Whole states, and parts of them, that are sent on request; what a change sends by itself is not among them."""
    sent: Sent = []
    monkeypatch.setattr(widgets.Widget, "send_state", lambda widget, key=None: sent.append((widget, key)))
    monkeypatch.setattr(widgets.Widget, "notify_change", _only_observers)
    return sent


def _only_observers(widget: widgets.Widget, change: object) -> None:
    super(widgets.Widget, widget).notify_change(change)


def test_what_a_thread_changed_meanwhile_is_sent_again(panel: Plain, again: Sent) -> None:
    changing = threading.Thread(target=lambda: setattr(panel.line, "value", "after"))
    changing.start()
    changing.join()
    panel.line.layout.display = "none"
    panel.arrive()
    assert sorted(again, key=str) == sorted(
        [(panel.line, {"value"}), (panel.line.layout, {"display"})], key=str
    )


def test_what_was_not_there_before_is_sent_whole(panel: Plain, again: Sent) -> None:
    new = widgets.Label("new")
    panel.box.children = (panel.line, new)
    panel.arrive()
    assert (panel.box, {"children"}) in again
    assert (new, None) in again
    again.clear()
    new.value = "newer"
    panel.arrive()
    assert (new, {"value"}) in again


def test_what_changed_long_before_the_page_came_is_not(
    panel: Plain, again: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel.line.value = "after"
    monkeypatch.setattr(arrival, "_LOADING_S", -1.0)
    panel.arrive()
    assert again == []


def test_a_panel_inside_tells_for_itself(panel: Plain, again: Sent) -> None:
    inside = Plain()
    panel.box.children = (inside.widget,)
    inside.line.value = "after"
    panel.arrive()
    assert (inside.line, {"value"}) not in again
    inside.arrive()
    assert (inside.line, {"value"}) in again
    inside.close()


def test_nothing_is_sent_while_a_job_delivers(panel: Plain, again: Sent) -> None:
    delivering, go_on = threading.Event(), threading.Event()

    def deliver(_: object) -> None:
        panel.line.value = "half"
        delivering.set()
        assert go_on.wait(60)
        panel.line.value = "whole"

    panel.jobs.start("line", lambda _: None, deliver)
    assert delivering.wait(60)
    page = threading.Thread(target=panel.arrive)
    page.start()
    assert again == []
    go_on.set()
    page.join(60)
    assert (panel.line, {"value"}) in again
    assert panel.line.value == "whole"


def test_without_anywidget_a_panel_does_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrival.importlib.util, "find_spec", lambda _: None)
    panel = Plain()
    assert panel._arrival is None
    assert panel.box in panel.widget.children
    panel.close()
