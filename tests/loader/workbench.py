"""A database as dbt leaves it, and short ways to put a plan into it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from demo.harness import DemoN2F
from loader.api import N2FClient
from loader.database import Warehouse, utc_now
from loader.journal import Journal
from loader.plan import Plan, freeze
from loader.progress import Progress
from loader.push import Pusher, PushOutcome
from loader.quota import Pacer
from loader.ranks import Ranks
from loader.runs import begin
from loader.seeds import endpoints
from loader.selection import Selection
from loader.settings import ApiSettings, QuotaSettings, SyncSettings
from loader.stop import Stop, StoppableClock
from tests.demo.client import AXIS, COMPANY, make_user, make_value
from tests.models.loading import insert
from tests.reference.model import Change
from tests.reference.ordering import selection as selected
from tests.reference.world import PUSH_PRIORITIES

ROOT = Path(__file__).resolve().parents[2]
ENDPOINTS = endpoints(ROOT)
HERE = "http://n2f.example/"

_TARGETS = {
    ("users", "create"): ("POST", "users"),
    ("users", "update"): ("POST", "users"),
    ("users", "delete"): ("DELETE", "users/{mail}"),
    ("projects", "create"): ("POST", "companies/{company_uuid}/axes/{axis}"),
    ("projects", "delete"): ("DELETE", "companies/{company_uuid}/axes/{axis}/{code}"),
}


class Silent:
    """A progress that nobody watches."""

    def stage(self, title: str) -> None:
        """Say nothing."""

    def advance(self, done: int, total: int | None, what: str, ahead: object = None) -> None:
        """Say nothing."""


@dataclass(kw_only=True)
class Row:
    """A row for push_changes; what is not given follows from scope, action and key."""

    key: str
    scope: str = "users"
    action: str = "create"
    decision: str = "send"
    reason: str | None = None
    detail: str | None = None
    payload: Mapping[str, Any] | None = None
    params: Mapping[str, Any] | None = None
    method: str | None = None
    template: str | None = None
    needs: list[str] = field(default_factory=list)

    def values(self, sequence: int) -> tuple[object, ...]:
        """Return the columns of push_changes."""
        method, template = _TARGETS[self.scope, self.action]
        params, payload = self.params, self.payload
        if self.scope == "users":
            params = params or ({"mail": self.key} if self.action == "delete" else {})
            payload = payload or (make_user(self.key) if self.action != "delete" else None)
        else:
            code = self.key.split("/", 1)[1]
            params = params or {"company_uuid": COMPANY, "axis": AXIS, "code": code}
            payload = payload or (make_value(code) if self.action != "delete" else None)
        return (
            sequence, self.scope, self.action, self.key, self.method or method, self.template or template,
            json.dumps(params), json.dumps(payload) if payload is not None else None,
            None, None, self.decision, self.reason, self.detail,
        )  # fmt: skip


def user(key: str, **columns: Any) -> Row:
    """Return a row that creates a user."""
    return Row(
        key=f"{key}@fictis.example",
        needs=[f"{need}@fictis.example" for need in columns.pop("needs", [])],
        **columns,
    )


def add_snapshot(
    warehouse: Warehouse,
    *,
    base_url: str = HERE,
    at: datetime | None = None,
    snapshot_id: str = "snapshot-1",
    is_complete: bool = True,
) -> str:
    """Add a snapshot; a complete one becomes the one that the build used."""
    at = at or utc_now()
    warehouse.execute(
        "insert into {n2f_raw.snapshots} values (?, ?, ?, ?, 0, 0)",
        (snapshot_id, base_url, at, at if is_complete else None),
    )
    if is_complete:
        warehouse.execute("delete from {n2f_staging.snapshot_in_use}")
        warehouse.execute(
            "insert into {n2f_staging.snapshot_in_use} (snapshot_id, base_url, started_at, completed_at)"
            " values (?, ?, ?, ?)",
            (snapshot_id, base_url, at, at),
        )
    return snapshot_id


def put_changes(warehouse: Warehouse, rows: Iterable[Row]) -> None:
    """Replace what dbt built by these changes, in this order."""
    warehouse.execute("delete from {n2f_diff.push_changes}")
    warehouse.execute("delete from {n2f_diff.push_dependencies}")
    warehouse.execute("delete from {n2f_diff.push_selection}")
    rows = list(rows)
    insert(
        warehouse,
        "{n2f_diff.push_changes}",
        [row.values(sequence) for sequence, row in enumerate(rows, start=1)],
    )
    insert(
        warehouse,
        "{n2f_diff.push_dependencies}",
        [(row.scope, row.key, row.scope, need) for row in rows for need in row.needs],
    )
    insert(
        warehouse,
        "{n2f_diff.push_selection}",
        [(sequence, *rest, rank) for rank, (sequence, *rest) in enumerate(ranked(rows), start=1)],
    )


def ranked(rows: Sequence[Row]) -> list[tuple[int, str, str, str, int, int]]:
    """Return the columns of push_selection but the rank, in its order, as the plain reading of the rule has it."""
    changes = [
        Change(
            scope=row.scope, action=row.action, entity_key=row.key, path=(), payload=None, previous=None,
            changed_columns=frozenset(), decision=row.decision,
        )
        for row in rows
    ]  # fmt: skip
    needs = frozenset(((row.scope, row.key), (row.scope, need)) for row in rows for need in row.needs)
    places = {(row.scope, row.key): (sequence, row) for sequence, row in enumerate(rows, start=1)}
    found = []
    for key in selected(changes, needs, PUSH_PRIORITIES):
        sequence, row = places[key]
        found.append((sequence, row.scope, row.action, row.key, 1, sequence))
    return found


def make_plan(warehouse: Warehouse, rows: Iterable[Row], *, base_url: str = HERE) -> Plan:
    """Freeze a plan of these rows, on a snapshot of its own."""
    count = warehouse.rows("select count(*) from {n2f_raw.snapshots}")[0][0]
    add_snapshot(warehouse, base_url=base_url, snapshot_id=f"snapshot-{count + 1}")
    put_changes(warehouse, rows)
    run = begin(warehouse, "plan", is_dry_run=False)
    return freeze(warehouse, run_id=run.run_id, settings=SyncSettings(), base_url=base_url)


def push(
    warehouse: Warehouse,
    n2f: DemoN2F,
    plan: Plan,
    *,
    client: Any = None,
    stop: Stop | None = None,
    max_writes: int | None = None,
    pacer: Pacer | None = None,
    progress: Progress | None = None,
    **limits: Any,
) -> tuple[str, PushOutcome]:
    """Push a plan as `sync` does; return the run's id and the outcome."""
    stop = stop or Stop()
    run = begin(warehouse, "push", is_dry_run=False)
    journal = Journal(warehouse, run_id=run.run_id, plan_id=plan.plan_id)
    with real_client(n2f, stop) as real:
        selection = Selection(
            Ranks(warehouse, plan.plan_id), pacer or real.pacer, max_writes=max_writes, deadline=stop.until,
            deadline_label=stop.label,
        )  # fmt: skip
        pusher = Pusher(
            journal,
            client or real,
            allowed=ENDPOINTS,
            stop=stop,
            progress=progress or Silent(),
            selection=selection,
            **limits,
        )
        return run.run_id, pusher.push()


@contextmanager
def real_client(n2f: DemoN2F, stop: Stop | None = None) -> Iterator[N2FClient]:
    """Yield the real client, without quotas and with short waits."""
    settings = api_settings(n2f)
    with N2FClient(settings, clock=StoppableClock(stop or Stop())) as client:
        yield client


def api_settings(n2f: DemoN2F) -> ApiSettings:
    """Return how to reach the demo's N2F quickly."""
    return ApiSettings(
        base_url=n2f.base_url,
        client_id=n2f.client_id,
        client_secret=n2f.client_secret,
        quota=QuotaSettings(reads_per_minute=0, writes_per_minute=0),
        max_attempts=2,
        backoff_initial=0.01,
        backoff_max=0.02,
        read_timeout=5.0,
    )


def results(warehouse: Warehouse, plan: Plan) -> dict[str, str]:
    """Return the status of each row that has a result, in the order of the plan; fails on a second result."""
    rows = warehouse.rows(
        "select entity_key, status from {n2f_sync.push_results} where plan_id = ? order by sequence",
        (plan.plan_id,),
    )
    assert len(rows) == len({row[0] for row in rows}), "a row has two results"
    return {key.removesuffix("@fictis.example"): status for key, status in rows}


def sent(n2f: DemoN2F) -> list[str]:
    """Return what N2F was sent, in order: keys of posts, last path parts of deletes."""
    told = []
    for call in n2f.stats["calls"]:
        if call["method"] != "GET" and call["kind"] != "auth":
            payload = call["payload"] or {}
            told.append(
                payload.get("mail") or payload.get("code") or unquote(call["path"].rsplit("/", 1)[-1])
            )
    return [key.removesuffix("@fictis.example") for key in told]


def age(warehouse: Warehouse, by: timedelta) -> None:
    """Let every snapshot be older."""
    for table in ("{n2f_raw.snapshots}", "{n2f_staging.snapshot_in_use}"):
        for snapshot_id, *instants in warehouse.rows(
            f"select snapshot_id, started_at, completed_at from {table}"
        ):
            older = [instant and instant - by for instant in instants]
            warehouse.execute(
                f"update {table} set started_at = ?, completed_at = ? where snapshot_id = ?",
                (*older, snapshot_id),
            )
