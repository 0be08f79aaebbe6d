"""What is promised of a run that was killed, and of the next one. Each check yields what is broken, in words."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

import duckdb

from demo.documents import JsonObject
from loader.locks import is_taken
from tests.kills.lane import Lane, Rows, history
from tests.kills.points import Group

Write = tuple[str, str, str]
"""Method, path and what was sent."""

_OK, _REDIRECTED, _NOT_FOUND = 200, 300, 404


@dataclass(frozen=True, kw_only=True)
class Undisturbed:
    """The night as it is without a kill.

    Attributes:
        counted: how many moments each group has.
    """

    counted: Mapping[Group, int]
    world: JsonObject
    writes: Counter[Write]


def writes(lane: Lane) -> list[Write]:
    """Return what N2F was sent since the morning, and did; whose caller died too early has no status."""
    return [
        (call["method"], unquote(call["path"]), json.dumps(call["payload"], sort_keys=True))
        for call in lane.n2f.stats["calls"]
        if call["method"] != "GET" and call["kind"] != "auth" and call["status"] is not None
    ]


def canonical(world: JsonObject) -> JsonObject:
    """Return N2F without the ids that it gives and without an order."""
    users = [{name: user[name] for name in user if name != "uuid"} for user in world["users"]]
    lists = {
        f"{company} {axis}": _sorted(values, "code")
        for company, axes in world["axis_values"].items()
        for axis, values in axes.items()
    }
    return {
        "users": _sorted(users, "mail"),
        "axis_values": {name: lists[name] for name in lists if lists[name]},
    }


def _sorted(documents: Sequence[JsonObject], key: str) -> list[JsonObject]:
    return sorted(documents, key=lambda document: str(document[key]))


_DOCUMENTS = """
    with held as (
        select snapshot_id from n2f_raw.companies union all select snapshot_id from n2f_raw.roles
        union all select snapshot_id from n2f_raw.userprofiles union all select snapshot_id from n2f_raw.users
        union all select snapshot_id from n2f_raw.axes union all select snapshot_id from n2f_raw.axis_values
    )
    select snapshots.snapshot_id, any_value(snapshots.document_count), count(held.snapshot_id)
    from n2f_raw.snapshots as snapshots left join held using (snapshot_id)
    where snapshots.completed_at is not null group by all order by snapshots.snapshot_id
"""

_HALF_A_PLAN = """
    select plan_id, count(*) as change_count from n2f_sync.planned_changes group by plan_id
    except
    select plan_id, change_count from n2f_sync.plans
"""

_OPEN_ATTEMPTS = """
    select attempts.plan_id, attempts.sequence from n2f_sync.push_attempts as attempts
    where not exists (
        select 1 from n2f_sync.push_results as results
        where results.plan_id = attempts.plan_id and results.sequence = attempts.sequence
    )
"""

_LAST_PLAN = "(select max(plan_id) from n2f_sync.plans)"

_NOT_SENT_ONCE = f"""
    select changes.scope, changes.action, changes.entity_key, count(results.plan_id), min(results.status)
    from n2f_sync.planned_changes as changes
    left join n2f_sync.push_results as results
        on changes.plan_id = results.plan_id and changes.sequence = results.sequence
    where changes.plan_id = {_LAST_PLAN} and changes.decision = 'send'
    group by all having count(results.plan_id) <> 1 or min(results.status) <> 'succeeded'
"""

_RUNS = (
    "select run_id, status, exit_code, finished_at is not null, message from n2f_sync.runs order by run_id"
)


def broken_by_the_kill(lane: Lane, night: Undisturbed) -> Iterator[str]:
    """Look at what lies there after a kill, before anything repairs it."""
    sent = writes(lane)
    with lane.wreck() as connection:
        yield from _lost(history(connection), lane.before)
        yield from _half_done(connection)
        runs = connection.execute(_RUNS).fetchall()[len(lane.before["n2f_sync.runs"]) :]
        attempts = _added(connection, lane.before, "n2f_sync.push_attempts")
        open_attempts = connection.execute(_OPEN_ATTEMPTS).fetchall()
    if len(runs) > 1:
        yield f"one run left {len(runs)} rows"
    if runs and runs[0][1] != "running" and (runs[0][1:4] != ("succeeded", 0, True) or open_attempts):
        yield f"a run that died says {runs[0]}"
    if sent and not runs:
        yield "something was sent by a run that nobody knows of"
    if len(open_attempts) > 1:
        yield f"{len(open_attempts)} rows were marked and have no result"
    if not attempts - 1 <= len(sent) <= attempts:
        yield f"{attempts} rows were marked, {len(sent)} were sent"
    if twice := Counter(sent) - night.writes:
        yield f"sent, and not due: {list(twice)}"
    started = sum(" started" in text for text in _ledger(lane))
    called = len(lane.n2f.stats["calls"])
    if not called <= started <= called + 1:
        yield f"{called} calls were made, and {started} are remembered"


def broken_in_the_end(lane: Lane, night: Undisturbed, sent_before: int) -> Iterator[str]:
    """Look at what the next run made of it."""
    world = canonical(lane.n2f.world())
    for part in ("users", "axis_values"):
        if world[part] != night.world[part]:
            yield f"{part} of N2F are not what they are after an undisturbed night"
    sent = writes(lane)
    if lost := night.writes - Counter(sent):
        yield f"never sent: {list(lost)}"
    if (more := Counter(sent) - night.writes).total() > 1:
        yield f"sent again: {list(more)}"
    if foreign := set(sent) - set(night.writes):
        yield f"sent, and not due: {list(foreign)}"
    yield from _impolite(lane, sent[:sent_before])
    with duckdb.connect(lane.database) as connection:
        yield from _lost(history(connection), lane.before)
        yield from _half_done(connection)
        runs = connection.execute(_RUNS).fetchall()[len(lane.before["n2f_sync.runs"]) :]
        if rows := connection.execute(_NOT_SENT_ONCE).fetchall():
            yield f"without one good result: {rows}"
    if runs[-1][1:4] != ("succeeded", 0, True):
        yield f"the last run says {runs[-1]}"
    for run in runs[:-1]:
        if run[1] != "succeeded" and (run[1:3] != ("failed", 1) or runs[-1][0] not in run[4]):
            yield f"the run that died was closed as {run}"
    for lock in [*lane.ledger_dir.glob("*.lock"), *lane.database.parent.glob("*.lock")]:
        if is_taken(lock):
            yield f"{lock.name} is still held"


def _impolite(lane: Lane, sent_before: Sequence[Write]) -> Iterator[str]:
    """Calls that N2F should not have got, or not so."""
    stats = lane.n2f.stats
    if stats["max_in_flight"] != 1 or stats["in_flight_violations"]:
        yield f"{stats['max_in_flight']} calls were in flight"
    deleted = {path for method, path, _ in sent_before if method == "DELETE"}
    for call in stats["calls"]:
        is_repeated = call["method"] == "DELETE" and unquote(call["path"]) in deleted
        status = call["status"] or _OK
        if not (_OK <= status < _REDIRECTED or (status == _NOT_FOUND and is_repeated)):
            yield f"{call['method']} {call['path']} was answered {status}"


def _lost(now: Rows, before: Rows) -> Iterator[str]:
    for table, rows in before.items():
        if lost := rows - now.get(table, Counter()):
            yield f"{table} has lost {lost.total()} rows"


def _half_done(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Things that must be whole as soon as they are there."""
    for snapshot_id, told, held in connection.execute(_DOCUMENTS).fetchall():
        if told != held:
            yield f"the snapshot {snapshot_id} is complete and holds {held} of {told} documents"
    for plan_id, change_count in connection.execute(_HALF_A_PLAN).fetchall():
        yield f"{change_count} changes of the plan {plan_id} are not a plan"


def _added(connection: duckdb.DuckDBPyConnection, before: Rows, table: str) -> int:
    (count,) = connection.execute(f"select count(*) from {table}").fetchall()[0]
    return int(count) - before[table].total()


def _ledger(lane: Lane) -> Iterator[str]:
    for path in lane.ledger_dir.glob("*.calls"):
        yield from path.read_text().splitlines()
