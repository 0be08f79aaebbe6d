"""What a run comes to: counts, guards, exit codes, and the command that lifts a guard."""

from __future__ import annotations

import json
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from demo.harness import DemoN2F
from loader import render_rows, render_status, render_summary
from loader.database import Warehouse
from loader.errors import NetworkError
from loader.planned_rows import planned_rows
from loader.runs import Run, begin, finish
from loader.settings import SyncSettings
from loader.status import read_status
from loader.summary import Summary, run_command, summarize
from loader.transform import Project
from loader.warehouse import open_database
from tests.demo.client import make_user
from tests.engines import Engine
from tests.loader.workbench import ROOT, Row, make_plan, push, user

DELETING = SyncSettings(actions=frozenset({"create", "update", "delete"}))
BROKEN = NetworkError("10 calls in a row failed", doing="sending", remedy="Run again.")


def add_guard(warehouse: Warehouse, verdict: str, action: str = "delete") -> None:
    """Let a guard be breached."""
    warehouse.execute("delete from {n2f_diff.push_safety}")
    actions = ["create", "update", "delete"] if verdict == "source_empty" else [action]
    for name in actions:
        warehouse.execute(
            "insert into {n2f_diff.push_safety} (scope, action, change_count, n2f_count, agresso_row_count,"
            " max_percent, max_rows, is_enabled, is_allowed, verdict, message)"
            " values ('users', ?, 14, 39, 25, 10, 5, 1, 0, ?, '14 of 39')",
            (name, verdict),
        )


def reject(warehouse: Warehouse) -> None:
    """Let a row be rejected."""
    warehouse.execute(
        "insert into {n2f_diff.rejected_rows} (scope, entity_key, reason, detail, source)"
        " values ('users', 'x', 'bad_date', 'no date', 'agresso')"
    )


def pushed(
    warehouse: Warehouse,
    n2f: DemoN2F,
    rows: list[Row],
    *,
    settings: SyncSettings | None = None,
    **limits: int,
) -> Summary:
    """Plan and push rows, and return what it comes to."""
    plan = make_plan(warehouse, rows)
    run_id, outcome = push(warehouse, n2f, plan, **limits)
    found = warehouse.rows("select started_at from {n2f_sync.runs} where run_id = ?", (run_id,))
    run = Run(run_id=run_id, command="push", started_at=found[0][0], is_dry_run=False, plan_id=plan.plan_id)
    return summarize(
        warehouse,
        run,
        plan,
        settings or SyncSettings(),
        is_pushed=True,
        stopped=outcome.stopped,
        error=outcome.error,
    )


def planned(warehouse: Warehouse, rows: list[Row], settings: SyncSettings | None = None) -> Summary:
    """Plan rows, and return what it comes to."""
    plan = make_plan(warehouse, rows)
    return summarize(warehouse, begin(warehouse, "plan", is_dry_run=False), plan, settings or SyncSettings())


def text(parts: Iterable[render_summary.Renderable]) -> str:
    """Return what people read."""
    console = Console(width=160, file=StringIO())
    for part in parts:
        console.print(part, soft_wrap=isinstance(part, str))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_counts_are_by_scope_and_action_users_first(warehouse: Warehouse, n2f: DemoN2F) -> None:
    n2f.add_fault("status", status=422, path_regex="^users", times=1)
    summary = pushed(
        warehouse,
        n2f,
        [
            Row(key="FIC/P1", scope="projects"),
            user("bad"),
            user("dev", needs=["bad"]),
            user("held", decision="withheld", reason="hold"),
            user("good"),
            user("rest"),
            user("gone", action="delete", decision="off"),
        ],
        max_writes=3,
    )
    counts = {(count.scope, count.action): count for count in summary.counts}
    assert list(counts) == [("users", "create"), ("users", "delete"), ("projects", "create")]
    users = counts["users", "create"]
    assert (users.planned, users.succeeded, users.failed, users.skipped, users.withheld, users.left) == (
        4,
        2,
        1,
        1,
        1,
        0,
    )
    assert counts["projects", "create"].left == 1
    assert counts["users", "delete"].off == 1
    assert summary.total("succeeded") == 2


def test_in_step_is_zero(warehouse: Warehouse, n2f: DemoN2F) -> None:
    reject(warehouse)
    summary = pushed(
        warehouse, n2f, [user("a"), user("b", decision="off"), user("c", decision="withheld", reason="hold")]
    )
    assert (summary.exit_code, summary.status) == (0, "succeeded")


@pytest.mark.parametrize(
    "rows",
    [
        [user("bad", payload=make_user("bad@fictis.example", role="Empereur"))],
        [user("a", needs=["nobody"])],
        [user("a", decision="fail", reason="delete_had_no_effect")],
    ],
)
def test_rows_that_failed_or_were_skipped_are_three(
    warehouse: Warehouse, n2f: DemoN2F, rows: list[Row]
) -> None:
    summary = pushed(warehouse, n2f, rows)
    assert (summary.exit_code, summary.status) == (3, "incomplete")
    assert len(summary.problems) == 1


def test_rows_that_are_left_are_three(warehouse: Warehouse, n2f: DemoN2F) -> None:
    summary = pushed(warehouse, n2f, [user("a"), user("b")], max_writes=1)
    assert (summary.exit_code, summary.status) == (3, "incomplete")
    assert "Stopped early: --max-writes 1 reached; the rest (1) is left for another run." in text(
        render_summary.summary(summary)
    )


def test_rejected_rows_are_three_only_when_asked(warehouse: Warehouse, n2f: DemoN2F) -> None:
    reject(warehouse)
    assert pushed(warehouse, n2f, [], settings=SyncSettings(strict=True)).exit_code == 3
    assert pushed(warehouse, n2f, []).exit_code == 0


def test_a_breached_guard_is_four_even_when_rows_failed(warehouse: Warehouse, n2f: DemoN2F) -> None:
    add_guard(warehouse, "over_limit")
    summary = pushed(
        warehouse,
        n2f,
        [
            user("a", needs=["nobody"]),
            *(user(f"g{n}", action="delete", decision="withheld", reason="guard") for n in range(7)),
        ],
        settings=DELETING,
    )
    assert (summary.exit_code, summary.status) == (4, "guarded")
    said = text(render_summary.summary(summary))
    assert "Withheld by a guard: 14 of 39." in said
    assert "g0@fictis.example, g1@fictis.example" in said
    assert "n2f-sync run --delete --allow-mass-delete" in said


def test_an_empty_source_is_four_though_nothing_is_planned(warehouse: Warehouse) -> None:
    add_guard(warehouse, "source_empty")
    summary = planned(warehouse, [])
    assert summary.exit_code == 4
    assert [guard.command for guard in summary.guards] == [None]
    assert "no option lifts this" in text(render_summary.summary(summary))


def test_an_error_is_one_whatever_else_there_is(warehouse: Warehouse) -> None:
    add_guard(warehouse, "over_limit")
    plan = make_plan(warehouse, [])
    summary = summarize(
        warehouse,
        begin(warehouse, "run", is_dry_run=False),
        plan,
        SyncSettings(),
        is_pushed=True,
        error=BROKEN,
    )
    assert (summary.exit_code, summary.status) == (1, "failed")
    assert summary.to_json()["error"]["error"] == "network"


def test_a_plan_says_what_would_be_sent(warehouse: Warehouse) -> None:
    summary = planned(
        warehouse,
        [
            user("a"),
            user("b", action="delete", decision="off"),
            user("c", decision="withheld", reason="guard"),
        ],
    )
    assert [(count.planned, count.off, count.withheld) for count in summary.counts] == [(1, 0, 1), (0, 1, 0)]
    assert "What would be sent" in text(render_summary.summary(summary))


def test_a_summary_can_be_written_as_json(warehouse: Warehouse, n2f: DemoN2F) -> None:
    add_guard(warehouse, "over_limit")
    reject(warehouse)
    found = json.loads(json.dumps(pushed(warehouse, n2f, [user("a")]).to_json()))
    assert found["totals"]["succeeded"] == 1
    assert found["guards"][0]["command"] == "n2f-sync run --allow-mass-delete"
    assert found["rejected"] == [{"scope": "users", "reason": "bad_date", "row_count": 1}]
    assert found["started_at"].endswith("Z")


@pytest.mark.parametrize(
    ("settings", "command"),
    [
        (SyncSettings(), "n2f-sync run --x"),
        (DELETING, "n2f-sync run --delete --x"),
        (SyncSettings(actions=frozenset({"update"})), "n2f-sync run --no-create --x"),
        (
            SyncSettings(scopes=frozenset({"users", "plates"})),
            "n2f-sync run --scope plates --scope users --x",
        ),
        (SyncSettings(allow_mass=frozenset({"update"})), "n2f-sync run --allow-mass-update --x"),
    ],
)
def test_the_command_that_lifts_a_guard_repeats_the_options(settings: SyncSettings, command: str) -> None:
    assert run_command(settings, "--x") == command


def test_rows_show_old_and_new_values(warehouse: Warehouse) -> None:
    plan = make_plan(
        warehouse,
        [user("new", payload={"mail": "new", "firstname": "Zoé", "structure": ""}),
         user("old", action="update"), user("gone", action="delete", decision="withheld", reason="guard")],
    )  # fmt: skip
    warehouse.execute(
        "update {n2f_sync.planned_changes} set changed_columns = 'firstname,names', previous_json = ?,"
        " payload_json = ? where sequence = 2",
        (
            '{"firstname": "Anne", "names": [{"culture": "fr", "value": "x"}]}',
            '{"firstname": "[b]Ann[/b]", "names": [{"culture": "fr", "value": "y"}]}',
        ),
    )
    lines = [str(part) for part in render_rows.rows(planned_rows(warehouse, plan.plan_id), [])]
    said = "\n".join(lines)
    assert 'mail "new", firstname "Zoé"' in said
    assert 'firstname: "Anne" → "\\[b]Ann\\[/b]"' in said
    assert 'names: fr "x" → fr "y"' in said
    assert "gone@fictis.example  \\[withheld: guard]" in said


def test_a_run_that_died_is_closed_by_the_next_one(warehouse: Warehouse) -> None:
    dead = begin(warehouse, "run", is_dry_run=False)
    alive = begin(warehouse, "run", is_dry_run=False)
    found = warehouse.rows(
        "select run_id, status, exit_code, finished_at from {n2f_sync.runs} order by run_id"
    )
    assert found == [(dead.run_id, "failed", 1, None), (alive.run_id, "running", None, None)]


def test_status_tells_the_last_runs_and_what_is_open(warehouse: Warehouse, n2f: DemoN2F) -> None:
    assert read_status(warehouse).runs == ()
    plan = make_plan(warehouse, [user("a"), user("b"), user("c", needs=["zz"])])
    push(warehouse, n2f, plan)
    run = begin(warehouse, "run", is_dry_run=False)
    finish(warehouse, run, status="succeeded", exit_code=0, message=None)
    warehouse.execute("insert into {n2f_sync.holds} values ('users', 'a', 'on leave', 'dba', null)")
    found = read_status(warehouse)
    assert [row["command"] for row in found.runs] == ["run", "push", "plan"]
    assert found.open_plan is None
    assert found.unresolved == ({"scope": "users", "action": "create", "status": "skipped", "row_count": 1},)
    assert found.holds[0]["reason"] == "on leave"
    json.dumps(found.to_json())
    warehouse.execute("delete from {n2f_sync.push_results} where sequence = 2")
    found = read_status(warehouse)
    assert found.open_plan == {"plan_id": plan.plan_id, "open_count": 1}
    assert "`n2f-sync push` takes it up" in text(render_status.status(found))


def test_status_of_an_empty_database_says_so(engine: Engine, tmp_path: Path) -> None:
    with (
        engine.database(tmp_path) as environment,
        open_database(Project(ROOT, environment).target(), ROOT).connect() as empty,
    ):
        assert text(render_status.status(read_status(empty))).startswith("Nothing has run yet")
