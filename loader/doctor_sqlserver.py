"""What the doctor checks of SQL Server: its version, its collation, and what this login may do. All of it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from loader.checkup import Finding, ok, problem
from loader.database import Database, Warehouse

if TYPE_CHECKING:
    from loader.transform import Source

_SERVER = """
    select
        cast(serverproperty('ProductVersion') as nvarchar(128)),
        cast(serverproperty('EngineEdition') as int),
        cast(databasepropertyex(db_name(), 'Collation') as nvarchar(128)),
        (select databases.compatibility_level from sys.databases as databases where databases.name = db_name())
"""

_IS_FREE = "select applock_test('public', 'n2f_sync', 'Exclusive', 'Session')"

# A schema that is missing is lacking nothing where this login may make it.
_LACKING = """
    select wanted.securable, wanted.permission
    from (values <wanted>) as wanted (class, securable, permission)
    where coalesce(has_perms_by_name(wanted.securable, wanted.class, wanted.permission), 0) = 0
        and not (
            wanted.class = 'SCHEMA'
            and schema_id(wanted.securable) is null
            and coalesce(has_perms_by_name(quotename(db_name()), 'DATABASE', 'CREATE SCHEMA'), 0) = 1
        )
"""

_ALL, _KEPT = ("ALTER", "SELECT", "INSERT"), ("UPDATE",)
RIGHTS: tuple[tuple[str, str | None, tuple[str, ...]], ...] = (
    ("DATABASE", None, ("CREATE TABLE", "CREATE VIEW", "VIEW DEFINITION")),
    ("OBJECT", "sys.sql_expression_dependencies", ("SELECT",)),
    ("SCHEMA", "n2f_staging", _ALL),
    ("SCHEMA", "n2f_diff", _ALL),
    ("SCHEMA", "n2f_raw", (*_ALL, *_KEPT, "DELETE")),
    ("SCHEMA", "n2f_sync", _ALL + _KEPT),
)
"""What docs/sql-server/setup.sql grants: class, securable (None is the database itself), rights."""

_ROW = "(cast(? as nvarchar(60)), cast(? as nvarchar(260)), cast(? as nvarchar(60)))"
_LACKING = _LACKING.replace("<wanted>", ", ".join(_ROW for _, _, rights in RIGHTS for _ in rights))

_COLUMNS = """
    select columns.name
    from <database>.sys.columns as columns
    where columns.object_id = object_id(?)
"""

SQLSERVER_TEXTS = (_SERVER, _IS_FREE, _LACKING, _COLUMNS.replace("<database>", "[n2f]"))
"""All that the server is asked, for tests that have no server."""

_OLDEST, _OLDEST_LEVEL = 14, 130  # SQL Server 2017; `openjson` exists from 130 on
_AZURE = frozenset({5, 8, 9, 11})  # engine editions that are always new, and count their versions otherwise


class SQLServerChecks:
    """See `doctor_database.EngineChecks`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def before_opening(self) -> Iterator[Finding]:
        """See `EngineChecks.before_opening`."""
        return iter(())

    def is_at_work(self, warehouse: Warehouse | None) -> bool:
        """See `EngineChecks.is_at_work`; without a connection nobody knows."""
        return warehouse is not None and warehouse.rows(_IS_FREE)[0][0] == 0

    def opened(self, warehouse: Warehouse) -> Iterator[Finding]:
        """See `EngineChecks.opened`."""
        version, edition, collation, level = warehouse.rows(_SERVER)[0]
        says = f"{self._database.describe()}, version {version}, collation {collation}, level {level}"
        if edition not in _AZURE and int(str(version).split(".", maxsplit=1)[0]) < _OLDEST:
            yield problem("database", says, "Use SQL Server 2017 or newer.")
        elif level is not None and level < _OLDEST_LEVEL:
            yield problem(
                "database", says, "Let a DBA raise it: alter database … set compatibility_level = 140."
            )
        elif str(collation).startswith(("Turkish", "Azeri")):
            yield problem(
                "database", says, "Use a database with any collation but these; docs/sql-server.md."
            )
        else:
            yield ok("database", says)

    def rights(self, warehouse: Warehouse) -> Iterator[Finding]:
        """See `EngineChecks.rights`; that the views can be read is seen by reading them."""
        wanted = [(kind, name, right) for kind, name, rights in RIGHTS for right in rights]
        name_of_database = str(warehouse.rows("select quotename(db_name())")[0][0])
        parameters = [
            text for kind, name, right in wanted for text in (kind, name or name_of_database, right)
        ]
        lacking: dict[str, list[str]] = {}
        for securable, permission in warehouse.rows(_LACKING, parameters):
            lacking.setdefault(securable, []).append(permission.lower())
        if lacking:
            says = "; ".join(f"{', '.join(rights)} on {securable}" for securable, rights in lacking.items())
            yield problem("rights", f"this login lacks {says}", "Let a DBA run docs/sql-server/setup.sql.")
        else:
            yield ok("rights", "this login may do what a run does, as docs/sql-server/setup.sql grants it")

    def columns(self, warehouse: Warehouse, source: Source) -> list[str]:
        """See `EngineChecks.columns`."""
        database = "[" + source.database.replace("]", "]]") + "]"
        rows = warehouse.rows(_COLUMNS.replace("<database>", database), (source.relation,))
        return [str(row[0]) for row in rows]

    def absent(self, source: Source) -> Finding:
        """See `EngineChecks.absent`."""
        return problem(
            source.name,
            f"{source.relation} is not there, or this login may not read it",
            "Check N2F_SYNC_AGRESSO_DATABASE and _SCHEMA, and let a DBA run docs/sql-server/setup.sql.",
        )
