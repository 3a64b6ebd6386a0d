"""Thumbnails as bytes: kept, renewed, refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from iceye_geo import Client
from iceye_geo.errors import (
    IceyeGeoError,
)
from iceye_geo.panels.pictures import Pictures
from iceye_geo.panels.search_form import SearchForm
from iceye_geo.sandbox import Sandbox
from iceye_geo.sandbox.faults import Fault
from iceye_geo.stac import to_item
from tests.panels.searching import Desk, desk_of


@pytest.fixture
def desk(client: Client) -> Iterator[Desk]:
    yield from desk_of(client)


def test_a_thumbnail_comes_as_bytes_and_is_kept(desk: Desk, client: Client, sandbox: Sandbox) -> None:
    item = desk.run(SearchForm(max_items=1)).results.items[0]
    picture = desk.control.picture(item)
    assert picture is not None
    assert picture.data_url.startswith("data:image/png;base64,")
    assert picture.placed is not None
    assert picture.bounds is not None
    content = [r for r in sandbox.requests if "/content/" in r.path]
    assert desk.control.picture(item) is picture
    assert [r for r in sandbox.requests if "/content/" in r.path] == content
    bare = to_item({"id": "a", "properties": {"datetime": "2026-01-01T00:00:00Z"}})
    assert Pictures(client).of(bare) is None


def test_an_expired_thumbnail_link_is_renewed(desk: Desk, sandbox: Sandbox) -> None:
    item = desk.run(SearchForm(max_items=1)).results.items[0]
    sandbox.faults.expire_links()
    picture = desk.control.picture(item)
    assert picture is not None
    assert picture.content.startswith(b"\x89PNG")


def test_a_thumbnail_that_is_no_picture_is_refused(desk: Desk, sandbox: Sandbox) -> None:
    item = desk.run(SearchForm(max_items=1)).results.items[0]
    sandbox.faults.add(Fault("garbage", "/content/", times=9))
    with pytest.raises(IceyeGeoError, match="no picture"):
        desk.control.picture(item)
