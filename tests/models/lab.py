"""The project's own compiled SQL, run on worlds without dbt's start-up: hundreds of builds a minute on DuckDB.

dbt builds the project once; afterwards each model is built as its manifest says, in the order of its manifest. Only
what the settings models render from the environment is written as rows instead.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import duckdb
from hypothesis import HealthCheck, settings

from loader.database import Warehouse
from loader.duckdb_database import DuckDBWarehouse
from tests.engines import CATALOG, Connection, Engine, Environment
from tests.models.compiled import CompiledModels, Model
from tests.models.loading import (
    SETTINGS,
    load_agresso,
    load_holds,
    load_seeds,
    load_settings,
    load_snapshot,
)
from tests.reference.world import World

LANDED = ("n2f_raw", "n2f_sync")
_READ_BY_THE_LOADER = ("companies_to_read", "axis_lists_to_read", "axes_to_read", "lists_not_read")
_LONG = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


class Lab(ABC):
    """Where worlds are built."""

    share_of_examples = 1.0
    """Of the random worlds that a test asks for."""

    def __init__(self, compiled: CompiledModels, engine: Engine, environment: Environment) -> None:
        self.environment = environment
        self._engine = engine
        self._models = [model for model in compiled.models if model.name not in SETTINGS]
        self._written = (*compiled.seeds, *SETTINGS)

    @contextmanager
    def open(self, world: World) -> Iterator[Connection]:
        """Yield a database that holds a world as the loader would have landed it, models built."""
        with self.open_before_snapshot(world) as connection:
            load_snapshot(connection, world)
            self.build(connection)
            yield connection

    @contextmanager
    def open_before_snapshot(self, world: World) -> Iterator[Connection]:
        """Yield a database as it is when the loader begins to read N2F."""
        with self._open_empty() as connection:
            self._load_agresso(connection, world)
            load_seeds(connection, world)
            load_settings(connection, world)
            load_holds(connection, world)
            yield connection

    @abstractmethod
    def build(self, connection: Connection) -> None:
        """Build all models on what was loaded."""

    @abstractmethod
    def warehouse(self, connection: Connection) -> Warehouse:
        """Return the connection as the loader has it."""

    def examples(self, count: int) -> settings:
        """Return how Hypothesis tries random worlds, fewer of them where building one takes long."""
        return settings(_LONG, max_examples=max(3, round(count * self.share_of_examples)))

    @abstractmethod
    def _open_empty(self) -> AbstractContextManager[Connection]:
        """Open a database that has every table, without rows, and the views that the loader reads."""

    def _load_agresso(self, connection: Connection, world: World) -> None:
        load_agresso(connection, self._engine, self.environment, world)


class DuckDBLab(Lab):
    """A database in memory for each world."""

    def __init__(self, compiled: CompiledModels, engine: Engine, environment: Environment) -> None:
        super().__init__(compiled, engine, environment)
        with engine.connect(environment) as built:
            schemas = built.execute(
                "select distinct table_schema from information_schema.tables where table_catalog = ?",
                [CATALOG],
            ).fetchall()
            tables = built.execute(
                "select sql from duckdb_tables() where list_contains(?, schema_name) or list_contains(?, table_name)",
                [LANDED, self._written],
            ).fetchall()
        self._ddl = [f'create schema "{schema}"' for (schema,) in schemas] + [sql for (sql,) in tables]

    @contextmanager
    def _open_empty(self) -> Iterator[Connection]:
        with duckdb.connect() as connection:
            connection.execute(f"attach ':memory:' as {CATALOG}")
            connection.execute(f"use {CATALOG}")
            for statement in self._ddl:
                connection.execute(statement)
            self._create(connection, lambda model: model.name in _READ_BY_THE_LOADER)
            yield connection

    def build(self, connection: Connection) -> None:
        """See `Lab.build`."""
        self._create(connection, lambda model: True)  # noqa: ARG005

    def _create(self, connection: Connection, is_wanted: Callable[[Model], bool]) -> None:
        for model in filter(is_wanted, self._models):
            connection.execute(f"create or replace {model.materialized} {model.relation} as {model.sql}")

    def warehouse(self, connection: Any) -> Warehouse:
        """See `Lab.warehouse`."""
        return DuckDBWarehouse(connection)
