"""The engine of production. The only importer of `pyodbc`.

Connections are made with the very connection string that dbt-sqlserver makes of the profile
(`transform.odbc_connection`): what works for `dbt debug` works here.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any

import pyodbc

from loader.database import Page, Row, render
from loader.engine_errors import odbc_error
from loader.errors import ConfigurationError, DatabaseError, LockedError
from loader.transform import odbc_connection

logger = logging.getLogger(__name__)

_CONNECT_PAUSE = 1.0  # seconds between attempts, as dbt-sqlserver makes them
_LOCK = "n2f_sync"

_REQUIRED = {
    "host": "N2F_SYNC_SQLSERVER_HOST",
    "database": "N2F_SYNC_SQLSERVER_DATABASE",
}

_LOGIN = {"UID": "N2F_SYNC_SQLSERVER_USER", "PWD": "N2F_SYNC_SQLSERVER_PASSWORD"}

_TAKE_LOCK = """
    set nocount on;
    declare @result int;
    exec @result = sp_getapplock
        @Resource = ?, @LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = 0, @DbPrincipal = 'public';
    select @result;
"""

_RELEASE_LOCK = "exec sp_releaseapplock @Resource = ?, @LockOwner = 'Session', @DbPrincipal = 'public'"

# One parameter a page: pyodbc's fast_executemany is slow with nvarchar(max), and 2,100 parameters are the limit.
_INSERT_DOCUMENTS = """
    insert into {target} (snapshot_id, company_uuid, axis, page, position, document)
    select
        cast(? as nvarchar(64)), cast(? as nvarchar(max)), cast(? as nvarchar(max)), cast(? as int),
        cast(pages.[key] as int) + 1, pages.[value]
    from openjson(cast(? as nvarchar(max))) as pages
"""


def sqlserver_database(target: Mapping[str, Any]) -> SQLServerDatabase:
    """Return the database that a target of the dbt profile names.

    Raises:
        ConfigurationError: a setting is missing, or dbt-sqlserver does not take it.
    """
    is_sql_login = target.get("authentication") == "sql" and not target.get("windows_login")
    required = _REQUIRED | (_LOGIN if is_sql_login else {})
    missing = [variable for key, variable in required.items() if not str(target.get(key) or "").strip()]
    if missing:
        raise ConfigurationError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set",
            doing="reading the dbt profile",
            remedy="Set them in the environment or in .env; docs/sql-server.md has all of them.",
            variables=missing,
        )
    return SQLServerDatabase(
        target=dict(target),
        server=str(target["host"]),
        name=str(target["database"]),
        connect_attempts=max(1, int(target.get("retries") or 1)),
    )


@dataclass(slots=True, kw_only=True)
class SQLServerDatabase:
    """A database of a SQL Server, which any number of processes may use at a time; runs exclude each other.

    The lock is an application lock of the session that the run works with: where that session breaks, the
    run ends with an error and the lock is gone, so that two runs never write at a time.
    """

    target: dict[str, Any] = field(repr=False)  # it holds a password
    server: str
    name: str
    connect_attempts: int = 1
    _locked: SQLServerWarehouse | None = None

    def describe(self) -> str:
        """Return server and database."""
        return f"{self.name} on {self.server}"

    def exists(self) -> bool:
        """See `Database.exists`. What cannot be reached says so when it is opened."""
        return True

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold `sp_getapplock`, which SQL Server releases when the session ends."""
        warehouse = self._open()
        try:
            result = warehouse.rows(_TAKE_LOCK, (_LOCK,))[0][0]
            if result < 0:
                raise LockedError(
                    f"another run is at work on {self.describe()}",
                    doing="taking the lock",
                    remedy="Wait until it has ended, or stop it, and try again.",
                )
            self._locked = warehouse
            try:
                yield
            finally:
                self._locked = None
                with suppress(DatabaseError):  # a session that has broken holds nothing
                    warehouse.execute(_RELEASE_LOCK, (_LOCK,))
        finally:
            warehouse.close()

    @contextmanager
    def connect(self, *, holds_lock: bool = False, read_only: bool = False) -> Iterator[SQLServerWarehouse]:  # noqa: ARG002
        """See `Database.connect`. The run that holds the lock works in the session that holds it."""
        if holds_lock and self._locked is not None:
            yield self._locked
            return
        warehouse = self._open()
        try:
            yield warehouse
        finally:
            warehouse.close()

    def _open(self) -> SQLServerWarehouse:
        connection_string, attributes = odbc_connection(self.target)
        for attempt in range(1, self.connect_attempts + 1):
            try:
                connection = pyodbc.connect(
                    connection_string,
                    attrs_before=attributes,
                    autocommit=True,
                    timeout=int(self.target.get("login_timeout") or 0),
                )
                break
            except pyodbc.Error as error:
                transient = isinstance(error, pyodbc.OperationalError | pyodbc.InternalError)
                translated = odbc_error(
                    str(error),
                    doing=f"connecting to {self.describe()}",
                    remedy="See docs/sql-server.md; `dbt debug` tries the same connection.",
                )
                if not transient or attempt == self.connect_attempts:
                    raise translated from None
                logger.info("%s, trying again", translated.message)
                time.sleep(_CONNECT_PAUSE)
        # As dbt-sqlserver: an error ends the batch and its transaction, instead of going on with the next line.
        warehouse = SQLServerWarehouse(connection)
        warehouse.execute("set xact_abort on")
        return warehouse


class SQLServerWarehouse:
    """An open session."""

    def __init__(self, connection: pyodbc.Connection) -> None:
        self._connection = connection
        self._catalog = ""
        self._catalog = str(self.rows("select db_name()")[0][0])

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """See `Warehouse.execute`."""
        with _errors_of(sql), self._cursor(sql, parameters):
            pass

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """See `Warehouse.rows`."""
        with _errors_of(sql), self._cursor(sql, parameters) as cursor:
            while cursor.description is None and cursor.nextset():
                pass  # a message of the server comes before the rows as a result without columns
            return [tuple(row) for row in cursor.fetchall()]

    def stream(self, sql: str, parameters: Sequence[object] = (), *, size: int = 1000) -> Iterator[Row]:
        """See `Warehouse.stream`."""
        with _errors_of(sql), self._cursor(sql, parameters) as cursor:
            while rows := cursor.fetchmany(size):
                yield from (tuple(row) for row in rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See `Warehouse.transaction`."""
        self.execute("begin transaction")
        try:
            yield
        except BaseException:
            with suppress(DatabaseError):  # what went wrong first is what matters
                self.execute("if @@trancount > 0 rollback transaction")
            raise
        self.execute("commit transaction")

    def small_statements(self) -> AbstractContextManager[None]:
        """See `Warehouse.small_statements`. There is nothing to prepare."""
        return nullcontext()

    def has_table(self, schema: str, table: str) -> bool:
        """See `Warehouse.has_table`."""
        # Not information_schema: its name is in capitals, which counts under a case-sensitive collation.
        sql = "select 1 where object_id(concat(quotename(?), '.', quotename(?))) is not null"
        return bool(self.rows(sql, (schema, table)))

    def has_column(self, schema: str, table: str, column: str) -> bool:
        """See `Warehouse.has_column`."""
        sql = "select 1 where col_length(concat(quotename(?), '.', quotename(?)), ?) is not null"
        return bool(self.rows(sql, (schema, table, column)))

    def insert_page(self, page: Page) -> None:
        """See `Warehouse.insert_page`."""
        sql = _INSERT_DOCUMENTS.replace("{target}", "{n2f_raw." + page.resource + "}")
        documents = json.dumps(page.documents, ensure_ascii=False)
        self.execute(sql, (page.snapshot_id, page.company_uuid, page.axis, page.number, documents))

    def free_space(self) -> None:
        """See `Warehouse.free_space`. SQL Server fills pages that became free by itself."""

    def close(self) -> None:
        """See `Warehouse.close`."""
        with suppress(pyodbc.Error):  # a session that has broken is closed already
            self._connection.close()

    @contextmanager
    def _cursor(self, sql: str, parameters: Sequence[object]) -> Iterator[pyodbc.Cursor]:
        cursor = self._connection.cursor()
        try:
            yield cursor.execute(render(sql, self._catalog), *parameters)
        finally:
            with suppress(pyodbc.Error):
                cursor.close()


@contextmanager
def _errors_of(sql: str) -> Iterator[None]:
    try:
        yield
    except pyodbc.Error as error:
        # `from None`: the original quotes values, and a traceback would print it.
        raise odbc_error(
            str(error),
            doing=f"running {' '.join(sql.split())[:80]!r}",
            remedy="Check the database and its tables (`dbt run-operation create_loader_tables`).",
        ) from None
