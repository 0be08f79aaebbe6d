"""Where time comes from, so that tests and forecasts can let years pass in a moment."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class WaitEnded(Exception):  # noqa: N818 - nothing went wrong
    """Raised out of `Clock.sleep` when what the wait was for must not be done any more.

    Attributes:
        attempts: how often the call that waited had been made by then; the client of N2F writes it down.
    """

    attempts: int = 0


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """Return the time of day, in UTC; it may be set while the process runs."""

    def monotonic(self) -> float:
        """Return seconds since some moment; they only ever grow."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)


class SimulatedClock:
    """A clock that only moves when someone sleeps, for forecasts and tests."""

    def __init__(self, start: datetime) -> None:
        self._start = start.astimezone(UTC)
        self._elapsed = 0.0

    def now(self) -> datetime:
        """Return the simulated time of day, in UTC."""
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Return the seconds slept so far."""
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Move the clock."""
        self._elapsed += seconds
