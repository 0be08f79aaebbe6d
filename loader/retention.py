"""Deletes what is old enough and that nothing needs any more: `n2f-sync prune`.

What may go is decided by the views `prunable_snapshots`, `prunable_plans` and `prunable_runs` of `n2f_diff`,
which anybody may read beforehand. A snapshot, a plan and all runs are one transaction each: whenever it stops,
what is there is whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from loader.database import Database, Warehouse, utc_now
from loader.errors import DatabaseError, DataError, SyncError, UsageError
from loader.runs import Run, begin, finish

SHORTEST_HISTORY = timedelta(days=400)
"""`n2f_sync` is only ever added to, but by a request of its own; a year and its closing stay in any case."""

SNAPSHOT_TABLES = (
    "n2f_raw.companies", "n2f_raw.roles", "n2f_raw.userprofiles", "n2f_raw.users", "n2f_raw.axes",
    "n2f_raw.axis_values", "n2f_raw.lists",
)  # fmt: skip
"""What a snapshot fills, but for its own row."""

PLAN_TABLES = (
    "n2f_sync.planned_changes", "n2f_sync.planned_dependencies", "n2f_sync.planned_rejections",
    "n2f_sync.push_attempts", "n2f_sync.push_results", "n2f_sync.plans",
)  # fmt: skip
"""What hangs on a plan, the plan's own row last."""

RUN_TABLES = ("n2f_sync.run_stages", "n2f_sync.run_minutes", "n2f_sync.run_metrics", "n2f_sync.runs")
"""What hangs on a run and on no plan, the run's own row last: it says which runs they are."""

VIEWS = ("prunable_snapshots", "prunable_plans", "prunable_runs")

_SNAPSHOTS = """
    select snapshot_id, started_at, is_row_kept
    from {n2f_diff.prunable_snapshots} where started_at < ? order by started_at, snapshot_id
"""

_PLANS = """
    select plan_id, created_at from {n2f_diff.prunable_plans} where created_at < ? order by created_at, plan_id
"""

_COUNT = "select count(*) from {<table>} where <condition>"
_DELETE = "delete from {<table>} where <condition>"

_OF_SNAPSHOT = "snapshot_id = ?"
_OF_PLAN = "plan_id = ?"
_OF_RUNS = "run_id in (select run_id from {n2f_diff.prunable_runs} where started_at < ?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """From which age on things are deleted; None: not at all.

    Attributes:
        snapshots: documents of `n2f_raw`.
        history: plans, results and runs of `n2f_sync`.
    """

    snapshots: timedelta
    history: timedelta | None = None

    def __post_init__(self) -> None:
        if self.history is not None and self.history < SHORTEST_HISTORY:
            raise UsageError(
                f"--history-older-than is {self.history.days}d",
                doing="reading the command line",
                remedy=f"Set it to {SHORTEST_HISTORY.days}d or more: n2f_sync is the history of who was changed when.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """A snapshot or a plan that was deleted, or would be.

    Attributes:
        kind: `snapshot`, `plan`, or `runs` for all runs together; then `id` is empty.
        at: when it began; None for runs.
        row_count: rows of all its tables.
    """

    kind: str
    id: str
    at: datetime | None
    row_count: int

    def to_json(self) -> dict[str, Any]:
        """Return it as a dict that `json.dumps` takes; instants are UTC."""
        at = f"{self.at.isoformat()}Z" if self.at is not None else None
        return {"kind": self.kind, "id": self.id, "at": at, "row_count": self.row_count}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """What a prune came to.

    Attributes:
        database: which one it was.
        space: what the database says of the room that became free; None where it says nothing.
    """

    run_id: str
    is_dry_run: bool
    ages: Ages
    database: str
    pruned: tuple[Pruned, ...]
    space: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as a dict that `json.dumps` takes."""
        history = self.ages.history
        return {
            "run_id": self.run_id,
            "is_dry_run": self.is_dry_run,
            "snapshots_older_than_days": self.ages.snapshots.days,
            "history_older_than_days": history.days if history is not None else None,
            "pruned": [item.to_json() for item in self.pruned],
            "row_count": sum(item.row_count for item in self.pruned),
            "space": self.space,
        }


def prune(database: Database, ages: Ages, *, is_dry_run: bool = False) -> Pruning:
    """Delete what is older, under the lock of a run, and leave a row in `n2f_sync.runs`.

    Raises:
        LockedError: a run is at work.
        DataError: the views that say what may go are not there.
        DatabaseError: a statement failed; what was deleted before it stays deleted.
    """
    with database.lock(), database.connect(holds_lock=True) as warehouse:
        if not all(warehouse.has_table("n2f_diff", view) for view in VIEWS):
            raise DataError(
                "the views that say what may go are not there",
                doing="looking for what is prunable",
                remedy="Make them with `make build`, or do a run first.",
            )
        run = begin(warehouse, "prune", is_dry_run=is_dry_run)
        try:
            pruned = tuple(_prune(warehouse, ages, run))
        except BaseException as error:
            message = str(error) if isinstance(error, SyncError) else f"unexpected {type(error).__name__}"
            with suppress(DatabaseError):  # that this fails too must not hide what failed first
                finish(warehouse, run, status="failed", exit_code=SyncError.exit_code, message=message)
            raise
        finish(warehouse, run, status="dry_run" if is_dry_run else "succeeded", exit_code=0, message=None)
        return Pruning(
            run_id=run.run_id,
            is_dry_run=is_dry_run,
            ages=ages,
            database=database.describe(),
            pruned=pruned,
            space=warehouse.free_space(),
        )


def _prune(warehouse: Warehouse, ages: Ages, run: Run) -> Iterator[Pruned]:
    oldest = utc_now() - ages.snapshots
    for snapshot_id, at, is_row_kept in warehouse.rows(_SNAPSHOTS, (oldest,)):
        tables = SNAPSHOT_TABLES if is_row_kept else (*SNAPSHOT_TABLES, "n2f_raw.snapshots")
        count = _delete(warehouse, tables, _OF_SNAPSHOT, snapshot_id, run)
        yield Pruned(kind="snapshot", id=snapshot_id, at=at, row_count=count)
    if ages.history is None:
        return
    oldest = utc_now() - ages.history
    for plan_id, at in warehouse.rows(_PLANS, (oldest,)):
        count = _delete(warehouse, PLAN_TABLES, _OF_PLAN, plan_id, run)
        yield Pruned(kind="plan", id=plan_id, at=at, row_count=count)
    if count := _delete(warehouse, RUN_TABLES, _OF_RUNS, oldest, run):
        yield Pruned(kind="runs", id="", at=None, row_count=count)


def _delete(warehouse: Warehouse, tables: Sequence[str], condition: str, value: object, run: Run) -> int:
    """Delete the rows of these tables in one transaction, or only count them; return how many."""
    count = 0
    with warehouse.transaction():
        for table in tables:
            if not warehouse.has_table(*table.split(".")):  # no build has made it yet
                continue
            count_rows, delete_rows = (
                sql.replace("<table>", table).replace("<condition>", condition) for sql in (_COUNT, _DELETE)
            )
            count += int(warehouse.rows(count_rows, (value,))[0][0])
            if not run.is_dry_run:
                warehouse.execute(delete_rows, (value,))
    return count
