import copy
import json
import pickle

import pystac
import pytest
from pystac import STACObjectType
from pystac.validation.stac_validator import JsonSchemaSTACValidator

from iceye_geo.errors import NormalisationError, SkippedRecordWarning
from iceye_geo.stac import IceyeItem, Source, to_item, to_item_collection
from iceye_geo.stac.items import iter_items
from stac.samples import bent, every_record, holds_a_signature, record

TASK = Source("task", id="T1")


@pytest.mark.parametrize("raw", every_record(), ids=["guide", "guide-cog", "reference"])
def test_an_item_is_valid_and_keeps_the_record_and_its_source(raw):
    before = copy.deepcopy(raw)
    item = to_item(raw, source=TASK)
    JsonSchemaSTACValidator().validate_core(item.to_dict(), STACObjectType.ITEM, "1.1.0")
    assert item.raw == raw == before
    assert item.source is TASK
    assert item.id == raw["id"]


def test_hrefs_are_live_in_memory():
    item = to_item(record())
    assert item.assets["grd-tif"].href == record()["assets"]["grd-tif"]["href"]
    live = item.to_dict(signed_links=True)["assets"]["grd-tif"]["href"]
    assert live == item.assets["grd-tif"].href


def test_no_signature_leaves_by_repr_html_dict_file_or_pickle(tmp_path):
    item = to_item(record(), source=TASK)
    target = tmp_path / "item.json"
    item.save_object(include_self_link=False, dest_href=str(target))
    collection = to_item_collection([item])
    collection.save_object(str(tmp_path / "items.json"))
    asset = item.assets["grd-tif"]
    texts = [
        repr(item), item._repr_html_(), json.dumps(item.to_dict()), target.read_text(),
        (tmp_path / "items.json").read_text(), repr(asset), asset._repr_html_(), json.dumps(asset.to_dict()),
        repr(collection), collection._repr_html_(), json.dumps(collection.to_dict()),
        json.dumps(item.__geo_interface__), repr(item.assets), str(collection),
    ]  # fmt: skip
    assert [text for text in texts if holds_a_signature(text)] == []
    assert not holds_a_signature(pickle.dumps(item).decode("latin1"))
    assert not holds_a_signature(pickle.dumps(collection).decode("latin1"))
    assert json.loads(target.read_text())["assets"]["grd-tif"]["iceye:href_expired"] is True


def test_a_pickled_item_comes_back_with_its_source_and_says_its_links_are_gone():
    back = pickle.loads(pickle.dumps(to_item(record(), source=TASK)))
    assert isinstance(back, IceyeItem)
    assert back.source == TASK
    assert back.properties == to_item(record()).properties
    assert back.assets["grd-tif"].href == "https://content.example/0f3a/grd-tif"
    assert back.assets["grd-tif"].extra_fields["iceye:href_expired"] is True
    assert back.assets["grd-tif"].owner is back


def test_a_clone_keeps_what_the_item_knows():
    item = to_item(record(), source=TASK)
    clone = item.clone()
    assert clone.raw == item.raw
    assert clone.source is TASK
    assert clone.assets["grd-tif"].href == item.assets["grd-tif"].href


def test_a_link_without_a_signature_is_stored_as_it_is():
    asset = {"href": "https://open.example/a.tif"}
    assert to_item(bent(assets={"grd-cog": asset})).to_dict()["assets"]["grd-cog"] == {
        **asset,
        "roles": ["data"],
    }


def test_pystac_reads_what_was_saved(tmp_path):
    to_item_collection(every_record()[1:]).save_object(str(tmp_path / "items.json"))
    back = pystac.ItemCollection.from_file(str(tmp_path / "items.json"))
    assert [item.id for item in back] == [raw["id"] for raw in every_record()[1:]]


def test_the_extensions_are_readable_through_pystac():
    from pystac.extensions.sar import SarExtension
    from pystac.extensions.sat import SatExtension

    item = to_item(record())
    assert SarExtension.ext(item).instrument_mode == "stripmap"
    assert SatExtension.ext(item).orbit_state == "descending"


def test_one_hopeless_record_does_not_spoil_the_page():
    with pytest.warns(SkippedRecordWarning, match="no id") as caught:
        collection = to_item_collection([record(), {"properties": {}}, record("v2_products")], source=TASK)
    assert [item.id for item in collection] == [record()["id"], "ICEYE_GRD_123456"]
    assert isinstance(caught[0].message.error, NormalisationError)
    assert {item.source for item in collection} == {TASK}


def test_the_source_can_differ_from_record_to_record():
    items = list(iter_items(every_record(), source_of=lambda raw: Source("catalog", id=raw["id"])))
    assert [item.source.id for item in items] == [item.id for item in items]


def test_the_notebook_shows_what_an_analyst_asks_first():
    html = to_item(record(), source=Source("catalog", collection="private"))._repr_html_()
    for words in (
        "2024-12-13 12:58:22 UTC, 10.0 s", "GRD, VV", "Strip (SM)", "left looking, descending",
        "33.3° (32.0° to 34.6°)", "2.47 m × 3 m", "16.80°S 54.54°W", "4407788_1", "grd-tif", "private collection",
    ):  # fmt: skip
        assert words in html
    assert "http" not in html


def test_the_notebook_shows_the_first_of_many_items():
    html = to_item_collection([record()] * 11)._repr_html_()
    assert "11 ICEYE items" in html
    assert "and 3 more" in html
    assert html.count("Strip (SM)") == 8


def test_text_from_the_server_is_escaped():
    assert "<script>" not in to_item(bent(id="<script>alert(1)</script>"))._repr_html_()
