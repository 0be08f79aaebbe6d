"""Short ways to write worlds. What is built by default is in step: the row and the document say the same."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from .world import ANALYTICS_COLUMNS, USER_COLUMNS, Document, Row

MISSING = object()
"""As the value of a field: the document has no such key."""

COMPANIES = ("BE", "FR", "LU")
ROLES = (
    ("Utilisateur", "Gebruiker", "User"),
    ("Administrateur", "Beheerder", "Administrator"),
    ("Comptable", "Boekhouder", "Accountant"),
)
PROFILES = (("Standard", "Standaard", "Standard"), ("Cadre", "Kaderlid", "Executive"))
CUSTOM_AXES = ("plaque", "subpost")


def uuid(text: str) -> str:
    """Make an id of the form that N2F uses (base64 with padding)."""
    return b64encode(text.encode()).decode()


def names(fr: str | None = None, nl: str | None = None, en: str | None = None) -> list[Document]:
    """Give a list of names with a culture each."""
    pairs = (("fr", fr), ("nl", nl), ("en", en))
    return [{"culture": culture, "value": value} for culture, value in pairs if value is not None]


def axis_uuid(company: str, axis: str) -> str:
    """Give the id of an axis of a company, by the company's code; the word itself for `projects`."""
    return axis if axis == "projects" else uuid(f"{company}-{axis}")


def without_missing(document: dict[str, Any]) -> Document:
    """Leave out the keys whose value is MISSING."""
    return {name: value for name, value in document.items() if value is not MISSING}


def user_row(mail: object, /, **columns: object) -> Row:
    """Build a row of iris_N2F_User, by default a user of company BE."""
    row: Row = dict.fromkeys(USER_COLUMNS)
    row |= {"AdresseEmail": mail, "Prenom": "Ann", "Nom": "Lee", "Entreprise": "BE", "Fonction": "Clerk"}
    return row | columns


def user_doc(mail: object, /, **fields: object) -> Document:
    """Build N2F's document of a user, in step with `user_row` of the same mail."""
    document: dict[str, Any] = {
        "uuid": uuid(f"user {mail}"),
        "mail": mail,
        "firstname": "Ann",
        "lastname": "Lee",
        "jobTitle": "Clerk",
        "employeeNumber": "",
        "accountingAuxiliaryAccount": "",
        "company": uuid("BE"),
        "role": "Utilisateur",
        "profile": "Standard",
        "managerMail": "",
        "canCreateVehicle": "",
        "personnalCarHaveToBeApproved": False,
        "removeHomeWorkDistance": False,
        "gotProPayment": False,
        "canRaiseLimits": False,
        "culture": "fr",
        "currencyIsoCode": "EUR",
        "structure": "L3",
        "authMode": "Sso",
    }
    return without_missing(document | fields)


def value_row(typ: object, client: object, code: object, /, **columns: object) -> Row:
    """Build a row of iris_N2F_Analytics, by default an open one called D."""
    row: Row = dict.fromkeys(ANALYTICS_COLUMNS)
    return row | {"typ": typ, "client": client, "code": code, "description": "D"} | columns


def value_doc(code: object, name: str = "D", /, **fields: object) -> Document:
    """Build N2F's document of an axis value, in step with `value_row` of the same code."""
    document = {"code": code, "names": names(name, name), "validityDateFrom": None, "validityDateTo": None}
    return without_missing(document | fields)


def n2f(
    users: list[Document] | None = None,
    values: dict[tuple[str, str], list[Document]] | None = None,
    **replaced: Any,
) -> dict[str, Any]:
    """Build what N2F holds: three companies with the axes plaque and subpost each, three roles, two profiles.

    `values` is keyed by (company code, name of the axis or `projects`); `replaced` names whole lists.
    """
    axis_values: dict[str, dict[str, list[Document]]] = {uuid(code): {"projects": []} for code in COMPANIES}
    for code in COMPANIES:
        for axis in CUSTOM_AXES:
            axis_values[uuid(code)][axis_uuid(code, axis)] = []
    for (code, axis), documents in (values or {}).items():
        axis_values.setdefault(uuid(code), {})[axis_uuid(code, axis)] = documents
    whole: dict[str, Any] = {
        "companies": [{"uuid": uuid(code), "code": code, "name": f"Company {code}"} for code in COMPANIES],
        "roles": [{"names": names(*role)} for role in ROLES],
        "userprofiles": [{"names": names(*profile)} for profile in PROFILES],
        "users": users or [],
        "axes": {
            uuid(code): [
                {"uuid": axis_uuid(code, axis), "names": names(axis, f"{axis}-nl")} for axis in CUSTOM_AXES
            ]
            for code in COMPANIES
        },
        "axis_values": axis_values,
    }
    return whole | replaced
