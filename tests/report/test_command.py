"""`n2f-sync report` as a command: its files, its errors, past runs, killed runs, and plans of 20,000 rows."""

from __future__ import annotations

import json
import re
import stat
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from loader import report_sql
from loader.errors import ConfigurationError
from loader.private_files import write_private
from loader.report import read_report
from loader.report_page import page_parts
from tests.report import scene
from tests.report.conftest import Night, open_page, told

BIG, KILLED, PLANLESS, PACED = (f"20000101T000000000000Z-{end}" for end in ("0b16", "dead", "0000", "60f1"))
ROWS = report_sql.LONGEST_PAGE + 50


def test_before_the_first_run_it_says_what_to_do(night: Night) -> None:
    assert "nothing has run yet" in night.refused
    assert "n2f-sync run" in night.refused
    assert not list(night.site.folder.glob("n2f-sync-report-*"))


def test_the_file_is_named_after_the_run_and_its_path_is_all_that_is_said(night: Night) -> None:
    ended = night.site.command("report")
    path = night.site.folder / f"n2f-sync-report-{night.run_id}.html"
    assert (ended.code, ended.out) == (0, f"{path}\n")
    assert told(night, "report").out == f"{path} (in place of the one before it)\n"
    assert (
        told(night, "report", "--csv", "--output", str(night.site.folder)).out
        == f"{path.with_suffix('.csv')}\n"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has rights of folders instead")
def test_it_is_readable_by_its_owner_alone_also_where_another_file_was(night: Night) -> None:
    path = night.site.folder / "open.html"
    path.write_text("an older one")
    path.chmod(0o644)
    assert told(night, "report", "--output", str(path)).code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text("utf-8").startswith("<!doctype html>")


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("as it was")

    def parts() -> Any:
        yield "half of it"
        raise OSError(28, "No space left on device")

    with pytest.raises(ConfigurationError, match=r"page\.html cannot be written: No space left on device"):
        write_private(path, parts())
    assert path.read_text() == "as it was"
    assert [made.name for made in tmp_path.iterdir()] == ["page.html"]


def test_a_place_that_cannot_be_written_is_an_error_with_a_remedy(night: Night) -> None:
    ended = told(night, "report", "--output", "nowhere/page.html")
    assert (ended.code, ended.out) == (1, "")
    assert re.search(r"nowhere/page\.html cannot be written: No such file.*--output", ended.err)


def test_a_run_that_is_not_known_is_a_wrong_usage(night: Night) -> None:
    ended = told(night, "report", "--run", "yesterday")
    assert (ended.code, ended.out) == (2, "")
    assert "there is no run 'yesterday'" in ended.err
    assert "n2f-sync status" in ended.err


def test_options_that_exclude_each_other_are_a_wrong_usage(night: Night) -> None:
    for option in (["--csv"], ["--output", "x.html"]):
        ended = told(night, "report", "--json", *option)
        assert (ended.code, ended.json()["error"]) == (2, "usage")


def test_it_calls_nobody_takes_no_lock_and_changes_nothing(night: Night) -> None:
    before = night.site.rows("select count(*) from n2f_sync.runs")
    night.site.n2f.reset_stats()
    with night.site.database().lock():
        assert told(night, "report", "--output", "locked.html").code == 0
    assert night.site.n2f.stats["calls"] == []
    assert night.site.rows("select count(*) from n2f_sync.runs") == before


def test_json_says_what_the_tables_say(night: Night, report: dict[str, Any]) -> None:
    results = night.site.rows(
        "select scope, action, status, count(*) from n2f_sync.push_results group by scope, action, status"
    )
    counted: dict[tuple[str, str, str], int] = {}
    for count in report["counts"]:
        status = "withheld" if count["outcome"] == "held" else count["outcome"]
        key = (count["scope"], count["action"], status)
        counted[key] = counted.get(key, 0) + count["row_count"]
    assert counted == {(scope, action, status): count for scope, action, status, count in results}
    assert report["run"]["run_id"] == night.run_id
    assert [guard["command"] for guard in report["guards"]] == ["n2f-sync run --delete --allow-mass-delete"]


def test_the_reason_and_the_example_of_what_went_wrong_are_of_one_row(
    night: Night, report: dict[str, Any]
) -> None:
    rows = night.site.rows("select scope, entity_key, error from n2f_sync.push_results")
    reasons = {(scope, key): error for scope, key, error in rows if error is not None}
    told = {(each["scope"], each["example_key"]): each["reason"] for each in report["problems"]}
    assert any("depends on" in reason for reason in told.values())
    assert {key: reasons[key] for key in told} == told


def test_it_is_utf_8_with_a_mark_and_lines_as_rfc_4180_ends_them(
    night: Night, csv_rows: list[dict[str, str]]
) -> None:
    written = (night.site.folder / "results.csv").read_bytes()
    assert csv_rows
    assert written.startswith(b"\xef\xbb\xbfrun_id,plan_id,sequence,")
    assert written.count(b"\r\n") == len(csv_rows) + 1


def test_every_change_and_every_rejected_row_is_in_it_in_the_order_of_the_plan(
    csv_rows: list[dict[str, str]], report: dict[str, Any]
) -> None:
    changes = [row for row in csv_rows if row["outcome"] != "rejected"]
    assert [int(row["sequence"]) for row in changes] == list(range(1, report["change_count"] + 1))
    assert len(csv_rows) - len(changes) == report["rejected_count"]
    assert {row["outcome"] for row in changes if row["since"]} == {"failed", "held"}
    by_sequence = {change["sequence"]: change for change in report["changes"]}
    for row in changes:
        change = by_sequence[int(row["sequence"])]
        assert (row["scope"], row["action"], row["outcome"]) == (
            change["scope"],
            change["action"],
            change["outcome"],
        )


def test_old_and_new_are_json_of_the_fields(csv_rows: list[dict[str, str]]) -> None:
    (row,) = [row for row in csv_rows if row["entity_key"] == "helene.accentier@fictis.example"]
    assert (json.loads(row["old"]), json.loads(row["new"])) == (
        {"firstname": "Helene"},
        {"firstname": "Hélène"},
    )


def test_hostile_values_of_agresso_and_n2f_survive_and_none_is_a_formula(
    csv_rows: list[dict[str, str]],
) -> None:
    titles = [
        json.loads(row["new"]).get("jobTitle") for row in csv_rows if row["new"] and row["scope"] == "users"
    ]
    assert {title.strip() for title in scene.HOSTILE} <= {title for title in titles if title}
    (leaver,) = [row for row in csv_rows if row["entity_key"] == scene.LEAVER]
    assert json.loads(leaver["old"])["firstname"] == scene.FORMULA
    assert "'=1+1@imagine.example" in [row["entity_key"] for row in csv_rows]
    assert [
        cell for row in csv_rows for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    ] == []


def test_a_row_that_is_rejected_says_why(csv_rows: list[dict[str, str]]) -> None:
    (row,) = [row for row in csv_rows if row["entity_key"] == "max.nullepart@fictis.example"]
    assert (row["outcome"], row["reason"], row["sequence"]) == (
        "rejected",
        "unknown_company: company 'ZZZ'",
        "",
    )
    assert row["since"].endswith("Z")


def test_a_plan_that_was_not_sent_is_told_as_it_was(night: Night) -> None:
    ((plan_run,),) = night.site.rows("select max(run_id) from n2f_sync.runs where command = 'plan'")
    found = told(night, "report", "--run", plan_run, "--json").json()
    assert {count["outcome"] for count in found["counts"]} == {"planned", "withheld"}
    assert found["snapshot"] is not None
    assert {change["company"] for change in found["changes"]} == {"FIC", "EXE", "IMA", "ARC"} & {
        change["company"] for change in found["changes"]
    }
    assert all(row["plan_count"] == 1 for row in found["rejected"])


def test_a_killed_run_is_told_with_its_plan_and_what_it_left(night: Night) -> None:
    with night.site.engine.connect(night.site.environment) as connection:
        _copy_plan(connection, KILLED, rows=20)
        connection.execute(
            "insert into n2f_sync.runs (run_id, command, started_at, status, exit_code, is_dry_run, message)"
            f" values ('{KILLED}', 'run', '2000-01-01T00:00:00', 'failed', 1, 0, 'ended without a word')"
        )
    found = told(night, "report", "--run", KILLED, "--json").json()
    assert (found["plan_id"], found["change_count"]) == (KILLED, 20)
    page = page_of(night, KILLED)
    needs = page[page.index('<section class="needs"') : page.index("</section>")]
    assert "ended without a word" in needs
    assert "20 changes</a> were to be sent and have no result" in needs


def test_a_run_that_came_to_no_plan_is_told_with_its_last_word(night: Night) -> None:
    with night.site.engine.connect(night.site.environment) as connection:
        connection.execute(
            "insert into n2f_sync.runs"
            " (run_id, command, started_at, finished_at, status, exit_code, is_dry_run, message)"
            f" values ('{PLANLESS}', 'run', '2000-01-01T00:00:00', '2000-01-01T01:30:00', 'failed', 1, 0,"
            " 'no answer <came>')"
        )
    page = page_of(night, PLANLESS)
    needs = page[page.index('<section class="needs"') : page.index("</section>")]
    assert "no answer &lt;came&gt;" in needs
    assert "took 1 h 30 min" in page
    assert "The run came to no plan." in page


def test_minutes_are_shown_with_what_the_quotas_left_and_those_without_a_call_between_them(
    night: Night,
) -> None:
    minutes = (
        ("00", 40, 2, "60", "10"),
        ("01", 7, 10, "60", "10"),
        ("04", 0, 31, "200", "50"),
        ("05", 9, 9, "null", "null"),
    )
    with night.site.engine.connect(night.site.environment) as connection:
        connection.execute(
            "insert into n2f_sync.runs (run_id, command, started_at, status, exit_code, is_dry_run)"
            f" values ('{PACED}', 'run', '2000-01-01T00:00:00', 'failed', 1, 0)"
        )
        for minute, reads, writes, read_quota, write_quota in minutes:
            connection.execute(
                "insert into n2f_sync.run_minutes (run_id, minute, read_count, write_count, read_quota, write_quota)"
                f" values ('{PACED}', '2000-01-01T19:{minute}:00', {reads}, {writes}, {read_quota}, {write_quota})"
            )
    page = page_of(night, PACED)
    assert "56 reads in 6 minutes, 40 in the busiest; 52 writes in 6 minutes, 31 in the busiest." in page
    for bar in (
        "19:00: 2 used",
        "19:00: 8 left of the quota",
        "19:03: 0 used",
        "19:04: 19 left of the quota",
    ):
        assert f"<title>{bar}</title>" in page
    assert '<td class="n">31</td><td class="n">50</td>' in page
    assert '<td class="n">9</td><td class="n">no quota</td>' in page


def test_a_plan_of_20_000_rows_stays_usable(night: Night, chrome: Browser, tmp_path: Path) -> None:
    with night.site.engine.connect(night.site.environment) as connection:
        _copy_plan(connection, BIG, rows=ROWS)
        connection.execute(
            "insert into n2f_sync.runs (run_id, command, started_at, status, exit_code, is_dry_run)"
            f" values ('{BIG}', 'plan', '2000-01-01T00:00:00', 'succeeded', 0, 0)"
        )
    path = tmp_path / "big.html"
    began = time.process_time()
    with night.site.database().connect() as warehouse:
        write_private(path, page_parts(read_report(warehouse, BIG)))
    assert time.process_time() - began < 60
    assert path.stat().st_size < 40_000_000
    for opened in open_page(chrome, path):
        page = opened.page
        assert (
            f"The page holds {report_sql.LONGEST_PAGE} of {ROWS} changes"
            in page.locator("#changes-section").inner_text()
        )
        assert page.locator("#changes-status").inner_text() == "20000 of 20000 rows, page 1 of 200"
        assert page.locator("#changes tbody tr:visible").count() == 100
        before = page.locator("#changes tbody tr:visible").first.inner_text()
        page.get_by_role("button", name="Next page").first.click()
        assert page.locator("#changes tbody tr:visible").first.inner_text() != before
        milliseconds = page.evaluate(
            "() => { const began = performance.now(); const form = document.getElementById('changes-filters');"
            " form.elements.text.value = 'minibus'; form.dispatchEvent(new Event('input'));"
            " document.body.offsetHeight; return performance.now() - began; }"
        )
        assert 0 < int(page.locator("#changes-status").inner_text().split()[0]) < 20_000
        assert milliseconds < timedelta(seconds=5) / timedelta(milliseconds=1)
        assert opened.complaints == []


def page_of(night: Night, run_id: str) -> str:
    """The page of a run, without a process and a file."""
    with night.site.database().connect() as warehouse:
        return "".join(page_parts(read_report(warehouse, run_id)))


def _copy_plan(connection: Any, plan_id: str, *, rows: int) -> None:
    """Make a plan of many rows from those of the newest one, of another N2F so that no history counts it."""
    columns = (
        "scope, action, entity_key, http_method, path_template, path_params_json, payload_json, previous_json,"
        " changed_columns"
    )
    of_first = ", ".join(f"first.{name.strip()}" for name in columns.split(","))
    newest = (
        "(select * from n2f_sync.planned_changes where plan_id = (select max(plan_id) from n2f_sync.plans))"
    )
    connection.execute(
        f"insert into n2f_sync.planned_changes (plan_id, sequence, decision, {columns})"
        f" select '{plan_id}', number, 'send', {columns} from ("
        f" select row_number() over (order by third.sequence, second.sequence, first.sequence) as number, {of_first}"
        f" from {newest} as first cross join {newest} as second cross join {newest} as third) as numbered"
        f" where number <= {rows}"
    )
    connection.execute(
        "insert into n2f_sync.plans (plan_id, run_id, snapshot_id, created_at, checksum, change_count, settings_json)"
        f" select '{plan_id}', '{plan_id}', snapshot_id, created_at, '', {rows},"
        " replace(settings_json, '127.0.0.1', 'elsewhere') from n2f_sync.plans"
        " where plan_id = (select max(plan_id) from n2f_sync.plans)"
    )
