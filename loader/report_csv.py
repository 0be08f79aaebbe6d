"""The results of a run as a CSV file (RFC 4180, UTF-8 with a byte order mark, which Excel asks for)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from loader.explained import Members
from loader.reported import ReportedChange

ENCODING = "utf-8-sig"

COLUMNS = (
    "run_id", "plan_id", "sequence", "scope", "action", "entity_key", "company", "outcome", "reason", "http_status",
    "attempts", "since", "started_at", "finished_at", "fields", "old", "new",
)  # fmt: skip

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell must not begin with: spreadsheets would read a formula, the last four in East Asian widths."""


def csv_lines(
    run_id: str, plan_id: str | None, changes: Iterable[ReportedChange], rejected: Iterable[Members]
) -> Iterator[str]:
    """Yield the file line by line: the names of the columns, each change, each rejected row (its outcome says so).

    `run_id` is the run that a change's result is of; of a change without one, and of a rejected row, the run that is
    reported.
    """
    yield _line(COLUMNS)
    for change in changes:
        old = {item.field: item.old for item in change.fields if change.action != "create"}
        new = {item.field: item.new for item in change.fields if change.action != "delete"}
        yield _line(
            (
                change.run_id or run_id, plan_id, change.sequence, change.scope, change.action, change.entity_key,
                change.company, change.outcome, change.reason, change.http_status, change.attempts, change.since,
                change.started_at, change.finished_at, ",".join(item.field for item in change.fields),
                _json(old), _json(new),
            )
        )  # fmt: skip
    for row in rejected:
        reason = f"{row['reason']}: {row['detail']}" if row["detail"] else row["reason"]
        yield _line(
            (
                run_id, plan_id, None, row["scope"], None, row["entity_key"], None, "rejected", reason, None, None,
                row["since"], None, None, None, None, None,
            )
        )  # fmt: skip


def neutral(cell: Any) -> Any:
    """Return text that no spreadsheet takes for a formula: with `'` before it where it might.

    Text that begins with `'` and then like a formula gets one more, so that a reader who takes one away from such text
    has what it was.
    """
    if isinstance(cell, str) and cell.lstrip("'").startswith(_FORMULA):
        return f"'{cell}"
    return cell


def _line(cells: Iterable[Any]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written).writerow([neutral(cell) for cell in cells])
    return written.getvalue()


def _json(fields: Members) -> str | None:
    return json.dumps(fields, ensure_ascii=False) if fields else None
