"""The base of the panels shows every error and hides every secret."""

from __future__ import annotations

import ipywidgets as widgets
import pytest

from iceye_geo.errors import InvalidInputError
from iceye_geo.panels.base import Panel


@pytest.fixture
def panel():
    made = Panel(name="test")
    made.assemble(widgets.Label("body"))
    yield made
    made.close()


def test_an_error_in_a_clicked_button_is_shown_and_kept(
    panel: Panel, shown_errors: list[BaseException]
) -> None:
    def broken(_: object) -> None:
        raise InvalidInputError("bbox", "has five numbers", hint="Give four.")

    button = widgets.Button(description="Search")
    button.on_click(panel.guard(broken))
    button.click()
    assert isinstance(panel.last_error, InvalidInputError)
    assert "bbox: has five numbers. Give four." in panel._alert.value
    assert 'role="alert"' in panel._alert.value
    assert shown_errors.pop() is panel.last_error


def test_an_unexpected_error_is_named_escaped_and_redacted(
    panel: Panel, shown_errors: list[BaseException]
) -> None:
    panel.show_error(RuntimeError("<b>https://host/a?Signature=planted</b>"))
    assert "RuntimeError" in panel._alert.value
    assert "planted" not in panel._alert.value
    assert "<b>https" not in panel._alert.value
    shown_errors.clear()


def test_clearing_takes_the_alert_away_but_keeps_the_error(
    panel: Panel, shown_errors: list[BaseException]
) -> None:
    panel.show_error(ValueError("x"))
    panel.clear_error()
    assert panel._alert.layout.display == "none"
    assert isinstance(panel.last_error, ValueError)
    shown_errors.clear()


def test_a_job_that_fails_shows_in_the_panel(panel: Panel, shown_errors: list[BaseException]) -> None:
    panel.jobs.start("look", lambda _: 1 / 0, lambda _: None)
    assert panel.jobs.wait(timeout=60)
    assert isinstance(shown_errors.pop(), ZeroDivisionError)


def test_the_status_line_is_announced_and_escaped(panel: Panel) -> None:
    panel.say("<i>found 3</i>", busy=True)
    assert 'role="status"' in panel._status.value
    assert "<i>" not in panel._status.value
    assert "iceye-busy" in panel._status.value


def test_a_panel_shows_as_its_widget(panel: Panel) -> None:
    assert "application/vnd.jupyter.widget-view+json" in panel._repr_mimebundle_()
