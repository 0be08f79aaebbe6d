"""The two engines as the tests use them: databases of a test's own, and connections that look alike.

DuckDB is always there. SQL Server is whatever server the environment names (`N2F_SYNC_SQLSERVER_HOST` and its
like, see docs/sql-server.md), with a login that may create databases: each test database is made next to one that
stands for Agresso's, and both are dropped at the end.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, Self

import duckdb

from loader.transform import Project, odbc_connection
from tests.reference.world import ANALYTICS_COLUMNS, USER_COLUMNS

ROOT = Path(__file__).resolve().parents[1]
CATALOG = "models"  # what the tests' DuckDB files are called
AGRESSO_COLLATION = "N2F_TEST_AGRESSO_COLLATION"
DATABASE_COLLATION = "N2F_TEST_DATABASE_COLLATION"
Environment = dict[str, str]

NO_ODBC = "this machine has no ODBC driver manager, which pyodbc needs (Debian: apt-get install unixodbc)"

_OF_SERVER = (
    "HOST",
    "PORT",
    "USER",
    "PASSWORD",
    "DRIVER",
    "ENCRYPT",
    "TRUST_CERT",
    "AUTHENTICATION",
    "WINDOWS_LOGIN",
)


def has_odbc() -> bool:
    """Return whether pyodbc can be imported: on Linux it needs unixODBC, which is no package of Python."""
    try:
        import pyodbc  # noqa: F401
    except ImportError:
        return False
    return True


class Connection(Protocol):
    """What tests do with a connection; DuckDB's own has all of it."""

    def execute(self, sql: str, parameters: Sequence[object] = (), /) -> Any:
        """Run one statement, committed by itself; the result has `fetchall` and `fetchone`."""

    def close(self) -> None:
        """Close it."""


class Engine(Protocol):
    """An engine."""

    name: str

    @contextmanager
    def database(self, folder: Path) -> Iterator[Environment]:
        """Make a database without anything; yield what dbt and the loader have to know of it."""

    @contextmanager
    def connect(self, environment: Environment) -> Iterator[Connection]:
        """Open it."""

    def agresso(self, environment: Environment, view: str) -> str:
        """Return the full name of one of Agresso's views."""


class DuckDBEngine:
    """The embedded engine: a file in the folder of the test."""

    name = "duckdb"

    @contextmanager
    def database(self, folder: Path) -> Iterator[Environment]:
        """See `Engine.database`."""
        yield {
            "N2F_SYNC_TARGET": "duckdb",
            "N2F_SYNC_DUCKDB_PATH": str(folder / f"{CATALOG}.duckdb"),
            "DBT_PROFILES_DIR": str(profiles_dir(folder)),
        }

    @contextmanager
    def connect(self, environment: Environment) -> Iterator[Connection]:
        """See `Engine.connect`."""
        with duckdb.connect(environment["N2F_SYNC_DUCKDB_PATH"]) as connection:
            yield connection

    def agresso(self, environment: Environment, view: str) -> str:  # noqa: ARG002
        """See `Engine.agresso`."""
        return f'agresso."{view}"'


class SQLServerEngine:
    """A server that the environment names."""

    name = "sqlserver"

    @staticmethod
    def missing() -> str | None:
        """Return why there is none; None where one is named."""
        if os.environ.get("N2F_SYNC_SQLSERVER_HOST", "").strip():
            return None
        return "no server is named: set N2F_SYNC_SQLSERVER_HOST, _USER, _PASSWORD (compose.yml starts one)"

    @contextmanager
    def database(self, folder: Path) -> Iterator[Environment]:
        """See `Engine.database`. Agresso's views are tables of all nvarchar(255) until a test fills them."""
        name = f"n2f_test_{secrets.token_hex(4)}"
        agresso = f"{name}_agresso"
        environment = {
            "N2F_SYNC_TARGET": "sqlserver",
            "N2F_SYNC_SQLSERVER_DATABASE": name,
            "N2F_SYNC_AGRESSO_DATABASE": agresso,
            "N2F_SYNC_AGRESSO_SCHEMA": "dbo",
            "DBT_PROFILES_DIR": str(profiles_dir(folder)),
        } | {
            variable: os.environ.get(variable, "")
            for variable in (f"N2F_SYNC_SQLSERVER_{part}" for part in _OF_SERVER)
        }  # fmt: skip
        with self.connect(environment | {"N2F_SYNC_SQLSERVER_DATABASE": "master"}) as master:
            try:
                for database, collation in ((name, DATABASE_COLLATION), (agresso, AGRESSO_COLLATION)):
                    chosen = os.environ.get(collation, "").strip()
                    master.execute(f"create database {database}" + (f" collate {chosen}" if chosen else ""))
                for view, columns in (
                    ("iris_N2F_User", USER_COLUMNS),
                    ("iris_N2F_Analytics", ANALYTICS_COLUMNS),
                ):
                    types = ", ".join(f"[{column}] nvarchar(255) null" for column in columns)
                    with self.connect(environment | {"N2F_SYNC_SQLSERVER_DATABASE": agresso}) as connection:
                        connection.execute(f"create table dbo.[{view}] ({types})")
                yield environment
            finally:
                for database in (name, agresso):
                    drop_database(master, database)

    @contextmanager
    def connect(self, environment: Environment) -> Iterator[Connection]:
        """See `Engine.connect`."""
        import pyodbc

        connection_string, attributes = odbc_connection(Project(ROOT, environment).target())
        connection = SQLServerConnection(
            pyodbc.connect(connection_string, attrs_before=attributes, autocommit=True)
        )
        try:
            yield connection
        finally:
            connection.close()

    def agresso(self, environment: Environment, view: str) -> str:
        """See `Engine.agresso`."""
        return f"[{environment['N2F_SYNC_AGRESSO_DATABASE']}].[dbo].[{view}]"


class SQLServerConnection:
    """A pyodbc connection with DuckDB's manners: rows are tuples, parameters a list."""

    def __init__(self, connection: Any) -> None:
        self.pyodbc = connection
        self._cursor: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def execute(self, sql: str, parameters: Sequence[object] = (), /) -> Self:
        """See `Connection.execute`."""
        self._cursor = self.pyodbc.cursor().execute(sql, *parameters)
        return self

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows."""
        return [tuple(row) for row in self._cursor.fetchall()]

    def fetchone(self) -> tuple[Any, ...] | None:
        """Return the next row."""
        row = self._cursor.fetchone()
        return None if row is None else tuple(row)

    def close(self) -> None:
        """See `Connection.close`."""
        self.pyodbc.close()


def drop_database(master: Connection, name: str) -> None:
    """Drop a database; sessions of processes that have just ended, or were killed, are thrown out or waited for."""
    import pyodbc

    with suppress(pyodbc.Error):  # it was never made, or the server is a stand-in that cannot
        master.execute(f"alter database {name} set single_user with rollback immediate")
    for _ in range(20):
        with suppress(pyodbc.Error):
            master.execute(f"drop database if exists {name}")
            return
        time.sleep(0.2)


def profiles_dir(folder: Path) -> Path:
    """Copy the example profile there: the tests read what a fresh set-up reads."""
    (folder / "profiles.yml").write_text((ROOT / "profiles.yml.example").read_text())
    return folder
