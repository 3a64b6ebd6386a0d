"""Crawling a static catalog: every link once, a few at a time, never off its host."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from iceye_geo.errors import OpenDataError
from iceye_geo.opendata import crawl as module
from iceye_geo.opendata.crawl import crawl

ROOT = "https://host/catalog.json"


def catalog(*children: str, kind: str = "Catalog", name: str = "c", rel: str = "child") -> dict[str, Any]:
    return {"type": kind, "id": name, "links": [{"rel": rel, "href": href} for href in children]}


def item(name: str) -> dict[str, Any]:
    return {"type": "Feature", "id": name, "assets": {"grd-cog": {"href": f"../{name}.tif"}, "odd": None}}


def found(documents: dict[str, dict[str, Any]]) -> list[tuple[str, str]]:
    return sorted((i["id"], c) for i, c in crawl(ROOT, documents.__getitem__, concurrency=3))


def test_items_come_with_the_collection_they_hang_in() -> None:
    tree = {
        ROOT: catalog("a/collection.json", "items/x.json"),
        "https://host/a/collection.json": catalog("sub.json", kind="Collection", name="sar"),
        "https://host/a/sub.json": catalog("y.json", rel="item"),
        "https://host/a/y.json": item("y"),
        "https://host/items/x.json": item("x"),
    }
    assert found(tree) == [("x", ""), ("y", "sar")]


def test_loops_and_repeated_links_are_read_once() -> None:
    tree = {
        ROOT: catalog("catalog.json", "b.json", "b.json#again"),
        "https://host/b.json": catalog("catalog.json", "x.json", "x.json"),
        "https://host/x.json": item("x"),
    }
    assert found(tree) == [("x", "")]


def test_links_to_other_hosts_and_other_relations_are_left_alone() -> None:
    tree = {
        ROOT: {**catalog("https://elsewhere/x.json", "http://host/x.json", "x.json"), "extra": 1},
        "https://host/x.json": item("x"),
    }
    tree[ROOT]["links"] += [
        {"rel": "license", "href": "l.json"},
        {"rel": "child"},
        "odd",
        {"rel": "item", "href": " "},
    ]
    assert found(tree) == [("x", "")]


def test_hrefs_become_absolute() -> None:
    tree = {ROOT: catalog("d/x.json"), "https://host/d/x.json": item("x")}
    ((record, _),) = crawl(ROOT, tree.__getitem__, concurrency=1)
    assert record["assets"]["grd-cog"]["href"] == "https://host/x.tif"


def test_what_is_no_catalog_is_told() -> None:
    with pytest.raises(OpenDataError, match="no STAC catalog"):
        found({ROOT: {"hello": "world"}})


def test_there_is_an_end_of_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_DOCUMENTS", 50)

    class Endless(dict[str, Any]):
        def __missing__(self, url: str) -> dict[str, Any]:
            return catalog(*(f"{len(url)}/{n}.json" for n in range(9)))

    with pytest.raises(OpenDataError, match="more than 50"):
        found(Endless())


def test_no_more_than_the_allowed_number_is_read_at_once() -> None:
    running, most, lock, three = [0], [0], threading.Lock(), threading.Barrier(3)
    tree = {ROOT: catalog(*(f"{n}.json" for n in range(30)))} | {
        f"https://host/{n}.json": item(str(n)) for n in range(30)
    }

    def get(url: str) -> dict[str, Any]:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        if url != ROOT:
            three.wait(60)
        with lock:
            running[0] -= 1
        return tree[url]

    assert len(list(crawl(ROOT, get, concurrency=3))) == 30
    assert most[0] == 3


def test_a_document_that_fails_ends_the_crawl_with_its_error() -> None:
    with pytest.raises(KeyError):
        found({ROOT: catalog("x.json")})
