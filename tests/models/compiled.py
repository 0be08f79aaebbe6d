"""The project's own compiled SQL, run on worlds without dbt's start-up: hundreds of builds a minute.

dbt compiles the models once; here each is created again as its manifest says, in the order of its manifest. Only what
the settings models render from the environment is written as tables instead; `test_compiled_equals_dbt` proves that
the result is dbt's own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from tests.reference.world import ANALYTICS_COLUMNS, USER_COLUMNS, Row, World

ROOT = Path(__file__).resolve().parents[2]
CATALOG = "models"
SETTINGS = ("run_settings", "run_only_companies", "run_only_mails", "run_scopes")
USER_VIEW, ANALYTICS_VIEW = "iris_N2F_User", "iris_N2F_Analytics"


def dbt(*arguments: str, environment: dict[str, str]) -> None:
    """Run dbt in a process of its own, so that nothing it keeps in memory reaches another test."""
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def dbt_environment(folder: Path) -> dict[str, str]:
    """Keep a dbt of the tests away from the developer's own database, target and log."""
    unset = dict.fromkeys(
        ("N2F_SANDBOX", "N2F_SANDBOX_COMPANY", "N2F_SYNC_ACTIONS", "N2F_SYNC_SCOPES", "N2F_SYNC_ALLOW_MASS",
         "N2F_SYNC_ONLY_COMPANIES", "N2F_SYNC_ONLY_MAILS"), ""
    )  # fmt: skip
    return unset | {
        "N2F_SYNC_ACTIONS": "create,update,delete",
        "N2F_SYNC_TARGET": "duckdb",
        "N2F_SYNC_DUCKDB_PATH": str(folder / f"{CATALOG}.duckdb"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_PROFILES_DIR": str(profiles_dir(folder)),
    }


def profiles_dir(folder: Path) -> Path:
    """Copy the example profile: the tests read what a fresh set-up reads."""
    (folder / "profiles.yml").write_text((ROOT / "profiles.yml.example").read_text())
    return folder


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledModels:
    """The models in the order in which they can be created, and the DDL of everything that dbt does not build."""

    models: tuple[tuple[str, str, str], ...]
    """(relation, materialization, SQL)"""
    ddl: tuple[str, ...]

    @classmethod
    def by_dbt(cls, folder: Path) -> CompiledModels:
        """Let dbt build the project on an empty database, and keep what it ran."""
        environment = dbt_environment(folder)
        dbt("build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test",
            environment=environment)  # fmt: skip
        manifest = json.loads((folder / "target" / "manifest.json").read_text())
        nodes = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
        order = TopologicalSorter(
            {key: [up for up in node["depends_on"]["nodes"] if up in nodes] for key, node in nodes.items()}
        ).static_order()
        models = tuple(
            (nodes[key]["relation_name"], nodes[key]["config"]["materialized"], nodes[key]["compiled_code"])
            for key in order
            if nodes[key]["name"] not in SETTINGS
        )
        with duckdb.connect(environment["N2F_SYNC_DUCKDB_PATH"], read_only=True) as built:
            schemas = [row[0] for row in built.execute(
                "select distinct table_schema from information_schema.tables"
            ).fetchall()]  # fmt: skip
            tables = [row[0] for row in built.execute(
                "select sql from duckdb_tables() where schema_name in ('n2f_raw', 'n2f_sync')"
            ).fetchall()]  # fmt: skip
            settings = [row[0] for row in built.execute(
                "select sql from duckdb_tables() where table_name in ? or table_name in ?",
                [list(SETTINGS), [node["name"] for node in manifest["nodes"].values()
                                  if node["resource_type"] == "seed"]],
            ).fetchall()]  # fmt: skip
        ddl = [f'create schema "{schema}"' for schema in schemas]
        return cls(models=models, ddl=(*ddl, *tables, *settings))

    def build(self, connection: duckdb.DuckDBPyConnection, *, only: Sequence[str] | None = None) -> None:
        """Create all models, or some, on what was loaded."""
        for relation, materialized, sql in self.models:
            if only is not None and relation.split(".")[-1].strip('"') not in only:
                continue
            connection.execute(f"create or replace {materialized} {relation} as {sql}")


def open_world(models: CompiledModels, world: World) -> duckdb.DuckDBPyConnection:
    """Return a database in memory that holds a world as the loader would have landed it, models built."""
    connection = open_before_snapshot(models, world)
    load_snapshot(connection, world)
    models.build(connection)
    return connection


def open_before_snapshot(models: CompiledModels, world: World) -> duckdb.DuckDBPyConnection:
    """Return a database in memory as it is when the loader begins to read N2F."""
    connection = duckdb.connect()
    connection.execute(f"attach ':memory:' as {CATALOG}")
    connection.execute(f"use {CATALOG}")
    for statement in models.ddl:
        connection.execute(statement)
    load_agresso(connection, world)
    load_seeds(connection, world)
    load_settings(connection, world)
    load_holds(connection, world)
    models.build(connection, only=("companies_to_read", "axes_to_read"))
    return connection


def load_agresso(connection: duckdb.DuckDBPyConnection, world: World) -> None:
    """Make Agresso's two views as tables, each column of the type of its values."""
    connection.execute("create schema if not exists agresso")
    for view, columns, rows in (
        (USER_VIEW, USER_COLUMNS, world.agresso_users),
        (ANALYTICS_VIEW, ANALYTICS_COLUMNS, world.agresso_analytics),
    ):
        types = ", ".join(f'"{column}" {type_of(column, rows)}' for column in columns)
        connection.execute(f'create or replace table agresso."{view}" ({types})')
        insert(connection, f'agresso."{view}"', [[row.get(column) for column in columns] for row in rows])


def type_of(column: str, rows: list[Row]) -> str:
    """Return the SQL type that holds a column's values."""
    value = next((row[column] for row in rows if row.get(column) is not None), "")
    kinds: tuple[tuple[type, str], ...] = (
        (bool, "boolean"), (int, "bigint"), (float, "double"), (Decimal, "decimal(18, 4)"),
        (datetime, "timestamp"), (date, "date"),
    )  # fmt: skip
    return next((sql for kind, sql in kinds if isinstance(value, kind)), "varchar")


def load_seeds(connection: duckdb.DuckDBPyConnection, world: World) -> None:
    """Write the seeds that a world has its own of; the others are the project's files."""
    seeds = world.seeds
    for name in ("endpoints", "snapshot_resources", "compared_fields"):
        path = ROOT / "dbt_project" / "seeds" / f"{name}.csv"
        connection.execute(f"insert into n2f_staging.{name} select * from read_csv('{path}', header = true)")
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
    for resource, field in seeds.not_compared:
        connection.execute(
            "update n2f_staging.compared_fields set is_compared = false where resource = ? and field = ?",
            [resource, field],
        )


def load_settings(connection: duckdb.DuckDBPyConnection, world: World) -> None:
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


def load_snapshot(connection: duckdb.DuckDBPyConnection, world: World) -> None:
    """Write what N2F holds as a complete snapshot, a document per row."""
    now = utc_now() - timedelta(minutes=1)
    connection.execute(
        "insert into n2f_raw.snapshots values ('snapshot', 'https://n2f.example/', ?, ?, 0, 0)", [now, now]
    )
    n2f = world.n2f
    for resource in ("companies", "roles", "userprofiles", "users"):
        land(connection, resource, None, None, n2f.get(resource, []))
    for company, axes in n2f.get("axes", {}).items():
        land(connection, "axes", company, None, axes)
    for company, lists in n2f.get("axis_values", {}).items():
        for axis, values in lists.items():
            land(connection, "axis_values", company, axis, values)


def land(
    connection: duckdb.DuckDBPyConnection,
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


def load_holds(connection: duckdb.DuckDBPyConnection, world: World) -> None:
    """Write the holds, their ends as far from now as they are from the world's own present."""
    now = utc_now()
    insert(connection, "n2f_sync.holds", [
        [hold.scope, hold.entity_key, "a reason", "a DBA",
         None if hold.held_until is None else now + (hold.held_until - world.now)]
        for hold in world.holds
    ])  # fmt: skip


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[list[object]]) -> None:
    """Insert rows in one statement."""
    if rows:
        places = ", ".join(["(" + ", ".join("?" * len(rows[0])) + ")"] * len(rows))
        connection.execute(f"insert into {table} values {places}", [value for row in rows for value in row])


def unique(items: Any) -> list[str]:
    """Drop empty items and repetitions, keeping the order."""
    return list(dict.fromkeys(item for item in items if item))


def utc_now() -> datetime:
    """Return the present instant as all tables hold it: UTC, without zone."""
    return datetime.now(UTC).replace(tzinfo=None)
