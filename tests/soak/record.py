"""What is known of a command after it ended: what N2F saw, what the tables say, and the world it was planned for.

Plain data, so that a test can doctor it and see the invariant bite.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from tests.models.comparison import filled
from tests.reference.model import Key
from tests.reference.world import World

How = Literal["ended", "error", "killed"]
SUCCESS = range(200, 300)
GONE = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call as N2F saw it.

    Attributes:
        at: seconds since 1970, by N2F's own clock.
        answered: the status that N2F answered; None where the connection was cut.
        heard: the status that reached the loader; None where none did.
    """

    method: str
    path: str
    kind: str
    at: float
    payload: Any = None
    answered: int | None = 200
    heard: int | None = 200

    @property
    def is_read(self) -> bool:
        """Whether it counts as a read."""
        return self.method == "GET"

    @property
    def is_change(self) -> bool:
        """Whether it is a write that changes something: a token changes nothing."""
        return not self.is_read and self.kind != "auth"

    @property
    def is_success(self) -> bool:
        """Whether the loader heard that it succeeded; what is gone already is deleted."""
        return self.heard in SUCCESS or (self.method == "DELETE" and self.heard == GONE)

    def __str__(self) -> str:
        return f"{self.at:.3f} {self.method} {self.path} -> {self.answered}, heard {self.heard}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a frozen plan; `path` is percent-encoded."""

    sequence: int
    scope: str
    action: str
    entity_key: str
    method: str
    path: str
    payload: Any
    decision: str
    reason: str = ""
    selection_rank: int | None = None

    @classmethod
    def of_table(cls, row: tuple[Any, ...]) -> Row:
        """Read a row of `planned_changes`."""
        sequence, scope, action, key, method, template, params, payload, decision, reason, rank = row
        return cls(
            sequence=sequence, scope=scope, action=action, entity_key=key, method=method,
            path=filled(template, json.loads(params)), payload=payload and json.loads(payload),
            decision=decision, reason=reason or "", selection_rank=rank,
        )  # fmt: skip

    @property
    def key(self) -> Key:
        """(scope, entity_key)."""
        return (self.scope, self.entity_key)

    def is_of(self, call: Call) -> bool:
        """Whether a call is what this row asks for, to the letter."""
        return (self.method, self.path, self.payload) == (call.method, call.path, call.payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A row of `push_results`."""

    run_id: str
    sequence: int
    status: str
    http_status: int | None = None
    attempts: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A frozen plan, and the world that it was made for: N2F as the snapshot holds it, Agresso as it was built."""

    plan_id: str
    world: World
    rows: tuple[Row, ...]
    depends_on: frozenset[tuple[Key, Key]] = frozenset()

    def row_of(self, call: Call) -> Row | None:
        """Return the row to be sent that a call is about."""
        return next((row for row in self.rows if row.decision == "send" and row.is_of(call)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Fixed quotas; None for those of day and night, 0 for none."""

    reads: int | None = None
    writes: int | None = None


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command of a night.

    Attributes:
        how: whether it ended, ended with an error, or was killed.
        struck_by: a kill or a signal that came, and where.
        is_calm: no fault, no kill and no hold: it must end well.
        run: of its row in `runs`: run_id, status, exit_code; None where it was killed before there was one.
        earlier: N2F's calls of the two minutes before it.
        plan: what it planned or pushed; None where it came to neither.
        results_before, results: of that plan, before and after it.
        marks_before, marks: which rows stand in `push_attempts`, one entry each time.
        landed: what is wrong with snapshots: other documents than N2F held, where nobody moved it; one that is marked
            complete and is not.
    """

    night: int
    name: str
    how: How
    exit_code: int | None
    error: str = ""
    struck_by: str = ""
    is_calm: bool = False
    is_dry_run: bool = False
    max_writes: int | None = None
    until: str | None = None
    max_attempts: int = 6
    quota: Quota = field(default_factory=Quota)
    calls: tuple[Call, ...] = ()
    earlier: tuple[Call, ...] = ()
    max_in_flight: int = 0
    run: Mapping[str, Any] | None = None
    plan: Plan | None = None
    results_before: tuple[Result, ...] = ()
    results: tuple[Result, ...] = ()
    marks_before: tuple[int, ...] = ()
    marks: tuple[int, ...] = ()
    landed: tuple[str, ...] = ()

    @property
    def is_push(self) -> bool:
        """Whether it may send changes."""
        return self.name in ("run", "push") and not self.is_dry_run

    @cached_property
    def writes(self) -> list[tuple[Call, Row | None]]:
        """Each write that N2F saw, with the row of the plan that asks for it."""
        plan = self.plan
        return [(call, plan.row_of(call) if plan else None) for call in self.calls if call.is_change]

    def calls_of(self, row: Row) -> list[Call]:
        """Return the calls that were made for a row."""
        return [call for call, each in self.writes if each is not None and each.sequence == row.sequence]
