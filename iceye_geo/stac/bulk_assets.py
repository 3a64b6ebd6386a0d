"""The rules of ``assets`` over many records; whatever is new goes through ``normalise_asset`` once.

Records differ in hrefs and corners, hardly in what else their assets say. So each description is made once, cannot be
changed, and is shared by all rows that it fits: a table of a million frames holds a few dozen of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from iceye_geo.stac.assets import normalise_asset
from iceye_geo.stac.fixed import FixedDict, FixedList
from iceye_geo.stac.signed import EXPIRED_MARK, scrub
from iceye_geo.stac.values import copied

#: A catalog has a few dozen kinds of assets. Where there are more, comparing with them all gains nothing.
_MAX_KINDS = 12


class _AnyHref:
    """Equal to every href that is no blank text."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return type(other) is str and "!" <= other < "\x7f"


class _AnyCorners:
    """Equal to whatever stands for corners, which are copied with care afterwards."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return other is not None


_HREF, _CORNERS = _AnyHref(), _AnyCorners()


class _Kind(NamedTuple):
    """Something seen before: what it looked like, how it is described, and where it has corners."""

    template: dict[str, Any]
    described: FixedDict
    with_corners: tuple[str, ...]


class _Seen(dict[Any, list[_Kind]]):
    """Kinds by something quickly told of them: the number of fields of a record, the key of an asset."""

    def __missing__(self, sign: Any) -> list[_Kind]:
        return self.setdefault(sign, [])


def describe_assets(many: Sequence[Any]) -> list[FixedDict]:
    """Describe the assets of many records as ``normalise_assets`` does, without their hrefs.

    Example:
        >>> describe_assets([{"grd-cog": {"href": "https://host/a?Signature=x", "title": "GRD"}}])
        [{'grd-cog': {'title': 'GRD', 'roles': ['data']}}]
    """
    records, assets = _Seen(), _Seen()
    return [_describe(one, records, assets) for one in many]


def _describe(given: Any, records: _Seen, assets: _Seen) -> FixedDict:
    """Describe the assets of one record, as an earlier one with the same assets where there was one."""
    try:
        kinds = records[sum(map(len, given.values()))]
    except (TypeError, AttributeError):
        kinds = []
    for template, described, with_corners in kinds:
        if given == template:
            if not with_corners:
                return described
            own = {key: _with_corners(described[key], given[key]) for key in with_corners}
            return FixedDict({**described, **own})
    return _describe_new(given, kinds, assets) if isinstance(given, Mapping) else FixedDict()


def _describe_new(given: Mapping[Any, Any], kinds: list[_Kind], assets: _Seen) -> FixedDict:
    found = {str(key): _asset(str(key), asset, assets) for key, asset in given.items()}
    described = FixedDict((key, asset) for key, asset in found.items() if asset is not None)
    pairs = ((key, _template(asset)) for key, asset in given.items())
    templates = {key: template for key, template in pairs if template is not None}
    if len(kinds) < _MAX_KINDS and given.keys() == templates.keys() == described.keys():
        corners = tuple(key for key, template in templates.items() if "coordinates" in template)
        kinds.append(_Kind(templates, described, corners))
    return described


def _asset(key: str, asset: Any, seen: _Seen) -> FixedDict | None:
    """Describe one asset; None if it has no href."""
    for known in seen[key]:
        if asset == known.template:
            return _with_corners(known.described, asset) if known.with_corners else known.described
    clean = normalise_asset(key, asset)
    if clean is None:
        return None
    kept = {name: scrub(value) for name, value in clean.items() if name not in ("href", EXPIRED_MARK)}
    if "roles" in kept:
        kept["roles"] = FixedList(kept["roles"])
    described, template = FixedDict(kept), _template(asset)
    if template is not None and len(seen[key]) < _MAX_KINDS:
        seen[key].append(_Kind(template, described, ("coordinates",) if "coordinates" in template else ()))
    return described


def _template(asset: Any) -> dict[str, Any] | None:
    """Make what equals every asset that is described alike but for its corners; None where nothing can."""
    if type(asset) is not dict or asset.get("href") != _HREF:
        return None
    told = {name: copied(value) for name, value in asset.items() if name not in ("href", "coordinates")}
    # The mark is in no description, so it does not matter what equals it.
    if not all(_is_exact(value) for name, value in told.items() if name != EXPIRED_MARK):
        return None
    corners = {"coordinates": _CORNERS} if asset.get("coordinates") is not None else {}
    return {"href": _HREF, **told, **corners}


def _is_exact(value: Any) -> bool:
    """Say whether only its like equals a value: a text, or texts; 1, 1.0 and True equal one another."""
    return type(value) is str or (type(value) is list and set(map(type, value)) <= {str})


def _with_corners(described: FixedDict, asset: Mapping[str, Any]) -> FixedDict:
    return FixedDict({**described, "coordinates": _corners(asset["coordinates"])})


def _corners(corners: Any) -> Any:
    """Copy the corner coordinates of a picture."""
    try:
        if math.isfinite(sum(chain.from_iterable(corners.values()))):
            return {name: corner.copy() for name, corner in corners.items()}
    except (TypeError, AttributeError):
        pass
    return scrub(copied(corners))
