"""A frozen plan: what it copies, when none is made, and when it may not be pushed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import cast

import pytest

from demo.harness import DemoN2F
from loader.database import Warehouse, utc_now
from loader.errors import DatabaseError, DataError
from loader.plan import CHANGE_COLUMNS, Plan, freeze, load_plan, refuse_unpushable
from loader.settings import SyncSettings
from loader.transform import Project
from tests.engines import Environment
from tests.loader.workbench import (
    HERE,
    ROOT,
    add_snapshot,
    age,
    make_plan,
    push,
    put_changes,
    results,
    user,
)

ROWS = [user("a"), user("b", needs=["a"]), user("c", decision="off")]


COPIED = ", ".join(column for column in CHANGE_COLUMNS if column != "sequence")
ADD_A_ROW = (
    f"insert into {{n2f_sync.planned_changes}} (plan_id, sequence, {COPIED})"
    f" select plan_id, 9, {COPIED} from {{n2f_sync.planned_changes}} where sequence = 1"
)


def freeze_now(warehouse: Warehouse, base_url: str = HERE, snapshot_id: str | None = None) -> Plan:
    """Freeze what is there."""
    return freeze(
        warehouse, run_id="run", settings=SyncSettings(), base_url=base_url, snapshot_id=snapshot_id
    )


def test_a_plan_is_a_copy_of_what_dbt_built(warehouse: Warehouse) -> None:
    plan = make_plan(warehouse, ROWS)
    *columns, rank = CHANGE_COLUMNS
    copied = f"select {', '.join(columns)} from <table> order by sequence"
    frozen = warehouse.rows(copied.replace("<table>", "{n2f_sync.planned_changes}"))
    assert frozen == warehouse.rows(copied.replace("<table>", "{n2f_diff.push_changes}"))
    ranks = warehouse.rows(f"select sequence, {rank} from {{n2f_sync.planned_changes}} order by sequence")
    assert ranks == [(1, 1), (2, 2), (3, None)]
    assert [row[3] for row in frozen] == ["a@fictis.example", "b@fictis.example", "c@fictis.example"]
    assert warehouse.rows("select entity_key, depends_on_key from {n2f_sync.planned_dependencies}") == [
        ("b@fictis.example", "a@fictis.example")
    ]
    assert plan.change_count == 3
    put_changes(warehouse, [])
    assert load_plan(warehouse) == plan


def test_plans_are_only_ever_added(warehouse: Warehouse) -> None:
    first, second = make_plan(warehouse, ROWS), make_plan(warehouse, ROWS[:1])
    assert load_plan(warehouse) == second
    assert load_plan(warehouse, first.plan_id) == first
    assert first.plan_id < second.plan_id


def test_an_empty_plan_is_a_plan(warehouse: Warehouse) -> None:
    plan = make_plan(warehouse, [])
    refuse_unpushable(warehouse, plan, base_url=HERE)
    assert plan.change_count == 0


def test_the_settings_of_the_run_are_kept_with_the_plan(warehouse: Warehouse) -> None:
    make_plan(warehouse, [])
    stored = json.loads(warehouse.rows("select settings_json from {n2f_sync.plans}")[0][0])
    assert stored["actions"] == ["create", "update"]
    assert stored["base_url"] == HERE


def test_without_a_complete_snapshot_there_is_no_plan(warehouse: Warehouse) -> None:
    with pytest.raises(DataError, match="no complete snapshot"):
        freeze_now(warehouse)
    add_snapshot(warehouse, is_complete=False)
    with pytest.raises(DataError, match="no complete snapshot"):
        freeze_now(warehouse)


def test_from_a_snapshot_older_than_six_hours_there_is_no_plan(warehouse: Warehouse) -> None:
    add_snapshot(warehouse)
    age(warehouse, timedelta(hours=6, minutes=1))
    with pytest.raises(DataError, match="older than 6 hours"):
        freeze_now(warehouse)


def test_from_a_snapshot_older_than_the_last_one_there_is_no_plan(warehouse: Warehouse) -> None:
    """The clock was set back between the two, so that the one before seems to be the newest."""
    before = add_snapshot(warehouse, at=utc_now() + timedelta(minutes=30), snapshot_id="before")
    with pytest.raises(DataError, match=f"clock was set back: .*taken now began before {before}"):
        freeze_now(warehouse, snapshot_id="taken now")
    assert warehouse.rows("select * from {n2f_sync.plans}") == []
    assert freeze_now(warehouse, snapshot_id=before).snapshot_id == before


def test_after_a_write_was_attempted_there_is_no_plan(warehouse: Warehouse, n2f: DemoN2F) -> None:
    push(warehouse, n2f, make_plan(warehouse, ROWS))
    with pytest.raises(DataError, match="write to N2F was attempted"):
        freeze_now(warehouse)


def test_from_a_snapshot_of_another_n2f_there_is_no_plan(warehouse: Warehouse) -> None:
    add_snapshot(warehouse, base_url="http://sandbox.example/")
    with pytest.raises(DataError, match=r"another N2F, http://sandbox\.example/"):
        freeze_now(warehouse)
    assert warehouse.rows("select * from {n2f_sync.plans}") == []


def test_nothing_of_a_plan_that_could_not_be_frozen_stays(warehouse: Warehouse) -> None:
    add_snapshot(warehouse)
    put_changes(warehouse, ROWS)
    no_id = cast(str, None)  # the table of plans does not take it, and it is written last
    with pytest.raises(DatabaseError, match="plans"):
        freeze(warehouse, run_id=no_id, settings=SyncSettings(), base_url=HERE)
    assert warehouse.rows("select count(*) from {n2f_sync.planned_changes}") == [(0,)]


def test_a_plan_that_is_not_there_is_asked_for_in_vain(warehouse: Warehouse) -> None:
    with pytest.raises(DataError, match="there is no plan yet"):
        load_plan(warehouse)
    make_plan(warehouse, [])
    with pytest.raises(DataError, match="there is no plan nonsense"):
        load_plan(warehouse, "nonsense")


@pytest.mark.parametrize(
    "tampering",
    [
        "update {n2f_sync.planned_changes} set payload_json = '{}' where sequence = 1",
        'update {n2f_sync.planned_changes} set path_params_json = \'{"mail": "x"}\' where sequence = 2',
        "update {n2f_sync.planned_changes} set decision = 'send' where sequence = 3",
        "update {n2f_sync.planned_changes} set http_method = 'DELETE' where sequence = 1",
        "update {n2f_sync.planned_changes} set sequence = 9 where sequence = 1",
        "update {n2f_sync.planned_changes} set entity_key = 'x' where sequence = 1",
        "delete from {n2f_sync.planned_changes} where sequence = 2",
        ADD_A_ROW,
        "delete from {n2f_sync.planned_dependencies}",
        "update {n2f_sync.planned_dependencies} set depends_on_key = 'x'",
        "update {n2f_sync.plans} set checksum = 'x'",
    ],
)
def test_a_plan_that_was_changed_is_refused(warehouse: Warehouse, tampering: str) -> None:
    plan_id = make_plan(warehouse, ROWS).plan_id
    refuse_unpushable(warehouse, load_plan(warehouse, plan_id), base_url=HERE)
    warehouse.execute(tampering)
    with pytest.raises(DataError, match="checksum differs"):
        refuse_unpushable(warehouse, load_plan(warehouse, plan_id), base_url=HERE)


def test_a_plan_that_was_pushed_to_its_end_is_refused(warehouse: Warehouse, n2f: DemoN2F) -> None:
    plan = make_plan(warehouse, ROWS)
    push(warehouse, n2f, plan)
    with pytest.raises(DataError, match="has a result for every row already"):
        refuse_unpushable(warehouse, plan, base_url=HERE)


def test_a_plan_whose_rest_was_left_is_refused(warehouse: Warehouse, n2f: DemoN2F) -> None:
    plan = make_plan(warehouse, ROWS)
    push(warehouse, n2f, plan, max_writes=1)
    assert results(warehouse, plan) == {"a": "succeeded", "b": "left"}
    with pytest.raises(DataError, match="has a result for every row already"):
        refuse_unpushable(warehouse, plan, base_url=HERE)


def test_a_plan_that_a_newer_snapshot_has_overtaken_is_refused(warehouse: Warehouse) -> None:
    plan = make_plan(warehouse, ROWS)
    add_snapshot(warehouse, snapshot_id="halfway", is_complete=False)
    refuse_unpushable(warehouse, plan, base_url=HERE)
    add_snapshot(warehouse, snapshot_id="newer", at=utc_now() + timedelta(seconds=1))
    with pytest.raises(DataError, match="newer one has replaced"):
        refuse_unpushable(warehouse, plan, base_url=HERE)


def test_a_plan_of_an_old_snapshot_is_refused(warehouse: Warehouse) -> None:
    plan = make_plan(warehouse, ROWS)
    age(warehouse, timedelta(hours=5, minutes=59))
    refuse_unpushable(warehouse, plan, base_url=HERE)
    age(warehouse, timedelta(minutes=2))
    with pytest.raises(DataError, match="older than 6 hours"):
        refuse_unpushable(warehouse, plan, base_url=HERE)


def test_a_plan_made_before_another_one_was_sent_is_refused(warehouse: Warehouse, n2f: DemoN2F) -> None:
    add_snapshot(warehouse)
    put_changes(warehouse, ROWS)
    first, second = freeze_now(warehouse), freeze_now(warehouse)
    push(warehouse, n2f, second)
    with pytest.raises(DataError, match="before another plan was sent"):
        refuse_unpushable(warehouse, first, base_url=HERE)


def test_a_plan_made_for_another_n2f_is_refused(warehouse: Warehouse) -> None:
    plan = make_plan(warehouse, ROWS)
    with pytest.raises(DataError, match="another N2F"):
        refuse_unpushable(warehouse, plan, base_url="https://production.example/")


def test_an_own_attempt_does_not_make_a_plan_stale(warehouse: Warehouse) -> None:
    plan = make_plan(warehouse, ROWS)
    warehouse.execute(
        "insert into {n2f_sync.push_attempts} values ('run', ?, 1, 'users', 'create', 'a', ?)",
        (plan.plan_id, utc_now()),
    )
    refuse_unpushable(warehouse, plan, base_url=HERE)


OLD_TABLE = "alter table {n2f_sync.planned_changes} drop column selection_rank"


def test_a_plan_of_a_version_without_ranks_is_refused_before_and_after_the_column_is_added(
    warehouse: Warehouse, environment: Environment
) -> None:
    plan = make_plan(warehouse, ROWS)
    warehouse.execute(OLD_TABLE)
    with pytest.raises(DataError, match="earlier version of n2f-sync, and does not say what comes first"):
        refuse_unpushable(warehouse, plan, base_url=HERE)
    assert results(warehouse, plan) == {}
    Project(ROOT, environment).create_loader_tables()
    assert warehouse.rows("select selection_rank from {n2f_sync.planned_changes}") == [(None,)] * 3
    with pytest.raises(DataError, match="earlier version of n2f-sync, and does not say what comes first"):
        refuse_unpushable(warehouse, plan, base_url=HERE)


def test_a_database_of_a_version_without_ranks_keeps_its_rows_and_takes_new_plans(
    warehouse: Warehouse, environment: Environment, n2f: DemoN2F
) -> None:
    old = make_plan(warehouse, [])
    warehouse.execute(OLD_TABLE)
    for _ in range(2):  # the second time there is nothing to do
        Project(ROOT, environment).create_loader_tables()
    plan = make_plan(warehouse, ROWS, base_url=n2f.base_url)
    refuse_unpushable(warehouse, plan, base_url=n2f.base_url)
    push(warehouse, n2f, plan)
    assert results(warehouse, plan) == {"a": "succeeded", "b": "succeeded"}
    assert load_plan(warehouse, old.plan_id) == old


def test_a_rank_that_was_changed_is_noticed(warehouse: Warehouse) -> None:
    plan = make_plan(warehouse, ROWS)
    warehouse.execute("update {n2f_sync.planned_changes} set selection_rank = 3 - selection_rank")
    with pytest.raises(DataError, match="checksum differs"):
        refuse_unpushable(warehouse, plan, base_url=HERE)
