"""What a notebook shows for an Item and for a list of Items: the lines an analyst reads first, no links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from iceye_geo.models.modes import find_mode
from iceye_geo.stac.source import Source
from iceye_geo.stac.values import read_number, read_time

_TABLE = "border-collapse:collapse;font:13px/1.5 system-ui,sans-serif;margin:4px 0"
_CELL = "text-align:left;padding:1px 14px 1px 0;vertical-align:top"
_HEAD = _CELL + ";font-weight:600"


def when(properties: Mapping[str, Any]) -> str:
    """Return the acquisition time for reading: date, time and UTC; "" if there is none.

    Example:
        >>> when({"start_datetime": "2024-12-13T12:58:22.109Z", "end_datetime": "2024-12-13T12:58:32Z"})
        '2024-12-13 12:58:22 UTC, 9.9 s'
    """
    start = read_time(properties.get("start_datetime")) or read_time(properties.get("datetime"))
    if start is None:
        return ""
    end = read_time(properties.get("end_datetime"))
    seconds = f", {(end - start).total_seconds():.1f} s" if end is not None and end > start else ""
    return f"{start:%Y-%m-%d %H:%M:%S} UTC{seconds}"


def mode_words(properties: Mapping[str, Any]) -> str:
    """Return the imaging mode as people call it, with its code.

    Example:
        >>> mode_words({"iceye:processing_mode": "SLEDF", "sar:instrument_mode": "spotlight"})
        'Dwell Fine (SLEDF)'
    """
    code = properties.get("iceye:processing_mode")
    mode = find_mode(code) if isinstance(code, str) else None
    if mode is not None:
        return f"{mode.title} ({mode.code})"
    words = (properties.get("sar:instrument_mode"), code)
    return ", ".join(word for word in words if isinstance(word, str))


def incidence_words(properties: Mapping[str, Any]) -> str:
    """Return the incidence angle at the centre and its range, degrees.

    Example:
        >>> incidence_words({"view:incidence_angle": 33.35})
        '33.4°'
    """
    center = read_number(properties.get("view:incidence_angle"))
    if center is None:
        center = read_number(properties.get("iceye:incidence_center"))
    near, far = (read_number(properties.get(f"iceye:incidence_{end}")) for end in ("near", "far"))
    if center is None:
        return ""
    return f"{center:.1f}°" + (
        f" ({near:.1f}° to {far:.1f}°)" if near is not None and far is not None else ""
    )


def geometry_words(properties: Mapping[str, Any]) -> str:
    """Return look side and pass.

    Example:
        >>> geometry_words({"sar:observation_direction": "left", "sat:orbit_state": "descending"})
        'left looking, descending'
    """
    side, orbit = properties.get("sar:observation_direction"), properties.get("sat:orbit_state")
    words = (f"{side} looking" if isinstance(side, str) else None, orbit)
    return ", ".join(word for word in words if isinstance(word, str))


def item_html(item: Mapping[str, Any], source: Source | None = None) -> str:
    """Return a short HTML table about one Item, given as a dict in STAC form."""
    properties = item["properties"]
    resolutions = (read_number(properties.get(f"sar:resolution_{axis}")) for axis in ("range", "azimuth"))
    meters = " × ".join(f"{value:g} m" for value in resolutions if value is not None)
    rows = {
        "Acquired": when(properties),
        "Product": product_words(properties),
        "Mode": mode_words(properties),
        "Looks": geometry_words(properties),
        "Incidence": incidence_words(properties),
        "Resolution": f"{meters} (range × azimuth)" if meters else "",
        "Place": place_words(item.get("bbox")),
        "Frame": str(properties.get("iceye:frame_id", "")),
        "Assets": ", ".join(item["assets"]) or "none",
        "From": _source_words(source),
    }
    lines = "".join(
        f'<tr><th style="{_HEAD}">{name}</th><td style="{_CELL}">{escape(text)}</td></tr>'
        for name, text in rows.items()
        if text
    )
    caption = f'<caption style="{_HEAD}">ICEYE item {escape(item["id"])}</caption>'
    return f'<table style="{_TABLE}">{caption}{lines}</table>'


def items_html(items: Sequence[Mapping[str, Any]], total: int) -> str:
    """Return a short HTML table about the first Items of ``total``."""
    heads = ("Acquired", "Product", "Mode", "Incidence", "Looks", "Place")
    head = "".join(f'<th style="{_HEAD}">{name}</th>' for name in heads)
    body = "".join(f"<tr>{_cells(item)}</tr>" for item in items)
    more = (
        f'<tr><td style="{_CELL}" colspan="6">and {total - len(items)} more</td></tr>'
        if total > len(items)
        else ""
    )
    word = "item" if total == 1 else "items"
    caption = f'<caption style="{_HEAD}">{total} ICEYE {word}</caption>'
    return (
        f'<table style="{_TABLE}">{caption}<thead><tr>{head}</tr></thead><tbody>{body}{more}</tbody></table>'
    )


def product_words(properties: Mapping[str, Any]) -> str:
    """Return product type and polarisation.

    Example:
        >>> product_words({"sar:product_type": "GRD", "sar:polarizations": ["VV"]})
        'GRD, VV'
    """
    polarizations = properties.get("sar:polarizations") or []
    words = (properties.get("product:type") or properties.get("sar:product_type"), "+".join(polarizations))
    return ", ".join(word for word in words if word)


def place_words(bbox: Sequence[float] | None) -> str:
    """Return the middle of a box as latitude and longitude for reading.

    Example:
        >>> place_words([24, 60, 26, 61]), place_words([179, -10, -179, -9])
        ('60.50°N 25.00°E', '9.50°S 180.00°E')
    """
    if not bbox:
        return ""
    west, south, east, north = bbox
    lon = (west + (east + 360 if east < west else east)) / 2
    lon, lat = (lon + 180) % 360 - 180 if lon != 180 else lon, (south + north) / 2
    return f"{abs(lat):.2f}°{'S' if lat < 0 else 'N'} {abs(lon):.2f}°{'W' if lon < 0 else 'E'}"


def _cells(item: Mapping[str, Any]) -> str:
    p = item["properties"]
    texts = (
        when(p).partition(",")[0],
        product_words(p),
        mode_words(p),
        incidence_words(p).partition(" ")[0],
        geometry_words(p),
        place_words(item.get("bbox")),
    )
    return "".join(f'<td style="{_CELL}">{escape(text)}</td>' for text in texts)


def _source_words(source: Source | None) -> str:
    if source is None:
        return ""
    place = f"{source.collection} collection" if source.collection else source.kind
    return place if source.kind == "catalog" else f"{source.kind} {source.id}".strip()
