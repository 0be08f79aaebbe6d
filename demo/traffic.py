"""The calls an N2F gets: how many, how many at once, and whether they keep within the quotas."""

import math
from collections import Counter, deque
from dataclasses import dataclass, fields

from demo.clock import Clock, SystemClock
from demo.documents import JsonObject
from demo.options import Options

CALLS_KEPT = 20_000  # the newest; a call with what was sent takes some 2 kB


@dataclass(slots=True, kw_only=True)
class Call:
    """One API call. The status is filled in when it is answered; it stays None where the connection was cut.

    Attributes:
        n: Number of the call since the statistics were reset, from 1.
        method: GET, POST, DELETE and so on.
        path: What follows the base path, raw as it came, query included.
        kind: What it is about: auth, companies, roles, userprofiles, users, axes, axis_values or other.
        status: HTTP status of the answer.
        at: Start, in seconds since 1970.
        payload: The JSON that was sent, None for reads and for auth, whose body is secret.
    """

    n: int
    method: str
    path: str
    kind: str
    status: int | None
    at: float
    payload: object = None

    @property
    def is_read(self) -> bool:
        """Whether the call counts as a read; all else counts as a write."""
        return self.method == "GET"


_CALL_FIELDS = [field.name for field in fields(Call)]


class Traffic:
    """Counts calls and breaches. A call counts from its arrival, refused ones too."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._starts: dict[bool, deque[float]] = {True: deque(), False: deque()}
        self.in_flight = 0
        self.reset()

    def reset(self) -> None:
        """Forget what was counted; the windows of the quotas and the calls in flight go on."""
        self._calls: deque[Call] = deque(maxlen=CALLS_KEPT)
        self._counts: Counter[str] = Counter()
        self._call_count = 0
        self._max_in_flight = self.in_flight
        self._in_flight_violations = 0
        self._quota_violations = 0

    def begin(self, method: str, path: str, kind: str) -> Call:
        """Count a call that arrives."""
        self._call_count += 1
        self._counts[f"{method} {kind}"] += 1
        self.in_flight += 1
        self._max_in_flight = max(self._max_in_flight, self.in_flight)
        at = self._clock.time()
        call = Call(n=self._call_count, method=method, path=path, kind=kind, status=None, at=at)
        self._calls.append(call)
        return call

    def end(self) -> None:
        """Count a call that is answered, or whose connection is gone."""
        self.in_flight -= 1

    def is_alone(self) -> bool:
        """Whether the call that just arrived is the only one in flight; if not, that is a violation."""
        is_alone = self.in_flight == 1
        self._in_flight_violations += not is_alone
        return is_alone

    def seconds_to_wait(self, call: Call, options: Options) -> int:
        """How long the call should have waited for its quota, in whole seconds; 0: it was in time."""
        now = self._clock.monotonic()
        window = options.quota_window_seconds
        starts = self._starts[call.is_read]
        while starts and starts[0] <= now - window:
            starts.popleft()
        starts.append(now)
        quota = options.reads_per_minute if call.is_read else options.writes_per_minute
        if quota is None or len(starts) <= quota:
            return 0
        self._quota_violations += 1
        return max(1, math.ceil(starts[-quota] + window - now))

    def to_json(self) -> JsonObject:
        """The statistics as told under `/_demo/stats`."""
        reads = sum(count for kind, count in self._counts.items() if kind.startswith("GET "))
        return {
            "calls": [{name: getattr(call, name) for name in _CALL_FIELDS} for call in self._calls],
            "counts": dict(self._counts),
            "reads": reads,
            "writes": self._call_count - reads,
            "max_in_flight": self._max_in_flight,
            "in_flight_violations": self._in_flight_violations,
            "quota_violations": self._quota_violations,
        }
