"""The names and signatures that stay fixed: what notebooks and other people's programs are written against."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pystac
import pytest

import iceye_geo
from iceye_geo import Client, open_cog
from iceye_geo.errors import IceyeGeoError
from iceye_geo.settings import Settings

PRODUCT = {"sar:product_type": {"in": ["GRD", "GRD-COG"]}}


@pytest.fixture(scope="module")
def owned(client: Client) -> pystac.Item:
    query = {"sar:product_type": {"eq": "GRD-COG"}, "iceye:processing_mode": {"startsWith": "SL"}}
    return next(client.catalog.search(collections=["private"], query=query, max_items=1).items())


@pytest.fixture
def cog(client: Client, owned: pystac.Item) -> Iterator[Any]:
    with client.open_cog(owned) as opened:
        yield opened


# Where a name lives -> the names, and the arguments each must take by keyword.
CLASSES: dict[str, dict[str, set[str]]] = {
    "client.Client": {
        "sandbox": set(), "from_env": set(), "from_profile": {"name"}, "open_cog": {"item", "asset"},
        "watch": {"objects", "timeout"}, "close": set(),
    },
    "services.company.CompanyService": {"contracts": set(), "contract": {"contract_id"}, "budget": {"contract_id"}},
    "services.catalog.CatalogService": {
        "search": {
            "bbox", "intersects", "datetime", "ids", "collections", "contract_id", "query", "sortby", "limit",
            "max_items",
        },
        "price": {"frame", "eula", "contract_id"},
        "quote": {"frame", "eula", "contract_id"},
        "purchase": {"frame", "contract_id", "eula", "reference", "product_types", "max_price"},
        "purchases": {"contract_id", "max_items"},
        "get_purchase": {"purchase"},
        "purchase_items": {"purchase"},
        "wait": {"purchase", "timeout", "progress"},
    },
    "services.tasking.TaskingService": {
        "price": {"point", "geometry", "mode", "contract_id", "exclusivity", "priority", "sla", "eula"},
        "quote": {"point", "geometry", "mode", "contract_id"},
        "feasibility": {"requests", "contract_id"},
        "create": {
            "point", "geometry", "window", "mode", "contract_id", "reference", "exclusivity", "priority", "sla", "eula",
            "incidence", "look_side", "pass_direction", "product_types", "imaging_duration", "deliveries", "webhook_id",
            "max_price",
        },
        "list": {"contract_id", "created_after", "created_before"},
        "get": {"task"}, "cancel": {"task"}, "scene": {"task"}, "products": {"task", "product_type"},
        "wait": {"task", "timeout", "until", "progress"},
    },
    "services.delivery.DeliveryService": {
        "locations": set(), "create": {"items", "to", "contract_id"}, "list": set(), "get": {"delivery"},
        "wait": {"delivery", "timeout", "progress"}, "table": set(),
    },
    "services.notifications.NotificationsService": {
        "register": {"url", "auth"}, "list": set(), "get": {"webhook"}, "delete": {"webhook"},
    },
    "services.search.ItemSearch": {
        "items": set(), "pages": set(), "item_collection": set(), "to_geodataframe": set(), "to_map": set(),
    },
    "cog.cog.Cog": {
        "info": set(), "preview": {"max_size"}, "chip": {"where", "size"}, "point": {"lon", "lat"}, "statistics": set(),
        "geocoded": {"max_size"}, "to_xarray": {"chunks"},
    },
}  # fmt: skip


@pytest.mark.parametrize("home", CLASSES)
def test_the_fixed_methods_take_the_fixed_arguments(home: str) -> None:
    module, _, name = home.rpartition(".")
    cls = getattr(importlib.import_module(f"iceye_geo.{module}"), name)
    for method, arguments in CLASSES[home].items():
        signature = inspect.signature(getattr(cls, method))
        assert arguments <= set(signature.parameters), method
        assert getattr(cls, method).__doc__, method


NAMES = {
    "iceye_geo": {"Client", "open_cog", "IceyeGeoError", "__version__"},
    "iceye_geo.stac": {
        "to_item",
        "to_item_collection",
        "to_geodataframe",
        "to_geoparquet",
        "read_geoparquet",
    },
    "iceye_geo.maps": {"footprints"},
    "iceye_geo.panels": {
        "SearchPanel", "TaskingPanel", "TasksPanel", "PreviewPanel", "DeliveryPanel", "Workbench",
    },
    "iceye_geo.providers.pixxel": {"PixxelClient"},
    "iceye_geo.webhooks": {"CallbackStore", "start"},
    "iceye_geo.migration": {"migrate", "PATHS", "NAMES"},
}  # fmt: skip


@pytest.mark.parametrize("module", NAMES)
def test_the_fixed_names_are_where_they_are_looked_for(module: str) -> None:
    room = importlib.import_module(module)
    for name in NAMES[module]:
        assert getattr(room, name) is not None
    assert set(room.__all__) >= NAMES[module]
    assert set(dir(room)) >= NAMES[module]


def test_every_name_a_room_promises_can_be_had() -> None:
    for module in ("iceye_geo", "iceye_geo.stac", "iceye_geo.cog", "iceye_geo.maps", "iceye_geo.webhooks"):
        room = importlib.import_module(module)
        for name in room.__all__:
            assert getattr(room, name) is not None


def test_every_error_has_the_one_root() -> None:
    from iceye_geo import errors

    kinds = [k for _, k in inspect.getmembers(errors, inspect.isclass) if k.__module__ == errors.__name__]
    assert all(issubclass(kind, IceyeGeoError | errors.IceyeGeoWarning) for kind in kinds)
    assert all(kind.__doc__ for kind in kinds)
    assert IceyeGeoError is iceye_geo.IceyeGeoError


def test_the_search_of_the_design_is_read_in_every_way(client: Client) -> None:
    search = client.catalog.search(
        bbox=(-12, 34, 32, 66), datetime="2025-01-01/2025-12-31", query=PRODUCT, sortby="-start_datetime",
        max_items=20,
    )  # fmt: skip
    items = list(search.items())
    assert items
    assert all(isinstance(item, pystac.Item) for item in items)
    assert [len(page) for page in search.pages()] == [len(items)]
    assert isinstance(search.item_collection(), pystac.ItemCollection)
    gdf = search.to_geodataframe()
    assert isinstance(gdf, gpd.GeoDataFrame)
    assert list(gdf["id"]) == [item.id for item in items]
    assert isinstance(search.to_map(thumbnails=0), folium.Map)


def test_contracts_are_a_list_with_ids(client: Client) -> None:
    contracts = client.company.contracts()
    assert isinstance(contracts, list)
    assert client.company.contract(contracts[0].id).id == contracts[0].id
    assert client.company.budget(contracts[0].id).available is not None


def test_the_cog_of_the_design(cog: Any) -> None:
    info = cog.info()
    assert {"width", "height", "dtype", "mode", "calibrated"} <= {
        n for n in dir(info) if not n.startswith("_")
    }
    look = cog.preview(max_size=128)
    assert isinstance(look.array, np.ma.MaskedArray)
    assert max(look.array.shape) == 128
    lon, lat = cog.center
    assert cog.chip((lon, lat), size=64).array.shape[-2:] == (64, 64)
    assert cog.point(lon, lat) is not None
    assert cog.statistics().pixels > 0
    assert cog.geocoded(max_size=64).array.shape[-1] <= 64
    assert cog.to_xarray(chunks=512).dims == ("row", "col")
    assert cog.transfer.requests > 0
    assert cog.transfer.bytes > 0
    assert cog.transfer.seconds > 0


def test_a_bare_link_opens_too(client: Client, owned: Any) -> None:
    link = owned.assets["grd-cog"].href
    with open_cog(link) as opened:
        assert opened.preview(max_size=32).array.count() > 0


def test_the_tasking_of_the_design(client: Client) -> None:
    start = datetime.now(UTC) + timedelta(days=4)
    what: dict[str, Any] = {"point": (24.9, 60.2), "mode": "SPOTLIGHT"}
    price = client.tasking.price(**what)
    assert isinstance(price.amount, int)
    task = client.tasking.create(**what, window=(start, start + timedelta(days=2)), max_price=price)
    assert client.tasking.get(task.id).id == task.id
    assert task.id in [one.id for one in client.tasking.list(max_items=20)]
    assert client.tasking.cancel(task, max_charge=0).status == "CANCELED"


def test_geoparquet_comes_back(client: Client, tmp_path: Path) -> None:
    from iceye_geo.stac import read_geoparquet, to_geoparquet

    items = client.catalog.search(max_items=5).item_collection()
    to_geoparquet(items, tmp_path / "items.parquet")
    assert list(read_geoparquet(tmp_path / "items.parquet")["id"]) == [item.id for item in items]


def test_the_sandbox_answers_under_the_names_of_the_sample_apps(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = client.settings.api_url.removesuffix("/api")
    assert root != client.settings.api_url
    account = {"CLIENT_ID": "sandbox", "CLIENT_SECRET": "sandbox-secret"}
    for name, value in {**account, "API_URL": f"{root}/api", "AUTH_URL": f"{root}/oauth"}.items():
        monkeypatch.setenv(f"ICEYE_{name}", value)
    with Client.from_env() as other:
        assert other.settings.resolved_token_url == f"{root}/oauth/v1/token"
        assert len(other.company.contracts()) == 3
    assert Settings.for_sandbox(root).resolved_token_url == f"{root}/oauth/v1/token"
