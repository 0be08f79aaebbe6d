"""What of a run needs a person, most urgent first, each with what to do.

How urgent each kind is, and what to do, is the seed `remedies`: words that staff change without touching this.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from loader.database import Warehouse

if TYPE_CHECKING:
    from loader.summary import Summary

_LAST = 1000  # the urgency of what the seed does not name

_SEED = "remedies"
_ROWS = "select kind, coalesce(reason, ''), urgency, remedy from {n2f_staging.remedies}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedies:
    """The seed: urgency and remedy by kind and reason; empty on a database that dbt has not built yet."""

    by_kind: dict[tuple[str, str], tuple[int, str]]

    @classmethod
    def read(cls, warehouse: Warehouse) -> Self:
        """Return what the last build knows."""
        rows = warehouse.rows(_ROWS) if warehouse.has_table("n2f_staging", _SEED) else []
        return cls(by_kind={(kind, reason): (urgency, remedy) for kind, reason, urgency, remedy in rows})

    def need(self, kind: str, text: str, *, reason: str = "", command: str | None = None) -> Need:
        """Return a need with its urgency and remedy."""
        unknown = (_LAST, f"Add {kind} {reason}".rstrip() + " to the seed remedies.")
        urgency, remedy = self.by_kind.get((kind, reason)) or self.by_kind.get((kind, "")) or unknown
        return Need(kind=kind, reason=reason, text=text, remedy=remedy, command=command, urgency=urgency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something that needs a person. It names scopes and counts, nobody.

    Attributes:
        kind: as the seed spells it.
        reason: likewise; '' where the kind has one alone.
        text: what it is, in one line.
        remedy: what to do, in one line.
        command: what to run once it was looked at; None where no command helps.
        urgency: the lowest number is the most urgent.
    """

    kind: str
    reason: str
    text: str
    remedy: str
    command: str | None
    urgency: int

    def to_json(self) -> dict[str, Any]:
        """Return it as a dict that `json.dumps` takes."""
        return asdict(self)


def needs_of(found: Summary, remedies: Remedies) -> tuple[Need, ...]:
    """Return what of a run needs a person, most urgent first."""
    return tuple(sorted(_needs(found, remedies), key=lambda need: need.urgency))


def _needs(found: Summary, remedies: Remedies) -> Iterator[Need]:
    if found.error is not None:
        yield remedies.need("error", f"Stopped by an error ({found.error.code})")
    for breached in found.guards:
        text = f"Withheld by a guard: {breached.guard.message}"
        yield remedies.need("guard", text, reason=breached.guard.verdict, command=breached.command)
    remembered = found.remembered
    if remembered.failing_count:
        most = max(row.run_count for row in remembered.failing)
        what = _rows(remembered.failing_count, "fails", "fail")
        yield remedies.need("failing", f"{what} run after run, up to {most} in a row")
    for status in ("failed", "skipped"):
        for count in found.counts:
            if number := getattr(count, status):
                text = f"{number} {_plural(number, count.action)} of {count.scope} {status}"
                yield remedies.need(status, text)
    if remembered.flapping_count:
        fields = _plural(remembered.flapping_count, "field")
        yield remedies.need(
            "flapping", f"{remembered.flapping_count} {fields} updated by each of the last three runs"
        )
    for rejected in found.findings.rejected:
        rows = _rows(
            rejected.row_count, f"of {rejected.scope} is rejected", f"of {rejected.scope} are rejected"
        )
        yield remedies.need("rejected", f"{rows}: {rejected.reason}", reason=rejected.reason)
    if left := found.total("left"):
        yield remedies.need("left", f"{_rows(left, 'is', 'are')} left over")
    fields_by_scope = Counter(
        (field.scope, field.reason)
        for field in found.findings.fields_not_compared
        if field.reason != "left_out"
    )
    for (scope, reason), number in fields_by_scope.items():
        text = f"{number} {_plural(number, 'field')} of {scope} not compared: {reason}"
        yield remedies.need("not_compared", text, reason=reason)


def _rows(count: int, one: str, several: str) -> str:
    return f"{count} row {one}" if count == 1 else f"{count} rows {several}"


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
