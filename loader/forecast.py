"""What lies ahead of a push: how many calls, at which rate, when the last one ends, what a deadline leaves over.

Nothing is reckoned here that the pacer does not do: it plays the calls on a simulated clock, so that a forecast
is right across changeovers and counts the calls of the last minute.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from loader.quota import MARGIN, Pacer

LONGEST = 30_000
"""Calls that are played at most, the fill of a night of ten hours: half a second of work. Beyond it is guesswork."""


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
        left_count: writes that the deadline leaves over.
    """

    call_count: int
    foreseen_count: int
    per_minute: int | None
    changes_at: datetime | None
    per_minute_then: int | None
    ends_at: datetime
    deadline: datetime | None
    left_count: int

    def __str__(self) -> str:
        rate = "as fast as N2F answers" if self.per_minute is None else f"{self.per_minute} a minute"
        if self.changes_at is not None:
            rate += f" until {self.changes_at:%H:%M}, then {self.per_minute_then}"
        which = "the last" if self.foreseen_count == self.call_count else f"the first {self.foreseen_count}"
        text = f"{self.call_count} to send, {rate}: {which} at {self.ends_at:%H:%M} {self.ends_at:%Z}"
        if self.deadline is not None and self.left_count:
            text += f"; {self.left_count} will be left at {self.deadline:%H:%M}"
        return text

    def to_json(self) -> dict[str, Any]:
        """Return it as a dict that `json.dumps` takes."""
        instants = {
            name: value.isoformat() for name, value in asdict(self).items() if isinstance(value, datetime)
        }
        return asdict(self) | instants


def foresee(pacer: Pacer, call_count: int, *, deadline: datetime | None = None) -> Forecast:
    """Return how `call_count` writes would go from now on."""
    zone = pacer.zone
    now = pacer.now()
    ends_at, in_time = now, 0
    foreseen = min(call_count, LONGEST)
    for started_at, ended_at in pacer.play("write", foreseen):
        ends_at = ended_at
        in_time += deadline is None or started_at < deadline
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
        left_count=call_count - in_time if deadline is not None else 0,
    )


def _local(instant: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if instant is None else instant.astimezone(zone)
