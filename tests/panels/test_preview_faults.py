"""A preview on a bad day: links that expire, hosts that throttle, views that nobody wants any more."""

from __future__ import annotations

import threading

import pytest

from iceye_geo.errors import LinkExpiredError, ReadFailedError
from iceye_geo.panels.jobs import Jobs, Stopped, Ticket
from iceye_geo.panels.preview_layers import parts
from iceye_geo.panels.preview_plane import View
from iceye_geo.sandbox.faults import Fault
from tests.panels.previewing import content_bytes, opened, ranges


def test_an_expired_link_renews_silently_while_zooming(control, items, big) -> None:
    opened(control, items[0])
    big.expire_links()
    control.look_at(View(300, 300, 500, 500))
    assert control.picture(Ticket()).level == 0
    assert control.cog.transfer.renewals == 1


def test_an_expired_thumbnail_link_renews_too(control, items, big) -> None:
    big.expire_links()
    seen, look = opened(control, items[0])
    assert [p.stage for p in seen] == ["thumbnail"]
    assert look.stage == "look"


def test_a_missing_thumbnail_is_no_obstacle(control, items, big) -> None:
    big.faults.add(Fault("404", "^/content/", times=1))
    seen, look = opened(control, items[0])
    assert seen == []
    assert look.stage == "look"


def test_a_bare_link_that_expires_says_what_to_do(control, wide, big) -> None:
    query = {"sar:product_type": {"eq": "GRD-COG"}}
    fresh = next(wide.catalog.search(collections=["private"], query=query, max_items=1).items())
    href = fresh.assets["grd-cog"].href
    opened(control, href)
    big.expire_links()
    control.look_at(View(300, 300, 500, 500))
    with pytest.raises(LinkExpiredError, match=r"client\.open_cog") as caught:
        control.picture(Ticket())
    assert "Signature" not in str(caught.value)


def test_a_throttled_read_is_repeated_and_one_that_stays_throttled_is_named(control, items, big) -> None:
    opened(control, items[0])
    big.faults.add(Fault("429", "^/content/", times=1, retry_after=0))
    control.look_at(View(300, 300, 500, 500))
    assert control.picture(Ticket()).level == 0
    assert control.cog.transfer.retries >= 1
    big.faults.add(Fault("429", "^/content/", times=100, retry_after=0))
    control.look_at(View(1500, 1500, 500, 500))
    with pytest.raises(ReadFailedError, match="429"):
        control.picture(Ticket())
    big.faults.clear()
    assert control.picture(Ticket()).level == 0, "the same view works once the host answers again"


def test_a_view_that_nobody_wants_any_more_is_not_read(control, items, big) -> None:
    opened(control, items[0])
    big.requests.clear()
    gone = Ticket()
    gone.stop()
    control.look_at(View(300, 300, 900, 900))
    with pytest.raises(Stopped):
        control.picture(gone)
    assert ranges(big) == []


def test_a_view_is_left_between_two_parts(control, items, big) -> None:
    opened(control, items[0])
    cog = control.cog
    whole = cog.window
    pieces = parts(cog, whole, max(whole.height, whole.width))
    assert len(pieces) > 1
    assert sum(p.size for p in pieces) == whole.size
    big.requests.clear()
    ticket = Ticket()
    threading.Timer(0.15, ticket.stop).start()
    big.faults.add(Fault("slow", "^/content/", times=100, seconds=0.3))
    control.fit()
    with pytest.raises(Stopped):
        control.picture(ticket, size=max(whole.height, whole.width))
    assert content_bytes(big) < cog.info().size_bytes / 2


def test_a_burst_of_moves_costs_one_read(control, items, big) -> None:
    opened(control, items[0])
    big.requests.clear()
    errors: list[BaseException] = []
    jobs, seen = Jobs(on_error=errors.append), []
    for step in range(12):
        control.look_at(View(200 + step * 100, 200 + step * 60, 256, 256))
        jobs.start("view", lambda ticket: control.picture(ticket, size=256), seen.append, delay_s=0.05)
    assert jobs.wait(timeout=20)
    jobs.close()
    assert errors == []
    assert len(seen) == 1
    assert seen[0].view == View(1300, 860, 256, 256)
    plan = control.cog.plan(View(1300, 860, 256, 256).window(), max_size=256)
    assert content_bytes(big) <= plan.nbytes + 16
