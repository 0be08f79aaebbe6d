"""What all tests share."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests.engines import DuckDBEngine, Engine, SQLServerEngine, has_odbc

# What dbt-sqlserver sends is recorded on any machine with a driver manager; test_dependencies.py tells where it is not.
collect_ignore_glob = [] if has_odbc() else ["tsql/*", "loader/test_sqlserver_database.py"]

# CI says the same of the same commit; at a desk, worlds differ every time.
settings.register_profile("ci", derandomize=True)
settings.register_profile("desk")
settings.load_profile("ci" if os.environ.get("CI") else "desk")


@pytest.fixture(scope="session", params=["duckdb", pytest.param("sqlserver", marks=pytest.mark.sqlserver)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """The engine that a test is about: each of them, SQL Server where the environment names one."""
    if request.param == "duckdb":
        return DuckDBEngine()
    if why := SQLServerEngine.missing():
        pytest.skip(why)
    return SQLServerEngine()
