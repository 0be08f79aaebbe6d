"""The embedded engine. The only importer of `duckdb`."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import duckdb

from loader import locks
from loader.database import Database, Page, Row, render
from loader.engine_errors import held_file, safe_message
from loader.errors import ConfigurationError, DatabaseError, LockedError

if TYPE_CHECKING:
    from types import TracebackType

logger = logging.getLogger(__name__)

_NO_FILE = re.compile(r":|\w{2,}:")  # :memory:, md:, ducklake: and their like
_SCHEMAS = frozenset({"n2f_raw", "n2f_staging", "n2f_diff", "n2f_sync", "agresso"})
"""DuckDB 2.0 makes no view in a catalog that is called like one of its schemas, not even by its full name."""

_MB = 1_000_000  # bytes

_CONNECT_PAUSE = 1.0  # seconds between attempts to open a file that another process holds

_INSERT_DOCUMENTS = """
    insert into {target} (snapshot_id, company_uuid, axis, page, position, document)
    select ?, ?, ?, ?, unnest(range(1, ? + 1)), unnest(cast(? as varchar[]))
"""


def duckdb_database(target: Mapping[str, Any], root: Path) -> Database:
    """Return the file that a target of the dbt profile names; relative paths are relative to `root`.

    Raises:
        ConfigurationError: the target is of a place that the loader cannot use.
    """
    doing = "reading the dbt profile"
    path = str(target["path"])
    if _NO_FILE.match(path):
        raise ConfigurationError(
            f"the DuckDB path {path!r} is not a file",
            doing=doing,
            remedy="Set N2F_SYNC_DUCKDB_PATH to the path of a file; the loader and dbt share it.",
        )
    name = Path(path).name.lstrip(".").split(".")[0]  # as DuckDB names the catalog
    if name in _SCHEMAS:
        raise ConfigurationError(
            f"a DuckDB file cannot be called {Path(path).name!r}: a schema in it has that name",
            doing=doing,
            remedy="Set N2F_SYNC_DUCKDB_PATH to a file of another name, for example n2f.duckdb.",
        )
    retries = target.get("retries") or {}
    return DuckDBDatabase(
        path=root / path,
        config=dict(target.get("config_options") or {}),
        connect_attempts=int(retries.get("connect_attempts") or 1),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DuckDBDatabase:
    """A DuckDB file. One process that writes shuts out every other, readers too."""

    path: Path
    config: dict[str, Any] = field(default_factory=dict)
    connect_attempts: int = 1

    def describe(self) -> str:
        """Return the file's path."""
        return str(self.path)

    @property
    def _lock_file(self) -> Path:
        return self.path.with_name(f"{self.path.name}.lock")

    def exists(self) -> bool:
        """See `Database.exists`."""
        return self.path.exists()

    def is_locked(self) -> bool:
        """Return whether a run is at work; nothing is made."""
        return locks.is_taken(self._lock_file)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold `<file>.lock`."""
        try:
            lock = locks.take(self._lock_file, message=f"another run is at work on {self.path}")
        except OSError as error:
            raise DatabaseError(
                f"{self.path.parent} cannot be written to: {type(error).__name__}",
                doing="taking the lock",
                remedy="Let this user write there, or set N2F_SYNC_DUCKDB_PATH to another place.",
            ) from None
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def connect(self, *, holds_lock: bool = False, read_only: bool = False) -> Iterator[DuckDBWarehouse]:
        """See `Database.connect`. A file that something else than a run holds is tried again for a while."""
        for attempt in range(1, self.connect_attempts + 1):
            try:
                connection = duckdb.connect(str(self.path), read_only=read_only, config=self.config)
                break
            except duckdb.Error as error:
                doing = f"opening {self.path}"
                held = held_file(str(error), doing=doing)
                if held is not None and not holds_lock and self.is_locked():
                    raise LockedError(
                        f"a run is at work on {self.path}", doing=doing, remedy="Wait until it has ended."
                    ) from None
                if held is None or attempt == self.connect_attempts:
                    raise _translated(error, doing=doing) from None
                logger.info("%s, waiting", held.message)
                time.sleep(_CONNECT_PAUSE)
        with DuckDBWarehouse(connection) as warehouse:
            yield warehouse


class DuckDBWarehouse:
    """An open DuckDB file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        # Each statement is parsed once: a fifth of what a row of a push costs.
        self._parsed: dict[str, duckdb.Statement] = {}
        self._catalog = ""
        self._catalog = str(self.rows("select current_database()")[0][0])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """See `Warehouse.execute`."""
        self._run(sql, parameters)

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """See `Warehouse.rows`."""
        with _errors_of(sql):
            return self._run(sql, parameters).fetchall()

    def stream(self, sql: str, parameters: Sequence[object] = (), *, size: int = 1000) -> Iterator[Row]:
        """See `Warehouse.stream`."""
        with _errors_of(sql):
            result = self._run(sql, parameters)
            while rows := result.fetchmany(size):
                yield from rows

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See `Warehouse.transaction`."""
        self._run("begin transaction", ())
        try:
            yield
        except BaseException:
            with suppress(DatabaseError):  # what went wrong first is what matters
                self._run("rollback", ())
            raise
        self._run("commit", ())

    @contextmanager
    def small_statements(self) -> Iterator[None]:
        """See `Warehouse.small_statements`. Handing a few rows to a second thread costs more than it spares."""
        threads = int(self.rows("select current_setting('threads')")[0][0])
        self.execute("set threads = 1")
        try:
            yield
        finally:
            self.execute("set threads = <threads>".replace("<threads>", str(threads)))

    def has_table(self, schema: str, table: str) -> bool:
        """See `Warehouse.has_table`."""
        sql = """
            select 1 from information_schema.tables
            where table_catalog = ? and table_schema = ? and table_name = ?
        """
        return bool(self.rows(sql, (self._catalog, schema, table)))

    def has_column(self, schema: str, table: str, column: str) -> bool:
        """See `Warehouse.has_column`."""
        sql = """
            select 1 from information_schema.columns
            where table_catalog = ? and table_schema = ? and table_name = ? and column_name = ?
        """
        return bool(self.rows(sql, (self._catalog, schema, table, column)))

    def insert_page(self, page: Page) -> None:
        """See `Warehouse.insert_page`. One list per column is by far the fastest way: 0.7 s for 100,000."""
        sql = _INSERT_DOCUMENTS.replace("{target}", "{n2f_raw." + page.resource + "}")
        documents = list(page.documents)
        place = (page.snapshot_id, page.company_uuid, page.axis, page.number)
        self._run(sql, (*place, len(documents), documents))

    def free_space(self) -> str | None:
        """See `Warehouse.free_space`. The file shrinks by what is free at its end, the rest is filled first."""
        self.execute("checkpoint")
        block_size, total, free = self.rows(
            "select block_size, total_blocks, free_blocks from pragma_database_size() where database_name = ?",
            (self._catalog,),
        )[0]
        return f"{total * block_size / _MB:.1f} MB, of which {free * block_size / _MB:.1f} MB are free for new rows"

    def close(self) -> None:
        """See `Warehouse.close`."""
        self._connection.close()

    def _run(self, sql: str, parameters: Sequence[object]) -> duckdb.DuckDBPyConnection:
        with _errors_of(sql):
            statement = self._parsed.get(sql)
            if statement is None:
                (statement,) = self._connection.extract_statements(render(sql, self._catalog))
                self._parsed[sql] = statement
            return self._connection.execute(statement, list(parameters))


@contextmanager
def _errors_of(sql: str) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        # `from None`: the original quotes values, and a traceback would print it.
        raise _translated(error, doing=f"running {' '.join(sql.split())[:80]!r}") from None


def _translated(error: duckdb.Error, *, doing: str) -> DatabaseError:
    return held_file(str(error), doing=doing) or DatabaseError(
        safe_message(str(error)),
        doing=doing,
        remedy="Check the database and its tables (`dbt run-operation create_loader_tables`).",
    )
