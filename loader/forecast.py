"""What lies ahead of a push: how many calls, at which rate, when the last one ends, what a deadline leaves over.

Nothing is reckoned here that the pacer does not do: it plays the calls on a simulated clock, so that a forecast
is right across changeovers and counts the calls of the last minute.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from loader.quota import MARGIN, Pacer
from loader.ranks import LeftOver

LONGEST = 30_000
"""Calls that are played at most, the fill of a night of ten hours: half a second of work. Beyond it is guesswork."""

_IN_HAND = 0.05
"""Part of the time until a deadline that is not planned for: what stands last in a plan may be what matters most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """How a push is going to go, if N2F answers as quickly as it has so far. Instants have a zone.

    Attributes:
        call_count: writes to make.
        foreseen_count: those that `ends_at` and `left_count` are about, at most `LONGEST`.
        per_minute: the quota now; None for none.
        changes_at: when another quota comes into force before the end; None if none does.
        per_minute_then: that quota.
        ends_at: when the last one ends.
        deadline: when nothing more may be sent; None for never.
        max_writes: how many may be sent; None for any number.
        left_count: changes that deadline or number leave over.
        left: the same by scope and action, as far as it is known.
    """

    call_count: int
    foreseen_count: int
    per_minute: int | None
    changes_at: datetime | None
    per_minute_then: int | None
    ends_at: datetime
    deadline: datetime | None
    left_count: int
    max_writes: int | None = None
    left: tuple[LeftOver, ...] = ()

    def __str__(self) -> str:
        rate = "as fast as N2F answers" if self.per_minute is None else f"{self.per_minute} a minute"
        if self.changes_at is not None:
            rate += f" until {self.changes_at:%H:%M}, then {self.per_minute_then}"
        which = "the last" if self.foreseen_count == self.call_count else f"the first {self.foreseen_count}"
        text = f"{self.call_count} to send, {rate}: {which} at {self.ends_at:%H:%M} {self.ends_at:%Z}"
        if self.left_count:
            by = f"by --max-writes {self.max_writes}"
            if self.deadline is not None and self.ends_at >= self.deadline:
                by = f"at {self.deadline:%H:%M}"
            text += f"; {self.left_count} will be left {by}"
        if self.left:
            text += f": {', '.join(map(str, self.left))}"
        return text

    def to_json(self) -> dict[str, Any]:
        """Return it as a dict that `json.dumps` takes."""
        instants = {
            name: value.isoformat() for name, value in asdict(self).items() if isinstance(value, datetime)
        }
        return asdict(self) | instants


def foresee(
    pacer: Pacer,
    open_count: int,
    *,
    deadline: datetime | None = None,
    max_writes: int | None = None,
    left: Callable[[int], tuple[LeftOver, ...]] | None = None,
) -> Forecast:
    """Return how `open_count` writes would go from now on.

    Args:
        pacer: of the client that would make them.
        open_count: writes that there are to make.
        deadline: when nothing more may be sent.
        max_writes: how many may be made.
        left: says what is left when so many go out.
    """
    zone = pacer.zone
    now = pacer.now()
    call_count = open_count if max_writes is None else min(open_count, max_writes)
    ends_at, in_time = now, 0
    foreseen = min(call_count, LONGEST)
    for started_at, ended_at in pacer.play("write", foreseen):
        ends_at = ended_at
        in_time += deadline is None or started_at < deadline
    if in_time == foreseen:
        in_time = (
            call_count if deadline is None else _beyond(call_count, foreseen, ends_at - now, deadline - now)
        )
    changeover = pacer.changeover("write", now)
    changes_at = changeover if changeover is not None and changeover < ends_at else None
    return Forecast(
        call_count=call_count,
        foreseen_count=foreseen,
        per_minute=pacer.quota("write", now),
        changes_at=_local(changes_at, zone),
        per_minute_then=pacer.quota("write", changes_at + 2 * MARGIN) if changes_at is not None else None,
        ends_at=ends_at.astimezone(zone),
        deadline=_local(deadline, zone),
        max_writes=max_writes,
        left_count=open_count - in_time,
        left=left(in_time) if left is not None and in_time < open_count else (),
    )


def room_until(pacer: Pacer, at_most: int, deadline: datetime) -> int:
    """Return how many of `at_most` writes may be planned for until a deadline, a little of the time kept in hand."""
    now = pacer.now()
    end = deadline - (deadline - now) * _IN_HAND
    count, last = 0, now
    for started_at, ended_at in pacer.play("write", min(at_most, LONGEST)):
        if started_at >= end:
            return count
        count, last = count + 1, ended_at
    return _beyond(at_most, count, last - now, end - now)


def _beyond(at_most: int, count: int, took: timedelta, has: timedelta) -> int:
    """Return how many fit into the time there is, when `count` of them, all that were played, take so long."""
    if count == at_most or took >= has or not took:
        return count
    return min(at_most, int(count * (has / took)))


def _local(instant: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if instant is None else instant.astimezone(zone)
