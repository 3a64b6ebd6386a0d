"""Keeping a link fresh: one keeper per asset, one renewal for all readers, and who is asked for the next."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from iceye_geo.cog.ref import AssetRef, Link, LinkResolver
from iceye_geo.cog.transfer import Transfer
from iceye_geo.errors import AssetNotFoundError, LinkExpiredError, LinkRefusedError

if TYPE_CHECKING:
    from iceye_geo.transport.session import Session

# ICEYE's links live an hour. Five minutes leave room for the slowest range and for clocks that differ.
RENEW_MARGIN_S = 300.0
# What the host said of a link counts this long for all readers. After a longer pause one request goes ahead alone.
WORD_COUNTS_S = 1.0
# A request that is not answered by then holds back the others no longer: its connection may be dead.
_PATIENCE_S = 2.0
# An old link may be refused, and the fresh one after it when it ended before it was first used. A third is no accident.
REFUSALS = 3
# Pages of products looked through for one item; a task has a dozen products.
_MAX_PAGES = 50


class HasSession(Protocol):
    """What is needed of a client: its authenticated session."""

    @property
    def session(self) -> Session:
        """The session that speaks to ICEYE."""
        ...


class LinkKeeper:
    """Holds the current link of one asset and renews it, once for all readers. Made by ``keeper_of``.

    A link may end before its time. So that it is refused once and not to every reader, one request at a time finds
    out whether it works; the others wait for the answer.

    Args:
        ref: the asset.
        resolver: who knows fresh links; None for a bare URL.
        link: the link at hand, if any.
    """

    def __init__(self, ref: AssetRef, *, resolver: LinkResolver | None, link: Link | None) -> None:
        self.ref, self._resolver, self._link = ref, resolver, link
        self._changed = threading.Condition()
        self._asking: int | None = None
        self._word: tuple[Link | None, bool, float] = (None, False, 0.0)
        self._served: Link | None = None
        self._refusals, self._gave_up, self._why = 0, float("-inf"), ""

    def offer(self, link: Link | None) -> None:
        """Take a link that another item of the same asset brought, if it ends later than the one at hand."""
        with self._changed:
            held = self._link
            if link is not None and (held is None or _ends(held) < _ends(link)):
                self._link = link

    def current(self, transfer: Transfer) -> Link:
        """Return a link with time left, renewing it first when it is about to expire."""
        with self._changed:
            return self._fresh(transfer)

    def ask(self, transfer: Transfer, *, alone: bool = False) -> Link:
        """Return the link for one request; call ``answered`` or ``after_denial`` when its answer begins.

        Waits while another request shows whether the link works, unless one did within the last second.

        Args:
            transfer: counts the renewal, if this reader is the one who makes it.
            alone: wait also then, so that never two requests are without an answer.

        Raises:
            LinkExpiredError: a bare URL that was refused just now.
            LinkRefusedError: fresh links were refused just now, one after the other.
        """
        give_up = time.monotonic() + _PATIENCE_S
        with self._changed:
            while True:
                link = self._fresh(transfer)
                works = self._said_of(link)
                if works is False:
                    self._renew(transfer)
                    continue
                if self._asking is None and (alone or works is None):
                    self._asking = threading.get_ident()
                    return link
                left = give_up - time.monotonic()
                if (works and not alone) or self._asking in (None, threading.get_ident()) or left <= 0:
                    return link
                self._changed.wait(left)

    def answered(self, link: Link, *, works: bool | None) -> None:
        """Take note of the answer to a request: True if bytes came, None if it says nothing of the link."""
        if works:
            self._word, self._served = (link, True, time.monotonic()), link
        if self._asking == threading.get_ident():
            with self._changed:
                self._let_go()

    def after_denial(self, denied: Link, transfer: Transfer, *, why: str = "") -> None:
        """Renew a link that was refused, unless another reader just did; nobody asks with it again.

        Args:
            denied: the link.
            transfer: counts the renewal.
            why: what the host said.

        Raises:
            LinkExpiredError: a bare URL, which nothing can renew.
            LinkRefusedError: several in a row were refused before they served: they are refused for good.
        """
        with self._changed:
            try:
                if self._link is denied:
                    self._word = (denied, False, time.monotonic())
                    self._refusals = 1 if self._served is denied else self._refusals + 1
                    if self._refusals >= REFUSALS and self._resolver is not None:
                        self._give_up(why)
                    self._renew(transfer)
            finally:
                self._let_go()

    def _let_go(self) -> None:
        if self._asking == threading.get_ident():
            self._asking = None
            self._changed.notify_all()

    def _said_of(self, link: Link) -> bool | None:
        """Return what the host said of a link lately: whether it works; None if it said nothing."""
        about, works, when = self._word
        return works if about is link and time.monotonic() - when < WORD_COUNTS_S else None

    def _fresh(self, transfer: Transfer) -> Link:
        if self._link is None or (self._resolver is not None and _is_ending(self._link)):
            return self._renew(transfer)
        return self._link

    def _renew(self, transfer: Transfer) -> Link:
        if self._resolver is None:
            raise LinkExpiredError(_how_to_renew(self._link))
        if time.monotonic() - self._gave_up < WORD_COUNTS_S:
            raise LinkRefusedError(self._why)
        had_one = self._link is not None
        self._link = self._resolver.resolve(self.ref)
        if had_one:
            transfer.add(renewals=1)
        return self._link

    def _give_up(self, why: str) -> None:
        """Have all who ask within the next second told at once, so that not each of them is refused by the host."""
        self._link, self._refusals, self._gave_up = None, 0, time.monotonic()
        self._why = f"{self.ref.label}: fresh links were refused too ({why})."
        raise LinkRefusedError(self._why)


# Keepers of the assets that are being read, for as long as somebody reads them.
_keepers: weakref.WeakValueDictionary[tuple[int, LinkResolver, AssetRef], LinkKeeper]
_keepers = weakref.WeakValueDictionary()
_lock = threading.Lock()


def keeper_of(ref: AssetRef, *, resolver: LinkResolver | None, link: Link | None) -> LinkKeeper:
    """Return the process's keeper of an asset: all who have it open by the same resolver renew together.

    A bare URL, which nothing can renew, has one of its own, and so has a resolver that cannot be compared.
    """
    made = LinkKeeper(ref, resolver=resolver, link=link)
    if resolver is None or not _hashable(resolver):
        return made
    with _lock:
        # A process that was forked off inherits keepers, but not the threads that may hold their locks.
        keeper = _keepers.setdefault((os.getpid(), resolver, ref), made)
    keeper.offer(link)
    return keeper


def _hashable(resolver: LinkResolver) -> bool:
    try:
        hash(resolver)
    except TypeError:
        return False
    return True


def _ends(link: Link) -> float:
    return link.expires_at.timestamp() if link.expires_at else 0.0


def _is_ending(link: Link) -> bool:
    if link.expires_at is None:
        return False
    # A link that lives shorter than ten minutes is used for half its life, not renewed at every read.
    margin = min(RENEW_MARGIN_S, (link.life_s or 0) / 2) if link.life_s else RENEW_MARGIN_S
    return (link.expires_at - datetime.now(UTC)).total_seconds() < margin


def _how_to_renew(link: Link | None) -> str:
    expired = link is not None and link.expires_at is not None and link.expires_at <= datetime.now(UTC)
    when = (
        f"expired at {link.expires_at:%Y-%m-%d %H:%M:%S} UTC"
        if expired and link and link.expires_at
        else "was refused"
    )
    return (
        f"The signed link {when}, and a bare URL cannot renew itself. Open the item instead, "
        "client.open_cog(item): it asks ICEYE for a fresh link whenever one is needed."
    )


@dataclass(frozen=True, slots=True)
class ClientResolver:
    """Asks the service an item came from for a fresh link. Pickles as its client does: without secrets."""

    client: HasSession

    def resolve(self, ref: AssetRef) -> Link:
        """Return a fresh link to the asset.

        Raises:
            AssetNotFoundError: the service no longer lists the item or the asset.
        """
        for raw in self._records(ref):
            if raw.get("id") == ref.item_id or (ref.frame_id and _same_product(raw, ref)):
                asset = raw.get("assets", {}).get(ref.asset_key)
                if isinstance(asset, Mapping) and asset.get("href"):
                    return Link.of(str(asset["href"]))
        raise AssetNotFoundError(
            f"No fresh link: {ref.label} has no asset {ref.asset_key!r} any more where it came from. "
            "Search for it again; item ids change when ICEYE reprocesses a frame."
        )

    def _records(self, ref: AssetRef) -> Iterator[dict[str, Any]]:
        session, source = self.client.session, ref.source
        if source is None or source.kind == "file":
            raise LinkRefusedError(f"{ref.label} came from no service, so no fresh link can be asked for.")
        if source.kind == "catalog":
            body: dict[str, Any] = {"ids": [ref.item_id], "collections": [source.collection or "private"]}
            if source.contract_id:
                body["contractID"] = source.contract_id
            answer = session.post(
                "/catalog/v2/search", json=body, repeatable=True, operation="searchCatalogItems"
            )
            yield from answer.get("data") or []
            return
        path = f"/tasking/v2/tasks/{source.id}/products"
        if source.kind == "purchase":
            path = f"/catalog/v2/purchases/{source.id}/products"
        elif source.product_type:
            path += f"/{source.product_type}"
        yield from self._pages(path)

    def _pages(self, path: str) -> Iterator[dict[str, Any]]:
        cursor: str | None = None
        for _ in range(_MAX_PAGES):
            answer = self.client.session.get(path, params={"cursor": cursor} if cursor else None)
            yield from answer.get("data") or []
            cursor = answer.get("cursor") or None
            if cursor is None:
                return


def _same_product(raw: Mapping[str, Any], ref: AssetRef) -> bool:
    """Whether a record is the same frame under another id, as after reprocessing."""
    return raw.get("properties", {}).get("frame_id") == ref.frame_id and ref.asset_key in raw.get(
        "assets", {}
    )
