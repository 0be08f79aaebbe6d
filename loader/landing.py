"""Lands pages in the database while the next one is waited for, or paced: in one thread, one statement at a time.

The connection has one user at a time: who wants it back calls `settle`. What was handed over runs in that order, so
that a list is noted after its pages. Memory holds two pages: one that lands, and one that was read meanwhile.

Nobody reads a snapshot before it is complete, so pages share transactions: a commit that waits for the disk costs more
than the page. What is not committed when the reading ends early is lost with the snapshot that it belongs to.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from types import TracebackType
from typing import Any, Self

from loader.database import Page, Warehouse
from loader.errors import DatabaseError

logger = logging.getLogger(__name__)

STATEMENTS_A_COMMIT = 25
"""5,000 documents, some MB: what the engine holds for a transaction stays small, whatever the list."""


def one_thread() -> Executor:
    """Return what lands: a thread that runs one thing at a time."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="landing")


class Landing:
    """Takes a connection over for as long as the `with` block lasts; at its end nothing is at work, and no transaction.

    All has landed by then, or the block ended with an error. Each method but `__exit__` raises the error of what was
    handed over before.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._pool = one_thread()
        self._last: Future[None] | None = None
        self._transaction: AbstractContextManager[None] | None = None
        self._uncommitted = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.settle()
        finally:
            self._pool.submit(self._roll_back)
            self._pool.shutdown()  # what is at work ends: the connection is the caller's again
        if self._last is not None and isinstance(failure := self._last.exception(), DatabaseError):
            logger.warning("%s", failure)  # something else ended the reading already

    def page(self, page: Page) -> None:
        """Land a page, once the one before it has landed."""
        self._hand_over(self._warehouse.insert_page, page)

    def execute(self, sql: str, parameters: Sequence[object]) -> None:
        """Run a statement, once what was handed over before it has run."""
        self._hand_over(self._warehouse.execute, sql, parameters)

    def settle(self) -> Warehouse:
        """Wait until all is committed, and return the connection: the caller's until the next page is handed over."""
        self._wait()
        self._last = self._pool.submit(self._commit)
        self._wait()
        return self._warehouse

    def _hand_over(self, work: Callable[..., None], *arguments: Any) -> None:
        self._wait()
        self._last = self._pool.submit(self._land, work, *arguments)

    def _wait(self) -> None:
        last, self._last = self._last, None
        if last is not None:
            last.result()

    # What follows runs in the thread that lands, where no signal interrupts it.

    def _land(self, work: Callable[..., None], *arguments: Any) -> None:
        if self._transaction is None:
            transaction = self._warehouse.transaction()
            transaction.__enter__()
            self._transaction, self._uncommitted = transaction, 0
        try:
            work(*arguments)
        except BaseException:
            self._roll_back()
            raise
        self._uncommitted += 1
        if self._uncommitted == STATEMENTS_A_COMMIT:
            self._commit()

    def _commit(self) -> None:
        transaction, self._transaction = self._transaction, None
        if transaction is not None:
            transaction.__exit__(None, None, None)

    def _roll_back(self) -> None:
        transaction, self._transaction = self._transaction, None
        if transaction is not None:
            with suppress(_GivenUp):
                given_up = _GivenUp()
                transaction.__exit__(_GivenUp, given_up, None)


class _GivenUp(Exception):  # noqa: N818 - what makes a transaction roll back; nobody sees it
    """Ends a transaction that must not be committed."""
