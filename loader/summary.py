"""What a run comes to: counts per scope and action, what was held back and why, and the exit code.

All of it is read from the tables, so that it says what they say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from loader.breaches import BreachedGuard, breached_guards, run_command
from loader.database import Warehouse, utc_now
from loader.errors import SyncError
from loader.findings import Findings
from loader.forecast import Forecast
from loader.metrics import RunMetrics, SuccessRate, success_rates
from loader.needs import Need, Remedies, needs_of
from loader.plan import Plan
from loader.progress import StageTime
from loader.remembered import Remembered
from loader.runs import STATUSES, Run
from loader.settings import ACTIONS, SyncSettings

__all__ = ["BreachedGuard", "Count", "Problem", "Summary", "run_command", "summarize"]

GUARDED, INCOMPLETE, IN_STEP = 4, 3, 0
"""Exit codes of section 5 of the contract; those of errors stand with the errors."""

_SHOWN = 20  # rows with a problem that a summary shows

_DECISIONS = """
    select scope, action, decision, count(*)
    from {n2f_sync.planned_changes} where plan_id = ? group by scope, action, decision
"""

_RESULTS = """
    select scope, action, status, count(*)
    from {n2f_sync.push_results} where run_id = ? group by scope, action, status
"""

_PROBLEMS = """
    select scope, action, entity_key, status, http_status, error
    from (
        select *, row_number() over (order by case status when 'failed' then 0 else 1 end, sequence) as number
        from {n2f_sync.push_results} where run_id = ? and status in ('failed', 'skipped')
    ) as numbered
    where number <= ? order by number
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many changes of one scope and action there are, by what was to become and what became of them.

    Of a run that sends nothing, `withheld` and `failed` are what the plan says will be.

    Attributes:
        planned: changes that the plan sends.
        off: changes of an action that was not asked for.
    """

    scope: str
    action: str
    planned: int = 0
    off: int = 0
    succeeded: int = 0
    failed: int = 0
    skipped: int = 0
    withheld: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A row that failed or was skipped."""

    scope: str
    action: str
    entity_key: str
    status: str
    http_status: int | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The outcome of a run."""

    run: Run
    exit_code: int
    status: str
    counts: tuple[Count, ...] = ()
    guards: tuple[BreachedGuard, ...] = ()
    findings: Findings
    problems: tuple[Problem, ...] = ()
    remembered: Remembered = field(default_factory=Remembered)
    stopped: str | None = None
    error: SyncError | None = None
    forecast: Forecast | None = None
    stages: tuple[StageTime, ...] = ()
    metrics: RunMetrics | None = None
    success_rates: tuple[SuccessRate, ...] = ()
    needs: tuple[Need, ...] = ()
    finished_at: datetime

    def total(self, name: str) -> int:
        """Return the sum of a column of `counts`."""
        return sum(getattr(count, name) for count in self.counts)

    def rejected_by_scope(self) -> dict[str, int]:
        """Return how many rows of each scope are held back."""
        totals: Counter[str] = Counter()
        for row in self.findings.rejected:
            totals[row.scope] += row.row_count
        return dict(totals)

    def to_json(self) -> dict[str, Any]:
        """Return it as dicts and lists that `json.dumps` takes; instants are UTC."""
        run = self.run
        return {
            "run_id": run.run_id,
            "command": run.command,
            "status": self.status,
            "exit_code": self.exit_code,
            "is_dry_run": run.is_dry_run,
            "started_at": f"{run.started_at.isoformat()}Z",
            "finished_at": f"{self.finished_at.isoformat()}Z",
            "snapshot_id": run.snapshot_id,
            "plan_id": run.plan_id,
            "counts": [asdict(count) for count in self.counts],
            "totals": {name: self.total(name) for name in ("planned", "off", *STATUSES)},
            **self.findings.to_json(),
            "guards": [
                asdict(item.guard) | {"examples": list(item.examples), "command": item.command}
                for item in self.guards
            ],
            "needs": [need.to_json() for need in self.needs],
            "problems": [asdict(problem) for problem in self.problems],
            "remembered": self.remembered.to_json(),
            "stages": [asdict(stage) for stage in self.stages],
            "metrics": self.metrics.to_json() if self.metrics is not None else None,
            "success_rates": [asdict(rate) for rate in self.success_rates],
            "forecast": self.forecast.to_json() if self.forecast is not None else None,
            "stopped": self.stopped,
            "error": self.error.to_json() if self.error is not None else None,
        }


def summarize(
    warehouse: Warehouse,
    run: Run,
    plan: Plan | None,
    settings: SyncSettings,
    *,
    is_pushed: bool = False,
    stopped: str | None = None,
    error: SyncError | None = None,
) -> Summary:
    """Read what a run came to. `plan` is None for a run that made none."""
    findings = plan.findings if plan is not None else Findings()
    counts = _counts(warehouse, run, plan, is_pushed=is_pushed) if plan is not None else ()
    code = _exit_code(counts, findings, settings, error)
    status = {GUARDED: "guarded", INCOMPLETE: "incomplete", IN_STEP: "succeeded"}.get(code, "failed")
    found = Summary(
        run=run,
        exit_code=code,
        status="dry_run" if run.is_dry_run and error is None else status,
        counts=counts,
        guards=breached_guards(warehouse, plan, settings) if plan is not None else (),
        findings=findings,
        problems=tuple(
            Problem(
                scope=scope, action=action, entity_key=key, status=state, http_status=http_status, error=text
            )
            for scope, action, key, state, http_status, text in warehouse.rows(
                _PROBLEMS, (run.run_id, _SHOWN)
            )
        ),
        remembered=Remembered.read(warehouse, plan.plan_id) if plan is not None else Remembered(),
        success_rates=success_rates(warehouse, run.run_id),
        stopped=stopped,
        error=error,
        finished_at=utc_now(),
    )
    return replace(found, needs=needs_of(found, Remedies.read(warehouse)))


def _exit_code(
    counts: Sequence[Count], findings: Findings, settings: SyncSettings, error: SyncError | None
) -> int:
    """Return the first code of section 5 of the contract that applies."""
    if error is not None:
        return error.exit_code
    if findings.guards:
        return GUARDED
    is_incomplete = any(count.failed or count.skipped or count.left for count in counts)
    if is_incomplete or (settings.strict and findings.rejected_count):
        return INCOMPLETE
    return IN_STEP


def _counts(warehouse: Warehouse, run: Run, plan: Plan, *, is_pushed: bool) -> tuple[Count, ...]:
    columns = {"send": "planned", "off": "off"}
    if not is_pushed:
        columns |= {"withheld": "withheld", "fail": "failed"}
    found: dict[tuple[str, str], dict[str, int]] = {}
    for scope, action, decision, number in warehouse.rows(_DECISIONS, (plan.plan_id,)):
        counts = found.setdefault((scope, action), {})
        if decision in columns:
            counts[columns[decision]] = number
    for scope, action, status, number in warehouse.rows(_RESULTS, (run.run_id,)):
        found.setdefault((scope, action), {})[status] = number
    order = {action: position for position, action in enumerate(ACTIONS)}
    keys = sorted(found, key=lambda key: (key[0] != "users", key[0], order.get(key[1], len(order))))
    return tuple(Count(scope=scope, action=action, **found[scope, action]) for scope, action in keys)
