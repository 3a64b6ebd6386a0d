import pytest

from iceye_geo.errors import AssetNotFoundError
from iceye_geo.stac import choose_asset, to_item
from iceye_geo.stac.assets import choose_thumbnail
from stac.samples import bent, record

TIFF = "image/tiff; application=geotiff"


@pytest.mark.parametrize("name", ["task_products", "task_products_grd_cog", "v2_products"])
@pytest.mark.parametrize("form", [dict, to_item], ids=["record", "item"])
def test_the_grd_of_every_printed_record_is_found_with_its_live_link(name, form):
    key, asset = choose_asset(form(record(name)))
    assert key == ("data" if name == "v2_products" else "grd-tif")
    assert "Signature=" in asset["href"]


def test_the_first_tiff_is_not_taken_blindly():
    assets = {"quickortho-tif": {"href": "q", "type": TIFF}, "grd-tif": {"href": "g", "type": TIFF}}
    assert choose_asset({"assets": assets})[0] == "grd-tif"


def test_the_cloud_optimized_key_wins():
    assert choose_asset({"assets": {"grd-tif": {"href": "a"}, "grd-cog": {"href": "b"}}})[0] == "grd-cog"


def test_a_title_helps_where_the_key_is_unknown():
    assets = {"a1": {"href": "x", "title": "SLC data file"}, "b2": {"href": "y", "title": "GRD data file"}}
    assert choose_asset({"assets": assets})[0] == "b2"
    assert choose_asset({"assets": assets}, product="SLC-COG")[0] == "a1"


def test_a_lone_tiff_with_the_role_data_will_do():
    assert choose_asset({"assets": {"image": {"href": "x", "type": TIFF, "roles": ["data"]}}})[0] == "image"


def test_another_products_pixels_are_not_passed_off_as_grd():
    assets = {
        "slc-cog": {"href": "x", "type": TIFF, "roles": ["data"]},
        "data": {"href": "y", "title": "SLC image"},
    }
    with pytest.raises(AssetNotFoundError):
        choose_asset({"id": "a", "assets": assets})


def test_an_asset_can_be_named():
    assert choose_asset(record(), "thumbnail-png")[0] == "thumbnail-png"


def test_a_wrong_name_lists_what_there_is():
    with pytest.raises(AssetNotFoundError, match=r"no asset 'grd-cog'; it has grd-tif, grd-xml"):
        choose_asset(record(), "grd-cog")


def test_a_public_item_says_how_to_get_at_the_pixels():
    only_pictures = {"thumbnail-png": record()["assets"]["thumbnail-png"]}
    with pytest.raises(AssetNotFoundError, match="collections=\\['private'\\]") as caught:
        choose_asset(bent(assets=only_pictures))
    assert "Signature" not in str(caught.value)


def test_an_item_without_assets_says_so():
    with pytest.raises(AssetNotFoundError, match="no assets with a link"):
        choose_asset(bent(assets={}))


def test_the_thumbnail_is_the_picture_not_its_metadata():
    key, asset = choose_thumbnail(to_item(record("task_products_grd_cog")))
    assert key == "thumbnail-png"
    assert set(asset["coordinates"]) == {"top_left", "top_right", "bottom_left", "bottom_right"}
    assert choose_thumbnail(bent(assets={})) is None
