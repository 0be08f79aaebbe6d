"""Worlds of any size in which Agresso and N2F are in step, and edits that put them out of step."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

COMPANIES = [b64encode(f"{number:07}".encode()).decode() for number in range(3)]
REPORTS = 8  # people who have the same manager


def names(text: str) -> list[dict[str, str]]:
    """Name something in both cultures."""
    return [{"culture": "fr", "value": text}, {"culture": "nl", "value": text}]


def user(number: int) -> dict[str, Any]:
    """Build N2F's document of a user."""
    return {
        "uuid": f"u{number}", "mail": f"user{number}@firm.example", "firstname": f"First{number}",
        "lastname": f"Last{number}", "jobTitle": "Clerk", "employeeNumber": str(number),
        "accountingAuxiliaryAccount": f"40{number}", "company": COMPANIES[number % 3], "role": "Utilisateur",
        "profile": "Standard",
        "managerMail": f"user{number // REPORTS}@firm.example" if number else "",
        "canCreateVehicle": "", "personnalCarHaveToBeApproved": False, "removeHomeWorkDistance": False,
        "gotProPayment": True, "canRaiseLimits": False, "culture": "fr", "currencyIsoCode": "EUR",
        "structure": "L3", "authMode": "Sso",
    }  # fmt: skip


def value(number: int) -> dict[str, Any]:
    """Build N2F's document of a project."""
    return {
        "code": f"P{number}", "names": names(f"Project {number}"), "validityDateFrom": None,
        "validityDateTo": "2030-01-01T00:00:00Z",
    }  # fmt: skip


def write_n2f(path: Path, *, users: int, values: int) -> None:
    """Write what N2F holds as the demo's server reads it."""
    path.write_text(json.dumps({
        "companies": companies(),
        "roles": [{"names": names("Utilisateur")}],
        "userprofiles": [{"names": names("Standard")}],
        "users": [user(number) for number in range(users)],
        "axes": {uuid: [] for uuid in COMPANIES},
        "axis_values": {
            uuid: {"projects": [value(number) for number in range(i, values, 3)]}
            for i, uuid in enumerate(COMPANIES)
        },
    }))  # fmt: skip


class N2FInProcess:
    """What `write_n2f` writes of users, for a snapshot that asks nobody: a `loader.snapshot.Reader`."""

    PAGE = 200  # users of a page, as N2F answers them

    def __init__(self, *, users: int) -> None:
        self._users = users

    def get_pages(self, path: str, *, paged: bool, template: str | None = None) -> Iterator[list[str]]:
        """Yield the pages of a list, and the empty one at the end of one that is paged."""
        match path:
            case "companies":
                yield [json.dumps(company) for company in companies()]
            case "roles":
                yield [json.dumps({"names": names("Utilisateur")})]
            case "userprofiles":
                yield [json.dumps({"names": names("Standard")})]
            case "users":
                for first in range(0, self._users, self.PAGE):
                    last = min(first + self.PAGE, self._users)
                    yield [json.dumps(user(number)) for number in range(first, last)]
            case _:
                raise ValueError(f"there is no list {template or path}")
        if paged:
            yield []


def companies() -> list[dict[str, Any]]:
    """Build N2F's documents of the companies."""
    return [{"uuid": uuid, "code": f"C{i}", "name": f"Firm {i}"} for i, uuid in enumerate(COMPANIES)]


def load_agresso(connection: duckdb.DuckDBPyConnection, *, users: int, values: int) -> None:
    """Fill Agresso's views with the same people and projects."""
    connection.execute(
        """
        insert into agresso."iris_N2F_User" (
            AdresseEmail, Prenom, Nom, Entreprise, Fonction, Matricule, Compte_Auxiliaire_Agresso, Manager,
            Moyen_Paiement_Prof
        )
        select
            'User' || i || '@firm.example ', 'First' || i, 'Last' || i, 'C' || (i % 3), 'Clerk', i, '40' || i,
            case when i > 0 then 'user' || (i // $reports) || '@firm.example' end, 'Oui'
        from range($users) as numbers (i)
        """,
        {"users": users, "reports": REPORTS},
    )
    connection.execute(
        """
        insert into agresso."iris_N2F_Analytics"
        select 'PROJECT', 'C' || (i % 3), 'P' || i || ' ', 'Project ' || i, 'N', '1900-01-01', '2030-01-01'
        from range($values) as numbers (i)
        """,
        {"values": values},
    )


def change(connection: duckdb.DuckDBPyConnection, *, users: int) -> None:
    """Give the first so many people another job title."""
    connection.execute(
        """update agresso."iris_N2F_User" set Fonction = 'Chief' where cast(Matricule as integer) < $users""",
        {"users": users},
    )


def edit(connection: duckdb.DuckDBPyConnection) -> None:
    """Put both views out of step: of each hundred rows ten differ, one is gone, and one is new.

    Those who leave are also managers, and those who come have managers: old ones, new ones and leavers. Of each
    thousand rows some are rejected, each for another reason, one is there twice, and one person is their own manager.
    """
    for statement in _EDITS:
        connection.execute(statement, {"reports": REPORTS} if "$reports" in statement else None)


def load_again(connection: duckdb.DuckDBPyConnection, *, users: int, values: int) -> None:
    """Put both views in step again."""
    connection.execute("""truncate agresso."iris_N2F_User"; truncate agresso."iris_N2F_Analytics";""")
    load_agresso(connection, users=users, values=values)


_EDITS = (
    """update agresso."iris_N2F_User" set Fonction = 'Chief' where cast(Matricule as integer) % 10 = 3""",
    """
    insert into agresso."iris_N2F_User" (AdresseEmail, Prenom, Nom, Entreprise, Matricule, Manager)
    select
        'New' || Matricule || '@firm.example', 'New', 'Comer', 'C1', 'N' || Matricule,
        case cast(Matricule as integer) % 300
            when 7 then 'user' || (cast(Matricule as integer) // $reports) || '@firm.example'
            when 107 then 'new' || (cast(Matricule as integer) - 100) || '@firm.example'
            else 'user57@firm.example'
        end
    from agresso."iris_N2F_User"
    where cast(Matricule as integer) % 100 = 7
    """,
    """delete from agresso."iris_N2F_User" where try_cast(Matricule as integer) % 100 = 57""",
    """
    insert into agresso."iris_N2F_User"
    select * replace (case when try_cast(Matricule as integer) % 1000 = 102 then 'Twice' else Prenom end as Prenom)
    from agresso."iris_N2F_User"
    where try_cast(Matricule as integer) % 1000 in (101, 102)
    """,
    """
    update agresso."iris_N2F_User"
    set
        AdresseEmail = case try_cast(Matricule as integer) % 1000
            when 204 then 'renamed' || Matricule || '@firm.example'
            when 205 then 'no mail'
            when 206 then null
            else AdresseEmail
        end,
        Entreprise = case try_cast(Matricule as integer) % 1000 when 304 then 'C9' else Entreprise end,
        Role = case try_cast(Matricule as integer) % 1000 when 305 then 'Nobody' else Role end,
        Manager = case try_cast(Matricule as integer) % 1000 when 404 then trim(AdresseEmail) else Manager end
    where try_cast(Matricule as integer) % 1000 in (204, 205, 206, 304, 305, 404)
    """,
    """
    update agresso."iris_N2F_Analytics" set description = 'Renamed'
    where cast(substring(trim(code), 2) as integer) % 10 = 3
    """,
    """
    insert into agresso."iris_N2F_Analytics"
    select 'PROJECT', client, 'N' || trim(code), 'New', 'N', '1900-01-01', '2030-01-01'
    from agresso."iris_N2F_Analytics"
    where cast(substring(trim(code), 2) as integer) % 100 = 7
    """,
    """
    update agresso."iris_N2F_Analytics" set status = 'C'
    where try_cast(substring(trim(code), 2) as integer) % 200 = 57
    """,
    """
    delete from agresso."iris_N2F_Analytics"
    where try_cast(substring(trim(code), 2) as integer) % 200 = 157
    """,
    """
    insert into agresso."iris_N2F_Analytics"
    select * replace (
        case when try_cast(substring(trim(code), 2) as integer) % 1000 = 102 then 'Twice' else description end
        as description
    )
    from agresso."iris_N2F_Analytics"
    where try_cast(substring(trim(code), 2) as integer) % 1000 in (101, 102)
    """,
    """
    update agresso."iris_N2F_Analytics"
    set
        client = case try_cast(substring(trim(code), 2) as integer) % 1000 when 304 then 'C9' else client end,
        date_from = case try_cast(substring(trim(code), 2) as integer) % 1000 when 305 then 'soon' else date_from end
    where try_cast(substring(trim(code), 2) as integer) % 1000 in (304, 305)
    """,
)
