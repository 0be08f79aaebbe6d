"""The text file for the node exporter: it parses, says what the tables say, and others may read it."""

from __future__ import annotations

import os
import re
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from loader.aftermath import Aftermath
from loader.ended import Ended
from loader.errors import ConfigurationError
from loader.metrics_file import write_metrics_file
from loader.progress import StageTime
from loader.summary import Summary
from loader.sync import push_a_plan
from loader.workplace import Workplace
from tests.demo.client import make_user
from tests.loader.workbench import Row, make_plan, user

REFUSED = user("prudence", payload=make_user("prudence@fictis.example", role="Zanzibar"))
NAME = re.compile(r"n2f_sync_[a-z0-9_]+")
UNITS = ("seconds", "bytes", "ratio")


def push(place: Workplace, rows: list[Row], path: Path, **env: str) -> Summary:
    with place.database.connect() as warehouse:
        plan = make_plan(warehouse, rows, base_url=place.env["N2F_BASE_URL"])
    after = Aftermath("push", env, metrics_file=path, is_dry_run=False)
    return after.watch(lambda: place, lambda at: push_a_plan(at, plan_id=plan.plan_id))


def samples(path: Path) -> dict[tuple[str, tuple[str, ...]], float]:
    """What the file says, by name and values of labels, in the order of their names."""
    return {
        (
            sample.name.removeprefix("n2f_sync_"),
            tuple(text for _, text in sorted(sample.labels.items())),
        ): sample.value
        for family in text_string_to_metric_families(path.read_text())
        for sample in family.samples
    }


def test_it_says_what_the_tables_say(place: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "n2f_sync.prom"
    assert push(place, [user("a"), REFUSED, user("b")], path).exit_code == 3
    said = samples(path)
    with place.database.connect() as warehouse:
        ((duration, writes, sent, memory),) = warehouse.rows(
            "select duration_seconds, write_count, sent_count, peak_memory_mb from {n2f_sync.run_metrics}"
        )
    assert said["last_run_exit_code", ()] == 3
    assert said["last_run_status", ("incomplete",)] == 1
    assert sum(value for (name, _), value in said.items() if name == "last_run_status") == 1
    assert said["last_run_changes", ("create", "users", "succeeded")] == 2
    assert said["last_run_changes", ("create", "users", "failed")] == 1
    assert said["last_run_success_ratio", ("create", "users")] == pytest.approx(2 / 3)
    assert said["last_run_duration_seconds", ()] == duration
    assert said["last_run_calls", ("write",)] == writes == 4
    assert said["last_run_sent_rows", ()] == sent == 3
    assert said["last_run_peak_memory_bytes", ()] == pytest.approx(memory * 2**20)
    assert ("last_success_timestamp_seconds", ()) not in said
    assert not {"prudence", "fictis"} & set(re.findall(r"\w+", path.read_text()))


def test_the_last_success_outlives_failures_also_those_before_a_run(place: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "n2f_sync.prom"
    push(place, [user("a")], path)
    success = samples(path)["last_success_timestamp_seconds", ()]
    assert success == samples(path)["last_run_timestamp_seconds", ("push",)]
    push(place, [REFUSED], path)
    assert samples(path)["last_success_timestamp_seconds", ()] == success

    def missing() -> Workplace:
        raise ConfigurationError("N2F_BASE_URL is not set", doing="x", remedy="y")

    with pytest.raises(ConfigurationError):
        Aftermath("run", {}, metrics_file=path, is_dry_run=False).watch(missing, lambda _: pytest.fail("no"))
    said = samples(path)
    assert (said["last_run_exit_code", ()], said["last_run_status", ("failed",)]) == (1, 1)
    assert said["last_success_timestamp_seconds", ()] == success
    assert ("last_run_duration_seconds", ()) not in said


def test_a_damaged_file_of_before_hides_no_error(tmp_path: Path) -> None:
    path = tmp_path / "n2f_sync.prom"
    path.write_text('# TYPE n2f_sync_x gauge\nn2f_sync_x{a="\n')

    def missing() -> Workplace:
        raise ConfigurationError("N2F_BASE_URL is not set", doing="x", remedy="y")

    with pytest.raises(ConfigurationError):
        Aftermath("run", {}, metrics_file=path, is_dry_run=False).watch(missing, lambda _: pytest.fail("no"))
    assert samples(path)["last_run_exit_code", ()] == 1


def test_a_step_that_was_taken_twice_counts_both_times(place: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "n2f_sync.prom"
    summary = push(place, [user("a")], path)
    assert place.ended is not None
    assert place.ended.metrics is not None
    stages = tuple(StageTime(stage="reading N2F", seconds=seconds) for seconds in (600.0, 2.0))
    run = replace(place.ended, metrics=replace(place.ended.metrics, stages=stages))
    ended = Ended(command="run", is_dry=False, exit_code=0, error=None, run=run, summary=summary)
    write_metrics_file(path, ended)
    assert samples(path)["last_run_stage_seconds", ("reading N2F",)] == 602


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no umask")
def test_the_exporter_may_read_it_whatever_the_umask(place: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "n2f_sync.prom"
    before = os.umask(0o077)
    try:
        push(place, [user("a")], path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [each.name for each in tmp_path.glob("*n2f_sync.prom*")] == ["n2f_sync.prom"]


def test_names_and_help_are_as_promtool_wants_them(place: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "n2f_sync.prom"
    push(place, [user("a")], path)
    lines = path.read_text().splitlines()
    families = list(text_string_to_metric_families(path.read_text()))
    assert len(families) > 10
    for family in families:
        assert NAME.fullmatch(family.name)
        assert family.type == "gauge"
        assert family.documentation.endswith(".")
        assert not family.name.endswith(("_total", "_count", "_sum", "_bucket", "_milliseconds", "_mb"))
        assert lines.count(f"# TYPE {family.name} gauge") == 1
    for word in ("duration", "wait", "timestamp", "stage"):
        assert all(f.name.endswith(UNITS) for f in families if f"_{word}" in f.name)


def test_a_file_that_cannot_be_written_is_a_warning_and_no_other_exit_code(
    place: Workplace, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert push(place, [user("a")], tmp_path / "no folder" / "n2f_sync.prom").exit_code == 0
    assert "n2f_sync.prom cannot be written: No such file or directory" in caplog.text


def test_the_variable_names_the_file_too_and_the_option_is_stronger(place: Workplace, tmp_path: Path) -> None:
    by_variable, by_option = tmp_path / "variable.prom", tmp_path / "option.prom"
    env = {"N2F_SYNC_METRICS_FILE": str(by_variable)}
    with place.database.connect() as warehouse:
        plan = make_plan(warehouse, [user("a")], base_url=place.env["N2F_BASE_URL"])
    after = Aftermath("push", env, metrics_file=None, is_dry_run=False)
    after.watch(lambda: place, lambda at: push_a_plan(at, plan_id=plan.plan_id))
    assert by_variable.exists()
    by_variable.unlink()
    push(place, [user("b")], by_option, **env)
    assert by_option.exists()
    assert not by_variable.exists()
