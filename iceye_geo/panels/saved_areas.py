"""Areas kept between sessions: one GeoJSON file in the user's config folder. No widgets here."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

from iceye_geo.errors import ConfigurationError, InvalidInputError
from iceye_geo.panels.area import Area, from_geojson

_LONGEST_NAME = 80


def default_path() -> Path:
    """Return where areas are kept: ``areas.geojson`` beside the profiles."""
    from iceye_geo.settings.layers import config_path

    return config_path().with_name("areas.geojson")


class SavedAreas:
    """Named areas in a GeoJSON file, which other tools can read too.

    Args:
        path: the file; default `default_path`.

    Example:
        >>> import tempfile
        >>> from iceye_geo.panels.area import from_numbers
        >>> saved = SavedAreas(Path(tempfile.mkdtemp()) / "areas.geojson")
        >>> saved.save("Gulf of Finland", from_numbers(24, 59, 26, 61))
        >>> saved.names(), saved.load("Gulf of Finland").bounds
        (['Gulf of Finland'], (24.0, 59.0, 26.0, 61.0))
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path()
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """Return the names, in alphabetical order.

        Raises:
            ConfigurationError: the file is there but is no GeoJSON.
        """
        return sorted(self._read(), key=str.casefold)

    def load(self, name: str) -> Area:
        """Return an area.

        Raises:
            InvalidInputError: there is none of this name.
            ConfigurationError: the file is no GeoJSON.
        """
        found = self._read()
        if name not in found:
            raise InvalidInputError("name", f"no area is saved as {name!r}")
        return from_geojson(found[name], label=name)

    def save(self, name: str, area: Area) -> None:
        """Keep an area under a name; one that is there already is replaced.

        Raises:
            InvalidInputError: the name is empty or too long.
            ConfigurationError: the file cannot be written, or is no GeoJSON.
        """
        plain = " ".join(name.split())
        if not plain or len(plain) > _LONGEST_NAME:
            raise InvalidInputError("name", f"must have 1 to {_LONGEST_NAME} characters")
        with self._lock:
            self._write(self._read() | {plain: area.geojson})

    def delete(self, name: str) -> None:
        """Forget an area; one that is not there is no error.

        Raises:
            ConfigurationError: the file cannot be written, or is no GeoJSON.
        """
        with self._lock:
            self._write({key: value for key, value in self._read().items() if key != name})

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"saved areas cannot be read from {self.path}: {error}") from None
        try:
            features = json.loads(text)["features"]
            return {str(f["properties"]["name"]): f["geometry"] for f in features}
        except (ValueError, KeyError, TypeError):
            hint = "mend it or move it away"
            raise ConfigurationError(f"{self.path} is no list of saved areas; {hint}") from None

    def _write(self, areas: dict[str, dict[str, Any]]) -> None:
        features = [
            {"type": "Feature", "properties": {"name": name}, "geometry": geometry}
            for name, geometry in areas.items()
        ]
        part = self.path.with_suffix(f".{os.getpid()}.part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(
                json.dumps({"type": "FeatureCollection", "features": features}, indent=1), "utf-8"
            )
            part.replace(self.path)
        except OSError as error:
            raise ConfigurationError(f"saved areas cannot be written to {self.path}: {error}") from None
