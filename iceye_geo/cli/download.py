"""`iceye-geo download`: an item's files, from the shell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from iceye_geo.errors import InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from iceye_geo.client import Client
    from iceye_geo.stac import IceyeItem


def fetch(
    item: str, *, console: Console, out: Path, assets: list[str] | None, all_assets: bool, overwrite: bool,
    contract_id: str | None, profile: str | None,
) -> None:  # fmt: skip
    """Download one link, or assets of an item of the private collection.

    Args:
        item: item id or signed link.
        console: where the files are named.
        out: folder for the files.
        assets: asset keys; None for the image.
        all_assets: every asset instead.
        overwrite: replace other files of the same names.
        contract_id: where there are several.
        profile: of the settings file.

    Raises:
        NotFoundError: no such item in the private collection.
        InvalidInputError: assets are asked of a link.
    """
    from iceye_geo.cog import download, download_assets

    if item.startswith(("http://", "https://")):
        if assets or all_assets:
            raise InvalidInputError("asset", "cannot be chosen for a link, which leads to one file")
        found = [download(item, out, overwrite=overwrite)]
    else:
        with _client(profile) as client:
            record = _find(client, item, contract_id)
            if assets or all_assets:
                keys = None if all_assets else assets
                several = download_assets(record, out, assets=keys, client=client, overwrite=overwrite)
                found = list(several.values())
            else:
                found = [download(record, out, client=client, overwrite=overwrite)]
    for path in found:
        console.print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)", soft_wrap=True, highlight=False)


def _find(client: Client, item_id: str, contract_id: str | None) -> IceyeItem:
    search = client.catalog.search(ids=[item_id], collections=["private"], contract_id=contract_id)
    first = next(iter(search.items()), None)
    if first is None:
        raise NotFoundError(
            f"item {item_id!r} is not in the private collection; only images that you own can be downloaded"
        )
    return first


def _client(profile: str | None) -> Client:
    from iceye_geo.client import Client

    return Client.from_profile(profile) if profile else Client.from_env()
