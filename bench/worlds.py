"""Worlds of any size in which Agresso and N2F are in step, and edits that put them out of step."""

from __future__ import annotations

import json
from base64 import b64encode
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
        "companies": [{"uuid": uuid, "code": f"C{i}", "name": f"Firm {i}"} for i, uuid in enumerate(COMPANIES)],
        "roles": [{"names": names("Utilisateur")}],
        "userprofiles": [{"names": names("Standard")}],
        "users": [user(number) for number in range(users)],
        "axes": {uuid: [] for uuid in COMPANIES},
        "axis_values": {
            uuid: {"projects": [value(number) for number in range(i, values, 3)]}
            for i, uuid in enumerate(COMPANIES)
        },
    }))  # fmt: skip


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

    Those who leave are also managers, and those who come have managers: old ones, new ones and leavers.
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
)
