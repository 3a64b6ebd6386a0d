"""PixxelClient against a server that answers by script: what is sent, and how odd answers are read."""

from __future__ import annotations

import gc
import json
import logging
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from transport.loopback import Answer, Loopback, Seen

from iceye_geo.errors import (
    ApiError,
    ApiKeyError,
    ConfigurationError,
    DeliveryFailedError,
    DownloadFailedError,
    InvalidInputError,
    NotFoundError,
    ProviderRequestError,
    ServerError,
    UnexpectedAnswerError,
    WaitTimeoutError,
)
from iceye_geo.providers.pixxel import DeliveryEntry, PixxelClient, PixxelDelivery, PixxelDownload
from iceye_geo.providers.pixxel.entries import Wanted

KEY = "planted-k3y"
DELIVERIES, DOWNLOAD, STORES = "/v0/catalogs/deliveries", "/v0/catalogs/download", "/v0/stores"
QUICK: dict[str, Any] = {"timeout": 60, "progress": None, "first_pause": 0.01}


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


@pytest.fixture
def client(server: Loopback) -> Iterator[PixxelClient]:
    with PixxelClient(api_key=KEY, api_url=server.url, retries=0, timeout_s=30) as made:
        yield made


def delivery(status: str = "CREATED", **more: Any) -> dict[str, Any]:
    cloud = {"config": "s", "path": "/path/"}
    return {
        "delivery_id": "d",
        "catalog_id": "c",
        "task_id": "t",
        "status": status,
        "cloud_delivery": cloud,
    } | more


def body(seen: Seen) -> Any:
    return json.loads(seen.body)


def test_a_delivery_sends_the_bare_key_and_cloud_info(server: Loopback, client: PixxelClient) -> None:
    server.on(DELIVERIES, Answer(201, {"deliveries": [delivery()]}))
    (made,) = client.deliveries.create(catalog_ids=["c", "c"], to="s", path="/path/")
    (seen,) = server.asked(DELIVERIES)
    assert seen.headers["Authorization"] == KEY
    assert body(seen) == {
        "deliveries": [{"catalog_ids": ["c"], "cloud_info": {"config": "s", "path": "/path/"}}]
    }
    assert made.cloud is not None
    assert (made.delivery_id, made.cloud.path, made.state) == ("d", "/path/", "pending")


def test_the_scheme_is_a_setting(server: Loopback) -> None:
    server.on(STORES, Answer(200, {"stores": []}))
    PixxelClient(api_key=KEY, api_url=f"{server.url}/v0/", auth_scheme="Bearer").stores.list()
    assert server.asked(STORES)[0].headers["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("part", ["deliveries", "downloads"])
@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ({"catalog_ids": ["a"], "order_item_ids": ["b"]}, "cannot be combined with order_item_ids"),
        ({}, "is missing, and so is order_item_ids"),
        ({"catalog_ids": []}, "catalog_ids: is empty"),
        ({"order_item_ids": []}, "order_item_ids: is empty"),
        ({"catalog_ids": ["a", " "]}, "none of them empty"),
        ({"catalog_ids": [3]}, "none of them empty"),
    ],
)
def test_exactly_one_kind_of_ids_is_sent(
    server: Loopback, client: PixxelClient, part: str, ids: dict[str, Any], message: str
) -> None:
    more = {"to": "s"} if part == "deliveries" else {}
    with pytest.raises(InvalidInputError, match=message):
        getattr(client, part).create(**ids, **more)
    assert server.seen == []


@pytest.mark.parametrize("store", ["", " ", None, 3])
def test_a_delivery_needs_a_store(server: Loopback, client: PixxelClient, store: Any) -> None:
    with pytest.raises(InvalidInputError, match="must be a store or its id"):
        client.deliveries.create(catalog_ids="c", to=store)
    assert server.seen == []


def test_entries_of_two_kinds_go_in_two_requests(server: Loopback, client: PixxelClient) -> None:
    server.on(DELIVERIES, Answer(201, {"deliveries": [delivery(), delivery(delivery_id="d2")]}))
    entries = [
        DeliveryEntry.of(order_item_ids="o", to="s"), DeliveryEntry.of(catalog_ids="c", to="s"),
        DeliveryEntry.of(catalog_ids="c2", to="s2", path="in"),
    ]  # fmt: skip
    assert len(client.deliveries.create_all(entries)) == 4
    first, second = (body(seen)["deliveries"] for seen in server.asked(DELIVERIES))
    assert [entry["catalog_ids"] for entry in first] == [["c"], ["c2"]]
    assert second == [{"order_item_ids": ["o"], "cloud_info": {"config": "s"}}]


def test_a_refused_second_request_tells_what_the_first_created(
    server: Loopback, client: PixxelClient
) -> None:
    server.on(
        DELIVERIES, Answer(201, {"deliveries": [delivery()]}), Answer(500, {"error": {"message": "no"}})
    )
    entries = [DeliveryEntry.of(catalog_ids="c", to="s"), DeliveryEntry.of(order_item_ids="o", to="s")]
    with pytest.raises(ServerError) as caught:
        client.deliveries.create_all(entries)
    assert "created the deliveries d" in caught.value.__notes__[0]


def test_an_unknown_store_is_named_beside_those_that_are_there(
    server: Loopback, client: PixxelClient
) -> None:
    server.on(
        DELIVERIES, Answer(400, {"error": {"code": "INVALID", "message": "bad store", "details": None}})
    )
    server.on(STORES, Answer(200, {"stores": [{"id": "s-1", "name": "ours"}]}))
    with pytest.raises(InvalidInputError, match=r"to: there is no store s-9.*s-1 \(ours\)"):
        client.deliveries.create(catalog_ids="c", to="s-9")
    with pytest.raises(ProviderRequestError, match="createDeliveries 400 INVALID: bad store"):
        client.deliveries.create(catalog_ids="c", to="s-1")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(403, {"error": {"code": "PERMISSION_DENIED", "details": None, "message": f"no {KEY} here"}}),
        Answer(403, None),
        Answer(401, {"message": "who?"}),
        Answer(403, body=b"<html>gateway</html>"),
    ],
)
def test_403_is_explained_as_a_bad_key(server: Loopback, client: PixxelClient, answer: Answer) -> None:
    server.on(STORES, answer)
    with pytest.raises(ApiKeyError, match="API key is wrong, expired or revoked") as caught:
        client.stores.list()
    assert KEY not in str(caught.value)
    assert len(server.asked(STORES)) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (
            Answer(404, {"error": {"code": "NF", "message": "gone", "details": "id x"}}),
            NotFoundError,
            "NF: gone: id x",
        ),
        (Answer(502, body=b"<html>bad gateway</html>"), ServerError, "bad gateway"),
        (
            Answer(500, {"error": {"code": 13, "message": None, "details": None}}),
            ServerError,
            "no further words",
        ),
        (Answer(200, body=b"<html>sign in</html>"), UnexpectedAnswerError, "no JSON"),
        (Answer(200, {"nothing": 1}), UnexpectedAnswerError, "no list of stores"),
    ],
)
def test_its_error_body_and_those_of_gateways_are_read(
    server: Loopback, client: PixxelClient, answer: Answer, kind: type[ApiError], words: str
) -> None:
    server.on(STORES, answer)
    with pytest.raises(kind, match=words):
        client.stores.list()


@pytest.mark.parametrize("spelling", ["cloud_info", "cloud_delivery"])
def test_both_spellings_of_the_destination_are_read(spelling: str) -> None:
    raw = {"delivery_id": "d", "status": "success", spelling: {"config": "s", "path": "p"}}
    found = PixxelDelivery.from_wire(raw)
    assert found.cloud is not None
    assert (found.cloud.config, found.succeeded) == ("s", True)
    assert found.to_dict()["cloud_delivery"] == {"config": "s", "path": "p"}
    assert PixxelDelivery.from_wire({"delivery_id": "d", "cloud_delivery": None}).cloud is None


def test_the_list_is_filtered_again_where_the_server_ignores_filters(
    server: Loopback, client: PixxelClient
) -> None:
    rows = [delivery(), delivery(delivery_id="e", catalog_id="k"), delivery(delivery_id="f", task_id="u")]
    server.on(DELIVERIES, Answer(200, {"deliveries": rows}))
    assert [d.delivery_id for d in client.deliveries.list()] == ["d", "e", "f"]
    assert [d.delivery_id for d in client.deliveries.list(catalog_id="k")] == ["e"]
    assert [d.delivery_id for d in client.deliveries.list(task_id="u")] == ["f"]
    assert client.deliveries.get("e").catalog_id == "k"
    assert server.asked(DELIVERIES)[-1].query == {"delivery_id": ["e"]}
    with pytest.raises(NotFoundError, match="no delivery z"):
        client.deliveries.get("z")


@pytest.mark.parametrize(
    ("pages", "size", "expected", "requests"),
    [
        ([["a", "b"], ["c"]], 2, "abc", 2),
        ([["a", "b"], []], 2, "ab", 2),
        ([["a", "b"], ["a", "b"]], 2, "ab", 2),
        ([["a", "b"]], None, "ab", 1),
        ([[]], None, "", 1),
    ],
)
def test_pages_end_when_short_empty_or_repeated(
    server: Loopback,
    client: PixxelClient,
    pages: list[list[str]],
    size: int | None,
    expected: str,
    requests: int,
) -> None:
    answers = [Answer(200, {"deliveries": [delivery(delivery_id=i) for i in page]}) for page in pages]
    server.on(DELIVERIES, *answers)
    assert "".join(d.delivery_id for d in client.deliveries.list(page_size=size)) == expected
    assert len(server.asked(DELIVERIES)) == requests


def test_an_announced_total_is_followed_to_its_end(server: Loopback, client: PixxelClient) -> None:
    def page(seen: Seen) -> Answer:
        offset = int(seen.query.get("offset", ["0"])[0])
        rows = [delivery(delivery_id=str(n)) for n in range(offset, min(offset + 2, 5))]
        return Answer(200, {"deliveries": rows, "pagination": {"total": 5}})

    server.on(DELIVERIES, page)
    assert [d.delivery_id for d in client.deliveries.list()] == list("01234")


def test_a_wait_ends_at_success_failure_or_the_deadline(server: Loopback, client: PixxelClient) -> None:
    def told(*statuses: str) -> None:
        server.on(DELIVERIES, *(Answer(200, {"deliveries": [delivery(s)]}) for s in statuses))

    told("CREATED", "SOMETHING_NEW", "in_progress", "SUCCESS")
    assert client.deliveries.wait("d", **QUICK).succeeded
    told("FAILED")
    with pytest.raises(DeliveryFailedError, match="ended as FAILED"):
        client.deliveries.wait("d", **QUICK)
    told("SOMETHING_NEW")
    with pytest.raises(WaitTimeoutError, match="SOMETHING_NEW"):
        client.deliveries.wait("d", timeout=0.2, progress=None, first_pause=0.02)


def test_a_download_is_waited_for_until_it_has_a_link(server: Loopback, client: PixxelClient) -> None:
    link = "https://files.example.com/a.zip?Signature=planted-signature"
    server.on(DOWNLOAD, Answer(201, {"id": "x", "status": "created"}))
    server.on(
        f"{DOWNLOAD}/x", Answer(200, {"id": "x", "status": "in_progress", "signed_url": None}),
        Answer(200, {"id": "x", "status": "SUCCESS", "signed_url": ""}),
        Answer(200, {"id": "x", "status": "success", "signed_url": link}),
    )  # fmt: skip
    made = client.downloads.create(order_item_ids="o")
    assert body(server.asked(DOWNLOAD)[0]) == {"order_item_ids": ["o"]}
    ready = client.downloads.wait(made, **QUICK)
    assert ready.url() == link
    shown = repr(ready) + str(ready.row()) + ready._repr_html_() + json.dumps(ready.to_dict())
    assert "planted-signature" not in shown
    assert b"planted-signature" not in pickle.dumps(ready)
    assert client.downloads.wait(ready, timeout=0.001, progress=None) is ready


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "Pixxel gives no reason"),
        ({"error": {"code": "X", "message": "clouds everywhere"}}, "clouds everywhere"),
        ({"reason": "no space left"}, "no space left"),
    ],
)
def test_a_failed_download_ends_the_wait_with_its_reason(
    server: Loopback, client: PixxelClient, more: dict[str, Any], words: str
) -> None:
    server.on(f"{DOWNLOAD}/x", Answer(200, {"id": "x", "status": "failed", **more}))
    with pytest.raises(DownloadFailedError, match=words):
        client.downloads.wait("x", **QUICK)


def test_a_success_that_never_gets_its_link_meets_the_deadline(
    server: Loopback, client: PixxelClient
) -> None:
    server.on(f"{DOWNLOAD}/x", Answer(200, {"id": "x", "status": "success"}))
    with pytest.raises(WaitTimeoutError, match="no link yet"):
        client.downloads.wait("x", timeout=0.2, progress=None, first_pause=0.02)
    with pytest.raises(InvalidInputError, match="has no link yet"):
        PixxelDownload.from_wire({"id": "x"}).url()


def test_a_store_is_made_with_the_secrets_of_its_type(server: Loopback, client: PixxelClient) -> None:
    server.on(STORES, Answer(200, {"id": "s", "name": "n", "type": "S3", "configs": {"bucket": "b"}}))
    secrets = {"access_key_id": "a", "secret_access_key": "planted-secret"}
    made = client.stores.create("n", type="S3", bucket="b", secrets=secrets, region="eu-north-1")
    assert made.bucket == "b"
    assert "planted" not in repr(made)
    assert body(server.asked(STORES)[0])["configs"] == {"bucket": "b", "region": "eu-north-1"}
    wrong: list[dict[str, Any]] = [
        {"type": "FTP"}, {"secrets": {}}, {"secrets": secrets | {"x": "y"}}, {"bucket": " "},
    ]  # fmt: skip
    for bad in wrong:
        with pytest.raises(InvalidInputError):
            client.stores.create("n", **({"type": "S3", "bucket": "b", "secrets": secrets} | bad))
    assert len(server.asked(STORES)) == 1
    server.on(f"{STORES}/s", Answer(204))
    client.stores.delete(made)
    assert server.asked(f"{STORES}/s")[0].method == "DELETE"


def test_get_is_repeated_and_post_is_not(server: Loopback) -> None:
    client = PixxelClient(api_key=KEY, api_url=server.url, retries=2)
    client.session._sleep = lambda _: None
    server.on(STORES, Answer(503), Answer(200, {"stores": []}))
    assert client.stores.list() == []
    server.on(DELIVERIES, Answer(503), Answer(201, {"deliveries": [delivery()]}))
    with pytest.raises(ServerError):
        client.deliveries.create(catalog_ids="c", to="s")
    assert len(server.asked(DELIVERIES)) == 1


def test_the_key_shows_nowhere(
    server: Loopback, client: PixxelClient, caplog: pytest.LogCaptureFixture
) -> None:
    server.on(STORES, Answer(200, {"stores": []}))
    with caplog.at_level(logging.DEBUG):
        client.stores.list()
    shown = repr(client) + client._repr_html_() + repr(client.settings) + repr(client.session) + caplog.text
    assert KEY not in shown
    with pytest.raises(TypeError):
        pickle.dumps(client.settings)


def test_a_client_travels_as_a_recipe(monkeypatch: pytest.MonkeyPatch, server: Loopback) -> None:
    monkeypatch.setenv("PIXXEL_API_KEY", KEY)
    packed = pickle.dumps(PixxelClient(api_url=server.url, auth_scheme="Bearer", timeout_s=7))
    gc.collect()
    assert KEY.encode() not in packed
    made = pickle.loads(packed)
    assert (made.settings.authorization(), made.settings.timeout_s) == (f"Bearer {KEY}", 7)
    assert pickle.loads(packed) is made


def test_a_client_of_explicit_arguments_travels_within_its_process_only() -> None:
    client = PixxelClient(api_key="other-key")
    packed = pickle.dumps(client)
    assert b"other-key" not in packed
    assert pickle.loads(packed) is client
    del client
    gc.collect()
    with pytest.raises(ConfigurationError, match="its secret in its own process"):
        pickle.loads(packed)


def test_a_download_source_travels_without_link_and_key(server: Loopback, client: PixxelClient) -> None:
    link = f"{server.url}/file.zip?Signature=planted-signature"
    server.on(DOWNLOAD, Answer(201, {"id": "x", "status": "success", "signed_url": link}))
    server.on(f"{DOWNLOAD}/x", Answer(200, {"id": "x", "status": "success", "signed_url": link + "2"}))
    source = client.downloads.source(Wanted.of(catalog_ids="c"), timeout=5)
    packed = pickle.dumps(source)
    assert b"planted" not in packed
    again = pickle.loads(packed)
    assert (again.ref, again.name) == (source.ref, "pixxel_c.zip")
    assert again.resolver.resolve(again.ref).url == link + "2"
    assert source.resolver.resolve(source.ref).url == link
    assert len(server.asked(DOWNLOAD)) == 1
