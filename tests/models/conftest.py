"""The models on each engine, built by dbt once a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engines import Engine
from tests.models.compiled import CompiledModels, dbt_environment
from tests.models.lab import DuckDBLab, Lab
from tests.models.sqlserver_lab import SQLServerLab

LABS = {"duckdb": DuckDBLab, "sqlserver": SQLServerLab}


@pytest.fixture(scope="session")
def lab(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The project's models as dbt compiles them for the engine."""
    folder = tmp_path_factory.mktemp("compiled")
    with engine.database(folder) as database:
        environment = dbt_environment(folder) | database
        yield LABS[engine.name](CompiledModels.by_dbt(environment), engine, environment)
