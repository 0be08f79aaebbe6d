"""How the last runs, and what is open, look as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.table import Table

from loader.shown import safe as _safe

if TYPE_CHECKING:
    from loader.status import Status

Renderable = str | Table


def status(found: Status) -> Iterator[Renderable]:
    """Yield the last runs and what is open."""
    if not found.runs:
        yield "Nothing has run yet. `n2f-sync run` does a whole sync, `n2f-sync demo` shows one."
        return
    table = Table(title="Last runs (UTC)", title_justify="left")
    for heading in ("run", "command", "ended", "status"):
        table.add_column(heading)
    for heading in ("exit", "ok", "failed", "skipped", "withheld", "left"):
        table.add_column(heading, justify="right")
    for run in found.runs:
        cells = (
            run["run_id"], run["command"], (run["finished_at"] or "")[:19], run["status"], run["exit_code"],
            *(run[f"{name}_count"] for name in ("succeeded", "failed", "skipped", "withheld", "left")),
        )  # fmt: skip
        table.add_row(*(_safe("" if cell is None else str(cell)) for cell in cells))
    yield table
    if found.runs[0]["message"]:
        yield _safe(f"The last one says: {found.runs[0]['message']}")
    if found.not_in_step_since is not None:
        yield _safe(f"Not in step since {found.not_in_step_since[:16]} UTC.")
    if found.metrics is not None:
        yield _safe(_cost(found.metrics))
    if found.snapshot is not None:
        newest = found.snapshot
        at = newest["completed_at"][:19]
        yield _safe(f"Newest snapshot: {newest['document_count']} documents, {at} UTC, {newest['base_url']}")
    if found.open_plan is not None:
        plan_id, open_count = found.open_plan["plan_id"], found.open_plan["open_count"]
        yield _safe(
            f"The plan {plan_id} was being sent and has {open_count} rows without a result:"
            " `n2f-sync push` takes it up, `n2f-sync run` starts afresh."
        )
    for row in found.unresolved:
        yield _safe(
            f"Of the last push: {row['row_count']} {row['action']}s of {row['scope']} {row['status']}"
        )
    for row in found.remembered:
        yield _safe(_open(row))
    for hold in found.holds:
        until = f"until {hold['held_until'][:19]} UTC" if hold["held_until"] else "for good"
        yield _safe(
            f"Held {until}: {hold['scope']} {hold['entity_key']} ({hold['reason'] or 'no reason given'})"
        )


def _open(row: dict[str, Any]) -> str:
    """Return what `status` says of one kind of rows of one scope."""
    count, scope = row["row_count"], row["scope"]
    if row["kind"] == "flapping":
        return (
            f"Flapping: {count} fields of {scope}, updated by each of the last three runs"
            " (n2f_diff.flapping_fields)"
        )
    view = {"failing": "failing_rows", "rejected": "rejections_remembered"}[row["kind"]]
    return (
        f"{row['kind'].capitalize()}: {count} rows of {scope}, the oldest since {row['since'][:16]} UTC,"
        f" in up to {row['run_count']} runs in a row (n2f_diff.{view})"
    )


def _cost(metrics: dict[str, Any]) -> str:
    """Return what a run cost, in one line."""
    parts = [
        f"{metrics['duration_seconds']:.1f} s",
        f"{metrics['read_count']} reads",
        f"{metrics['write_count']} writes",
        f"{metrics['retry_count']} retries",
        f"{metrics['quota_seconds'] + metrics['backoff_seconds']:.1f} s waited",
    ]
    if metrics["rows_per_second"] is not None:
        parts.append(f"{metrics['rows_per_second']:.2f} rows a second")
    if metrics["peak_memory_mb"] is not None:
        parts.append(f"{metrics['peak_memory_mb']:.0f} MB")
    return f"Run {metrics['run_id']} cost {', '.join(parts)}."
