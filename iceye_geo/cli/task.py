"""`iceye-geo task ...`: what an image would cost, ordering it, following it, cancelling it. Money asks first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from iceye_geo.errors import InvalidInputError, MoneyGuardError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iceye_geo.client import Client
    from iceye_geo.models.cancellation import CancellationCharge
    from iceye_geo.models.tasking import Task

task = typer.Typer(help="New images: price, order, follow, cancel.", no_args_is_help=True)
stdout = Console()

At = Annotated[str, typer.Option(help="Place as lon,lat in degrees.")]
Mode = Annotated[str, typer.Option(help="Imaging mode, for example SPOTLIGHT.")]
Contract = Annotated[str | None, typer.Option(help="Contract id, where there are several.")]
Profile = Annotated[str | None, typer.Option(help="Profile of the settings file.")]
TaskId = Annotated[str, typer.Argument(help="Task id.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@task.command("price")
def price(at: At, mode: Mode = "SPOTLIGHT", contract: Contract = None, profile: Profile = None) -> None:
    """Say what an image would cost and what the contract has left. Orders nothing."""
    with _client(profile) as client:
        stdout.print(str(client.tasking.quote(point=_point(at), mode=mode, contract_id=contract)))


@task.command("order")
def order(
    at: At,
    start: Annotated[str, typer.Option(help="Window start, for example 2026-11-23T00:00:00Z.")],
    end: Annotated[str, typer.Option(help="Window end.")],
    mode: Mode = "SPOTLIGHT",
    reference: Annotated[str | None, typer.Option(help="Words of your own, up to 256 characters.")] = None,
    contract: Contract = None,
    max_price: Annotated[int | None, typer.Option(min=0, help="Refuse above it, minor units.")] = None,
    yes: Yes = False,
    profile: Profile = None,
) -> None:
    """Order an image. Shows the price and asks first; --yes needs --max-price."""
    from iceye_geo.models.task_request import TaskRequest

    if yes and max_price is None:
        raise InvalidInputError("yes", "orders without asking, so it needs --max-price")
    with _client(profile) as client:
        chosen = client.resolve_contract_id(contract)
        wanted = TaskRequest(
            point=_point(at), window=(start, end), mode=mode, reference=reference, contract_id=chosen
        )
        quote = client.tasking.quote(wanted)
        stdout.print(str(quote))
        if not yes and not typer.confirm("Order it?"):
            raise MoneyGuardError("nothing was ordered")
        limit = quote.price if max_price is None else max_price
        _show([client.tasking.create(wanted, max_price=limit)])


@task.command("list")
def list_tasks(
    max_items: Annotated[int, typer.Option(min=1, help="Stop after so many.")] = 20,
    contract: Annotated[str | None, typer.Option(help="Only this contract's.")] = None,
    profile: Profile = None,
) -> None:
    """List tasks."""
    with _client(profile) as client:
        found = client.tasking.list(contract_id=contract, max_items=max_items)
        _show(found)


@task.command("show")
def show(task_id: TaskId, profile: Profile = None) -> None:
    """Show a task as it is now, and its products once there are any."""
    with _client(profile) as client:
        found = client.tasking.get(task_id)
        _show([found])
        for item in client.tasking.products(found) if found.has_products else ():
            stdout.print(f"{item.id}  {item.properties.get('product:type', '')}")


@task.command("wait")
def wait(
    task_id: TaskId,
    timeout: Annotated[float, typer.Option(min=0.001, help="Give up after so many seconds.")] = 3600,
    profile: Profile = None,
) -> None:
    """Wait until a task is done. Exit code 1 when the time is up or it has failed; waiting again loses nothing."""
    with _client(profile) as client:
        _show([client.tasking.wait(task_id, timeout=timeout)])


@task.command("cancel")
def cancel(task_id: TaskId, yes: Yes = False, profile: Profile = None) -> None:
    """Cancel a task. Says the charge and asks first; --yes cancels only what is free."""

    def ask(charge: CancellationCharge) -> bool:
        """Ask the user before anything is cancelled."""
        stdout.print(f"Cancelling now: {charge.words}.")
        return yes or typer.confirm("Cancel it?")

    with _client(profile) as client:
        _show([client.tasking.cancel(task_id, confirm=ask, max_charge=0 if yes else None)])


def _show(tasks: Iterable[Task]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("task", "status", "mode", "lon, lat"):
        table.add_column(name, no_wrap=True)
    for one in tasks:
        lon, lat = one.point or (None, None)
        place = "" if lon is None else f"{lon:.2f}, {lat:.2f}"
        table.add_row(one.id, one.status, one.imaging_mode or "", place)
    stdout.print(table if table.row_count else "No tasks.")


def _point(text: str) -> tuple[float, float]:
    from iceye_geo.models.checks import read_point

    try:
        return read_point([float(part) for part in text.split(",")], field="at")
    except ValueError as error:
        if isinstance(error, InvalidInputError):
            raise
        raise InvalidInputError("at", f"{text!r} is not lon,lat", hint="Write --at=24.94,60.17.") from None


def _client(profile: str | None) -> Client:
    from iceye_geo.client import Client

    return Client.from_profile(profile) if profile else Client.from_env()
