"""Orders on a page: where tasks look, and the footprints they are planned to have or have got."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import folium
from shapely.geometry import MultiPoint, box, mapping
from shapely.geometry.base import BaseGeometry

from iceye_geo.errors import InvalidInputError
from iceye_geo.maps.outlines import joined
from iceye_geo.maps.page import base_map, fit

if TYPE_CHECKING:
    from iceye_geo.models.tasking import Scene, Task

# Okabe and Ito: on its way, imaged, ended badly; dashes say the same without colour.
_STYLES = {
    "busy": {"color": "#0072b2", "weight": 2, "dashArray": "6 4", "fillOpacity": 0.15},
    "good": {"color": "#009e73", "weight": 2, "fillOpacity": 0.15},
    "bad": {"color": "#6b7280", "weight": 1.5, "dashArray": "2 5", "fillOpacity": 0.05},
}
_NAMES = {"busy": "On their way", "good": "Imaged", "bad": "Ended without an image"}
_FIELDS = {"task": "Task", "status": "Status", "mode": "Mode", "when": "When", "geometry": "Geometry"}
# Around a place without a footprint, degrees: enough to see where it is.
_AROUND = 0.3


def orders(
    tasks: Sequence[tuple[Task, Scene | None]],
    *,
    basemap: str | None = None,
    attribution: str = "",
    title: str = "",
) -> folium.Map:
    """Draw tasks with their planned or real footprints. The saved page needs no network.

    Args:
        tasks: each with its scene, None while nobody has planned it.
        basemap: tile URL template; None shows the shipped land outline.
        attribution: credit for the basemap.
        title: words in the corner; by default how many tasks.

    Raises:
        InvalidInputError: no task says where it looks.

    Example:
        >>> from iceye_geo.models.tasking import Task
        >>> place = {"lat": 60.17, "lon": 24.94}
        >>> task = Task.from_wire({"id": "t-1", "status": "RECEIVED", "pointOfInterest": place})
        >>> "RECEIVED" in orders([(task, None)]).get_root().render()
        True
    """
    shapes = joined([_shape(task, scene) for task, scene in tasks])
    known = [
        (task, scene, shape) for (task, scene), shape in zip(tasks, shapes, strict=True) if shape is not None
    ]
    if not known:
        raise InvalidInputError("tasks", "none of them says where it looks")
    bounds = MultiPoint(
        [corner for *_, shape in known for corner in box(*shape.bounds).exterior.coords]
    ).bounds
    made = base_map(
        basemap=basemap, attribution=attribution, title=title or f"{len(known)} task{'s' * (len(known) != 1)}",
        beyond_180=bounds[2] > 180,
    )  # fmt: skip
    for tone, name in _NAMES.items():
        features = [_feature(*one) for one in known if _tone(one[0]) == tone]
        if features:
            _add(made, f"{name} ({len(features)})", features, tone)
    rim = 0.0 if all(scene is not None for _, scene, _ in known) else _AROUND
    fit(made, (bounds[0] - rim, bounds[1] - rim, bounds[2] + rim, bounds[3] + rim))
    folium.LayerControl(collapsed=False).add_to(made)
    return made


def _shape(task: Task, scene: Scene | None) -> BaseGeometry | None:
    if scene is not None and scene.footprint is not None:
        return scene.footprint
    return MultiPoint([task.point]) if task.point is not None else None


def _tone(task: Task) -> str:
    return "bad" if task.has_failed else "good" if task.has_products else "busy"


def _feature(task: Task, scene: Scene | None, shape: BaseGeometry) -> dict[str, Any]:
    when = (
        scene.imaging_time
        if scene is not None and scene.imaging_time is not None
        else task.acquisition_window
    )
    geometry = (
        [
            f"{scene.incidence_angle:.1f}°" if scene.incidence_angle is not None else "",
            f"looking {scene.look_side.lower()}" if scene.look_side else "",
            f"{scene.pass_direction.lower()} pass" if scene.pass_direction else "",
        ]
        if scene is not None
        else []
    )
    told = {
        "task": task.reference or task.id, "status": task.status, "mode": task.imaging_mode or "",
        "when": str(when or ""), "geometry": ", ".join(word for word in geometry if word),
    }  # fmt: skip
    words = {name: html.escape(text) or "not stated" for name, text in told.items()}
    return {"type": "Feature", "geometry": mapping(shape), "properties": words}


def _add(made: folium.Map, name: str, features: list[dict[str, Any]], tone: str) -> None:
    style = {**_STYLES[tone], "fillColor": _STYLES[tone]["color"]}
    folium.GeoJson(
        {"type": "FeatureCollection", "features": features}, name=name, style_function=lambda _: style,
        tooltip=folium.GeoJsonTooltip(fields=list(_FIELDS), aliases=list(_FIELDS.values()), sticky=True),
        marker=folium.CircleMarker(radius=6, fill=True),
    ).add_to(made)  # fmt: skip
