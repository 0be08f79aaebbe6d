"""The form of the log: dated lines for people, or a JSON object a line for machines, with run and step as fields.

The objects are made by python-json-logger. structlog was looked at: its gain is bound loggers, and every module here
logs with `logging`, whose records python-json-logger takes as they are.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from itertools import pairwise
from typing import Literal, TextIO, get_args

from loader.errors import ConfigurationError, SyncError, UsageError

LogFormat = Literal["text", "json"]
FORMATS: tuple[str, ...] = get_args(LogFormat)

_VARIABLE = "N2F_SYNC_LOG_FORMAT"
_OPTION = "--log-format"
_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_now: dict[str, str | None] = {"run_id": None, "stage": None}
"""What every JSON line says. One process does one run at a time, and dbt's threads log of the same one."""


class _JsonHandler(logging.StreamHandler[TextIO]):
    """Writes JSON lines."""


def note_run(run_id: str) -> None:
    """Say which run is at work."""
    _now["run_id"] = run_id


def note_stage(title: str) -> None:
    """Say at which step it is."""
    _now["stage"] = title


def asked_format(option: str | None, env: Mapping[str, str]) -> LogFormat:
    """Return the form that the option asks for, or else the variable; text by default.

    Raises:
        UsageError: the option is neither of the two.
        ConfigurationError: the variable is.
    """
    wanted = f"one of {', '.join(FORMATS)}"
    if option is not None and option not in FORMATS:
        raise UsageError(
            f"{_OPTION} is {option[:80]!r}", doing="reading the command line", remedy=f"Set it to {wanted}."
        )
    text = option or env.get(_VARIABLE, "").strip() or "text"
    if text not in FORMATS:
        raise ConfigurationError(
            f"{_VARIABLE} is {text[:80]!r}",
            doing="reading the settings",
            remedy=f"Set {_VARIABLE} to {wanted}, or unset it.",
            variables=[_VARIABLE],
        )
    return "json" if text == "json" else "text"


def format_for_errors() -> LogFormat:
    """Return the form that the log has; before it has begun, what is asked for, where wrong values count as text."""
    if any(isinstance(handler, _JsonHandler) for handler in logging.getLogger("loader").handlers):
        return "json"
    words = sys.argv[1:]
    options = [word.partition("=")[2] for word in words if word.startswith(f"{_OPTION}=")]
    options += [after for word, after in pairwise(words) if word == _OPTION]
    try:
        return asked_format(options[-1] if options else None, os.environ)
    except SyncError:
        return "text"


def begin_json(level: int) -> None:
    """Send the loader's log to stderr as JSON lines."""
    begin(_json_handler(), level)


def begin_lines(level: int) -> None:
    """Send the loader's log to stderr as dated lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(_LINE))
    begin(handler, level)


def begin(handler: logging.Handler, level: int) -> None:
    """Let this handler alone have the loader's log."""
    logger = logging.getLogger("loader")
    logger.handlers = [handler]
    logger.setLevel(level)
    logger.propagate = False


def _json_handler() -> logging.Handler:
    from pythonjsonlogger.json import JsonFormatter

    handler = _JsonHandler(sys.stderr)
    handler.addFilter(_at_work)
    handler.setFormatter(
        JsonFormatter(
            ["levelname", "name", "message", "run_id", "stage"],
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp="time",
            json_ensure_ascii=False,
        )
    )
    return handler


def _at_work(record: logging.LogRecord) -> bool:
    """Add run and step to a record."""
    vars(record).update(_now)
    return True
