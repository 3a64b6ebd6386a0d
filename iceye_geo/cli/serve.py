"""Commands that run a server until Ctrl-C: the sandbox and the webhook receiver."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from iceye_geo.errors import ConfigurationError, InvalidInputError

if TYPE_CHECKING:
    from iceye_geo.sandbox import Fault


def serve_sandbox(
    *,
    console: Console,
    port: int,
    url_ttl_s: int,
    speed: float,
    seed: int,
    scenes: int,
    scene_size: int,
    state: Path | None,
    s3_endpoint: str | None = None,
    faults: Sequence[str] = (),
    pixxel_failures: int = 0,
) -> None:
    """Run the sandbox and print what points a client at it. Returns after Ctrl-C.

    Raises:
        InvalidInputError: a fault cannot be read; nothing was started.
    """
    from iceye_geo.client import Client

    wanted = [_fault(text) for text in faults]
    with Client.sandbox(
        port=port,
        url_ttl_s=url_ttl_s,
        speed=speed,
        seed=seed,
        scenes=scenes,
        scene_size=scene_size,
        state=state,
        s3_endpoint=s3_endpoint,
    ) as client:
        sandbox = client.sandbox_server
        assert sandbox is not None
        for fault in wanted:
            sandbox.faults.add(fault)
        if pixxel_failures:
            sandbox.pixxel.fail_next(times=pixxel_failures)
        console.print(f"The sandbox answers at [bold]{sandbox.url}[/].")
        console.print("Point any client of ICEYE's v2 API at it:\n")
        for name, value in sandbox.environment().items():
            console.print(f"export {name}={value}", highlight=False, soft_wrap=True)
        if s3_endpoint:
            console.print(f"\nDeliveries land at {s3_endpoint} too; the AWS_ lines let you read them there.")
        if faults:
            console.print("\nIt will fail on purpose:", "; ".join(faults), markup=False)
        if pixxel_failures:
            console.print(
                f"\nThe next {pixxel_failures} of Pixxel's deliveries or downloads will fail on purpose."
            )
        console.print("\nStop it with Ctrl-C.")
        _until_interrupted()
    console.print("\nThe sandbox has stopped.")


def serve_webhook(*, console: Console, host: str, port: int, store: Path, username: str) -> None:
    """Run the receiver. Returns after Ctrl-C.

    Raises:
        ConfigurationError: no password in the environment.
    """
    from iceye_geo.webhooks import serve

    password = os.environ.get("ICEYE_WEBHOOK_PASSWORD", "")
    if not password:
        raise ConfigurationError(
            "ICEYE_WEBHOOK_PASSWORD is not set. Choose a password, export it here and register the webhook with it."
        )
    console.print(f"Callbacks are taken at http://{host}:{port}/ and kept in {store}. Stop with Ctrl-C.")
    serve(host=host, port=port, store=store, username=username, password=password)


def _fault(text: str) -> Fault:
    from iceye_geo.sandbox import Fault

    try:
        return Fault.parse(text)
    except ValueError as error:
        raise InvalidInputError(
            "--fault", str(error), hint="For example 503,path=/tasking/,times=2."
        ) from None


def _until_interrupted() -> None:
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        return
