"""Faults on demand: what goes wrong with which of the next calls."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any


class FaultKind(StrEnum):
    """What goes wrong."""

    STATUS = "status"  # answers `status` with `headers` and `body`, and does nothing
    DROP_BEFORE = "drop_before"  # closes the connection and does nothing
    DROP_AFTER = "drop_after"  # does what was asked, then closes the connection
    CUT = "cut"  # does what was asked, then closes the connection half-way through the answer
    STALL = "stall"  # does what was asked, then waits `seconds` before it answers
    GARBAGE = "garbage"  # does what was asked, answers 200 and bytes that are no JSON
    TRUNCATE = "truncate"  # does what was asked, answers 200 and JSON that ends half-way
    HTML = "html"  # does what was asked, answers 200 and a page of HTML
    EMPTY = "empty"  # does what was asked, answers 200 and nothing
    IGNORE = "ignore"  # answers 200 to a write and does nothing: a delete without effect
    EXPIRE_TOKEN = "expire_token"  # noqa: S105 - a kind of fault; ends all tokens, then does the call as usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One rule.

    Attributes:
        kind: What goes wrong.
        method: Only calls of this HTTP method; None: all.
        path_regex: Only calls in whose raw path after the base path, query included, this is found.
        after: So many matching calls pass first.
        times: To so many calls it happens; None: until faults are cleared.
        status: HTTP status of kind `status`.
        headers: Further headers of kind `status`, such as Retry-After.
        body: Body of kind `status`.
        seconds: How long kind `stall` waits.
    """

    kind: FaultKind
    method: str | None = None
    path_regex: str = ""
    after: int = 0
    times: int | None = 1
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = "something went wrong"
    seconds: float = 0.0

    @classmethod
    def from_json(cls, rule: Mapping[str, Any]) -> "Fault":
        """Read a rule: the attributes above, `method` and `path_regex` also inside an object `match`.

        Raises:
            ValueError: For a kind, an attribute or a pattern that cannot be.
        """
        flat = {**rule, **rule.get("match", {})}
        flat.pop("match", None)
        unknown = flat.keys() - {each.name for each in fields(cls)}
        if unknown or "kind" not in flat:
            raise ValueError(f"a fault has a kind and no {sorted(unknown)}")
        try:
            re.compile(flat.get("path_regex", ""))
        except re.error as error:
            raise ValueError(f"the path_regex is no pattern: {error}") from error
        return cls(**{**flat, "kind": FaultKind(flat["kind"])})

    def prevents(self, method: str) -> bool:
        """Whether a call of this method is not done at all."""
        return self.kind in (FaultKind.STATUS, FaultKind.DROP_BEFORE) or (
            self.kind is FaultKind.IGNORE and method != "GET"
        )

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule is about such a call."""
        return self.method in (None, method) and re.search(self.path_regex, path) is not None


@dataclass(slots=True)
class _Pending:
    fault: Fault
    passes_left: int
    times_left: int | None


class Faults:
    """A queue of rules. To a call happens the first that matches and has let its `after` calls pass."""

    def __init__(self) -> None:
        self._pending: list[_Pending] = []

    def __len__(self) -> int:
        return len(self._pending)

    def add(self, fault: Fault) -> None:
        """Put a rule at the end of the queue."""
        self._pending.append(_Pending(fault, fault.after, fault.times))

    def clear(self) -> None:
        """Take all rules away."""
        self._pending.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that happens to this call, used up by it; every matching rule sees the call pass."""
        chosen: _Pending | None = None
        for pending in self._pending:
            if not pending.fault.matches(method, path):
                continue
            if pending.passes_left > 0:
                pending.passes_left -= 1
            elif chosen is None:
                chosen = pending
        if chosen is None:
            return None
        if chosen.times_left is not None:
            chosen.times_left -= 1
            if chosen.times_left <= 0:
                self._pending.remove(chosen)
        return chosen.fault
