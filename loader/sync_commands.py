"""The commands that do something: a whole sync, each of its steps alone, and the demo.

What they do stands in `sync`; it is imported when a command runs, so that `--help` answers at once.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from loader import options
from loader.terminal import Terminal, open_terminal

if TYPE_CHECKING:
    from loader.summary import Summary
    from loader.workplace import Workplace


def run(
    *,
    scope: options.Scopes = None,
    create: options.Create = None,
    update: options.Update = None,
    delete: options.Delete = None,
    dry_run: options.DryRun = False,
    max_writes: options.MaxWrites = None,
    until: options.Until = None,
    allow_mass_create: options.AllowCreate = False,
    allow_mass_update: options.AllowUpdate = False,
    allow_mass_delete: options.AllowDelete = False,
    max_age: options.MaxAge = None,
    refresh: options.Refresh = False,
    strict: options.Strict = False,
    as_json: options.Json = False,
    log_format: options.LogFormat = None,
    metrics_file: options.MetricsFile = None,
) -> None:
    """Do a whole sync: snapshot N2F, compare, plan, send, and note what became of each change.

    Exit codes: 0 in step; 1 stopped by an error; 2 wrong usage; 3 rows failed, were skipped or are left;
    4 a guard withheld something; 5 another run is at work.
    """
    from loader import sync

    age = options.parse_age(max_age)
    _carry_out(
        "run",
        lambda place: sync.run(place, max_age=None if refresh else age),
        output=_Output(as_json=as_json, log_format=log_format, metrics_file=metrics_file),
        scopes=scope or (),
        create=create,
        update=update,
        delete=delete,
        dry_run=dry_run,
        max_writes=max_writes,
        until=until,
        allow_mass=options.allowed_actions(
            create=allow_mass_create, update=allow_mass_update, delete=allow_mass_delete
        ),
        strict=strict,
    )


def snapshot(
    *,
    scope: options.Scopes = None,
    as_json: options.Json = False,
    log_format: options.LogFormat = None,
    metrics_file: options.MetricsFile = None,
) -> None:
    """Read N2F into n2f_raw, and do nothing else."""
    from loader import sync

    _carry_out(
        "snapshot",
        sync.take_a_snapshot,
        output=_Output(as_json=as_json, log_format=log_format, metrics_file=metrics_file),
        scopes=scope or (),
    )


def plan(
    *,
    scope: options.Scopes = None,
    create: options.Create = None,
    update: options.Update = None,
    delete: options.Delete = None,
    allow_mass_create: options.AllowCreate = False,
    allow_mass_update: options.AllowUpdate = False,
    allow_mass_delete: options.AllowDelete = False,
    max_age: options.MaxAge = None,
    refresh: options.Refresh = False,
    strict: options.Strict = False,
    rows: options.Rows = False,
    as_json: options.Json = False,
    log_format: options.LogFormat = None,
    metrics_file: options.MetricsFile = None,
) -> None:
    """Show what would be sent, and freeze it for `n2f-sync push`.

    Uses the newest snapshot if it is at most 6 hours old and nothing was written after it, else takes one.
    """
    from loader import sync
    from loader.plan import LONGEST_SNAPSHOT_AGE

    age = LONGEST_SNAPSHOT_AGE if max_age is None else options.parse_age(max_age)
    _carry_out(
        "plan",
        lambda place: sync.make_a_plan(place, max_age=None if refresh else age),
        has_rows=rows or as_json,
        output=_Output(as_json=as_json, log_format=log_format, metrics_file=metrics_file),
        scopes=scope or (),
        create=create,
        update=update,
        delete=delete,
        allow_mass=options.allowed_actions(
            create=allow_mass_create, update=allow_mass_update, delete=allow_mass_delete
        ),
        strict=strict,
    )


def push(
    *,
    plan_id: options.PlanId = None,
    dry_run: options.DryRun = False,
    max_writes: options.MaxWrites = None,
    until: options.Until = None,
    strict: options.Strict = False,
    as_json: options.Json = False,
    log_format: options.LogFormat = None,
    metrics_file: options.MetricsFile = None,
) -> None:
    """Send a plan as it was frozen, or what a push that was killed left of it."""
    from loader import sync

    _carry_out(
        "push",
        lambda place: sync.push_a_plan(place, plan_id=plan_id),
        output=_Output(as_json=as_json, log_format=log_format, metrics_file=metrics_file),
        dry_run=dry_run,
        max_writes=max_writes,
        until=until,
        strict=strict,
    )


def prune(
    *,
    older_than: options.OlderThan = "30d",
    history_older_than: options.HistoryOlderThan = None,
    dry_run: options.DryPrune = False,
    as_json: options.Json = False,
) -> None:
    """Delete documents of old snapshots, which nothing needs any more. Never runs by itself.

    The newest complete snapshot of each N2F always stays; n2f_sync stays unless --history-older-than is given.
    """
    from loader.render_retention import pruning
    from loader.retention import Ages
    from loader.retention import prune as delete

    ages = Ages(
        snapshots=options.parse_days("--older-than", older_than),
        history=None
        if history_older_than is None
        else options.parse_days("--history-older-than", history_older_than),
    )
    terminal = open_terminal(as_json=as_json)
    with terminal.progress() as progress:
        done = delete(options.workplace(progress, {}).database, ages, is_dry_run=dry_run)
    if as_json:
        terminal.show_json(done.to_json())
    else:
        terminal.show(pruning(done))


def demo(*, folder: options.Folder = None) -> None:
    """Show a plan, a whole sync and a second one on sample data, with an N2F that runs on this machine."""
    from loader.demo import run_demo

    raise typer.Exit(run_demo(open_terminal(as_json=False), options.root_folder(), folder))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Output:
    """Where a command tells what it does, as the options say."""

    as_json: bool
    log_format: str | None
    metrics_file: Path | None


def _carry_out(
    command: str,
    work: Callable[[Workplace], Summary],
    *,
    output: _Output,
    has_rows: bool = False,
    **chosen: Any,
) -> None:
    """Do the work with the settings that options and environment make, tell of it, and exit."""
    options.refuse_wrong_usage(chosen)
    terminal = open_terminal(as_json=output.as_json, log_format=options.log_format(output.log_format))
    aftermath = options.aftermath(command, output.metrics_file, chosen)
    shown = ExitStack()
    progress = shown.enter_context(terminal.progress())

    def show(summary: Summary) -> None:
        shown.close()
        _show(terminal, summary, aftermath.place if has_rows else None)
        if summary.error is not None:
            terminal.show_error(summary.error)

    with shown:
        summary = aftermath.watch(lambda: options.workplace(progress, chosen), work, show=show)
    raise typer.Exit(summary.exit_code)


def _show(terminal: Terminal, summary: Summary, place_of_rows: Workplace | None) -> None:
    """Print a summary, and the rows of its plan where they were asked for."""
    from loader import render_rows, render_summary
    from loader.planned_rows import planned_rows, rejected_rows

    if place_of_rows is not None:
        with place_of_rows.database.connect() as warehouse:
            rejected = rejected_rows(warehouse)
            planned = planned_rows(warehouse, summary.run.plan_id or "")
            if terminal.as_json:
                changes = (row.to_json() for row in planned)
                terminal.show_json(
                    summary.to_json(), changes=changes, rejected_rows=(row.to_json() for row in rejected)
                )
            else:
                terminal.show(render_rows.rows(planned, rejected))
    elif terminal.as_json:
        terminal.show_json(summary.to_json())
    if not terminal.as_json:
        terminal.show(render_summary.summary(summary))
