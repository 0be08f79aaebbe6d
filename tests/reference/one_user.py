"""Worlds of one user, for the examples of cleaning and of the table of fields."""

from __future__ import annotations

from typing import Any

from .builders import n2f, names, user_doc, user_row, uuid
from .world import World

A, B, C = "ann@example.com", "bob@example.com", "cid@example.com"
NBSP = "\u00a0"


def one_user(columns: dict[str, object], fields: dict[str, object], **more: Any) -> World:
    """One user on both sides."""
    return World(agresso_users=[user_row(A, **columns)], n2f=n2f([user_doc(A, **fields)]), **more)


def one_new_user(columns: dict[str, object], **more: Any) -> World:
    """One user in Agresso alone."""
    return World(agresso_users=[user_row(A, **columns)], n2f=n2f(), **more)


ALL_DEFAULTS: dict[str, object] = {
    "mail": A,
    "firstname": "",
    "lastname": "",
    "jobTitle": "",
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
EMPTY_COLUMNS: dict[str, object] = {"Prenom": None, "Nom": "", "Fonction": "   "}
SHARED_MANAGER_ROLES = [{"names": names("Utilisateur")}, {"names": names("Chef", en="Manager")},
                        {"names": names("Gérant", en="manager")}, {"names": names(en="Auditor")}]  # fmt: skip
