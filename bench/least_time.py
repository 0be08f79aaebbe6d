"""The least time that the contract's rule leaves: who would know no delay and lose no second, and what broke the rule.

Written from the rule alone, apart from `loader.quota`: a call may start when fewer than Q calls of its kind started in
the preceding 60 seconds, Q being the quota then in force. Instants are whole microseconds, so that none is lost in
rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from loader.quota import Kind

Quota = Callable[[datetime], int]
"""How many calls of a kind may start in 60 seconds, at an instant."""

WINDOW = timedelta(seconds=60)
BRUSSELS = ZoneInfo("Europe/Brussels")
CHANGEOVERS = (6, 20)

_DAY: dict[Kind, int] = {"read": 60, "write": 10}
_NIGHT: dict[Kind, int] = {"read": 200, "write": 50}


def quota_of(kind: Kind) -> Quota:
    """Return the contract's quota: of the day from 06:00 to 20:00 in Brussels, else of the night."""

    def at(instant: datetime) -> int:
        is_day = CHANGEOVERS[0] <= instant.astimezone(BRUSSELS).hour < CHANGEOVERS[1]
        return (_DAY if is_day else _NIGHT)[kind]

    return at


def fixed(quota: int) -> Quota:
    """Return a quota that is the same at any time."""
    return lambda _: quota


def earliest_starts(
    begin: datetime, quota: Quota, *, call_seconds: float = 0.0, before: Sequence[datetime] = ()
) -> Iterator[datetime]:
    """Yield the earliest instants at which calls can start, one after the other, from `begin` on.

    Args:
        begin: when the first may start at the earliest.
        quota: how many may start in 60 seconds.
        call_seconds: how long each takes; the next one starts when it is over.
        before: when calls of the same kind started earlier.
    """
    length, at, starts = timedelta(seconds=call_seconds), begin.astimezone(UTC), list(before)
    while True:
        while not may_start(starts, len(starts), at, quota):
            at = min(starts[-quota(at)] + WINDOW, next_changeover(at))
        starts.append(at)
        yield at
        at += length


def may_start(starts: Sequence[datetime], number: int, at: datetime, quota: Quota) -> bool:
    """Whether, of the first `number` starts, fewer than the quota lie in the 60 seconds before `at`."""
    limit = quota(at)
    return number < limit or starts[number - limit] <= at - WINDOW


def violations(calls: Sequence[tuple[datetime, datetime]], quota: Quota) -> int:
    """Count the calls that broke the rule, taking each at the moment within start and end that is worst for it.

    N2F sees a call somewhere between the two: the later it saw those before, the more of them count.
    """
    ends = [end for _, end in calls]
    return sum(
        not may_start(ends, number, start, quota) or not may_start(ends, number, end, quota)
        for number, (start, end) in enumerate(calls)
    )


def next_changeover(at: datetime) -> datetime:
    """Return the next 06:00 or 20:00 in Brussels."""
    day = at.astimezone(BRUSSELS).date()
    instants = [
        datetime(each.year, each.month, each.day, hour, tzinfo=BRUSSELS).astimezone(UTC)
        for each in (day, day + timedelta(days=1))
        for hour in CHANGEOVERS
    ]
    return min(instant for instant in instants if instant > at)
