"""What `report` asks the database, in SQL that both engines run; the views are those of `models/reporting`."""

from __future__ import annotations

from loader.explain_sql import Query

LONGEST_PAGE = 20_000
"""Rows of a plan that a page holds; the CSV file has all of them."""

NIGHTS = 30
"""Nights of the trend, the night of the run among them."""

RUN_COLUMNS = (
    "run_id", "command", "started_at", "finished_at", "status", "exit_code", "is_dry_run", "snapshot_id", "plan_id",
    "succeeded_count", "failed_count", "skipped_count", "withheld_count", "left_count", "rejected_count", "message",
)  # fmt: skip

NEWEST_RUN = "select max(run_id) from {n2f_sync.runs} where command in ('run', 'plan', 'push')"

RUN = Query(
    RUN_COLUMNS,
    "select <columns> from {n2f_sync.runs} as runs where runs.run_id = ?",
    prefix="runs.",
)

# A run that was killed has not written down which plan it made or worked on.
PLAN_OF_RUN = """
    select coalesce(
        runs.plan_id,
        (select max(plans.plan_id) from {n2f_sync.plans} as plans where plans.run_id = runs.run_id),
        (select max(attempts.plan_id) from {n2f_sync.push_attempts} as attempts where attempts.run_id = runs.run_id)
    )
    from {n2f_sync.runs} as runs where runs.run_id = ?
"""

SNAPSHOT = Query(
    ("snapshot_id", "base_url", "started_at", "completed_at", "document_count", "call_count"),
    """
    select <columns> from {n2f_raw.snapshots} as snapshots
    where snapshots.snapshot_id = (select plans.snapshot_id from {n2f_sync.plans} as plans where plans.plan_id = ?)
    """,
    prefix="snapshots.",
)

SETTINGS = "select settings_json from {n2f_sync.plans} where plan_id = ?"

COMPANIES = """
    select company_uuid, company_code
    from {n2f_diff.snapshot_companies}
    where snapshot_id = ? and company_code is not null order by company_code, company_uuid
"""

COUNTS = Query(
    ("scope", "action", "outcome", "row_count"),
    """
    select scope, action, outcome, count(*) as row_count
    from {n2f_diff.reported_changes} where plan_id = ?
    group by scope, action, outcome order by scope, action, outcome
    """,
)

# What failed goes by its reason; what waits for something else has as many reasons as rows.
PROBLEMS = Query(
    ("scope", "action", "outcome", "reason", "row_count", "failed_since", "example_key"),
    """
    select
        placed.scope, placed.action, placed.outcome,
        max(case when placed.place = 1 then placed.reason end) as reason,
        count(*) as row_count, min(failing.failed_since) as failed_since,
        max(case when placed.place = 1 then placed.entity_key end) as example_key
    from (
        select
            reasons.*,
            row_number() over (
                partition by reasons.scope, reasons.action, reasons.outcome, reasons.reason_that_counts
                order by reasons.sequence
            ) as place
        from (
            select
                scope, action, outcome, sequence, entity_key, finished_at,
                coalesce(error, decision_detail, decision_reason, '') as reason,
                case
                    when outcome = 'failed' then coalesce(error, decision_detail, decision_reason, '') else ''
                end as reason_that_counts
            from {n2f_diff.reported_changes}
            where plan_id = ? and outcome in ('failed', 'skipped', 'left')
        ) as reasons
    ) as placed
    left join {n2f_diff.failing_rows} as failing
        on placed.scope = failing.scope and placed.entity_key = failing.entity_key
        and placed.outcome = 'failed' and placed.finished_at >= failing.failed_since
    group by placed.scope, placed.action, placed.outcome, placed.reason_that_counts
    order by
        case placed.outcome when 'failed' then 0 when 'skipped' then 1 else 2 end, count(*) desc,
        placed.scope, placed.action, placed.reason_that_counts
    """,
)

REJECTIONS = Query(
    ("scope", "reason", "row_count", "oldest_since"),
    """
    select rejections.scope, rejections.reason, count(*) as row_count, min(since.held_back_since) as oldest_since
    from {n2f_sync.planned_rejections} as rejections
    left join {n2f_diff.held_back_since} as since
        on rejections.plan_id = since.plan_id and since.kind = 'rejected'
        and rejections.scope = since.scope and rejections.entity_key = since.entity_key
    where rejections.plan_id = ?
    group by rejections.scope, rejections.reason order by count(*) desc, rejections.scope, rejections.reason
    """,
)

FLAPPING = Query(
    ("scope", "entity_key", "field", "old_json", "new_json"),
    """
    select flapping.scope, flapping.entity_key, flapping.field, flapping.old_json, flapping.new_json
    from {n2f_diff.flapping_fields} as flapping
    where exists (
        select 1 from {n2f_sync.planned_changes} as changes
        where
            changes.plan_id = ? and changes.scope = flapping.scope
            and changes.entity_key = flapping.entity_key and changes.action = 'update'
    )
    order by flapping.scope, flapping.entity_key, flapping.field
    """,
)

CHANGE_COLUMNS = (
    "sequence", "scope", "action", "entity_key", "company_uuid", "company_code", "previous_json", "payload_json",
    "changed_columns", "outcome", "run_id", "http_status", "attempts", "reason", "started_at", "finished_at",
    "failed_since", "held_since", "held_plan_count",
)  # fmt: skip

_CHANGES = """
    select
        changes.sequence, changes.scope, changes.action, changes.entity_key, changes.company_uuid,
        changes.company_code, changes.previous_json, changes.payload_json, changes.changed_columns,
        changes.outcome, changes.run_id, changes.http_status, changes.attempts,
        coalesce(changes.error, changes.decision_detail, changes.decision_reason) as reason,
        changes.started_at, changes.finished_at,
        case when changes.outcome = 'failed' then failing.failed_since end as failed_since,
        case when changes.outcome = 'held' then since.held_back_since end as held_since,
        case when changes.outcome = 'held' then since.plan_count end as held_plan_count,
        row_number() over (
            order by
                case changes.outcome
                    when 'failed' then 0 when 'skipped' then 1 when 'left' then 2 when 'withheld' then 3
                    when 'held' then 4 else 5
                end,
                changes.sequence
        ) as number
    from {n2f_diff.reported_changes} as changes
    left join {n2f_diff.failing_rows} as failing
        on changes.scope = failing.scope and changes.entity_key = failing.entity_key
        and changes.finished_at >= failing.failed_since
    left join {n2f_diff.held_back_since} as since
        on changes.plan_id = since.plan_id and since.kind = 'held'
        and changes.scope = since.scope and changes.entity_key = since.entity_key
    where changes.plan_id = ?
"""

# What needs a person comes first, also among the rows that a page leaves out.
CHANGES = Query(
    CHANGE_COLUMNS,
    "select <columns> from (<rows>) as numbered where number <= ? order by number".replace(
        "<rows>", _CHANGES
    ),
)

ALL_CHANGES = Query(
    CHANGE_COLUMNS,
    "select <columns> from (<rows>) as numbered order by sequence".replace("<rows>", _CHANGES),
)

REJECTED_COLUMNS = ("scope", "entity_key", "reason", "detail", "source", "since", "plan_count")

_REJECTED = """
    select
        rejections.scope, rejections.entity_key, rejections.reason, rejections.detail, rejections.source,
        since.held_back_since as since, since.plan_count,
        row_number() over (
            order by
                since.plan_count desc, rejections.scope, rejections.reason, rejections.entity_key,
                rejections.source, rejections.detail
        ) as number
    from {n2f_sync.planned_rejections} as rejections
    left join {n2f_diff.held_back_since} as since
        on rejections.plan_id = since.plan_id and since.kind = 'rejected'
        and rejections.scope = since.scope and rejections.entity_key = since.entity_key
    where rejections.plan_id = ?
"""

REJECTED = Query(
    REJECTED_COLUMNS,
    "select <columns> from (<rows>) as numbered where number <= ? order by number".replace(
        "<rows>", _REJECTED
    ),
)

ALL_REJECTED = Query(
    REJECTED_COLUMNS,
    "select <columns> from (<rows>) as numbered order by number".replace("<rows>", _REJECTED),
)

TREND = Query(
    (
        "night", "run_count", "last_run_id", "last_status", "last_exit_code", "succeeded_count", "failed_count",
        "skipped_count", "withheld_count", "left_count", "rejected_count",
    ),
    "select <columns> from {n2f_diff.nights} where night between ? and ? order by night",
)  # fmt: skip

MINUTES = Query(
    ("minute", "read_count", "write_count", "read_quota", "write_quota"),
    "select <columns> from {n2f_sync.run_minutes} where run_id = ? order by minute",
)

STAGES = Query(
    ("stage", "seconds"),
    "select <columns> from {n2f_sync.run_stages} where run_id = ? order by position",
)

METRICS = Query(
    (
        "read_count", "write_count", "retry_count", "quota_seconds", "backoff_seconds", "sent_count",
        "rows_per_second", "peak_memory_mb",
    ),
    "select <columns> from {n2f_sync.run_metrics} where run_id = ?",
)  # fmt: skip
