"""Which engine is at work: the dbt profile says it, and it alone.

Where the database stands is read through dbt itself (`transform.Project.target`), so that it is written down
once. DDL is never in the loader: the dbt macro `create_loader_tables` makes its tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from loader.database import Database
from loader.errors import ConfigurationError


def open_database(target: Mapping[str, Any], root: Path) -> Database:
    """Return the database that a target of the dbt profile names; relative paths are relative to `root`.

    Only the driver of that engine is imported.

    Raises:
        ConfigurationError: the target is of an engine, or of a place, that the loader cannot use.
    """
    if target["type"] == "duckdb":
        from loader.duckdb_database import duckdb_database

        return duckdb_database(target, root)
    if target["type"] == "sqlserver":
        from loader.sqlserver_database import sqlserver_database

        return sqlserver_database(target)
    raise ConfigurationError(
        f"the loader cannot work with the engine {target['type']!r}",
        doing="reading the dbt profile",
        remedy="Set N2F_SYNC_TARGET=duckdb or N2F_SYNC_TARGET=sqlserver.",
    )
