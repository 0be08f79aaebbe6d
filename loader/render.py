"""How summaries, plans and states look on a terminal or in a mail of the scheduler. Prints nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from rich.table import Table

from loader.remembered import Failing, RejectedAgain, Remembered
from loader.shown import safe as _safe
from loader.shown import shown_value as _value

if TYPE_CHECKING:  # `status` needs none of them, and answers at once
    from loader.planned_rows import PlannedRow, RejectedRow
    from loader.status import Status
    from loader.summary import BreachedGuard, Summary

Renderable = str | Table

_EMPTY = (None, "")  # what a new entity does not get
_LONGEST_VALUE = 80  # characters of a value in a summary


def summary(found: Summary) -> Iterator[Renderable]:
    """Yield a summary: counts, what was withheld and rejected, what went wrong, and how it ended."""
    run = found.run
    is_forecast = run.is_dry_run or run.command == "plan"
    if found.counts:
        yield _counts(found, is_forecast=is_forecast)
    elif run.plan_id is not None:
        yield "Nothing to send."
    for breached in found.guards:
        yield from _guard(breached)
    if found.findings.rejected:
        yield _rejected(found)
    for field in found.findings.fields_not_compared:
        yield _safe(
            f"Not compared: {field.field} of {field.scope} ({field.reason}, {field.list_count} lists)"
        )
    if found.problems:
        yield _problems(found)
    yield from _remembered(found.remembered)
    if found.forecast is not None and found.forecast.call_count:
        yield f"Sent now: {found.forecast}."
    if found.stopped is not None:
        yield _safe(
            f"Stopped early: {found.stopped}; the rest ({found.total('left')}) is left for another run."
        )
    yield _ending(found)


def rows(planned: Iterable[PlannedRow], rejected: Iterable[RejectedRow]) -> Iterator[Renderable]:
    """Yield each change of a plan with old and new values, then each row that is held back."""
    for row in planned:
        note = "" if row.decision == "send" else f"  [{row.decision}: {row.reason or 'not asked for'}]"
        yield _safe(f"{row.sequence:>6}  {row.action:<6} {row.scope:<10} {row.entity_key}{note}")
        if row.action == "create":
            filled = (f"{field.field} {_value(field.new)}" for field in row.fields if field.new not in _EMPTY)
            yield _safe(f"{'':>15}{', '.join(filled)}")
        else:
            for field in row.fields:
                yield _safe(f"{'':>15}{field.field}: {_value(field.old)} → {_value(field.new)}")
    for held in rejected:
        detail = f": {held.detail}" if held.detail else ""
        key = held.entity_key or "(no key)"
        yield _safe(f"{'':>6}  reject {held.scope:<10} {key}  [{held.reason}{detail}]")


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


def _counts(found: Summary, *, is_forecast: bool) -> Table:
    names = ["planned", "succeeded", "failed", "skipped", "withheld", "left", "off"]
    headings = {"planned": "to send"}
    if is_forecast:
        names = ["planned", "withheld", "failed", "off"]
    names = [name for name in names if name in {"planned", "succeeded"} or found.total(name)]
    table = Table(title="What would be sent" if is_forecast else "What was sent", title_justify="left")
    table.add_column("scope")
    table.add_column("action")
    for name in names:
        table.add_column(headings.get(name, name), justify="right")
    for count in found.counts:
        table.add_row(count.scope, count.action, *(str(getattr(count, name)) for name in names))
    return table


def _rejected(found: Summary) -> str:
    """Return one line per scope; the rows themselves stand in `rejected_rows`."""
    reasons: dict[str, list[str]] = {}
    for row in found.findings.rejected:
        reasons.setdefault(row.scope, []).append(f"{row.reason} {row.row_count}")
    lines = [f"  {scope}: {', '.join(found_there)}" for scope, found_there in reasons.items()]
    head = (
        f"Rejected, nothing is sent for them: {found.findings.rejected_count} rows (n2f_diff.rejected_rows)"
    )
    return _safe("\n".join([head, *lines]))


def _guard(breached: BreachedGuard) -> Iterator[str]:
    yield _safe(f"Withheld by a guard: {breached.guard.message}.")
    if breached.examples:
        yield _safe(f"  for example {', '.join(breached.examples)}")
    if breached.command is not None:
        yield _safe(f"  if that is right: {breached.command}")
    else:
        yield "  no option lifts this: see why Agresso's view has no rows."


def _problems(found: Summary) -> Table:
    table = Table(title="What went wrong", title_justify="left")
    for heading in ("scope", "action", "key", "status", "HTTP", "why"):
        table.add_column(heading, overflow="fold")
    for row in found.problems:
        cells = (row.scope, row.action, row.entity_key, row.status, row.http_status, row.error)
        table.add_row(*(_safe("" if cell is None else str(cell)) for cell in cells))
    shown, total = len(found.problems), found.total("failed") + found.total("skipped")
    if total > shown:
        table.caption = f"{total - shown} more in n2f_sync.push_results"
    return table


def _remembered(found: Remembered) -> Iterator[Renderable]:
    """Yield what does not get better by itself: what failed or was rejected in several runs in a row, what flaps."""
    if found.failing or found.rejected:
        yield _in_a_row(found)
    for row in found.flapping:
        yield _safe(
            f"Flapping, each of the last three runs updated it: {row.scope} {row.entity_key}"
            f" {row.field}: {_short(row.old)} → {_short(row.new)}"
        )
    if found.flapping_count > len(found.flapping):
        yield f"  {found.flapping_count - len(found.flapping)} more in n2f_diff.flapping_fields"


def _in_a_row(found: Remembered) -> Table:
    table = Table(title="What needs a person: the same in several runs in a row", title_justify="left")
    for heading in ("scope", "key", "since (UTC)", "runs", "what"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "runs" else "left")
    whats: list[tuple[Failing | RejectedAgain, str]] = []
    for row in found.failing:
        reason = row.error or (f"HTTP {row.http_status}" if row.http_status else "no reason given")
        often = "each time" if row.is_same_reason else "the last time"
        whats.append((row, f"{row.action} failed, {often}: {reason}"))
    for held in found.rejected:
        often = "each time" if held.is_same_reason else "the last time"
        whats.append((held, f"rejected, {often}: {held.reason}"))
    for item, what in whats:
        since = f"{item.since:%Y-%m-%d %H:%M}"
        cells = (item.scope, item.entity_key or "(no key)", since, str(item.run_count), what)
        table.add_row(*(_safe(cell) for cell in cells))
    more = [
        f"{count} more in n2f_diff.{view}"
        for count, view in (
            (found.failing_count - len(found.failing), "failing_rows"),
            (found.rejected_count - len(found.rejected), "rejections_remembered"),
        )
        if count
    ]
    if more:
        table.caption = ", ".join(more)
    return table


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


def _ending(found: Summary) -> str:
    seconds = (found.finished_at - found.run.started_at).total_seconds()
    what = {"plan": f"plan {found.run.plan_id}", "snapshot": f"snapshot {found.run.snapshot_id}"}.get(
        found.run.command, f"run {found.run.run_id}"
    )
    return _safe(f"{what}: {found.status}, exit code {found.exit_code}, {seconds:.1f} s")


def _short(value: object) -> str:
    """Return a value of a payload as text that fits a line."""
    text = _value(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
