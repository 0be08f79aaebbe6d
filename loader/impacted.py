"""What an edit of the models changes in a plan, as dataclasses: the answer of `n2f-sync impact`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from loader.planned_rows import FieldChange, RejectedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A word that was one thing and is another; None where there was or is none."""

    before: str | None
    now: str | None

    @property
    def differs(self) -> bool:
        """Whether it is another one."""
        return self.before != self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactCount:
    """How many rows of a scope have an action and a decision, before and now."""

    scope: str
    action: str
    decision: str
    before: int
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactRow:
    """A change that one plan alone has, or on which the two differ.

    Attributes:
        presence: `new`, `gone`, or `both`.
        changed_fields: the fields that it updates in N2F, by comma; None for creates and deletes.
        request: of a change that both plans have, the fields of its request that differ: old plan, new plan.
        effect: of a change that one plan alone has, what it does: as N2F holds it, as it is to be.
    """

    scope: str
    entity_key: str
    presence: str
    action: Turn
    decision: Turn
    reason: Turn
    changed_fields: Turn
    request: tuple[FieldChange, ...]
    effect: tuple[FieldChange, ...]

    @property
    def is_update(self) -> bool:
        """Whether it is an update in the newest plan that has it."""
        return (self.action.now or self.action.before) == "update"

    def to_json(self) -> dict[str, Any]:
        """Return it as dicts and lists that `json.dumps` takes."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactRejection:
    """A row that is held back for a reason for which it was not, or the other way round."""

    presence: str
    row: RejectedRow

    def to_json(self) -> dict[str, Any]:
        """Return it as a dict that `json.dumps` takes."""
        return {"presence": self.presence} | self.row.to_json()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactGuard:
    """A guard that says something else; `message` has the numbers, where it withholds something."""

    scope: str
    action: str
    verdict: Turn
    message: Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class NotComparedCount:
    """In how many lists a field is sent and not compared, before and now."""

    scope: str
    field: str
    reason: str
    before: int
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """All of it.

    Attributes:
        against: the other revision, by name and commit.
        snapshot: both plans' snapshot: its id, the N2F it is of, when it ended (UTC).
        settings: what both plans were made with.
        blockers: why no plan would be made of this snapshot now, in words, with what to do.
        failed_tests: dbt tests that fail with the models as they stand: a run would stop.
    """

    against: dict[str, str]
    snapshot: dict[str, Any]
    settings: dict[str, Any]
    counts: tuple[ImpactCount, ...]
    rows: tuple[ImpactRow, ...]
    rejections: tuple[ImpactRejection, ...]
    guards: tuple[ImpactGuard, ...]
    not_compared: tuple[NotComparedCount, ...]
    blockers: tuple[dict[str, str], ...]
    failed_tests: tuple[str, ...]

    @property
    def is_none(self) -> bool:
        """Whether the two plans are the same."""
        return not (self.rows or self.rejections or self.guards or self.not_compared)

    def fields(self) -> Iterator[tuple[str, str, int]]:
        """Yield scope, field and in how many rows it differs: in the request of both plans, or as an update of one."""
        found = Counter(
            (row.scope, change.field)
            for row in self.rows
            for change in (*row.request, *(row.effect if row.is_update else ()))
        )
        for (scope, field), number in sorted(found.items(), key=lambda item: (-item[1], item[0])):
            yield scope, field, number

    def to_json(self) -> dict[str, Any]:
        """Return it as dicts and lists that `json.dumps` takes, without what is long."""
        return {
            "against": self.against,
            "snapshot": self.snapshot,
            "settings": self.settings,
            "is_none": self.is_none,
            "counts": [asdict(count) for count in self.counts],
            "guards": [asdict(guard) for guard in self.guards],
            "fields_not_compared": [asdict(count) for count in self.not_compared],
            "blockers": list(self.blockers),
            "failed_tests": list(self.failed_tests),
        }
