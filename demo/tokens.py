"""Bearer tokens that end."""

import secrets
from datetime import UTC, datetime

from demo.clock import Clock, SystemClock

TOKEN_PREFIX = "demo-token-"  # noqa: S105 - by which a token is known where it does not belong
_TICKS_PER_SECOND = 10_000_000  # N2F tells instants in tenths of a microsecond


class Tokens:
    """The tokens that were given out; any number of them hold at the same time."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._ends: dict[str, float] = {}
        self.issued = 0

    def issue(self, seconds: float) -> tuple[str, str]:
        """Make a token; returns it and the UTC instant of its end, `2025-08-20T09:54:35.8185075Z`."""
        token = TOKEN_PREFIX + secrets.token_urlsafe(32)
        self._ends[token] = self._clock.monotonic() + seconds
        self.issued += 1
        now = round(self._clock.time() * _TICKS_PER_SECOND)
        whole, ticks = divmod(now + round(seconds * _TICKS_PER_SECOND), _TICKS_PER_SECOND)
        return token, f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{ticks:07d}Z"

    def holds(self, authorization: str | None) -> bool:
        """Whether the value of an Authorization header is a bearer token that has not ended."""
        scheme, _, token = (authorization or "").partition(" ")
        return scheme == "Bearer" and self._clock.monotonic() < self._ends.get(token, 0.0)

    def expire_all(self) -> None:
        """End all tokens now."""
        self._ends.clear()
