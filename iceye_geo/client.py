"""Client: one root object, one attribute per service; each service is imported when it is first asked for."""

from __future__ import annotations

import atexit
import hashlib
from dataclasses import fields
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, Unpack

from iceye_geo.errors import InvalidInputError, MissingExtraError
from iceye_geo.settings import Settings, SettingsOptions
from iceye_geo.transport.root import TRAVELLING, RootClient, refuse_both
from iceye_geo.transport.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from iceye_geo.cog import Cog
    from iceye_geo.sandbox import Sandbox
    from iceye_geo.services.catalog import CatalogService
    from iceye_geo.services.company import CompanyService
    from iceye_geo.services.contracts import ContractBook
    from iceye_geo.services.delivery import DeliveryService
    from iceye_geo.services.notifications import NotificationsService
    from iceye_geo.services.tasking import TaskingService
    from iceye_geo.webhooks.store import CallbackStore
    from iceye_geo.webhooks.watch import Change, Watched

_INSTALL_SANDBOX = "Client.sandbox() needs an extra that is not installed: pip install 'iceye-geo[sandbox]'"
_INSTALL_S3 = "s3_endpoint needs an extra that is not installed: pip install 'iceye-geo[s3]'"
_SANDBOX_OPTIONS = "help(iceye_geo.sandbox.SandboxOptions) explains all options."


class Client(RootClient[Settings, Session]):
    """The way into ICEYE's APIs.

    ``Client.sandbox()`` needs nothing, ``Client.from_env()`` reads the environment,
    ``Client.from_profile(name)`` a profile file. ``Client(...)`` takes explicit values first and looks into
    the other places for the rest.

    A client may be shared between threads and pickled: a pickle holds where the credentials come from,
    never the credentials.

    Attributes:
        settings: the checked settings.
        session: the authenticated session all services share.

    Args:
        settings: ready-made settings; then no other argument may be given.
        profile: a profile of the config file.
        **explicit: any field of ``Settings`` by name, such as ``client_id`` or ``api_url``.

    Raises:
        ConfigurationError: client id, client secret or token URL is missing or malformed.

    Example:
        >>> [service for service in ("catalog", "company", "tasking") if hasattr(client, service)]
        ['catalog', 'company', 'tasking']
    """

    _title = "ICEYE client"
    _settings_class = Settings
    _travelling = (*TRAVELLING, "auth_url", "token_url", "contract_id")

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        profile: str | None = None,
        **explicit: Unpack[SettingsOptions],
    ) -> None:
        refuse_both(settings, profile, explicit)
        chosen = settings or Settings.load(profile=profile, explicit=explicit)
        chosen.check_credentials()
        super().__init__(chosen, Session(chosen))
        self._sandbox: Sandbox | None = None

    @classmethod
    def from_env(cls, **explicit: Unpack[SettingsOptions]) -> Self:
        """Return a client configured by ``ICEYE_CLIENT_ID``, ``ICEYE_CLIENT_SECRET``, ``ICEYE_API_URL``,
        ``ICEYE_AUTH_URL`` or ``ICEYE_TOKEN_URL``, ``ICEYE_CONTRACT_ID``; explicit values win.

        Raises:
            ConfigurationError: something is missing; the message says what and where it goes.
        """  # noqa: D205 - the variables are the summary
        return cls(**explicit)

    @classmethod
    def from_profile(cls, name: str, **explicit: Unpack[SettingsOptions]) -> Self:
        """Return a client configured by ``[profiles.NAME]`` of ``~/.config/iceye-geo/config.toml``.

        Raises:
            ConfigurationError: there is no such profile, or it lacks something.
        """
        return cls(profile=name, **explicit)

    @classmethod
    def sandbox(cls, **options: Any) -> Self:
        """Start the local ICEYE platform in this process and return a client for it.

        It stops when the client is closed, and at exit.

        Args:
            **options: fields of ``iceye_geo.sandbox.SandboxOptions``, such as ``seed``, ``scenes``, ``port``.

        Raises:
            MissingExtraError: the ``sandbox`` extra is not installed; the message says how to.

        Example:
            >>> with Client.sandbox(scenes=40) as local:
            ...     len(local.company.contracts())
            3
        """
        sandbox = _start_sandbox(options)
        client = cls(Settings.for_sandbox(sandbox.url, explicit={"contract_id": sandbox.contract_id}))
        client._sandbox = sandbox
        return client

    @cached_property
    def company(self) -> CompanyService:
        """Contracts and budgets."""
        from iceye_geo.services.company import CompanyService

        return CompanyService(self.session)

    @cached_property
    def catalog(self) -> CatalogService:
        """Archive search, prices and purchases."""
        from iceye_geo.services.catalog import CatalogService

        return CatalogService(self.session, contracts=self._contracts)

    @cached_property
    def tasking(self) -> TaskingService:
        """New images: price, feasibility, tasks, products."""
        from iceye_geo.services.tasking import TaskingService

        return TaskingService(self.session, contracts=self._contracts)

    @cached_property
    def delivery(self) -> DeliveryService:
        """Deliveries into your own storage."""
        from iceye_geo.services.delivery import DeliveryService

        return DeliveryService(self.session, contracts=self._contracts)

    @cached_property
    def notifications(self) -> NotificationsService:
        """Webhooks that ICEYE calls."""
        from iceye_geo.services.notifications import NotificationsService

        return NotificationsService(self.session)

    @cached_property
    def _contracts(self) -> ContractBook:
        # One book for all services, so that a contract is looked up once.
        from iceye_geo.services.contracts import ContractBook

        return ContractBook(self.company)

    @property
    def sandbox_server(self) -> Sandbox | None:
        """The sandbox this client started (its request log and fault switch), or None."""
        return self._sandbox

    def open_cog(self, item: Any, *, asset: str | None = None) -> Cog:
        """Open the GRD-COG of an Item; its signed link renews itself as long as it is read.

        Args:
            item: an Item of a search, a task or a purchase; a path and a link work too.
            asset: asset key; default the best GRD-COG.

        Raises:
            AssetNotFoundError: the item has no asset that fits.
        """
        from iceye_geo.cog import open_cog

        return open_cog(item, asset=asset, client=self)

    def download(
        self, item: Any, folder: str | Path, *, asset: str | None = None, progress: bool = True
    ) -> Path:
        """Download an asset of an Item into a folder; an interrupted download goes on where it stopped.

        ``iceye_geo.cog.download`` has more options, ``iceye_geo.cog.download_assets`` takes several assets.

        Args:
            item: an Item of a search, a task or a purchase; a link works too.
            folder: made if it is not there.
            asset: asset key; default the best GRD-COG.
            progress: show a bar.

        Raises:
            AssetNotFoundError: the item has no asset that fits.
            DownloadError: the file could not be fetched whole; what arrived is kept for the next call.

        Example:
            >>> client.download(item, "scenes", progress=False).suffix
            '.tif'
        """
        from iceye_geo.cog import download

        return download(item, folder, asset=asset, client=self, progress=progress)

    def watch(
        self,
        objects: Iterable[Watched] | Watched,
        *,
        timeout: float,
        store: CallbackStore | str | Path | None = None,
        poll: float = 300.0,
    ) -> Iterator[Change]:
        """Yield every change of status of tasks, purchases and deliveries until all have come to their end.

        Callbacks that a webhook receiver keeps in ``store`` are merged with slow polling: a lost callback
        costs time, never the result.

        Args:
            objects: tasks, purchases and deliveries, as last seen.
            timeout: seconds after which to give up.
            store: where the receiver keeps callbacks: a ``CallbackStore`` or its SQLite file.
            poll: seconds between looks that no callback asked for.

        Raises:
            WaitTimeoutError: the time is up; ``last`` is the list of objects as last seen.

        Example:
            >>> for change in client.watch([], timeout=60):
            ...     print(change)
        """
        from iceye_geo.webhooks.watch import watch

        return watch(self, objects, timeout=timeout, store=store, poll=poll)

    def resolve_contract_id(self, contract_id: str | None = None) -> str:
        """Return the given contract, else the configured one, else the only active one.

        Raises:
            InvalidInputError: nothing was chosen and not exactly one contract is active; names the choices.
        """
        return self.company.resolve_contract_id(contract_id)

    def close(self) -> None:
        """Close the connections and stop the sandbox, if this client started one."""
        super().close()
        if self._sandbox is not None:
            _stop(self._sandbox)

    def _account(self) -> str:
        """Return a fingerprint of the client id, which is no secret but nobody else's business either."""
        return hashlib.sha256((self.settings.client_id or "").encode()).hexdigest()[:16]

    def _facts(self) -> dict[str, str | None]:
        """Return what a table says of it: no secret."""
        more = {
            "client id": self.settings.client_id,
            "contract": self.settings.contract_id or "chosen per call",
        }
        return super()._facts() | more


def _start_sandbox(options: dict[str, Any]) -> Sandbox:
    try:
        from iceye_geo.sandbox import Sandbox, SandboxOptions

        known = [field.name for field in fields(SandboxOptions)]
        for name in options.keys() - known:
            nearest = ", ".join(get_close_matches(name, known, n=3, cutoff=0.5))
            hint = f"Do you mean {nearest}? {_SANDBOX_OPTIONS}" if nearest else _SANDBOX_OPTIONS
            raise InvalidInputError(name, "is no option of the sandbox", hint=hint)
        sandbox = Sandbox(SandboxOptions(**options))
        sandbox.start()
    except (ValueError, TypeError) as error:
        if isinstance(error, InvalidInputError):
            raise
        field, colon, rule = str(error).partition(": ")
        if colon and field in known:
            raise InvalidInputError(field, rule) from error
        raise InvalidInputError("options", str(error), hint=_SANDBOX_OPTIONS) from error
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "iceye_geo":
            raise
        needs_s3 = (error.name or "").partition(".")[0] in ("boto3", "botocore")
        raise MissingExtraError(_INSTALL_S3 if needs_s3 else _INSTALL_SANDBOX) from error
    _RUNNING.add(sandbox)
    return sandbox


_RUNNING: set[Sandbox] = set()


def _stop(sandbox: Sandbox) -> None:
    if sandbox in _RUNNING:
        _RUNNING.discard(sandbox)
        sandbox.stop()


@atexit.register
def _stop_all() -> None:
    for sandbox in tuple(_RUNNING):
        _stop(sandbox)
