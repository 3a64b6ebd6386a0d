"""What the sandbox holds in memory: one attribute per part; routes find it in ``app.state.platform``."""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from iceye_geo.sandbox.clock import Clock
from iceye_geo.sandbox.content import Content
from iceye_geo.sandbox.contracts import build_budgets, build_contracts
from iceye_geo.sandbox.faults import FaultSwitch
from iceye_geo.sandbox.log import RequestLog
from iceye_geo.sandbox.options import SandboxOptions
from iceye_geo.sandbox.tokens import TokenStore

if TYPE_CHECKING:
    from iceye_geo.sandbox.catalog.index import CatalogIndex
    from iceye_geo.sandbox.imagery import Imagery
    from iceye_geo.sandbox.lifecycle.hub import Lifecycle
    from iceye_geo.sandbox.pixxel.book import PixxelBook
    from iceye_geo.sandbox.s3 import CustomerStorage
    from iceye_geo.sandbox.world import World


class Platform:
    """The state of one sandbox.

    Attributes:
        options: how it behaves.
        clock: simulated and wall time.
        contracts: the company's contracts by id.
        budgets: one Budget per contract with a pricing plan.
        tokens: the access tokens issued.
        content: the signed links and the files behind them.
        requests: the request log.
        faults: the fault switch.
    """

    def __init__(self, options: SandboxOptions | None = None) -> None:
        self.options = options or SandboxOptions()
        self._lock = threading.Lock()
        self._imagery: Imagery | None = None
        self.clock = Clock(self.options.speed)
        self.contracts = build_contracts(self.options.seed, self.clock.now())
        self.budgets = build_budgets(self.contracts)
        self.tokens = TokenStore(self.options.token_ttl_s)
        self.content = Content(ttl_s=self.options.url_ttl_s)
        self.requests = RequestLog()
        self.faults = FaultSwitch(
            revoke_tokens=self.tokens.revoke_all, expire_links=self.content.expire_links
        )

    @cached_property
    def world(self) -> World:
        """The archive: public frames, owned frames, and what tasks and purchases add to it."""
        from iceye_geo.sandbox.world import World

        return World(self.options, self.contracts)

    @cached_property
    def catalog(self) -> CatalogIndex:
        """The searches over the archive."""
        from iceye_geo.sandbox.catalog.index import CatalogIndex

        return CatalogIndex(self.world)

    @cached_property
    def lifecycle(self) -> Lifecycle:
        """Tasks, purchases, deliveries and webhooks."""
        from iceye_geo.sandbox.lifecycle.hub import Lifecycle

        return Lifecycle(self)

    @cached_property
    def pixxel(self) -> PixxelBook:
        """The Pixxel side."""
        from iceye_geo.sandbox.pixxel.book import PixxelBook

        return PixxelBook(self, self.options.pixxel)

    @cached_property
    def storage(self) -> CustomerStorage | None:
        """The customer's S3, if one is set."""
        from iceye_geo.sandbox.s3 import CustomerStorage

        return CustomerStorage(self.options.s3_endpoint) if self.options.s3_endpoint else None

    @property
    def imagery(self) -> Imagery:
        """The maker of images; its heavy libraries load when the first image is asked for."""
        with self._lock:
            if self._imagery is None:
                from iceye_geo.sandbox.imagery import Imagery

                self._imagery = Imagery(self.cache_dir)
            return self._imagery

    @property
    def cache_dir(self) -> Path:
        """The folder where images are kept."""
        if self.options.cache_dir is not None:
            return Path(self.options.cache_dir)
        from platformdirs import user_cache_path

        return user_cache_path("iceye-geo") / "sandbox"

    def prepare(self) -> None:
        """Build what every request needs, before there are threads that could build it twice."""
        assert self.catalog is not None
        assert self.lifecycle is not None
        assert self.pixxel is not None

    def close(self) -> None:
        """Let go of what runs in the background; called once when the server has stopped."""
        self.lifecycle.stop()
        self.pixxel.stop()
