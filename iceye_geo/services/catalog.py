"""The Catalog API: searching the archive. Prices and purchases are in ``purchases``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from iceye_geo.errors import InvalidInputError, NotFoundError
from iceye_geo.services.area import (
    BBoxLike,
    IntersectsLike,
    box_as_geometry,
    crosses_antimeridian,
    format_bbox,
    format_intersects,
)
from iceye_geo.services.datetimes import DatetimeLike, format_datetime
from iceye_geo.services.purchases import Purchases
from iceye_geo.services.query import QueryLike, SortbyLike, format_query, format_sortby
from iceye_geo.services.search import ItemSearch, SearchRequest, get_parameters

if TYPE_CHECKING:
    from iceye_geo.models.company import Contract
    from iceye_geo.stac.items import IceyeItem

#: Records per page: ICEYE's maximum. Its own default of ten would send twenty times as many requests.
MAX_LIMIT = 200
_LIMIT_SOURCE = "ICEYE's guide to pagination"


class CatalogService(Purchases):
    """The archive of frames.

    Args:
        session: the authenticated session.
    """

    def search(
        self,
        *,
        bbox: BBoxLike | None = None,
        intersects: IntersectsLike | None = None,
        datetime: DatetimeLike | None = None,
        ids: str | Sequence[str] | None = None,
        collections: str | Sequence[str] | None = None,
        contract_id: str | Contract | None = None,
        query: QueryLike | None = None,
        sortby: SortbyLike | None = None,
        limit: int | None = None,
        max_items: int | None = None,
    ) -> ItemSearch:
        """Describe a search. It is checked now and sent when it is read.

        Args:
            bbox: (west, south, east, north) in degrees; west > east means across the antimeridian, and is sent
                as the two halves, since ICEYE does not say how it reads such a box.
            intersects: GeoJSON, a shapely geometry, a GeoDataFrame, anything with ``__geo_interface__``, or WKT;
                not together with ``bbox``.
            datetime: a moment, an interval, or a year, month or day; open ends as ``..``.
            ids: item ids. They may change when ICEYE reprocesses; the frame id does not.
            collections: "public" (pictures only) or "private" (what you own, with data); default the server's.
            contract_id: an id or a Contract; needed for "private". Default there: the configured contract.
            query: filters on properties, ``{"sar:product_type": {"in": ["GRD", "GRD-COG"]}}``. Published names
                and v1 names are checked; other names are sent as they are.
            sortby: "-start_datetime" for newest first, or several names with commas.
            limit: records per page, 1 to 200; the default asks for as many as fit.
            max_items: stop after so many records, and send no further request.

        Raises:
            InvalidInputError: something breaks a rule; it names the field, and nothing was sent.

        Example:
            >>> search = client.catalog.search(datetime="2025", sortby="-start_datetime", max_items=3)
            >>> len(search.item_collection())
            3
        """
        if bbox is not None and intersects is not None:
            raise InvalidInputError("bbox, intersects", "exclude each other", hint="Give one of them.")
        most = read_count("max_items", max_items)
        arguments: dict[str, Any] = {
            "bbox": None if bbox is None else format_bbox(bbox),
            "intersects": None if intersects is None else format_intersects(intersects),
            "datetime": None if datetime is None else format_datetime(datetime),
            "ids": None if ids is None else read_names("ids", ids),
            "collections": None if collections is None else read_names("collections", collections),
            "query": None if query is None else format_query(query),
            "sortby": None if sortby is None else format_sortby(sortby),
            "limit": read_count("limit", limit, most=MAX_LIMIT),
            "max_items": most,
        }
        arguments["contract_id"] = self._contract_for(arguments["collections"], contract_id)
        given = {name: value for name, value in arguments.items() if value is not None}
        body = _body(given)
        return ItemSearch(self._session, SearchRequest(body, most, given | _short_order(body)))

    def item(self, item_id: str, *, contract_id: str | Contract | None = None) -> IceyeItem:
        """Return one item: from the private collection, if it is there and a contract is known, else the public one.

        Args:
            item_id: the item's id.
            contract_id: whose private collection; default the configured contract.

        Raises:
            NotFoundError: no such item; ids change when ICEYE reprocesses a frame.

        Example:
            >>> known = next(client.catalog.search(max_items=1).items())
            >>> client.catalog.item(known.id).id == known.id
            True
        """
        contract = read_contract_id(contract_id) or self._session.settings.contract_id
        tries: list[dict[str, Any]] = (
            [{"collections": "private", "contract_id": contract}] if contract else []
        )
        for where in [*tries, {"collections": "public"}]:
            found = next(self.search(ids=item_id, max_items=1, **where).items(), None)
            if found is not None:
                return found
        raise NotFoundError(f"no item {item_id} in the archive", operation="searchCatalogItems")

    def _contract_for(self, collections: Sequence[str] | None, given: str | Contract | None) -> str | None:
        """Choose the contract to send: the given one; for other collections than "public" the configured one."""
        chosen = read_contract_id(given)
        if chosen is None and collections and set(collections) != {"public"}:
            chosen = self._session.settings.contract_id
        if chosen is None and collections and "private" in collections:
            hint = "client.company.contracts() lists yours; ICEYE_CONTRACT_ID sets one for all calls."
            raise InvalidInputError("contract_id", "is needed for the private collection", hint=hint)
        return chosen


def _body(given: Mapping[str, Any]) -> dict[str, Any]:
    """Write a checked search as the body of POST /search."""
    body: dict[str, Any] = {name: given[name] for name in _SAME if name in given}
    if "contract_id" in given:
        body["contractID"] = given["contract_id"]
    box = given.get("bbox")
    if box is not None and crosses_antimeridian(box):
        body["intersects"] = box_as_geometry(box)
    elif box is not None:
        body["bbox"] = list(box)
    most = given.get("max_items")
    body.setdefault("limit", MAX_LIMIT if most is None else min(most, MAX_LIMIT))
    return body


def _short_order(body: Mapping[str, Any]) -> dict[str, str]:
    """The order as a person writes it."""
    text = get_parameters(body).get("sortby")
    return {} if text is None else {"sortby": text.removeprefix("+")}


_SAME = ("intersects", "datetime", "ids", "collections", "query", "sortby", "limit")


def read_contract_id(contract: str | Contract | None) -> str | None:
    """Read a contract, or its id, as the id.

    Raises:
        InvalidInputError: it is neither.
    """
    if contract is None:
        return None
    name = contract if isinstance(contract, str) else getattr(contract, "id", None)
    if not isinstance(name, str) or not name.strip():
        raise InvalidInputError("contract_id", f"must be an id or a Contract, this is {contract!r}")
    return name.strip()


def read_names(field: str, value: str | Iterable[str]) -> list[str]:
    """Read one name or several; an empty list is refused, since a server would take it for no filter.

    Raises:
        InvalidInputError: they are no names.
    """
    if not isinstance(value, str | Iterable):
        raise InvalidInputError(field, f"must be a name or several, this is {value!r}")
    names = [value] if isinstance(value, str) else list(value)
    if not all(isinstance(name, str) and name.strip() for name in names):
        raise InvalidInputError(field, "must be names, each a text that is not empty")
    if not names:
        raise InvalidInputError(field, "is empty", hint="Leave it out if it is not to matter.")
    return list(dict.fromkeys(name.strip() for name in names))


def read_count(field: str, value: int | None, *, most: int | None = None) -> int | None:
    """Read a whole number of at least one.

    Raises:
        InvalidInputError: it is none, or more than ``most``.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInputError(field, f"must be a whole number, this is {value!r}")
    if value < 1 or (most is not None and value > most):
        rule = "must be at least 1" if most is None else f"must be between 1 and {most}, this is {value}"
        hint = "It is the size of a page; max_items bounds the whole answer." if most is not None else ""
        raise InvalidInputError(field, rule, hint=hint, source=_LIMIT_SOURCE if most is not None else "")
    return value
