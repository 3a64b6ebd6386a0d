"""Delivering without a screen: owned items to places, once a click, the failed again, for any provider."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from iceye_geo import Client
from iceye_geo.errors import AuthenticationError, ConnectionFailedError, InvalidInputError, RateLimitedError
from iceye_geo.panels.delivery_control import (
    DeliveryControl,
    DeliveryPlace,
    DeliveryRow,
    IceyeDelivery,
    OwnedItem,
)
from iceye_geo.panels.jobs import Stopped, Ticket
from iceye_geo.sandbox.faults import Fault


@pytest.fixture
def control(desk: Client) -> DeliveryControl:
    return DeliveryControl([IceyeDelivery(desk)])


def posts(desk: Client) -> int:
    log = desk.sandbox_server.requests
    return sum(1 for r in log if r.method == "POST" and r.path.endswith("/deliveries"))


def test_owned_items_say_what_they_are(control: DeliveryControl) -> None:
    owned = control.provider("ICEYE").owned()
    assert {"GRD-COG", "QLK"} <= {item.product for item in owned}
    assert all(item.when and item.title for item in owned)


def test_places_show_no_key(control: DeliveryControl) -> None:
    places = control.provider("ICEYE").places()
    assert places[0].title == "sandbox-bucket (s3, eu-north-1)"
    assert [p.usable for p in places] == [True, True, False]
    assert places[2].title.endswith("inactive")
    assert "AKIA" not in repr(places)


def test_items_go_to_a_place_and_arrive(desk: Client, control: DeliveryControl) -> None:
    iceye = control.provider("ICEYE")
    items, place = [i.id for i in iceye.owned()[:2]], iceye.places()[0].key
    row = control.deliver("ICEYE", items, place, sub_path="/sar/2026/")
    assert (row.state, row.items, row.places) == ("pending", tuple(items), ("sandbox-bucket/sar/2026",))
    desk.sandbox_server.advance(hours=2)
    seen: list[list[DeliveryRow]] = []
    control.follow("ICEYE", seen.append, ticket=Ticket(), poll_s=0.05)
    assert seen[-1][0].state == "delivered"
    assert "?" not in seen[-1][0].where


def test_one_click_sends_one_delivery(desk: Client, control: DeliveryControl) -> None:
    iceye = control.provider("ICEYE")
    item, place = iceye.owned()[0].id, iceye.places()[0].key
    first = control.deliver("ICEYE", [item], place, click="a")
    assert control.deliver("ICEYE", [item], place, click="a") is first
    assert control.deliver("ICEYE", [item], place, click="b").id != first.id
    assert posts(desk) == 2


@pytest.mark.parametrize(
    ("items", "place", "folder", "words"),
    [
        ([], "p", "", "choose at least one item"),
        (["i"], "", "", "choose where"),
        (["i"], "p", "../up", "plain names"),
        (["i"], "p", "a\nb", "plain names"),
        (["i"], "p", "", "no longer set up"),
    ],
)
def test_what_cannot_be_sent_is_refused_here(
    desk: Client, control: DeliveryControl, items: list[str], place: str, folder: str, words: str
) -> None:
    with pytest.raises(InvalidInputError, match=words):
        control.deliver("ICEYE", items, place, sub_path=folder)
    assert posts(desk) == 0


def test_the_failed_go_again_once(desk: Client, control: DeliveryControl) -> None:
    iceye = control.provider("ICEYE")
    row = control.deliver("ICEYE", [iceye.owned()[0].id], iceye.places()[1].key, sub_path="x")
    desk.sandbox_server.force(row.id, "FAILED")
    rows = control.status("ICEYE")
    assert [r.id for r in control.failed("ICEYE", rows)] == [row.id]
    (fresh,) = control.redeliver("ICEYE", rows)
    assert (fresh.items, fresh.places) == (row.items, ("sandbox-archive/x",))
    assert control.redeliver("ICEYE", rows) == []
    assert control.status("ICEYE")[0].id == fresh.id, "what is under way comes first"


def test_an_answer_lost_while_sending_again_is_not_sent_a_third_time(
    desk: Client, control: DeliveryControl
) -> None:
    iceye = control.provider("ICEYE")
    row = control.deliver("ICEYE", [iceye.owned()[0].id], iceye.places()[0].key)
    desk.sandbox_server.force(row.id, "FAILED")
    rows = control.status("ICEYE")
    desk.sandbox_server.faults.add(Fault("drop", "/deliveries$", method="POST", after_bytes=1))
    with pytest.raises(ConnectionFailedError):
        control.redeliver("ICEYE", rows)
    assert control.redeliver("ICEYE", rows) == []
    assert len(control.status("ICEYE")) == 2


def test_429_and_401_are_errors_of_their_class(desk: Client, control: DeliveryControl) -> None:
    desk.sandbox_server.faults.add(Fault("429", "/deliveries", times=100, retry_after=0))
    with pytest.raises(RateLimitedError):
        control.status("ICEYE")
    desk.sandbox_server.faults.clear()
    desk.sandbox_server.faults.add(Fault("401", "/deliveries", times=100))
    with pytest.raises(AuthenticationError):
        control.provider("ICEYE").places()


def test_a_stopped_follow_ends(desk: Client, control: DeliveryControl) -> None:
    iceye = control.provider("ICEYE")
    control.deliver("ICEYE", [iceye.owned()[0].id], iceye.places()[0].key)
    ticket = Ticket()
    with pytest.raises(Stopped):
        control.follow("ICEYE", lambda _: ticket.stop(), ticket=ticket, poll_s=60)


class Other:
    """A second provider, as small as the protocol allows."""

    name = "Other"

    def owned(self) -> Sequence[OwnedItem]:
        return [OwnedItem("o-1", "L1", "Scene o-1")]

    def places(self) -> Sequence[DeliveryPlace]:
        return [DeliveryPlace("here", "A bucket")]

    def deliver(self, item_ids: Sequence[str], place: str, *, sub_path: str = "") -> DeliveryRow:
        return DeliveryRow("d-1", "delivered", "done", tuple(item_ids), (place,))

    def status(self) -> Sequence[DeliveryRow]:
        return [DeliveryRow("d-0", "failed", "broken", ("o-1",), ("here",))]

    def redeliver(self, row: DeliveryRow) -> DeliveryRow:
        return DeliveryRow("d-2", "pending", "started", row.items, row.places)


def test_a_second_provider_joins_by_having_the_methods(desk: Client) -> None:
    control = DeliveryControl([IceyeDelivery(desk), Other()])
    assert control.names == ("ICEYE", "Other")
    assert control.deliver("Other", ["o-1"], "here").word == "done"
    assert control.redeliver("Other", control.status("Other"))[0].id == "d-2"
    with pytest.raises(InvalidInputError, match="not one of ICEYE, Other"):
        control.provider("Third")


def test_providers_need_names_of_their_own() -> None:
    for providers in ([], [Other(), Other()]):
        with pytest.raises(InvalidInputError):
            DeliveryControl(providers)


def test_without_a_configured_contract_all_in_force_are_listed_and_each_pays_for_its_own(
    desk: Client,
) -> None:
    with Client(desk.settings.model_copy(update={"contract_id": None})) as free:
        iceye = IceyeDelivery(free)
        owned = iceye.owned()
        assert {i.id for i in owned} >= {i.id for i in IceyeDelivery(desk).owned()}
        place = next(p for p in iceye.places() if p.usable).key
        row = iceye.deliver([owned[0].id], place)
        assert row.items == (owned[0].id,)
        iceye._owners["x"] = "another contract"
        with pytest.raises(InvalidInputError, match="belong to 2 contracts"):
            iceye.deliver([owned[0].id, "x"], place)
    assert posts(desk) == 1
