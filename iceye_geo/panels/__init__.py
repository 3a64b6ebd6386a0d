"""Panels for notebooks: each is a UI-free controller and a thin view of ipywidgets. Imported when first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iceye_geo.panels.delivery import DeliveryPanel
    from iceye_geo.panels.preview import PreviewPanel
    from iceye_geo.panels.search import SearchPanel
    from iceye_geo.panels.tasking import TaskingPanel
    from iceye_geo.panels.tasks import TasksPanel
    from iceye_geo.panels.workbench import Workbench

_HOMES = {
    "SearchPanel": "search",
    "TaskingPanel": "tasking",
    "TasksPanel": "tasks",
    "PreviewPanel": "preview",
    "DeliveryPanel": "delivery",
    "Workbench": "workbench",
}

__all__ = ["DeliveryPanel", "PreviewPanel", "SearchPanel", "TaskingPanel", "TasksPanel", "Workbench"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'iceye_geo.panels' has no attribute {name!r}")
    return getattr(importlib.import_module(f"iceye_geo.panels.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
