"""How far a run has come. The command line draws it; without a terminal it is plain lines of the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from loader.logs import note_stage
from loader.pace import Pace

logger = logging.getLogger(__name__)

Ahead = Callable[[], str]
"""Tells how the rest of a step will go."""

SENDING = "sending the plan"
"""The step of a run that sends changes."""

_EVERY = 30.0  # seconds between two lines of one stage


class Progress(Protocol):
    """What the steps of a run tell whoever watches."""

    def stage(self, title: str) -> None:
        """Begin the next step."""

    def advance(self, done: int, total: int | None, what: str, ahead: Ahead | None = None) -> None:
        """Say how much of the step is done; `total` is None where nobody can know it.

        Args:
            done: how much.
            total: of how much.
            what: what is counted.
            ahead: what says how the rest will go; it is asked only when somebody is told, since it takes a while.
        """


class LogProgress:
    """Writes a line per step, and one every half minute while a step goes on."""

    def __init__(self) -> None:
        self._spoken_at = 0.0
        self._pace = Pace()

    def stage(self, title: str) -> None:
        """See `Progress.stage`."""
        self._spoken_at = time.monotonic()
        self._pace = Pace()
        logger.info("%s", title)

    def advance(self, done: int, total: int | None, what: str, ahead: Ahead | None = None) -> None:
        """See `Progress.advance`."""
        now = time.monotonic()
        rate = self._pace.per_minute(done, now)
        if now - self._spoken_at >= _EVERY or done == total:
            self._spoken_at = now
            of = "" if total is None else f" of {total}"
            at = "" if rate is None else f", {rate:.0f} a minute"
            rest = "" if ahead is None or done == total else f"; {ahead()}"
            numbers = {"counted": what, "done": done, "total": total, "per_minute": rate and round(rate, 1)}
            logger.info("%s: %d%s%s%s", what, done, of, at, rest, extra=numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTime:
    """How long a step took, in seconds."""

    stage: str
    seconds: float


class TimedProgress:
    """Passes everything on, and keeps how long each step took."""

    def __init__(self, watcher: Progress) -> None:
        self._watcher = watcher
        self._title: str | None = None
        self._began_at = 0.0
        self._times: list[StageTime] = []

    def stage(self, title: str) -> None:
        """See `Progress.stage`."""
        self._end()
        self._title, self._began_at = title, time.monotonic()
        note_stage(title)
        self._watcher.stage(title)

    def advance(self, done: int, total: int | None, what: str, ahead: Ahead | None = None) -> None:
        """See `Progress.advance`."""
        self._watcher.advance(done, total, what, ahead)

    def times(self) -> tuple[StageTime, ...]:
        """End the step under way, and return all of them in their order."""
        self._end()
        return tuple(self._times)

    def _end(self) -> None:
        if self._title is not None:
            seconds = round(time.monotonic() - self._began_at, 3)
            self._times.append(StageTime(stage=self._title, seconds=seconds))
            self._title = None
