"""The table of runs: one row for every time the loader did something, also when it failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from loader.database import Warehouse, new_id, utc_now

STATUSES = ("succeeded", "failed", "skipped", "withheld", "left")
"""What can become of a row of a plan."""

_BEGIN = """
    insert into {n2f_sync.runs} (run_id, command, started_at, status, is_dry_run)
    values (?, ?, ?, 'running', ?)
"""

_ABANDONED = """
    update {n2f_sync.runs}
    set status = 'failed', exit_code = 1, message = ?
    where status = 'running' and run_id <> ?
"""

_FINISH = """
    update {n2f_sync.runs}
    set
        finished_at = ?, status = ?, exit_code = ?, snapshot_id = ?, plan_id = ?,
        succeeded_count = ?, failed_count = ?, skipped_count = ?, withheld_count = ?, left_count = ?,
        rejected_count = ?, message = ?
    where run_id = ?
"""

_COUNTS = "select status, count(*) from {n2f_sync.push_results} where run_id = ? group by status"


@dataclass(slots=True, kw_only=True)
class Run:
    """A run while it is at work; the only thing here that changes."""

    run_id: str
    command: str
    started_at: datetime
    is_dry_run: bool
    snapshot_id: str | None = None
    plan_id: str | None = None
    rejected_count: int | None = None


def begin(warehouse: Warehouse, command: str, *, is_dry_run: bool) -> Run:
    """Write down that a run is at work. Its caller holds the lock: whatever else is `running` is dead."""
    started_at = utc_now()
    run = Run(run_id=new_id(started_at), command=command, started_at=started_at, is_dry_run=is_dry_run)
    warehouse.execute(_BEGIN, (run.run_id, command, started_at, is_dry_run))
    message = f"ended without a word (killed, or the machine went down); found by run {run.run_id}"
    warehouse.execute(_ABANDONED, (message, run.run_id))
    return run


def finish(
    warehouse: Warehouse,
    run: Run,
    *,
    status: str,
    exit_code: int,
    message: str | None,
    finished_at: datetime | None = None,
) -> datetime:
    """Write down how a run ended, and return when: now, unless its caller says so."""
    finished_at = finished_at or utc_now()
    counts: dict[str, int] = dict(warehouse.rows(_COUNTS, (run.run_id,)))
    warehouse.execute(
        _FINISH,
        (
            finished_at, status, exit_code, run.snapshot_id, run.plan_id,
            *(counts.get(name, 0) for name in STATUSES),
            run.rejected_count, message, run.run_id,
        ),
    )  # fmt: skip
    return finished_at
