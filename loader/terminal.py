"""The command line's two streams: results on stdout, progress, log lines and errors on stderr."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Column, Table

from loader import logs
from loader.errors import SyncError
from loader.logs import LogFormat
from loader.pace import Pace
from loader.progress import Ahead, LogProgress, Progress

if TYPE_CHECKING:
    import rich.progress

logger = logging.getLogger(__name__)

_EVERY, _EVERY_FEW = 10.0, 0.5  # seconds between two forecasts, of many calls and of few, which cost little
_MANY = 1000  # calls
_WIDTH_WITHOUT_TERMINAL = 120  # characters of a line in a scheduler's mail


class Terminal:
    """Where a command speaks.

    Args:
        as_json: results are JSON, and nothing else goes to stdout.
        is_debug: log everything, and show where an error came from.
        log_format: of the log; JSON lines take the place of progress bars and of errors too.
    """

    def __init__(
        self, *, as_json: bool = False, is_debug: bool = False, log_format: LogFormat = "text"
    ) -> None:
        self.as_json = as_json
        self._is_debug = is_debug
        self._log_format = log_format
        width = None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL
        self._stdout = _Stdout(width=width, highlight=False)
        self._stderr = Console(stderr=True, highlight=False)
        self._is_watched = self._stderr.is_terminal and log_format == "text"

    def show(self, parts: Iterable[str | Table]) -> None:
        """Print what `render` yields."""
        with self._writing():
            for part in parts:
                self._stdout.print(part, soft_wrap=isinstance(part, str))

    def show_text(self, lines: Iterable[str]) -> None:
        """Print lines as they are."""
        with self._writing():
            for line in lines:
                sys.stdout.write(f"{line}\n")

    def show_json(self, value: Mapping[str, Any], **lists: Iterable[Mapping[str, Any]]) -> None:
        """Print an object, with members that are too long to hold in memory."""
        write = sys.stdout.write
        with self._writing():
            write(json.dumps(value, ensure_ascii=False)[:-1])
            for name, items in lists.items():
                write(f', "{name}": [')
                for number, item in enumerate(items):
                    write(("\n" if number == 0 else ",\n") + json.dumps(item, ensure_ascii=False))
                write("]")
            write("}\n")

    def show_error(self, error: SyncError, cause: Exception | None = None) -> None:
        """Print one line that says what went wrong and what to do; `cause` is shown with its traceback."""
        if self._log_format == "json":
            told = error.to_json()
            del told["message"]
            logging.getLogger("loader").error("%s", error, extra=told, exc_info=cause)
            return
        if cause is not None:
            traceback.print_exception(cause)
        with suppress(OSError):  # a log that is full: the exit code still tells
            self._stderr.print(f"error: {error}", soft_wrap=True, markup=False)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Go on where stdout takes no more (a full disk, a reader that left): what was done stands in the tables."""
        try:
            yield
            sys.stdout.flush()
        except OSError as error:
            with Path(os.devnull).open("w") as nowhere:  # what is still buffered must not fail at the exit
                os.dup2(nowhere.fileno(), sys.stdout.fileno())
            if not isinstance(error, BrokenPipeError):
                if self._log_format == "json":
                    logger.warning("stdout cannot be written: %s", error.strerror)
                    return
                with suppress(OSError):
                    self._stderr.print(f"warning: stdout cannot be written: {error.strerror}", markup=False)

    def begin_log(self) -> None:
        """Send the loader's log to stderr: lines; warnings alone where a person sees the progress."""
        level = logging.WARNING if self._is_watched else logging.INFO
        level = logging.DEBUG if self._is_debug else level
        if self._log_format == "json":
            logs.begin_json(level)
        elif self._is_watched:
            from rich.logging import RichHandler

            logs.begin(RichHandler(console=self._stderr, show_path=False), level)
        else:
            logs.begin_lines(level)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Yield what shows how far a run is: bars on a terminal, lines of the log elsewhere."""
        if not self._is_watched:
            yield LogProgress()
            return
        from rich import progress as bars

        columns = (
            bars.SpinnerColumn(finished_text="✓"),
            bars.TextColumn("{task.description}"),
            bars.BarColumn(bar_width=20),
            # Folded on a narrow terminal: what stands last is when it ends.
            bars.TextColumn("{task.fields[note]}", table_column=Column(overflow="fold")),
            bars.TimeElapsedColumn(),
        )
        with bars.Progress(*columns, console=self._stderr) as shown:
            stages = _Bars(shown)
            yield stages
            stages.end()


def open_terminal(*, as_json: bool, log_format: LogFormat = "text") -> Terminal:
    """Return where a command speaks, with the log begun."""
    terminal = Terminal(as_json=as_json, is_debug=is_debug(), log_format=log_format)
    terminal.begin_log()
    return terminal


def is_debug() -> bool:
    """Return whether `N2F_SYNC_DEBUG` asks for everything."""
    return bool(os.environ.get("N2F_SYNC_DEBUG"))


class _Stdout(Console):
    """A console that leaves it to its caller when the reader of a pipe is gone; rich's own ends the process."""

    def on_broken_pipe(self) -> None:
        """Raise the BrokenPipeError that is being handled."""
        raise  # noqa: PLE0704 - rich calls this while it handles the error


class _Bars:
    """A line per step, with a bar where the end is known."""

    def __init__(self, shown: rich.progress.Progress) -> None:
        self._shown = shown
        self._task: rich.progress.TaskID | None = None
        self._asked_at, self._ahead = -_EVERY, ""
        self._pace = Pace()

    def stage(self, title: str) -> None:
        """See `Progress.stage`."""
        self.end()
        self._pace = Pace()
        self._task = self._shown.add_task(title, total=None, note="")

    def advance(self, done: int, total: int | None, what: str, ahead: Ahead | None = None) -> None:
        """See `Progress.advance`."""
        if self._task is not None:
            note = f"{done} {what}" if total is None else f"{done} of {total} {what}"
            now = time.monotonic()
            rate = self._pace.per_minute(done, now)
            left = 0 if total is None else total - done
            note += f", {left} left" if left else ""
            note += "" if rate is None else f", {rate:.0f} a minute"
            if ahead is not None and now - self._asked_at >= (_EVERY if left > _MANY else _EVERY_FEW):
                self._asked_at, self._ahead = now, ahead()
            rest = f"; {self._ahead}" if ahead is not None and done != total else ""
            self._shown.update(self._task, completed=done, total=total, note=note + rest)

    def end(self) -> None:
        """Show the step as done."""
        if self._task is not None:
            self._shown.update(self._task, completed=1, total=1)
            self._task = None
