"""The rows of a frozen plan for people to read: old and new value of each field that a change touches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from loader.database import Warehouse
from loader.plan import CHANGE_COLUMNS, CHANGES

_REJECTED = """
    select scope, entity_key, reason, detail, source
    from {n2f_diff.rejected_rows} order by scope, reason, entity_key
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A field as N2F holds it and as it is to be."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRow:
    """One request of a plan, and whether it is sent."""

    sequence: int
    scope: str
    action: str
    entity_key: str
    decision: str
    reason: str | None
    detail: str | None
    http_method: str
    path_template: str
    path_params: dict[str, Any]
    fields: tuple[FieldChange, ...]
    selection_rank: int | None

    def to_json(self) -> dict[str, Any]:
        """Return it as dicts and lists that `json.dumps` takes."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """A row that is held back, and why."""

    scope: str
    entity_key: str | None
    reason: str
    detail: str | None
    source: str | None

    def to_json(self) -> dict[str, Any]:
        """Return it as a dict that `json.dumps` takes."""
        return asdict(self)


def planned_rows(warehouse: Warehouse, plan_id: str) -> Iterator[PlannedRow]:
    """Yield the rows of a plan in the order they are sent."""
    for values in warehouse.stream(CHANGES, (plan_id,)):
        row = dict(zip(CHANGE_COLUMNS, values, strict=True))
        old, new = members_of(row["previous_json"]), members_of(row["payload_json"])
        yield PlannedRow(
            sequence=row["sequence"],
            scope=row["scope"],
            action=row["action"],
            entity_key=row["entity_key"],
            decision=row["decision"],
            reason=row["decision_reason"],
            detail=row["decision_detail"],
            http_method=row["http_method"],
            path_template=row["path_template"],
            path_params=json.loads(row["path_params_json"]),
            fields=field_changes(old, new, row["changed_columns"]),
            selection_rank=row["selection_rank"],
        )


def rejected_rows(warehouse: Warehouse) -> list[RejectedRow]:
    """Return what the last build held back."""
    names = ("scope", "entity_key", "reason", "detail", "source")
    return [RejectedRow(**dict(zip(names, row, strict=True))) for row in warehouse.rows(_REJECTED)]


def field_changes(old: dict[str, Any], new: dict[str, Any], changed: str | None) -> tuple[FieldChange, ...]:
    """Return the fields that change; all of them for a create, none for a delete."""
    names = changed.split(",") if changed else list(new) if not old else []
    return tuple(FieldChange(field=name, old=old.get(name), new=new.get(name)) for name in names)


def members_of(text: str | None) -> dict[str, Any]:
    """Return a payload by its fields; none where there is no payload."""
    loaded = json.loads(text) if text else {}
    return loaded if isinstance(loaded, dict) else {}
