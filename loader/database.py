"""What the loader asks of a database, whichever engine it is. `warehouse.py` holds the engines.

SQL is written once for all engines: parameters are `?`, relations are `{schema.table}` and are rendered as
`"catalog"."schema"."table"`, which can mean one thing only. All instants are UTC without zone.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

Row = tuple[Any, ...]
"""A row of a result, in the order of the select list."""

_RELATION = re.compile(r"\{(\w+)\.(\w+)\}")


def utc_now() -> datetime:
    """Return the present instant as all tables hold it: UTC, without zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def new_id(now: datetime) -> str:
    """Return an id for a run, plan or snapshot of this instant; ids sort by time."""
    return f"{now:%Y%m%dT%H%M%S%f}Z-{secrets.token_hex(2)}"


def render(sql: str, catalog: str) -> str:
    """Return the SQL with each `{schema.table}` as its full, quoted name."""
    return _RELATION.sub(rf'"{catalog}"."\1"."\2"', sql)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a list of N2F, on its way into `n2f_raw.<resource>`.

    Attributes:
        number: counted from 1 within its list.
        company_uuid: what the list hangs on, in its path; None where it hangs on no company.
        axis: likewise.
        documents: each a JSON text.
    """

    resource: str
    snapshot_id: str
    company_uuid: str | None
    axis: str | None
    number: int
    documents: Sequence[str]


class Warehouse(Protocol):
    """An open connection. Statements outside `transaction` commit by themselves."""

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Run a statement that returns nothing."""

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Return all rows of a query that is known to be small."""

    def stream(self, sql: str, parameters: Sequence[object] = (), *, size: int = 1000) -> Iterator[Row]:
        """Yield the rows of a query; no other statement may run before the last one is out."""

    def transaction(self) -> AbstractContextManager[None]:
        """Commit what happens inside as one; roll it back when it raises."""

    def small_statements(self) -> AbstractContextManager[None]:
        """Expect many statements of a few rows inside, and nothing large."""

    def has_table(self, schema: str, table: str) -> bool:
        """Return whether a table or view exists."""

    def has_column(self, schema: str, table: str, column: str) -> bool:
        """Return whether a table has a column."""

    def insert_page(self, page: Page) -> None:
        """Append a page to `n2f_raw.<resource>` in one statement."""

    def free_space(self) -> str | None:
        """Make room that deleted rows took fit for new ones; return how much there is, or None."""

    def close(self) -> None:
        """Close the connection; what is not committed is lost."""


class Database(Protocol):
    """A database that can be locked and opened; dbt in this process may work in it meanwhile."""

    def exists(self) -> bool:
        """Return whether there is one; `connect` may make it."""

    def connect(
        self, *, holds_lock: bool = False, read_only: bool = False
    ) -> AbstractContextManager[Warehouse]:
        """Open it or make it.

        Args:
            holds_lock: whether the caller is the run that holds `lock`.
            read_only: whether it stays byte for byte as it is; then it has to be there.

        Raises:
            LockedError: a run is at work on it, another one than the caller.
            DatabaseError: it cannot be opened; it says what to do.
        """

    def lock(self) -> AbstractContextManager[object]:
        """Keep every other run out until the end; raises LockedError at once when one is at work."""

    def describe(self) -> str:
        """Return which database it is, without secrets."""
