"""A database that dbt built once, copied for each test, and a running N2F."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.harness import DemoN2F
from loader.database import Warehouse
from loader.warehouse import DuckDBDatabase
from tests.demo.client import make_world
from tests.models.compiled import dbt, dbt_environment


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a database on which dbt built everything, before any snapshot."""
    folder = tmp_path_factory.mktemp("built")
    environment = dbt_environment(folder)
    no_tests = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    dbt("build", *no_tests, environment=environment)
    return Path(environment["N2F_SYNC_DUCKDB_PATH"])


@pytest.fixture
def database(built: Path, tmp_path: Path) -> DuckDBDatabase:
    """A copy, under a name that has to be quoted."""
    return DuckDBDatabase(path=Path(shutil.copy(built, tmp_path / "a select-ion.duckdb")))


@pytest.fixture
def warehouse(database: DuckDBDatabase) -> Iterator[Warehouse]:
    """The copy, open."""
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
