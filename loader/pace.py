"""How many a minute are being done lately."""

from __future__ import annotations

import time
from collections import deque

_WINDOW = 60.0  # seconds: N2F's quotas let calls through in bursts of one minute
_LEAST = 2.0  # seconds before there is anything to tell
_STEP = 0.5  # seconds between two points that are kept


class Pace:
    """The rate of a step over the last minute."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, int]] = deque()

    def per_minute(self, done: int, now: float | None = None) -> float | None:
        """Note that so much is done by now (seconds of a clock that only grows), and return how much a minute.

        None in the first seconds.
        """
        now = time.monotonic() if now is None else now
        points = self._points
        if not points or now - points[-1][0] >= _STEP:
            points.append((now, done))
        while len(points) > 1 and now - points[1][0] >= _WINDOW:
            points.popleft()
        began, first = points[0]
        if now - began < _LEAST:
            return None
        return (done - first) / (now - began) * 60
