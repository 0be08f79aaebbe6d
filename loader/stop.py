"""When a run has to end early: a signal, or the time of day that `--until` names.

While requests are being pushed, a signal only asks: the call in flight ends, its result is recorded, and the
rest is left for another run. A second signal ends it at once, as the first one does everywhere else.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from types import FrameType
from zoneinfo import ZoneInfo

from loader.clock import Clock, SystemClock, WaitEnded

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name))
"""What asks a run to end: Ctrl-C, schedulers of Unix, and Ctrl-Break, which Windows alone has."""

_SLICE = 0.2  # seconds that a waiting run may take to notice a signal


class Stopped(WaitEnded):
    """Raised out of a wait before a call that must not be made any more."""


class Stop:
    """Says whether to go on.

    Args:
        until: the instant after which nothing more is sent, with its zone; None for no end. Also an attribute.
        label: how `until` was asked for, for messages. Also an attribute.
        clock: where time comes from; None for the machine's own clock.
    """

    def __init__(
        self,
        *,
        until: datetime | None = None,
        label: str = "",
        clock: Clock | None = None,
    ) -> None:
        self.clock = clock or SystemClock()
        self.until = until
        self.label = label
        self._signal: str | None = None
        self._asks_first = False

    @property
    def signal_name(self) -> str | None:
        """The signal that asked for the end, if one did."""
        return self._signal

    def reason(self) -> str | None:
        """Return why nothing more may be sent, or None to go on."""
        if self._signal is not None:
            return f"{self._signal} received"
        if self.until is not None and self.clock.now() >= self.until:
            return f"{self.label} reached"
        return None

    def sleep(self, seconds: float) -> None:
        """Let time pass; while pushing, raise Stopped as soon as nothing more may be sent."""
        deadline = self.clock.monotonic() + seconds
        while (remaining := deadline - self.clock.monotonic()) > 0:
            if self._asks_first and (reason := self.reason()):
                raise Stopped(reason)
            self.clock.sleep(min(remaining, _SLICE))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Turn SIGINT and SIGTERM into KeyboardInterrupt, in the main thread; no other one can listen."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._receive) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def asking_first(self) -> Iterator[None]:
        """Let the first signal ask instead of interrupt."""
        self._asks_first = True
        try:
            yield
        finally:
            self._asks_first = False

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        name = signal.Signals(number).name
        if not self._asks_first or self._signal is not None:
            raise KeyboardInterrupt(name)
        self._signal = name


class StoppableClock:
    """The clock of a `Stop`, for a client whose waits for quota and retries end when the run has to end."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        return self._stop.clock.now()

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        return self._stop.clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let time pass, or raise Stopped."""
        self._stop.sleep(seconds)


def next_time_of_day(text: str, timezone: str, now: datetime) -> datetime:
    """Return the next instant after `now`, which has a zone, at which clocks of `timezone` show `text`."""
    zone = ZoneInfo(timezone)
    local = now.astimezone(zone)
    wanted = time_of_day.fromisoformat(text)
    found = datetime.combine(local.date(), wanted, tzinfo=zone)
    if found.astimezone(UTC) <= now:
        found = datetime.combine(local.date() + timedelta(days=1), wanted, tzinfo=zone)
    return found.astimezone(UTC)
