"""The report's CSV: RFC 4180, and no cell that a spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.planned_rows import FieldChange
from loader.report_csv import COLUMNS, csv_lines, neutral
from loader.reported import ReportedChange

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", "''=1", "\uff1d1")
HARMLESS = ("", "'t Hooft", "a=b", "1", 'say "x", then\r\nmore', "זה", "x" * 40_000)


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
