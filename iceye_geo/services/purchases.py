"""Frames of the archive: their price, buying them, following purchases. CatalogService inherits it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from iceye_geo.errors import (
    DuplicatePurchaseError,
    InvalidInputError,
    NoPricingPlanError,
    NotFoundError,
    PurchaseFailedError,
)
from iceye_geo.models.base import Price
from iceye_geo.models.catalog import PURCHASE_ORDER, Purchase
from iceye_geo.models.checks import read_id, read_reference
from iceye_geo.models.task_request import read_product_types, read_word
from iceye_geo.services.company import CompanyService
from iceye_geo.services.contracts import ContractBook, ContractLike, default_of
from iceye_geo.services.deferred import Deferred
from iceye_geo.services.lists import deferred
from iceye_geo.services.money import MaxPrice, Quote, check_max_price, quote_of
from iceye_geo.services.progress import ProgressLike
from iceye_geo.services.reading import doubt, read_items, read_one
from iceye_geo.services.waiting import LONGEST_PAUSE_S, Goal, wait_for
from iceye_geo.transport.session import Session

if TYPE_CHECKING:
    from iceye_geo.stac.items import ItemList

_PURCHASES = "/catalog/v2/purchases"
_PAGE_SIZE = 100
_FRAME_NAMES = ("iceye:frame_id", "frame_id", "frameID")

PurchaseRef = Purchase | str


class Purchases:
    """Prices and purchases of frames.

    Args:
        session: the authenticated session.
        contracts: where contracts are looked up; default the Company API.
    """

    def __init__(self, session: Session, *, contracts: ContractBook | None = None) -> None:
        self._session = session
        self._contracts = contracts or ContractBook(CompanyService(session))

    def price(self, frame: Any, *, eula: str | None = None, contract_id: ContractLike | None = None) -> Price:
        """Return what a frame costs. Nothing is bought.

        Args:
            frame: an Item, a record, a row of a GeoDataFrame, or a frame id.
            eula: licence; default the contract's.
            contract_id: who would pay; default the configured or the only active contract.

        Raises:
            NoPricingPlanError: the contract cannot quote.
            NotFoundError: there is no such frame.

        Example:
            >>> frame = next(iter(client.catalog.search(collections=["public"], max_items=1).items()))
            >>> contract = client.company.contracts()[0]
            >>> client.catalog.price(frame, contract_id=contract.id).currency
            'EUR'
        """
        chosen = self._contracts.choose(contract_id)
        query = {"frameID": frame_id_of(frame), "contractID": chosen, "eula": self._eula(eula, chosen)}
        try:
            raw = self._session.get("/catalog/v2/price", params=query, operation="getFramePrice")
        except NotFoundError as error:
            self._refuse_without_plan(chosen, error)
            raise NotFoundError(
                f"there is no frame {query['frameID']} to be had ({error.detail})", status=error.status,
                code=error.code, reference=error.reference, operation="getFramePrice",
            ) from error  # fmt: skip
        return Price.from_wire(raw, operation="getFramePrice")

    def quote(self, frame: Any, *, eula: str | None = None, contract_id: ContractLike | None = None) -> Quote:
        """Return the price, what the contract has left, and whether it fits; what is not known is said.

        Takes what `price` takes.

        Example:
            >>> frame = next(iter(client.catalog.search(collections=["public"], max_items=1).items()))
            >>> client.catalog.quote(frame, contract_id=client.company.contracts()[0].id).fits
            True
        """
        chosen = self._contracts.choose(contract_id)
        ask = partial(self.price, frame_id_of(frame), eula=eula, contract_id=chosen)
        return quote_of(ask, partial(self._contracts.budget, chosen))

    def purchase(
        self,
        frame: Any,
        *,
        contract_id: ContractLike | None = None,
        eula: str | None = None,
        reference: str | None = None,
        product_types: Sequence[str] | str | None = None,
        max_price: MaxPrice | None = None,
        allow_duplicate: bool = False,
    ) -> Purchase:
        """Buy one frame with all its products. This costs money; it is sent once and never repeated by itself.

        Args:
            frame: an Item, a record, a row of a GeoDataFrame, or a frame id.
            contract_id: who pays; default the configured or the only active contract.
            eula: licence; default the contract's.
            reference: up to 256 characters of your own.
            product_types: only these; default all that the frame has.
            max_price: refuse above this price, or if the price cannot be known; minor units or a Price.
            allow_duplicate: True buys a frame again that is bought, or being bought, under the same licence.

        Raises:
            DuplicatePurchaseError: there is such a purchase; ``existing`` is it. Nothing was sent.
            MoneyGuardError: it costs more than ``max_price``, or nobody knows; nothing was sent.
            InvalidInputError: the licence is not allowed; nothing was sent.
            ConnectionFailedError: no answer; if it was sent, look into ``purchases()`` before buying again.

        Example:
            >>> frame = next(iter(client.catalog.search(collections=["public"], max_items=1).items()))
            >>> contract_id = client.company.contracts()[0].id
            >>> price = client.catalog.price(frame, contract_id=contract_id)
            >>> bought = client.catalog.purchase(
            ...     frame, contract_id=contract_id, reference="example", max_price=price, allow_duplicate=True
            ... )
            >>> bought.is_open, bought.frame_id == frame.properties["iceye:frame_id"]
            (True, True)
        """
        chosen, frame_id = self._contracts.choose(contract_id), frame_id_of(frame)
        licence = self._checked_eula(eula, chosen)
        body: dict[str, Any] = {"frameID": frame_id, "contractID": chosen}
        if licence:
            body["eula"] = licence
        if reference is not None:
            body["reference"] = read_reference(reference)
        if product_types:
            body["productTypes"] = list(read_product_types(product_types))
        if not allow_duplicate:
            self._refuse_duplicate(frame_id, chosen, licence)
        ask = partial(self.price, frame_id, eula=eula, contract_id=chosen)
        check_max_price(max_price, lambda: quote_of(ask), what=f"frame {frame_id}")
        with doubt("The frame may have been bought: look into client.catalog.purchases() first."):
            raw = self._session.post(_PURCHASES, json=body, operation="purchaseFrame")
        return Purchase.from_wire(raw, operation="purchaseFrame")

    def purchases(
        self, *, contract_id: ContractLike | None = None, max_items: int | None = None
    ) -> Deferred[Purchase]:
        """Return the purchases of every contract, or of one; newest modified first, page by page when read.

        Args:
            contract_id: only this contract's.
            max_items: stop after so many.

        Example:
            >>> client.catalog.purchases(max_items=3)
            <Deferred purchases: not read yet>
        """
        chosen = None if contract_id is None else read_id(contract_id, field="contract_id")
        return deferred(
            self._session, _PURCHASES, Purchase, title="purchases", operation="listPurchases",
            page_size=_PAGE_SIZE, params={"contractID": chosen}, max_items=max_items,
        )  # fmt: skip

    def get_purchase(self, purchase: PurchaseRef) -> Purchase:
        """Return a purchase as it is now.

        Args:
            purchase: a purchase or its id.

        Raises:
            NotFoundError: there is no such purchase.

        Example:
            >>> client.catalog.get_purchase("00000000-0000-0000-0000-000000000000")
            Traceback (most recent call last):
            iceye_geo.errors.NotFoundError: getPurchase 404 not_found
        """
        return self._get_purchase(purchase)

    def purchase_items(self, purchase: PurchaseRef) -> ItemList:
        """Return what was bought as STAC Items; empty while the purchase is active.

        Args:
            purchase: a purchase or its id.

        Raises:
            NotFoundError: there is no such purchase.

        Warns:
            SkippedRecordWarning: a record could not become an Item.

        Example:
            >>> client.catalog.purchase_items("00000000-0000-0000-0000-000000000000")
            Traceback (most recent call last):
            iceye_geo.errors.NotFoundError: listPurchaseProducts 404 not_found
        """
        from iceye_geo.stac.source import Source

        purchase_id = read_id(purchase, field="purchase")
        contract_id = purchase.contract_id if isinstance(purchase, Purchase) else None
        source = Source("purchase", id=purchase_id, contract_id=contract_id)
        path = f"{_PURCHASES}/{purchase_id}/products"
        return read_items(self._session, path, source=source, operation="listPurchaseProducts")

    def wait(
        self,
        purchase: PurchaseRef,
        *,
        timeout: float,
        progress: ProgressLike = "auto",
        first_pause: float | None = None,
        longest_pause: float = LONGEST_PAUSE_S,
    ) -> Purchase:
        """Wait until a purchase is closed, and return it as it is then.

        Args:
            purchase: a purchase or its id.
            timeout: seconds after which to give up.
            progress: "auto" shows a bar in a terminal or notebook; a callable gets each state; None is silent.
            first_pause: seconds between the first two looks; the pauses grow.
            longest_pause: seconds between looks at most.

        Raises:
            WaitTimeoutError: the time is up; ``last`` is the purchase as last seen.
            PurchaseFailedError: it ended as failed or canceled; ``last`` is the purchase.

        Example:
            >>> frame = next(iter(client.catalog.search(collections=["public"], max_items=1).items()))
            >>> contract = client.company.contracts()[0]
            >>> bought = client.catalog.purchase(frame, contract_id=contract, allow_duplicate=True)
            >>> client.catalog.wait(bought, timeout=0.1)
            Traceback (most recent call last):
            iceye_geo.errors.WaitTimeoutError: purchase ... is not there after 0.1 s
        """
        purchase_id = read_id(purchase, field="purchase")
        goal = Goal(
            title=f"purchase {purchase_id[:8]}", look=partial(self._get_purchase, purchase_id),
            status=lambda p: p.status, is_reached=lambda p: p.has_products,
            has_failed=lambda p: p.has_failed, error=PurchaseFailedError, order=PURCHASE_ORDER,
        )  # fmt: skip
        return wait_for(
            goal, timeout=timeout, progress=progress, first_pause=first_pause, longest_pause=longest_pause
        )

    def _get_purchase(self, purchase: PurchaseRef, timeout: float | None = None) -> Purchase:
        path = f"{_PURCHASES}/{read_id(purchase, field='purchase')}"
        return read_one(self._session, path, Purchase, operation="getPurchase", timeout=timeout)

    def _refuse_without_plan(self, contract_id: str, error: NotFoundError) -> None:
        """Say it with the better error where the contract, not the frame, is why there is no price."""
        try:
            self._contracts.budget(contract_id)
        except NoPricingPlanError:
            raise NoPricingPlanError(
                error.detail, status=error.status, code=error.code, reference=error.reference,
                operation="getFramePrice",
            ) from error  # fmt: skip

    def _refuse_duplicate(self, frame_id: str, contract_id: str, eula: str | None) -> None:
        for held in self.purchases(contract_id=contract_id):
            same_licence = eula is None or held.eula is None or held.eula == eula
            if held.frame_id == frame_id and same_licence and not held.has_failed:
                state = "is being bought" if held.is_open else "is bought already"
                raise DuplicatePurchaseError(
                    f"frame {frame_id} {state}: purchase {held.id}, {held.status}. Nothing was sent; "
                    "allow_duplicate=True buys it once more.",
                    existing=held,
                )

    def _eula(self, eula: str | None, contract_id: str) -> str:
        found = self._checked_eula(eula, contract_id)
        if found is None:
            rule = "a price needs it, and the contract states no default"
            raise InvalidInputError("eula", rule, hint="Pass eula=.")
        return found

    def _checked_eula(self, eula: str | None, contract_id: str) -> str | None:
        contract = self._contracts.get(contract_id)
        rule = contract.eula if contract else None
        word = read_word(eula, field="eula")
        if word is not None and rule is not None and not rule.allows(word):
            raise InvalidInputError(
                "eula",
                f"{word} is not allowed",
                source="the contract",
                hint=f"Allowed: {', '.join(rule.allowed)}.",
            )
        return word or default_of(rule)


def frame_id_of(frame: Any) -> str:
    """Return the frame id of an Item, a raw record, a row of a GeoDataFrame, or the id itself.

    Raises:
        InvalidInputError: there is none; an item id is no frame id.

    Example:
        >>> frame_id_of({"properties": {"frame_id": "4407788_1"}})
        '4407788_1'
    """
    if isinstance(frame, str):
        return _plain_frame_id(frame)
    held: Any = getattr(frame, "properties", None)
    if held is None and hasattr(frame, "get"):
        held = frame.get("properties", None)
        held = frame if held is None else held
    for name in _FRAME_NAMES if hasattr(held, "get") else ():
        found = held.get(name)
        if isinstance(found, str) and found:
            return found
    raise InvalidInputError(
        "frame", "must be an Item with a frame id, a record, a row of a table or a frame id"
    )


def _plain_frame_id(text: str) -> str:
    if not text.strip():
        raise InvalidInputError("frame", "must not be empty")
    try:
        UUID(text)
    except ValueError:
        return text.strip()
    raise InvalidInputError(
        "frame",
        "this is an item id, and ids of items may change",
        hint="Pass the Item, or its iceye:frame_id.",
    )
