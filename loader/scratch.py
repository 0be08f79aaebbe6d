"""A place beside the site's database in which models can be built: the inputs of one moment are copied there.

The site's own tables are read and nothing else. Models need no word for it: dbt is told another database, by the very
variables that name the site's, and every schema keeps its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from loader.database import Database, Warehouse
from loader.errors import ConfigurationError
from loader.transform import Project

KEPT = "n2f_impact"
"""The schema of the tables that are kept of a build while the next one replaces it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """An open connection that sees the site and writes into the scratch database.

    Attributes:
        catalog: what the scratch database is called there.
        schema_sql: how a schema is made there: with <schema>.
        copy_sql: how this engine makes a table of a query: with <target>, <source> and <condition>. What is copied
            keeps its types; the loader has no definition of a table.
    """

    warehouse: Warehouse
    catalog: str
    schema_sql: str
    copy_sql: str

    def create_schema(self, schema: str) -> None:
        """Make a schema, which is not there."""
        self.warehouse.execute(self.schema_sql.replace("<schema>", schema))

    def copy(
        self,
        source: str,
        schema: str,
        table: str,
        *,
        condition: str = "1 = 1",
        parameters: Sequence[object] = (),
    ) -> None:
        """Make a table of a relation, or of a query in parentheses with an alias, where a condition holds."""
        target = f'"{self.catalog}"."{schema}"."{table}"'
        sql = self.copy_sql.replace("<target>", target).replace("<source>", source)
        self.warehouse.execute(sql.replace("<condition>", condition), parameters)


class Scratch(Protocol):
    """Where models are built for a look."""

    def environment(self) -> dict[str, str]:
        """Return the variables that make dbt, and the loader, work there."""

    def is_target(self, target: Mapping[str, Any]) -> bool:
        """Return whether a target of the profile is this place: a profile may not read the variables."""

    def refuse_a_run(self) -> None:
        """Raise LockedError while a run is at work on the site."""

    def empty(self, project: Project) -> None:
        """Take away what an earlier look left, the site's being out of reach."""

    def filling(self) -> AbstractContextManager[Filling]:
        """Open it beside the site, which is opened to be read."""

    def keeping(self, warehouse: Warehouse) -> Filling:
        """Return what copies within it, with a connection that is open there."""


def scratch_of(
    database: Database, target: Mapping[str, Any], env: Mapping[str, str], folder: Path
) -> Scratch:
    """Return a scratch place for a site.

    Args:
        database: the site's.
        target: the site's target of the dbt profile.
        env: what `read_environment` returned.
        folder: where files may be made, for nobody else to see.

    Raises:
        ConfigurationError: there is none.
    """
    if target["type"] == "duckdb":
        from loader.scratch_duckdb import DuckDBScratch

        return DuckDBScratch(site=database, file=folder / "scratch.duckdb")
    if target["type"] == "sqlserver":
        from loader.scratch_sqlserver import sqlserver_scratch

        return sqlserver_scratch(database, target, env)
    raise ConfigurationError(
        f"the engine {target['type']!r} has no scratch database",
        doing="looking for a place to build in",
        remedy="Set N2F_SYNC_TARGET=duckdb or N2F_SYNC_TARGET=sqlserver.",
    )
