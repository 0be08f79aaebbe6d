"""Freezes what dbt decided, so that what was seen is what is sent.

`dbt build` replaces `n2f_diff`; a plan is its copy in append-only tables of `n2f_sync`, under an id, with the
snapshot it was made from and a checksum over every row.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from loader.database import Row, Warehouse, new_id, utc_now
from loader.errors import DataError
from loader.findings import Findings
from loader.settings import SyncSettings

LONGEST_SNAPSHOT_AGE = timedelta(hours=6)
"""Section 3 of the contract, guards; for planning, the view `plan_blockers` checks the same."""

CHANGE_COLUMNS = (
    "sequence", "scope", "action", "entity_key", "http_method", "path_template", "path_params_json",
    "payload_json", "previous_json", "changed_columns", "decision", "decision_reason", "decision_detail",
    "selection_rank",
)  # fmt: skip

_BLOCKERS = "select message, remedy from {n2f_diff.plan_blockers} order by check_name"

_IN_USE = """
    select snapshots.snapshot_id, snapshots.base_url
    from {n2f_raw.snapshots} as snapshots
    inner join {n2f_staging.snapshot_in_use} as snapshot_in_use
        on snapshots.snapshot_id = snapshot_in_use.snapshot_id
"""

_FREEZE_CHANGES = """
    insert into {n2f_sync.planned_changes} (plan_id, <columns>, selection_rank)
    select ?, <changes>, selection.selection_rank
    from {n2f_diff.push_changes} as changes
    left join {n2f_diff.push_selection} as selection on changes.sequence = selection.sequence
""".replace("<columns>", ", ".join(CHANGE_COLUMNS[:-1])).replace(
    "<changes>", ", ".join(f"changes.{column}" for column in CHANGE_COLUMNS[:-1])
)

_FREEZE_DEPENDENCIES = """
    insert into {n2f_sync.planned_dependencies} (plan_id, scope, entity_key, depends_on_scope, depends_on_key)
    select ?, scope, entity_key, depends_on_scope, depends_on_key from {n2f_diff.push_dependencies}
"""

_FREEZE_REJECTIONS = """
    insert into {n2f_sync.planned_rejections} (plan_id, scope, entity_key, reason, detail, source)
    select ?, scope, entity_key, reason, detail, source from {n2f_diff.rejected_rows}
"""

CHANGES = """
    select <columns> from {n2f_sync.planned_changes} where plan_id = ? order by sequence
""".replace("<columns>", ", ".join(CHANGE_COLUMNS))

_DEPENDENCIES = """
    select scope, entity_key, depends_on_scope, depends_on_key
    from {n2f_sync.planned_dependencies} where plan_id = ?
"""

_INSERT_PLAN = """
    insert into {n2f_sync.plans}
    (plan_id, run_id, snapshot_id, created_at, checksum, change_count, settings_json)
    values (?, ?, ?, ?, ?, ?, ?)
"""

_NEWEST = "select max(plan_id) from {n2f_sync.plans}"

_PLAN = """
    select plan_id, run_id, snapshot_id, created_at, checksum, change_count, settings_json
    from {n2f_sync.plans} where plan_id = ?
"""

_STALE = """
    select
        snapshots.base_url,
        case when snapshots.completed_at < ? then 1 else 0 end as is_old,
        case when exists (
            select 1 from {n2f_raw.snapshots} as newer
            where newer.completed_at is not null and newer.started_at > snapshots.started_at
        ) then 1 else 0 end as is_overtaken,
        case when exists (
            select 1 from {n2f_sync.push_attempts} as attempts
            where attempts.plan_id <> ? and attempts.started_at >= snapshots.started_at
        ) then 1 else 0 end as is_written_since
    from {n2f_raw.snapshots} as snapshots
    where snapshots.snapshot_id = ?
"""

_PROGRESS = """
    select
        sum(case when results.sequence is not null then 1 else 0 end) as done,
        sum(case when results.sequence is null and changes.decision <> 'off' then 1 else 0 end) as not_done
    from {n2f_sync.planned_changes} as changes
    left join {n2f_sync.push_results} as results
        on changes.plan_id = results.plan_id and changes.sequence = results.sequence
    where changes.plan_id = ?
"""


_RANKED = """
    select
        sum(case when selection_rank is not null then 1 else 0 end) as ranked,
        sum(case when decision = 'send' then 1 else 0 end) as to_send
    from {n2f_sync.planned_changes} where plan_id = ?
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A frozen plan.

    Attributes:
        checksum: SHA-256 of all its rows, hexadecimal.
        findings: what the build it was made of found besides changes.
    """

    plan_id: str
    run_id: str
    snapshot_id: str
    created_at: datetime
    checksum: str
    change_count: int
    findings: Findings


def freeze(
    warehouse: Warehouse,
    *,
    run_id: str,
    settings: SyncSettings,
    base_url: str,
    snapshot_id: str | None = None,
) -> Plan:
    """Copy what dbt built, of this snapshot where one is named, into a plan, in one transaction.

    Raises:
        DataError: `plan_blockers` says that no plan may be made now, or the snapshot that dbt used is of
            another N2F or is not the one that was asked for.
    """
    blockers = warehouse.rows(_BLOCKERS)
    if blockers:
        message, remedy = blockers[0]
        raise DataError(
            str(message), doing="making a plan", remedy=str(remedy), blockers=[row[0] for row in blockers]
        )
    used_id, snapshot_of = warehouse.rows(_IN_USE)[0]
    if snapshot_id not in (None, used_id):
        raise DataError(
            f"the clock was set back: by its time the snapshot {snapshot_id} began before {used_id}",
            doing="making a plan",
            remedy="Set the clock right and run again; if the other one is of a time that has not come yet,"
            " delete its row from n2f_raw.snapshots.",
        )
    if snapshot_of != base_url:
        raise DataError(
            f"the newest snapshot is of another N2F, {snapshot_of}",
            doing="making a plan",
            remedy="Take one of this N2F with `n2f-sync snapshot`.",
        )
    created_at = utc_now()
    plan_id = new_id(created_at)
    findings = Findings.read(warehouse)
    settings_json = json.dumps(_plain(settings, base_url) | findings.to_json(), ensure_ascii=False)
    with warehouse.transaction():
        warehouse.execute(_FREEZE_CHANGES, (plan_id,))
        warehouse.execute(_FREEZE_DEPENDENCIES, (plan_id,))
        warehouse.execute(_FREEZE_REJECTIONS, (plan_id,))
        checksum, change_count = _checksum(warehouse, plan_id)
        warehouse.execute(
            _INSERT_PLAN, (plan_id, run_id, used_id, created_at, checksum, change_count, settings_json)
        )
    return load_plan(warehouse, plan_id)


def load_plan(warehouse: Warehouse, plan_id: str | None = None) -> Plan:
    """Return a plan, the newest one unless another is named; raises DataError when there is none."""
    wanted = plan_id or warehouse.rows(_NEWEST)[0][0]
    rows = warehouse.rows(_PLAN, (wanted,))
    if not rows:
        raise DataError(
            f"there is no plan {plan_id}" if plan_id else "there is no plan yet",
            doing="looking for the plan",
            remedy="Make one with `n2f-sync plan`, or do all at once with `n2f-sync run`.",
        )
    return _plan_of(rows[0])


def refuse_unpushable(warehouse: Warehouse, plan: Plan, *, base_url: str) -> None:
    """Raise DataError unless the plan may be pushed, or pushed to its end.

    It may not when an earlier version made it, which did not say what comes first, when its rows changed, when
    all of them have results, when a newer snapshot is complete, when its own is older than 6 hours or of another
    N2F, or when another plan has sent something since.
    """
    is_ranked = warehouse.has_column("n2f_sync", "planned_changes", "selection_rank")
    if not is_ranked or _checksum(warehouse, plan.plan_id) != (plan.checksum, plan.change_count):
        if not is_ranked or _has_no_ranks(warehouse, plan):
            raise _refused(
                plan, "was made by an earlier version of n2f-sync, and does not say what comes first"
            )
        raise _refused(plan, "was changed after it was made: its checksum differs")
    done, not_done = warehouse.rows(_PROGRESS, (plan.plan_id,))[0]
    if done and not not_done:
        raise _refused(plan, "has a result for every row already; what was left is planned anew")
    _refuse_stale(warehouse, plan, base_url)


def _has_no_ranks(warehouse: Warehouse, plan: Plan) -> bool:
    """Return whether rows are to be sent and none of them has a rank, as in plans of an earlier version."""
    ranked, to_send = warehouse.rows(_RANKED, (plan.plan_id,))[0]
    return bool(to_send and not ranked)


def _refuse_stale(warehouse: Warehouse, plan: Plan, base_url: str) -> None:
    oldest = utc_now() - LONGEST_SNAPSHOT_AGE
    rows = warehouse.rows(_STALE, (oldest, plan.plan_id, plan.snapshot_id))
    snapshot_of, is_old, is_overtaken, is_written_since = rows[0] if rows else ("", 1, 0, 0)
    if is_old:
        raise _refused(plan, "was made from a snapshot that is older than 6 hours")
    if is_overtaken:
        raise _refused(plan, "was made from a snapshot that a newer one has replaced")
    if is_written_since:
        raise _refused(plan, "was made before another plan was sent")
    if snapshot_of != base_url:
        raise _refused(plan, f"was made for another N2F, {snapshot_of}")


def _refused(plan: Plan, problem: str) -> DataError:
    return DataError(
        f"the plan {plan.plan_id} {problem}",
        doing="checking the plan",
        remedy="Make a new one with `n2f-sync plan --refresh`, or do all at once with `n2f-sync run`.",
        plan_id=plan.plan_id,
    )


def _checksum(warehouse: Warehouse, plan_id: str) -> tuple[str, int]:
    """Return a SHA-256 over all rows of a plan, and how many changes it has.

    Changes have an order; dependencies have none that is the same under every collation, so that the sum
    of their own hashes stands for them.
    """
    digest = hashlib.sha256()
    count = 0
    for row in warehouse.stream(CHANGES, (plan_id,)):
        digest.update(_bytes(row))
        count += 1
    pairs = 0
    for row in warehouse.stream(_DEPENDENCIES, (plan_id,)):
        pairs += int.from_bytes(hashlib.sha256(_bytes(row)).digest(), "big")
    digest.update(str(pairs).encode())
    return digest.hexdigest(), count


def _bytes(row: Row) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plan_of(row: Row) -> Plan:
    plan_id, run_id, snapshot_id, created_at, checksum, change_count, settings_json = row
    return Plan(
        plan_id=plan_id,
        run_id=run_id,
        snapshot_id=snapshot_id,
        created_at=created_at,
        checksum=checksum,
        change_count=change_count,
        findings=Findings.from_json(json.loads(settings_json)),
    )


def _plain(settings: SyncSettings, base_url: str) -> dict[str, object]:
    return {
        "base_url": base_url,
        "sandbox": settings.sandbox,
        "sandbox_company": settings.sandbox_company,
        "actions": sorted(settings.actions),
        "scopes": sorted(settings.scopes) if settings.scopes is not None else None,
        "only_companies": list(settings.only_companies),
        "only_mails": list(settings.only_mails),
        "allow_mass": sorted(settings.allow_mass),
    }
