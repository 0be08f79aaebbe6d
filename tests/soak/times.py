"""One simulated time for the loader, its tables, the models and N2F, so that months pass in a minute."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from unittest.mock import patch

from loader import database
from loader.clock import SimulatedClock
from tests.soak.life import Life

_TICK = 0.001  # seconds: as on a real clock, no two instants that are written down are the same


class Time(SimulatedClock):
    """The time of a story; whoever waits moves it."""

    def tick(self) -> datetime:
        """Return the present instant as `loader.database.utc_now` does, and let a moment pass."""
        self.sleep(_TICK)
        return self.now().replace(tzinfo=None)

    @contextmanager
    def of_the_tables(self) -> Iterator[None]:
        """Let every instant that the loader writes down be of this time.

        `utc_now` is imported by name, so that it is replaced in each module that has it.
        """
        real = database.utc_now
        with ExitStack() as stack:
            for name, module in list(sys.modules.items()):
                if name.startswith("loader.") and getattr(module, "utc_now", None) is real:
                    stack.enter_context(patch.object(module, "utc_now", self.tick))
            yield


class N2FTime:
    """N2F's own clock: the time of the story that is told, read from a clock that is a little off, as real ones are."""

    def __init__(self) -> None:
        self.begin(Time(datetime.fromtimestamp(0, UTC)), seconds_off=0.0)

    def begin(self, time: Time, *, seconds_off: float) -> None:
        """Follow the time of another story."""
        self._time, self._off = time, seconds_off

    def time(self) -> float:
        """Return seconds since 1970."""
        return self._time.now().timestamp() + self._off

    def monotonic(self) -> float:
        """Return the seconds that have passed."""
        return self._time.monotonic()


class TimeOfALife:
    """The clock of one command: it stops for who is dead, so that nothing is written down after a kill."""

    def __init__(self, time: Time, life: Life) -> None:
        self._time = time
        self._life = life

    def now(self) -> datetime:
        """See `loader.clock.Clock`."""
        self._life.check()
        return self._time.now()

    def monotonic(self) -> float:
        """See `loader.clock.Clock`."""
        self._life.check()
        return self._time.monotonic()

    def sleep(self, seconds: float) -> None:
        """See `loader.clock.Clock`."""
        self._life.passes("wait")
        self._time.sleep(seconds)
