"""pystac Items made from ICEYE's records: ``to_item``, ``to_item_collection`` and the classes they return.

Hrefs stay live in memory, where a reader needs them, and leave it without their signature: what is printed,
saved, pickled or turned into a dict carries no key to anybody's data.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pystac

from iceye_geo.errors import NormalisationError, SkippedRecordWarning
from iceye_geo.redact import redact
from iceye_geo.stac.normalise import normalise
from iceye_geo.stac.show import item_html, items_html
from iceye_geo.stac.signed import EXPIRED_MARK, scrub, unsigned
from iceye_geo.stac.source import Source
from iceye_geo.stac.values import read_time

if TYPE_CHECKING:
    import geopandas as gpd

#: Rows that a notebook shows of many Items.
_SHOWN = 8
SourceOf = Callable[[Mapping[str, Any]], Source | None]


class IceyeAsset(pystac.Asset):
    """An asset whose ``href`` is live in memory, and cut down wherever it is shown or written."""

    def __repr__(self) -> str:
        return f"<IceyeAsset href={redact(self.href)}>"

    def to_dict(self, *, signed_links: bool = False) -> dict[str, Any]:
        """Return the asset as a dict.

        Args:
            signed_links: True keeps the signature in the href, which is then a secret.
        """
        plain = super().to_dict()
        return plain if signed_links else dict(scrub(plain))

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        clean = unsigned(self.href)
        if clean != self.href:
            state |= {"href": clean, "extra_fields": {**self.extra_fields, EXPIRED_MARK: True}}
        return state


class IceyeItem(pystac.Item):
    """A STAC Item that remembers what ICEYE sent and where it came from.

    Attributes:
        raw: the record as ICEYE sent it, unchanged, with its signed links. Never print or store it.
        source: where the record came from, hence where a fresh link can be asked for; None if unknown.
    """

    raw: dict[str, Any]
    source: Source | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.raw = {}
        self.source = None

    def to_dict(
        self, include_self_link: bool = True, transform_hrefs: bool = True, *, signed_links: bool = False
    ) -> dict[str, Any]:
        """Return the Item as a dict that may be stored: its links carry no signature.

        Args:
            include_self_link: keep the link with ``rel: self``.
            transform_hrefs: let pystac make link hrefs relative or absolute.
            signed_links: True keeps the signatures in the assets' hrefs, which are then secrets.
        """
        plain = super().to_dict(include_self_link, transform_hrefs)
        if signed_links:
            plain["assets"] = {k: _signed_dict(a) for k, a in self.assets.items()}
            return plain
        return dict(scrub(plain))

    def clone(self) -> IceyeItem:
        """Return a copy with the same raw record and source."""
        copy = super().clone()
        assert isinstance(copy, IceyeItem)
        copy.raw, copy.source = self.raw, self.source
        return copy

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = scrub_state(self.__dict__)
        return state

    def _repr_html_(self) -> str:
        return item_html(self.to_dict(include_self_link=False, transform_hrefs=False), self.source)


class IceyeItemCollection(pystac.ItemCollection):
    """Items of one answer, in its order."""

    def _repr_html_(self) -> str:
        return items_html(
            [item.to_dict(transform_hrefs=False) for item in self.items[:_SHOWN]], len(self.items)
        )

    def __repr__(self) -> str:
        return f"<IceyeItemCollection: {len(self.items)} items>"


class ItemList(list[IceyeItem]):
    """A plain list of Items that prints as a table: the products of one task or purchase.

    Example:
        >>> ItemList([to_item({"id": "a", "properties": {"datetime": "2024-12-13T12:58:22Z"}})])
        [<Item id=a>]
    """

    def to_geodataframe(self) -> gpd.GeoDataFrame:
        """Return one row per Item, with the columns that a search has."""
        from iceye_geo.stac.frame import to_geodataframe

        return to_geodataframe(self)

    def _repr_html_(self) -> str:
        shown = [item.to_dict(transform_hrefs=False) for item in self[:_SHOWN]]
        return items_html(shown, len(self))


def to_item(raw: Mapping[str, Any], *, source: Source | None = None) -> IceyeItem:
    """Turn a record of ICEYE's Catalog or Tasking API into a valid STAC Item.

    Args:
        raw: one entry of ``data``. It is not changed and stays reachable as ``item.raw``.
        source: where it came from; without it a signed link in it cannot be renewed.

    Raises:
        NormalisationError: the record has no id or no time.

    Example:
        >>> item = to_item({"id": "a", "properties": {"datetime": "2024-12-13T12:58:22Z"}})
        >>> item.id, item.datetime.year, item.properties["constellation"]
        ('a', 2024, 'iceye')
    """
    plain = normalise(raw)
    item = IceyeItem(
        id=plain["id"],
        geometry=plain["geometry"],
        bbox=plain.get("bbox"),
        datetime=read_time(plain["properties"]["datetime"]),
        properties=plain["properties"],
        stac_extensions=plain["stac_extensions"],
        collection=plain.get("collection"),
        extra_fields={key: value for key, value in plain.items() if key not in _PASSED},
        assets={key: _asset(asset) for key, asset in plain["assets"].items()},
    )
    item.raw, item.source = dict(raw), source
    for link in plain["links"]:
        item.add_link(pystac.Link.from_dict(link))
    return item


_PASSED = frozenset(
    {"type", "stac_version", "stac_extensions", "id", "geometry", "bbox", "properties", "links", "assets"}
    | {"collection"}
)


def iter_items(
    raws: Iterable[Mapping[str, Any]], *, source_of: SourceOf | None = None
) -> Iterator[IceyeItem]:
    """Turn records into Items one by one; a hopeless record is skipped with a warning.

    Args:
        raws: records as ICEYE sent them.
        source_of: says for each record where it came from.

    Warns:
        SkippedRecordWarning: a record could not become an Item; its ``error`` says why.

    Example:
        >>> list(iter_items([]))
        []
    """
    for raw in raws:
        try:
            yield to_item(raw, source=source_of(raw) if source_of is not None else None)
        except NormalisationError as error:
            warn_skipped(error)


def warn_skipped(error: NormalisationError) -> None:
    """Warn that a record was left out."""
    warnings.warn(SkippedRecordWarning(f"{error}; it was left out", error), stacklevel=3)


def to_item_collection(
    raws: Iterable[Mapping[str, Any] | pystac.Item], *, source: Source | None = None
) -> IceyeItemCollection:
    """Turn records into a pystac ItemCollection; hopeless ones are skipped with a warning.

    Args:
        raws: records as ICEYE sent them, or Items, which are kept.
        source: where all of them came from.

    Example:
        >>> len(to_item_collection([{"id": "a", "properties": {"datetime": "2024-12-13T12:58:22Z"}}]))
        1
    """
    items: list[pystac.Item] = []
    for raw in raws:
        kept = [raw] if isinstance(raw, pystac.Item) else iter_items([raw], source_of=lambda _: source)
        items.extend(kept)
    return IceyeItemCollection(items, clone_items=False)


def scrub_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return an Item's state as it may be pickled: its raw record and properties without signatures."""
    kept = dict(state)
    for name in ("raw", "properties", "extra_fields"):
        kept[name] = scrub(deepcopy(state[name]))
    return kept


_ASSET_FIELDS = frozenset({"href", "title", "description", "type", "roles"})


def _asset(plain: Mapping[str, Any]) -> IceyeAsset:
    extra = plain.keys() - _ASSET_FIELDS
    return IceyeAsset(
        href=plain["href"],
        title=plain.get("title"),
        description=plain.get("description"),
        media_type=plain.get("type"),
        roles=plain.get("roles"),
        extra_fields={key: plain[key] for key in plain if key in extra} if extra else None,
    )


def _signed_dict(asset: pystac.Asset) -> dict[str, Any]:
    return asset.to_dict(signed_links=True) if isinstance(asset, IceyeAsset) else asset.to_dict()
