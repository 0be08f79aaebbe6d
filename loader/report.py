"""One run from beginning to end, for people who look at it later: its plan, what became of it, and what to do.

Everything is read from frozen tables and from the views over them (`dbt_project/models/reporting`), so that a past run
is told as it was; nothing is decided here, and nothing changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from loader import report_sql as sql
from loader.breaches import run_command
from loader.database import Database, Row, Warehouse, utc_now
from loader.errors import DataError, UsageError
from loader.explain_sql import Query
from loader.explained import Members
from loader.findings import Findings
from loader.needs import Remedies
from loader.planned_rows import FieldChange, field_changes, members_of
from loader.reported import Report, ReportedChange
from loader.settings import SyncSettings
from loader.status import named

_EMPTY = (None, "", False)
_NOON = 12  # nights go from noon to noon, as in the view `nights`


def report_of(database: Database, run_id: str | None) -> Report:
    """Return what there is to tell of a run, the newest one unless another is named.

    Raises:
        LockedError: a run is at work.
        DatabaseError: the database cannot be opened.
        DataError: no run was made yet, or the views are not there.
        UsageError: there is no such run.
    """
    refuse_missing(database)
    with database.connect() as warehouse:
        return read_report(warehouse, run_id)


def refuse_missing(database: Database) -> None:
    """Raise DataError where there is no database: asking shall not make one."""
    if not database.exists():
        raise _nothing_yet()


def read_report(warehouse: Warehouse, run_id: str | None) -> Report:
    """See `report_of`."""
    (run,) = _read(warehouse, sql.RUN, wanted_run(warehouse, run_id))
    plan_id = plan_of(warehouse, run["run_id"])
    last_night = (datetime.fromisoformat(run["started_at"][:-1]) - timedelta(hours=_NOON)).date()
    nights = _read(warehouse, sql.TREND, last_night - timedelta(days=sql.NIGHTS - 1), last_night)
    common: Members = {
        "run": run,
        "plan_id": plan_id,
        "nights": tuple(night | {"night": night["night"].isoformat()} for night in nights),
        "last_night": last_night,
        "minutes": _read_where_kept(warehouse, "run_minutes", sql.MINUTES, run["run_id"]),
        "stages": _read_where_kept(warehouse, "run_stages", sql.STAGES, run["run_id"]),
        "metrics": next(iter(_read_where_kept(warehouse, "run_metrics", sql.METRICS, run["run_id"])), None),
        "written_at": utc_now(),
    }
    return Report(**common) if plan_id is None else Report(**common, **_of_plan(warehouse, plan_id))


def wanted_run(warehouse: Warehouse, run_id: str | None) -> str:
    """Return the id of the run to tell of; raises DataError or UsageError, see `report_of`."""
    newest = warehouse.rows(sql.NEWEST_RUN)[0][0] if warehouse.has_table("n2f_sync", "runs") else None
    if newest is None and run_id is None:
        raise _nothing_yet()
    if not warehouse.has_table("n2f_diff", "reported_changes"):
        raise DataError(
            "the views of the report are not there: the database was built by an earlier version, or never",
            doing="making a report",
            remedy="Build it with `n2f-sync plan` or `dbt build`.",
        )
    if run_id is not None and not _read(warehouse, sql.RUN, run_id):
        raise UsageError(
            f"there is no run {run_id!r}",
            doing="making a report",
            remedy="`n2f-sync status` lists the last ones.",
        )
    return run_id or str(newest)


def plan_of(warehouse: Warehouse, run_id: str) -> str | None:
    """Return the plan that a run made or worked on; None where it came to none, or the plan was pruned."""
    plan_id: str | None = warehouse.rows(sql.PLAN_OF_RUN, (run_id,))[0][0]
    return plan_id if plan_id is not None and warehouse.rows(sql.SETTINGS, (plan_id,)) else None


def all_changes(warehouse: Warehouse, plan_id: str) -> Iterator[ReportedChange]:
    """Yield every change of a plan in the order they are sent."""
    for row in warehouse.stream(sql.ALL_CHANGES.sql, (plan_id,)):
        yield _change(row)


def all_rejected(warehouse: Warehouse, plan_id: str) -> Iterator[Members]:
    """Yield every row that a plan rejected."""
    for row in warehouse.stream(sql.ALL_REJECTED.sql, (plan_id,)):
        yield named(sql.REJECTED_COLUMNS, row)


def _of_plan(warehouse: Warehouse, plan_id: str) -> Members:
    settings = json.loads(warehouse.rows(sql.SETTINGS, (plan_id,))[0][0])
    findings = Findings.from_json(settings)
    found = findings.to_json()
    allowed = SyncSettings(
        actions=frozenset(settings["actions"]),
        scopes=None if settings["scopes"] is None else frozenset(settings["scopes"]),
        allow_mass=frozenset(settings["allow_mass"]),
    )
    counts = _read(warehouse, sql.COUNTS, plan_id)
    rejections = _read(warehouse, sql.REJECTIONS, plan_id)
    snapshots = _read(warehouse, sql.SNAPSHOT, plan_id)
    return {
        "snapshot": snapshots[0] if snapshots else None,
        "settings": {name: value for name, value in settings.items() if name not in found},
        "guards": tuple(
            guard
            | {
                "command": run_command(allowed, f"--allow-mass-{guard['action']}")
                if guard["action"]
                else None
            }
            for guard in found["guards"]
        ),
        "fields_not_compared": tuple(found["fields_not_compared"]),
        "remedies": Remedies.read(warehouse),
        "counts": counts,
        "problems": _read(warehouse, sql.PROBLEMS, plan_id),
        "rejections": rejections,
        "flapping": tuple(
            {"scope": row["scope"], "entity_key": row["entity_key"], "field": row["field"]}
            | {side: json.loads(row[f"{side}_json"] or "null") for side in ("old", "new")}
            for row in _read(warehouse, sql.FLAPPING, plan_id)
        ),
        "changes": tuple(
            _change(row) for row in warehouse.rows(sql.CHANGES.sql, (plan_id, sql.LONGEST_PAGE))
        ),
        "change_count": sum(count["row_count"] for count in counts),
        "rejected": _read(warehouse, sql.REJECTED, plan_id, sql.LONGEST_PAGE),
        "rejected_count": sum(row["row_count"] for row in rejections),
        "companies": dict(warehouse.rows(sql.COMPANIES, (snapshots[0]["snapshot_id"],))) if snapshots else {},
    }


def _change(values: Row) -> ReportedChange:
    row = named(sql.CHANGE_COLUMNS, values)
    old, new = members_of(row["previous_json"]), members_of(row["payload_json"])
    fields = field_changes(old, new, row["changed_columns"])
    if row["action"] == "create":
        fields = tuple(item for item in fields if item.new not in _EMPTY)
    elif row["action"] == "delete":
        fields = tuple(
            FieldChange(field=name, old=value, new=None) for name, value in old.items() if value not in _EMPTY
        )
    return ReportedChange(
        sequence=row["sequence"],
        scope=row["scope"],
        action=row["action"],
        entity_key=row["entity_key"],
        company=row["company_code"] or row["company_uuid"] or "",
        fields=fields,
        outcome=row["outcome"],
        run_id=row["run_id"],
        http_status=row["http_status"],
        attempts=row["attempts"],
        reason=row["reason"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        since=row["failed_since"] or row["held_since"],
        plan_count=row["held_plan_count"],
    )


def _read(warehouse: Warehouse, query: Query, *parameters: object) -> tuple[Members, ...]:
    return tuple(named(query.columns, row) for row in warehouse.rows(query.sql, parameters))


def _read_where_kept(
    warehouse: Warehouse, table: str, query: Query, *parameters: object
) -> tuple[Members, ...]:
    """Return the rows of a table that a database of an earlier version does not have."""
    return _read(warehouse, query, *parameters) if warehouse.has_table("n2f_sync", table) else ()


def _nothing_yet() -> DataError:
    return DataError(
        "nothing has run yet",
        doing="making a report",
        remedy="`n2f-sync run` does a whole sync, `n2f-sync plan` a plan.",
    )
