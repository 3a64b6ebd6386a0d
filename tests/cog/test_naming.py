from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iceye_geo.cog.naming import by_convention, choose_name, geohash, safe_name

PROPERTIES = {"frame_id": "4407788_1", "iceye:processing_mode": "SM", "sar:product_type": "GRD-COG",
              "start_datetime": "2025-05-01T10:00:00.5Z", "platform": "ICEYE-X21"}  # fmt: skip
RECORD: dict[str, Any] = {"id": "i", "properties": PROPERTIES, "bbox": [24.9, 60.1, 25.1, 60.3]}


@pytest.mark.parametrize(
    ("disposition", "url", "expected"),
    [
        ('attachment; filename="ICEYE_X.tif"', "https://h/opaque", "ICEYE_X.tif"),
        ('attachment; filename="../../../etc/cron.d/x"', "https://h/opaque", "x"),
        ('attachment; filename="C:\\\\temp\\\\evil.tif"', "https://h/opaque", "evil.tif"),
        ("attachment; filename*=UTF-8''..%2F..%2Fna%C3%AFve.tif", "https://h/opaque", "naïve.tif"),
        ("", "https://h/a/ICEYE_Y_GRD.tif?Signature=secret", "ICEYE_Y_GRD.tif"),
        ("", "https://h/a/..%2F..%2Fpasswd.tif", "passwd.tif"),
        ("", "https://h/content/0af3", "ICEYE_UD9Y2Z_20250501T100000Z_4407788_X21_SM_GRD.tif"),
    ],
)
def test_names_are_safe_and_follow_the_convention(disposition: str, url: str, expected: str) -> None:
    assert choose_name(disposition=disposition, url=url, record=RECORD, asset_key="grd-cog") == expected


def test_a_cog_carries_its_own_name() -> None:
    head = b'II*\0...<GDALMetadata>\n  <Item name="PRODUCT_FILE">ICEYE_Z_GRD.tif</Item>\n</GDALMetadata>'
    assert choose_name(url="https://h/content/0af3", head=head) == "ICEYE_Z_GRD.tif"
    evil = head.replace(b"ICEYE_Z", b"../../x")
    assert choose_name(url="https://h/content/0af3", head=evil) == "x_GRD.tif"


@pytest.mark.parametrize(
    ("key", "media_type", "ending"),
    [
        ("grd-tif", "image/tiff; application=geotiff", "_GRD.tif"),
        ("data", "", "_GRD.tif"),
        ("grd-xml", "application/xml", "_GRD.xml"),
        ("quicklook-png", "image/png", "_QL.png"),
        ("qlk-cog", "image/tiff", "_QL.tif"),
        ("thumbnail-png", "", "_GRD_THUMBNAIL.png"),
        ("quickortho-tif", "image/tiff", "_GRD_QUICKORTHO.tif"),
    ],
)
def test_the_assets_of_an_item_get_different_names(key: str, media_type: str, ending: str) -> None:
    name = choose_name(record=RECORD, asset_key=key, media_type=media_type, url="https://h/content/0af3")
    assert name == f"ICEYE_UD9Y2Z_20250501T100000Z_4407788_X21_SM{ending}"


def test_what_is_not_known_is_left_out() -> None:
    assert choose_name(url="https://h/x", record={"id": "a/b"}, asset_key="k") == "b_k.tif"
    assert choose_name(url="https://h/content/0af3?Signature=s") == "0af3.tif"
    told = {**PROPERTIES, "platform": None}
    assert by_convention({"properties": told, "bbox": [-180, -90, 180, 90]}) == (
        "ICEYE_20250501T100000Z_4407788_SM_GRD"
    )


def test_a_box_over_the_date_line_has_its_middle_there() -> None:
    name = by_convention({"properties": PROPERTIES, "bbox": [179.8, -17.2, -179.8, -16.8]})
    assert name.split("_")[1] == geohash(-180.0, -17.0).upper()


@given(st.text(max_size=400))
def test_any_name_stays_in_its_folder(text: str) -> None:
    name = safe_name(text)
    assert name not in ("", ".", "..")
    assert not set(name) & set('/\\\0:*?"<>|\n')
    assert len(name.encode()) <= 201
    assert not name.startswith(".")
    assert safe_name(name) == name


@given(st.binary(max_size=300), st.text(max_size=60))
def test_any_answer_gives_a_name(head: bytes, disposition: str) -> None:
    assert choose_name(disposition=disposition, url="https://h/x", head=head)
