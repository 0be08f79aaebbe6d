"""How the impact of an edit looks on a terminal. Prints nothing itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.table import Table

from loader.impacted import Impact, ImpactRejection, ImpactRow, Turn
from loader.planned_rows import FieldChange
from loader.shown import safe as _safe
from loader.shown import shown_value

Renderable = str | Table
_Item = TypeVar("_Item", ImpactRow, ImpactRejection)

SHOWN = 20
"""Rows of a scope that are shown unless all are asked for."""

SIGNS = {"new": "+", "gone": "-", "both": "~"}
"""What stands before a row that comes into the plan, leaves it, or is another one in it."""

_EMPTY = (None, "")
_INDENT = " " * 17


def impact(found: Impact, *, has_all: bool = False) -> Iterator[Renderable]:
    """Yield what differs: counts, guards, fields, then rows, at most `SHOWN` of a scope unless all are asked for."""
    for line in heading(found):
        yield _safe(line)
    for line in warnings(found):
        yield _safe(line)
    if found.is_none:
        yield no_difference(found)
        return
    yield _counts(found)
    for line in findings(found):
        yield _safe(line)
    if fields := list(found.fields()):
        yield _fields(fields)
    rows, more_rows = shown(found.rows, has_all=has_all)
    for row in rows:
        yield _safe(f"{SIGNS[row.presence]:>3} {row_line(row)}")
        for line in details(row):
            yield _safe(f"{_INDENT}{line}")
    rejections, more_rejections = shown(found.rejections, has_all=has_all)
    for rejection in rejections:
        yield _safe(f"{SIGNS[rejection.presence]:>3} {rejection_line(rejection)}")
    if more_rows + more_rejections:
        yield f"{more_rows + more_rejections} more rows: --rows shows all of them."
    yield ending(found)


def heading(found: Impact) -> Iterator[str]:
    """Yield what was compared."""
    name, commit = found.against["name"], found.against["commit"][:7]
    actions = ", ".join(found.settings["actions"]) or "none"
    scopes = ", ".join(found.settings["scopes"] or ["all"])
    yield f"before: the models of {name}" + ("" if commit in name else f" ({commit})")
    yield "now:    the models as they stand in the working tree"
    yield (
        f"both:   the snapshot {found.snapshot['snapshot_id']} of {found.snapshot['base_url']},"
        f" which ended at {found.snapshot['completed_at'][:16].replace('T', ' ')} UTC;"
        f" actions {actions}; scopes {scopes}"
    )


def warnings(found: Impact) -> Iterator[str]:
    """Yield why tonight may be different."""
    for blocker in found.blockers:
        message, remedy = blocker["message"], blocker["remedy"]
        yield f"No plan would be made of this snapshot now: {message}. Best {remedy}, and ask again."
    if found.failed_tests:
        yield f"A run would stop: these dbt tests fail now: {', '.join(found.failed_tests)}. `make build` shows them."


def findings(found: Impact) -> Iterator[str]:
    """Yield the guards that say something else, and the fields that are, or are no longer, compared."""
    for guard in found.guards:
        words = f"Guard of {guard.action}s of {guard.scope}: {turned(guard.verdict)}"
        message = guard.message.now or guard.message.before
        yield f"{words} ({message})" if message else words
    for field in found.not_compared:
        yield (
            f"Not compared: {field.field} of {field.scope} ({field.reason}) in {field.before} → {field.now} lists"
        )


def row_line(row: ImpactRow) -> str:
    """Return what a row is, in one line."""
    action = turned(row.action) if row.presence == "both" else row.action.now or row.action.before or ""
    line = f"{action:<6} {row.scope:<10} {row.entity_key}"
    before, now = (
        _decided(decision, reason)
        for decision, reason in (
            (row.decision.before, row.reason.before),
            (row.decision.now, row.reason.now),
        )
    )
    if row.presence == "both":
        return line if before == now else f"{line}  [{before} → {now}]"
    decided = now or before
    return line if decided == "send" else f"{line}  [{decided}]"


def details(row: ImpactRow) -> Iterator[str]:
    """Yield what a row of one plan does, or in which fields the requests of both differ."""
    if row.effect and (row.action.now or row.action.before) == "create":
        yield ", ".join(
            f"{field.field} {shown_value(field.new)}" for field in row.effect if field.new not in _EMPTY
        )
    else:
        for field in row.effect:
            yield _arrow(field)
    for field in row.request:
        yield f"sends {_arrow(field)}"
    if row.presence == "both" and row.changed_fields.differs:
        yield f"differs from N2F in {turned(row.changed_fields)}"


def rejection_line(rejection: ImpactRejection) -> str:
    """Return a rejected row and its reason, in one line."""
    row = rejection.row
    detail = f": {row.detail}" if row.detail else ""
    return f"reject {row.scope:<10} {row.entity_key or '(no key)'}  [{row.reason}{detail}]"


def no_difference(found: Impact) -> str:
    """Return the whole of what there is to say of two plans that are the same."""
    total = sum(count.now for count in found.counts)
    return f"No difference: both plans have the same {total} changes, and reject the same rows."


def ending(found: Impact) -> str:
    """Return how many rows come, go and are other ones."""
    presence = [row.presence for row in found.rows]
    rejected = [rejection.presence for rejection in found.rejections]
    return (
        f"Changes that come into the plan: {presence.count('new')}, that leave it: {presence.count('gone')},"
        f" that are other ones: {presence.count('both')};"
        f" rows newly rejected: {rejected.count('new')}, no longer: {rejected.count('gone')}."
        " Nothing was sent, and no table of the site was changed."
    )


def turned(turn: Turn) -> str:
    """Return a word, or what it was and is."""
    if not turn.differs:
        return turn.now or ""
    return f"{turn.before or 'nothing'} → {turn.now or 'nothing'}"


def shown(items: Iterable[_Item], *, has_all: bool) -> tuple[list[_Item], int]:
    """Return the first rows of each scope, and how many more there are."""
    seen: defaultdict[str, int] = defaultdict(int)
    kept, more = [], 0
    for item in items:
        scope = item.row.scope if isinstance(item, ImpactRejection) else item.scope
        seen[scope] += 1
        if has_all or seen[scope] <= SHOWN:
            kept.append(item)
        else:
            more += 1
    return kept, more


def _decided(decision: str | None, reason: str | None) -> str:
    return f"{decision}: {reason}" if reason else decision or ""


def _arrow(field: FieldChange) -> str:
    return f"{field.field}: {shown_value(field.old)} → {shown_value(field.new)}"


def _counts(found: Impact) -> Table:
    table = Table(title="The two plans, in rows", title_justify="left")
    for name in ("scope", "action", "decision"):
        table.add_column(name)
    for name in ("before", "now"):
        table.add_column(name, justify="right")
    for count in found.counts:
        mark = "*" if count.before != count.now else ""
        table.add_row(
            _safe(count.scope), count.action, count.decision, str(count.before), f"{mark}{count.now}"
        )
    return table


def _fields(fields: list[tuple[str, str, int]]) -> Table:
    table = Table(title="Fields that differ", title_justify="left")
    table.add_column("scope")
    table.add_column("field")
    table.add_column("rows", justify="right")
    for scope, field, number in fields:
        table.add_row(_safe(scope), _safe(field), str(number))
    return table
