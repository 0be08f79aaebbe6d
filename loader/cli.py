"""The command line: `n2f-sync`. Options become settings here, results become text, errors become exit codes.

What the commands do stands in `sync`; it is imported when a command runs, so that `--help` answers at once.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from loader import options
from loader.errors import SyncError
from loader.terminal import Terminal

if TYPE_CHECKING:
    from rich.table import Table

    from loader.database import Database
    from loader.explained import Explanation
    from loader.status import Status
    from loader.summary import Summary
    from loader.workplace import Workplace

app = typer.Typer(
    help="Keeps N2F in step with Agresso. Settings come from the environment and .env; see .env.example.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_Answer = TypeVar("_Answer", "Status", "Explanation")

_KEYBOARD_INTERRUPT = 130  # what typer makes of it, outside of what Workplace.recorded turns into an error


@app.command()
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
) -> None:
    """Do a whole sync: snapshot N2F, compare, plan, send, and note what became of each change.

    Exit codes: 0 in step; 1 stopped by an error; 2 wrong usage; 3 rows failed, were skipped or are left;
    4 a guard withheld something; 5 another run is at work.
    """
    from loader import sync

    age = options.parse_age(max_age)
    _command(
        as_json,
        lambda place: sync.run(place, max_age=None if refresh else age),
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


@app.command()
def snapshot(*, scope: options.Scopes = None, as_json: options.Json = False) -> None:
    """Read N2F into n2f_raw, and do nothing else."""
    from loader import sync

    _command(as_json, sync.take_a_snapshot, scopes=scope or ())


@app.command()
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
) -> None:
    """Show what would be sent, and freeze it for `n2f-sync push`.

    Uses the newest snapshot if it is at most 6 hours old and nothing was written after it, else takes one.
    """
    from loader import sync
    from loader.plan import LONGEST_SNAPSHOT_AGE

    age = LONGEST_SNAPSHOT_AGE if max_age is None else options.parse_age(max_age)
    _command(
        as_json,
        lambda place: sync.make_a_plan(place, max_age=None if refresh else age),
        has_rows=rows or as_json,
        scopes=scope or (),
        create=create,
        update=update,
        delete=delete,
        allow_mass=options.allowed_actions(
            create=allow_mass_create, update=allow_mass_update, delete=allow_mass_delete
        ),
        strict=strict,
    )


@app.command()
def push(
    *,
    plan_id: options.PlanId = None,
    dry_run: options.DryRun = False,
    max_writes: options.MaxWrites = None,
    until: options.Until = None,
    strict: options.Strict = False,
    as_json: options.Json = False,
) -> None:
    """Send a plan as it was frozen, or what a push that was killed left of it."""
    from loader import sync

    _command(
        as_json,
        lambda place: sync.push_a_plan(place, plan_id=plan_id),
        dry_run=dry_run,
        max_writes=max_writes,
        until=until,
        strict=strict,
    )


@app.command()
def status(*, as_json: options.Json = False) -> None:
    """Show the last runs, and what is open."""
    from loader import render
    from loader.status import status_of

    _ask(as_json, status_of, render.status)


@app.command()
def explain(key: options.Key, *, as_json: options.Json = False) -> None:
    """Say why a user or an axis value is created, updated, deleted, held back or left alone, as of the last build."""
    from loader import render_explain
    from loader.explain import checked_key, explanation_of

    asked = checked_key(key)
    _ask(as_json, lambda database: explanation_of(database, asked), render_explain.explanation)


@app.command()
def doctor(*, as_json: options.Json = False) -> None:
    """Check all that a run needs, and say what to do; changes nothing. Exit code 1: something is to be done."""
    from loader.doctor import run_doctor

    raise typer.Exit(run_doctor(_terminal(as_json=as_json), options.root_folder()))


@app.command()
def demo(*, folder: options.Folder = None) -> None:
    """Show a plan, a whole sync and a second one on sample data, with an N2F that runs on this machine."""
    from loader.demo import run_demo

    raise typer.Exit(run_demo(_terminal(as_json=False), options.root_folder(), folder))


def main() -> None:
    """Run the command line, and turn whatever goes wrong into one line and the exit code of the contract."""
    cause: Exception
    os.umask(0o077)  # what a run writes names people: its owner alone may read it
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a name that the terminal lacks must not end a run
    try:
        app()
    except SyncError as error:
        ending, cause = error, error
    except SystemExit as exiting:
        if exiting.code != _KEYBOARD_INTERRUPT:
            raise
        ending = cause = SyncError("interrupted", doing="starting", remedy="Nothing was sent; run it again.")
    except Exception as error:  # noqa: BLE001 - the last place that can say something
        cause = error
        ending = SyncError(
            f"unexpected {type(error).__name__}",
            doing=f"running n2f-sync {' '.join(sys.argv[1:2])}",
            remedy="Set N2F_SYNC_DEBUG=1 to see where, and report it.",
        )
    if _is_debug():
        traceback.print_exception(cause)
    terminal = _terminal(as_json="--json" in sys.argv[1:])
    terminal.show_error(ending)
    if terminal.as_json:
        terminal.show_json(ending.to_json())
    raise SystemExit(ending.exit_code)


def _command(
    as_json: bool, work: Callable[[Workplace], Summary], *, has_rows: bool = False, **chosen: Any
) -> None:
    """Do the work with the settings that options and environment make, print its summary, and exit."""
    from loader import render
    from loader.planned_rows import planned_rows, rejected_rows

    terminal = _terminal(as_json=as_json)
    with terminal.progress() as progress:
        place = options.workplace(progress, chosen)
        summary = work(place)
    if has_rows:
        with place.database.connect() as warehouse:
            rejected = rejected_rows(warehouse)
            planned = planned_rows(warehouse, summary.run.plan_id or "")
            if as_json:
                changes = (row.to_json() for row in planned)
                terminal.show_json(
                    summary.to_json(), changes=changes, rejected_rows=(row.to_json() for row in rejected)
                )
            else:
                terminal.show(render.rows(planned, rejected))
    elif as_json:
        terminal.show_json(summary.to_json())
    if not as_json:
        terminal.show(render.summary(summary))
    if summary.error is not None:
        terminal.show_error(summary.error)
    raise typer.Exit(summary.exit_code)


def _ask(
    as_json: bool, question: Callable[[Database], _Answer], shown: Callable[[_Answer], Iterable[str | Table]]
) -> None:
    """Show what the database answers, without the lock of a run."""
    terminal = _terminal(as_json=as_json)
    with terminal.progress() as progress:
        answer = question(options.workplace(progress, {}).database)
    if as_json:
        terminal.show_json(answer.to_json())
    else:
        terminal.show(shown(answer))


def _terminal(*, as_json: bool) -> Terminal:
    terminal = Terminal(as_json=as_json, is_debug=_is_debug())
    terminal.begin_log()
    return terminal


def _is_debug() -> bool:
    return bool(os.environ.get("N2F_SYNC_DEBUG"))
