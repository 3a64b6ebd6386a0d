"""ICEYE's documents contradict each other in 26 places (C1 to C26 of the API notes). Each has one test here: what the
client does, held against a server that answers either way."""

from __future__ import annotations

import inspect
import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pystac
import pytest
from pystac.validation.stac_validator import JsonSchemaSTACValidator
from transport.loopback import Answer, Loopback, account, platform, token_answers

from iceye_geo import Client, errors
from iceye_geo.errors import ConfigurationError, RuleWarning
from iceye_geo.models.catalog import Purchase
from iceye_geo.models.company import Contract
from iceye_geo.models.delivery import Delivery, DeliveryTarget
from iceye_geo.models.modes import find_mode
from iceye_geo.models.task_request import TaskRequest
from iceye_geo.models.tasking import Scene, Task
from iceye_geo.sandbox import Sandbox
from iceye_geo.services.tasking import TaskingService
from iceye_geo.settings import Settings
from iceye_geo.stac import choose_asset, to_item

DATA = Path(__file__).parent / "data"
CONTRACT = "7d1f7a3c-8c0f-4a53-9d0a-5f2c6d1a0001"
START = datetime.now(UTC).replace(microsecond=0) + timedelta(days=4)
TASK = {"id": "t-1", "status": "RECEIVED", "contractID": CONTRACT}


@pytest.fixture
def server() -> Iterator[Loopback]:
    """A server that answers by script."""
    with platform() as running:
        running.on(f"/api/company/v1/contracts/{CONTRACT}", Answer(json={"id": CONTRACT, "name": "plain"}))
        yield running


@pytest.fixture
def scripted(server: Loopback) -> Iterator[Client]:
    """A client of that server."""
    with Client(account(server, contract_id=CONTRACT, retries=0)) as made:
        yield made


Start = Callable[..., Client]


@pytest.fixture
def sandbox_with(start_sandbox: Callable[..., Sandbox]) -> Iterator[Start]:
    """Start a sandbox that behaves the other way, and return a client of it."""
    with ExitStack() as open_ones:

        def begin(**options: Any) -> Client:
            made = start_sandbox(scenes=40, scene_size=300, **options)
            settings = Settings.for_sandbox(made.url, explicit={"contract_id": made.contract_id})
            return open_ones.enter_context(Client(settings))

        yield begin


def request(**more: Any) -> TaskRequest:
    parts: dict[str, Any] = {
        "point": (24.9, 60.2),
        "window": (START, START + timedelta(days=2)),
        "mode": "SPOTLIGHT",
    }
    return TaskRequest(**(parts | more))


def record(name: str = "task_products.json") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / name).read_text())["data"][0]
    return found


def sent(server: Loopback, path: str) -> Any:
    return json.loads(server.asked(path)[-1].body)


def valid(item: pystac.Item) -> bool:
    plain = item.to_dict(include_self_link=False)
    JsonSchemaSTACValidator().validate_core(plain, pystac.STACObjectType.ITEM, "1.1.0")
    return bool(plain["stac_version"] == "1.1.0")


@pytest.mark.parametrize("version", ["1.0.0-beta.1", "1.0.0", None])
def test_c1_any_stac_version_is_read_and_written_anew(version: str | None) -> None:
    assert valid(to_item(record() | {"stac_version": version}))


@pytest.mark.parametrize("version", ["1.0.0-beta.1", "1.0.0"])
def test_c1_both_versions_of_the_sandbox_become_valid_items(sandbox_with: Start, version: Any) -> None:
    client = sandbox_with(stac_version=version)
    item = next(client.catalog.search(max_items=1).items())
    assert isinstance(item, pystac.Item)
    assert item.raw["stac_version"] == version
    assert valid(item)


@pytest.mark.parametrize(
    ("assets", "chosen"),
    [
        ({"quickortho-tif": {}, "grd-tif": {}, "grd-xml": {}}, "grd-tif"),
        ({"thumbnail": {}, "data": {"title": "GRD Image"}}, "data"),
        ({"slc-cog": {}, "qlk-cog": {}, "grd-cog": {}}, "grd-cog"),
        ({"thumbnail-png": {}, "picture": {"title": "Ground Range Detected"}}, "picture"),
        ({"thumbnail-png": {}, "pixels": {"roles": ["data"], "type": "image/tiff"}}, "pixels"),
    ],
)
def test_c2_the_image_is_found_under_every_asset_key(assets: dict[str, Any], chosen: str) -> None:
    linked = {key: {"href": f"https://h/{key}", **asset} for key, asset in assets.items()}
    assert choose_asset({"id": "a", "assets": linked})[0] == chosen


@pytest.mark.parametrize("collection", ["", "tasking", "public", None])
def test_c3_nothing_relies_on_the_collection(collection: str | None) -> None:
    assert valid(to_item(record() | {"collection": collection}))


def test_c4_collections_pass_as_strings_and_the_contract_lists_them(client: Client) -> None:
    for name in ("curated", "tasking", "of-tomorrow"):
        assert client.catalog.search(collections=name).request.body["collections"] == [name]
    assert list(client.catalog.search(collections=["curated", "tasking"]).items()) == []
    rule = client.company.contracts()[0].catalog_collections
    assert rule is not None
    assert rule.allowed == ["public", "private"]


def test_c5_the_next_page_is_asked_for_by_post_and_where_that_fails_by_get(sandbox_with: Start) -> None:
    found = {}
    for post_cursor in (True, False):
        client = sandbox_with(post_cursor=post_cursor)
        found[post_cursor] = [item.id for item in client.catalog.search(limit=10, max_items=25).items()]
    assert found[True] == found[False]
    assert len(found[True]) == 25


@pytest.mark.parametrize("status", [400, 404, 405])
def test_c5_each_refusal_of_the_cursor_leads_to_get(server: Loopback, scripted: Client, status: int) -> None:
    first, last = {"data": [record()], "cursor": "next"}, {"data": [record() | {"id": "second"}]}
    server.on(
        "/api/catalog/v2/search", Answer(json=first), Answer(status, {"code": "x", "message": "no cursor"})
    )
    server.on("/api/catalog/v2/items", Answer(json=last))
    assert [item.id for item in scripted.catalog.search().items()][-1] == "second"
    assert server.asked("/api/catalog/v2/items")[0].query["cursor"] == ["next"]


@pytest.mark.parametrize("first", ["active", "received"])
def test_c6_a_purchase_may_start_either_way_and_is_waited_for(sandbox_with: Start, first: Any) -> None:
    client = sandbox_with(purchase_starts=first, speed=100_000, failure_rate=0)
    bought = client.catalog.purchase(next(client.catalog.search(collections="public", max_items=1).items()))
    assert bought.status == first
    assert bought.is_open
    done = client.catalog.wait(bought, timeout=30, progress=None, first_pause=0.05)
    assert done.status == "closed"
    assert client.catalog.purchase_items(done)


def test_c6_both_ends_of_a_purchase_and_words_of_tomorrow_are_known() -> None:
    ends = {
        word: Purchase.from_wire({"id": "p", "status": word})
        for word in ("closed", "failed", "canceled", "paused")
    }
    assert {word: (p.is_terminal, p.has_failed) for word, p in ends.items()} == {
        "closed": (True, False), "failed": (True, True), "canceled": (True, True), "paused": (False, False),
    }  # fmt: skip


@pytest.mark.parametrize("end", [{}, {"cursor": ""}, {"cursor": None}])
def test_c7_absent_empty_and_null_cursors_end_a_list(
    server: Loopback, scripted: Client, end: dict[str, Any]
) -> None:
    server.on("/api/tasking/v2/tasks", Answer(json={"data": [TASK], **end}))
    assert len(scripted.tasking.list()) == 1
    assert len(server.asked("/api/tasking/v2/tasks")) == 1


@pytest.mark.parametrize(
    ("body", "code", "reference"),
    [
        (
            {"title": "T", "code": "c", "details": "the words", "reference": "https://d/#x"},
            "c",
            "https://d/#x",
        ),
        ({"type": "about:blank", "title": "T", "status": 418, "detail": "the words"}, "", ""),
        ({"code": "c", "message": "the words"}, "c", ""),
    ],
)
def test_c8_every_error_body_is_read_and_the_status_is_that_of_http(
    server: Loopback, scripted: Client, body: dict[str, Any], code: str, reference: str
) -> None:
    server.on("/api/tasking/v2/tasks/t-1", Answer(409, body))
    with pytest.raises(errors.ApiError, match="the words") as caught:
        scripted.tasking.get("t-1")
    error = caught.value
    assert (error.status, error.code, error.detail, error.reference) == (409, code, "the words", reference)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (422, "ERR_INVALID_CONTRACT", errors.InvalidContractError),
        (400, "ERR_INVALID_CONTRACT", errors.InvalidContractError),
        (422, "ERR_OF_TOMORROW", errors.UnprocessableError),
        (409, "ERR_INSUFFICIENT_FUNDS", errors.InsufficientFundsError),
    ],
)
def test_c9_any_4xx_is_told_apart_by_its_code(
    server: Loopback, scripted: Client, status: int, code: str, kind: type[Exception]
) -> None:
    server.on("/api/tasking/v2/tasks", Answer(status, {"code": code, "message": "no"}))
    with pytest.raises(kind):
        scripted.tasking.create(request())


def test_c10_a_narrow_window_is_warned_about_and_sent(sandbox_with: Start) -> None:
    client = sandbox_with(window_rules=False)
    narrow = request(window=(START, START + timedelta(hours=2)))
    with pytest.warns(RuleWarning, match="at least 24 h wide, this is 2 h"):
        assert client.tasking.create(narrow).status == "RECEIVED"


def test_c11_incidence_is_left_out_or_sent_and_the_answer_says_what_holds(client: Client) -> None:
    assert "incidenceAngle" not in request(contract_id=CONTRACT).to_dict()
    assert request(contract_id=CONTRACT, incidence=(22, 30)).to_dict()["incidenceAngle"] == {
        "min": 22,
        "max": 30,
    }
    task = client.tasking.create(request())
    client.tasking.cancel(task)
    mode = find_mode("SPOTLIGHT")
    assert mode is not None
    assert task.incidence_angle is not None
    assert (task.incidence_angle.min, task.incidence_angle.max) == mode.incidence_deg


def test_c12_when_a_public_image_is_released_is_said_to_be_by_contract() -> None:
    words = inspect.getdoc(TaskingService.create) or ""
    assert "by contract" in words
    page = (Path(__file__).parents[1] / "docs" / "how-to" / "order.md").read_text()
    assert "by contract" in page


@pytest.mark.parametrize("key", ["deliveries", "data"])
def test_c13_deliveries_are_listed_under_either_key(sandbox_with: Start, key: str) -> None:
    client = sandbox_with(deliveries_key=key)
    item = next(client.catalog.search(collections="private", max_items=1).items())
    made = client.delivery.create(item, to=client.delivery.locations()[0])
    assert [one.id for one in client.delivery.list()] == [made.id]


@pytest.mark.parametrize("word", ["success", "SUCCESS", "Success"])
def test_c14_a_delivery_is_done_in_either_case(word: str) -> None:
    assert Delivery.from_wire({"id": "d", "status": word}).succeeded
    task = Task.from_wire(TASK | {"deliveries": [{"status": word, "locations": []}]})
    assert task.deliveries[0].status == word


@pytest.mark.parametrize("spelling", ["subPath", "subpath"])
def test_c15_each_api_is_sent_its_own_spelling_and_both_are_read(spelling: str) -> None:
    target = DeliveryTarget("c", "bucket", "sar")
    assert target.to_task_location()["subPath"] == target.to_delivery_location()["subpath"] == "sar"
    place = {"configID": "c", "path": "bucket", spelling: "sar"}
    task = Task.from_wire(TASK | {"deliveries": [{"status": "pending", "locations": [place]}]})
    delivery = Delivery.from_wire({"id": "d", "status": "PENDING", "deliveryLocations": [place]})
    assert task.deliveries[0].locations[0].sub_path == delivery.delivery_locations[0].sub_path == "sar"


@pytest.mark.parametrize(
    "allowed", [["SPOTLIGHT", "SCAN"], [["SPOTLIGHT", "SCAN"]], [["SPOTLIGHT"], ["SCAN"]]]
)
def test_c16_nested_lists_of_modes_are_flattened(allowed: list[Any]) -> None:
    contract = Contract.from_wire({"id": "c", "imagingModes": {"allowed": allowed}})
    assert contract.imaging_modes is not None
    assert contract.imaging_modes.allowed == ["SPOTLIGHT", "SCAN"]


@pytest.mark.parametrize("key", ["catalog_collections", "catalogCollections"])
def test_c17_both_spellings_of_the_collections_are_read(key: str) -> None:
    contract = Contract.from_wire({"id": "c", key: {"allowed": ["public"]}})
    assert contract.catalog_collections is not None
    assert contract.catalog_collections.effective_default == "public"


def test_c18_any_licence_that_the_contract_allows_is_sent(client: Client) -> None:
    task = client.tasking.create(request(eula="MULTI"))
    client.tasking.cancel(task)
    assert task.eula == "MULTI"
    assert request(contract_id=CONTRACT, eula="of_tomorrow").to_dict()["eula"] == "OF_TOMORROW"


@pytest.mark.parametrize("kind", ["CSI-COG", "VID-COG", "OF-TOMORROW"])
def test_c19_product_types_are_open_words(server: Loopback, scripted: Client, kind: str) -> None:
    server.on(f"/api/tasking/v2/tasks/t-1/products/{kind}", Answer(json={"data": [record()], "cursor": ""}))
    assert len(scripted.tasking.products("t-1", kind)) == 1
    assert request(contract_id=CONTRACT, product_types=[kind]).to_dict()["productTypes"] == [kind]


def test_c20_answers_without_eula_and_product_types_are_read(server: Loopback, scripted: Client) -> None:
    server.on(
        "/api/tasking/v2/tasks/t-1", Answer(json=TASK), Answer(json={"id": "t-1", "status": "CANCELED"})
    )
    task = scripted.tasking.get("t-1")
    assert (task.eula, task.product_types) == (None, [])
    canceled = Task.from_wire({"id": "t-1", "status": "CANCELED", "eula": None, "productTypes": None})
    assert (canceled.eula, canceled.product_types) == (None, [])


def test_c21_our_names_are_our_own(client: Client) -> None:
    assert all(callable(getattr(client.tasking, name)) for name in ("price", "list", "get", "cancel"))
    assert callable(client.catalog.purchases)
    assert not hasattr(client.tasking, "listTasks")


@pytest.mark.parametrize(
    ("angle", "read"), [({"incidenceAngle": "31.42"}, 31.42), ({"incidenceAngle": 31.42}, 31.42),
                        ({"incidenceAngle": "31.42 deg"}, 31.42), ({}, None), ({"incidenceAngle": None}, None)],
)  # fmt: skip
def test_c22_the_scene_angle_is_a_number_however_it_comes(angle: dict[str, Any], read: float | None) -> None:
    assert Scene.from_wire({"duration": 10, **angle}).incidence_angle == read


def test_c23_the_sla_is_an_open_word_of_the_contract(server: Loopback, scripted: Client) -> None:
    body = {"id": CONTRACT, "sla": {"allowed": ["SLA_24H"], "default": "SLA_24H"}}
    server.on(f"/api/company/v1/contracts/{CONTRACT}", Answer(json=body))
    server.on("/api/tasking/v2/tasks", Answer(201, TASK | {"sla": "SLA_24H"}))
    assert scripted.tasking.create(request(sla="SLA_24H")).sla == "SLA_24H"
    with pytest.raises(errors.InvalidInputError, match="sla: SLA_8H is not allowed"):
        scripted.tasking.create(request(sla="SLA_8H"))


def test_c24_a_layout_in_place_of_a_time_costs_no_task() -> None:
    task = Task.from_wire(
        TASK | {"createdAt": "2024-11-28T09:00:00Z07:00", "updatedAt": "2024-11-28T09:00:00Z"}
    )
    assert task.created_at is None
    assert task.updated_at == datetime(2024, 11, 28, 9, tzinfo=UTC)


def test_c25_the_token_url_has_no_default_and_is_free(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICEYE_CONFIG", "nowhere.toml")
    with pytest.raises(ConfigurationError, match="token_url: is missing and has no default"):
        Client(client_id="a", client_secret="b")
    server.on("/somewhere/oauth2/token", token_answers())
    server.on("/api/company/v1/contracts", Answer(json={"data": []}))
    token_url = f"{server.url}/somewhere/oauth2/token"
    with Client(client_id="a", client_secret="b", api_url=server.url, token_url=token_url) as client:
        assert client.company.contracts() == []
    assert [seen.path for seen in server.seen if "token" in seen.path] == ["/somewhere/oauth2/token"]


@pytest.mark.parametrize("method", ["s3", "sftp", "of-tomorrow"])
def test_c26_the_channel_is_shown_as_the_config_says(server: Loopback, scripted: Client, method: str) -> None:
    config = {"id": "7c9e6679", "method": method, "config": {"bucket": "b"}}
    for wrapped in ([config], {"data": [config]}):
        server.on("/api/delivery/v1/deliveries/location-configs", Answer(json=wrapped))
        (place,) = scripted.delivery.locations()
        assert place.method == method
        assert method in scripted.delivery.locations()._repr_html_()
    contract = Contract.from_wire({"id": "c", "deliveryLocations": [{"method": method, "path": "/in"}]})
    assert str(contract.delivery_locations[0]) == f"{method}:/in"


def test_every_contradiction_has_its_test() -> None:
    numbers = {name.split("_")[1] for name in globals() if name.startswith("test_c")}
    assert numbers >= {f"c{number}" for number in range(1, 27)}


def test_a_plain_order_to_the_scripted_server_warns_of_nothing(server: Loopback, scripted: Client) -> None:
    server.on("/api/tasking/v2/tasks", Answer(201, TASK))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scripted.tasking.create(request())
    assert set(sent(server, "/api/tasking/v2/tasks")) == {
        "contractID", "pointOfInterest", "acquisitionWindow", "imagingMode",
    }  # fmt: skip
