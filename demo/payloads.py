"""The shape of what is posted to N2F: a body of another shape is refused with 400."""

import re
from datetime import date

from demo.documents import JsonObject, RefusedError

TEXT_FIELDS = (
    "mail",
    "firstname",
    "lastname",
    "jobTitle",
    "employeeNumber",
    "accountingAuxiliaryAccount",
    "company",
    "role",
    "profile",
    "managerMail",
    "canCreateVehicle",
    "culture",
    "currencyIsoCode",
    "structure",
    "authMode",
)
BOOLEAN_FIELDS = (
    "personnalCarHaveToBeApproved",
    "removeHomeWorkDistance",
    "gotProPayment",
    "canRaiseLimits",
)
DATE_FIELDS = ("validityDateFrom", "validityDateTo")

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})T00:00:00Z", re.ASCII)


def check_user(payload: object) -> JsonObject:
    """Return the body of `POST users` if all 19 fields are there with their types; more fields are welcome.

    Raises:
        RefusedError: 400, with the first field that is missing or of another type.
    """
    document = _check_object(payload)
    for field in (*TEXT_FIELDS, *BOOLEAN_FIELDS):
        expected = bool if field in BOOLEAN_FIELDS else str
        _check(
            isinstance(document.get(field), expected),
            f"{field} is missing or not of type {expected.__name__}",
        )
    return document


def check_axis_value(payload: object) -> JsonObject:
    """Return the body of `POST companies/{uuid}/axes/{axis}` if its four fields are as they must be.

    Raises:
        RefusedError: 400, with the first field that is not.
    """
    document = _check_object(payload)
    _check(isinstance(document.get("code"), str), "code is missing or not a text")
    names = document.get("names")
    _check(isinstance(names, list) and all(map(_is_name, names)), "names is not a list of culture and value")
    for field in DATE_FIELDS:
        _check(
            field in document and _is_date(document[field]),
            f"{field} is neither YYYY-MM-DDT00:00:00Z nor null",
        )
    return document


def _check_object(payload: object) -> JsonObject:
    if not isinstance(payload, dict):
        raise RefusedError(400, "the body is not a JSON object")
    return payload


def _check(is_right: bool, text: str) -> None:
    if not is_right:
        raise RefusedError(400, text)


def _is_name(name: object) -> bool:
    return isinstance(name, dict) and all(isinstance(name.get(key), str) for key in ("culture", "value"))


def _is_date(value: object) -> bool:
    if value is None:
        return True
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return False
    try:
        date.fromisoformat(match[1])
    except ValueError:
        return False
    return True
