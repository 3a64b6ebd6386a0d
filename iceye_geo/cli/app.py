"""The command tree: what each command is called and takes. The work is done in the modules beside this one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from iceye_geo._version import __version__
from iceye_geo.cli.archive import archive, coverage
from iceye_geo.cli.deliver import deliver, deliveries, pixxel, places
from iceye_geo.cli.task import task

app = typer.Typer(
    name="iceye-geo",
    help="Find, look into, price, order and follow ICEYE radar scenes.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
webhook = typer.Typer(help="Receive ICEYE's callbacks.", no_args_is_help=True)
app.add_typer(webhook, name="webhook")
app.add_typer(task, name="task")
app.add_typer(archive, name="archive")
app.add_typer(pixxel, name="pixxel")
for command in (coverage, deliver, deliveries, places):
    app.command()(command)
console = Console(stderr=True)
stdout = Console()


def _show_version(value: bool) -> None:
    if value:
        stdout.print(__version__)
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Find, look into, price, order and follow ICEYE radar scenes."""


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for what the demo makes.")] = Path("iceye-demo"),
    scene_size: Annotated[
        int, typer.Option(min=512, max=24000, help="Longer side of a scene, pixels.")
    ] = 4096,
) -> None:
    """Run the whole journey on a local sandbox: search, table, map, look, chip. No credentials needed."""
    from iceye_geo.cli.demo import run_demo

    run_demo(out, scene_size=scene_size, console=stdout)


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 8787,
    url_ttl: Annotated[int, typer.Option(min=1, help="Life of a signed link, seconds.")] = 3600,
    speed: Annotated[float, typer.Option(min=0.001, help="Simulated seconds per real second.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Seed of the world; the same seed gives the same world.")] = 7,
    scenes: Annotated[int, typer.Option(min=1, help="Frames in the public archive.")] = 320,
    scene_size: Annotated[
        int, typer.Option(min=512, max=24000, help="Longer side of a scene, pixels.")
    ] = 2048,
    state: Annotated[Path | None, typer.Option(help="File that keeps orders over a restart.")] = None,
    s3_endpoint: Annotated[
        str | None, typer.Option(help="S3 server that deliveries land in too, e.g. http://127.0.0.1:5000.")
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="Fail on purpose, e.g. 503,path=/tasking/,times=2; may be given again."),
    ] = None,
    pixxel_failures: Annotated[
        int, typer.Option(min=0, help="So many of Pixxel's deliveries or downloads fail on purpose.")
    ] = 0,
) -> None:
    """Run the local platform until Ctrl-C, and print the environment variables that point a client at it."""
    from iceye_geo.cli.serve import serve_sandbox

    serve_sandbox(
        console=stdout, port=port, url_ttl_s=url_ttl, speed=speed, seed=seed, scenes=scenes,
        scene_size=scene_size, state=state, s3_endpoint=s3_endpoint, faults=fault or (),
        pixxel_failures=pixxel_failures,
    )  # fmt: skip


@app.command()
def search(
    bbox: Annotated[str | None, typer.Option(help="west,south,east,north in degrees.")] = None,
    datetime: Annotated[
        str | None, typer.Option(help="Instant or interval, for example 2026-01/2026-06.")
    ] = None,
    product: Annotated[list[str] | None, typer.Option(help="Product type; may be given again.")] = None,
    collection: Annotated[list[str] | None, typer.Option(help="public, private; may be given again.")] = None,
    contract: Annotated[str | None, typer.Option(help="Contract id; needed for private.")] = None,
    sortby: Annotated[str | None, typer.Option(help="For example -start_datetime.")] = None,
    max_items: Annotated[int, typer.Option(min=1, help="Stop after so many.")] = 100,
    out: Annotated[Path | None, typer.Option(help="Write .geojson, .json, .parquet, .csv or .html.")] = None,
    profile: Annotated[str | None, typer.Option(help="Profile of the settings file.")] = None,
) -> None:
    """Search the catalog with the credentials of the environment or a profile; print or save what is found."""
    from iceye_geo.cli.find import find

    find(
        console=stdout, bbox=bbox, datetime=datetime, products=product, collections=collection,
        contract_id=contract, sortby=sortby, max_items=max_items, out=out, profile=profile,
    )  # fmt: skip


@app.command()
def preview(
    item: Annotated[str, typer.Argument(help="Item id, a signed link or a local file.")],
    out: Annotated[Path, typer.Option(help="PNG to write.")] = Path("preview.png"),
    max_size: Annotated[int, typer.Option(min=16, help="Longer side, pixels.")] = 1024,
    profile: Annotated[str | None, typer.Option(help="Profile of the settings file.")] = None,
) -> None:
    """Look into a scene without downloading it and write the picture."""
    from iceye_geo.cli.find import look

    look(item, console=stdout, out=out, max_size=max_size, profile=profile)


@app.command()
def download(
    item: Annotated[str, typer.Argument(help="Item id or a signed link.")],
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path(),
    asset: Annotated[
        list[str] | None, typer.Option(help="Asset key; may be given again. Default: the image.")
    ] = None,
    all_assets: Annotated[bool, typer.Option("--all-assets", help="Every asset of the item.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace other files of the names.")] = False,
    contract: Annotated[str | None, typer.Option(help="Contract id, where there are several.")] = None,
    profile: Annotated[str | None, typer.Option(help="Profile of the settings file.")] = None,
) -> None:
    """Download an image, or other assets of an item. Run it again to go on after an interruption."""
    from iceye_geo.cli.download import fetch

    fetch(
        item, console=stdout, out=out, assets=asset, all_assets=all_assets, overwrite=overwrite,
        contract_id=contract, profile=profile,
    )  # fmt: skip


@app.command("app")
def workbench(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 8866,
    sandbox: Annotated[bool, typer.Option(help="Work on a local sandbox; no credentials needed.")] = False,
    profile: Annotated[str | None, typer.Option(help="Profile of the settings file.")] = None,
    dark: Annotated[bool, typer.Option(help="Dark theme.")] = False,
    browser: Annotated[bool, typer.Option(help="Open it in the default browser.")] = True,
) -> None:
    """Serve the workbench in the browser until Ctrl-C: search, look, task, follow, deliver without a notebook."""
    from iceye_geo.cli.app_server import serve_app

    serve_app(
        console=stdout, port=port, sandbox=sandbox, profile=profile, theme="dark" if dark else "light",
        browser=browser,
    )  # fmt: skip


@app.command()
def doctor(
    profile: Annotated[str | None, typer.Option(help="Profile of the settings file.")] = None,
) -> None:
    """Print versions, host and settings, what does not fit together and what to do. Shows no secret."""
    from iceye_geo.health import doctor as examine

    report = examine(profile=profile)
    stdout.print(str(report), highlight=False, markup=False, soft_wrap=True)
    if not report.healthy:
        raise typer.Exit(code=1)


@app.command()
def migrate(
    files: Annotated[list[Path], typer.Argument(help="v1 request bodies, queries or cached items, as JSON.")],
    write: Annotated[bool, typer.Option(help="Write FILE.v2.json beside each file.")] = False,
) -> None:
    """Rewrite v1 JSON to v2; show each change with its reason and what cannot be carried over."""
    from iceye_geo.cli.migrate import migrate_files

    if not migrate_files(files, console=stdout, write=write):
        raise typer.Exit(code=2)


@webhook.command("serve")
def webhook_serve(
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8080,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    store: Annotated[Path, typer.Option(help="SQLite file that keeps the callbacks.")] = Path(
        "callbacks.sqlite"
    ),
    username: Annotated[str, typer.Option(help="User that ICEYE's callbacks must name.")] = "iceye",
) -> None:
    """Receive callbacks until Ctrl-C. The password is read from ICEYE_WEBHOOK_PASSWORD."""
    from iceye_geo.cli.serve import serve_webhook

    serve_webhook(console=stdout, host=host, port=port, store=store, username=username)
