"""`iceye-geo deliver`, `deliveries` and `pixxel ...`: products of any provider, from the shell."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.console import Console
from rich.table import Table

from iceye_geo.errors import DeliveryFailedError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from iceye_geo.providers.base import DeliveryRecord
    from iceye_geo.providers.bundle import Jobs
    from iceye_geo.providers.capabilities import Capability
    from iceye_geo.providers.pixxel import PixxelClient
    from iceye_geo.providers.pixxel.models import PixxelDelivery

pixxel = typer.Typer(help="Pixxel: catalog, stores, deliveries, downloads.", no_args_is_help=True)
stdout = Console()

Profile = Annotated[str | None, typer.Option(help="Profile of the settings file.")]
Wait = Annotated[float | None, typer.Option(min=0.001, help="Wait so long for the end, seconds.")]
CatalogIds = Annotated[list[str] | None, typer.Option("--catalog-id", help="May be given again.")]
OrderItemIds = Annotated[list[str] | None, typer.Option("--order-item-id", help="May be given again.")]
_JOB_COLUMNS = ("provider", "kind", "product", "state", "status", "delivery_id", "reason")


def deliver(
    products: Annotated[list[str], typer.Argument(help="provider:kind:id, or ids of --provider.")],
    to: Annotated[
        list[str],
        typer.Option(help="id, id:path or id:path:sub_path; provider=id:path with several providers."),
    ],
    provider: Annotated[str | None, typer.Option(help="Whose the bare ids are, for example iceye.")] = None,
    wait: Wait = None,
    bundle: Annotated[
        int,
        typer.Option(min=1, help="Products that may share a request, at most. ICEYE's then share a status."),
    ] = 1,
    retry: Annotated[
        int, typer.Option(min=0, help="Send what failed again, so many times; with --wait.")
    ] = 0,
    profile: Profile = None,
) -> None:
    """Send products of one or several providers to your storage. Exit code 1 when one has failed."""
    from iceye_geo.providers import deliver as send
    from iceye_geo.providers import make

    first = [provider] if provider else []
    named = {part.split(":", 1)[0] for part in products if ":" in part} - {provider}
    chosen = [make(name, profile=profile) for name in (*first, *sorted(named))]
    jobs = send(products, to=_places(to), provider=chosen or None, bundle=bundle)
    try:
        _follow(jobs, wait, retry)
    finally:
        # Also where the time is up: the ids are what the next look needs.
        _show_jobs(jobs)
    if jobs.failed:
        raise typer.Exit(code=1)


def deliveries(
    provider: Annotated[str, typer.Option(help="iceye, pixxel or another that is installed.")] = "iceye",
    max_items: Annotated[int, typer.Option(min=1, help="Stop after so many.")] = 50,
    profile: Profile = None,
) -> None:
    """List the deliveries of an account, newest first."""
    from iceye_geo.providers import Capability

    chosen = _able(provider, profile, Capability.LISTING)
    rows = [_record_row(one) for one in chosen.list(max_items=max_items)]
    _show(("id", "state", "status", "products", "target", "location", "created"), rows, "deliveries")


def places(
    provider: Annotated[str, typer.Option(help="iceye, pixxel or another that is installed.")] = "iceye",
    profile: Profile = None,
) -> None:
    """List the places that a provider can deliver to: what --to takes."""
    from iceye_geo.providers import Capability

    chosen = _able(provider, profile, Capability.TARGETS)
    rows = [
        {"to": one, "title": one.title, "usable": "yes" if one.usable else "no"} for one in chosen.targets()
    ]
    _show(("to", "title", "usable"), rows, "places")


@pixxel.command("catalog")
def pixxel_catalog(
    bbox: Annotated[str | None, typer.Option(help="west,south,east,north in degrees.")] = None,
    max_items: Annotated[int, typer.Option(min=1, help="Stop after so many.")] = 50,
    profile: Profile = None,
) -> None:
    """List the images that are there; their catalog ids are what is delivered and downloaded."""
    from iceye_geo.cli.find import _numbers

    with _client(profile) as client:
        found = client.catalog.search(bbox=_numbers(bbox), max_items=max_items)
        rows = [one.row() for one in found]
    _show(("id", "item_id", "area", "delivery_status", "created_at"), rows, "images")


@pixxel.command("stores")
def pixxel_stores(profile: Profile = None) -> None:
    """List the stores that deliveries can go to."""
    with _client(profile) as client:
        rows = [one.row() for one in client.stores.list()]
    _show(("id", "name", "type", "bucket", "path_prefix", "region"), rows, "stores")


@pixxel.command("deliveries")
def pixxel_deliveries(
    delivery_id: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    catalog_id: Annotated[str | None, typer.Option(help="Only those of this catalog.")] = None,
    task_id: Annotated[str | None, typer.Option(help="Only those of this task.")] = None,
    max_items: Annotated[int, typer.Option(min=1, help="Stop after so many.")] = 50,
    profile: Profile = None,
) -> None:
    """List deliveries, newest first, filtered by delivery, catalog or task."""
    from iceye_geo.providers.pixxel.deliveries import newest_first

    with _client(profile) as client:
        found = client.deliveries.list(delivery_id=delivery_id, catalog_id=catalog_id, task_id=task_id)
        rows = [one.row() | {"where": one.likely_key} for one in newest_first(found)[:max_items]]
    _show(("delivery_id", "catalog_id", "task_id", "status", "where", "created_at"), rows, "deliveries")


@pixxel.command("deliver")
def pixxel_deliver(
    to: Annotated[str, typer.Option(help="Store id.")],
    path: Annotated[str | None, typer.Option(help="Folder in the store, sent as it is.")] = None,
    catalog_id: CatalogIds = None,
    order_item_id: OrderItemIds = None,
    wait: Wait = None,
    profile: Profile = None,
) -> None:
    """Send catalogs or order items, not both, to a store."""
    with _client(profile) as client:
        made = client.deliveries.create(
            to=to, path=path, catalog_ids=catalog_id or None, order_item_ids=order_item_id or None
        )
        failed: DeliveryFailedError | None = None
        try:
            for number, one in enumerate(made) if wait is not None else ():
                try:
                    made[number] = client.deliveries.wait(one, timeout=wait or 0)
                except DeliveryFailedError as error:
                    made[number], failed = cast("PixxelDelivery", error.last), failed or error
        finally:
            rows = [one.row() for one in made]
            _show(("delivery_id", "catalog_id", "task_id", "status"), rows, "deliveries")
        if failed is not None:
            raise failed


@pixxel.command("download")
def pixxel_download(
    folder: Annotated[Path, typer.Argument(help="Folder; made if it is not there.")],
    catalog_id: CatalogIds = None,
    order_item_id: OrderItemIds = None,
    timeout: Annotated[
        float, typer.Option(min=0.001, help="Seconds that Pixxel may take to get it ready.")
    ] = 3600,
    name: Annotated[str | None, typer.Option(help="File name.")] = None,
    profile: Profile = None,
) -> None:
    """Have catalogs or order items, not both, made ready, and download them; a second call goes on."""
    with _client(profile) as client:
        path = client.downloads.download(
            folder, timeout=timeout, catalog_ids=catalog_id or None, order_item_ids=order_item_id or None,
            name=name, progress=stdout.is_terminal,
        )  # fmt: skip
    stdout.print(f"{path} is there.", highlight=False, soft_wrap=True)


def _follow(jobs: Jobs, wait: float | None, retry: int) -> None:
    if wait is None:
        return
    jobs.wait(timeout=wait)
    for _ in range(retry):
        if jobs.again():
            jobs.wait(timeout=wait)


def _able(provider: str, profile: str | None, capability: Capability) -> Any:
    """Return a provider that has a capability."""
    from iceye_geo.providers import make
    from iceye_geo.providers.capabilities import require

    chosen = make(provider, profile=profile)
    require(chosen, capability)
    return chosen


def _client(profile: str | None) -> PixxelClient:
    from iceye_geo.providers.pixxel import PixxelClient

    return PixxelClient.from_profile(profile) if profile else PixxelClient.from_env()


def _places(given: list[str]) -> str | dict[str, str]:
    """Read --to: one place, or provider=place for each provider."""
    from iceye_geo.providers import names

    pairs = [one.partition("=") for one in given]
    if all(sign and name in names() for name, sign, _ in pairs):
        return {name: place for name, _, place in pairs}
    if len(given) == 1:
        return given[0]
    raise InvalidInputError("to", "must be one place, or provider=place for each provider")


def _show_jobs(jobs: Jobs) -> None:
    _show(_JOB_COLUMNS, [job.row() for job in jobs], "jobs")
    stdout.print(repr(jobs)[1:-1], highlight=False)


def _record_row(one: DeliveryRecord) -> dict[str, Any]:
    products = ", ".join(product.id for product in one.products)
    return {
        "id": one.id, "state": one.state, "status": one.raw_status, "products": products,
        "target": one.target, "location": one.location, "created": one.created_at,
    }  # fmt: skip


WIDEST = 1000


def _show(columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]], what: str) -> None:
    from rich.markup import escape

    from iceye_geo.redact import redact

    given = list(rows)
    table = Table(*columns, box=None, pad_edge=False)
    for row in given:
        table.add_row(*(escape(redact(_text(row.get(name)))) for name in columns))
    if not given:
        stdout.print(f"No {what}.")
        return
    # An id that is cut off cannot be used in the next command, so a narrow window wraps lines instead.
    whole = stdout.measure(table, options=stdout.options.update(max_width=WIDEST)).maximum
    Console(width=max(stdout.width, whole)).print(table, highlight=False, soft_wrap=True)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%SZ}"
    return "" if value is None else str(value)
