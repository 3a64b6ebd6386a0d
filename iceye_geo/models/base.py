"""What every wire model shares: names, tolerance, dict form, display; Price; a list that prints."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, SupportsIndex, TypeVar, overload

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from iceye_geo.errors import UnexpectedAnswerError
from iceye_geo.redact import redact

if TYPE_CHECKING:
    import pandas as pd

_CAPITALS = {"id": "ID", "ids": "IDs"}
_MAX_ROWS = 50
_MAX_CELL = 200

# ISO 4217 currencies without, or with three, decimals; all others have two.
_MINOR_DIGITS = {
    "JPY": 0,
    "KRW": 0,
    "CLP": 0,
    "ISK": 0,
    "VND": 0,
    "BHD": 3,
    "KWD": 3,
    "OMR": 3,
    "TND": 3,
    "JOD": 3,
}


def wire_name(name: str) -> str:
    """Return ICEYE's spelling of a Python field name: camelCase with ID in capitals.

    Example:
        >>> wire_name("contract_id"), wire_name("item_ids"), wire_name("id"), wire_name("spend_limit")
        ('contractID', 'itemIDs', 'id', 'spendLimit')
    """
    first, *rest = name.split("_")
    return first + "".join(_CAPITALS.get(part, part.capitalize()) for part in rest)


def as_utc(value: datetime) -> datetime:
    """Return ``value`` as aware UTC; a time without a zone, which ICEYE should not send, is read as UTC.

    Example:
        >>> as_utc(datetime.fromisoformat("2026-11-20T12:00:00+02:00")).isoformat()
        '2026-11-20T10:00:00+00:00'
    """
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


UtcDatetime = Annotated[datetime, AfterValidator(as_utc)]
"""A field type: any RFC 3339 time, kept as aware UTC."""


class WireModel(BaseModel):
    """One JSON object of ICEYE's APIs.

    Readers are tolerant: unknown fields are kept (``model_extra``), enum-like fields are plain strings,
    missing optional fields are None. Fields are snake_case in Python and camelCase with ID in capitals on the
    wire; both are accepted on input. The display never shows a signature or a token.

    Subclasses may name the fields a person wants to see first in ``_columns`` (tables and cards), and the few that a
    line of text shows in ``_headline``.

    Example:
        >>> class Thing(WireModel):
        ...     contract_id: str
        >>> Thing.from_wire({"contractID": "c-1", "new": 2}).to_dict()
        {'contractID': 'c-1', 'new': 2}
    """

    model_config = ConfigDict(
        alias_generator=wire_name, populate_by_name=True, extra="allow", hide_input_in_errors=True,
        protected_namespaces=(),
    )  # fmt: skip

    _columns: ClassVar[tuple[str, ...]] = ()
    _headline: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def from_wire(cls, raw: object, *, operation: str = "") -> Self:
        """Read one JSON object as the server sent it.

        Args:
            raw: the parsed JSON.
            operation: what was asked for, for the error message.

        Raises:
            UnexpectedAnswerError: a required field is missing or of another kind; the message names the
                fields and never their values.
        """
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors()
            )
            raise UnexpectedAnswerError(f"not a {cls.__name__}: {faults}", operation=operation) from None

    def to_dict(self) -> dict[str, Any]:
        """Return the wire form: ICEYE's names, JSON values, without what is None."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    def row(self) -> dict[str, Any]:
        """Return the fields of ``_columns`` (or all that are set) by Python name: one row of a table."""
        names = self._columns or tuple(type(self).model_fields)
        values = {name: getattr(self, name) for name in names}
        return values if self._columns else {k: v for k, v in values.items() if v is not None}

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Show the headline, else what is set; None and empty lists only make the line longer."""
        every: Iterable[tuple[str | None, Any]] = super().__repr_args__()
        if self._headline:
            every = [(name, _Line.of(getattr(self, name))) for name in self._headline]
        return [(name, value) for name, value in every if value is not None and value != []]

    def __repr__(self) -> str:
        return redact(super().__repr__())

    def __str__(self) -> str:
        return repr(self)

    def _repr_html_(self) -> str:
        known = {name: value for name, value in self.row().items() if value is not None and value != []}
        rows = "".join(f"<tr><th>{cell(k)}</th><td>{cell(v)}</td></tr>" for k, v in known.items())
        return f"<table><caption>{cell(type(self).__name__)}</caption><tbody>{rows}</tbody></table>"


class _Line(str):
    """A value as it reads in a line of text, without quotes."""

    __slots__ = ()

    @classmethod
    def of(cls, value: Any) -> Any:
        """Return models and times in words, lists of them joined, all else as it is."""
        if isinstance(value, list):
            return cls(f"[{', '.join(map(_words, value))}]") if value else value
        return cls(_words(value)) if isinstance(value, WireModel | datetime) else value

    def __repr__(self) -> str:
        return str(self)


def cell(value: object) -> str:
    """Return ``value`` as text for an HTML table cell: short, escaped, without anything that grants access.

    Example:
        >>> cell("<b>"), cell(None), cell(["A", "B"])
        ('&lt;b&gt;', '', 'A, B')
    """
    text = redact(_words(value))
    return html.escape(text if len(text) <= _MAX_CELL else text[: _MAX_CELL - 1] + "…")


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return as_utc(value).strftime("%Y-%m-%d %H:%M:%SZ")
    if hasattr(value, "geom_type"):
        west, south, east, north = value.bounds
        return f"{value.geom_type}, {west:.3f} to {east:.3f}, {south:.3f} to {north:.3f}"
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {_words(v)}" for k, v in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(_words(v) for v in value)
    return str(value)


class Price(WireModel):
    """An amount of money.

    Attributes:
        amount: minor units (cents), an int.
        currency: ISO 4217 code.
    """

    amount: int
    currency: str

    @property
    def formatted(self) -> str:
        """The amount for people.

        Example:
            >>> Price(amount=123456, currency="USD").formatted
            '1,234.56 USD'
        """
        return format_money(self.amount, self.currency)

    def __str__(self) -> str:
        return self.formatted


def format_money(amount: int, currency: str) -> str:
    """Return an amount in minor units for people; exact, without floats.

    Example:
        >>> format_money(-5, "EUR"), format_money(1500, "JPY")
        ('-0.05 EUR', '1,500 JPY')
    """
    digits = _MINOR_DIGITS.get(currency.upper(), 2)
    whole, rest = divmod(abs(amount), 10**digits)
    fraction = f".{rest:0{digits}d}" if digits else ""
    return f"{'-' if amount < 0 else ''}{whole:,}{fraction} {currency}"


M = TypeVar("M", bound=WireModel)


class ModelList(list[M]):
    """A plain list of models that prints as a table and turns into a DataFrame.

    Example:
        >>> prices = ModelList([Price(amount=100, currency="EUR"), Price(amount=250, currency="EUR")])
        >>> prices.to_dataframe()["amount"].tolist()
        [100, 250]
        >>> type(prices[:1]).__name__
        'ModelList'
    """

    def __init__(self, items: Iterable[M] = ()) -> None:
        super().__init__(items)

    @overload
    def __getitem__(self, index: SupportsIndex) -> M: ...
    @overload
    def __getitem__(self, index: slice) -> ModelList[M]: ...
    def __getitem__(self, index: SupportsIndex | slice) -> M | ModelList[M]:
        """Return one model, or a ModelList for a slice."""
        if isinstance(index, slice):
            return ModelList(super().__getitem__(index))
        return super().__getitem__(index)

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per model, columns by Python name, in the order of the models' ``_columns``."""
        import pandas as pd

        columns = list(dict.fromkeys(name for model in self for name in model.row()))
        return pd.DataFrame([model.row() for model in self], columns=columns)

    def __repr__(self) -> str:
        shown = [f"  {model!r}," for model in self[:_MAX_ROWS]]
        more = [f"  … and {len(self) - _MAX_ROWS} more"] if len(self) > _MAX_ROWS else []
        return "\n".join(["[", *shown, *more, "]"]) if self else "[]"

    def _repr_html_(self) -> str:
        names = list(dict.fromkeys(name for model in self for name in model.row()))
        head = "".join(f"<th>{cell(name)}</th>" for name in names)
        body = "".join(_table_row(model.row(), names) for model in self[:_MAX_ROWS])
        more = f"<p>… and {len(self) - _MAX_ROWS} more</p>" if len(self) > _MAX_ROWS else ""
        kind = type(self[0]).__name__ if self else "no records"
        caption = f"{kind}, {len(self)}" if self else kind
        table = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
        return f"<table><caption>{caption}</caption>{table}</table>{more}"


def _table_row(row: Mapping[str, object], names: list[str]) -> str:
    return "<tr>" + "".join(f"<td>{cell(row.get(name))}</td>" for name in names) + "</tr>"
