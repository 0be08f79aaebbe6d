"""Lands pages in the database while the next one is waited for, or paced: in one thread, one statement at a time.

The connection has one user at a time: who wants it back calls `settle`. What was handed over runs in that order, so
that a list is noted after its pages. Memory holds two pages: one that lands, and one that was read meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from loader.database import Page, Warehouse
from loader.errors import DatabaseError

logger = logging.getLogger(__name__)


def one_thread() -> Executor:
    """Return what lands: a thread that runs one thing at a time."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="landing")


class Landing:
    """Takes a connection over for as long as the `with` block lasts; at its end all has landed, or nothing is at work.

    Each method but `__exit__` raises the DatabaseError of what was handed over before.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._pool = one_thread()
        self._last: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.settle()
        finally:
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
        """Wait until all has landed, and return the connection: the caller's until the next page is handed over."""
        last, self._last = self._last, None
        if last is not None:
            last.result()
        return self._warehouse

    def _hand_over(self, work: Callable[..., None], *arguments: Any) -> None:
        self.settle()
        self._last = self._pool.submit(work, *arguments)
