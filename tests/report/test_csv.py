"""`n2f-sync report --csv`: RFC 4180, every row, and no cell that a spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.planned_rows import FieldChange
from loader.report_csv import COLUMNS, csv_lines, neutral
from loader.reported import ReportedChange
from tests.report import scene
from tests.report.conftest import Night, told

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", "''=1", "\uff1d1")
HARMLESS = ("", "'t Hooft", "a=b", "1", 'say "x", then\r\nmore', "זה", "x" * 40_000)


@pytest.fixture(scope="module")
def rows(night: Night) -> list[dict[str, str]]:
    """The file of the night, as a program reads it."""
    ended = told(night, "report", "--csv", "--output", "results.csv")
    assert ended.code == 0, ended.err
    return list(
        csv.DictReader(io.StringIO((night.site.folder / "results.csv").read_text("utf-8-sig"), newline=""))
    )


def test_it_is_utf_8_with_a_mark_and_lines_as_rfc_4180_ends_them(
    night: Night, rows: list[dict[str, str]]
) -> None:
    written = (night.site.folder / "results.csv").read_bytes()
    assert rows
    assert written.startswith(b"\xef\xbb\xbfrun_id,plan_id,sequence,")
    assert written.count(b"\r\n") == len(rows) + 1


def test_every_change_and_every_rejected_row_is_in_it_in_the_order_of_the_plan(
    rows: list[dict[str, str]], report: dict[str, Any]
) -> None:
    changes = [row for row in rows if row["outcome"] != "rejected"]
    assert [int(row["sequence"]) for row in changes] == list(range(1, report["change_count"] + 1))
    assert len(rows) - len(changes) == report["rejected_count"]
    by_sequence = {change["sequence"]: change for change in report["changes"]}
    for row in changes:
        change = by_sequence[int(row["sequence"])]
        assert (row["scope"], row["action"], row["outcome"]) == (
            change["scope"],
            change["action"],
            change["outcome"],
        )


def test_old_and_new_are_json_of_the_fields(rows: list[dict[str, str]]) -> None:
    (row,) = [row for row in rows if row["entity_key"] == "helene.accentier@fictis.example"]
    assert (json.loads(row["old"]), json.loads(row["new"])) == (
        {"firstname": "Helene"},
        {"firstname": "Hélène"},
    )


def test_hostile_values_of_agresso_and_n2f_survive_and_none_is_a_formula(rows: list[dict[str, str]]) -> None:
    titles = [
        json.loads(row["new"]).get("jobTitle") for row in rows if row["new"] and row["scope"] == "users"
    ]
    assert {title.strip() for title in scene.HOSTILE} <= {title for title in titles if title}
    assert "'=1+1@imagine.example" in [row["entity_key"] for row in rows]
    assert [
        cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    ] == []


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_that_begins_like_a_formula_is_text(text: str) -> None:
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert neutral(text) == text


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("=+-@'\t\r\n\",;")), min_size=1
    )
)
def test_what_any_text_was_can_be_read_back(texts: list[str]) -> None:
    changes = [_change(number, text) for number, text in enumerate(texts, 1)]
    written = "".join(csv_lines("r1", "p1", changes, ()))
    read = list(csv.DictReader(io.StringIO(written, newline="")))
    assert [_read_back(row["entity_key"]) for row in read] == texts
    assert [_read_back(row["reason"]) for row in read] == texts
    assert [json.loads(row["new"]) for row in read] == [{"jobTitle": text} for text in texts]


def test_a_row_that_is_rejected_says_why(rows: list[dict[str, str]]) -> None:
    (row,) = [row for row in rows if row["entity_key"] == "max.nullepart@fictis.example"]
    assert (row["outcome"], row["reason"], row["sequence"]) == (
        "rejected",
        "unknown_company: company 'ZZZ'",
        "",
    )
    assert row["since"].endswith("Z")


def test_a_value_of_ten_megabytes_is_one_cell(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text(
        "".join(csv_lines("r1", "p1", [_change(1, "=" + "x" * 10_000_000)], ())), "utf-8", newline=""
    )
    before = csv.field_size_limit(20_000_000)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            names, cells = csv.reader(file)
    finally:
        csv.field_size_limit(before)
    assert tuple(names) == COLUMNS
    assert len(cells[COLUMNS.index("entity_key")]) == 10_000_002


def _read_back(cell: str) -> str:
    """What the documentation says that a program does with a cell."""
    is_neutral = cell.startswith("'") and neutral(cell) != cell
    return cell[1:] if is_neutral else cell


def _change(number: int, text: str) -> ReportedChange:
    return ReportedChange(
        sequence=number, scope="users", action="update", entity_key=text, company="BE",
        fields=(FieldChange(field="jobTitle", old=None, new=text),), outcome="succeeded", run_id="r1", http_status=200,
        attempts=1, reason=text, started_at=None, finished_at=None, since=None, plan_count=None,
    )  # fmt: skip
