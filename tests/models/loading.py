"""A world's rows in a database, of either engine, as Agresso, the loader, dbt's seeds and its settings write them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from tests.engines import ROOT, Connection, Engine, Environment
from tests.reference.world import ANALYTICS_COLUMNS, USER_COLUMNS, Row, World

AGRESSO_VIEWS = {"iris_N2F_User": USER_COLUMNS, "iris_N2F_Analytics": ANALYTICS_COLUMNS}
SETTINGS = ("run_settings", "run_only_companies", "run_only_mails", "run_scopes")
"""The models that render the environment; a world's own settings are written in their place."""

_PYTHON_TYPES = (bool, int, float, Decimal, datetime, date, str)
_SQL_TYPES = {
    "duckdb": ("boolean", "bigint", "double", "decimal(18, 4)", "timestamp", "date", "varchar"),
    "sqlserver": ("bit", "bigint", "float", "decimal(18, 4)", "datetime2", "date", "nvarchar(4000)"),
}
_MOST_PARAMETERS, _MOST_ROWS = 2000, 1000  # of one statement, on SQL Server


def load_agresso(connection: Connection, engine: Engine, environment: Environment, world: World) -> None:
    """Make Agresso's two views as tables, each column of the type of its values."""
    for view, ddl in agresso_ddl(engine, world).items():
        create_agresso_table(connection, engine, environment, view, ddl)
    fill_agresso(connection, engine, environment, world)


def agresso_ddl(engine: Engine, world: World) -> dict[str, str]:
    """Return the columns of Agresso's two views with their types."""
    return {
        view: ", ".join(f'"{column}" {type_of(engine, column, rows)} null' for column in AGRESSO_VIEWS[view])
        for view, rows in agresso_rows(world).items()
    }


def create_agresso_table(
    connection: Connection, engine: Engine, environment: Environment, view: str, ddl: str
) -> None:
    """Make one of the two again, without rows. SQL Server's stands in a database of its own."""
    if engine.name == "duckdb":
        connection.execute("create schema if not exists agresso")
        connection.execute(f'create or replace table agresso."{view}" ({ddl})')
        return
    connection.execute(f"use [{environment['N2F_SYNC_AGRESSO_DATABASE']}]")
    connection.execute(f"drop table if exists dbo.[{view}]")
    connection.execute(f"create table dbo.[{view}] ({ddl})")
    connection.execute(f"use [{environment['N2F_SYNC_SQLSERVER_DATABASE']}]")


def fill_agresso(connection: Connection, engine: Engine, environment: Environment, world: World) -> None:
    """Write a world's rows of Agresso's two views."""
    for view, rows in agresso_rows(world).items():
        columns = AGRESSO_VIEWS[view]
        insert(
            connection,
            engine.agresso(environment, view),
            [[row.get(column) for column in columns] for row in rows],
        )


def agresso_rows(world: World) -> dict[str, list[Row]]:
    """Return a world's rows by view."""
    return dict(zip(AGRESSO_VIEWS, (world.agresso_users, world.agresso_analytics), strict=True))


def type_of(engine: Engine, column: str, rows: list[Row]) -> str:
    """Return the SQL type that holds a column's values."""
    value = next((row[column] for row in rows if row.get(column) is not None), "")
    kinds = zip(_PYTHON_TYPES, _SQL_TYPES[engine.name], strict=True)
    return next(sql for kind, sql in kinds if isinstance(value, kind))


def load_seeds(connection: Connection, world: World) -> None:
    """Write the seeds that a world has its own of; the others are the project's files."""
    seeds = world.seeds
    for name in ("endpoints", "snapshot_resources"):
        insert(connection, f"n2f_staging.{name}", seed_rows(name))
    insert(connection, "n2f_staging.compared_fields", [
        [resource, field, is_compared and (resource, field) not in seeds.not_compared]
        for resource, field, is_compared in seed_rows("compared_fields")
    ])  # fmt: skip
    insert(connection, "n2f_staging.axis_scopes", [
        [scope.scope, scope.typ, scope.built_in, scope.french_name] for scope in seeds.axis_scopes
    ])  # fmt: skip
    insert(connection, "n2f_staging.protected_roles", [[role] for role in seeds.protected_roles])
    insert(connection, "n2f_staging.protected_mails", [[mail] for mail in seeds.protected_mails])
    insert(connection, "n2f_staging.not_renames", [list(pair) for pair in seeds.not_renames])
    insert(connection, "n2f_staging.guard_limits", [
        [resource, action, limit.percent, limit.rows]
        for resource in ("users", "axis_values")
        for action, limit in seeds.guard_limits.items()
        if (resource, action) != ("axis_values", "create")
    ])  # fmt: skip
    insert(connection, "n2f_staging.push_priorities", [
        [resource, action, priority] for (resource, action), priority in seeds.push_priorities.items()
    ])  # fmt: skip


@cache
def seed_rows(name: str) -> tuple[tuple[object, ...], ...]:
    """Return the rows of a seed's file."""
    words: dict[str, object] = {"": None, "true": True, "false": False}
    with (ROOT / "dbt_project" / "seeds" / f"{name}.csv").open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    return tuple(
        tuple(words.get(text, int(text) if text.isdecimal() else text) for text in row) for row in rows
    )


def load_settings(connection: Connection, world: World) -> None:
    """Write what the models of the folder settings render from the environment."""
    settings = world.settings
    companies = unique(code.strip(" ") for code in settings.only_companies)
    mails = unique(mail.strip(" ").lower() for mail in settings.only_mails)
    insert(connection, "n2f_staging.run_settings", [[
        *(action in settings.actions for action in ("create", "update", "delete")),
        *(action in settings.allow_mass for action in ("create", "update", "delete")),
        settings.sandbox, (settings.sandbox_company or "").strip(" ") or None, bool(companies or mails),
    ]])  # fmt: skip
    insert(connection, "n2f_staging.run_only_companies", [[code] for code in companies])
    insert(connection, "n2f_staging.run_only_mails", [[mail] for mail in mails])
    scopes = [("users", "users"), *((scope.scope, "axis_values") for scope in world.seeds.axis_scopes)]
    insert(connection, "n2f_staging.run_scopes", [
        [scope, resource, settings.scopes is None or scope in settings.scopes] for scope, resource in scopes
    ])  # fmt: skip


def load_snapshot(connection: Connection, world: World) -> None:
    """Write what N2F holds as a complete snapshot, a document per row."""
    now = utc_now() - timedelta(minutes=1)
    insert(connection, "n2f_raw.snapshots", [["snapshot", "https://n2f.example/", now, now, 0, 0]])
    n2f = world.n2f
    for resource in ("companies", "roles", "userprofiles", "users"):
        land(connection, resource, None, None, n2f.get(resource, []))
    for company, axes in n2f.get("axes", {}).items():
        land(connection, "axes", company, None, axes)
    for company, lists in n2f.get("axis_values", {}).items():
        for axis, values in lists.items():
            land(connection, "axis_values", company, axis, values)


def land(
    connection: Connection,
    resource: str,
    company: str | None,
    axis: str | None,
    documents: list[dict[str, Any]],
) -> None:
    """Write one list."""
    insert(connection, f"n2f_raw.{resource}", [
        ["snapshot", company, axis, 1, position, json.dumps(document, ensure_ascii=False)]
        for position, document in enumerate(documents, 1)
    ])  # fmt: skip
    insert(connection, "n2f_raw.lists", [["snapshot", resource, company, axis, 1, len(documents)]])


def load_holds(connection: Connection, world: World) -> None:
    """Write the holds, their ends as far from now as they are from the world's own present."""
    now = utc_now()
    insert(connection, "n2f_sync.holds", [
        [hold.scope, hold.entity_key, "a reason", "a DBA",
         None if hold.held_until is None else now + (hold.held_until - world.now)]
        for hold in world.holds
    ])  # fmt: skip


def insert(connection: Connection, table: str, rows: Sequence[Sequence[object]]) -> None:
    """Insert rows, as many in a statement as engines take. Drivers need not guess the type of a null."""
    size = rows and min(_MOST_ROWS, _MOST_PARAMETERS // len(rows[0]))
    for start in range(0, len(rows), size or 1):
        some = rows[start : start + size]
        places = ", ".join(
            "(" + ", ".join("null" if value is None else "?" for value in row) + ")" for row in some
        )
        values = [value for row in some for value in row if value is not None]
        connection.execute(f"insert into {table} values {places}", values)


def unique(items: Iterable[str]) -> list[str]:
    """Drop empty items and repetitions, keeping the order."""
    return list(dict.fromkeys(item for item in items if item))


def utc_now() -> datetime:
    """Return the present instant as all tables hold it: UTC, without zone."""
    return datetime.now(UTC).replace(tzinfo=None)
