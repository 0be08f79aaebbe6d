"""What a client of N2F has done: attempts, waits, and how many calls each minute saw."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from loader.answers import ClockDifference
from loader.ledger import Kind
from loader.quota import Pacer

_HALF_A_MINUTE = timedelta(seconds=30)


@dataclass(slots=True, kw_only=True)
class CallMinute:
    """The attempts that started in one minute.

    Attributes:
        reads: of GET calls.
        writes: of all other calls, those for a token among them.
        read_quota: how many reads N2F allows in 60 seconds of that minute; None for any number.
        write_quota: the same for writes.
    """

    reads: int = 0
    writes: int = 0
    read_quota: int | None
    write_quota: int | None


@dataclass(slots=True, kw_only=True)
class CallStats:
    """What a client has done and seen so far.

    Attributes:
        reads: attempts of GET calls.
        writes: attempts of all other calls, those for a token among them.
        retries: attempts after the first of their call.
        quota_seconds: time waited because a quota was used up.
        backoff_seconds: time waited before retries.
        clock_difference: between N2F's clock and ours, by the last answer; None before one that says the time.
        minutes: by the instant at which each began, UTC without zone; minutes without a call are not there.
    """

    reads: int = 0
    writes: int = 0
    retries: int = 0
    quota_seconds: float = 0.0
    backoff_seconds: float = 0.0
    clock_difference: ClockDifference | None = None
    minutes: dict[datetime, CallMinute] = field(default_factory=dict)

    def note_attempt(self, kind: Kind, pacer: Pacer, *, is_retry: bool) -> None:
        """Count an attempt that starts now, by the pacer's clock."""
        began = pacer.now().astimezone(UTC).replace(second=0, microsecond=0, tzinfo=None)
        minute = self.minutes.get(began)
        if minute is None:
            # Quotas change at full hours of some zone, give or take a second: the middle has that of the minute.
            middle = began.replace(tzinfo=UTC) + _HALF_A_MINUTE
            read_quota, write_quota = pacer.quota("read", middle), pacer.quota("write", middle)
            minute = self.minutes[began] = CallMinute(read_quota=read_quota, write_quota=write_quota)
        self.retries += is_retry
        if kind == "read":
            self.reads += 1
            minute.reads += 1
        else:
            self.writes += 1
            minute.writes += 1
