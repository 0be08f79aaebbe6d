"""How the rows of a plan look as text: old and new values, and what is held back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from loader.planned_rows import PlannedRow, RejectedRow
from loader.shown import safe as _safe
from loader.shown import shown_value as _value

_EMPTY = (None, "")  # what a new entity does not get


def rows(planned: Iterable[PlannedRow], rejected: Iterable[RejectedRow]) -> Iterator[str]:
    """Yield each change of a plan with old and new values, then each row that is held back."""
    for row in planned:
        note = "" if row.decision == "send" else f"  [{row.decision}: {row.reason or 'not asked for'}]"
        yield _safe(f"{row.sequence:>6}  {row.action:<6} {row.scope:<10} {row.entity_key}{note}")
        if row.action == "create":
            filled = (f"{field.field} {_value(field.new)}" for field in row.fields if field.new not in _EMPTY)
            yield _safe(f"{'':>15}{', '.join(filled)}")
        else:
            for field in row.fields:
                yield _safe(f"{'':>15}{field.field}: {_value(field.old)} → {_value(field.new)}")
    for held in rejected:
        detail = f": {held.detail}" if held.detail else ""
        key = held.entity_key or "(no key)"
        yield _safe(f"{'':>6}  reject {held.scope:<10} {key}  [{held.reason}{detail}]")
