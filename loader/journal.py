"""The pusher's own tables: what is being sent, and what became of it.

A row of a plan is marked in `push_attempts`, committed, then sent; its result is committed before the next
row is sent. The result of one row and the mark of the next go into one transaction: a row costs one commit.
A process that is killed leaves at most one row that was sent and has no result; sending it again is harmless.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from loader.database import Warehouse, utc_now

_PAGE = 500  # changes that are held in memory at a time
_PLACES_AT_A_TIME = 10_000
_EVERY_RANK = 2_147_483_647  # more than any rank

_PAIRS = """
    select distinct http_method, path_template, action
    from {n2f_sync.planned_changes} where plan_id = ?
"""

_BOUNDS = """
    select coalesce(min(sequence), 1), coalesce(max(sequence), 0)
    from {n2f_sync.planned_changes} where plan_id = ?
"""

_WITHOUT_RESULT = """
    not exists (
        select 1 from {n2f_sync.push_results} as results
        where results.plan_id = changes.plan_id and results.sequence = changes.sequence
    )
"""

# Pages by number instead of one long result: a push lasts hours, and a result that is open so long keeps
# DuckDB from writing its log back and SQL Server from letting go of its locks. Those of numbers alone are longer: of a
# long plan few rows may be chosen.
_PLACES = """
    select changes.sequence, changes.selection_rank
    from {n2f_sync.planned_changes} as changes
    where
        changes.plan_id = ? and changes.sequence between ? and ? and changes.decision = 'send'
        and <without_result>
    order by changes.sequence
""".replace("<without_result>", _WITHOUT_RESULT)

_CHANGES = """
    select
        changes.sequence, changes.scope, changes.action, changes.entity_key, changes.http_method,
        changes.path_template, changes.path_params_json, changes.payload_json, changes.selection_rank
    from {n2f_sync.planned_changes} as changes
    where
        changes.plan_id = ? and changes.sequence between ? and ? and changes.decision = 'send'
        and coalesce(changes.selection_rank, 0) <= ? and <without_result>
    order by changes.sequence
""".replace("<without_result>", _WITHOUT_RESULT)

_DEPENDENCIES = """
    select
        dependencies.scope, dependencies.entity_key,
        dependencies.depends_on_scope, dependencies.depends_on_key
    from {n2f_sync.planned_dependencies} as dependencies
    where
        dependencies.plan_id = ?
        and exists (
            select 1 from {n2f_sync.planned_changes} as changes
            where
                changes.plan_id = dependencies.plan_id
                and changes.sequence between ? and ?
                and changes.scope = dependencies.scope
                and changes.entity_key = dependencies.entity_key
        )
"""

_NEEDED = (
    "select distinct depends_on_scope, depends_on_key from {n2f_sync.planned_dependencies} where plan_id = ?"
)

_OUTCOMES = """
    select results.scope, results.entity_key, results.status
    from {n2f_sync.push_results} as results
    where
        results.plan_id = ?
        and exists (
            select 1 from {n2f_sync.planned_dependencies} as dependencies
            where
                dependencies.plan_id = results.plan_id
                and dependencies.depends_on_scope = results.scope
                and dependencies.depends_on_key = results.entity_key
        )
"""

_COLUMNS = (
    "run_id, plan_id, sequence, scope, action, entity_key, status, http_status, attempts, error,"
    " started_at, finished_at"
)

_INSERT_RESULT = """
    insert into {n2f_sync.push_results} (<columns>) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
""".replace("<columns>", _COLUMNS)

_SEQUENCE = 2  # place of the sequence among the columns

_COMMITTED = "select sequence from {n2f_sync.push_results} where plan_id = ? and run_id = ?"

_INSERT_ATTEMPT = """
    insert into {n2f_sync.push_attempts} (run_id, plan_id, sequence, scope, action, entity_key, started_at)
    values (?, ?, ?, ?, ?, ?, ?)
"""

_SETTLE = """
    insert into {n2f_sync.push_results} (<columns>)
    select
        ?, changes.plan_id, changes.sequence, changes.scope, changes.action, changes.entity_key,
        case changes.decision when 'withheld' then 'withheld' else 'failed' end, null, 0,
        case
            when changes.decision_detail is null then changes.decision_reason
            else concat(changes.decision_reason, ': ', changes.decision_detail)
        end,
        null, ?
    from {n2f_sync.planned_changes} as changes
    where changes.plan_id = ? and changes.decision in ('withheld', 'fail') and <without_result>
""".replace("<columns>", _COLUMNS).replace("<without_result>", _WITHOUT_RESULT)

_LEAVE = """
    insert into {n2f_sync.push_results} (<columns>)
    select
        ?, changes.plan_id, changes.sequence, changes.scope, changes.action, changes.entity_key,
        'left', null, 0, ?, null, ?
    from {n2f_sync.planned_changes} as changes
    where changes.plan_id = ? and changes.decision = 'send' and <without_result>
""".replace("<columns>", _COLUMNS).replace("<without_result>", _WITHOUT_RESULT)

_OPEN = """
    select count(*) from {n2f_sync.planned_changes} as changes
    where changes.plan_id = ? and changes.decision = 'send' and <without_result>
""".replace("<without_result>", _WITHOUT_RESULT)

Key = tuple[str, str]
"""Scope and entity key."""


class Change(NamedTuple):
    """A row to send."""

    sequence: int
    scope: str
    action: str
    entity_key: str
    http_method: str
    path_template: str
    path_params_json: str
    payload_json: str | None
    selection_rank: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a row: `succeeded`, `failed`, `skipped` or `left`. Instants are UTC without zone."""

    status: str
    http_status: int | None = None
    attempts: int = 0
    error: str | None = None
    started_at: datetime | None = None
    finished_at: datetime


class Journal:
    """Reads one plan, and writes down what one run does with it."""

    def __init__(self, warehouse: Warehouse, *, run_id: str, plan_id: str) -> None:
        self._warehouse = warehouse
        self._run_id = run_id
        self._plan_id = plan_id
        self._pending: list[Sequence[object]] = []
        self._fetched: dict[int, tuple[Change, list[Key]]] = {}

    def at_work(self) -> AbstractContextManager[None]:
        """Tell the database that a push is going on."""
        return self._warehouse.small_statements()

    def endpoints(self) -> list[tuple[str, str, str]]:
        """Return each (action, http_method, path_template) of the plan."""
        rows = self._warehouse.rows(_PAIRS, (self._plan_id,))
        return [(action, method, template) for method, template, action in rows]

    def open_count(self) -> int:
        """Return how many rows are to be sent and have no result yet."""
        return int(self._warehouse.rows(_OPEN, (self._plan_id,))[0][0])

    def places(self) -> Iterator[tuple[int, int | None]]:
        """Yield sequence and rank of the rows to send that have no result yet, in order."""
        first, last = self._warehouse.rows(_BOUNDS, (self._plan_id,))[0]
        for start in range(first, last + 1, _PLACES_AT_A_TIME):
            yield from self._warehouse.rows(_PLACES, (self._plan_id, start, start + _PLACES_AT_A_TIME - 1))

    def change(self, sequence: int, *, cut: int | None = None) -> tuple[Change, list[Key]]:
        """Return a row to send with what it depends on; those after it are fetched with it.

        Args:
            sequence: its place.
            cut: the largest rank of rows that are worth fetching along; None for all.
        """
        if sequence not in self._fetched:
            self._fetch(sequence, cut)
        return self._fetched[sequence]

    def _fetch(self, sequence: int, cut: int | None) -> None:
        page = (self._plan_id, sequence, sequence + _PAGE - 1)
        rows = self._warehouse.rows(_CHANGES, (*page, _EVERY_RANK if cut is None else cut))
        needs: dict[Key, list[Key]] = {}
        for scope, entity_key, on_scope, on_key in self._warehouse.rows(_DEPENDENCIES, page) if rows else ():
            needs.setdefault((scope, entity_key), []).append((on_scope, on_key))
        self._fetched = {
            change.sequence: (change, needs.get((change.scope, change.entity_key), []))
            for change in (Change(*row) for row in rows)
        }

    def needed_keys(self) -> set[Key]:
        """Return what some row depends on: the only outcomes that have to be remembered."""
        return {(scope, key) for scope, key in self._warehouse.rows(_NEEDED, (self._plan_id,))}

    def outcomes(self) -> dict[Key, str]:
        """Return what became of the needed keys that have a result."""
        rows = self._warehouse.rows(_OUTCOMES, (self._plan_id,))
        return {(scope, key): status for scope, key, status in rows}

    def settle_unsendable(self) -> None:
        """Write the results of rows that the plan itself withholds or fails."""
        self._warehouse.execute(_SETTLE, (self._run_id, utc_now(), self._plan_id))

    def leave_rest(self, reason: str) -> None:
        """Write `left` for every row that has no result."""
        self.flush()
        self._warehouse.execute(_LEAVE, (self._run_id, reason, utc_now(), self._plan_id))

    def note(self, change: Change, result: Result) -> None:
        """Take a result; it is committed with the next mark, or by `flush`."""
        outcome = (result.status, result.http_status, result.attempts, result.error)
        self._pending.append((*self._key(change), *outcome, result.started_at, result.finished_at))
        if len(self._pending) >= _PAGE:
            self.flush()

    def mark(self, change: Change) -> None:
        """Commit that this row is about to be sent, together with the results before it."""
        self.flush((*self._key(change), utc_now()))

    def flush(self, attempt: Sequence[object] | None = None) -> None:
        """Commit what was noted."""
        if not self._pending and attempt is None:
            return
        with self._warehouse.transaction():
            for result in self._pending:
                self._warehouse.execute(_INSERT_RESULT, result)
            if attempt is not None:
                self._warehouse.execute(_INSERT_ATTEMPT, attempt)
        self._pending.clear()

    def rescue(self) -> None:
        """Commit what was noted, after something broke in at any moment: perhaps right after a commit.

        What is committed already is not written again: whoever was interrupted then had no time to forget it.
        """
        committed = set(self._warehouse.rows(_COMMITTED, (self._plan_id, self._run_id)))
        self._pending = [result for result in self._pending if (result[_SEQUENCE],) not in committed]
        self.flush()

    def _key(self, change: Change) -> tuple[object, ...]:
        return self._run_id, self._plan_id, change.sequence, change.scope, change.action, change.entity_key
