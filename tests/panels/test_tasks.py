"""The tasks panel as a person drives it: lines are clicked, the rest follows by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from iceye_geo import Client
from iceye_geo.errors import AuthenticationError, InvalidInputError, ServerError
from iceye_geo.models.tasking import Task
from iceye_geo.panels.mapview import NoMap
from iceye_geo.panels.tasks import TasksPanel
from iceye_geo.panels.tasks_control import product_of
from iceye_geo.sandbox.faults import Fault


def order_task(desk: Client, *, hours: float = 100, reference: str | None = None) -> Task:
    start = datetime.now(UTC) + timedelta(hours=hours)
    return desk.tasking.create(
        point=(24.9, 60.2), window=(start, start + timedelta(hours=72)), mode="SPOTLIGHT", reference=reference
    )


@pytest.fixture
def open_panel(desk: Client) -> Iterator[Callable[..., TasksPanel]]:
    made: list[TasksPanel] = []

    def start(**options: object) -> TasksPanel:
        panel = TasksPanel(desk, **{"poll_s": 0.1, **options})
        made.append(panel)
        until(lambda: not panel.jobs.running("read"))
        return panel

    yield start
    for panel in made:
        panel.close()


def until(condition: Callable[[], object], *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def choose(panel: TasksPanel, order_id: str) -> None:
    panel.list._lines[order_id].button.click()
    until(lambda: not panel.jobs.running("details"))


def visible(widget) -> bool:
    return widget.layout.display != "none"


def test_an_empty_account_says_so(open_panel: Callable[..., TasksPanel]) -> None:
    panel = open_panel()
    assert visible(panel.list._empty)
    assert "0 orders" in panel._status.value
    assert panel._details.value == ""


def test_everything_is_read_back_after_a_restart(desk: Client, open_panel: Callable[..., TasksPanel]) -> None:
    task = order_task(desk, reference="Port <i>")
    desk.sandbox_server.force(task.id, "ACTIVE")
    first = open_panel()
    first.close()
    panel = open_panel()
    assert panel.list.ids == [task.id]
    assert "Choose an order" in panel._details.value
    choose(panel, task.id)
    assert "Port &lt;i&gt;" in panel._details.value
    assert "planned; may still shift" in panel._details.value
    assert "° incidence" in panel._details.value
    footprint = panel.view._features[0]
    assert footprint["properties"]["id"] == task.id
    assert footprint["geometry"]["type"] == "Polygon"


def test_the_status_follows_by_itself_to_the_products(
    desk: Client, open_panel: Callable[..., TasksPanel], tmp_path: Path
) -> None:
    task = order_task(desk)
    panel = open_panel()
    choose(panel, task.id)
    assert visible(panel._cancel)
    desk.sandbox_server.force(task.id, "DONE")
    until(lambda: panel.items)
    assert "DONE" in panel.list._lines[task.id].cell.value
    assert not visible(panel._cancel)
    assert {product_of(item) for item in panel.items} == {"GRD-COG", "SLC-COG", "QLK"}
    row = next(r for r in panel.products._rows.children if "t-product-grd-cog" in r._dom_classes)
    assert [b.description for b in row.children[1:]] == ["Look into it", "Download"]
    panel.products.folder.value = str(tmp_path)
    row.children[2].click()
    until(lambda: panel.products.downloaded)
    assert panel.products.downloaded[0].parent == tmp_path
    assert "Saved as" in panel.products._words.value


def test_looking_into_a_product_opens_the_preview_or_calls_the_hook(
    desk: Client, open_panel: Callable[..., TasksPanel]
) -> None:
    task = order_task(desk)
    desk.sandbox_server.force(task.id, "DONE")
    seen: list[str] = []
    hooked, own = open_panel(on_look=lambda item: seen.append(product_of(item))), open_panel()
    for panel in (hooked, own):
        choose(panel, task.id)
        row = next(r for r in panel.products._rows.children if "t-product-grd-cog" in r._dom_classes)
        row.children[1].click()
    assert seen == ["GRD-COG"]
    assert own.preview is not None
    assert own._preview_box.children == (own.preview.widget,)
    assert own.preview.jobs.wait(timeout=30)
    state = "".join(str(w.get_state()) for w in own.products._rows.children)
    assert "Signature=" not in state


def test_cancelling_asks_with_its_charge_first(desk: Client, open_panel: Callable[..., TasksPanel]) -> None:
    task = order_task(desk, hours=50)
    panel = open_panel()
    choose(panel, task.id)
    panel._cancel.click()
    until(lambda: visible(panel._confirm))
    assert "10 % of 1,800.00 EUR: 180.00 EUR" in panel._question.value
    assert desk.tasking.get(task).status == "RECEIVED"
    panel._no.click()
    assert not visible(panel._confirm)
    panel._cancel.click()
    until(lambda: visible(panel._confirm))
    panel._yes.click()
    panel._yes.click()
    until(lambda: "CANCELED" in panel._details.value)
    patches = [r for r in desk.sandbox_server.requests if r.method == "PATCH"]
    assert len(patches) == 1
    assert "it was cancelled" in panel._details.value


def test_a_charge_nobody_knows_needs_a_tick(desk: Client, open_panel: Callable[..., TasksPanel]) -> None:
    contract = next(c.id for c in desk.company.contracts() if "without" in c.name)
    start = datetime.now(UTC) + timedelta(hours=50)
    task = desk.tasking.create(
        point=(24.9, 60.2),
        window=(start, start + timedelta(hours=72)),
        mode="SPOTLIGHT",
        contract_id=contract,
    )
    panel = open_panel()
    choose(panel, task.id)
    panel._cancel.click()
    until(lambda: visible(panel._confirm))
    assert visible(panel._tick)
    assert panel._yes.disabled
    panel._tick.value = True
    panel._yes.click()
    until(lambda: "CANCELED" in panel._details.value)


def test_a_cancel_that_comes_too_late_shows_the_new_state(
    desk: Client, open_panel: Callable[..., TasksPanel], shown_errors: list[BaseException]
) -> None:
    task = order_task(desk)
    panel = open_panel(poll_s=60)
    choose(panel, task.id)
    panel._cancel.click()
    until(lambda: visible(panel._confirm))
    desk.sandbox_server.force(task.id, "DONE")
    panel._yes.click()
    until(lambda: shown_errors)
    assert isinstance(shown_errors.pop(), InvalidInputError)
    until(lambda: "DONE" in panel._details.value)
    assert not visible(panel._cancel)
    assert "It was not cancelled" in panel._status.value


def test_a_refusal_while_reading_leaves_a_way_on(
    desk: Client, open_panel: Callable[..., TasksPanel], shown_errors: list[BaseException]
) -> None:
    order_task(desk)
    desk.sandbox_server.faults.add(Fault("401", "/tasks", times=100))
    panel = open_panel()
    assert isinstance(shown_errors.pop(), AuthenticationError)
    assert "Refresh tries again" in panel._status.value
    desk.sandbox_server.faults.clear()
    panel._refresh.click()
    until(lambda: panel.list.ids)
    assert not visible(panel._alert)


def test_a_download_that_fails_is_told(
    desk: Client, open_panel: Callable[..., TasksPanel], shown_errors: list[BaseException], tmp_path: Path
) -> None:
    task = order_task(desk)
    desk.sandbox_server.force(task.id, "DONE")
    panel = open_panel()
    choose(panel, task.id)
    panel.products.folder.value = str(tmp_path / "file")
    (tmp_path / "file").write_text("in the way")
    panel.products._rows.children[0].children[-1].click()
    until(lambda: shown_errors)
    assert isinstance(shown_errors.pop(), OSError)
    assert not visible(panel.products._bar)


def test_lines_keep_their_widgets_while_they_change(
    desk: Client, open_panel: Callable[..., TasksPanel]
) -> None:
    task = order_task(desk)
    panel = open_panel()
    line = panel.list._lines[task.id].button
    desk.sandbox_server.force(task.id, "ACTIVE")
    until(lambda: "ACTIVE" in panel.list._lines[task.id].cell.value)
    assert panel.list._lines[task.id].button is line
    panel._which.value = "done"
    assert panel.list.ids == []
    panel._which.value = "open"
    assert panel.list.ids == [task.id]


def test_the_live_status_can_be_switched_off_and_on(
    desk: Client, open_panel: Callable[..., TasksPanel]
) -> None:
    task = order_task(desk)
    panel = open_panel()
    until(lambda: panel.jobs.running("live"))
    panel._live.value = False
    assert not panel.jobs.running("live")
    desk.sandbox_server.force(task.id, "ACTIVE")
    panel._live.value = True
    until(lambda: "ACTIVE" in panel.list._lines[task.id].cell.value)


def test_live_status_that_ends_is_said(
    desk: Client, open_panel: Callable[..., TasksPanel], shown_errors: list[BaseException]
) -> None:
    order_task(desk)
    panel = open_panel()
    desk.sandbox_server.faults.add(Fault("401", "/tasks/", times=500))
    until(lambda: shown_errors)
    shown_errors.clear()
    assert "no longer kept fresh" in panel._status.value
    assert not isinstance(panel.last_error, ServerError)


def test_long_lists_come_in_pages_and_without_a_map(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from iceye_geo.panels import tasks_list

    monkeypatch.setattr(tasks_list, "PAGE", 2)
    for n in range(5):
        order_task(desk, reference=f"T{n}")
    panel = TasksPanel(desk, view=NoMap("no map"))
    until(lambda: panel.list.ids)
    panel.list._shown = 2
    panel._show_list()
    assert len(panel.list.ids) == 2
    assert panel.list._more.description == "Show 2 more of 3"
    panel.list._more.click()
    assert len(panel.list.ids) == 4
    panel.close()


def test_closing_stops_its_threads(desk: Client, open_panel: Callable[..., TasksPanel]) -> None:
    order_task(desk)
    panel = open_panel()
    until(lambda: panel.jobs.running("live"))
    panel.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("iceye-geo ")]


def test_a_double_click_cancels_once(desk: Client, open_panel: Callable[..., TasksPanel]) -> None:
    task = order_task(desk)
    panel = open_panel()
    choose(panel, task.id)
    panel._cancel.click()
    until(lambda: visible(panel._confirm))
    desk.sandbox_server.faults.add(Fault("slow", "/tasking/", method="PATCH", seconds=1))
    desk.sandbox_server.requests.clear()
    panel._yes.click()
    panel._yes.click()
    until(lambda: "CANCELED" in panel._status.value)
    assert sum(r.method == "PATCH" for r in desk.sandbox_server.requests) == 1
