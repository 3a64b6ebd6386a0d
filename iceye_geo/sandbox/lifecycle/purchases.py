"""The book of purchases: prices frames of the archive, sells them, and hands over what was bought."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, NoReturn

from iceye_geo.sandbox.answers import Refusal, not_found, parse_uuid
from iceye_geo.sandbox.contracts import Contract
from iceye_geo.sandbox.lifecycle import rules
from iceye_geo.sandbox.lifecycle.bodies import FramePriceQuery, PurchaseBody
from iceye_geo.sandbox.lifecycle.life import Life, Step
from iceye_geo.sandbox.lifecycle.plans import FAIL_WORD
from iceye_geo.sandbox.lifecycle.pricing import frame_price
from iceye_geo.sandbox.lifecycle.records import PurchaseRecord

if TYPE_CHECKING:
    from iceye_geo.sandbox.lifecycle.hub import Lifecycle
    from iceye_geo.sandbox.world import Frame

#: Purchases that start as "received" become "active" after this share of their time.
_RECEIVED_SHARE = 0.2


class Purchases:
    """Sells frames and lets the orders live."""

    def __init__(self, hub: Lifecycle) -> None:
        self._hub = hub

    @property
    def records(self) -> dict[str, PurchaseRecord]:
        """The purchases by id, in the order of creation."""
        return self._hub.state.purchases

    def alive(self) -> Iterator[PurchaseRecord]:
        """Yield the purchases that have something ahead."""
        return (record for record in list(self.records.values()) if record.steps)

    def quote(self, query: FramePriceQuery) -> tuple[int, str]:
        """Return amount and currency of a frame.

        Raises:
            Refusal: for an unusable contract, a licence it does not allow, no pricing plan, an unknown frame.
        """
        options = self._hub.options
        contract = self._contract(query.contract_id, action="get price")
        rules.option(contract, "eula", query.eula, options=options)
        budget = self._hub.platform.budgets.get(contract.id)
        if budget is None:
            raise Refusal(options.no_plan_status, options.no_plan_code, "contract has no Pricing Plan")
        return frame_price(self._frame(query.frame_id).mode.code, eula=query.eula), budget.currency

    def create(self, body: PurchaseBody) -> PurchaseRecord:
        """Sell a frame; refuse with the answer of the first rule that is broken."""
        with self._hub.change():
            contract = self._contract(body.contract_id, action="purchase frame")
            frame = self._frame(body.frame_id)
            eula = rules.option(contract, "eula", body.eula, options=self._hub.options)
            types = self._types(contract, frame, body.product_types)
            has_plan = contract.id in self._hub.platform.budgets
            price = frame_price(frame.mode.code, eula=eula) if has_plan else None
            self._hub.hold(contract.id, price, refuse=_refuse_funds)
            record = self._record(body, eula=eula, product_types=types, price=price)
            self.records[record.id] = record
            self._hub.stamp(record)
            return record

    def get(self, purchase_id: str) -> PurchaseRecord:
        """Return one purchase; refuse with 404 an unknown id."""
        with self._hub.look():
            record = self.records.get(parse_uuid(purchase_id) or "")
            return record if record is not None else not_found(title="Purchase Not Found")

    def last_modified_first(self, *, contract_id: str | None = None) -> list[PurchaseRecord]:
        """Return the purchases, the most recently modified first."""
        with self._hub.look():
            found = [r for r in self.records.values() if contract_id in (None, r.contract_id)]
        return sorted(found, key=lambda record: record.sequence, reverse=True)

    def bought(self, purchase_id: str) -> Frame | None:
        """Return the frame with the product types that were bought; None until the purchase is closed."""
        record = self.get(purchase_id)
        return self._bought_frame(record) if record.status == "closed" else None

    def enter(self, record: Life, step: Step) -> None:
        """Let a purchase enter a status, with all that comes of it."""
        assert isinstance(record, PurchaseRecord)
        if step.status == "closed":
            if record.price is not None:
                self._hub.spend(record.contract_id, record.price, held=record.price)
            self._hub.platform.world.own(record.contract_id, [self._bought_frame(record)])
        elif step.status in ("failed", "canceled"):
            self._hub.release(record.contract_id, record.price)
        self._hub.touch(record, status=step.status, at=step.at, kind="purchase")

    def restore(self) -> None:
        """Put what was bought in an earlier run back into the private collections."""
        for record in self.records.values():
            if record.status == "closed" and self._hub.platform.world.frame(record.frame_id) is not None:
                self._hub.platform.world.own(record.contract_id, [self._bought_frame(record)])

    def _bought_frame(self, record: PurchaseRecord) -> Frame:
        return replace(self._frame(record.frame_id), product_types=tuple(record.product_types))

    def _contract(self, contract_id: str, *, action: str) -> Contract:
        hub = self._hub
        return rules.usable_contract(hub.platform.contracts, contract_id, now=hub.wall(), action=action)

    def _frame(self, frame_id: str) -> Frame:
        frame = self._hub.platform.world.frame(frame_id)
        return frame if frame is not None else not_found(title="Frame Not Found")

    def _types(self, contract: Contract, frame: Frame, wanted: list[str] | None) -> list[str]:
        """A frame brings all its products, unless some are asked for."""
        allowed = list(dict.fromkeys([*frame.product_types, *contract.product_types(frame.mode.api_name)]))
        for one in wanted or ():
            rules.check_allowed(one, allowed, field="productTypes", options=self._hub.options)
        return list(dict.fromkeys(wanted)) if wanted else list(frame.product_types)

    def _record(
        self, body: PurchaseBody, *, eula: str, product_types: list[str], price: int | None
    ) -> PurchaseRecord:
        purchase_id, created, epoch = self._hub.fresh()
        first, steps = self._plan(body, created)
        return PurchaseRecord(
            id=purchase_id, contract_id=body.contract_id, created=created, epoch=epoch,
            status=first, steps=steps, updated=created, frame_id=body.frame_id, eula=eula,
            reference=body.reference, product_types=product_types, price=price,
        )  # fmt: skip

    def _plan(self, body: PurchaseBody, created: datetime) -> tuple[str, list[Step]]:
        options = self._hub.options
        dice = Random(f"{options.seed}/purchase/{len(self.records) + 1}").random()
        fails = FAIL_WORD in (body.reference or "").lower() or dice < options.failure_rate / 2
        length = timedelta(minutes=options.purchase_minutes)
        end = Step("failed" if fails else "closed", created + length)
        if options.purchase_starts == "active":
            return "active", [end]
        return "received", [Step("active", created + length * _RECEIVED_SHARE), end]


def _refuse_funds() -> NoReturn:
    raise Refusal(400, "ERR_INSUFFICIENT_FUNDS", "could not purchase frame: insufficient funds")
