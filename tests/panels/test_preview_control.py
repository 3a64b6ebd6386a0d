"""The preview's rules, against the sandbox: what it reads, what it shows, how it stops, how it fails."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image

from iceye_geo import Client
from iceye_geo.errors import InvalidInputError
from iceye_geo.panels.jobs import Ticket
from iceye_geo.panels.preview_control import PreviewController
from iceye_geo.panels.preview_plane import View
from tests.panels.previewing import content_bytes, opened, ranges, rgba


def test_opening_shows_the_thumbnail_first_then_the_look(control, items, big) -> None:
    seen, look = opened(control, items[0])
    assert [p.stage for p in seen] == ["thumbnail"]
    assert look.stage == "look"
    assert look.level > 0
    assert max(look.shape) == 1024
    plain = [request for request in big.requests.matching("^/content/") if not request.range]
    assert len(plain) == 1, "the thumbnail is one plain request, everything else is ranges of the image"
    assert look.view == View(0, 0, control.plane.height, control.plane.width)


def test_a_look_reads_one_overview_and_a_zoom_only_the_tiles_it_touches(control, items, big) -> None:
    opened(control, items[0])
    looked = content_bytes(big)
    big.requests.clear()
    control.look_at(View(1024, 1024, 512, 512))
    picture = control.picture(Ticket(), size=512)
    assert picture.level == 0
    assert picture.shape == (512, 512)
    window = control.cog.plan(View(1024, 1024, 512, 512).window(), max_size=512)
    assert len(window.spans) == 1
    assert content_bytes(big) <= window.nbytes + 8
    assert looked < 0.5 * control.cog.info().size_bytes


def test_looking_again_and_restyling_read_nothing(control, items, big) -> None:
    opened(control, items[0])
    control.look_at(View(600, 600, 700, 700))
    first = control.picture(Ticket())
    big.requests.clear()
    again = control.picture(Ticket())
    control.set_display(gamma=2.0, color_map="viridis", stretch="view")
    styled = control.picture(Ticket())
    assert ranges(big) == []
    assert first.image == again.image
    assert first.image != styled.image


def test_the_whole_frame_is_read_from_an_overview_however_it_is_reached(control, items) -> None:
    opened(control, items[0])
    control.zoom(64)
    control.zoom(1 / 10_000)
    whole = control.picture(Ticket(), size=600)
    assert whole.level > 0
    assert max(whole.shape) == 600
    assert whole.view == View(0, 0, control.plane.height, control.plane.width)


def test_zoom_keeps_the_point_under_the_pointer_and_stops_at_the_closest(control, items) -> None:
    opened(control, items[0])
    at = (700.0, 900.0)
    before = control.view
    view = control.zoom(4, at=at)
    assert (at[0] - view.top) / view.height == pytest.approx((at[0] - before.top) / before.height)
    for _ in range(20):
        view = control.zoom(4, at=at)
    assert max(view.height, view.width) == pytest.approx(24)
    assert control.picture(Ticket()).level == 0


def test_panning_never_leaves_the_frame(control, items) -> None:
    opened(control, items[0])
    control.zoom(8)
    for _ in range(60):
        view = control.pan(-0.5, 0.5)
    assert view.center == (0.0, control.plane.width)
    assert control.picture(Ticket()).shape[0] > 0


def test_values_are_what_the_engine_reads(control, items) -> None:
    opened(control, items[0])
    control.look_at(View(800, 800, 256, 256))
    picture = control.picture(Ticket(), size=256)
    cog = control.cog
    expected = cog.read(View(800, 800, 256, 256).window(), values="sigma0_db").array
    assert picture.unit == "sigma nought (dB)"
    control.set_display(stretch="view")
    low, high = control.picture(Ticket(), size=256).limits
    assert (low, high) == pytest.approx(tuple(np.percentile(expected.compressed(), (2, 98))))
    control.set_display(values="amplitude")
    assert control.picture(Ticket(), size=256).unit == "amplitude"


def test_a_stretch_by_hand_maps_its_ends_to_black_and_white(control, items) -> None:
    opened(control, items[0])
    control.look_at(View(800, 800, 64, 64))
    control.set_display(stretch="hand", limits=(-1000.0, -999.0))
    assert rgba(control.picture(Ticket()))[..., 0].min() == 255
    control.set_display(limits=(999.0, 1000.0))
    assert rgba(control.picture(Ticket()))[..., 0].max() == 0


def test_the_frame_stretch_stays_while_moving_and_the_view_stretch_adapts(control, items) -> None:
    opened(control, items[0])
    limits = {}
    for stretch in ("frame", "view"):
        control.set_display(stretch=stretch)
        limits[stretch] = set()
        for top in (100, 900, 1500):
            control.look_at(View(top, 500, 300, 300))
            limits[stretch].add(control.picture(Ticket()).limits)
    assert len(limits["frame"]) == 1
    assert len(limits["view"]) == 3


@pytest.mark.parametrize("changes", [
    {"gamma": 0.0}, {"percentiles": (98, 2)}, {"values": "beta0"}, {"stretch": "hand"}, {"color_map": "jet"},
    {"stretch": "hand", "limits": (3.0, 3.0)}, {"speckle": "lee", "speckle_size": 4}, {"geometry": "polar"},
])  # fmt: skip
def test_what_cannot_be_shown_is_refused_by_name(control, items, changes) -> None:
    opened(control, items[0])
    before = control.display
    with pytest.raises(InvalidInputError):
        control.set_display(**changes)
    assert control.display == before


def test_a_speckle_filter_smooths_the_look_and_leaves_measures_alone(control, items) -> None:
    opened(control, items[0])
    control.look_at(View(1000, 1000, 256, 256))
    plain = control.picture(Ticket(), size=256).shots[0].dn
    reading = control.reading(1100.5, 1100.5)
    control.set_display(speckle="boxcar", speckle_size=7)
    smooth = control.picture(Ticket(), size=256).shots[0].dn
    assert smooth.std() < 0.8 * plain.std()
    assert control.reading(1100.5, 1100.5) == reading


def test_a_frame_without_calibration_says_relative_db(client: Client) -> None:
    found = client.catalog.search(
        collections=["private"], query={"sar:product_type": {"eq": "GRD-COG"}}, max_items=60
    )
    scan = next(i for i in found.items() if i.properties["iceye:processing_mode"] in ("SC", "SCW"))
    control = PreviewController(client=client)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, look = opened(control, scan)
    assert look.unit == "relative dB, not calibrated"
    assert "relative" in str(control.reading(100, 100))
    control.close()


def test_the_map_shows_the_same_place_north_up(control, items) -> None:
    opened(control, items[0])
    control.look_at(View(1200, 900, 200, 200))
    place = control.frame_pixel(*control.view.center)
    control.set_display(geometry="map")
    row, col = control.frame_pixel(*control.view.center)
    assert (row, col) == pytest.approx(place, abs=0.5)
    picture = control.picture(Ticket(), size=400)
    lon0, lat0 = control.plane.lonlat(picture.view.top, picture.view.left)
    lon1, lat1 = control.plane.lonlat(picture.view.top + picture.view.height, picture.view.left)
    assert lat0 > lat1
    assert lon0 == pytest.approx(lon1)


def test_a_zoom_on_the_map_reads_no_more_than_it_shows(control, items, big) -> None:
    control.set_display(geometry="map")
    opened(control, items[0])
    y, x = control.plane.from_frame(1300, 1000)
    control.look_at(View(y - 100, x - 100, 200, 200))
    big.requests.clear()
    picture = control.picture(Ticket(), size=400)
    assert picture.level == 0
    assert picture.shape == (200, 200), "nothing is enlarged here; the page does that"
    assert content_bytes(big) < 0.25 * control.cog.info().size_bytes


def test_a_second_date_is_compared_on_the_map(control, wide, items) -> None:
    opened(control, items[0])
    control.add(wide.open_cog(items[0]), Ticket())
    assert control.display.geometry == "map"
    assert control.top == 1
    with pytest.raises(InvalidInputError, match="compared on the map"):
        control.set_display(geometry="radar")
    control.fit()
    control.compare = "swipe"
    pictures = {}
    for swipe in (0.0, 0.4, 1.0):
        control.swipe = swipe
        pictures[swipe] = rgba(control.picture(Ticket(), size=300))
    line = np.array([230, 159, 0, 255])
    assert (pictures[0.4][:, round(0.4 * pictures[0.4].shape[1])] == line).all()
    control.compare = "colors"
    same = rgba(control.picture(Ticket(), size=300))
    assert (same[..., 0] == same[..., 1]).all(), "two equal dates are grey: nothing has come or gone"
    control.remove(1)
    assert control.compare == "top"
    control.set_display(geometry="radar")
    with pytest.raises(InvalidInputError):
        control.remove(0)


def test_a_date_of_another_place_is_refused(control, items) -> None:
    opened(control, items[0])
    far = max(items, key=lambda i: abs(i.bbox[0] - items[0].bbox[0]))
    with pytest.raises(InvalidInputError, match="does not see this place"):
        control.add(far, Ticket())
    assert len(control.layers) == 1
    assert len(control._owned) == 1, "what was opened for nothing is closed again"


def test_the_view_is_saved_as_it_looks_and_with_its_values(control, items, tmp_path: Path) -> None:
    opened(control, items[0])
    control.look_at(View(1000, 600, 200, 300))
    png = control.save(tmp_path / "view.png", Ticket(), size=300)
    with Image.open(png) as drawn:
        assert drawn.size == (300, 200)
    tif = control.save(tmp_path / "view.tif", Ticket(), size=300)
    expected = control.cog.read(View(1000, 600, 200, 300).window(), values="sigma0_db")
    with rasterio.open(tif) as file:
        np.testing.assert_allclose(file.read(1), np.ma.filled(expected.array.astype(np.float32), np.nan))
        assert len(file.gcps[0]) >= 3
        assert file.tags()["UNIT"] == "sigma nought (dB)"
        assert "Signature" not in str(file.tags())
    control.set_display(geometry="map")
    with rasterio.open(control.save(tmp_path / "map.tif", Ticket(), size=300)) as file:
        assert file.crs.to_epsg() == 3857
    with pytest.raises(InvalidInputError, match=r"\.png or \.tif"):
        control.save(tmp_path / "view.jpg", Ticket())
    with pytest.raises(InvalidInputError, match="no folder"):
        control.save(tmp_path / "missing" / "view.png", Ticket())


def test_nothing_open_is_said_plainly_and_closing_closes_what_was_opened_here(control, items, wide) -> None:
    with pytest.raises(InvalidInputError, match="nothing is open"):
        control.zoom(2)
    own = wide.open_cog(items[0])
    opened(control, own)
    control.close()
    assert own.preview(64).shape, "an image that somebody else opened stays open"
    own.close()


def test_bytes_and_requests_are_counted(control, items, big) -> None:
    opened(control, items[0])
    assert control.requests_sent == len(ranges(big))
    # A connection that was warmed in vain ends with the server's few words, which are no bytes of the image.
    assert control.bytes_read == pytest.approx(content_bytes(big), abs=1024)


def test_a_file_without_a_place_opens_as_recorded(control, tmp_path: Path) -> None:
    path = tmp_path / "bare.tif"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(path, "w", driver="GTiff", count=1, height=80, width=100, dtype="uint16") as file:
            file.write(np.arange(1, 8001, dtype="uint16").reshape(1, 80, 100))
    control.set_display(geometry="map")
    _, look = opened(control, path)
    assert control.plane.kind == "radar"
    assert look.shape == (80, 100)
    assert control.reading(3.5, 4.5).lon is None
