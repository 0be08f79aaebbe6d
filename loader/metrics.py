"""What a run cost, in numbers: time by stage, calls by minute, waits, rows a second, memory.

They are written in the transaction that ends the run, so that a run has all of them or, killed before, none.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from loader.call_stats import CallMinute, CallStats
from loader.database import Warehouse
from loader.progress import SENDING, StageTime
from loader.runs import Run

TABLES = ("run_stages", "run_minutes", "run_metrics")
"""Where they stand, in n2f_sync."""

_RATES_VIEW = "run_success_rates"

_DOCUMENTS = """
    select document_count from {n2f_raw.snapshots} where snapshot_id = ? and started_at >= ?
"""

_SENT = "select count(*) from {n2f_sync.push_attempts} where plan_id = ? and run_id = ?"

_INSERT_STAGE = "insert into {n2f_sync.run_stages} (run_id, position, stage, seconds) values (?, ?, ?, ?)"

_INSERT_MINUTE = """
    insert into {n2f_sync.run_minutes} (run_id, minute, read_count, write_count, read_quota, write_quota)
    values (?, ?, ?, ?, ?, ?)
"""

_INSERT_METRICS = """
    insert into {n2f_sync.run_metrics} (
        run_id, duration_seconds, read_count, write_count, retry_count, quota_seconds, backoff_seconds,
        document_count, sent_count, push_seconds, rows_per_second, peak_memory_mb
    )
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

_RATES = """
    select scope, action, succeeded_count, failed_count, success_rate
    from {n2f_diff.run_success_rates} where run_id = ? order by scope, action
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMetrics:
    """The numbers of one run.

    Attributes:
        duration_seconds: from its first row to its last.
        read_count: attempts of GET calls.
        write_count: attempts of all other calls, those for a token among them.
        retry_count: attempts after the first of their call.
        quota_seconds: time waited because a quota was used up.
        backoff_seconds: time waited before retries.
        document_count: documents that it read of N2F; None where it took no snapshot to its end.
        sent_count: changes that a call was to be made for.
        push_seconds: how long sending took; None where nothing was to be sent.
        rows_per_second: `sent_count` by `push_seconds`.
        peak_memory_mb: the most that this process has held, in MB of 2**20 bytes; None on Windows, which Python
            does not ask for it.
        stages: how long each step took, in their order.
        minutes: by the instant at which each began, UTC without zone.
    """

    duration_seconds: float
    read_count: int
    write_count: int
    retry_count: int
    quota_seconds: float
    backoff_seconds: float
    document_count: int | None
    sent_count: int
    push_seconds: float | None
    rows_per_second: float | None
    peak_memory_mb: float | None
    stages: tuple[StageTime, ...]
    minutes: dict[datetime, CallMinute]

    def to_json(self) -> dict[str, Any]:
        """Return it as dicts and lists that `json.dumps` takes; instants are UTC. Stages stand in the summary."""
        numbers = asdict(self)
        del numbers["stages"]
        numbers["minutes"] = [
            {"minute": f"{began.isoformat()}Z", **asdict(minute)}
            for began, minute in sorted(self.minutes.items())
        ]
        return numbers

    def write(self, warehouse: Warehouse, run_id: str) -> None:
        """Write them down; the caller says in which transaction."""
        warehouse.execute(
            _INSERT_METRICS,
            (
                run_id, self.duration_seconds, self.read_count, self.write_count, self.retry_count,
                self.quota_seconds, self.backoff_seconds, self.document_count, self.sent_count,
                self.push_seconds, self.rows_per_second, self.peak_memory_mb,
            ),
        )  # fmt: skip
        for position, stage in enumerate(self.stages, start=1):
            warehouse.execute(_INSERT_STAGE, (run_id, position, stage.stage, stage.seconds))
        for began, minute in sorted(self.minutes.items()):
            counts = (minute.reads, minute.writes, minute.read_quota, minute.write_quota)
            warehouse.execute(_INSERT_MINUTE, (run_id, began, *counts))


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessRate:
    """How many of the changes that were tried succeeded; `success_rate` is None where none was tried."""

    scope: str
    action: str
    succeeded_count: int
    failed_count: int
    success_rate: float | None


def measure(
    warehouse: Warehouse, run: Run, stats: CallStats, stages: Sequence[StageTime], finished_at: datetime
) -> RunMetrics:
    """Return the numbers of a run that ends now, also of one that failed."""
    documents = warehouse.rows(_DOCUMENTS, (run.snapshot_id, run.started_at)) if run.snapshot_id else []
    sent = warehouse.rows(_SENT, (run.plan_id, run.run_id))[0][0] if run.plan_id else 0
    pushing = [stage.seconds for stage in stages if stage.stage == SENDING]
    return RunMetrics(
        duration_seconds=round((finished_at - run.started_at).total_seconds(), 3),
        read_count=stats.reads,
        write_count=stats.writes,
        retry_count=stats.retries,
        quota_seconds=round(stats.quota_seconds, 3),
        backoff_seconds=round(stats.backoff_seconds, 3),
        document_count=documents[0][0] if documents else None,
        sent_count=sent,
        push_seconds=sum(pushing) if pushing else None,
        rows_per_second=round(sent / sum(pushing), 3) if sum(pushing) else None,
        peak_memory_mb=peak_memory_mb(),
        stages=tuple(stages),
        minutes=dict(stats.minutes),
    )


def success_rates(warehouse: Warehouse, run_id: str) -> tuple[SuccessRate, ...]:
    """Return the success rate of each scope and action of a run; nothing before dbt has made the view."""
    if not warehouse.has_table("n2f_diff", _RATES_VIEW):
        return ()
    return tuple(
        SuccessRate(
            scope=scope, action=action, succeeded_count=succeeded, failed_count=failed, success_rate=rate
        )
        for scope, action, succeeded, failed, rate in warehouse.rows(_RATES, (run_id,))
    )


def peak_memory_mb() -> float | None:
    """Return the most memory that this process has held so far."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS, else units of 1024
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)
