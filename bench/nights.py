"""Whole nights on a simulated clock: what the pacer lets start, against the least time that the rule leaves."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from itertools import islice, takewhile

from bench.figures import Figure
from bench.least_time import BRUSSELS, earliest_starts, quota_of, violations
from loader.quota import Kind, Pacer
from loader.settings import QuotaSettings

NIGHTS: Mapping[str, tuple[str, str]] = {
    "plain night": ("2026-11-24T20:00:02", "2026-11-25T06:00:00"),
    "to summer time": ("2026-03-28T20:00:02", "2026-03-29T06:00:00"),
    "to winter time": ("2026-10-24T20:00:02", "2026-10-25T06:00:00"),
    "evening to noon": ("2026-11-24T18:00:00", "2026-11-25T12:00:00"),
}
"""From when to when, in Brussels. The first three begin two seconds after the changeover, out of its margin."""

CALL_SECONDS = 0.3


def measure(name: str, *, kind: Kind = "write") -> list[Figure]:
    """Fill one night with calls, and count those that the rule would have let start in the same time."""
    begin, end = (datetime.fromisoformat(text).replace(tzinfo=BRUSSELS) for text in NIGHTS[name])
    started = time.perf_counter()
    endless = Pacer(QuotaSettings()).play(kind, 10**9, begin, call_seconds=CALL_SECONDS)
    calls = list(takewhile(lambda call: call[0] < end, endless))
    seconds = time.perf_counter() - started
    quota = quota_of(kind)
    earliest = earliest_starts(begin, quota, call_seconds=CALL_SECONDS)
    least = list(takewhile(lambda at: at < end, earliest))
    taken, needed = calls[-1][0] - begin, least[len(calls) - 1] - begin
    return [
        Figure(key="calls", title="calls made", value=len(calls), digits=0),
        Figure(key="violations", title="calls beyond the quota", value=violations(calls, quota), digits=0),
        Figure(key="least_seconds", title="least time for so many, s", value=needed.total_seconds()),
        Figure(key="seconds", title="the pacer's time, s", value=taken.total_seconds()),
        Figure(key="ratio", title="**time ÷ least time**", value=taken / needed, digits=4),
        Figure(key="idle", title="slots left idle", value=len(least) - len(calls), digits=0),
        Figure(key="idle_share", title="of all slots, %", value=100 * (1 - len(calls) / len(least))),
        Figure(key="simulated_in_ms", title="simulated in, ms", value=1000 * seconds, digits=0),
    ]


def burst(begin: str, count: int) -> tuple[float, int]:
    """Start so many writes at an instant in Brussels; return time ÷ least time, and how many broke the rule.

    The least time is that of calls of the same length, whose sender knows no delay and loses no second.
    """
    start = datetime.fromisoformat(begin).replace(tzinfo=BRUSSELS)
    quota = quota_of("write")
    calls = list(Pacer(QuotaSettings()).play("write", count, start, call_seconds=CALL_SECONDS))
    *_, least = islice(earliest_starts(start, quota, call_seconds=CALL_SECONDS), count)
    return (calls[-1][0] - start) / (least - start), violations(calls, quota)
