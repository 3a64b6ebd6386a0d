"""The property rules as one table: which STAC field comes from which of ICEYE's, and how it is read.

The normaliser applies them record by record, the frame column by column; both give the same values.
A record that names another constellation keeps what it says: nothing is derived for it, and no default holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from iceye_geo.stac import values
from iceye_geo.stac.values import Reader


@dataclass(frozen=True, slots=True)
class Rule:
    """How one STAC property is found.

    Attributes:
        name: the STAC property.
        read: turns a value into its STAC form, None if it cannot.
        sources: properties it is looked for in; the first readable one wins, its own name first.
        factor: multiplies a number that was found under another name than its own (unit change).
        default: what it is where no source has it, in a record of ICEYE's.
    """

    name: str
    read: Reader
    sources: tuple[str, ...] = ()
    factor: float = 1.0
    default: Any = None

    @property
    def names(self) -> tuple[str, ...]:
        """The property itself, then its other sources."""
        return (self.name, *self.sources)

    def value(self, name: str, raw: Any) -> Any:
        """Read ``raw``, found under ``name``."""
        found = self.read(raw)
        if found is None or name == self.name or self.factor == 1.0:
            return found
        # Twelve significant digits take away what the binary product adds: 0.11600000000000002.
        return self.read(float(f"{found * self.factor:.12g}"))


#: What ICEYE's Items have as their ``constellation``.
CONSTELLATION = "iceye"

_angle = values.NumberBetween(0, 90)
_length = values.NumberBetween(0)
_HZ_TO_GHZ = 1e-9

_ALL = (
    Rule("sar:instrument_mode", values.read_word, ("iceye:acquisition_mode",)),
    Rule("sar:frequency_band", values.read_band, default="X"),
    Rule("sar:polarizations", values.read_polarizations),
    Rule("sar:product_type", values.read_word, ("product:type",)),
    Rule("product:type", values.read_word, ("sar:product_type",)),
    Rule("sar:looks_range", values.read_count),
    Rule("sar:looks_azimuth", values.read_count),
    Rule("sar:observation_direction", values.lower_word_of(("left", "right"))),
    Rule("sar:bandwidth", _length, ("iceye:chirp_bandwidth",), factor=_HZ_TO_GHZ),
    # Ground range, not slant: near, centre and far times sin(incidence) agree with one slant figure.
    Rule("sar:resolution_range", _length, ("iceye:range_resolution_center",)),
    Rule("sar:resolution_azimuth", _length, ("iceye:azimuth_resolution",)),
    Rule(
        "sat:orbit_state",
        values.lower_word_of(("ascending", "descending", "geostationary", "crossing")),
    ),
    Rule("view:incidence_angle", _angle, ("iceye:incidence_center",)),
    Rule("view:off_nadir", _angle, ("iceye:satellite_look_angle",)),
)
#: STAC property -> rule, for the properties that ICEYE's records can fill.
RULES: Mapping[str, Rule] = MappingProxyType({rule.name: rule for rule in _ALL})

_OTHERS = (
    Rule("sar:center_frequency", _length),
    Rule("sar:pixel_spacing_range", _length),
    Rule("sar:pixel_spacing_azimuth", _length),
    Rule("sar:looks_equivalent_number", _length),
    Rule("sar:beam_ids", values.read_anything),
    Rule("sar:relative_burst", values.read_count),
    Rule("sat:platform_international_designator", values.read_word),
    Rule("sat:absolute_orbit", values.read_count),
    Rule("sat:relative_orbit", values.read_count),
    Rule("sat:orbit_cycle", values.read_count),
    Rule("sat:anx_datetime", values.read_time_text),
    Rule("sat:orbit_state_vectors", values.read_anything),
    Rule("view:azimuth", values.NumberBetween(0, 360)),
    Rule("view:sun_azimuth", values.NumberBetween(0, 360)),
    Rule("view:sun_elevation", values.NumberBetween(-90, 90)),
    Rule("product:timeliness", values.read_word),
    Rule("product:timeliness_category", values.read_word),
    Rule("product:acquisition_type", values.lower_word_of(("nominal", "calibration", "other"))),
)
#: STAC property -> rule, for every property the declared extensions know. They allow no other.
KNOWN: Mapping[str, Rule] = MappingProxyType({rule.name: rule for rule in (*_ALL, *_OTHERS)})

_CORE = (
    Rule("title", values.read_word),
    Rule("description", values.read_word),
    Rule("license", values.read_word),
    Rule("platform", values.read_word),
    Rule("constellation", values.read_word),
    Rule("mission", values.read_word),
    Rule("instruments", values.read_words),
    Rule("gsd", values.NumberBetween(1e-9)),
)
#: STAC's common metadata that the core schema types; ICEYE sends none of it so far.
CORE: Mapping[str, Rule] = MappingProxyType({rule.name: rule for rule in _CORE})
#: Every rule by the property it fills.
ALL_RULES: Mapping[str, Rule] = MappingProxyType({**KNOWN, **CORE})

#: Time properties beside ``datetime`` and the acquisition pair: an unreadable one is left out.
STAMPS: tuple[str, ...] = ("created", "updated")


def is_iceye(constellation: Any) -> bool:
    """Say whether the rules hold for a record with this ``constellation``: ICEYE's own records may name none.

    Example:
        >>> is_iceye(None), is_iceye("ICEYE"), is_iceye("pixxel")
        (True, True, False)
    """
    told = values.read_word(constellation)
    return told is None or told.strip().lower() == CONSTELLATION


def apply_rule(rule: Rule, properties: Mapping[str, Any], *, ours: bool = True) -> tuple[Any, list[str]]:
    """Find the value of one STAC property.

    Args:
        rule: of the property.
        properties: of the record.
        ours: whether the record is ICEYE's; of another's record only the property itself is read.

    Returns:
        The value, None if there is none; and the names of sources that hold something unreadable.

    Example:
        >>> apply_rule(RULES["sar:bandwidth"], {"iceye:chirp_bandwidth": 116000000})
        (0.116, [])
        >>> apply_rule(RULES["sat:orbit_state"], {"sat:orbit_state": "sideways"})
        (None, ['sat:orbit_state'])
    """
    unreadable: list[str] = []
    for name in rule.names if ours else (rule.name,):
        raw = properties.get(name)
        if raw is None:
            continue
        found = rule.value(name, raw)
        if found is not None:
            return found, unreadable
        if raw not in ("", []):
            unreadable.append(name)
    return rule.default if ours else None, unreadable


def apply_rules(properties: Mapping[str, Any], rules: Iterable[Rule]) -> tuple[dict[str, Any], list[str]]:
    """Apply several rules; returns the values found and the names of unreadable sources."""
    found: dict[str, Any] = {}
    unreadable: list[str] = []
    ours = is_iceye(properties.get("constellation"))
    for rule in rules:
        value, bad = apply_rule(rule, properties, ours=ours)
        unreadable += bad
        if value is not None:
            found[rule.name] = value
    return found, unreadable
