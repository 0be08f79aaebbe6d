"""Reads from a scratch database how two plans differ; the analyses of the dbt project say in SQL what differs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from loader.database import Warehouse
from loader.impacted import (
    ImpactCount,
    ImpactGuard,
    ImpactRejection,
    ImpactRow,
    NotComparedCount,
    Turn,
)
from loader.planned_rows import FieldChange, RejectedRow, field_changes, members_of

ANALYSES = ("impact_rows", "impact_counts", "impact_rejected", "impact_guards", "impact_not_compared")
"""Queries of `dbt_project/analyses`; their columns are named below in the order of their select lists."""

_COUNT = ("scope", "action", "decision", "before", "now")
_NOT_COMPARED = ("scope", "field", "reason", "before", "now")
_ROW = (
    "scope", "entity_key", "place", "presence", "action_before", "action_now", "decision_before", "decision_now",
    "reason_before", "reason_now", "changed_before", "changed_now", "payload_json", "previous_json",
    "field", "value_before", "value_now",
)  # fmt: skip
_BLOCKERS = "select message, remedy from {n2f_diff.plan_blockers} order by check_name"


def read_differences(warehouse: Warehouse, queries: Mapping[str, str]) -> dict[str, Any]:
    """Return what `Impact` has of the two plans, by its names.

    Args:
        warehouse: the scratch database, with the models built and the other plan in `n2f_impact`.
        queries: the analyses as dbt compiled them.
    """
    return {
        "counts": tuple(
            ImpactCount(**dict(zip(_COUNT, row, strict=True)))
            for row in warehouse.stream(queries["impact_counts"])
        ),
        "rows": tuple(_rows(warehouse.stream(queries["impact_rows"]))),
        "rejections": tuple(_rejections(warehouse.stream(queries["impact_rejected"]))),
        "guards": tuple(
            ImpactGuard(
                scope=scope,
                action=action,
                verdict=Turn(before=verdict_before, now=verdict_now),
                message=Turn(before=message_before, now=message_now),
            )
            for scope, action, verdict_before, verdict_now, message_before, message_now in warehouse.stream(
                queries["impact_guards"]
            )
        ),
        "not_compared": tuple(
            NotComparedCount(**dict(zip(_NOT_COMPARED, row, strict=True)))
            for row in warehouse.stream(queries["impact_not_compared"])
        ),
        "blockers": tuple(
            {"message": str(message), "remedy": str(remedy)} for message, remedy in warehouse.rows(_BLOCKERS)
        ),
    }


def _rows(found: Iterable[tuple[Any, ...]]) -> Iterator[ImpactRow]:
    """Put the fields of each change together."""
    members = (dict(zip(_ROW, row, strict=True)) for row in found)
    for _, group in groupby(members, key=lambda row: (row["scope"], row["entity_key"], row["place"])):
        rows = list(group)
        first = rows[0]
        presence = first["presence"]
        changed = first["changed_before" if presence == "gone" else "changed_now"]
        yield ImpactRow(
            scope=first["scope"],
            entity_key=first["entity_key"],
            presence=presence,
            action=Turn(before=first["action_before"], now=first["action_now"]),
            decision=Turn(before=first["decision_before"], now=first["decision_now"]),
            reason=Turn(before=first["reason_before"], now=first["reason_now"]),
            changed_fields=Turn(before=first["changed_before"], now=first["changed_now"]),
            request=tuple(
                FieldChange(field=row["field"], old=_value(row["value_before"]), new=_value(row["value_now"]))
                for row in rows
                if row["field"] is not None
            ),
            effect=()
            if presence == "both"
            else field_changes(
                members_of(first["previous_json"]), members_of(first["payload_json"]), changed
            ),
        )


def _rejections(found: Iterable[tuple[Any, ...]]) -> Iterator[ImpactRejection]:
    for scope, entity_key, source, reason, detail, before, now in found:
        row = RejectedRow(
            scope=scope, entity_key=entity_key or None, reason=reason, detail=detail or None, source=source
        )
        for _ in range(abs(now - before)):
            yield ImpactRejection(presence="new" if now > before else "gone", row=row)


def _value(text: str | None) -> Any:
    """Return a member of a request; None where it is null, and where the request has no such member."""
    return None if text is None else json.loads(text)
