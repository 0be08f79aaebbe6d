"""The models on a server: one database, whose tables are filled again for each world."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from loader.database import Warehouse
from loader.sqlserver_database import SQLServerWarehouse
from tests.engines import Connection, Engine, Environment
from tests.models.compiled import CompiledModels, Model
from tests.models.lab import LANDED, Lab
from tests.models.loading import agresso_ddl, create_agresso_table, fill_agresso
from tests.reference.world import World

_SCHEMA = "n2f_lab"


class SQLServerLab(Lab):
    """The database that dbt built, without any DDL for a world.

    A view beside each table holds the SQL of its model; the table is filled from it, as dbt fills it. The views of the
    two models that read Agresso are made again where the types of Agresso's columns change.
    """

    share_of_examples = 1 / 6

    def __init__(self, compiled: CompiledModels, engine: Engine, environment: Environment) -> None:
        super().__init__(compiled, engine, environment)
        self._tables = [model for model in self._models if model.materialized == "table"]
        self._agresso: dict[str, str] = {}
        with engine.connect(environment) as connection:
            connection.execute(f"create schema {_SCHEMA}")
            self._columns = _columns(connection)
            self._readers = {
                view: next(model for model in self._tables if f'"{view}"' in model.sql)
                for view in agresso_ddl(engine, World())
            }
            for model in self._tables:
                if model not in self._readers.values():
                    connection.execute(_view(model))
        landed = [(schema, table) for schema, table in self._columns if schema in LANDED]
        self._emptied = [*landed, *(("n2f_staging", name) for name in self._written)]

    @contextmanager
    def _open_empty(self) -> Iterator[Connection]:
        with self._engine.connect(self.environment) as connection:
            for schema, table in self._emptied:
                connection.execute(f"truncate table [{schema}].[{table}]")
            yield connection

    def _load_agresso(self, connection: Connection, world: World) -> None:
        for view, ddl in agresso_ddl(self._engine, world).items():
            if self._agresso.get(view) == ddl:
                connection.execute(f"delete from {self._engine.agresso(self.environment, view)}")
                continue
            model = self._readers[view]
            connection.execute(f"drop view if exists [{_SCHEMA}].[{model.name}]")
            create_agresso_table(connection, self._engine, self.environment, view, ddl)
            connection.execute(_view(model))
            self._agresso[view] = ddl
        fill_agresso(connection, self._engine, self.environment, world)

    def build(self, connection: Connection) -> None:
        """See `Lab.build`."""
        for model in self._tables:
            columns = ", ".join(f"[{column}]" for column in self._columns[model.schema, model.name])
            connection.execute(
                f"truncate table {model.relation};"
                f" insert into {model.relation} ({columns}) select {columns} from [{_SCHEMA}].[{model.name}]"
            )

    def warehouse(self, connection: Any) -> Warehouse:
        """See `Lab.warehouse`."""
        return SQLServerWarehouse(connection.pyodbc)


def _columns(connection: Connection) -> dict[tuple[str, str], list[str]]:
    """Return the columns of every table by its schema and name."""
    found = defaultdict(list)
    rows = connection.execute(
        "select table_schema, table_name, column_name from information_schema.columns order by ordinal_position"
    ).fetchall()
    for schema, table, column in rows:
        found[schema, table].append(column)
    return dict(found)


def _view(model: Model) -> str:
    return f"create view [{_SCHEMA}].[{model.name}] as {model.sql}"
