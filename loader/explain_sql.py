"""What `explain` asks the database, in SQL that both engines run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Query:
    """A query and the names of its columns; `<columns>` in its text is the select list.

    Attributes:
        prefix: the alias that the columns belong to, with its point.
    """

    columns: tuple[str, ...]
    text: str
    prefix: str = ""

    @property
    def sql(self) -> str:
        """The text, with its select list."""
        return self.text.replace("<columns>", ", ".join(f"{self.prefix}{name}" for name in self.columns))


BUILD = Query(
    ("snapshot_id", "base_url", "started_at", "completed_at", "built_at"),
    "select <columns> from {n2f_staging.snapshot_in_use}",
)

OUTDATED = Query(
    ("check_name", "message", "remedy"),
    "select <columns> from {n2f_diff.plan_blockers} order by check_name",
)

ENTITIES = Query(
    (
        "scope", "entity_key", "company_uuid", "is_in_agresso", "is_in_n2f", "action", "cause",
        "changed_columns", "decision", "reason", "detail", "hold_reason", "sequence",
    ),
    """
    select <columns> from {n2f_diff.explained_entities}
    where (scope = 'users' and entity_key = lower(?)) or (scope <> 'users' and entity_key = ?)
    order by case scope when 'users' then 0 when '' then 2 else 1 end, scope, company_uuid
    """,
)  # fmt: skip

VALUES = Query(
    ("side", "place", "name", "value_json", "note"),
    """
    select <columns> from {n2f_diff.explained_values}
    where scope = ? and entity_key = ? and company_uuid = ? order by side, place, position
    """,
)

ORIGINS = Query(
    ("field", "agresso_column", "rule_in_words"),
    """
    select <columns> from {n2f_diff.field_origins} as origins
    inner join {n2f_staging.run_scopes} as scopes on origins.resource = scopes.resource
    where scopes.scope = ? order by origins.place
    """,
)

NOT_COMPARED = Query(
    ("field", "reason"),
    """
    select <columns> from {n2f_diff.fields_not_compared}
    where scope = ? and coalesce(company_uuid, '') = ? order by field
    """,
)

REJECTIONS = Query(
    ("source", "reason", "detail"),
    """
    select <columns> from {n2f_diff.rejected_rows}
    where scope = ? and entity_key = ? order by source, reason, detail
    """,
)

CHANGE = Query(
    ("sequence", "http_method", "path_template", "path_params_json", "payload_json", "previous_json"),
    "select <columns> from {n2f_diff.push_changes} where sequence = ?",
)

WAITS_FOR = Query(
    ("scope", "entity_key", "action", "decision"),
    """
    select <columns> from {n2f_diff.push_dependencies} as dependencies
    inner join {n2f_diff.explained_entities} as entities
        on dependencies.depends_on_scope = entities.scope and dependencies.depends_on_key = entities.entity_key
    where dependencies.scope = ? and dependencies.entity_key = ? order by entities.entity_key
    """,
    prefix="entities.",
)

AWAITED_BY = Query(
    ("scope", "entity_key", "action", "decision"),
    """
    select <columns> from {n2f_diff.push_dependencies} as dependencies
    inner join {n2f_diff.explained_entities} as entities
        on dependencies.scope = entities.scope and dependencies.entity_key = entities.entity_key
    where dependencies.depends_on_scope = ? and dependencies.depends_on_key = ? order by entities.entity_key
    """,
    prefix="entities.",
)

RESULTS = Query(
    (
        "run_id", "plan_id", "action", "changed_columns", "status", "http_status", "attempts", "error",
        "finished_at",
    ),
    """
    select <columns>
    from (
        select
            results.run_id, results.plan_id, results.action, changes.changed_columns, results.status,
            results.http_status, results.attempts, results.error, results.finished_at,
            row_number() over (order by results.finished_at desc, results.run_id desc, results.sequence) as number
        from {n2f_sync.push_results} as results
        left join {n2f_sync.planned_changes} as changes
            on results.plan_id = changes.plan_id and results.sequence = changes.sequence
        where results.scope = ? and results.entity_key = ?
    ) as numbered
    where number <= ? order by number
    """,
)  # fmt: skip

REMEMBERED = {
    "failing": Query(
        ("action", "failed_since", "run_count", "last_http_status", "last_error", "is_same_reason"),
        "select <columns> from {n2f_diff.failing_rows} where scope = ? and entity_key = ?",
    ),
    "rejected": Query(
        ("reason", "rejected_since", "run_count", "is_same_reason"),
        "select <columns> from {n2f_diff.rejections_remembered} where scope = ? and entity_key = ?",
    ),
    "flapping": Query(
        ("field", "old_json", "new_json", "last_updated_at"),
        "select <columns> from {n2f_diff.flapping_fields} where scope = ? and entity_key = ? order by field",
    ),
}

NEAR = """
    select distinct entity_key from {n2f_diff.explained_entities}
    where lower(left(entity_key, ?)) = lower(?) or lower(right(entity_key, ?)) = lower(?)
    order by entity_key
"""
