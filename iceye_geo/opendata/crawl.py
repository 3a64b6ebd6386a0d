"""Walking a static STAC catalog: children and items by their links, a few at a time, never off the catalog's host."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from iceye_geo.errors import OpenDataError

# Far above any catalog of open scenes; a loop of ever new links ends here.
MAX_DOCUMENTS = 500_000
_FOLLOWED = ("child", "item")

Get = Callable[[str], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Place:
    """A document to be read.

    Attributes:
        url: where it lies.
        collection: id of the nearest collection above it, or "".
    """

    url: str
    collection: str = ""


def crawl(root: str, get: Get, *, concurrency: int) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield all items below a catalog with the id of their collection, in the order they arrive.

    Hrefs of assets become absolute. A document that several links name is read once.

    Args:
        root: URL of the catalog or collection.
        get: reads a document.
        concurrency: how many are read at once.

    Raises:
        OpenDataError: the root is no STAC catalog, or there is no end of documents.
    """
    waiting, seen = deque([Place(root)]), {root}
    running: dict[Future[dict[str, Any]], Place] = {}
    with ThreadPoolExecutor(concurrency, thread_name_prefix="open-data") as pool:
        try:
            while waiting or running:
                while waiting and len(running) < concurrency:
                    place = waiting.popleft()
                    running[pool.submit(get, place.url)] = place
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    place = running.pop(future)
                    document = future.result()
                    if document.get("type") == "Feature":
                        yield absolute(document, place.url), place.collection
                    else:
                        waiting.extend(_below(document, place, root, seen))
        finally:
            for future in running:
                future.cancel()


def absolute(item: Mapping[str, Any], url: str) -> dict[str, Any]:
    """Return an item whose assets and links lead somewhere from anywhere.

    Example:
        >>> item = absolute({"id": "a", "assets": {"grd-cog": {"href": "../a.tif"}}}, "https://host/x/a.json")
        >>> item["assets"]["grd-cog"]["href"]
        'https://host/a.tif'
    """
    assets = item.get("assets")
    links = item.get("links")
    joined = {
        key: {**asset, "href": urljoin(url, asset["href"])} if _has_href(asset) else asset
        for key, asset in (assets if isinstance(assets, Mapping) else {}).items()
    }
    kept = [{**link, "href": urljoin(url, link["href"])} for link in _listed(links) if _has_href(link)]
    return {**item, "assets": joined, "links": kept}


def _below(document: Mapping[str, Any], place: Place, root: str, seen: set[str]) -> list[Place]:
    if not _is_catalog(document):
        if place.url == root:
            raise OpenDataError(f"{root} is no STAC catalog: it has neither links nor a type")
        return []
    own = document.get("id")
    collection = own if document.get("type") == "Collection" and isinstance(own, str) else place.collection
    found = []
    for link in _listed(document.get("links")):
        if _has_href(link) and link.get("rel") in _FOLLOWED:
            url = urljoin(place.url, link["href"]).partition("#")[0]
            if url not in seen and _same_host(url, root):
                seen.add(url)
                found.append(Place(url, collection))
    if len(seen) > MAX_DOCUMENTS:
        raise OpenDataError(f"{root} names more than {MAX_DOCUMENTS:,} documents; stopped there")
    return found


def _is_catalog(document: Mapping[str, Any]) -> bool:
    return document.get("type") in ("Catalog", "Collection") or isinstance(document.get("links"), list)


def _same_host(url: str, root: str) -> bool:
    """A catalog is crawled where it lies: a link elsewhere is left alone."""
    one, other = urlsplit(url), urlsplit(root)
    return (one.scheme, one.netloc) == (other.scheme, other.netloc)


def _listed(links: Any) -> list[Any]:
    return links if isinstance(links, list) else []


def _has_href(entry: Any) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get("href"), str) and bool(entry["href"].strip())
