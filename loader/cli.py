"""The command line: `n2f-sync`. Options become settings here, results become text, errors become exit codes.

The commands stand in `sync_commands` and `asking_commands`; what is wrong with any of them is told here, once.
"""

from __future__ import annotations

import atexit
import io
import os
import sys
from pathlib import Path

import typer

from loader import asking_commands, sync_commands
from loader.errors import SyncError
from loader.logs import format_for_errors
from loader.terminal import is_debug, open_terminal

app = typer.Typer(
    help="Keeps N2F in step with Agresso. Settings come from the environment and .env; see .env.example.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

for command in (
    sync_commands.run,
    sync_commands.snapshot,
    sync_commands.plan,
    sync_commands.push,
    asking_commands.status,
    asking_commands.explain,
    asking_commands.report,
    asking_commands.doctor,
    asking_commands.impact,
    sync_commands.prune,
    sync_commands.demo,
):
    app.command()(command)

_KEYBOARD_INTERRUPT = 130  # what typer makes of it, outside of what Workplace.recorded turns into an error


def main() -> None:
    """Run the command line, and turn whatever goes wrong into one line and the exit code of the contract."""
    cause: Exception
    os.umask(0o077)  # what a run writes names people: its owner alone may read it
    atexit.register(_let_go_of_a_full_log)
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
        ending = cause = SyncError(
            "interrupted", doing="starting", remedy="`n2f-sync status` says what was done."
        )
    except Exception as error:  # noqa: BLE001 - the last place that can say something
        cause = error
        ending = SyncError(
            f"unexpected {type(error).__name__}",
            doing=f"running n2f-sync {' '.join(sys.argv[1:2])}",
            remedy="Set N2F_SYNC_DEBUG=1 to see where, and report it.",
        )
    terminal = open_terminal(as_json="--json" in sys.argv[1:], log_format=format_for_errors())
    terminal.show_error(ending, cause if is_debug() else None)
    if terminal.as_json:
        terminal.show_json(ending.to_json())
    raise SystemExit(ending.exit_code)


def _let_go_of_a_full_log() -> None:
    """Drop what stderr does not take (a full disk): Python would end with 120 for it, whatever the run came to."""
    try:
        sys.stderr.flush()
    except OSError:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), sys.stderr.fileno())
