"""The one object that lets resources live: it holds the state, lets due steps happen, and keeps the four books."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import uuid4

from iceye_geo.sandbox.lifecycle.callbacks import Caller
from iceye_geo.sandbox.lifecycle.deliveries import Deliveries
from iceye_geo.sandbox.lifecycle.life import Life
from iceye_geo.sandbox.lifecycle.purchases import Purchases
from iceye_geo.sandbox.lifecycle.scheduler import Scheduler
from iceye_geo.sandbox.lifecycle.store import Money, State, StateFile
from iceye_geo.sandbox.lifecycle.tasks import Tasks
from iceye_geo.sandbox.lifecycle.webhooks import Webhooks

if TYPE_CHECKING:
    from iceye_geo.sandbox.platform import Platform


class Lifecycle:
    """Tasks, purchases, deliveries and webhooks of one sandbox.

    Everything below happens under one lock: a request sees all of a change or nothing of it.

    Attributes:
        platform: the sandbox's other parts.
        options: how resources live.
        state: what is remembered.
        caller: sends callbacks.
        tasks, purchases, deliveries, webhooks: the books, one per area of the API.
    """

    def __init__(self, platform: Platform) -> None:
        self.platform, self.options = platform, platform.options
        self.lock = threading.RLock()
        self._file = StateFile(platform.options.state) if platform.options.state is not None else None
        self.state = self._file.load() if self._file else State()
        self._restore()
        self.caller = Caller(
            attempts=self.options.callback_attempts,
            pause_s=self.options.callback_pause_s,
            id_key=self.options.callback_id_key,
            type_key=self.options.callback_type_key,
        )
        self.webhooks = Webhooks(self)
        self.deliveries = Deliveries(self)
        self.tasks = Tasks(self)
        self.purchases = Purchases(self)
        self._scheduler = Scheduler(self.settle)
        self._dirty = False
        self.tasks.restore()
        self.purchases.restore()

    @cached_property
    def _books(self) -> tuple[Tasks | Purchases | Deliveries, ...]:
        return self.tasks, self.purchases, self.deliveries

    def start(self) -> None:
        """Let time pass without requests: start the scheduler thread."""
        self._scheduler.start()

    def stop(self) -> None:
        """End the threads and save the state."""
        self._scheduler.stop()
        self.deliveries.stop()
        self.caller.stop()
        with self.lock:
            self._save()

    def wall(self) -> datetime:
        """Return the real time: what windows and contracts are judged by."""
        return datetime.now(UTC)

    def fresh(self) -> tuple[str, datetime, datetime]:
        """Return a new id, the wall time, and what the sandbox's clock shows with it."""
        return str(uuid4()), self.wall(), self.platform.clock.now()

    @contextmanager
    def change(self) -> Iterator[None]:
        """Hold the lock, let what is due happen first, and keep what was changed."""
        with self.lock:
            self.settle()
            yield
            self.mark()
            self._save_if_dirty()
        self._scheduler.wake()

    @contextmanager
    def look(self) -> Iterator[None]:
        """Hold the lock over a read, after what is due has happened."""
        with self.lock:
            self.settle()
            yield

    def settle(self) -> bool:
        """Let every step happen whose time has come; whether more are to come."""
        with self.lock:
            self.deliveries.tend()
            self.tasks.tend()
            for book in self._books:
                for record in book.alive():
                    while (step := record.pop_due(self.platform.clock)) is not None:
                        book.enter(record, step)
            self._save_if_dirty()
            return any(True for book in self._books for _ in book.alive())

    def touch(self, record: Life, *, status: str, at: datetime, kind: str) -> None:
        """Give a record its next status and report the change."""
        record.status, record.updated = status, at
        self.stamp(record)
        self.webhooks.notify(record, kind=kind)

    def stamp(self, record: Life) -> None:
        """Note that a record changed last of all."""
        self.state.sequence += 1
        record.sequence = self.state.sequence
        self.mark()

    def mark(self) -> None:
        """Note that there is something to save."""
        self._dirty = True

    def advance(self, span: timedelta) -> None:
        """Let simulated time pass at once, and everything happen that it brings."""
        self.platform.clock.advance(span)
        self.settle()
        self._scheduler.wake()

    def force(self, resource_id: str, status: str) -> None:
        """Bring a task, purchase or delivery into a status now, through the statuses on the way.

        Raises:
            KeyError: if there is no such resource.
            ValueError: if its life has ended.
        """
        with self.change():
            for book in self._books:
                record = book.records.get(resource_id)
                if record is None:
                    continue
                if not record.steps:
                    raise ValueError(f"{resource_id} is {record.status}: nothing can change it any more")
                for step in record.jump(status, at=record.now(self.platform.clock)):
                    book.enter(record, step)
                return
            raise KeyError(resource_id)

    def hold(self, contract_id: str, amount: int | None, *, refuse: Callable[[], None]) -> None:
        """Reserve money where the contract has a budget; call `refuse`, which raises, if there is too little."""
        budget = self.platform.budgets.get(contract_id)
        if budget is not None and amount is not None and not budget.hold(amount):
            refuse()

    def release(self, contract_id: str, amount: int | None) -> None:
        """Give back what was reserved."""
        budget = self.platform.budgets.get(contract_id)
        if budget is not None and amount is not None:
            budget.release(amount)

    def spend(self, contract_id: str, amount: int, *, held: int | None) -> None:
        """Book an amount and give back the rest of what was reserved."""
        budget = self.platform.budgets.get(contract_id)
        if budget is not None and held is not None:
            budget.spend(amount, held=held)

    def _restore(self) -> None:
        for contract_id, money in self.state.money.items():
            budget = self.platform.budgets.get(contract_id)
            if budget is not None:
                budget.restore(consolidated_spent=money.consolidated_spent, on_hold=money.on_hold)
        self.platform.clock.advance(timedelta(seconds=max(0.0, self.state.clock_offset_s)))

    def _save_if_dirty(self) -> None:
        if self._dirty:
            self._save()

    def _save(self) -> None:
        self._dirty = False
        if self._file is None:
            return
        self.state.money = {
            contract_id: Money(budget.consolidated_spent, budget.on_hold)
            for contract_id, budget in self.platform.budgets.items()
        }
        self.state.clock_offset_s = (self.platform.clock.now() - self.wall()).total_seconds()
        self._file.save(self.state)
