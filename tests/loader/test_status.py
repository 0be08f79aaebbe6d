"""`status`: what the last run cost, and since when N2F is not in step."""

from __future__ import annotations

import pytest

from loader import render_status
from loader.database import Warehouse
from loader.runs import begin, finish
from loader.status import read_status
from loader.workplace import Workplace
from tests.demo.client import make_user
from tests.loader.test_metrics_file import push
from tests.loader.test_summary import text
from tests.loader.workbench import user

REFUSED = user("bad", payload=make_user("bad@fictis.example", role="Empereur"))


def ends(warehouse: Warehouse, code: int, command: str = "run", *, is_dry_run: bool = False) -> str:
    """Let a run end; return when, as status says it."""
    run = begin(warehouse, command, is_dry_run=is_dry_run)
    return f"{finish(warehouse, run, status='x', exit_code=code, message=None).isoformat()}Z"


def test_it_is_not_in_step_since_the_first_run_that_did_not_end_with_zero(warehouse: Warehouse) -> None:
    ends(warehouse, 4)
    ends(warehouse, 0)
    assert read_status(warehouse).not_in_step_since is None
    since = ends(warehouse, 3)
    ends(warehouse, 1, "push")
    ends(warehouse, 0, is_dry_run=True)
    ends(warehouse, 0, "plan")
    assert read_status(warehouse).not_in_step_since == since
    assert f"Not in step since {since[:16]} UTC." in text(render_status.status(read_status(warehouse)))
    ends(warehouse, 0, "push")
    assert read_status(warehouse).not_in_step_since is None


@pytest.mark.parametrize("command", ["plan", "snapshot"])
def test_what_sends_nothing_puts_nothing_out_of_step(warehouse: Warehouse, command: str) -> None:
    ends(warehouse, 1, command)
    ends(warehouse, 4, "run", is_dry_run=True)
    assert read_status(warehouse).not_in_step_since is None


def test_it_says_what_the_last_run_cost(place: Workplace, tmp_path_factory: pytest.TempPathFactory) -> None:
    summary = push(place, [user("a"), REFUSED], tmp_path_factory.mktemp("metrics") / "n2f.prom")
    with place.database.connect() as warehouse:
        found = read_status(warehouse)
        assert found.metrics is not None
        assert (found.metrics["run_id"], found.metrics["write_count"]) == (summary.run.run_id, 3)
        said = text(render_status.status(found))
        assert f"Run {summary.run.run_id} cost" in said
        assert "0 reads, 3 writes, 0 retries" in said
        warehouse.execute("drop table {n2f_sync.run_metrics}")
        assert read_status(warehouse).metrics is None
