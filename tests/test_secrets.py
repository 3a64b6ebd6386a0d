"""No secret leaves by a repr, a log line, an error, a pickle, a table or a file: planted ones are looked for."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from logs import log_at_debug

from iceye_geo import Client, open_cog
from iceye_geo.errors import IceyeGeoError
from iceye_geo.models.notifications import BasicAuth, OAuth2ClientCredentials
from iceye_geo.sandbox import Sandbox, SandboxOptions
from iceye_geo.settings import Settings

PLANTED = ("planted-hook-password", "planted-hook-secret", "planted-password", "planted-bare-signature")


@dataclass
class Spoils:
    """All text that came out, and the secrets it may not hold."""

    texts: dict[str, str] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)

    def take(self, name: str, thing: Any) -> None:
        """Keep every form in which a thing shows or stores itself."""
        self.texts[f"repr of {name}"] = repr(thing)
        self.texts[f"str of {name}"] = str(thing)
        if callable(getattr(thing, "_repr_html_", None)):
            self.texts[f"html of {name}"] = str(thing._repr_html_())
        try:
            self.texts[f"pickle of {name}"] = pickle.dumps(thing).decode("latin-1")
        except (TypeError, pickle.PicklingError, IceyeGeoError, AttributeError) as refusal:
            self.texts[f"refusal to pickle {name}"] = f"{refusal!r} {refusal}"

    def error(self, name: str, error: BaseException) -> None:
        """Keep an error with all its causes."""
        self.take(name, error)
        if error.__cause__ is not None:
            self.error(f"cause of {name}", error.__cause__)


@pytest.fixture(scope="module")
def own_sandbox(steady_options: Callable[..., SandboxOptions]) -> Iterator[Sandbox]:
    with Sandbox(steady_options(scene_size=600, scenes=20)) as running:
        yield running


@pytest.fixture(scope="module")
def spoils(own_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Spoils:
    """Walk through the package with the log at DEBUG, and take along whatever can be seen."""
    found = Spoils(secrets=set(PLANTED))
    with log_at_debug() as lines:
        _walk(own_sandbox, found, tmp_path_factory.mktemp("files"))
    found.texts["the log at DEBUG"] = lines.getvalue()
    return found


def _walk(sandbox: Sandbox, found: Spoils, folder: Path) -> None:
    settings = Settings.for_sandbox(sandbox.url, explicit={"contract_id": sandbox.contract_id})
    with Client(settings) as client:
        items = _look_around(client, found, folder)
        _look_in(client, items, found)
        _register(client, found)
        _fail(client, sandbox, items, found)
        found.secrets |= _tokens(sandbox)


def _look_around(client: Client, found: Spoils, folder: Path) -> list[Any]:
    search = client.catalog.search(
        collections=["private"], query={"sar:product_type": {"eq": "GRD-COG"}}, max_items=3
    )
    items = list(search.items())
    for item in items:
        for asset in item.assets.values():
            found.secrets |= set(re.findall(r"(?:Signature|Policy)=([^&]+)", asset.href))
    things = {
        "client": client, "settings": client.settings, "session": client.session, "search": search,
        "items": items, "item": items[0], "asset": items[0].assets["grd-cog"],
        "collection": search.item_collection(), "contracts": client.company.contracts(),
        "budget": client.company.budget(client.settings.contract_id or ""), "catalog": client.catalog,
        "tasks": client.tasking.list(), "deliveries": client.delivery.list(),
        "locations": client.delivery.locations(), "purchases": client.catalog.purchases(),
    }  # fmt: skip
    for name, thing in things.items():
        found.take(name, thing)
    gdf = search.to_geodataframe()
    found.texts["table"] = gdf.to_csv() + gdf.to_html() + repr(gdf)
    found.take("table", gdf)
    found.texts["map"] = search.to_map().get_root().render()
    search.item_collection().save_object(str(folder / "items.json"))
    found.texts["saved items"] = (folder / "items.json").read_text()
    found.texts["item as dict"] = json.dumps(items[0].to_dict())
    return items


def _look_in(client: Client, items: list[Any], found: Spoils) -> None:
    with client.open_cog(items[0]) as cog:
        look = cog.preview(max_size=128)
        for name, thing in {
            "cog": cog, "info": cog.info(), "look": look, "transfer": cog.transfer,
            "statistics": cog.statistics(), "lazy array": cog.to_xarray(chunks=512),
        }.items():  # fmt: skip
            found.take(name, thing)


def _register(client: Client, found: Spoils) -> None:
    basic = BasicAuth("iceye", "planted-hook-password")
    oauth = OAuth2ClientCredentials("http://127.0.0.1:9/token", "hooks", "planted-hook-secret")
    for name, auth in {"basic": basic, "oauth2": oauth}.items():
        found.take(f"{name} auth", auth)
        found.take(f"{name} webhook", client.notifications.register("http://127.0.0.1:9/hook", auth=auth))
    found.take("webhooks", client.notifications.list())


def _fail(client: Client, sandbox: Sandbox, items: list[Any], found: Spoils) -> None:
    bare = items[0].assets["grd-cog"].href
    sandbox.expire_links()
    wrong = Settings.for_sandbox(sandbox.url, explicit={"client_secret": "planted-password"})
    attempts = {
        "expired bare link": lambda: open_cog(bare).__enter__().preview(max_size=64),
        "tampered link": lambda: open_cog(
            f"{sandbox.url}/content/abc?Signature=planted-bare-signature"
        ).info(),
        "wrong secret": lambda: Client(wrong).company.contracts(),
        "unknown task": lambda: client.tasking.get("550e8400-e29b-41d4-a716-446655440000"),
        "bad search": lambda: client.catalog.search(bbox=(0, 0, 1)),
        "password grant": lambda: Client(username="me", password="planted-password"),  # type: ignore[arg-type]
    }
    for name, attempt in attempts.items():
        with pytest.raises((IceyeGeoError, TypeError)) as caught:
            attempt()
        found.error(name, caught.value)


def _tokens(sandbox: Sandbox) -> set[str]:
    issued = vars(sandbox.platform.tokens)
    texts = {str(token) for value in issued.values() if isinstance(value, dict) for token in value}
    return {text for text in texts if len(text) > 12}


def test_there_are_secrets_to_find(spoils: Spoils) -> None:
    assert len(spoils.secrets) > len(PLANTED) + 3, "signatures and tokens were issued"
    assert len(spoils.texts) > 60


def test_no_secret_is_in_anything_that_shows_or_stores(spoils: Spoils) -> None:
    leaks = {
        f"{where}: ...{text[max(0, text.index(secret) - 60) : text.index(secret)]}"
        for where, text in spoils.texts.items()
        for secret in spoils.secrets
        if secret in text
    }
    assert not leaks


def test_the_log_said_something(spoils: Spoils) -> None:
    assert "catalog" in spoils.texts["the log at DEBUG"]
