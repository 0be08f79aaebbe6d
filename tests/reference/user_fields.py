"""Users of both sides in the same 19 fields: the table of section 3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .lookups import Companies, Company, Fault, FrenchNames, once
from .model import USER_FIELDS
from .values import boolean, mail_key, text
from .world import Document, Row, World

AS_IT_IS = {
    "firstname": "Prenom",
    "lastname": "Nom",
    "jobTitle": "Fonction",
    "employeeNumber": "Matricule",
    "accountingAuxiliaryAccount": "Compte_Auxiliaire_Agresso",
    "canCreateVehicle": "Creation_Vehicule",
}
BOOLEANS = {
    "personnalCarHaveToBeApproved": "Appro_Veh_Adm",
    "removeHomeWorkDistance": "Deduction_Distance_TravDom",
    "gotProPayment": "Moyen_Paiement_Prof",
    "canRaiseLimits": "Droit_Relever_Plafond",
}
CASE_DOES_NOT_COUNT = {"canCreateVehicle", "authMode"}
NO_MANAGER = {"nan", "none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """A row of Agresso after the rules, its manager not yet settled.

    `fields` has what would be sent; a company, role or profile that cannot be resolved stands there as its
    Fault together with the text of Agresso, so that rows that name different unknown things differ.
    """

    key: str
    fields: dict[str, Any]
    company_code: str
    faults: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class N2FUser:
    """A user of N2F: the document, the key, and its fields after the same trimming and casing."""

    document: Document
    mail: str
    key: str
    fields: dict[str, Any]
    company_code: str


class Directory:
    """The companies, roles and profiles of N2F, by which users of both sides are read."""

    def __init__(self, world: World) -> None:
        self.companies = Companies(world)
        self.roles = FrenchNames(world.n2f.get("roles", []), "Utilisateur")
        self.profiles = FrenchNames(world.n2f.get("userprofiles", []), "Standard")


def manager_of(value: object) -> str:
    """Manager, lower-cased; where it is `nan` or `none`, empty."""
    key = mail_key(value)
    return "" if key in NO_MANAGER else key


def auth_mode(value: object, *, sandbox: bool) -> str:
    """`Integrated` in the sandbox; else empty or `Saml` -> `Sso`."""
    if sandbox:
        return "Integrated"
    mode = text(value)
    return "Sso" if mode.lower() in {"", "saml"} else mode


def read_row(world: World, directory: Directory, row: Row) -> UserRow:
    """Map one row of iris_N2F_User to the fields of N2F, one rule a field."""
    key = mail_key(row.get("AdresseEmail"))
    faults: dict[str, str] = {}
    fields: dict[str, Any] = {"mail": key}
    for name, column in AS_IT_IS.items():
        fields[name] = text(row.get(column))
    for name, column in BOOLEANS.items():
        fields[name] = boolean(row.get(column))

    company = directory.companies.find(text(row.get("Entreprise")))
    resolved: dict[str, tuple[str, str | Fault]] = {
        "company": (text(row.get("Entreprise")), company.uuid if isinstance(company, Company) else company),
        "role": (text(row.get("Role")), directory.roles.find(text(row.get("Role")))),
        "profile": (text(row.get("Profil")), directory.profiles.find(text(row.get("Profil")))),
    }
    for name, (source, found) in resolved.items():
        if isinstance(found, Fault):
            faults[name] = f"{found.kind}_{name}"
            fields[name] = (found, source)
        else:
            fields[name] = found

    fields["managerMail"] = manager_of(row.get("Manager"))
    fields["culture"] = text(row.get("langue")).lower() or "fr"
    fields["currencyIsoCode"] = text(row.get("Devise")).upper() or "EUR"
    fields["structure"] = text(row.get("Structure")) or "L3"
    fields["authMode"] = auth_mode(row.get("Methode_SSO"), sandbox=world.settings.sandbox)
    code = company.code if isinstance(company, Company) else ""
    return UserRow(key=key, fields=fields, company_code=code, faults=faults)


def read_user(directory: Directory, document: Document) -> N2FUser:
    """Read a user of N2F.

    "N2F's values get the same trimming and casing before they are compared; of the
    defaults only those of role and profile apply to them". Missing and null are empty or false.
    """
    fields: dict[str, Any] = {name: text(document.get(name)) for name in USER_FIELDS}
    fields |= {name: boolean(document.get(name)) for name in BOOLEANS}
    fields["mail"] = mail_key(document.get("mail"))
    fields["role"] = directory.roles.of_n2f(document.get("role"))
    fields["profile"] = directory.profiles.of_n2f(document.get("profile"))
    fields["managerMail"] = mail_key(document.get("managerMail"))
    fields["culture"] = fields["culture"].lower()
    fields["currencyIsoCode"] = fields["currencyIsoCode"].upper()
    mail = document.get("mail")
    return N2FUser(
        document=document,
        mail=mail if isinstance(mail, str) else text(mail),
        key=fields["mail"],
        fields=fields,
        company_code=directory.companies.code_of(fields["company"]),
    )


def read_users(world: World, directory: Directory) -> list[N2FUser]:
    """Read all users of N2F, each once."""
    return [read_user(directory, document) for document in once(world.n2f.get("users", []), "uuid", "mail")]


def comparable(name: str, value: object) -> object:
    """Text values compare exactly, but for the two fields whose case does not count."""
    return str(value).lower() if name in CASE_DOES_NOT_COUNT else value
