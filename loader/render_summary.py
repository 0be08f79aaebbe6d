"""How the summary of a run looks on a terminal or in a mail of the scheduler."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from loader.remembered import Failing, RejectedAgain, Remembered
from loader.runs import STATUSES
from loader.shown import safe as _safe
from loader.shown import shown_value as _value
from loader.summary import Summary

Renderable = str | Table

_LONGEST_VALUE = 80  # characters of a value in a summary


def summary(found: Summary) -> Iterator[Renderable]:
    """Yield a summary: counts, the rows that went wrong, what needs a person, and how it ended."""
    run = found.run
    is_forecast = run.is_dry_run or run.command == "plan"
    if found.counts or found.findings.rejected:
        yield _counts(found, is_forecast=is_forecast)
    if not found.counts and run.plan_id is not None:
        yield "Nothing to send."
    if rejected := found.findings.rejected_count:
        yield f"Rejected, nothing is sent for them: {rejected} rows (n2f_diff.rejected_rows)"
    if found.problems:
        yield _problems(found)
    yield from _remembered(found.remembered)
    if found.needs:
        yield from _needs(found)
    if found.forecast is not None and found.forecast.call_count:
        yield f"Sent now: {found.forecast}."
    if found.stopped is not None:
        yield _safe(
            f"Stopped early: {found.stopped}; the rest ({found.total('left')}) is left for another run."
        )
    yield _ending(found)


def _counts(found: Summary, *, is_forecast: bool) -> Table:
    names = ["planned", *STATUSES, "rejected", "off"]
    if is_forecast:
        names = ["planned", "withheld", "failed", "rejected", "off"]
    table = Table(title="What would be sent" if is_forecast else "What was sent", title_justify="left")
    table.add_column("scope")
    table.add_column("action")
    for name in names:
        table.add_column({"planned": "to send"}.get(name, name), justify="right")
    for count in found.counts:
        # Rejected rows are of a scope: no action was found for them.
        cells = ("" if name == "rejected" else str(getattr(count, name)) for name in names)
        table.add_row(count.scope, count.action, *cells)
    for scope, number in found.rejected_by_scope().items():
        table.add_row(scope, "any", *(str(number) if name == "rejected" else "" for name in names))
    return table


def _needs(found: Summary) -> Iterator[str]:
    """Yield what needs a person, each with what to do, and the rows that a guard withholds first of all."""
    examples = {each.guard.message: each.examples for each in found.guards}
    yield "What needs a person, most urgent first"
    for number, need in enumerate(found.needs, start=1):
        yield _safe(f"{number:>3}. {need.text}.")
        for message, keys in examples.items():
            if need.kind == "guard" and keys and need.text.endswith(message):
                yield _safe(f"     for example {', '.join(keys)}")
        yield _safe(f"     → {need.remedy}")
        if need.command is not None:
            yield _safe(f"       {need.command}")


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
    table = Table(title="The same in several runs in a row", title_justify="left")
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
