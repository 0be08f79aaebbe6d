"""What there is to tell of a run: the run, its plan with what became of it, and the nights before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from loader.explained import Members
from loader.needs import Remedies
from loader.planned_rows import FieldChange


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedChange:
    """A change of the plan and what became of it.

    Attributes:
        company: the code that the plan's snapshot has, else the uuid; '' where there is none.
        fields: those that an update changes; of a create what it is given, of a delete what N2F held.
        outcome: that of the view `reported_changes`.
        since: instant since when it fails or is held, UTC text; None where it does neither.
        plan_count: how many plans in a row held it by then; None where it is not held.
    """

    sequence: int
    scope: str
    action: str
    entity_key: str
    company: str
    fields: tuple[FieldChange, ...]
    outcome: str
    run_id: str | None
    http_status: int | None
    attempts: int | None
    reason: str | None
    started_at: str | None
    finished_at: str | None
    since: str | None
    plan_count: int | None

    def to_json(self) -> Members:
        """Return it as dicts and lists that `json.dumps` takes."""
        fields = [{"field": item.field, "old": item.old, "new": item.new} for item in self.fields]
        return {name: getattr(self, name) for name in self.__slots__} | {"fields": fields}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What there is to tell of a run. Instants are UTC text, of rows that people read.

    Attributes:
        run: its row of `n2f_sync.runs`.
        plan_id: the plan that it made or worked on; None where it came to none.
        snapshot: what the plan was made from; None likewise, or where it was thrown away.
        settings: what the run was allowed to do.
        guards: what was withheld by a guard, each with the command that lifts it.
        remedies: what to do about each kind of need, as the seed says now.
        counts: changes by scope, action and outcome.
        problems: what failed, was skipped or is left, counted by reason.
        rejections: rejected rows, counted by scope and reason.
        flapping: fields that each of the last three runs updated.
        changes: at most `LONGEST_PAGE`, those that need a person first.
        rejected: likewise.
        companies: codes of the snapshot by uuid.
        nights: the last 30, by the date on which they began; nights without a run are not among them.
        minutes: of the run in which calls were made, with the quotas then in force.
        stages: how long each step took.
        metrics: what the run cost; None of a run that was killed.
    """

    run: Members
    plan_id: str | None = None
    snapshot: Members | None = None
    settings: Members = field(default_factory=dict)
    guards: tuple[Members, ...] = ()
    fields_not_compared: tuple[Members, ...] = ()
    remedies: Remedies = field(default_factory=lambda: Remedies(by_kind={}))
    counts: tuple[Members, ...] = ()
    problems: tuple[Members, ...] = ()
    rejections: tuple[Members, ...] = ()
    flapping: tuple[Members, ...] = ()
    changes: tuple[ReportedChange, ...] = ()
    change_count: int = 0
    rejected: tuple[Members, ...] = ()
    rejected_count: int = 0
    companies: dict[str, str] = field(default_factory=dict)
    nights: tuple[Members, ...] = ()
    last_night: date
    minutes: tuple[Members, ...] = ()
    stages: tuple[Members, ...] = ()
    metrics: Members | None = None
    written_at: datetime

    def to_json(self) -> Members:
        """Return it as dicts and lists that `json.dumps` takes."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        return plain | {
            "changes": [change.to_json() for change in self.changes],
            "remedies": [
                {"kind": kind, "reason": reason, "remedy": remedy}
                for (kind, reason), (_, remedy) in self.remedies.by_kind.items()
            ],
            "last_night": self.last_night.isoformat(),
            "written_at": f"{self.written_at.isoformat()}Z",
        }
