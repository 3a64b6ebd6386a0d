from __future__ import annotations

import inspect
import pickle

import pytest

from iceye_geo import errors
from iceye_geo.errors import ApiError, IceyeGeoError, IceyeGeoWarning, InvalidInputError, api_error_class

CLASSES = [
    cls for _, cls in inspect.getmembers(errors, inspect.isclass) if cls.__module__ == "iceye_geo.errors"
]
API = [cls for cls in CLASSES if issubclass(cls, ApiError)]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_class_hangs_on_one_root_and_says_what_it_means(cls: type) -> None:
    assert issubclass(cls, IceyeGeoError | IceyeGeoWarning)
    assert cls.__doc__
    assert cls.__name__.endswith(("Error", "Warning"))


@pytest.mark.parametrize("cls", API, ids=lambda cls: cls.__name__)
def test_api_errors_survive_a_process_boundary(cls: type[ApiError]) -> None:
    error = cls("no rows", status=404, code="c", reference="http://d/#x", operation="Get", retry_after=2.5)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is cls
    assert str(again) == str(error)
    assert vars(again) == vars(error)


def test_input_errors_survive_a_process_boundary() -> None:
    error = InvalidInputError(
        "bbox", "must have four numbers", hint="west, south, east, north", source="STAC"
    )
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == "bbox: must have four numbers (source: STAC). west, south, east, north" == str(error)
    assert (again.field, again.rule) == ("bbox", "must have four numbers")
    assert isinstance(again, ValueError)


def test_a_rule_about_a_secret_field_stays_readable_and_its_value_does_not() -> None:
    assert str(InvalidInputError("password", "must not be empty")) == "password: must not be empty"
    assert "planted" not in str(InvalidInputError("auth", "cannot be password=planted"))


def test_the_message_reads_as_sentences() -> None:
    error = errors.NotFoundError(
        "no rows", status=404, code="not_found", operation="Get", reference="http://d/#x"
    )
    assert str(error) == ("Get 404 not_found: no rows. Check the id. See http://d/#x")
    assert str(ApiError("What?")) == "What?"


@pytest.mark.parametrize("field", ["detail", "reference", "operation", "code"])
def test_no_part_of_the_message_carries_a_signature(field: str) -> None:
    parts = {"detail": "x", field: "https://h/a?Signature=planted"}
    error = ApiError(parts.pop("detail"), **parts)  # type: ignore[arg-type]
    assert "planted" not in str(error) + repr(error)


@pytest.mark.parametrize(
    ("status", "code", "message", "expected"),
    [
        (400, "ERR_INSUFFICIENT_FUNDS", "", errors.InsufficientFundsError),
        (422, "ERR_INVALID_CONTRACT", "", errors.InvalidContractError),
        (400, "", "could not create task: invalid model: invalid contract", errors.InvalidContractError),
        (403, "", "not allowed to query price", errors.NoPricingPlanError),
        (404, "not_found", "", errors.NotFoundError),
        (400, "", "", errors.BadRequestError),
        (401, "", "", errors.AuthenticationError),
        (403, "", "", errors.PermissionDeniedError),
        (422, "", "", errors.UnprocessableError),
        (429, "", "", errors.RateLimitedError),
        (500, "", "", errors.ServerError),
        (599, "", "", errors.ServerError),
        (418, "", "", ApiError),
    ],
)
def test_the_table(status: int, code: str, message: str, expected: type[ApiError]) -> None:
    assert api_error_class(status, code, message) is expected
