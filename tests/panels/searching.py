"""What the tests of searching share: a controller with its jobs, and a panel driven as the browser drives it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from iceye_geo import Client
from iceye_geo.panels import SearchPanel
from iceye_geo.panels.area import from_numbers
from iceye_geo.panels.jobs import Jobs
from iceye_geo.panels.saved_areas import SavedAreas
from iceye_geo.panels.search_control import SearchController
from iceye_geo.panels.search_form import SearchForm

EUROPE = from_numbers(-12, 34, 32, 66)
SEARCH = "/catalog/v2/search"


class Desk:
    """A controller with its jobs, the errors they raised and the events it told."""

    def __init__(self, client: Client) -> None:
        self.errors: list[BaseException] = []
        self.events: list[str] = []
        self.jobs = Jobs(on_error=self.errors.append)
        self.control = SearchController(client, jobs=self.jobs, changed=self.events.append)

    def run(self, form: SearchForm) -> SearchController:
        assert self.control.search(form)
        return self.settle()

    def settle(self) -> SearchController:
        assert self.jobs.wait(timeout=60)
        return self.control


def settle(panel: SearchPanel) -> SearchPanel:
    assert panel.jobs.wait(timeout=30)
    return panel


def tell(panel: SearchPanel, event: str, value: object) -> None:
    """Say what the browser says when a person uses the table."""
    panel.table.widget._handle_custom_msg({"event": event, "value": value}, [])


def click_footprint(panel: SearchPanel, item_id: str) -> None:
    layer = panel.view._layers["footprints"]
    layer._handle_mouse_events(None, {"event": "click", "feature": {}, "properties": {"id": item_id}}, [])


def desk_of(client: Client) -> Iterator[Desk]:
    """A controller with its jobs, for a fixture; an error that the test did not take fails it."""
    made = Desk(client)
    yield made
    made.jobs.close()
    assert not made.errors, made.errors


def panel_of(client: Client, folder: Path) -> Iterator[SearchPanel]:
    """A panel that has read its contracts, for a fixture."""
    made = SearchPanel(client, saved_areas=SavedAreas(folder / "areas.geojson"))
    assert made.jobs.wait(timeout=30)
    yield made
    made.close()
