"""300 users and 300 values of which a tenth changed: exactly the needed writes, each once, and one GET a page."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb

from bench import worlds
from demo.harness import DemoN2F
from tests.end_to_end import site_on
from tests.engines import Engine
from tests.models.loading import AGRESSO_VIEWS

USERS = VALUES = 300
NEEDED = Counter({
    ("POST", "users"): 20, ("DELETE", "users"): 10, ("POST", "companies"): 20, ("DELETE", "companies"): 10,
})  # fmt: skip
PAGES = {"companies": 1, "roles": 1, "userprofiles": 1, "users": 2, "axes": 3, "axis values": 3}
"""One GET per page and list: 300 users are two pages; each of three companies has its axes and its projects."""


def test_a_tenth_of_300_users_and_300_values_is_60_writes_and_then_none(
    engine: Engine, tmp_path: Path
) -> None:
    worlds.write_n2f(tmp_path / "n2f.json", users=USERS, values=VALUES)
    stored = json.loads((tmp_path / "n2f.json").read_text())
    with DemoN2F(stored) as n2f, site_on(engine, tmp_path, n2f) as site:
        site.load_agresso(changed_agresso())
        ended = site.command("run", "--delete", "--json")
        assert ended.code == 0, ended.out + ended.err
        calls = [call for call in n2f.stats["calls"] if call["path"] != "auth"]
        writes = [call for call in calls if call["method"] != "GET"]
        assert Counter((call["method"], call["path"].split("/")[0]) for call in writes) == NEEDED
        assert len(writes) / sum(NEEDED.values()) == 1.0
        assert len({(call["method"], call["path"], json.dumps(call["payload"])) for call in writes}) == len(
            writes
        )
        assert sum(call["method"] == "GET" for call in calls) == sum(PAGES.values())
        held = n2f.world()
        assert people(held) == {
            f"user{number}@firm.example": (f"First{number}", "Chief" if number < 10 else "Clerk", number % 3)
            for number in range(290)
        } | {f"new{number}@firm.example": ("", "", 1) for number in range(10)}
        assert projects(held) == {
            (number % 3, f"P{number}"): "Renamed" if number < 20 else f"Project {number}"
            for number in range(10, VALUES)
        } | {(2, f"N{number}"): "New" for number in range(10)}
        n2f.reset_stats()
        again = site.command("run", "--delete", "--json")
        assert (again.code, site.writes()) == (0, 0), again.out + again.err
        assert sum(call["method"] == "GET" for call in n2f.stats["calls"]) == sum(PAGES.values())
        assert n2f.world() == held


def changed_agresso() -> dict[str, list[dict[str, Any]]]:
    """The rows of Agresso's views, from which N2F differs in a tenth; made by the SQL of the benchmark."""
    with duckdb.connect() as connection:
        connection.execute("create schema agresso")
        for view, columns in AGRESSO_VIEWS.items():
            types = ", ".join(f'"{column}" varchar' for column in columns)
            connection.execute(f'create table agresso."{view}" ({types})')
        worlds.load_agresso(connection, users=USERS, values=VALUES)
        worlds.change(connection, users=10)
        for sql in (
            # Ten people leave who have no reports, ten come; ten projects each end, change their name, begin.
            """delete from agresso."iris_N2F_User" where cast(Matricule as integer) >= 290""",
            """insert into agresso."iris_N2F_User" (AdresseEmail, Entreprise, Matricule)
            select 'new' || i || '@firm.example', 'C1', 1000 + i from range(10) as numbers (i)""",
            """delete from agresso."iris_N2F_Analytics"
            where code in (select 'P' || i || ' ' from range(10) as n (i))""",
            """update agresso."iris_N2F_Analytics" set description = 'Renamed'
            where code in (select 'P' || i || ' ' from range(10, 20) as n (i))""",
            """insert into agresso."iris_N2F_Analytics" (typ, client, code, description)
            select 'PROJECT', 'C2', 'N' || i, 'New' from range(10) as numbers (i)""",
        ):
            connection.execute(sql)
        return {
            view: [
                dict(zip(columns, row, strict=True))
                for row in connection.execute(f'select * from agresso."{view}"').fetchall()
            ]
            for view, columns in AGRESSO_VIEWS.items()
        }


def people(world: dict[str, Any]) -> dict[str, tuple[str, str, int]]:
    """First name, job title and number of the company of everybody in N2F, by mail."""
    return {
        user["mail"]: (user["firstname"], user["jobTitle"], worlds.COMPANIES.index(user["company"]))
        for user in world["users"]
    }


def projects(world: dict[str, Any]) -> dict[tuple[int, str], str]:
    """French name of every project in N2F, by number of the company and code."""
    return {
        (number, value["code"]): value["names"][0]["value"]
        for number, company in enumerate(worlds.COMPANIES)
        for value in world["axis_values"][company]["projects"]
    }
