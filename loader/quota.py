"""Pacing: never more calls in any 60 seconds than N2F allows, and no second lost beyond that.

Own code, since no library found does it (read in November 2026: pyrate-limiter 4.5, requests-ratelimiter
0.10 on top of it, limits 5.8). The quota changes at 06:00 and 20:00 while the same calls of the last minute
go on counting, and who waits must wake when it rises: their rates know no time of day, and a wait is
reckoned once. Calls must count for the next process too: their stores for that are servers, or SQLite with
a thread that cleans up. pyrate-limiter stamps a call that had to wait with the time it had reckoned, which
is earlier than its start when the sleep was longer. None lets both clock and sleep be replaced, which a
proof over nights and changes to summer time needs.

The rule (section 1 of the contract): a call may start when fewer than Q calls of its kind started in the
preceding 60 seconds, Q being the quota then in force. N2F sees a call at some moment between our start and
its answer. So an earlier call counts from the moment its answer came, the latest at which N2F can have seen
it: whatever the delays on the way, N2F never counts more than Q.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from loader.clock import Clock, SimulatedClock, SystemClock
from loader.ledger import Kind, Ledger
from loader.settings import QuotaSettings

__all__ = ["Clock", "Kind", "Ledger", "Pacer", "SimulatedClock", "SystemClock"]

logger = logging.getLogger(__name__)

DAY_BEGINS, DAY_ENDS = 6, 20
"""Hours of N2F's time zone: day from 06:00:00, night from 20:00:00."""

DAY: dict[Kind, int] = {"read": 60, "write": 10}
NIGHT: dict[Kind, int] = {"read": 200, "write": 50}

WINDOW = 60.0
"""Seconds."""

DRIFT = 0.05
"""Seconds by which our minute is longer: clocks that are being set can differ by 500 ppm, 30 ms a minute."""

_RECENT = 20
"""Calls of a kind whose length says how long the next ones take: a night can get slow."""

_CALL_SECONDS = 0.3
"""What a forecast takes a call to last before one was made."""

MARGIN = timedelta(seconds=1)
"""Around a changeover the lower quota holds: N2F's clock is another one and sees a call later than ours."""


class Pacer:
    """Lets calls start, one at a time, as soon as the quota allows.

    Attributes:
        zone: N2F's, by whose clocks day and night change.
    """

    def __init__(
        self, quota: QuotaSettings, *, clock: Clock | None = None, ledger: Ledger | None = None
    ) -> None:
        self._settings = quota
        self.zone = ZoneInfo(quota.timezone)
        self._fixed: dict[Kind, int | None] = {
            "read": quota.reads_per_minute,
            "write": quota.writes_per_minute,
        }
        self._clock = clock or SystemClock()
        self._calls: dict[Kind, deque[float]] = {"read": deque(), "write": deque()}
        self._in_flight: Kind | None = None
        self._started_at = 0.0
        self._lengths: dict[Kind, deque[float]] = {
            "read": deque(maxlen=_RECENT),
            "write": deque(maxlen=_RECENT),
        }
        self._ledger = ledger if any(limit != 0 for limit in self._fixed.values()) else None
        if self._ledger is not None:
            now, monotonic = self._clock.now(), self._clock.monotonic()
            for kind, times in self._ledger.open(now, seconds=WINDOW + DRIFT).items():
                self._calls[kind].extend(monotonic - (now - at).total_seconds() for at in times)

    def close(self) -> None:
        """Close the ledger."""
        if self._ledger is not None:
            self._ledger.close()

    def quota(self, kind: Kind, at: datetime) -> int | None:
        """Return how many calls may start in 60 seconds at that moment; None for any number."""
        fixed = self._fixed[kind]
        if fixed is not None:
            return fixed or None
        hours = ((at + margin).astimezone(self.zone).hour for margin in (-MARGIN, MARGIN))
        return min((DAY if DAY_BEGINS <= hour < DAY_ENDS else NIGHT)[kind] for hour in hours)

    def left(self, kind: Kind) -> tuple[int | None, int]:
        """Return the quota now in force, None for any number, and how many calls may start at once."""
        limit, since = self.quota(kind, self._clock.now()), self._clock.monotonic() - WINDOW - DRIFT
        return limit, max((limit or 0) - sum(at > since for at in self._calls[kind]), 0)

    def wait(self, kind: Kind) -> float:
        """Sleep until a call of this kind may start, count it, and return the seconds slept."""
        delay = self._delay(kind)
        if delay >= 1:
            logger.info("the quota of %ss is used up: the next one waits up to %.0f s", kind, delay)
        return self._start(kind)

    def done(self) -> None:
        """Say that the call's answer has come or will not come: from now on it counts for 60 seconds."""
        kind, self._in_flight = self._in_flight, None
        if kind is None:
            return
        self._lengths[kind].append(self._clock.monotonic() - self._started_at)
        if self._fixed[kind] != 0:
            self._calls[kind].pop()
            self._record(kind, "answered")

    def now(self) -> datetime:
        """Return the time of day by which it paces."""
        return self._clock.now()

    def play(
        self, kind: Kind, count: int, start: datetime | None = None, *, call_seconds: float | None = None
    ) -> Iterator[tuple[datetime, datetime]]:
        """Yield when each of `count` calls would start and end, were they to begin at `start` (default: now).

        This very code runs on a simulated clock, so that the answer is right across changeovers and counts
        the calls already made. A call takes `call_seconds`; by default as long as the last ones of its kind,
        or else of the other one, on average.
        """
        now = self._clock.now()
        begin = (start or now).astimezone(UTC)
        clock = SimulatedClock(begin)
        shadow = Pacer(self._settings, clock=clock)
        offset = self._clock.monotonic() + (begin - now).total_seconds()
        for each, times in self._calls.items():
            shadow._calls[each].extend(at - offset for at in times)
        if call_seconds is None:
            lengths = (
                self._lengths[kind] or self._lengths["read"] or self._lengths["write"] or (_CALL_SECONDS,)
            )
            call_seconds = sum(lengths) / len(lengths)
        for _ in range(count):
            shadow._start(kind)
            started_at = clock.now()
            clock.sleep(call_seconds)
            shadow.done()
            yield started_at, clock.now()

    def changeover(self, kind: Kind, after: datetime) -> datetime | None:
        """Return when another quota comes into force next; None where it is always the same."""
        if self._fixed[kind] is not None:
            return None
        return min(self._next(hour, after) for hour in (DAY_BEGINS, DAY_ENDS))

    def _start(self, kind: Kind) -> float:
        self.done()
        waited = 0.0
        while (delay := self._delay(kind)) > 0:
            delay = max(delay, 0.001)
            self._clock.sleep(delay)
            waited += delay
        self._in_flight, self._started_at = kind, self._clock.monotonic()
        self._record(kind, "started")
        return waited

    def _delay(self, kind: Kind) -> float:
        """Seconds until it is worth looking again; 0 when a call may start."""
        now = self._clock.now()
        quota = self.quota(kind, now)
        if quota is None:
            return 0.0
        calls, span, monotonic = self._calls[kind], WINDOW + DRIFT, self._clock.monotonic()
        while calls and calls[0] + span <= monotonic:
            calls.popleft()
        if len(calls) < quota:
            return 0.0
        free = calls[len(calls) - quota] + span - monotonic
        return min(free, self._until_night(now)) if self._fixed[kind] is None else free

    def _until_night(self, now: datetime) -> float:
        """Seconds until the quota rises next."""
        return (self._next(DAY_ENDS, now - MARGIN) + MARGIN - now).total_seconds()

    def _next(self, hour: int, after: datetime) -> datetime:
        """Return when clocks show this full hour next."""
        today = after.astimezone(self.zone).date()
        hours = (
            datetime(day.year, day.month, day.day, hour, tzinfo=self.zone).astimezone(UTC)
            for day in (today, today + timedelta(days=1))
        )
        return min(each for each in hours if each > after)

    def _record(self, kind: Kind, event: Literal["started", "answered"]) -> None:
        if self._fixed[kind] == 0:
            return
        if self._ledger is not None:
            self._ledger.add(self._clock.now(), kind, event)
        self._calls[kind].append(self._clock.monotonic())
