"""What clients may send to Tasking, purchases, Delivery and Notifications: strict models, nothing coerced.

Only shape and type are judged here; what a contract or the clock forbids is in `rules`. The models are the sandbox's
own, written from the API description, so that the client's models are tested against a second reading of it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")


def parse_time(text: object) -> datetime:
    """Return an aware UTC time out of RFC 3339 text with an offset.

    Raises:
        ValueError: another type, another form, no offset, or no such date.

    Example:
        >>> parse_time("2026-11-23T02:00:00+02:00").isoformat()
        '2026-11-23T00:00:00+00:00'
    """
    if not isinstance(text, str) or not _RFC3339.fullmatch(text):
        raise ValueError("must be an RFC 3339 date-time with an offset")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is out of range") from error


def parse_uuid(text: object) -> str:
    """Return a UUID in lower case.

    Raises:
        ValueError: not text, or not the 8-4-4-4-12 form.
    """
    if not isinstance(text, str) or not _UUID.fullmatch(text):
        raise ValueError("must be a UUID")
    return str(UUID(text))


def _whole(value: object) -> object:
    """Let 10.0 pass for 10, as JSON Schema does; everything else is judged by the strict type."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _callback_url(text: str) -> str:
    parts = urlsplit(text)
    if _UNPRINTABLE.search(text) or not parts.hostname or (parts.port is not None and parts.port == 0):
        raise ValueError("must be an absolute URL")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ValueError("must be https (http is for loopback addresses only)")
    return text


Time = Annotated[datetime, BeforeValidator(parse_time)]
ID = Annotated[str, BeforeValidator(parse_uuid)]
Degrees = Annotated[int, BeforeValidator(_whole), Field(ge=10, le=45)]
Reference = Annotated[str, Field(max_length=256)]
CallbackURL = Annotated[str, AfterValidator(_callback_url)]
Eula = Literal["STANDARD", "GOVERNMENT", "MULTI"]
Exclusivity = Literal["PRIVATE", "PUBLIC"]
Priority = Literal["COMMERCIAL", "BACKGROUND"]


def _wire_name(name: str) -> str:
    return re.sub(r"(Id|Url)(s?)$", lambda m: m[1].upper() + m[2], to_camel(name))


class Body(BaseModel):
    """A JSON object as a client sends it; keys nobody has described pass."""

    model_config = ConfigDict(
        strict=True, extra="ignore", alias_generator=_wire_name, populate_by_name=False, hide_input_in_errors=True
    )  # fmt: skip

    @model_validator(mode="before")
    @classmethod
    def _no_nulls(cls, value: Any) -> Any:
        """Refuse null: no request field of the description is nullable, a field is left out instead."""
        names = {field.alias for field in cls.model_fields.values()}
        nulls = (
            [k for k, held in value.items() if held is None and k in names] if isinstance(value, dict) else []
        )
        if nulls:
            raise ValueError(f"{', '.join(nulls)} must not be null")
        return value


class ClosedBody(Body):
    """A JSON object in which an unknown key is an error."""

    model_config = ConfigDict(extra="forbid")


class Point(ClosedBody):
    """A place on the ground, WGS 84 degrees."""

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)


class Window(ClosedBody):
    """A span of time."""

    start: Time
    end: Time


class Incidence(ClosedBody):
    """Accepted incidence angles, whole degrees."""

    min: Degrees
    max: Degrees

    @model_validator(mode="after")
    def _ordered(self) -> Incidence:
        if self.min > self.max:
            raise ValueError("min must not be above max")
        return self


class WebhookRef(Body):
    """The webhook a resource reports to."""

    id: ID | None = None


class Notifications(Body):
    """The `notifications` field of tasks and deliveries."""

    webhook: WebhookRef | None = None

    @property
    def webhook_id(self) -> str | None:
        """The id of the webhook, if one is named."""
        return self.webhook.id if self.webhook else None


class Location(Body):
    """A folder to deliver to; Tasking writes `subPath`, Delivery `subpath` (C15: both are read)."""

    config_id: ID
    path: str = ""
    sub_path: str = ""

    @model_validator(mode="before")
    @classmethod
    def _either_spelling(cls, value: Any) -> Any:
        if isinstance(value, dict) and "subpath" in value and "subPath" not in value:
            return {**value, "subPath": value["subpath"]}
        return value


class TaskLocation(Location):
    """A folder in a task, where the path must be given."""

    path: str


class TaskDelivery(Body):
    """One entry of `deliveries` in a task."""

    locations: list[TaskLocation]


class TaskBody(ClosedBody):
    """createTask, and one entry of checkFeasibility."""

    contract_id: ID
    point_of_interest: Point
    acquisition_window: Window
    imaging_mode: str
    imaging_duration: Annotated[int, BeforeValidator(_whole), Field(ge=1, le=180)] | None = None
    reference: Reference | None = None
    exclusivity: Exclusivity | None = None
    priority: Priority | None = None
    sla: str | None = None
    eula: Eula | None = None
    incidence_angle: Incidence | None = None
    look_side: Literal["ANY", "LEFT", "RIGHT"] = "ANY"
    pass_direction: Literal["ANY", "ASCENDING", "DESCENDING"] = "ANY"
    product_types: list[str] | None = None
    notifications: Notifications | None = None
    deliveries: list[TaskDelivery] = Field(default_factory=list)


class TaskUpdate(ClosedBody):
    """cancelTask: the only change a client can ask for."""

    status: Literal["CANCELED"]


class PriceQuery(Body):
    """The inputs of getPrice, after the query string was read."""

    contract_id: ID
    imaging_mode: str
    point_of_interest: Point
    exclusivity: Exclusivity
    priority: Priority
    sla: str
    eula: Eula


class FramePriceQuery(Body):
    """The inputs of getFramePrice."""

    frame_id: str
    contract_id: ID
    eula: Eula


class PurchaseBody(Body):
    """purchaseFrame."""

    frame_id: str
    contract_id: ID
    eula: Eula | None = None
    reference: Reference | None = None
    product_types: list[str] | None = None


class DeliveryBody(Body):
    """createDelivery."""

    contract_id: ID
    item_ids: list[str] = Field(alias="itemIDs", min_length=1)
    delivery_locations: list[Location]
    notifications: Notifications | None = None


class BasicAuth(Body):
    """Credentials the callback carries in a Basic header."""

    type: Literal["basic"]
    username: str
    password: str = Field(repr=False)


class OAuth2Auth(Body):
    """Client credentials with which the callback's bearer token is fetched."""

    type: Literal["oauth2"]
    token_url: CallbackURL = Field(alias="tokenURL")
    client_id: str
    client_secret: str = Field(repr=False)
    scope: str = ""


Auth = Annotated[BasicAuth | OAuth2Auth, Field(discriminator="type")]


class WebhookBody(Body):
    """registerWebhook."""

    url: CallbackURL
    auth: Auth | None = None


class WebhookUpdate(Body):
    """updateWebhook: at least one of the two."""

    url: CallbackURL | None = None
    auth: Auth | None = None

    @model_validator(mode="before")
    @classmethod
    def _something(cls, value: Any) -> Any:
        if value == {}:
            raise ValueError("must change something")
        return value
