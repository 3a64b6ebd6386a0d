from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import shapely

from .life import (
    DELIVERIES,
    PURCHASES,
    TASKS,
    budget,
    create,
    error,
    order,
    public_frame,
    task,
    until,
    window,
)

SPOT = 180_000  # price of the usual order, minor units


@pytest.fixture
def api(start: Any) -> Any:
    return start(scenes=6, rejection_rate=0, failure_rate=0)


def when(text: str) -> datetime:
    return datetime.fromisoformat(text)


def statuses(api: Any, made: dict[str, Any], hours: float, step: float = 0.5) -> list[str]:
    """The statuses a task goes through while simulated time passes."""
    seen = [task(api, made)["status"]]
    for _ in range(int(hours / step)):
        api.sandbox.advance(hours=step)
        status = task(api, made)["status"]
        seen += [status] if status != seen[-1] else []
    return seen


def test_a_task_lives_from_received_to_done(api: Any) -> None:
    assert statuses(api, create(api), hours=120) == ["RECEIVED", "ACTIVE", "FULFILLED", "DONE"]


def test_a_task_without_extra_products_goes_straight_to_done(api: Any) -> None:
    made = create(api, productTypes=["GRD-COG"])
    assert statuses(api, made, hours=120) == ["RECEIVED", "ACTIVE", "DONE"]


def test_a_decision_comes_within_twenty_minutes(api: Any) -> None:
    made = [create(api) for _ in range(8)]
    assert {task(api, one)["status"] for one in made} == {"RECEIVED"}
    api.sandbox.advance(minutes=20)
    decided = [task(api, one) for one in made]
    assert {one["status"] for one in decided} == {"ACTIVE"}
    assert len({when(one["updatedAt"]) - when(one["createdAt"]) for one in decided}) > 1


@pytest.mark.parametrize(("word", "end"), [("please REJECT", "REJECTED"), ("will fail", "FAILED")])
def test_a_reference_decides_the_fate(api: Any, word: str, end: str) -> None:
    made = create(api, reference=word)
    api.sandbox.advance(days=10)
    assert task(api, made)["status"] == end
    assert budget(api) == (612_500, 0)


def test_some_tasks_fail_by_seed_and_the_same_ones_again(start: Any) -> None:
    def ends(seed: int) -> list[str]:
        api = start(scenes=6, seed=seed, rejection_rate=0.25, failure_rate=0.25)
        made = [create(api, imagingMode="STRIPMAP", priority="BACKGROUND") for _ in range(24)]
        api.sandbox.advance(days=14)
        return [task(api, one)["status"] for one in made]

    first = ends(5)
    assert {"REJECTED", "FAILED", "DONE"} == set(first)
    assert ends(5) == first
    assert ends(6) != first


def test_imaging_lies_in_the_window_and_meets_the_wishes(api: Any) -> None:
    wishes = {"lookSide": "LEFT", "passDirection": "DESCENDING", "incidenceAngle": {"min": 25, "max": 35}}
    made = create(api, **wishes)
    api.sandbox.advance(minutes=20)
    scene = api.get(f"{TASKS}/{made['id']}/scene").json()
    bounds = made["acquisitionWindow"]
    assert when(bounds["start"]) <= when(scene["imagingTime"]["start"])
    assert when(scene["imagingTime"]["end"]) <= when(bounds["end"]) + timedelta(minutes=1)
    assert (scene["lookSide"], scene["passDirection"]) == ("LEFT", "DESCENDING")
    assert isinstance(scene["incidenceAngle"], str)
    assert 25 <= float(scene["incidenceAngle"]) <= 35
    assert scene["duration"] == 10


def test_the_scene_covers_the_point_with_the_size_of_the_mode(api: Any) -> None:
    made = create(api, imagingMode="STRIPMAP")
    api.sandbox.advance(minutes=20)
    footprint = shapely.geometry.shape(api.get(f"{TASKS}/{made['id']}/scene").json()["footprint"])
    assert footprint.contains(shapely.Point(24.94, 60.17))
    km2 = footprint.area * 111.2 * 111.2 * 0.4975  # cos(60.17 degrees)
    assert km2 == pytest.approx(30 * 50, rel=0.02)


def test_a_longer_strip_is_imaged_when_asked_for(api: Any) -> None:
    made = create(api, imagingMode="STRIPMAP", imagingDuration=40)
    api.sandbox.advance(minutes=20)
    scene = api.get(f"{TASKS}/{made['id']}/scene").json()
    footprint = shapely.geometry.shape(scene["footprint"])
    assert scene["duration"] == 40
    assert footprint.area * 111.2 * 111.2 * 0.4975 == pytest.approx(30 * 200, rel=0.05)


def test_a_planned_scene_drifts_and_an_actual_one_is_locked(api: Any) -> None:
    made = create(api)

    def imaging_start() -> str:
        return api.get(f"{TASKS}/{made['id']}/scene").json()["imagingTime"]["start"]

    api.sandbox.advance(minutes=20)
    planned = imaging_start()
    api.sandbox.advance(hours=24)
    assert imaging_start() != planned
    api.sandbox.force(made["id"], "FULFILLED")
    actual = imaging_start()
    api.sandbox.advance(hours=24)
    assert imaging_start() == actual


def test_there_is_no_scene_before_the_decision_and_after_the_end(api: Any) -> None:
    made = create(api)
    path = f"{TASKS}/{made['id']}/scene"
    assert error(api.get(path)) == (404, "ERR_SCENE_UNAVAILABLE")
    api.sandbox.advance(minutes=20)
    assert api.get(path).status_code == 200
    api.call("PATCH", f"{TASKS}/{made['id']}", json={"status": "CANCELED"})
    assert error(api.get(path)) == (404, "ERR_SCENE_UNAVAILABLE")


def test_money_is_held_at_creation_and_spent_with_the_first_products(api: Any) -> None:
    made = create(api)
    assert budget(api) == (612_500, SPOT)
    api.sandbox.advance(minutes=20)
    assert budget(api) == (612_500, SPOT)
    api.sandbox.force(made["id"], "FULFILLED")
    assert budget(api) == (612_500 + SPOT, 0)
    api.sandbox.force(made["id"], "DONE")
    assert budget(api) == (612_500 + SPOT, 0)


@pytest.mark.parametrize(
    ("start_h", "later_h", "charge"),
    [(100, 0, 0), (100, 40, SPOT // 10), (100, 60, SPOT // 5), (100, 90, SPOT), (60, 0, SPOT // 10)],
)
def test_cancelling_charges_by_the_published_schedule(
    api: Any, start_h: float, later_h: float, charge: int
) -> None:
    made = create(api, acquisitionWindow=window(start_h, 48))
    api.sandbox.advance(hours=later_h)
    answer = api.call("PATCH", f"{TASKS}/{made['id']}", json={"status": "CANCELED"})
    assert answer.status_code == 200
    assert answer.json()["status"] == "CANCELED"
    assert budget(api) == (612_500 + charge, 0)
    api.sandbox.advance(days=10)
    assert task(api, made)["status"] == "CANCELED"


def test_cancelling_too_late_is_refused(api: Any) -> None:
    made = create(api)
    api.sandbox.force(made["id"], "FULFILLED")
    path = f"{TASKS}/{made['id']}"
    assert error(api.call("PATCH", path, json={"status": "CANCELED"})) == (400, "ERR_INVALID_STATUS")
    first = create(api)
    assert api.call("PATCH", f"{TASKS}/{first['id']}", json={"status": "CANCELED"}).status_code == 200
    again = api.call("PATCH", f"{TASKS}/{first['id']}", json={"status": "CANCELED"})
    assert error(again) == (400, "ERR_INVALID_STATUS")


@pytest.mark.parametrize("body", [{}, {"status": "DONE"}, {"status": "CANCELED", "x": 1}, [], "CANCELED"])
def test_a_patch_that_does_not_cancel_is_refused(api: Any, body: Any) -> None:
    made = create(api)
    assert api.call("PATCH", f"{TASKS}/{made['id']}", json=body).status_code == 400
    assert task(api, made)["status"] == "RECEIVED"


def test_tasks_without_a_pricing_plan_cost_nothing(api: Any) -> None:
    made = create(api, contractID=api.sandbox.platform.contracts.without_plan.id)
    api.sandbox.advance(days=10)
    assert task(api, made)["status"] == "DONE"
    assert budget(api) == (612_500, 0)


def test_forcing_goes_through_the_statuses_on_the_way(api: Any) -> None:
    made = create(api)
    api.sandbox.force(made["id"], "DONE")
    body = task(api, made)
    assert body["status"] == "DONE"
    assert body["fulfilledAt"]
    with pytest.raises(ValueError, match="nothing can change"):
        api.sandbox.force(made["id"], "FAILED")
    with pytest.raises(KeyError):
        api.sandbox.force("00000000-0000-4000-8000-000000000000", "DONE")


def test_after_a_forced_status_life_goes_on(api: Any) -> None:
    made = create(api)
    api.sandbox.force(made["id"], "FULFILLED")
    assert task(api, made)["status"] == "FULFILLED"
    api.sandbox.advance(hours=4)
    assert task(api, made)["status"] == "DONE"


def test_an_active_task_can_be_made_to_fail(api: Any) -> None:
    made = create(api)
    api.sandbox.advance(minutes=20)
    api.sandbox.force(made["id"], "FAILED")
    assert task(api, made)["status"] == "FAILED"
    assert budget(api) == (612_500, 0)


def test_speed_lets_days_pass_in_seconds(start: Any) -> None:
    api = start(scenes=6, speed=200_000, rejection_rate=0, failure_rate=0)
    made = create(api, productTypes=["GRD-COG"])
    until(lambda: task(api, made)["status"] == "DONE")
    again = create(api)
    assert again["status"] == "RECEIVED"
    assert again["createdAt"] > made["createdAt"]


def test_time_passes_without_requests(start: Any) -> None:
    api = start(scenes=6, speed=200_000, rejection_rate=0, failure_rate=0)
    made = create(api)
    records = api.sandbox.platform.lifecycle.tasks.records
    until(lambda: records[made["id"]].status == "DONE")


def test_time_does_not_go_back(api: Any) -> None:
    with pytest.raises(ValueError, match="back"):
        api.sandbox.advance(hours=-1)


def test_state_survives_a_restart_if_asked_to(start: Any, tmp_path: Any) -> None:
    kept = {"scenes": 6, "state": tmp_path / "state.json", "rejection_rate": 0, "failure_rate": 0}
    first = start(**kept)
    done, active = create(first), create(first)
    first.sandbox.force(done["id"], "DONE")
    bought = first.call(
        "POST", PURCHASES, json={"frameID": public_frame(first), "contractID": first.sandbox.contract_id}
    ).json()
    hook = first.call(
        "POST",
        "/notifications/v1/webhooks",
        json={
            "url": "https://hooks.example.org/x",
            "auth": {"type": "basic", "username": "u", "password": "p4ss"},
        },
    ).json()
    first.sandbox.advance(hours=1)
    before = (task(first, done), task(first, active), budget(first))
    assert before[1]["status"] == "ACTIVE"
    first.sandbox.stop()

    second = start(**kept)
    assert (task(second, done), task(second, active), budget(second)) == before
    assert [one["id"] for one in second.get(TASKS).json()["data"]] == [active["id"], done["id"]]
    assert second.get(f"{PURCHASES}/{bought['id']}").json()["status"] == "closed"
    assert second.get(f"/notifications/v1/webhooks/{hook['id']}").json()["url"] == hook["url"]
    assert second.sandbox.platform.lifecycle.webhooks.records[hook["id"]].auth["password"] == "p4ss"
    owned = {
        item["properties"]["frame_id"]
        for item in second.items(collections=["private"], contractID=second.sandbox.contract_id)
    }
    assert bought["frameID"] in owned
    assert (tmp_path / "state.json").stat().st_mode & 0o077 == 0
    second.sandbox.advance(days=10)
    assert task(second, active)["status"] == "DONE"


def test_state_is_written_at_each_change(start: Any, tmp_path: Any) -> None:
    path = tmp_path / "deep" / "state.json"
    api = start(scenes=6, state=path)
    made = create(api)
    assert made["id"] in path.read_text()
    assert [one.name for one in path.parent.iterdir()] == ["state.json"]


def test_a_foreign_state_file_is_left_alone(start: Any, tmp_path: Any) -> None:
    path = tmp_path / "notes.json"
    path.write_text('{"tasks": 3}')
    with pytest.raises(ValueError, match="no state of the sandbox"):
        start(scenes=6, state=path)
    assert path.read_text() == '{"tasks": 3}'


def test_nothing_survives_by_default(start: Any) -> None:
    first = start(scenes=6)
    made = create(first)
    first.sandbox.stop()
    assert start(scenes=6).get(f"{TASKS}/{made['id']}").status_code == 404


def test_one_budget_is_never_overdrawn_by_many_at_once(api: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    held = api.sandbox.platform.budgets[api.sandbox.contract_id]
    held.spend(held.available - 3 * SPOT - 5)
    body = order(api)
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: api.call("POST", TASKS, json=body).status_code, range(8)))
    assert sorted(codes) == [201] * 3 + [400] * 5
    assert held.on_hold == 3 * SPOT
    assert len(api.get(TASKS).json()["data"]) == 3


def test_lists_of_other_areas_start_empty(api: Any) -> None:
    assert api.get(PURCHASES).json() == {"data": []}
    assert api.get(DELIVERIES).json() == {"deliveries": []}
