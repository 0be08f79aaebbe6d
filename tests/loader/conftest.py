"""A database as dbt leaves it on each engine, new for each test, and a running N2F."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.harness import DemoN2F
from loader.database import Database, Warehouse
from loader.settings import SyncSettings
from loader.transform import Project
from loader.warehouse import open_database
from loader.workplace import Workplace
from tests.demo.client import make_world
from tests.engines import ROOT, Engine, Environment
from tests.loader.workbench import Silent
from tests.models.compiled import dbt, dbt_environment

_WRITTEN_BY_TESTS = (
    "n2f_staging.snapshot_in_use",
    "n2f_diff.push_changes",
    "n2f_diff.push_dependencies",
    "n2f_diff.push_selection",
    "n2f_diff.push_safety",
    "n2f_diff.rejected_rows",
)
"""What dbt builds and a test fills. On an empty N2F they hold nothing, or nothing that the loader reads."""


@pytest.fixture(scope="session")
def built(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """A database on which dbt built everything, before any snapshot; one per engine."""
    folder = tmp_path_factory.mktemp("built")
    with engine.database(folder) as database:
        environment = dbt_environment(folder) | database
        no_tests = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
        dbt("build", *no_tests, environment=environment)
        yield environment


@pytest.fixture
def environment(engine: Engine, built: Environment, tmp_path: Path) -> Environment:
    """Where a database is that no test has changed: the file copied, or the database of the session emptied."""
    if engine.name == "duckdb":
        # A name that has to be quoted.
        copy = shutil.copy(built["N2F_SYNC_DUCKDB_PATH"], tmp_path / "a select-ion.duckdb")
        return built | {"N2F_SYNC_DUCKDB_PATH": str(copy)}
    with engine.connect(built) as connection:
        connection.execute(
            "select concat(table_schema, '.', table_name) from information_schema.tables"
            " where table_schema in ('n2f_raw', 'n2f_sync')"
        )
        tables = [row[0] for row in connection.fetchall()] + list(_WRITTEN_BY_TESTS)
        connection.execute("set nocount on; " + "; ".join(f"delete from {table}" for table in tables))
    return built


@pytest.fixture
def database(environment: Environment) -> Database:
    """The database, as the loader makes it of the profile."""
    return open_database(Project(ROOT, environment).target(), ROOT)


@pytest.fixture
def warehouse(database: Database) -> Iterator[Warehouse]:
    """The database, open."""
    with database.connect() as warehouse:
        yield warehouse


@pytest.fixture(scope="session")
def demo_server() -> Iterator[DemoN2F]:
    """One N2F for the session."""
    with DemoN2F() as n2f:
        yield n2f


@pytest.fixture
def n2f(demo_server: DemoN2F) -> DemoN2F:
    """An N2F with a company, an axis and no users."""
    demo_server.reset(make_world())
    return demo_server


@pytest.fixture
def place(environment: Environment, n2f: DemoN2F, tmp_path: Path) -> Workplace:
    """A place on a database that dbt has built."""
    settings = environment | {
        "N2F_BASE_URL": n2f.base_url,
        "N2F_CLIENT_ID": n2f.client_id,
        "N2F_CLIENT_SECRET": n2f.client_secret,
        "N2F_READS_PER_MINUTE": "0",
        "N2F_WRITES_PER_MINUTE": "0",
    }
    return Workplace(
        root=ROOT, env=settings, settings=SyncSettings(), progress=Silent(), ledger_dir=tmp_path / "calls"
    )
