"""What random worlds are made of: few values, each with a way to go wrong.

Characters on which simple and full lower-casing differ (capital dotted I, final sigma, sharp s) are left
out: the engines may read them as they like.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .builders import MISSING, names, uuid

NBSP = "\u00a0"
MAILS = (
    "ann@example.com",
    "bob@example.com",
    "cid@example.net",
    "d'arc+x/y#?%@example.org",
    "\u00e9va@example.com",
    "e\u0301va@example.com",
    'q"b\\s@example.net',
    "fay@example.com[entity2]",
)
GHOST = "ghost@example.com"
BAD_MAILS = (None, "", "   ", NBSP, "nomail", "@example.com", "x@", "a@b@c", "a b@example.com", "nan")
NO_MANAGERS = (None, "", "  ", "nan", " NONE", GHOST, "not a mail", NBSP)
ODD_TEXTS = (None, "", "  ", NBSP, "Other", "other", " Other ", "\u00c9t\u00e9", "E\u0301te\u0301",
             "a/b#?%'[x]\"\\", "\U0001f600", f"{NBSP}Other", "nan", "\tx", "1,2", "a\nb")  # fmt: skip
BOOLEAN_TEXTS = (
    None,
    "",
    "1",
    "0",
    " Oui",
    "O",
    "ja",
    "TRUE",
    "y",
    "n",
    "false",
    "2",
    f"{NBSP}1",
    "On",
    "J ",
)
CLIENTS = ("BE", "FR", "LU", " BE ", "BE", "FR", "be", "??", None, "")

USER_NUMBERS: dict[str, tuple[object, ...]] = {
    "text": (None, "", "  ", "7", " 7 ", "007", "8", "A7", "a7", "7.0", "\U0001f600"),
    "int": (None, 7, 8, 70, 123456789012),
    "float": (None, 7.0, 8.0, 7.5, 1e16, 0.00001, 70.0),
    "decimal": (
        None,
        Decimal("7.00"),
        Decimal("8.00"),
        Decimal("7.50"),
        Decimal("70.00"),
        Decimal("1000000.00"),
    ),
}
"""Employee numbers by the type of the column; all in a world have one type (decimals: two places)."""
N2F_NUMBERS = ("", None, MISSING, "7", " 7", "8", "007", "A7", "7.5", "70", 7, "10000000000000000", "0.00001")

USER_PAIRS: tuple[tuple[str, object], ...] = tuple(
    (column, value)
    for column, values in {
        "Prenom": ODD_TEXTS,
        "Nom": ("Lee", " Lee", "LEE", "Lée", "Le\u0301e", None),
        "Fonction": ("clerk", "Clerk ", "", "\U0001f600"),
        "Entreprise": CLIENTS,
        "Role": (
            "user",
            "GEBRUIKER ",
            "Accountant",
            "administrateur",
            "Beheerder",
            "Manager",
            "auditor",
            "chef",
            "?",
        ),
        "Profil": ("STANDAARD", "executive", "Cadre", "Gold", "?", " "),
        "Compte_Auxiliaire_Agresso": ODD_TEXTS,
        "Creation_Vehicule": ("Oui", "oui", "NON", "false", "True", " x"),
        "langue": ("FR", "nl", " En ", ""),
        "Devise": ("eur", "usd ", "GBP", " "),
        "Structure": ("L3", "l3", " L1 ", ""),
        "Methode_SSO": ("saml", "SAML ", "Sso", "SSO", "Local", "integrated", ""),
        "Centre_Cout": ("1", "2"),
    }.items()
    for value in values
)
BOOLEAN_COLUMNS = (
    "Appro_Veh_Adm",
    "Deduction_Distance_TravDom",
    "Moyen_Paiement_Prof",
    "Droit_Relever_Plafond",
)

N2F_BOOLEANS = (True, False, "true", " Oui", "0", "x", 1, 0, None, "", MISSING)
DOCUMENT_PAIRS: tuple[tuple[str, Any], ...] = tuple(
    (name, value)
    for name, values in {
        "firstname": ("Ann ", "ann", None, "", MISSING, "\u00c9t\u00e9", "E\u0301te\u0301", "Other"),
        "lastname": (" Lee", "LEE", "Lée", None, MISSING),
        "jobTitle": ("clerk", "", None, MISSING),
        "accountingAuxiliaryAccount": ("Other", " ", None, MISSING, NBSP),
        "company": (uuid("FR"), uuid("LU"), f" {uuid('BE')} ", "Z29uZQ==", "", None, MISSING),
        "role": ("user ", "GEBRUIKER", "Boekhouder", "Administrateur", "beheerder", "ADMINISTRATOR",
                 "Manager", "Auditor", "?", "", None, MISSING),
        "profile": ("standaard", "Executive", "Gold", "?", "", None, MISSING),
        "canCreateVehicle": ("oui", "OUI", True, False, "non", None, MISSING),
        "personnalCarHaveToBeApproved": N2F_BOOLEANS,
        "removeHomeWorkDistance": N2F_BOOLEANS,
        "gotProPayment": N2F_BOOLEANS,
        "canRaiseLimits": N2F_BOOLEANS,
        "culture": ("FR", " fr ", "nl", "", None, MISSING),
        "currencyIsoCode": ("eur", "EUR ", "USD", "", None, MISSING),
        "structure": (" L3", "l3", "", None, MISSING),
        "authMode": ("SSO", "sso ", "Saml", "Integrated", "", None, MISSING),
    }.items()
    for value in values
)  # fmt: skip
HIDEABLE_USER_FIELDS = (
    "jobTitle",
    "structure",
    "gotProPayment",
    "employeeNumber",
    "role",
    "authMode",
    "company",
)

ROLE_LISTS = (
    [names("Utilisateur", "Gebruiker", "User"), names("Administrateur", "Beheerder", "Administrator"),
     names("Comptable", "Boekhouder", "Accountant"), names("Chef", en="Manager"),
     names("Gérant", en="manager "), names(en="Auditor")],
    [names("Administrateur", "beheerder"), names("utilisateur"), names("Comptable", "Boekhouder", "User")],
    [names("Administrateur", en="Administrator"), names("Utilisateur", "", "User"),
     names("Utilisateur", "Gebruiker")],
)  # fmt: skip
PROFILE_LISTS = (
    [names("Standard", "Standaard"), names("Cadre", "Kaderlid", "Executive"), names("Or", "Goud", "Gold")],
    [names("Cadre", "Kaderlid", "Executive"), names("Or", "Gold")],
    [names("Standard", "Standaard"), names("Cadre", "Executive"), names("Standard", en="Executive")],
)

CODES = (
    "P1",
    "p1",
    "P2",
    "A#?%'[1]",
    '"q"\\/',
    "\U0001f600",
    "\u00e9",
    "e\u0301",
    ".",
    "..",
    "a b",
    f"{NBSP}P1",
    "7",
)
PLANNED_TYPS = ("PROJECT", "PLAQUE", "SUBPOST")
TYPS = ("PROJECT", "project ", "PLAQUE", "Plaque", "SUBPOST", " subpost", "DEPARTMENT", "OTHER", None)
STATUSES = (None, "", " ", "N", " n ", "C", "T", NBSP, "0")
DATE_TEXTS = (None, "", "1900-01-01", "2099-12-31", "2024-02-29", " 2024-02-29 ", "2024-02-29T23:30:00+02:00",
              "2099-12-31 00:00", "2025-06-30 12:00:00.000", "01/02/2024", "2023-02-29", "2024-1-1",
              "x", "20240229", f"{NBSP}2024-02-29")  # fmt: skip
N2F_DATES = (None, None, "", "1900-01-01T00:00:00Z", "2099-12-31T23:59:59", "2024-02-29T00:00:00Z",
             "2024-02-29", "2025-06-30T00:00:00Z", "soon", MISSING)  # fmt: skip
DESCRIPTIONS = ("D", "D", " D ", "d", "", None, "\u00c9", "E\u0301", 'a"b\\c/d', "\U0001f600")
N2F_NAMES: tuple[Any, ...] = (
    names("D", "D"),
    names("D", "D", "extra")[::-1],
    [{"culture": "FR", "value": " D"}, {"culture": " nl ", "value": "D"}],
    names("D"),
    names("D", "d"),
    names("\u00c9", "\u00c9"),
    names("", ""),
    [{"culture": "fr", "value": None}, {"culture": "nl"}],
    [{"culture": "fr", "value": "D"}, {"culture": "nl", "value": "D"}, {"culture": "fr", "value": "x"}],
    [],
    None,
    MISSING,
)
AXIS_NAMES = (
    ("plaque", "subpost"),
    ("plaque", "subpost"),
    ("Plaque ", "autre", "SUBPOST", "DÉPARTEMENT"),
    ("plaque", "PLAQUE"),
    ("département", "subpost"),
    (),
)
