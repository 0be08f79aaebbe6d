"""What earlier runs know of rows that fail, are rejected or flap: since when, in how many runs, and why.

The views of `dbt_project/models/reporting` decide it. They are read when a summary is made and are not frozen with the
plan, so that what a run itself has just put right is no longer told.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from loader.database import Row, Warehouse

_NAMED = 10  # rows of each kind that a summary names
_FIRST_TIME = 1  # what happened in one run alone is told elsewhere

_VIEWS = ("failing_rows", "rejections_remembered", "flapping_fields")

# Of the rows that this plan itself has: others are not for this run to tell of.
_FAILING = """
    select scope, entity_key, action, failed_since, run_count, is_same_reason, last_http_status, last_error, total
    from (
        select
            failing.*, count(*) over () as total,
            row_number() over (order by failing.run_count desc, failing.scope, failing.entity_key) as number
        from {n2f_diff.failing_rows} as failing
        where
            failing.run_count > ?
            and exists (
                select 1 from {n2f_sync.planned_changes} as changes
                where
                    changes.plan_id = ? and changes.scope = failing.scope
                    and changes.entity_key = failing.entity_key
            )
    ) as numbered
    where number <= ? order by number
"""

_REJECTED = """
    select scope, entity_key, reason, rejected_since, run_count, is_same_reason, total
    from (
        select
            remembered.*, count(*) over () as total,
            row_number() over (
                order by remembered.run_count desc, remembered.scope, remembered.entity_key
            ) as number
        from {n2f_diff.rejections_remembered} as remembered
        where
            remembered.run_count > ?
            and exists (
                select 1 from {n2f_sync.planned_rejections} as rejections
                where
                    rejections.plan_id = ? and rejections.scope = remembered.scope
                    and rejections.entity_key = remembered.entity_key
            )
    ) as numbered
    where number <= ? order by number
"""

_FLAPPING = """
    select scope, entity_key, field, old_json, new_json, total
    from (
        select
            flapping.*, count(*) over () as total,
            row_number() over (order by flapping.scope, flapping.entity_key, flapping.field) as number
        from {n2f_diff.flapping_fields} as flapping
        where exists (
            select 1 from {n2f_sync.planned_changes} as changes
            where
                changes.plan_id = ? and changes.scope = flapping.scope
                and changes.entity_key = flapping.entity_key and changes.action = 'update'
        )
    ) as numbered
    where number <= ? order by number
"""

_OPEN = """
    select 'failing', scope, count(*), min(failed_since), max(run_count)
    from {n2f_diff.failing_rows} group by scope
    union all
    select 'rejected', scope, count(*), min(rejected_since), max(run_count)
    from {n2f_diff.rejections_remembered} group by scope
    union all
    select 'flapping', scope, count(*), null, null
    from {n2f_diff.flapping_fields} group by scope
    order by 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A row that failed in more than one run in a row.

    Attributes:
        since: instant of the first of these failures, UTC.
        is_same_reason: whether it was the same reason each time.
    """

    scope: str
    entity_key: str
    action: str
    since: datetime
    run_count: int
    is_same_reason: bool
    http_status: int | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedAgain:
    """A key that more than one run in a row rejected; attributes as those of `Failing`."""

    scope: str
    entity_key: str
    reason: str
    since: datetime
    run_count: int
    is_same_reason: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Flapping:
    """A field that each of the last three runs updated, with what the newest found and sent."""

    scope: str
    entity_key: str
    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """All of it: some are named, the counts are of all."""

    failing: tuple[Failing, ...] = ()
    failing_count: int = 0
    rejected: tuple[RejectedAgain, ...] = ()
    rejected_count: int = 0
    flapping: tuple[Flapping, ...] = ()
    flapping_count: int = 0

    @classmethod
    def read(cls, warehouse: Warehouse, plan_id: str) -> Self:
        """Return what is remembered of the rows of a plan."""
        if not _is_built(warehouse):
            return cls()
        parameters = (_FIRST_TIME, plan_id, _NAMED)
        failing = warehouse.rows(_FAILING, parameters)
        rejected = warehouse.rows(_REJECTED, parameters)
        flapping = warehouse.rows(_FLAPPING, (plan_id, _NAMED))
        return cls(
            failing=tuple(
                Failing(
                    scope=scope, entity_key=key, action=action, since=since, run_count=count,
                    is_same_reason=bool(is_same), http_status=http_status, error=error,
                )
                for scope, key, action, since, count, is_same, http_status, error, _ in failing
            ),
            failing_count=_total(failing),
            rejected=tuple(
                RejectedAgain(
                    scope=scope, entity_key=key, reason=reason, since=since, run_count=count,
                    is_same_reason=bool(is_same),
                )
                for scope, key, reason, since, count, is_same, _ in rejected
            ),
            rejected_count=_total(rejected),
            flapping=tuple(
                Flapping(scope=scope, entity_key=key, field=field, old=_value(old), new=_value(new))
                for scope, key, field, old, new, _ in flapping
            ),
            flapping_count=_total(flapping),
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Return it as dicts and lists that `json.dumps` takes; instants are UTC."""
        return {
            "failing": [_plain(item) for item in self.failing],
            "failing_count": self.failing_count,
            "rejected": [_plain(item) for item in self.rejected],
            "rejected_count": self.rejected_count,
            "flapping": [asdict(item) for item in self.flapping],
            "flapping_count": self.flapping_count,
        }


def open_rows(warehouse: Warehouse) -> list[Row]:
    """Return how many rows of each scope fail, are rejected or flap, whichever run found it.

    Each row of the result is the kind (`failing`, `rejected`, `flapping`), the scope, how many there are, since when
    the oldest, and in how many runs in a row at most; the last two are None for `flapping`.
    """
    return warehouse.rows(_OPEN) if _is_built(warehouse) else []


def _is_built(warehouse: Warehouse) -> bool:
    """Return whether dbt has made the views; a database of an earlier version may be read before that."""
    return all(warehouse.has_table("n2f_diff", view) for view in _VIEWS)


def _total(rows: Sequence[Row]) -> int:
    return int(rows[0][-1]) if rows else 0


def _value(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _plain(item: Failing | RejectedAgain) -> dict[str, Any]:
    return asdict(item) | {"since": f"{item.since.isoformat()}Z"}
