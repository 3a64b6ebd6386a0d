"""`watch`: callbacks and polling lead to the same changes; a lost callback costs time only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from iceye_geo import Client
from iceye_geo.errors import InvalidInputError, NotFoundError, ServerError, WaitTimeoutError
from iceye_geo.models.catalog import Purchase
from iceye_geo.models.delivery import Delivery
from iceye_geo.models.notifications import BasicAuth, OAuth2ClientCredentials
from iceye_geo.models.tasking import Task
from iceye_geo.sandbox import Sandbox, SandboxOptions
from iceye_geo.services.waiting import Clockwork
from iceye_geo.settings import Settings
from iceye_geo.webhooks import BasicGate, CallbackStore, OAuth2Gate, start, watch


@dataclass
class World:
    """A client whose objects change at set times, and a clock that stands still unless somebody sleeps."""

    seconds: float = 0.0
    lives: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    faults: dict[str, list[Exception]] = field(default_factory=dict)
    asked: list[tuple[float, str]] = field(default_factory=list)
    happenings: list[tuple[float, Callable[[], Any]]] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.seconds = round(self.seconds + seconds, 6)
        for due, happening in [h for h in self.happenings if h[0] <= self.seconds]:
            self.happenings.remove((due, happening))
            happening()

    @property
    def clockwork(self) -> Clockwork:
        return Clockwork(now=lambda: self.seconds, sleep=self.sleep)

    def look(self, id: str) -> str:
        self.asked.append((self.seconds, id))
        if self.faults.get(id):
            raise self.faults[id].pop(0)
        return [status for since, status in self.lives[id] if since <= self.seconds][-1]

    @property
    def tasking(self) -> Any:
        return Asking(lambda one: Task(id=one.id, status=self.look(one.id)))

    @property
    def catalog(self) -> Any:
        return Asking(lambda one: Purchase(id=one.id, status=self.look(one.id)))

    @property
    def delivery(self) -> Any:
        return Asking(lambda one: Delivery(id=one.id, status=self.look(one.id)))


@dataclass
class Asking:
    get: Callable[[Any], Any]

    @property
    def get_purchase(self) -> Callable[[Any], Any]:
        return self.get


@pytest.fixture
def world() -> World:
    return World(lives={"t": [(0, "RECEIVED"), (100, "ACTIVE"), (1000, "DONE")]})


def task(id: str = "t", status: str = "RECEIVED") -> Task:
    return Task(id=id, status=status)


def run(world: World, objects: Any, **options: Any) -> list[tuple[float, str, str]]:
    settings: dict[str, Any] = {"timeout": 10_000, "clockwork": world.clockwork} | options
    return [(world.seconds, c.after.status, c.cause) for c in watch(world, objects, **settings)]  # type: ignore[arg-type]


def test_without_callbacks_the_slow_poll_finds_every_change(world: World) -> None:
    assert run(world, task(), poll=300) == [(300, "ACTIVE", "poll"), (1200, "DONE", "poll")]


def test_with_callbacks_changes_are_seen_at_once_and_little_is_asked(
    world: World, store: CallbackStore
) -> None:
    for moment in (100, 1000):
        world.happenings.append((moment, lambda: store.add(b"", ids=("t",))))
    assert run(world, task(), poll=300, store=store) == [
        (100, "ACTIVE", "callback"),
        (1000, "DONE", "callback"),
    ]
    assert len(world.asked) <= 6


def test_a_lost_callback_costs_time_and_not_the_result(world: World, store: CallbackStore) -> None:
    world.happenings.append((100, lambda: store.add(b"", ids=("t",))))
    assert run(world, task(), poll=300, store=store) == [(100, "ACTIVE", "callback"), (1000, "DONE", "poll")]


def test_a_callback_that_comes_too_early_is_followed_up(world: World, store: CallbackStore) -> None:
    world.happenings.append((98, lambda: store.add(b"", ids=("t",))))
    first = run(world, task(), poll=300, store=store)[0]
    assert first == (101, "ACTIVE", "callback")


def test_duplicates_and_strangers_change_nothing(world: World, store: CallbackStore) -> None:
    for _ in range(5):
        world.happenings.append((100, lambda: store.add(b"", ids=("t", "t"))))
        world.happenings.append((100, lambda: store.add(b"", ids=("somebody-else",))))
    changes = run(world, task(), poll=300, store=store)
    assert [c[1] for c in changes] == ["ACTIVE", "DONE"]


def test_callbacks_from_before_the_watch_are_not_needed_again(world: World, store: CallbackStore) -> None:
    store.add(b"", ids=("t",))
    run(world, task(), poll=300, store=store)
    assert [moment for moment, _ in world.asked][:2] == [0, 300]


def test_a_callback_without_an_id_makes_all_be_looked_at(world: World, store: CallbackStore) -> None:
    world.lives["u"] = [(0, "RECEIVED"), (50, "DONE")]
    world.happenings.append((60, lambda: store.add(b"something", ids=())))
    assert (60, "DONE", "callback") in run(world, [task(), task("u")], poll=300, store=store)


def test_ids_are_compared_without_regard_to_case(world: World, store: CallbackStore) -> None:
    world.lives = {"T-UPPER": [(0, "RECEIVED"), (50, "DONE")]}
    world.happenings.append((60, lambda: store.add(b"", ids=("t-upper",))))
    assert run(world, task("T-UPPER"), store=store) == [(60, "DONE", "callback")]


def test_tasks_purchases_and_deliveries_are_watched_together(world: World) -> None:
    world.lives |= {"p": [(0, "active"), (10, "closed")], "d": [(0, "PENDING"), (20, "SUCCESS")]}
    objects = [task(), Purchase(id="p", status="active"), Delivery(id="d", status="PENDING")]
    assert {s for _, s, _ in run(world, objects, poll=30)} == {"ACTIVE", "DONE", "closed", "SUCCESS"}


def test_what_changed_before_the_watch_is_the_first_thing_it_says(world: World) -> None:
    world.seconds = 1500
    (change,) = watch(world, task(), timeout=5, clockwork=world.clockwork)  # type: ignore[arg-type]
    assert (change.before.status, change.after.status, change.cause) == ("RECEIVED", "DONE", "start")
    assert str(change) == "task t: RECEIVED -> DONE (start)"


def test_what_is_over_is_not_asked_about(world: World) -> None:
    assert run(world, task(status="DONE")) == []
    assert world.asked == []


def test_faults_that_pass_are_waited_out_quickly_and_others_are_raised(world: World) -> None:
    world.faults["t"] = [ServerError("down", status=503)] * 3
    assert [s for _, s, _ in run(world, task(), poll=300)] == ["ACTIVE", "DONE"]
    assert [moment for moment, _ in world.asked][:4] == [0, 1, 3, 7]
    world.faults["t"] = [NotFoundError("gone", status=404)]
    with pytest.raises(NotFoundError):
        run(world, task())


def test_the_deadline_holds_and_says_what_is_open(world: World) -> None:
    world.lives["u"] = [(0, "DONE")]
    with pytest.raises(WaitTimeoutError, match="task t is ACTIVE") as caught:
        run(world, [task(), task("u")], timeout=500)
    assert world.seconds == pytest.approx(500)
    assert [o.status for o in caught.value.last] == ["ACTIVE", "DONE"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("options", [{"timeout": 0}, {"poll": 0}, {"tick": -1}, {"objects": ["an id"]}])
def test_senseless_arguments_are_refused_before_anything_is_asked(
    world: World, options: dict[str, Any]
) -> None:
    arguments: dict[str, Any] = {"objects": task(), "timeout": 5} | options
    with pytest.raises(InvalidInputError):
        watch(world, **arguments)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def fast(steady_options: Callable[..., SandboxOptions]) -> Iterator[Client]:
    options = steady_options(speed=100_000, scenes=20, scene_size=600)
    with Sandbox(options) as running, Client(Settings.for_sandbox(running.url)) as made:
        yield made


@pytest.mark.parametrize("kind", ["basic", "oauth2"])
def test_the_sandbox_calls_back_and_the_watch_hears_it(fast: Client, tmp_path: Path, kind: str) -> None:
    secret = "planted-callback-secret"
    path = tmp_path / "callbacks.sqlite"
    gate = BasicGate("iceye", secret) if kind == "basic" else OAuth2Gate("iceye", secret)
    with start(path, gate) as receiver:
        auth: Any = BasicAuth("iceye", secret)
        if kind == "oauth2":
            auth = OAuth2ClientCredentials(receiver.token_url, "iceye", secret)
        webhook = fast.notifications.register(receiver.url, auth=auth)
        begin = datetime.now(UTC) + timedelta(hours=13)
        made = fast.tasking.create(
            point=(-150.0, 10.0), window=(begin, begin + timedelta(days=2)), mode="SPOTLIGHT",
            contract_id=fast.company.contracts()[0].id, webhook_id=webhook, product_types=["GRD-COG", "SLC-COG"],
        )  # fmt: skip
        # The slow poll is too slow to find anything: what is seen within the deadline was called back.
        changes = list(fast.watch(made, timeout=60, store=path, poll=1000))
    assert [c.after.status for c in changes][-1] == "DONE"
    assert {c.cause for c in changes} <= {"start", "callback"}
    assert secret not in path.read_bytes().decode("latin-1")
