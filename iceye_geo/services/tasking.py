"""The Tasking API: ordering and cancelling new images, on top of what they cost and how they are followed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from iceye_geo.errors import InvalidInputError, MoneyGuardError
from iceye_geo.models.cancellation import CancellationCharge
from iceye_geo.models.checks import PointLike, WindowLike
from iceye_geo.models.delivery import TargetLike
from iceye_geo.models.task_request import TaskRequest
from iceye_geo.models.tasking import Task
from iceye_geo.services.contracts import ContractLike
from iceye_geo.services.money import MaxPrice, check_max_price, quote_of
from iceye_geo.services.reading import doubt
from iceye_geo.services.rules import check_request
from iceye_geo.services.task_following import TASKS, TaskFollowing, TaskRef
from iceye_geo.services.task_quotes import TaskQuotes, refuse_both

logger = logging.getLogger(__name__)


class TaskingService(TaskQuotes, TaskFollowing):
    """New images: what they cost, whether they can be taken, ordering and following them.

    Args:
        session: the authenticated session.
        contracts: where contracts are looked up; default the Company API.
        now: the current time, aware; the rules on windows and cancellation read it.
    """

    def create(
        self,
        request: TaskRequest | None = None,
        *,
        point: PointLike | None = None,
        geometry: Any = None,
        window: WindowLike | None = None,
        mode: str | None = None,
        contract_id: ContractLike | None = None,
        reference: str | None = None,
        exclusivity: str | None = None,
        priority: str | None = None,
        sla: str | None = None,
        eula: str | None = None,
        incidence: Sequence[float] | Mapping[str, float] | None = None,
        look_side: str | None = None,
        pass_direction: str | None = None,
        product_types: Sequence[str] | str | None = None,
        imaging_duration: int | None = None,
        deliveries: Sequence[TargetLike] | TargetLike | None = None,
        webhook_id: Any = None,
        max_price: MaxPrice | None = None,
        check: bool = True,
    ) -> Task:
        """Order a new image. This costs money; it is sent once and never repeated by itself.

        Args:
            request: a ready-made request; or give the parts, which `TaskRequest` explains:
            point: place (lon, lat), degrees.
            geometry: instead of a point: GeoJSON, shapely; its representative point is imaged.
            window: (start, end), aware datetimes or RFC 3339 text with a zone.
            mode: imaging mode, for example "SPOTLIGHT".
            contract_id: who pays; default the configured or the only active contract.
            reference: up to 256 characters of your own.
            exclusivity: PRIVATE or PUBLIC; default the contract's. When a PUBLIC image enters the public archive
                is settled by contract.
            priority: COMMERCIAL or BACKGROUND; default the contract's.
            sla: for example SLA_8H; default the contract's.
            eula: for example STANDARD; default the contract's.
            incidence: (min, max) degrees within 10 and 45; default the mode's performant range.
            look_side: ANY, LEFT or RIGHT.
            pass_direction: ANY, ASCENDING or DESCENDING.
            product_types: out of the contract's list; default all of it.
            imaging_duration: seconds, 1 to 180; default the mode's.
            deliveries: where the products go: targets, or (config_id, path[, sub_path]).
            webhook_id: registered webhook that is called when the status changes.
            max_price: refuse above this price, or if the price cannot be known; minor units or a Price.
            check: check the rules of time and contract before anything is sent.

        Raises:
            InvalidInputError: a rule is broken; nothing was sent.
            MoneyGuardError: it costs more than ``max_price``, or nobody knows; nothing was sent.
            InsufficientFundsError: the server refused it.
            ConnectionFailedError: no answer; if it was sent, look into ``list()`` before ordering again.

        Example:
            >>> from datetime import UTC, datetime, timedelta
            >>> start = datetime.now(UTC) + timedelta(days=4)
            >>> task = client.tasking.create(
            ...     point=(-150.0, 10.0), window=(start, start + timedelta(days=2)), mode="SPOTLIGHT",
            ...     contract_id=client.company.contracts()[0].id, reference="example", max_price=150000,
            ... )
            >>> task.status, task.reference
            ('RECEIVED', 'example')
            >>> client.tasking.cancel(task, max_charge=0).status
            'CANCELED'
        """
        parts = {
            "point": point, "geometry": geometry, "window": window, "mode": mode, "reference": reference,
            "exclusivity": exclusivity, "priority": priority, "sla": sla, "eula": eula, "incidence": incidence,
            "look_side": look_side, "pass_direction": pass_direction, "product_types": product_types,
            "imaging_duration": imaging_duration, "deliveries": deliveries, "webhook_id": webhook_id,
        }  # fmt: skip
        wanted = _request_of(request, parts)
        chosen = self._contracts.choose(contract_id or wanted.contract_id)
        if check:
            check_request(wanted, contract=self._contracts.get(chosen), now=self._now())
        check_max_price(max_price, lambda: quote_of(partial(self._price_of, wanted, chosen)), what="the task")
        body = wanted.to_dict(contract_id=chosen) | {"contractID": chosen}
        with doubt("The task may have been created: look into client.tasking.list() before ordering again."):
            raw = self._session.post(TASKS, json=body, operation="createTask")
        return Task.from_wire(raw, operation="createTask")

    def cancellation_charge(self, task: TaskRef) -> CancellationCharge:
        """Return what cancelling a task now would cost, by the published schedule and the task's price.

        Args:
            task: a task, or its id.

        Raises:
            NotFoundError: there is no such task.

        Example:
            >>> from datetime import UTC, datetime, timedelta
            >>> start = datetime.now(UTC) + timedelta(days=4)
            >>> task = client.tasking.create(
            ...     point=(-150.0, 10.0), window=(start, start + timedelta(days=2)), mode="SPOTLIGHT",
            ...     contract_id=client.company.contracts()[0],
            ... )
            >>> print(client.tasking.cancellation_charge(task))
            free of charge (96.0 h before the window starts)
            >>> _ = client.tasking.cancel(task)
        """
        known = task if isinstance(task, Task) else self._get(task)
        charge = known.cancellation_charge(self._now())
        if charge.percent == 0:
            return charge
        quote = quote_of(partial(self._price_of, known, known.contract_id))
        return CancellationCharge(charge.percent, charge.notice, quote.price, quote.price_unknown)

    def cancel(
        self,
        task: TaskRef,
        *,
        max_charge: int | None = None,
        confirm: Callable[[CancellationCharge], bool] | None = None,
    ) -> Task:
        """Cancel a RECEIVED or ACTIVE task. The charge is logged before it is sent.

        Args:
            task: a task or its id.
            max_charge: refuse above this charge, minor units, or if the charge cannot be known; 0 cancels only
                what is free.
            confirm: is shown the charge and says whether to go on.

        Returns:
            The task, now CANCELED.

        Raises:
            InvalidInputError: its status forbids it; nothing was sent.
            MoneyGuardError: it costs more than ``max_charge``, or ``confirm`` said no; nothing was sent.

        Example:
            >>> from datetime import UTC, datetime, timedelta
            >>> start = datetime.now(UTC) + timedelta(days=4)
            >>> task = client.tasking.create(
            ...     point=(-150.0, 10.0), window=(start, start + timedelta(days=2)), mode="SPOTLIGHT",
            ...     contract_id=client.company.contracts()[0],
            ... )
            >>> client.tasking.cancel(task, max_charge=0).status
            'CANCELED'
        """
        current = self._get(task)
        if current.is_terminal or current.has_products:
            raise InvalidInputError(
                "task", f"{current.status} tasks cannot be canceled", source="ICEYE cancelTask guide"
            )
        charge = self.cancellation_charge(current)
        logger.log(
            logging.WARNING if charge.percent else logging.INFO,
            "cancelling task %s: %s",
            current.id,
            charge.words,
        )
        _guard_charge(charge, max_charge)
        if confirm is not None and not confirm(charge):
            raise MoneyGuardError(f"the task was not canceled, since it was not confirmed: {charge.words}")
        raw = self._session.patch(
            f"{TASKS}/{current.id}", json={"status": "CANCELED"}, operation="cancelTask"
        )
        return Task.from_wire(raw, operation="cancelTask")


def _request_of(request: TaskRequest | None, parts: dict[str, Any]) -> TaskRequest:
    if request is None:
        return TaskRequest(**parts)
    refuse_both(request, *parts.values())
    return request


def _guard_charge(charge: CancellationCharge, max_charge: int | None) -> None:
    if max_charge is None:
        return
    if isinstance(max_charge, bool) or not isinstance(max_charge, int) or max_charge < 0:
        raise InvalidInputError(
            "max_charge", f"must be a whole number of minor units, this is {max_charge!r}"
        )
    if charge.amount is None or charge.amount > max_charge:
        raise MoneyGuardError(f"the task was not canceled, since it would cost {charge.words}")
