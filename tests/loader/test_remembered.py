"""Rows that fail, are rejected or flap, over several runs: since when, how often and why, as people are told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from demo.harness import DemoN2F
from loader import render_status, render_summary
from loader.database import Warehouse
from loader.plan import Plan
from loader.runs import Run, begin, finish
from loader.settings import SyncSettings
from loader.status import read_status
from loader.summary import Summary, summarize
from tests.demo.client import make_user
from tests.engines import Engine
from tests.loader.test_summary import text
from tests.loader.workbench import Row, make_plan, push, user

REFUSED = user("bad", payload=make_user("bad@fictis.example", role="Empereur"))
ACCEPTED = user("bad")


def night(
    warehouse: Warehouse, n2f: DemoN2F, rows: Sequence[Row], *, rejected: Sequence[tuple[str, str]] = ()
) -> Summary:
    """Plan and push rows, as one run does, and return what it comes to."""
    plan = planned(warehouse, rows, rejected)
    run_id, _ = push(warehouse, n2f, plan)
    started_at = warehouse.rows("select started_at from {n2f_sync.runs} where run_id = ?", (run_id,))[0][0]
    run = Run(run_id=run_id, command="push", started_at=started_at, is_dry_run=False, plan_id=plan.plan_id)
    finish(warehouse, run, status="succeeded", exit_code=0, message=None)
    return summarize(warehouse, run, plan, SyncSettings(), is_pushed=True)


def planned(warehouse: Warehouse, rows: Sequence[Row], rejected: Sequence[tuple[str, str]] = ()) -> Plan:
    """Freeze a plan; `rejected` is keys of users with their reasons."""
    warehouse.execute("delete from {n2f_diff.rejected_rows}")
    for key, reason in rejected:
        warehouse.execute(
            "insert into {n2f_diff.rejected_rows} (scope, entity_key, reason, detail, source)"
            " values ('users', ?, ?, 'wrong', 'agresso')",
            (key, reason),
        )
    return make_plan(warehouse, rows)


def forecast(warehouse: Warehouse, plan: Plan) -> Summary:
    """Return what `n2f-sync plan` says."""
    return summarize(warehouse, begin(warehouse, "plan", is_dry_run=False), plan, SyncSettings())


def updating(warehouse: Warehouse, n2f: DemoN2F, old: str, new: str) -> Summary:
    """Update the job title of somebody as one run does, N2F holding the old one."""
    row = replace(user("ann", action="update"), payload=make_user("ann@fictis.example", jobTitle=new))
    plan = planned(warehouse, [])
    warehouse.execute(
        "insert into {n2f_sync.planned_changes} select plan_id, 1, 'users', 'update', 'ann@fictis.example',"
        " 'POST', 'users', '{}', ?, ?, 'jobTitle,role', 'send', null, null, 1 from {n2f_sync.plans}"
        " where plan_id = ?",
        (json.dumps(row.payload), json.dumps({"jobTitle": old, "role": "x"}), plan.plan_id),
    )
    run_id, _ = push(warehouse, n2f, plan)
    run = Run(
        run_id=run_id, command="push", started_at=plan.created_at, is_dry_run=False, plan_id=plan.plan_id
    )
    return summarize(warehouse, run, plan, SyncSettings(), is_pushed=True)


def failing(summary: Summary) -> list[tuple[str, int, bool]]:
    """Return who fails, in how many runs, and whether for one reason."""
    return [(row.entity_key, row.run_count, row.is_same_reason) for row in summary.remembered.failing]


def remembered(warehouse: Warehouse) -> dict[str, tuple[int, int | None]]:
    """Return what `status` says: how many rows of each kind, and the most runs."""
    return {row["kind"]: (row["row_count"], row["run_count"]) for row in read_status(warehouse).remembered}


def test_a_user_refused_three_nights_running_is_shown_with_since_and_three(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    first = night(warehouse, n2f, [REFUSED])
    assert failing(first) == []
    assert remembered(warehouse) == {"failing": (1, 1)}
    night(warehouse, n2f, [REFUSED])
    third = night(warehouse, n2f, [REFUSED, user("good")])
    assert failing(third) == [("bad@fictis.example", 3, True)]
    since = warehouse.rows("select min(finished_at) from {n2f_sync.push_results}")[0][0]
    told = third.remembered.failing[0]
    assert (told.since, told.http_status) == (since, 422)
    assert told.error == warehouse.rows("select max(error) from {n2f_sync.push_results}")[0][0]
    said = " ".join(text(render_summary.summary(third)).split())
    assert "What needs a person" in said
    assert f"{since:%Y-%m-%d %H:%M} │ 3 │ create failed, each time:" in said
    said = text(render_status.status(read_status(warehouse)))
    assert (
        f"Failing: 1 rows of users, the oldest since {since:%Y-%m-%dT%H:%M} UTC, in up to 3 runs in a row"
        in said
    )


def test_a_user_who_recovers_disappears(warehouse: Warehouse, n2f: DemoN2F) -> None:
    night(warehouse, n2f, [REFUSED])
    night(warehouse, n2f, [REFUSED])
    plan = planned(warehouse, [ACCEPTED])
    assert failing(forecast(warehouse, plan)) == [("bad@fictis.example", 2, True)]
    recovered = night(warehouse, n2f, [ACCEPTED])
    assert failing(recovered) == []
    assert remembered(warehouse) == {}
    assert "What needs a person" not in text(render_summary.summary(recovered))


def test_a_user_who_was_put_right_by_hand_disappears_before_anything_is_sent(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    night(warehouse, n2f, [REFUSED])
    night(warehouse, n2f, [REFUSED])
    planned(warehouse, [user("good")])
    assert remembered(warehouse) == {}


def test_another_reason_is_said_to_be_the_last(warehouse: Warehouse, n2f: DemoN2F) -> None:
    night(warehouse, n2f, [REFUSED])
    n2f.add_fault("status", status=400, path_regex="^users", times=1)
    second = night(warehouse, n2f, [ACCEPTED])
    assert failing(second) == [("bad@fictis.example", 2, False)]
    assert second.remembered.failing[0].http_status == 400
    assert "create failed, the last time:" in " ".join(text(render_summary.summary(second)).split())


def test_a_night_that_held_the_row_back_changes_nothing(warehouse: Warehouse, n2f: DemoN2F) -> None:
    night(warehouse, n2f, [REFUSED])
    night(warehouse, n2f, [replace(REFUSED, decision="withheld", reason="hold")])
    night(warehouse, n2f, [replace(REFUSED, decision="off")])
    assert failing(night(warehouse, n2f, [REFUSED])) == [("bad@fictis.example", 2, True)]


def test_a_run_tells_of_the_rows_of_its_own_plan_and_status_of_all(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    night(warehouse, n2f, [REFUSED])
    night(warehouse, n2f, [REFUSED])
    projects = planned(warehouse, [Row(key="FIC/P1", scope="projects")])
    stored = json.loads(
        warehouse.rows("select settings_json from {n2f_sync.plans} where plan_id = ?", (projects.plan_id,))[
            0
        ][0]
    )
    warehouse.execute(
        "update {n2f_sync.plans} set settings_json = ? where plan_id = ?",
        (json.dumps(stored | {"scopes": ["projects"]}), projects.plan_id),
    )
    assert failing(forecast(warehouse, projects)) == []
    assert remembered(warehouse) == {"failing": (1, 2)}


def test_some_are_named_and_the_rest_is_counted(warehouse: Warehouse, n2f: DemoN2F) -> None:
    rows = [replace(REFUSED, key=f"bad{number:02}@fictis.example") for number in range(13)]
    night(warehouse, n2f, rows)
    second = night(warehouse, n2f, rows)
    assert len(second.remembered.failing) == 10
    assert second.to_json()["remembered"]["failing_count"] == 13
    assert "3 more in n2f_diff.failing_rows" in text(render_summary.summary(second))


def test_a_field_that_is_changed_back_every_night_is_named_after_the_third(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    for _ in range(2):
        assert updating(warehouse, n2f, "Clerk", "Head").remembered.flapping == ()
    third = updating(warehouse, n2f, "Clerk [b]", "Head")
    found = json.loads(json.dumps(third.to_json()))["remembered"]
    title = {"scope": "users", "entity_key": "ann@fictis.example", "field": "jobTitle"}
    role = title | {"field": "role"}
    assert found["flapping"] == [
        title | {"old": "Clerk [b]", "new": "Head"},
        role | {"old": "x", "new": "Utilisateur"},
    ]
    assert found["flapping_count"] == 2
    said = text(render_summary.summary(third))
    assert 'users ann@fictis.example jobTitle: "Clerk [b]" → "Head"' in said
    assert remembered(warehouse) == {"flapping": (2, None)}
    assert "Flapping: 2 fields of users" in text(render_status.status(read_status(warehouse)))


def test_a_long_value_is_cut_in_a_summary(warehouse: Warehouse, n2f: DemoN2F) -> None:
    for _ in range(2):
        updating(warehouse, n2f, "Clerk", "Head")
    said = text(render_summary.summary(updating(warehouse, n2f, "x" * 10_000, "Head")))
    assert "x" * 79 + "…" in said
    assert "x" * 80 not in said


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        (["unknown_role"] * 3, [("ann@fictis.example", "unknown_role", 3, True)]),
        (["unknown_role", "unknown_company"], [("ann@fictis.example", "unknown_company", 2, False)]),
        (["unknown_role", None, "unknown_role"], []),
        (["unknown_role", "unknown_role", None], []),
    ],
)
def test_a_rejected_row_is_told_from_the_second_night_on(
    warehouse: Warehouse, n2f: DemoN2F, reasons: list[str | None], told: list[tuple[Any, ...]]
) -> None:
    for reason in reasons:
        last = night(
            warehouse, n2f, [user("good")], rejected=[("ann@fictis.example", reason)] if reason else []
        )
    found = [
        (row.entity_key, row.reason, row.run_count, row.is_same_reason) for row in last.remembered.rejected
    ]
    assert found == told
    said = " ".join(text(render_summary.summary(last)).split())
    assert (f"rejected, {'each time' if told and told[0][3] else 'the last time'}:" in said) == bool(told)


def test_the_nights_of_another_n2f_do_not_count(warehouse: Warehouse, n2f: DemoN2F) -> None:
    night(warehouse, n2f, [REFUSED], rejected=[("ann@fictis.example", "unknown_role")])
    night(warehouse, n2f, [REFUSED], rejected=[("ann@fictis.example", "unknown_role")])
    other = make_plan(warehouse, [REFUSED], base_url="http://sandbox.example/")
    told = forecast(warehouse, other).remembered
    assert (told.failing, told.rejected) == ((), ())


def test_a_database_without_the_views_is_read_all_the_same(engine: Engine, warehouse: Warehouse) -> None:
    if engine.name != "duckdb":
        pytest.skip("all tests share the database of a server")
    plan = planned(warehouse, [user("good")])
    warehouse.execute("drop view {n2f_diff.failing_rows}")
    assert forecast(warehouse, plan).remembered.failing_count == 0
    assert read_status(warehouse).remembered == ()
