"""How things stand: the last runs, and what is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loader.database import Database, Row, Warehouse, utc_now
from loader.remembered import open_rows

_RUN_COLUMNS = (
    "run_id", "command", "started_at", "finished_at", "status", "exit_code", "is_dry_run", "snapshot_id",
    "plan_id", "succeeded_count", "failed_count", "skipped_count", "withheld_count", "left_count",
    "rejected_count", "message",
)  # fmt: skip

_RUNS = """
    select <columns>
    from (select *, row_number() over (order by run_id desc) as number from {n2f_sync.runs}) as numbered
    where number <= ? order by number
""".replace("<columns>", ", ".join(_RUN_COLUMNS))

_SNAPSHOT = """
    select snapshot_id, base_url, completed_at, document_count
    from {n2f_raw.snapshots}
    where snapshot_id = (select max(snapshot_id) from {n2f_raw.snapshots} where completed_at is not null)
"""

# A plan is open when something of it was sent, and something that is to be sent has no result.
_OPEN_PLAN = """
    select changes.plan_id, count(*)
    from {n2f_sync.planned_changes} as changes
    where
        changes.plan_id = (select max(plan_id) from {n2f_sync.plans})
        and changes.decision = 'send'
        and exists (
            select 1 from {n2f_sync.push_attempts} as attempts where attempts.plan_id = changes.plan_id
        )
        and not exists (
            select 1 from {n2f_sync.push_results} as results
            where results.plan_id = changes.plan_id and results.sequence = changes.sequence
        )
    group by changes.plan_id
"""

_HOLDS = """
    select scope, entity_key, reason, held_by, held_until
    from {n2f_sync.holds} where held_until is null or held_until > ? order by scope, entity_key
"""

_METRIC_COLUMNS = (
    "run_id", "duration_seconds", "read_count", "write_count", "retry_count", "quota_seconds", "backoff_seconds",
    "document_count", "sent_count", "push_seconds", "rows_per_second", "peak_memory_mb",
)  # fmt: skip

_METRICS = """
    select <columns>
    from {n2f_sync.run_metrics} where run_id = (select max(run_id) from {n2f_sync.run_metrics})
""".replace("<columns>", ", ".join(_METRIC_COLUMNS))

# Dry runs, snapshots and plans put nothing in step and nothing out of it.
_NOT_IN_STEP_SINCE = """
    select min(coalesce(finished_at, started_at))
    from {n2f_sync.runs}
    where
        <sending> and exit_code <> 0
        and run_id > coalesce(
            (select max(run_id) from {n2f_sync.runs} where <sending> and exit_code = 0), ''
        )
""".replace("<sending>", "command in ('run', 'push') and is_dry_run = ?")

_UNRESOLVED = """
    select scope, action, status, count(*)
    from {n2f_sync.push_results}
    where run_id = (select max(run_id) from {n2f_sync.push_results}) and status <> 'succeeded'
    group by scope, action, status order by scope, action, status
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the tables say.

    Attributes:
        runs: the last runs, newest first.
        snapshot: the newest complete one, or None.
        open_plan: a plan that a push was killed at, and how many rows it has yet to send; or None.
        holds: what DBAs hold back at this moment.
        unresolved: rows of the last push that did not succeed, counted by scope, action and status.
        metrics: what the last run that has ended cost; None before there was one.
        not_in_step_since: when the first run ended that was to send something and came to another exit code than 0,
            of those after the last one that came to 0; None where the last one did.
        remembered: rows that fail, are rejected or flap, counted by kind and scope, with since when the oldest.
    """

    runs: tuple[dict[str, Any], ...] = ()
    snapshot: dict[str, Any] | None = None
    open_plan: dict[str, Any] | None = None
    holds: tuple[dict[str, Any], ...] = ()
    unresolved: tuple[dict[str, Any], ...] = ()
    remembered: tuple[dict[str, Any], ...] = ()
    metrics: dict[str, Any] | None = None
    not_in_step_since: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as dicts and lists that `json.dumps` takes; instants are UTC."""
        return {
            "runs": list(self.runs),
            "snapshot": self.snapshot,
            "open_plan": self.open_plan,
            "holds": list(self.holds),
            "unresolved": list(self.unresolved),
            "remembered": list(self.remembered),
            "metrics": self.metrics,
            "not_in_step_since": self.not_in_step_since,
        }


def status_of(database: Database) -> Status:
    """Return how things stand; a database that is not there is not made.

    Raises:
        LockedError: a run is at work.
        DatabaseError: it cannot be opened.
    """
    if not database.exists():
        return Status()
    with database.connect() as warehouse:
        return read_status(warehouse)


def read_status(warehouse: Warehouse, *, run_count: int = 10) -> Status:
    """Return how things stand; all of it is empty before the first run."""
    if not warehouse.has_table("n2f_sync", "runs"):
        return Status()
    snapshots = warehouse.rows(_SNAPSHOT)
    open_plans = warehouse.rows(_OPEN_PLAN)
    holds = warehouse.rows(_HOLDS, (utc_now(),))
    has_metrics = warehouse.has_table("n2f_sync", "run_metrics")  # a version before had none
    metrics = warehouse.rows(_METRICS) if has_metrics else []
    since = warehouse.rows(_NOT_IN_STEP_SINCE, (False, False))[0]
    return Status(
        runs=tuple(named(_RUN_COLUMNS, row) for row in warehouse.rows(_RUNS, (run_count,))),
        snapshot=named(("snapshot_id", "base_url", "completed_at", "document_count"), snapshots[0])
        if snapshots
        else None,
        open_plan=named(("plan_id", "open_count"), open_plans[0]) if open_plans else None,
        holds=tuple(named(("scope", "entity_key", "reason", "held_by", "held_until"), row) for row in holds),
        unresolved=tuple(
            named(("scope", "action", "status", "row_count"), row) for row in warehouse.rows(_UNRESOLVED)
        ),
        remembered=tuple(
            named(("kind", "scope", "row_count", "since", "run_count"), row) for row in open_rows(warehouse)
        ),
        metrics=named(_METRIC_COLUMNS, metrics[0]) if metrics else None,
        not_in_step_since=named(("since",), since)["since"],
    )


def named(names: tuple[str, ...], row: Row) -> dict[str, Any]:
    """Return a row by the names of its columns, instants as JSON has them."""
    return {
        name: f"{value.isoformat()}Z" if isinstance(value, datetime) else value
        for name, value in zip(names, row, strict=True)
    }
