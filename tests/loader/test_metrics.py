"""What a run cost stands in the tables when it has ended, however it ended; and calls are counted by the minute."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from demo.harness import DemoN2F
from loader.api import N2FClient
from loader.call_stats import CallMinute, CallStats
from loader.clock import SimulatedClock
from loader.errors import DataError
from loader.metrics import TABLES, measure, peak_memory_mb, success_rates
from loader.progress import SENDING
from loader.quota import Pacer
from loader.runs import begin
from loader.settings import QuotaSettings, SyncSettings
from loader.summary import Summary, summarize
from loader.sync import push_a_plan
from loader.workplace import Job, Workplace
from tests.loader.workbench import add_snapshot, api_settings, make_plan, push, user

EVENING = datetime(2026, 11, 25, 18, 59, 30, tzinfo=UTC)
"""Half a minute before the quotas of the night, in Brussels."""


instant = datetime.fromisoformat


def nothing(job: Job) -> Summary:
    """Do no work."""
    return summarize(job.warehouse, job.run, None, SyncSettings())


def test_attempts_count_in_the_minute_in_which_they_start_with_its_quotas(n2f: DemoN2F) -> None:
    n2f.add_fault("status", path_regex="users", status=503, times=1)
    clock = SimulatedClock(EVENING)
    settings = api_settings(n2f)
    settings = type(settings)(
        base_url=settings.base_url, client_id=settings.client_id, client_secret=settings.client_secret,
        backoff_initial=0.0, backoff_max=0.0,
    )  # fmt: skip
    with N2FClient(settings, clock=clock) as client:
        list(client.get_pages("users", paged=True))
        clock.sleep(45)
        list(client.get_pages("roles", paged=False))
        minutes = client.stats.minutes
    assert minutes == {
        instant("2026-11-25T18:59"): CallMinute(reads=2, writes=1, read_quota=60, write_quota=10),
        instant("2026-11-25T19:00"): CallMinute(reads=1, writes=0, read_quota=200, write_quota=50),
    }
    assert sum(minute.reads + minute.writes for minute in minutes.values()) == len(n2f.stats["calls"])


def test_the_first_call_of_a_minute_does_not_decide_its_quota() -> None:
    changeover = datetime(2026, 11, 25, 19, 0, 0, 300_000, tzinfo=UTC)
    with_margin = Pacer(QuotaSettings(), clock=SimulatedClock(changeover))
    assert with_margin.quota("write", changeover) == 10
    stats = CallStats()
    stats.note_attempt("write", with_margin, is_retry=False)
    assert [minute.write_quota for minute in stats.minutes.values()] == [50]


def test_a_run_without_quotas_says_none(n2f: DemoN2F) -> None:
    with N2FClient(api_settings(n2f)) as client:
        list(client.get_pages("roles", paged=False))
        assert {(m.read_quota, m.write_quota) for m in client.stats.minutes.values()} == {(None, None)}


def test_the_numbers_of_a_push_stand_in_the_tables(place: Workplace, n2f: DemoN2F) -> None:
    n2f.add_fault("status", path_regex="users", status=503, times=1)
    with place.database.connect() as warehouse:
        plan = make_plan(warehouse, [user("a"), user("b"), user("c", needs=["b"])], base_url=n2f.base_url)
    summary = push_a_plan(place, plan_id=plan.plan_id)
    assert summary.exit_code == 0
    with place.database.connect() as warehouse:
        metrics = warehouse.rows(
            "select read_count, write_count, retry_count, quota_seconds, backoff_seconds > 0, document_count,"
            " sent_count, push_seconds > 0, duration_seconds >= push_seconds from {n2f_sync.run_metrics}"
            " where run_id = ?",
            (summary.run.run_id,),
        )
        stages = warehouse.rows("select run_id, position, stage from {n2f_sync.run_stages}")
        minutes = warehouse.rows("select sum(read_count), sum(write_count) from {n2f_sync.run_minutes}")
        rate = warehouse.rows("select rows_per_second * push_seconds from {n2f_sync.run_metrics}")[0][0]
    # A token, three changes, and one of them twice.
    assert metrics == [(0, 5, 1, 0, True, None, 3, True, True)]
    assert stages == [(summary.run.run_id, 1, SENDING)]
    assert minutes == [(0, 5)]
    assert rate == pytest.approx(3, rel=0.02)
    told = json.loads(json.dumps(summary.to_json()))
    assert (told["metrics"]["sent_count"], told["metrics"]["retry_count"]) == (3, 1)
    assert sum(minute["writes"] for minute in told["metrics"]["minutes"]) == 5
    assert told["success_rates"] == [
        {"scope": "users", "action": "create", "succeeded_count": 3, "failed_count": 0, "success_rate": 1.0}
    ]


def test_a_run_that_fails_has_its_numbers_too(place: Workplace) -> None:
    def fail(job: Job) -> Summary:
        place.progress.stage("reading N2F")
        list(job.client.get_pages("roles", paged=False))
        raise DataError("no", doing="failing", remedy="None.")

    with pytest.raises(DataError):
        place.recorded("run", fail)
    with place.database.connect() as warehouse:
        found = warehouse.rows(
            "select runs.status, metrics.read_count, metrics.write_count, metrics.push_seconds, stages.stage"
            " from {n2f_sync.runs} as runs"
            " inner join {n2f_sync.run_metrics} as metrics on runs.run_id = metrics.run_id"
            " inner join {n2f_sync.run_stages} as stages on runs.run_id = stages.run_id"
        )
    assert found == [("failed", 1, 1, None, "reading N2F")]


def test_a_snapshot_counts_the_documents_that_it_read_and_no_older_ones(
    place: Workplace, n2f: DemoN2F
) -> None:
    with place.database.connect() as warehouse:
        run = begin(warehouse, "run", is_dry_run=False)
        run.snapshot_id = add_snapshot(warehouse, at=run.started_at)
        warehouse.execute("update {n2f_raw.snapshots} set document_count = 17")
        with N2FClient(api_settings(n2f)) as client:
            of_this_run = measure(warehouse, run, client.stats, (), run.started_at)
            later = begin(warehouse, "run", is_dry_run=False)
            later.snapshot_id = run.snapshot_id
            of_a_later_one = measure(warehouse, later, client.stats, (), later.started_at)
    assert (of_this_run.document_count, of_a_later_one.document_count) == (17, None)


def test_a_database_of_an_older_version_gets_the_tables_before_anything_is_written(
    place: Workplace, n2f: DemoN2F
) -> None:
    with place.database.connect() as warehouse:
        plan = make_plan(warehouse, [user("a")], base_url=n2f.base_url)
        for table in TABLES:
            warehouse.execute("drop table {n2f_sync.<table>}".replace("<table>", table))
    push_a_plan(place, plan_id=plan.plan_id)
    with place.database.connect() as warehouse:
        for table in TABLES:
            count = warehouse.rows("select count(*) from {n2f_sync.<table>}".replace("<table>", table))
            assert count == [(1,)], table


def test_metrics_that_cannot_be_written_do_not_keep_the_end_of_a_run_from_being_written(
    place: Workplace, caplog: pytest.LogCaptureFixture
) -> None:
    def lose_the_table(job: Job) -> Summary:
        job.warehouse.execute("drop table {n2f_sync.run_minutes}")
        list(job.client.get_pages("roles", paged=False))
        return nothing(job)

    summary = place.recorded("run", lose_the_table)
    assert summary.metrics is None
    assert "the metrics of this run are lost" in caplog.text
    with place.database.connect() as warehouse:
        assert warehouse.rows("select status, exit_code from {n2f_sync.runs}") == [("succeeded", 0)]
        assert warehouse.rows("select count(*) from {n2f_sync.run_metrics}") == [(0,)]


def test_success_rates_are_of_what_was_tried(place: Workplace, n2f: DemoN2F) -> None:
    n2f.add_fault("status", path_regex="users", status=400, times=1)
    with place.database.connect() as warehouse:
        plan = make_plan(warehouse, [user("a"), user("b", needs=["a"]), user("c")], base_url=n2f.base_url)
        run_id, _ = push(warehouse, n2f, plan)
        (rate,) = success_rates(warehouse, run_id)
    assert (rate.succeeded_count, rate.failed_count, rate.success_rate) == (1, 1, 0.5)


def test_memory_is_that_of_this_process() -> None:
    peak = peak_memory_mb()
    assert peak is None or 20 < peak < 20_000
