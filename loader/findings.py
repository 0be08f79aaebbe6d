"""What a build found besides changes: guards that were breached, rows held back, fields that nobody compares.

They are frozen with the plan, so that its summary says the same when it is pushed hours later.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

from loader.database import Warehouse

# The verdict `source_empty` holds for a whole scope; one of its rows is enough.
_GUARDS = """
    select
        scope, case when verdict = 'source_empty' then null else action end as action, verdict,
        max(change_count), max(n2f_count), min(message)
    from {n2f_diff.push_safety}
    where verdict <> 'ok'
    group by scope, case when verdict = 'source_empty' then null else action end, verdict
    order by 1, 2
"""

_REJECTED = """
    select scope, reason, count(*) from {n2f_diff.rejected_rows} group by scope, reason order by scope, reason
"""

_FIELDS = """
    select scope, field, reason, count(*) from {n2f_diff.fields_not_compared}
    group by scope, field, reason order by scope, field, reason
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A guard that withholds something.

    Attributes:
        action: None where it withholds the whole scope.
        verdict: `over_limit`, or `source_empty`.
        message: the numbers, in words.
    """

    scope: str
    action: str | None
    verdict: str
    change_count: int
    n2f_count: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """How many rows of a scope are held back for one reason."""

    scope: str
    reason: str
    row_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldNotCompared:
    """A field that is sent but not compared, in how many lists (a company's axis is a list)."""

    scope: str
    field: str
    reason: str
    list_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All of it."""

    guards: tuple[Guard, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    fields_not_compared: tuple[FieldNotCompared, ...] = ()

    @property
    def rejected_count(self) -> int:
        """Rows held back, of all scopes."""
        return sum(row.row_count for row in self.rejected)

    @classmethod
    def read(cls, warehouse: Warehouse) -> Self:
        """Return what the present build found."""
        guards = ("scope", "action", "verdict", "change_count", "n2f_count", "message")
        rejected = ("scope", "reason", "row_count")
        fields = ("scope", "field", "reason", "list_count")
        return cls(
            guards=tuple(Guard(**dict(zip(guards, row, strict=True))) for row in warehouse.rows(_GUARDS)),
            rejected=tuple(
                Rejected(**dict(zip(rejected, row, strict=True))) for row in warehouse.rows(_REJECTED)
            ),
            fields_not_compared=tuple(
                FieldNotCompared(**dict(zip(fields, row, strict=True))) for row in warehouse.rows(_FIELDS)
            ),
        )

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Return what `to_json` wrote."""
        return cls(
            guards=tuple(Guard(**item) for item in stored["guards"]),
            rejected=tuple(Rejected(**item) for item in stored["rejected"]),
            fields_not_compared=tuple(FieldNotCompared(**item) for item in stored["fields_not_compared"]),
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as dicts and lists that `json.dumps` takes."""
        return {
            "guards": [asdict(item) for item in self.guards],
            "rejected": [asdict(item) for item in self.rejected],
            "fields_not_compared": [asdict(item) for item in self.fields_not_compared],
        }
