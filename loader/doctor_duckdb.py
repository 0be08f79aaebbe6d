"""What the doctor checks of the embedded database: its folder, its file, and who has it open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from loader.checkup import Finding, failed, ok, problem
from loader.database import Database, Warehouse
from loader.duckdb_database import DuckDBDatabase
from loader.errors import SyncError

if TYPE_CHECKING:
    from loader.transform import Source

_COLUMNS = """
    select column_name from information_schema.columns
    where table_catalog = ? and table_schema = ? and table_name = ?
"""


class DuckDBChecks:
    """See `doctor_database.EngineChecks`."""

    def __init__(self, database: Database) -> None:
        if not isinstance(database, DuckDBDatabase):
            raise TypeError("these are checks of a DuckDB file")
        self._database = database
        self._path = database.path

    def before_opening(self) -> Iterator[Finding]:
        """See whether nobody who only reads has the file: that would keep a run out, and this process sees it now.

        Opening for writing changes no byte of a file that was closed in order. Where a `.wal` stands beside
        it, a process was killed, and opening would bring the file up to date: that is left to the next run.
        """
        folder = next(each for each in self._path.parents if each.exists())
        if not os.access(folder, os.W_OK | os.X_OK) or not folder.is_dir():
            yield self._problem(f"{folder} cannot be written to")
        elif not self._path.exists():
            yield ok("database", f"{self._path} is not there yet: the first run makes it")
        elif not self._path.is_file() or not os.access(self._path, os.R_OK | os.W_OK):
            yield self._problem(f"{self._path} cannot be read and written")
        elif not self.is_at_work(None) and not self._path.with_name(f"{self._path.name}.wal").exists():
            try:
                with self._database.connect():
                    pass
            except SyncError as error:
                yield failed("database", error)

    def is_at_work(self, warehouse: Warehouse | None) -> bool:  # noqa: ARG002 - the lock is a file
        """See `EngineChecks.is_at_work`."""
        return self._database.is_locked()

    def opened(self, warehouse: Warehouse) -> Iterator[Finding]:
        """See `EngineChecks.opened`."""
        size = self._path.stat().st_size / 1e6
        memory = warehouse.rows("select current_setting('memory_limit')")[0][0]
        yield ok(
            "database", f"{self._path}, {size:.1f} MB, which nobody else has open; memory limit {memory}"
        )

    def rights(self, warehouse: Warehouse) -> Iterator[Finding]:  # noqa: ARG002 - a file's, not a login's
        """See `EngineChecks.rights`; `before_opening` was about them."""
        yield ok("rights", "the file and its folder can be written")

    def columns(self, warehouse: Warehouse, source: Source) -> list[str]:
        """See `EngineChecks.columns`."""
        return [
            str(row[0]) for row in warehouse.rows(_COLUMNS, (source.database, source.schema, source.name))
        ]

    def absent(self, source: Source) -> Finding:
        """See `EngineChecks.absent`."""
        return ok(source.name, f"{source.relation} is not there yet: the first run makes it, empty")

    def _problem(self, says: str) -> Finding:
        remedy = "Let this user write there, or set N2F_SYNC_DUCKDB_PATH to another place."
        return problem("database", says, remedy)
