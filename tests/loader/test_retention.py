"""What `n2f-sync prune` deletes and what it leaves, on a real database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from demo.harness import DemoN2F
from loader.database import Database, Page, Warehouse, utc_now
from loader.errors import DatabaseError, LockedError, UsageError
from loader.plan import load_plan, refuse_unpushable
from loader.report import plan_of
from loader.retention import PLAN_TABLES, RUN_TABLES, SHORTEST_HISTORY, SNAPSHOT_TABLES, Ages, prune
from tests.engines import ROOT, Engine, Environment
from tests.loader.workbench import HERE, add_snapshot, age, make_plan, push, put_changes, user

MONTH = Ages(snapshots=timedelta(days=30))
HISTORY = Ages(snapshots=timedelta(days=30), history=SHORTEST_HISTORY)
DOCUMENTS = 3  # of each snapshot, in two tables


def landed(
    warehouse: Warehouse, snapshot_id: str, *, days: int, is_complete: bool = True, base_url: str = HERE
) -> str:
    """Land a snapshot of some days ago with documents and a list."""
    at = utc_now() - timedelta(days=days)
    add_snapshot(warehouse, snapshot_id=snapshot_id, at=at, is_complete=is_complete, base_url=base_url)
    for resource, documents in (("users", ["{}", "{}"]), ("axis_values", ["{}"])):
        warehouse.insert_page(
            Page(
                resource=resource,
                snapshot_id=snapshot_id,
                company_uuid=None,
                axis=None,
                number=1,
                documents=documents,
            )
        )
    if is_complete:
        warehouse.execute("insert into {n2f_raw.lists} values (?, 'users', null, null, 1, 2)", (snapshot_id,))
    return snapshot_id


def kept(warehouse: Warehouse) -> dict[str, int]:
    """How many documents there are of each snapshot that has a row."""
    found = dict.fromkeys(
        (row[0] for row in warehouse.rows("select snapshot_id from {n2f_raw.snapshots}")), 0
    )
    for table in ("users", "axis_values"):
        sql = "select snapshot_id, count(*) from {n2f_raw.<table>} group by snapshot_id"
        for snapshot_id, count in warehouse.rows(sql.replace("<table>", table)):
            found[snapshot_id] += count
    return found


def counts(warehouse: Warehouse, tables: tuple[str, ...]) -> dict[str, int]:
    """How many rows these tables have."""
    sql = "select count(*) from {<table>}"
    return {table: warehouse.rows(sql.replace("<table>", table))[0][0] for table in tables}


def test_documents_of_old_snapshots_go_and_the_newest_complete_one_stays(
    database: Database, warehouse: Warehouse
) -> None:
    landed(warehouse, "s1", days=90)
    landed(warehouse, "s2", days=60)
    landed(warehouse, "s3", days=45)
    landed(warehouse, "s4", days=44, is_complete=False)
    done = prune(database, MONTH)
    assert kept(warehouse) == {"s3": DOCUMENTS}
    assert [item.id for item in done.pruned] == ["s1", "s2", "s4"]
    assert [item.row_count for item in done.pruned] == [DOCUMENTS + 2, DOCUMENTS + 2, DOCUMENTS + 1]
    assert prune(database, MONTH).pruned == ()


def test_what_is_younger_than_asked_stays(database: Database, warehouse: Warehouse) -> None:
    landed(warehouse, "s1", days=31)
    landed(warehouse, "s2", days=29)
    landed(warehouse, "s3", days=28, is_complete=False)
    landed(warehouse, "s4", days=1)
    prune(database, MONTH)
    assert set(kept(warehouse)) == {"s2", "s3", "s4"}


def test_a_snapshot_that_a_plan_names_keeps_its_row_and_loses_its_documents_once(
    database: Database, warehouse: Warehouse
) -> None:
    make_plan(warehouse, [user("ann")])
    make_plan(warehouse, [user("ann")])
    landed(warehouse, "s9", days=0)
    for snapshot_id in ("snapshot-1", "snapshot-2"):
        warehouse.execute("insert into {n2f_raw.lists} values (?, 'users', null, null, 1, 2)", (snapshot_id,))
    age(warehouse, timedelta(days=60))
    done = prune(database, MONTH)
    assert [(item.id, item.row_count) for item in done.pruned] == [("snapshot-1", 1)]
    assert set(kept(warehouse)) == {"snapshot-1", "snapshot-2", "s9"}
    assert prune(database, MONTH).pruned == ()


def test_a_push_that_was_killed_half_way_is_taken_up_after_a_prune(
    database: Database, warehouse: Warehouse, n2f: DemoN2F
) -> None:
    landed(warehouse, "s1", days=90, base_url=n2f.base_url)
    plan = make_plan(warehouse, [user("ann"), user("bob")], base_url=n2f.base_url)
    put_changes(warehouse, [])
    warehouse.execute(
        "insert into {n2f_sync.push_attempts} select 'killed', plan_id, sequence, scope, action, entity_key, ?"
        " from {n2f_sync.planned_changes} where sequence = 1",
        (utc_now(),),
    )
    warehouse.execute(
        "insert into {n2f_raw.lists} values (?, 'users', null, null, 1, 2)", (plan.snapshot_id,)
    )
    before = counts(warehouse, PLAN_TABLES)
    done = prune(database, Ages(snapshots=timedelta(seconds=-1), history=SHORTEST_HISTORY))
    assert [item.id for item in done.pruned] == ["s1"]
    assert counts(warehouse, PLAN_TABLES) == before
    refuse_unpushable(warehouse, load_plan(warehouse), base_url=n2f.base_url)
    _, outcome = push(warehouse, n2f, plan)
    assert outcome.error is None
    assert {found["mail"] for found in n2f.world()["users"]} == {"ann@fictis.example", "bob@fictis.example"}


def test_a_dry_run_shows_the_same_and_deletes_nothing(database: Database, warehouse: Warehouse) -> None:
    landed(warehouse, "s1", days=90)
    landed(warehouse, "s2", days=60)
    landed(warehouse, "s3", days=0)
    before = kept(warehouse)
    shown = prune(database, MONTH, is_dry_run=True)
    assert kept(warehouse) == before
    assert shown.pruned == prune(database, MONTH).pruned != ()
    runs = warehouse.rows(
        "select command, status, is_dry_run, exit_code from {n2f_sync.runs} order by run_id"
    )
    assert runs == [("prune", "dry_run", 1, 0), ("prune", "succeeded", 0, 0)]


def old_plans(warehouse: Warehouse, count: int) -> list[str]:
    """Make plans with all that hangs on them, the older half of them 500 days ago, the rest 10 days."""
    made = []
    for number in range(count):
        plan = make_plan(warehouse, [user("ann", needs=["bob"]), user("bob")])
        at = utc_now() - timedelta(days=500 if number < count // 2 else 10, minutes=count - number)
        warehouse.execute("update {n2f_sync.plans} set created_at = ? where plan_id = ?", (at, plan.plan_id))
        warehouse.execute("update {n2f_sync.runs} set started_at = ? where run_id = ?", (at, plan.run_id))
        warehouse.execute(
            "insert into {n2f_sync.planned_rejections} values (?, 'users', '', 'missing_mail', null, 'agresso')",
            (plan.plan_id,),
        )
        warehouse.execute(
            "insert into {n2f_sync.push_attempts} values (?, ?, 1, 'users', 'create', 'bob', ?)",
            (plan.run_id, plan.plan_id, at),
        )
        warehouse.execute(
            "insert into {n2f_sync.push_results} values"
            " (?, ?, 1, 'users', 'create', 'bob', 'succeeded', 200, 1, null, ?, ?)",
            (plan.run_id, plan.plan_id, at, at),
        )
        made.append(plan.plan_id)
    warehouse.execute("update {n2f_sync.runs} set status = 'succeeded'")
    return made


def test_history_stays_unless_it_is_asked_for(database: Database, warehouse: Warehouse) -> None:
    old_plans(warehouse, 34)
    tables = (*PLAN_TABLES, "n2f_sync.holds")
    before = counts(warehouse, tables)
    assert all(before[table] for table in PLAN_TABLES)
    prune(database, MONTH)
    assert counts(warehouse, tables) == before


def test_of_history_the_newest_30_plans_stay_and_what_goes_goes_with_all_its_rows(
    database: Database, warehouse: Warehouse
) -> None:
    plans = old_plans(warehouse, 34)
    warehouse.execute("insert into {n2f_sync.holds} values ('users', 'ann', null, null, null)")
    before = counts(warehouse, PLAN_TABLES)
    done = prune(database, HISTORY)
    assert [item.id for item in done.pruned if item.kind == "plan"] == plans[:4]
    left = [row[0] for row in warehouse.rows("select plan_id from {n2f_sync.plans} order by plan_id")]
    assert left == plans[4:]
    after = counts(warehouse, PLAN_TABLES)
    assert after == {table: count // 34 * 30 for table, count in before.items()}
    assert [(item.kind, item.row_count) for item in done.pruned if item.kind == "runs"] == [("runs", 4)]
    assert counts(warehouse, ("n2f_sync.runs", "n2f_sync.holds")) == {
        "n2f_sync.runs": 30 + 1,
        "n2f_sync.holds": 1,
    }


def test_history_younger_than_asked_stays_though_there_is_more_than_enough(
    database: Database, warehouse: Warehouse
) -> None:
    plans = old_plans(warehouse, 34)
    warehouse.execute("update {n2f_sync.plans} set created_at = ?", (utc_now() - timedelta(days=399),))
    assert [item for item in prune(database, HISTORY).pruned if item.kind == "plan"] == []
    assert counts(warehouse, ("n2f_sync.plans",)) == {"n2f_sync.plans": len(plans)}


def test_less_than_400_days_of_history_are_never_pruned() -> None:
    with pytest.raises(UsageError, match="399d"):
        Ages(snapshots=timedelta(days=30), history=timedelta(days=399))


def test_no_table_of_the_loader_is_forgotten(warehouse: Warehouse) -> None:
    rows = warehouse.rows("""
        select columns.table_schema, columns.table_name, columns.column_name
        from information_schema.columns as columns
        where columns.table_schema in ('n2f_raw', 'n2f_sync')
    """)
    having: dict[str, set[str]] = {}
    for schema, table, column in rows:
        having.setdefault(column, set()).add(f"{schema}.{table}")
    raw = {table for table in having["snapshot_id"] if table.startswith("n2f_raw.")}
    assert {*SNAPSHOT_TABLES, "n2f_raw.snapshots"} == raw
    assert set(PLAN_TABLES) == having["plan_id"] - {"n2f_sync.runs"}
    assert {*PLAN_TABLES, *RUN_TABLES} >= having["plan_id"] | having["run_id"]


class BrokenWarehouse:
    """A warehouse that refuses its n-th delete."""

    def __init__(self, warehouse: Any, deadly: int) -> None:
        self._warehouse = warehouse
        self._left = deadly

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)

    def execute(self, sql: str, parameters: Any = ()) -> None:
        """Run a statement, or refuse it."""
        is_delete = sql.startswith("delete")
        self._left -= is_delete
        if is_delete and not self._left:
            raise DatabaseError("the disk is full", doing="deleting", remedy="Make room.")
        self._warehouse.execute(sql, parameters)


class BrokenDatabase:
    """A database with such a warehouse."""

    def __init__(self, database: Database, deadly: int) -> None:
        self._database = database
        self._deadly = deadly

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @contextmanager
    def connect(self, **how: bool) -> Iterator[Any]:
        """Open it."""
        with self._database.connect(**how) as warehouse:
            yield BrokenWarehouse(warehouse, self._deadly)


def test_a_delete_that_fails_takes_its_snapshot_back_and_is_noted(
    database: Database, warehouse: Warehouse
) -> None:
    landed(warehouse, "s1", days=90)
    landed(warehouse, "s2", days=60)
    landed(warehouse, "s3", days=0)
    broken: Any = BrokenDatabase(database, deadly=len(SNAPSHOT_TABLES) + 1 + 6)
    with pytest.raises(DatabaseError, match="the disk is full"):
        prune(broken, MONTH)
    assert kept(warehouse) == {"s2": DOCUMENTS, "s3": DOCUMENTS}
    ((status, exit_code, message),) = warehouse.rows("select status, exit_code, message from {n2f_sync.runs}")
    assert (status, exit_code) == ("failed", 1)
    assert "the disk is full" in message


@pytest.mark.parametrize("deadly", [1, 6, 8, 9, 15])
def test_a_prune_that_is_killed_leaves_each_snapshot_whole_or_gone_and_the_next_one_goes_on(
    database: Database, environment: Environment, deadly: int
) -> None:
    with database.connect() as warehouse:
        landed(warehouse, "s1", days=90)
        landed(warehouse, "s2", days=60)
        landed(warehouse, "s3", days=0)
    done = subprocess.run(
        [sys.executable, "-m", "tests.loader.killed_prune", str(deadly)],
        cwd=ROOT, env=os.environ | environment, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    gone = {"s1"} if deadly > len(SNAPSHOT_TABLES) + 1 else set()
    with database.connect() as warehouse:
        assert kept(warehouse) == dict.fromkeys({"s1", "s2", "s3"} - gone, DOCUMENTS)
        prune(database, MONTH)
        assert kept(warehouse) == {"s3": DOCUMENTS}
        told = Counter(row[0] for row in warehouse.rows("select status from {n2f_sync.runs}"))
        assert told == {"failed": 1, "succeeded": 1}


def test_no_prune_while_a_run_is_at_work(database: Database, warehouse: Warehouse) -> None:
    landed(warehouse, "s1", days=90)
    landed(warehouse, "s2", days=0)
    with database.lock(), pytest.raises(LockedError):
        prune(database, MONTH)
    assert set(kept(warehouse)) == {"s1", "s2"}


def test_room_of_deleted_rows_is_used_again(database: Database, engine: Engine) -> None:
    if engine.name != "duckdb":
        pytest.skip("a file is DuckDB's alone")
    documents = [f'{{"number": {number}, "noise": "{os.urandom(200).hex()}"}}' for number in range(5000)]

    def land(snapshot_id: str) -> None:
        with database.connect() as warehouse:
            add_snapshot(warehouse, snapshot_id=snapshot_id)
            for number in range(1, 5):
                warehouse.insert_page(
                    Page(
                        resource="users", snapshot_id=snapshot_id, company_uuid=None, axis=None,
                        number=number, documents=documents,
                    )
                )  # fmt: skip

    def size() -> int:
        return Path(database.describe()).stat().st_size

    land("s1")
    one = size()
    for number in range(2, 8):
        land(f"s{number}")
        with database.connect() as warehouse:
            age(warehouse, timedelta(days=60))
        done = prune(database, MONTH)
    assert size() < 4 * one, "seven were landed"
    assert done.space is not None
    assert not done.space.endswith(" 0.0 MB are free for new rows")


def test_a_snapshot_of_another_n2f_has_its_newest_kept_too(database: Database, warehouse: Warehouse) -> None:
    landed(warehouse, "s1", days=90, base_url="http://sandbox.example/")
    landed(warehouse, "s2", days=60)
    assert prune(database, MONTH).pruned == ()
    assert set(kept(warehouse)) == {"s1", "s2"}


def test_a_run_whose_plan_was_pruned_is_reported_without_it(warehouse: Warehouse, n2f: DemoN2F) -> None:
    plan = make_plan(warehouse, [user("a")])
    run_id, _ = push(warehouse, n2f, plan)
    warehouse.execute("update {n2f_sync.runs} set plan_id = ? where run_id = ?", (plan.plan_id, run_id))
    assert plan_of(warehouse, run_id) == plan.plan_id
    for table in PLAN_TABLES:
        sql = "delete from {<table>} where plan_id = ?".replace("<table>", table)
        warehouse.execute(sql, (plan.plan_id,))
    assert plan_of(warehouse, run_id) is None
