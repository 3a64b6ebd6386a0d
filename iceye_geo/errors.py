"""Every error and warning class of the package, one line each, and the table from server answer to class."""

from __future__ import annotations

from typing import Any

from iceye_geo.redact import redact


class IceyeGeoError(Exception):
    """Root of all errors of this package."""


class ConfigurationError(IceyeGeoError):
    """A setting is missing, contradictory or malformed; nothing was sent."""


class MissingExtraError(IceyeGeoError, ImportError):
    """An optional dependency is not installed; the message holds the one line that installs it."""


class InvalidInputError(IceyeGeoError, ValueError):
    """An argument breaks a rule; nothing was sent. ``field`` names it."""

    def __init__(self, field: str, rule: str, *, hint: str = "", source: str = "") -> None:
        self.field, self.rule, self.hint, self.source = field, rule, hint, source
        text = f"{rule} (source: {source})" if source else rule
        text = redact(f"{text}. {hint}" if hint else text)
        super().__init__(f"{field}: {text}")  # outside of redact, which would hide the rule of a "password"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the message parts, so that the error survives a process boundary."""
        return _rebuild_invalid_input, (type(self), self.field, self.rule, self.hint, self.source)


def _rebuild_invalid_input(
    cls: type[InvalidInputError], field: str, rule: str, hint: str, source: str
) -> InvalidInputError:
    return cls(field, rule, hint=hint, source=source)


class ApiError(IceyeGeoError):
    """The server answered with an error.

    Attributes:
        status: HTTP status, an int; 0 where no answer came.
        code: ICEYE's machine-readable code, or "".
        detail: ICEYE's own words, redacted.
        reference: link to the operation in ICEYE's specification, or "".
        next_step: what the caller can do, or "".
        retry_after: seconds the server asked to wait, or None.
        never_sent: True where the request certainly did not reach a server, so that it had no effect.
    """

    next_step = ""

    def __init__(
        self,
        detail: str,
        *,
        status: int = 0,
        code: str = "",
        reference: str = "",
        operation: str = "",
        retry_after: float | None = None,
        never_sent: bool = False,
    ) -> None:
        self.status, self.code, self.reference, self.operation = status, code, reference, redact(operation)
        self.retry_after, self.never_sent = retry_after, never_sent
        self.detail = redact(detail)
        head = " ".join(str(p) for p in (operation, status or "", code) if p)
        first = _sentence(f"{head}: {self.detail}" if head else self.detail)
        see = f"See {reference}" if reference else ""
        super().__init__(redact(" ".join(part for part in (first, self.next_step, see) if part)))

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the message parts, so that the error survives a process boundary."""
        parts = {
            "status": self.status, "code": self.code, "reference": self.reference,
            "operation": self.operation, "retry_after": self.retry_after, "never_sent": self.never_sent,
        }  # fmt: skip
        return _rebuild_api_error, (type(self), self.detail, parts)


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?", "…")) else f"{text}."


def _rebuild_api_error(cls: type[ApiError], detail: str, parts: dict[str, Any]) -> ApiError:
    return cls(detail, **parts)


class BadRequestError(ApiError):
    """400: the server did not accept the request as sent."""

    next_step = "Check the named field against the contract's allowed values."


class ProviderRequestError(BadRequestError):
    """400 of a provider other than ICEYE."""

    next_step = ""


class AuthenticationError(ApiError):
    """401, also after one renewal, or a refused token request."""

    next_step = "Check the client id, the client secret and the token URL."


class ApiKeyError(AuthenticationError):
    """401 or 403 of a service with API keys: it answers a bad key with 403 too."""

    next_step = (
        "Most likely the API key is wrong, expired or revoked, or its service account is not in the project: "
        "check it (the argument, PIXXEL_API_KEY or the profile) and the account's projects."
    )


class PermissionDeniedError(ApiError):
    """403: the account may not use this resource or option."""

    next_step = "Ask ICEYE whether the contract covers it, or choose another contract_id."


class NotFoundError(ApiError):
    """404: unknown id, or not available yet."""

    next_step = "Check the id."

    def __init__(self, detail: str, **parts: Any) -> None:
        self.next_step = _WHERE_TO_LOOK.get(parts.get("operation", ""), self.next_step)
        super().__init__(detail, **parts)


class InsufficientFundsError(BadRequestError):
    """The price exceeds what is available."""

    next_step = "Compare the price with client.company.budget(contract_id).available."


class InvalidContractError(ApiError):
    """The contract has expired or is not valid."""

    next_step = "Check contract.start and contract.end, or choose another contract_id."


class NoPricingPlanError(ApiError):
    """The contract has no pricing plan, so it can neither quote nor show a budget."""

    next_step = "Prices and budgets exist only for contracts with a pricing plan; ask ICEYE for the terms."


class UnprocessableError(ApiError):
    """422: understood but not processable."""


class RateLimitedError(ApiError):
    """429, also after the retries."""

    next_step = "Wait and try again, or ask for less at once."


class ServerError(ApiError):
    """5xx, also after the retries."""

    next_step = "The fault is on the server's side; try again later."


class ConnectionFailedError(ApiError):
    """No answer: the connection failed, was dropped or timed out."""

    next_step = "Check the network, the proxy and the API URL."


class CertificateError(ConnectionFailedError):
    """The server's TLS certificate was not accepted; nothing was sent."""

    next_step = "Give your organisation's certificate authorities as ca_bundle= or ICEYE_CA_BUNDLE."


class UnexpectedAnswerError(ApiError):
    """The server answered with something that is not what the operation promises."""


class PagingError(IceyeGeoError):
    """A list could not be read to its end; the pages read before stay usable."""


class NormalisationError(IceyeGeoError):
    """A record cannot become a STAC Item. ``raw`` holds it unchanged."""

    def __init__(self, message: str, raw: object = None) -> None:
        self.raw = raw
        super().__init__(redact(message))


class SharedValueError(IceyeGeoError, TypeError):
    """A value that rows of a table share was to be changed."""


class CogError(IceyeGeoError):
    """Root of what can go wrong while an image is read."""


class AssetNotFoundError(CogError):
    """The item has no asset that fits."""


class LinkExpiredError(CogError):
    """A signed link has expired and nothing can renew it."""


class LinkRefusedError(CogError):
    """A fresh link was refused too."""


class RangeNotSupportedError(CogError):
    """The host does not answer byte ranges as HTTP says."""


class ReadFailedError(CogError):
    """Bytes did not arrive, also after the retries."""


class NotACogError(CogError):
    """The file is no TIFF, or no cloud-optimized one."""


class OutsideFrameError(CogError, ValueError):
    """The asked place lies outside the frame."""


class NotCalibratedError(CogError):
    """The frame has no radiometric calibration (Scan and Scan Wide)."""


class NoGeoreferenceError(CogError):
    """The file has neither ground control points nor RPCs."""


class ChangedOnServerError(CogError):
    """The file behind a renewed link is not the one that was being read."""


class DownloadError(CogError):
    """A download could not be finished; what arrived is kept for the next try."""


class MoneyGuardError(IceyeGeoError):
    """Nothing was sent, because it would have cost more than allowed or an unknown amount."""


class DuplicatePurchaseError(MoneyGuardError):
    """Nothing was sent, because the frame is bought or being bought already; ``existing`` is that purchase."""

    def __init__(self, message: str, existing: object = None) -> None:
        self.existing = existing
        super().__init__(redact(message))


class WaitError(IceyeGeoError):
    """Root of what ends a wait. ``last`` is the last state seen."""

    def __init__(self, message: str, last: object = None) -> None:
        self.last = last
        super().__init__(redact(message))


class WaitTimeoutError(WaitError, TimeoutError):
    """The deadline passed first."""


class TaskFailedError(WaitError):
    """The task ended as FAILED, REJECTED or CANCELED."""


class PurchaseFailedError(WaitError):
    """The purchase ended as failed or canceled."""


class DeliveryFailedError(WaitError):
    """The delivery ended as FAILED."""


class DownloadFailedError(WaitError):
    """The provider could not prepare the download; nothing was fetched."""


class CapabilityNotSupportedError(IceyeGeoError):
    """The provider, or this server, has no such operation; nothing was sent or it answered 404/405."""


class ArchiveError(IceyeGeoError):
    """A local archive cannot be read or written as asked."""


class ArchiveLockedError(ArchiveError, TimeoutError):
    """Another process is writing the archive."""


class OpenDataError(IceyeGeoError):
    """The open data catalog could not be read, or not as a STAC catalog."""


class IceyeGeoWarning(UserWarning):
    """Root of all warnings of this package."""


class SkippedRecordWarning(IceyeGeoWarning):
    """A record of a page could not be normalised and was left out; ``.error`` says why."""

    def __init__(self, message: str, error: Exception | None = None) -> None:
        self.error = error
        super().__init__(message)


class DroppedValueWarning(IceyeGeoWarning):
    """An unreadable value was left out of an Item."""


class RuleWarning(IceyeGeoWarning):
    """ICEYE's documents state a rule that this input breaks, yet their own examples break it too."""


class LargeAreaWarning(IceyeGeoWarning):
    """The area is larger than one scene of the imaging mode; a task images its middle."""


class UncalibratedWarning(IceyeGeoWarning):
    """Values are relative, since the product is not calibrated."""


class UnverifiedWarning(IceyeGeoWarning):
    """A checksum is of a kind not known here, so a file was not held against it."""


class LargeReadWarning(IceyeGeoWarning):
    """The read will move many bytes."""


_BY_CODE: dict[str, type[ApiError]] = {
    "ERR_INSUFFICIENT_FUNDS": InsufficientFundsError,
    "ERR_INVALID_CONTRACT": InvalidContractError,
    "OUT_OF_BOUND_CONTRACT": NoPricingPlanError,
    "ERR_NO_PRICING_PLAN": NoPricingPlanError,
    "not_found": NotFoundError,
    "ERR_TASK_NOT_FOUND": NotFoundError,
    "ERR_SCENE_UNAVAILABLE": NotFoundError,
}
# Fragments that ICEYE's own catalog app looks for in the message when a frame cannot be priced.
_BY_FRAGMENT: dict[str, type[ApiError]] = {
    "no pricing plan": NoPricingPlanError,
    "not allowed to query price": NoPricingPlanError,
    "out_of_bound_contract": NoPricingPlanError,
    "invalid contract": InvalidContractError,
}
_BY_STATUS: dict[int, type[ApiError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    422: UnprocessableError,
    429: RateLimitedError,
}


_LATER = "Check the id; scenes and products appear only once the task has them."
# What helps after a 404, by operation.
_WHERE_TO_LOOK: dict[str, str] = {
    "GetContract": "Check the id; client.company.contracts() lists yours.",
    "GetSummary": "Check the id; client.company.contracts() lists yours.",
    "getTask": "Check the id; client.tasking.list() lists your tasks.",
    "getTaskScene": _LATER,
    "listTaskProducts": _LATER,
    "getTaskProduct": _LATER,
    "getFramePrice": "Check the frame id, iceye:frame_id of an Item; an item id is not one.",
    "purchaseFrame": "Check the frame id, iceye:frame_id of an Item; an item id is not one.",
    "getPurchase": "Check the id; client.catalog.purchases() lists your purchases.",
    "listPurchaseProducts": "Check the id; client.catalog.purchases() lists your purchases.",
    "searchCatalogItems": "Check the id; ids change when ICEYE reprocesses a frame, frame ids do not.",
    "getDelivery": "Check the id; client.delivery.list() lists your deliveries.",
    "getWebhook": "Check the id that registering the webhook gave.",
    "updateWebhook": "Check the id that registering the webhook gave.",
    "deleteWebhook": "Check the id that registering the webhook gave.",
}


def api_error_class(status: int, code: str = "", message: str = "") -> type[ApiError]:
    """Choose the class for a server's answer: by code, then by known words, then by status.

    Args:
        status: HTTP status.
        code: the body's ``code``, if any.
        message: the body's words, if any.

    Example:
        >>> api_error_class(400, "ERR_INSUFFICIENT_FUNDS").__name__
        'InsufficientFundsError'
        >>> api_error_class(503).__name__
        'ServerError'
    """
    if code in _BY_CODE:
        return _BY_CODE[code]
    lowered = message.lower()
    for fragment, cls in _BY_FRAGMENT.items():
        if fragment in lowered:
            return cls
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return ServerError if status >= 500 else ApiError
