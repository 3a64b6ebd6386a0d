"""The preview's view: buttons, clicks and controls reach the controller, and every fault is shown."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from iceye_geo import Client
from iceye_geo.errors import InvalidInputError, LinkExpiredError
from iceye_geo.panels.jobs import Ticket
from iceye_geo.panels.preview import PreviewPanel
from iceye_geo.panels.preview_canvas import LeafletCanvas, PlainCanvas, make_canvas
from iceye_geo.panels.preview_picture import Picture
from iceye_geo.panels.preview_plane import View


@pytest.fixture
def item(client: Client):
    """A calibrated scene that is owned."""
    query = {"sar:product_type": {"eq": "GRD-COG"}}
    found = client.catalog.search(collections=["private"], query=query, max_items=30).items()
    return next(i for i in found if i.properties["iceye:processing_mode"] not in ("SC", "SCW"))


def settle(panel: PreviewPanel) -> None:
    assert panel.jobs.wait(timeout=40)


@pytest.fixture(params=[True, False], ids=["leaflet", "plain"])
def panel(request, item, client: Client) -> Iterator[PreviewPanel]:
    made = PreviewPanel(item, client=client, interactive=request.param)
    settle(made)
    yield made
    made.close()


def seen_by_browser(panel: PreviewPanel, view: View) -> None:
    """Report a view as the browser would, in Leaflet's units."""
    canvas = panel.canvas
    (north, west), (south, east) = (
        canvas._latlng(view.top, view.left),
        canvas._latlng(view.top + view.height, view.left + view.width),
    )
    with canvas.map.hold_trait_notifications():
        for name, value in (("north", north), ("west", west), ("south", south), ("east", east)):
            canvas.map.set_trait(name, value)


def state_of(panel: PreviewPanel) -> str:
    found, waiting = [], [panel.widget]
    while waiting:
        widget = waiting.pop()
        found.append(repr(widget.get_state()))
        waiting += [*getattr(widget, "children", ()), *getattr(widget, "layers", ())]
    return "\n".join(found)


def test_opening_ends_with_a_picture_and_says_what_it_cost(panel: PreviewPanel) -> None:
    assert panel.picture.stage == "detail"
    assert "pixels of the frame" in panel._facts.value
    assert "MB read" in panel._facts.value
    assert "sigma nought (dB)" in panel._legend.value
    assert "pass" in panel._title.value
    assert panel.toolbar.stop.disabled


def test_buttons_do_what_the_mouse_does(panel: PreviewPanel) -> None:
    whole = panel.control.view
    panel.toolbar.zoom_in.click()
    settle(panel)
    assert panel.control.view.width == pytest.approx(whole.width / 2)
    assert panel.picture.view.width <= whole.width / 2 + 2
    before = panel.control.view
    panel.toolbar.right.click()
    panel.toolbar.down.click()
    settle(panel)
    assert panel.control.view.left > before.left
    assert panel.control.view.top > before.top
    panel.toolbar.native.click()
    settle(panel)
    assert panel.picture.level == 0
    panel.toolbar.fit.click()
    settle(panel)
    assert panel.picture.view.height == panel.control.plane.height


def test_each_control_changes_the_picture_and_reads_nothing(panel: PreviewPanel, sandbox) -> None:
    sandbox.requests.clear()
    pictures = [panel.picture.image]
    for widget, value in (
        (panel.look.gamma, 2.0), (panel.look.color_map, "viridis"), (panel.look.percentiles, (20.0, 80.0)),
        (panel.look.values, "amplitude"), (panel.look.stretch, "view"), (panel.look.speckle, "lee"),
    ):  # fmt: skip
        widget.value = value
        settle(panel)
        pictures.append(panel.picture.image)
    assert len(set(pictures)) >= 6
    assert [r for r in sandbox.requests.matching("^/content/") if r.range] == []


def test_a_stretch_by_hand_starts_from_what_is_seen(panel: PreviewPanel) -> None:
    low, high = panel.picture.limits
    panel.look.stretch.value = "hand"
    settle(panel)
    assert (panel.look.low.value, panel.look.high.value) == pytest.approx((low, high), abs=0.01)
    assert panel.look.percentiles.layout.display == "none"
    panel.look.low.value = low - 10
    settle(panel)
    assert panel.picture.limits[0] == pytest.approx(low - 10)


def test_a_limit_that_makes_no_sense_is_refused_in_words(panel, shown_errors) -> None:
    panel.look.stretch.value = "hand"
    settle(panel)
    panel.look.low.value = panel.look.high.value + 1
    settle(panel)
    assert "darkest value must be below" in panel._alert.value
    assert isinstance(shown_errors.pop(), InvalidInputError)
    assert panel.picture.limits[0] < panel.picture.limits[1]


def test_a_pixel_is_read_by_typing_its_place(panel: PreviewPanel) -> None:
    panel.measure.start.value = "200, 300"
    panel.measure.read.click()
    settle(panel)
    assert (panel.reading.row, panel.reading.col) == (200, 300)
    for word in ("row 200, column 300", "lon", "σ⁰", "incidence"):
        assert word in panel.measuring.read_out.value


def test_lines_are_measured_and_their_assumption_is_said(panel: PreviewPanel) -> None:
    panel.measure.start.value, panel.measure.end.value = "200, 300", "260 305"
    panel.measure.distance.click()
    settle(panel)
    assert "on the ground" in panel.measure.result.value
    panel.measure.height.click()
    settle(panel)
    assert "m high" in panel.measure.result.value
    assert "level ground" in panel.measure.result.value
    panel.measure.profile.click()
    settle(panel)
    assert bytes(panel.measure.plot.value).startswith(b"\x89PNG")
    profile = panel.measure.plot.value
    panel.measure.histogram.click()
    settle(panel)
    assert panel.measure.plot.value != profile


@pytest.mark.parametrize("text", ["", "12", "here", "1, 2, 3"])
def test_a_place_that_is_no_pixel_is_refused_in_words(panel, shown_errors, text: str) -> None:
    panel.measure.start.value = text
    panel.measure.read.click()
    assert "row, column" in str(shown_errors.pop())


def test_a_pixel_outside_the_frame_is_refused_in_words(panel, shown_errors) -> None:
    panel.measure.start.value = "-5, 10"
    panel.measure.read.click()
    settle(panel)
    assert "outside the frame" in str(shown_errors.pop())
    panel.toolbar.zoom_in.click()
    settle(panel)
    assert panel.picture is not None


def test_dragging_and_clicking_reach_the_kernel(item, client: Client) -> None:
    panel = PreviewPanel(item, client=client)
    settle(panel)
    whole = panel.control.plane
    seen_by_browser(
        panel, View(-50, -50, whole.height + 100, whole.width + 100)
    )  # the first report fits the view
    seen_by_browser(panel, View(100, 120, 150, 200))
    settle(panel)
    assert panel.control.view.left == pytest.approx(120)
    assert panel.picture.view == View(100, 120, 150, 200)
    assert panel.picture.level == 0
    lat, lng = panel.canvas._latlng(150.5, 160.5)
    panel.canvas.map._handle_leaflet_event(
        None, {"event": "interaction", "type": "click", "coordinates": [lat, lng]}, []
    )
    settle(panel)
    assert (panel.reading.row, panel.reading.col) == (150, 160)
    panel.measure.click.value = "line"
    for y, x in ((110, 130), (140, 180)):
        lat, lng = panel.canvas._latlng(y, x)
        event = {"event": "interaction", "type": "click", "coordinates": [lat, lng]}
        panel.canvas.map._handle_leaflet_event(None, event, [])
    if len(panel.measuring._ends) == 1:  # the reading's mark was the first end
        panel.canvas.map._handle_leaflet_event(None, event, [])
    assert panel.measure.end.value
    panel.close()


def test_the_map_geometry_keeps_the_place(panel: PreviewPanel) -> None:
    panel.toolbar.zoom_in.click()
    panel.toolbar.zoom_in.click()
    settle(panel)
    place = panel.control.frame_pixel(*panel.control.view.center)
    panel.look.geometry.value = "map"
    settle(panel)
    assert panel.control.frame_pixel(*panel.control.view.center) == pytest.approx(place, abs=1)
    assert "north up" in panel._facts.value


def test_dates_are_added_swiped_blinked_and_removed(panel: PreviewPanel, item, client: Client) -> None:
    panel.dates.source.value = item.id
    panel.dates.add.click()
    settle(panel)
    assert len(panel.control.layers) == 2
    assert panel.look.geometry.value == "map"
    panel.dates.compare.value = "swipe"
    settle(panel)
    assert panel.dates.swipe.layout.display == ""
    one = panel.picture.image
    panel.dates.swipe.value = 0.1
    settle(panel)
    assert panel.picture.image != one
    turned, before = threading.Event(), panel.control.top
    panel._title.observe(lambda _: turned.set(), names="value")
    panel.dates.top.observe(lambda _: turned.set(), names="value")
    panel.dates.blink.value = True
    assert turned.wait(20)
    panel.dates.blink.value = False
    settle(panel)
    assert before in (0, 1)
    panel.dates.top.value = 1
    panel.dates.remove.click()
    settle(panel)
    assert len(panel.control.layers) == 1
    assert panel.dates.remove.disabled


def test_an_unknown_item_is_said_in_words(panel, shown_errors) -> None:
    panel.dates.source.value = "00000000-0000-0000-0000-000000000000"
    panel.dates.add.click()
    settle(panel)
    assert "has no item" in str(shown_errors.pop())


def test_saving_writes_the_file_and_offers_a_copy(panel: PreviewPanel, tmp_path: Path) -> None:
    for name, kind in (("view.png", "image/png"), ("view.tif", "image/tiff")):
        panel.saving.path.value = str(tmp_path / name)
        panel.saving.save.click()
        settle(panel)
        assert (tmp_path / name).stat().st_size > 1000
        assert f"data:{kind};base64," in panel.saving.link.value


def test_an_expired_bare_link_is_shown_plainly_without_its_signature(
    client, item, sandbox, shown_errors
) -> None:
    href = item.assets["grd-cog"].href
    sandbox.expire_links()
    panel = PreviewPanel(href, client=client)
    settle(panel)
    assert isinstance(shown_errors.pop(), LinkExpiredError)
    assert "client.open_cog(item)" in panel._alert.value
    assert href.split("Signature=")[1][:12] not in state_of(panel)
    panel.close()


def test_nothing_secret_is_in_any_widget(panel: PreviewPanel) -> None:
    state = state_of(panel)
    for word in ("Signature=", "Expires=", "/content/", "sandbox-secret", "Bearer"):
        assert word not in state


def test_every_control_has_a_label(panel: PreviewPanel) -> None:
    import ipywidgets as widgets

    waiting, controls = [panel.widget], []
    while waiting:
        widget = waiting.pop()
        waiting += list(getattr(widget, "children", ()))
        if isinstance(widget, widgets.ValueWidget | widgets.Button) and not isinstance(
            widget, widgets.HTML | widgets.Image | widgets.ToggleButtons
        ):
            controls.append(widget)
    assert len(controls) > 30
    assert all(w.description for w in controls)
    assert all(w.tooltip for w in controls if isinstance(w, widgets.Button))


def test_stop_leaves_what_was_seen(item, client: Client, sandbox) -> None:
    from iceye_geo.sandbox.faults import Fault

    panel = PreviewPanel(item, client=client)
    settle(panel)
    before = panel.picture
    sandbox.faults.add(Fault("slow", "^/content/", times=50, seconds=0.5))
    panel.toolbar.native.click()
    assert not panel.toolbar.stop.disabled
    panel.toolbar.stop.click()
    settle(panel)
    assert panel.picture is before
    assert "Stopped" in panel._status.value
    panel.close()


def test_without_a_scene_it_asks_for_one_and_opens_it(client: Client, item, shown_errors) -> None:
    panel = PreviewPanel(client=client)
    assert "Choose a scene" in panel._status.value
    assert panel._body.children == (), "no empty picture, no controls that do nothing"
    panel.entry.open.click()
    assert "give an item id" in str(shown_errors.pop())
    panel.toolbar.zoom_in.click()
    assert "nothing is open yet" in str(shown_errors.pop())
    panel.entry.scene.value = item.id
    panel.entry.open.click()
    settle(panel)
    assert panel.picture.stage == "detail"
    assert panel.entry.widget.layout.display == "none"
    panel.close()


def test_a_scene_that_cannot_be_opened_can_be_named_again(client: Client, shown_errors) -> None:
    panel = PreviewPanel("missing.tif", client=client)
    settle(panel)
    assert "missing.tif" in str(shown_errors.pop())
    assert panel.entry.widget.layout.display == ""
    panel.close()


def test_closing_stops_its_threads(item, client: Client) -> None:
    panel = PreviewPanel(item, client=client)
    panel.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("iceye-geo ")]


def test_without_ipyleaflet_the_picture_is_a_plain_image(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(make_canvas(), LeafletCanvas)
    monkeypatch.setitem(sys.modules, "ipyleaflet", None)
    assert isinstance(make_canvas(), PlainCanvas)


def test_what_the_page_tells_while_the_thumbnail_is_there_is_no_view_of_the_frame(
    item, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = PreviewPanel(client=client)
    look = panel.control.look

    def told_meanwhile(ticket: Ticket) -> Picture:
        """The image is open, but its plane not yet on the canvas."""
        assert panel.canvas.plane != (panel.control.plane.height, panel.control.plane.width)
        for rim in (10, 20):  # the first only tells the size
            height, width = panel.canvas.plane
            seen_by_browser(panel, View(-rim, -rim, height + 2 * rim, width + 2 * rim))
        return look(ticket)

    monkeypatch.setattr(panel.control, "look", told_meanwhile)
    panel.open(item)
    settle(panel)
    assert panel.control.view.width == panel.control.plane.width
    assert panel.picture.view.width == panel.control.plane.width
    seen_by_browser(panel, View(0, 0, 100, 200))
    settle(panel)
    assert panel.control.view.width == pytest.approx(200)
    panel.close()
