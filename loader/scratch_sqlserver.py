"""The scratch place of SQL Server: a database that a DBA made for it, on the same server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from loader.database import Database, Warehouse
from loader.errors import ConfigurationError, LockedError
from loader.scratch import KEPT, Filling
from loader.sqlserver_database import sqlserver_database
from loader.transform import Project

_VARIABLE = "N2F_SYNC_IMPACT_DATABASE"
_DOING = "looking for a place to build in"
_COPY = "select * into <target> from <source> where <condition>"
_SCHEMA = "if schema_id(N'<schema>') is null exec('create schema <schema>')"
_IS_FREE = "select applock_test('public', 'n2f_sync', 'Exclusive', 'Session')"

SQLSERVER_TEXTS = (
    _COPY.replace("<target>", '"s"."n2f_raw"."users"')
    .replace("<source>", '"n2f"."n2f_raw"."users"')
    .replace("<condition>", "1 = 1"),
    _SCHEMA.replace("<schema>", "n2f_raw"),
    _IS_FREE,
)
"""All that the server is asked, for tests that have no server."""


def sqlserver_scratch(
    database: Database, target: Mapping[str, Any], env: Mapping[str, str]
) -> SQLServerScratch:
    """Return the database that N2F_SYNC_IMPACT_DATABASE names.

    Raises:
        ConfigurationError: it names none, or the site's own, or Agresso's.
    """
    name = env.get(_VARIABLE, "").strip()
    remedy = f"Set {_VARIABLE} to a database that a DBA made for this alone; docs/impact.md says how."
    if not name:
        raise ConfigurationError(
            f"{_VARIABLE} is not set", doing=_DOING, remedy=remedy, variables=[_VARIABLE]
        )
    taken = {str(target["database"]), env.get("N2F_SYNC_AGRESSO_DATABASE", "").strip()}
    if name.casefold() in {other.casefold() for other in taken}:
        raise ConfigurationError(
            f"{_VARIABLE} is {name[:80]!r}, which is the site's own database or Agresso's",
            doing=_DOING,
            remedy=remedy,
            variables=[_VARIABLE],
        )
    return SQLServerScratch(
        site=database, name=name, scratch=sqlserver_database(dict(target) | {"database": name})
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SQLServerScratch:
    """A database with the same schemas, and one for copies of Agresso's views."""

    site: Database
    scratch: Database
    name: str

    def environment(self) -> dict[str, str]:
        """See `Scratch.environment`."""
        return {
            "N2F_SYNC_SQLSERVER_DATABASE": self.name,
            "N2F_SYNC_AGRESSO_DATABASE": self.name,
            "N2F_SYNC_AGRESSO_SCHEMA": "agresso",
        }

    def is_target(self, target: Mapping[str, Any]) -> bool:
        """See `Scratch.is_target`."""
        return str(target.get("database")).casefold() == self.name.casefold()

    def refuse_a_run(self) -> None:
        """See `Scratch.refuse_a_run`. The lock is asked for and not taken, so that no run meets it."""
        with self.site.connect(read_only=True) as warehouse:
            if not warehouse.rows(_IS_FREE)[0][0]:
                raise LockedError(
                    f"a run is at work on {self.site.describe()}",
                    doing="copying what the models read",
                    remedy="Wait until it has ended.",
                )

    def empty(self, project: Project) -> None:
        """See `Scratch.empty`; raises ConfigurationError where the database is used for something else."""
        with self.scratch.connect() as warehouse:
            if not warehouse.has_table(KEPT, "scratch"):
                if warehouse.has_table("n2f_sync", "runs") or warehouse.has_table("n2f_raw", "snapshots"):
                    raise ConfigurationError(
                        f"{self.scratch.describe()} holds tables of a site",
                        doing=_DOING,
                        remedy=f"Set {_VARIABLE} to a database that holds nothing; impact drops what is in it.",
                        variables=[_VARIABLE],
                    )
                return
        project.operate("drop_impact_schemas", doing="emptying the scratch database")

    @contextmanager
    def filling(self) -> Iterator[Filling]:
        """See `Scratch.filling`."""
        with self.scratch.connect() as warehouse:
            yield self.keeping(warehouse)

    def keeping(self, warehouse: Warehouse) -> Filling:
        """See `Scratch.keeping`."""
        return Filling(warehouse=warehouse, catalog=self.name, schema_sql=_SCHEMA, copy_sql=_COPY)
