"""The table, line by line against the text of ICEYE's reference guide."""

from __future__ import annotations

import pytest

from iceye_geo.migration.scribe import Scribe
from iceye_geo.migration.table import NAMES, PATHS, PROPERTIES, NameLine, PathLine, names_of
from iceye_geo.migration.text import migrate_text
from iceye_geo.stac.names import V1_NAMES

# (method, v1 path, v2 path) as the guide's headings give them; the base paths are spelled out.
GUIDE_PATHS = """
POST  /api/tasking/v1/tasks  /api/tasking/v2/tasks
GET  /api/tasking/v1/tasks  /api/tasking/v2/tasks
GET  /api/tasking/v1/tasks/{taskID}  /api/tasking/v2/tasks/{taskID}
PATCH  /api/tasking/v1/tasks/{taskID}  /api/tasking/v2/tasks/{taskID}
GET  /api/tasking/v1/tasks/{taskID}/products  /api/tasking/v2/tasks/{taskID}/products
GET  /api/tasking/v1/tasks/{taskID}/products/{productType}  /api/tasking/v2/tasks/{taskID}/products/{productType}
GET  /api/tasking/v1/tasks/{taskID}/scene  /api/tasking/v2/tasks/{taskID}/scene
GET  /api/tasking/v1/price  /api/tasking/v2/price
POST  -  /api/tasking/v2/feasibility
GET  /api/catalog/v1/items  /api/catalog/v2/items
POST  /api/catalog/v1/search  /api/catalog/v2/search
POST  /api/catalog/v1/purchases  /api/catalog/v2/purchases
GET  /api/catalog/v1/purchases  /api/catalog/v2/purchases
GET  /api/catalog/v1/purchases/{purchaseID}  /api/catalog/v2/purchases/{purchaseID}
GET  /api/catalog/v1/purchases/{purchaseID}/products  /api/catalog/v2/purchases/{purchaseID}/products
GET  -  /api/catalog/v2/price
GET  -  /api/delivery/v1/deliveries/location-configs
POST  -  /api/delivery/v1/deliveries
GET  -  /api/delivery/v1/deliveries
GET  -  /api/delivery/v1/deliveries/{deliveryID}
POST  -  /api/notifications/v1/webhooks
"""
GUIDE_PROPERTIES = {
    "start_time": "start_datetime",
    "end_time": "end_datetime",
    "instrument_mode": "sar:instrument_mode",
    "product_type": "sar:product_type",
    "observation_direction": "sar:observation_direction",
    "orbit_state": "sat:orbit_state",
    "incidence_angle": "iceye:incidence_center",
    "satellite_look_angle": "iceye:satellite_look_angle",
    "polarizations": "sar:polarizations",
    "image_mode": "sar:instrument_mode",
}
# (where, v1, v2, fate); "-" is "not present".
GUIDE_NAMES = """
task  additionalProductTypes  -  removed
task  deliveryLocations  deliveries  renamed
task  -  notifications  new
task  -  productTypes  new
task response  deliveryLocations  deliveries  renamed
task response  -  notifications  new
task response  -  productTypes  new
task response  eula  eula  kept
asset  title  title  kept
asset  contentType  type  renamed
asset  downloadURL  href  renamed
purchase  itemIds  frameID  renamed
purchase  contractId  contractID  renamed
purchase  companyName  -  removed
purchase  contactPerson  -  removed
purchase  reference  reference  kept
purchase  -  eula  new
purchase response  purchaseId  id  renamed
purchase response  id  id  kept
purchase response  customerName  -  removed
purchase response  contractName  -  removed
purchase response  createdAt  createdAt  kept
purchase response  status  status  kept
purchase response  reference  reference  kept
purchase response  -  frameID  new
purchase response  -  contractID  new
purchase response  -  eula  new
query  -  intersects  new
query  -  collections  new
query  -  contractID  new
query  -  cursor  new
auth  password  client_credentials  removed
"""


def _rows(text: str) -> list[list[str]]:
    return [["" if c == "-" else c for c in line.split("  ")] for line in text.strip().splitlines()]


def test_the_table_has_the_guides_paths_and_no_others() -> None:
    assert [[line.method, line.v1, line.v2] for line in PATHS] == _rows(GUIDE_PATHS)


def test_the_table_has_the_guides_names_and_no_others() -> None:
    held = [[n.where, n.v1, n.v2, n.fate] for n in NAMES if n.where != "property"]
    assert held == _rows(GUIDE_NAMES)
    assert {n.v1: n.v2 for n in NAMES if n.where == "property"} == GUIDE_PROPERTIES


def test_the_property_lines_agree_with_the_names_the_stac_room_reads() -> None:
    assert {name: line.v2 for name, line in PROPERTIES.items()} == dict(V1_NAMES)


@pytest.mark.parametrize("line", [p for p in PATHS if p.v1], ids=lambda p: f"{p.method} {p.v1}")
def test_each_v1_path_in_a_text_becomes_its_v2_path(line: PathLine) -> None:
    assert migrate_text(f'call("{line.method}", base + "{line.v1}")', Scribe()) == (
        f'call("{line.method}", base + "{line.v2}")'
    )


@pytest.mark.parametrize("line", [p for p in PATHS if not p.v1], ids=lambda p: f"{p.method} {p.v2}")
def test_paths_that_are_new_in_v2_stay_as_they_are(line: PathLine) -> None:
    scribe = Scribe()
    assert migrate_text(line.v2, scribe) == line.v2
    assert not scribe.findings


@pytest.mark.parametrize("line", NAMES, ids=lambda n: f"{n.where} {n.v1 or n.v2}")
def test_each_line_gives_a_reason_and_a_fate_that_fits_its_names(line: NameLine) -> None:
    assert line.reason
    expected = {
        "kept": line.v1 == line.v2,
        "renamed": line.v1 != line.v2 and bool(line.v2),
        "new": not line.v1,
    }
    assert expected.get(line.fate, True)
    if line.v1:
        assert names_of(line.where)[line.v1] is line
