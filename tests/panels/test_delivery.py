"""The delivery panel as a person drives it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from iceye_geo import Client
from iceye_geo.errors import RateLimitedError
from iceye_geo.panels.delivery import DeliveryPanel
from iceye_geo.panels.delivery_control import DeliveryPlace, DeliveryRow, OwnedItem
from iceye_geo.sandbox.faults import Fault


@pytest.fixture
def panel(desk: Client) -> Iterator[DeliveryPanel]:
    made = DeliveryPanel(desk, poll_s=0.1)
    until(lambda: not made.jobs.running("load"))
    yield made
    made.close()


def until(condition: Callable[[], object], *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def visible(widget) -> bool:
    return widget.layout.display != "none"


def posts(desk: Client) -> int:
    log = desk.sandbox_server.requests
    return sum(1 for r in log if r.method == "POST" and r.path.endswith("/deliveries"))


def test_owned_items_can_be_narrowed_and_stay_chosen(panel: DeliveryPanel) -> None:
    everything = len(panel._items.options)
    first = panel._items.options[0][1]
    panel._items.value = (first,)
    panel._search.value = "qlk"
    labels = [label for label, _ in panel._items.options]
    assert len(labels) < everything
    assert all("QLK" in label for label, key in panel._items.options if key != first)
    assert panel._items.value == (first,), "what was chosen is not lost by narrowing"
    assert panel._send.description == "Deliver 1 item"


def test_only_places_that_can_be_used_are_offered_and_no_key_is_sent(panel: DeliveryPanel) -> None:
    assert len(panel._place.options) == 2
    assert not visible(panel._provider)
    state = "".join(str(w.get_state()) for w in (panel._place, panel._items, panel._table))
    assert "AKIA" not in state


def test_items_are_delivered_once_and_followed(panel: DeliveryPanel, desk: Client) -> None:
    assert panel._send.disabled
    panel._items.value = tuple(key for _, key in panel._items.options[:3])
    panel._folder.value = "sar/2026"
    panel._send.click()
    panel._send.click()
    until(lambda: panel.rows)
    assert posts(desk) == 1
    assert "sandbox-bucket/sar/2026" in panel._table.value
    assert "PENDING" in panel._table.value
    assert panel._items.value == ()
    desk.sandbox_server.advance(hours=2)
    until(lambda: "SUCCESS" in panel._table.value)


def test_the_failed_are_delivered_again_with_one_click(panel: DeliveryPanel, desk: Client) -> None:
    panel._items.value = (panel._items.options[0][1],)
    panel._send.click()
    until(lambda: panel.rows)
    desk.sandbox_server.force(panel.rows[0].id, "FAILED")
    until(lambda: visible(panel._again))
    assert panel._again.description == "Deliver the failed again (1)"
    panel._again.click()
    until(lambda: len(panel.rows) == 2)
    assert not visible(panel._again)
    assert posts(desk) == 2


def test_a_folder_that_leads_out_is_refused(
    panel: DeliveryPanel, desk: Client, shown_errors: list[BaseException]
) -> None:
    panel._items.value = (panel._items.options[0][1],)
    panel._folder.value = "../up"
    panel._send.click()
    until(lambda: shown_errors)
    shown_errors.clear()
    assert "plain names" in panel._alert.value
    assert panel._items.value, "the choice stays for the next try"
    until(lambda: not panel._send.disabled)
    assert posts(desk) == 0


def test_a_refusal_leaves_a_way_on(
    panel: DeliveryPanel, desk: Client, shown_errors: list[BaseException]
) -> None:
    desk.sandbox_server.faults.add(Fault("429", "/deliveries", times=100, retry_after=0))
    panel._reload.click()
    until(lambda: shown_errors)
    assert isinstance(shown_errors.pop(), RateLimitedError)
    assert "Refresh tries again" in panel._status.value
    desk.sandbox_server.faults.clear()
    panel._reload.click()
    until(lambda: "can be delivered" in panel._status.value)
    assert not visible(panel._alert)


def test_items_chosen_from_python_before_the_list_is_there(desk: Client) -> None:
    listed = DeliveryPanel(desk)
    until(lambda: listed._items.options)
    wanted = listed._items.options[2][1]
    listed.close()
    panel = DeliveryPanel(desk)
    panel.choose([wanted])
    until(lambda: panel._items.options)
    assert panel._items.value == (wanted,)
    panel.close()


class Other:
    """A second provider."""

    name = "Other"

    def owned(self) -> list[OwnedItem]:
        return [OwnedItem("o-1", "L1", "Scene o-1")]

    def places(self) -> list[DeliveryPlace]:
        return [DeliveryPlace("here", "A bucket")]

    def deliver(self, item_ids, place: str, *, sub_path: str = "") -> DeliveryRow:
        return DeliveryRow("d-1", "delivered", "done <b>", tuple(item_ids), (place,))

    def status(self) -> list[DeliveryRow]:
        return []

    def redeliver(self, row: DeliveryRow) -> DeliveryRow:
        return row


def test_a_second_provider_has_its_own_items_and_places(desk: Client) -> None:
    panel = DeliveryPanel(desk, providers=[Other()])
    until(lambda: panel._items.options)
    assert visible(panel._provider)
    panel._provider.value = "Other"
    until(lambda: panel._place.label == "A bucket")
    panel._items.value = ("o-1",)
    panel._send.click()
    until(lambda: panel.rows)
    assert "done &lt;b&gt;" in panel._table.value
    panel.close()


def test_closing_stops_its_threads(panel: DeliveryPanel, desk: Client) -> None:
    desk.sandbox_server.faults.add(Fault("slow", "/delivery/", seconds=0.3, times=20))
    panel.load()
    panel.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("iceye-geo ")]
