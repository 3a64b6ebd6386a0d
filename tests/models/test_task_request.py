"""TaskRequest: validated when made, written strictly."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import pytest

from iceye_geo.errors import InvalidInputError, LargeAreaWarning
from iceye_geo.models.delivery import DeliveryTarget, LocationConfig
from iceye_geo.models.notifications import Webhook
from iceye_geo.models.task_request import TaskRequest

BASE: dict[str, Any] = {
    "point": (24.9384, 60.1699), "window": "2026-11-23T00:00:00Z/2026-11-25T00:00:00Z", "mode": "SPOTLIGHT",
}  # fmt: skip


def test_the_full_example_of_the_description_is_written_as_it_stands_there() -> None:
    request = TaskRequest(
        **BASE, contract_id="7d1f7a3c", reference="harbour-watch-7", exclusivity="private", priority="COMMERCIAL",
        sla="SLA_8H", eula="STANDARD", incidence=(20, 40), look_side="any", pass_direction="ASCENDING",
        product_types=["GRD-COG", "SLC-COG"], imaging_duration=10,
        deliveries=[("7c9e6679", "customer-bucket", "sar/2026")], webhook_id=Webhook(id="0f0c6f1e"),
    )  # fmt: skip
    assert request.to_dict() == {
        "contractID": "7d1f7a3c",
        "imagingMode": "SPOTLIGHT",
        "pointOfInterest": {"lat": 60.1699, "lon": 24.9384},
        "acquisitionWindow": {"start": "2026-11-23T00:00:00Z", "end": "2026-11-25T00:00:00Z"},
        "reference": "harbour-watch-7",
        "exclusivity": "PRIVATE",
        "priority": "COMMERCIAL",
        "sla": "SLA_8H",
        "eula": "STANDARD",
        "incidenceAngle": {"min": 20, "max": 40},
        "lookSide": "ANY",
        "passDirection": "ASCENDING",
        "productTypes": ["GRD-COG", "SLC-COG"],
        "imagingDuration": 10,
        "deliveries": [
            {"locations": [{"configID": "7c9e6679", "path": "customer-bucket", "subPath": "sar/2026"}]}
        ],
        "notifications": {"webhook": {"id": "0f0c6f1e"}},
    }


def test_what_was_not_asked_for_is_left_out() -> None:
    assert set(TaskRequest(**BASE).to_dict(contract_id="c")) == {
        "contractID", "imagingMode", "pointOfInterest", "acquisitionWindow",
    }  # fmt: skip


def test_a_request_without_a_contract_cannot_be_written() -> None:
    with pytest.raises(InvalidInputError, match="contract"):
        TaskRequest(**BASE).to_dict()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"point": None}, "point"),
        ({"geometry": {"type": "Point", "coordinates": [0, 0]}}, "point"),
        ({"mode": None}, "mode"),
        ({"mode": " "}, "mode"),
        ({"window": None}, "window"),
        ({"reference": "x" * 257}, "reference"),
        ({"exclusivity": "SECRET"}, "exclusivity"),
        ({"priority": "URGENT"}, "priority"),
        ({"sla": ""}, "sla"),
        ({"look_side": "UP"}, "look_side"),
        ({"pass_direction": "NORTH"}, "pass_direction"),
        ({"incidence": (5, 20)}, "incidence"),
        ({"imaging_duration": 0}, "imaging_duration"),
        ({"imaging_duration": 181}, "imaging_duration"),
        ({"imaging_duration": True}, "imaging_duration"),
        ({"imaging_duration": 1.5}, "imaging_duration"),
        ({"deliveries": []}, "deliveries"),
        ({"deliveries": [("only-a-config",)]}, "deliveries"),
        ({"webhook_id": ""}, "webhook_id"),
        ({"product_types": [3]}, "product_types"),
    ],
)
def test_a_refusal_names_the_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        TaskRequest(**(BASE | change))
    assert caught.value.field == field


def test_codes_become_api_names_and_unknown_modes_pass() -> None:
    assert TaskRequest(**(BASE | {"mode": "slf"})).mode == "SPOTLIGHT_FINE"
    assert TaskRequest(**(BASE | {"mode": "SPOTLIGHT_NEXT"})).mode == "SPOTLIGHT_NEXT"


def test_a_geometry_is_asked_for_by_a_point_inside_it() -> None:
    corner = {"type": "Polygon", "coordinates": [[[0, 0], [0.02, 0], [0.02, 0.01], [0, 0.01], [0, 0]]]}
    request = TaskRequest(**(BASE | {"point": None, "geometry": corner}))
    lon, lat = request.point
    assert 0 < lon < 0.02
    assert 0 < lat < 0.01


def test_an_area_larger_than_the_scene_warns_with_both_sizes() -> None:
    from shapely.geometry import box

    with pytest.warns(LargeAreaWarning, match=r"one Spot scene is 5 x 5 km"):
        TaskRequest(**(BASE | {"point": None, "geometry": box(24, 60, 25, 61)}))
    TaskRequest(**(BASE | {"point": None, "geometry": box(24, 60, 25, 60.5), "mode": "SCAN"}))


def test_requests_are_values() -> None:
    one, other = TaskRequest(**BASE), TaskRequest(**BASE)
    assert one == other
    assert hash(one) == hash(other)
    assert pickle.loads(pickle.dumps(one)) == one
    with pytest.raises(AttributeError):
        one.mode = "SCAN"  # type: ignore[misc]
    assert "SPOTLIGHT" in one._repr_html_()


def test_a_request_is_varied_by_replace() -> None:
    target = ("7c9e6679", "bucket", "sar")
    for one in (TaskRequest(**BASE), TaskRequest(**(BASE | {"deliveries": target}))):
        other = replace(one, mode="SCAN")
        assert other.mode == "SCAN"
        assert replace(other, mode=one.mode) == one


def test_places_come_in_every_form() -> None:
    config = LocationConfig.from_wire({"id": "c", "config": {"bucket": "b"}})
    forms: list[Any] = [
        config, config.target(), ("c", "b"), [("c", "b")], {"configID": "c", "path": "b"}, [DeliveryTarget("c", "b")],
    ]  # fmt: skip
    for form in forms:
        assert TaskRequest(**BASE, deliveries=form).deliveries == (DeliveryTarget("c", "b"),)
