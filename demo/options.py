"""What can be set on a running N2F of the demo."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

_NUMBERS = ("quota_window_seconds", "token_seconds", "latency_seconds")
_COUNTS = ("reads_per_minute", "writes_per_minute")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of the demo's N2F.

    Attributes:
        answer_culture: By whose names `GET users` answers roles and profiles; None: as they are kept.
        reads_per_minute: Most GET calls in any window of the quota; None: no quota.
        writes_per_minute: The same for all other calls, `POST auth` included.
        quota_window_seconds: Length of that window, 60 in N2F; tests make it short.
        token_seconds: How long a token holds, counted from when it is issued.
        latency_seconds: Time that every call takes beyond the work itself.
        date_offset_seconds: How far the header `Date` is ahead of the true time; less than 0: behind it.
        omit_empty_data: Whether a page without items has no `data` at all, or an empty list.
    """

    answer_culture: str | None = None
    reads_per_minute: int | None = None
    writes_per_minute: int | None = None
    quota_window_seconds: float = 60.0
    token_seconds: float = 3600.0
    latency_seconds: float = 0.0
    date_offset_seconds: float = 0.0
    omit_empty_data: bool = True

    def changed(self, changes: Mapping[str, Any]) -> "Options":
        """These options with some of them changed.

        Raises:
            ValueError: For a name that is no option, or a value of another type.
        """
        known = {field.name for field in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"there is no option {name!r}; there are {', '.join(sorted(known))}")
            if not _is_possible(name, value):
                raise ValueError(f"the option {name!r} cannot be {value!r}")
        return replace(self, **changes)


def _is_possible(name: str, value: object) -> bool:
    if name == "omit_empty_data":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if name == "date_offset_seconds":
        return isinstance(value, (int, float))
    if name in _NUMBERS:
        return isinstance(value, (int, float)) and value >= 0
    if value is None:
        return True
    return isinstance(value, int) and value > 0 if name in _COUNTS else isinstance(value, str)
