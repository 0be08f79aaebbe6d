"""A real push under a quota that N2F enforces, against the least time that the rule leaves for so many calls."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice, pairwise, takewhile
from statistics import median
from typing import Any

import requests

from bench import worlds
from bench.figures import Figure
from bench.least_time import earliest_starts, fixed
from bench.place import place_of
from demo.control import CONTROL_PATH

QUOTA = 300
CHANGES = 899
"""With the token, which counts as a write, three times the quota: two minutes at least."""


def measure(*, changes: int = CHANGES, quota: int = QUOTA) -> list[Figure]:
    """Send so many changes, and read N2F's own record of when it saw which call."""
    with place_of(users=changes, values=0, writes_per_minute=quota) as place:
        with place.connect() as connection:
            worlds.change(connection, users=changes)
        run = place.sync("--allow-mass-update")
        root = place.base_url.split("/services/")[0]
        stats: dict[str, Any] = requests.get(f"{root}{CONTROL_PATH}stats", timeout=60).json()
    if run.total("succeeded") != changes:
        raise SystemExit(f"{changes} users differ, {run.total('succeeded')} were sent")
    token, *sent = (
        datetime.fromtimestamp(call["at"], UTC) for call in stats["calls"] if call["method"] != "GET"
    )
    first, last = sent[0], sent[-1]
    least = list(takewhile(lambda at: at <= last, earliest_starts(first, fixed(quota), before=[token])))
    taken, needed = last - first, least[len(sent) - 1] - first
    pace = median((after - before).total_seconds() for before, after in pairwise(sent))
    *_, own = islice(earliest_starts(first, fixed(quota), call_seconds=pace, before=[token]), len(sent))
    return [
        Figure(key="quota", title="quota a minute", value=quota, digits=0),
        Figure(key="writes", title="changes sent", value=len(sent), digits=0),
        Figure(
            key="violations",
            title="calls beyond the quota, by N2F's own count",
            value=stats["quota_violations"],
            digits=0,
        ),
        Figure(key="in_flight", title="most calls in flight at once", value=stats["max_in_flight"], digits=0),
        Figure(key="least_seconds", title="least time for so many, s", value=needed.total_seconds()),
        Figure(key="seconds", title="the push's time, as N2F saw it, s", value=taken.total_seconds()),
        Figure(key="ratio", title="**time ÷ least time**", value=taken / needed, digits=4),
        Figure(key="call_seconds", title="from one change to the next in a burst, s", value=pace, digits=4),
        Figure(
            key="ratio_at_this_pace",
            title="time ÷ least time for calls that take so long",
            value=taken / (own - first),
            digits=4,
        ),
        Figure(key="idle", title="slots left idle", value=len(least) - len(sent), digits=0),
    ]
