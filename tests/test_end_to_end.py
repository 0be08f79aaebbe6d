"""The whole job as a process: sample data, real HTTP, real dbt, exit codes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.harness import DemoN2F
from demo.sample import agresso_rows, sample_world
from tests.end_to_end import PATIENCE, Site, site_on
from tests.engines import Engine, profiles_dir


@pytest.fixture(scope="module")
def site(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The sample, before its first sync. The tests below go through its life in their order."""
    with DemoN2F(sample_world()) as n2f, site_on(engine, tmp_path_factory.mktemp("site"), n2f) as site:
        site.load_agresso(agresso_rows())
        yield site


def test_a_dry_run_does_everything_but_the_writes(site: Site) -> None:
    ended = site.command("run", "--dry-run", "--json")
    found = ended.json()
    assert (ended.code, found["status"]) == (0, "dry_run"), ended.err
    assert found["totals"]["planned"] > 40
    assert found["totals"]["off"] > 20
    assert site.writes() == 0
    assert site.rows("select count(*) from n2f_sync.push_results") == [(0,)]


def test_a_plan_reuses_the_snapshot_and_shows_old_and_new(site: Site) -> None:
    site.n2f.reset_stats()
    ended = site.command("plan", "--delete", "--json")
    found = ended.json()
    assert ended.code == 4, ended.err
    assert site.n2f.stats["calls"] == []
    changes = {(row["scope"], row["action"], row["entity_key"]): row for row in found["changes"]}
    accent = changes["users", "update", "helene.accentier@fictis.example"]
    assert accent["fields"] == [{"field": "firstname", "old": "Helene", "new": "Hélène"}]
    withheld = [row for row in found["changes"] if row["decision"] == "withheld"]
    assert {(row["scope"], row["action"], row["reason"]) for row in withheld} == {
        ("subposts", "delete", "guard")
    }
    assert found["guards"][0]["command"] == "n2f-sync run --delete --allow-mass-delete"
    assert any(row["reason"] == "possible_rename" for row in found["rejected_rows"])


def test_a_run_with_a_limit_leaves_the_rest(site: Site) -> None:
    ended = site.command("run", "--max-writes", "5", "--json")
    assert ended.code == 3, ended.err
    assert ended.json()["totals"]["succeeded"] == site.writes() == 5
    assert ended.json()["totals"]["left"] > 30


def test_a_signal_ends_a_run_with_its_results_kept(site: Site) -> None:
    site.n2f.reset_stats()
    site.n2f.set_options(latency_seconds=0.3)
    process = site.start("run", "--json")
    while site.writes() < 3 and process.poll() is None:
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=PATIENCE)
    site.n2f.set_options(latency_seconds=0.0)
    assert process.returncode == 3, out + err
    assert '"stopped": "SIGTERM received"' in out
    last = "(select max(run_id) from n2f_sync.push_results)"
    succeeded = site.rows(
        f"select count(*) from n2f_sync.push_results where run_id = {last} and status = 'succeeded'"
    )
    assert succeeded == [(site.writes(),)]
    assert site.rows(f"select status, exit_code, message from n2f_sync.runs where run_id = {last}") == [
        ("incomplete", 3, "SIGTERM received")
    ]


def test_a_signal_before_anything_is_sent_is_an_error(site: Site) -> None:
    site.n2f.reset_stats()
    with site.start("run") as process:
        assert process.stderr is not None
        while "comparing" not in (line := process.stderr.readline()):
            assert line, "the run ended early"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert err.splitlines()[-1].startswith("error: SIGINT received")
    assert site.writes() == 0
    last = site.rows(
        "select status, exit_code from n2f_sync.runs where run_id = (select max(run_id) from n2f_sync.runs)"
    )
    assert last == [("failed", 1)]


def test_a_whole_run_brings_n2f_in_step(site: Site) -> None:
    site.n2f.reset_stats()
    ended = site.command("run", "--delete", "--allow-mass-delete")
    assert ended.code == 0, ended.out + ended.err
    assert "What was sent" in ended.out
    assert "Rejected" in ended.out
    counts = site.n2f.stats
    assert counts["max_in_flight"] == 1
    paths = [call["path"] for call in counts["calls"] if call["method"] == "GET"]
    assert len(paths) == len(set(paths)), "a page was read twice"


def test_a_second_run_sends_nothing(site: Site) -> None:
    site.n2f.reset_stats()
    ended = site.command("run", "--delete", "--json")
    found = ended.json()
    assert (ended.code, site.writes()) == (0, 0), ended.err
    assert (found["counts"], found["status"]) == ([], "succeeded")
    assert found["rejected"]


def test_with_strict_rejected_rows_are_three_and_a_young_snapshot_is_used_again(site: Site) -> None:
    site.n2f.reset_stats()
    ended = site.command("run", "--strict", "--max-age", "30m", "--json")
    assert ended.code == 3, ended.err
    assert site.n2f.stats["calls"] == []


def test_a_plan_is_pushed_once(site: Site) -> None:
    pushed = site.command("plan", "--refresh", "--json").json()["plan_id"]
    assert site.n2f.stats["reads"] > 0
    assert site.command("push", "--json").json()["plan_id"] == pushed
    first = site.rows("select min(plan_id) from n2f_sync.push_results")[0][0]
    ended = site.command("push", first, "--json")
    assert (ended.code, ended.json()["error"]) == (1, "data")
    assert first in ended.err


def test_another_run_at_work_is_five(site: Site) -> None:
    with site.database().lock():
        ended = site.command("run", "--json")
    assert ended.code == 5
    assert ended.json()["error"] == "locked"
    assert ended.err.count("error:") == 1


def test_status_tells_all_of_it(site: Site) -> None:
    runs = site.command("status", "--json").json()["runs"]
    assert [run["command"] for run in runs][:3] == ["push", "push", "plan"]
    assert all(run["finished_at"] for run in runs)
    assert "Last runs" in site.command("status").out


def test_every_change_of_every_run_has_one_result(site: Site) -> None:
    doubles = site.rows(
        "select run_id, scope, action, entity_key from n2f_sync.push_results"
        " group by run_id, scope, action, entity_key having count(*) > 1"
    )
    assert doubles == []
    assert site.rows(
        "select count(*) from n2f_sync.push_results where status = 'succeeded' and http_status is null"
    ) == [(0,)]


def test_neither_secrets_nor_payloads_stand_in_what_a_run_says(site: Site) -> None:
    site.n2f.set_world(sample_world())
    site.n2f.add_fault("status", status=422, method="POST", path_regex="^users", times=3)
    ended = site.command("run", N2F_SYNC_DEBUG="1")
    assert ended.code == 3, ended.out + ended.err
    for hidden in (site.n2f.client_secret, "Bearer ", "Hélène", "Directrice numérique"):
        assert hidden not in ended.out + ended.err
    logs = Path(site.environment["DBT_LOG_PATH"])
    assert not any("Directrice" in log.read_text() for log in logs.rglob("*.log*"))


def test_the_demo_ends_in_step(tmp_path: Path) -> None:
    unset = {name: "" for name in os.environ if name.startswith("N2F_")}
    done = subprocess.run(
        [sys.executable, "-m", "loader", "demo", "--folder", str(tmp_path / "demo")],
        cwd=tmp_path,
        env=os.environ | unset | {"DBT_PROFILES_DIR": str(profiles_dir(tmp_path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for part in (
        "Withheld by a guard: 14 deletes of subposts",
        "What was sent",
        "0 writes: nothing is left to do.",
    ):
        assert part in done.stdout
