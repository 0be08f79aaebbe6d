"""What the models say about a world, in the words of the reference, and where the two differ."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.engines import Connection
from tests.reference.model import Expectation, Guard, Key, Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChange:
    """A row of push_changes."""

    sequence: int
    scope: str
    action: str
    entity_key: str
    method: str
    path: str
    payload: dict[str, Any] | None
    previous: dict[str, Any] | None
    changed_columns: frozenset[str]
    decision: str
    decision_reason: str

    @property
    def key(self) -> Key:
        """(scope, entity_key), unique in a plan."""
        return (self.scope, self.entity_key)


def read_changes(connection: Connection) -> list[PlannedChange]:
    """Read the plan in its order."""
    rows = connection.execute("""
        select sequence, scope, action, entity_key, http_method, path_template, path_params_json, payload_json,
            previous_json, changed_columns, decision, decision_reason
        from n2f_diff.push_changes order by sequence
    """).fetchall()
    return [
        PlannedChange(
            sequence=sequence, scope=scope, action=action, entity_key=key, method=method,
            path=filled(template, json.loads(params)), payload=payload and json.loads(payload),
            previous=previous and json.loads(previous),
            changed_columns=frozenset(changed.split(",")) if changed else frozenset(),
            decision=decision, decision_reason=reason or "",
        )
        for sequence, scope, action, key, method, template, params, payload, previous, changed, decision, reason
        in rows
    ]  # fmt: skip


def filled(template: str, params: dict[str, str]) -> str:
    """Return the path with every part percent-encoded."""
    return template.format(**{name: quote(value, safe="") for name, value in params.items()})


def read_rejections(connection: Connection) -> set[Rejection]:
    """Read what is held back, and why."""
    return set(connection.execute("select scope, entity_key, reason from n2f_diff.rejected_rows").fetchall())


def read_dependencies(connection: Connection) -> set[tuple[Key, Key]]:
    """Read what waits for what."""
    return {
        ((scope, key), (on_scope, on_key))
        for scope, key, on_scope, on_key in connection.execute(
            "select scope, entity_key, depends_on_scope, depends_on_key from n2f_diff.push_dependencies"
        ).fetchall()
    }


def read_selection(connection: Connection) -> list[Key]:
    """Read which changes are chosen before which."""
    rows = connection.execute(
        "select scope, entity_key, selection_rank from n2f_diff.push_selection order by selection_rank"
    ).fetchall()
    assert [rank for _, _, rank in rows] == list(range(1, len(rows) + 1))
    return [(scope, key) for scope, key, _ in rows]


def read_guards(connection: Connection) -> dict[Key, Guard]:
    """Read the guards' verdicts by scope and action."""
    return {
        (scope, action): Guard(verdict=verdict, change_count=changes, n2f_count=held)
        for scope, action, verdict, changes, held in connection.execute(
            "select scope, action, verdict, change_count, n2f_count from n2f_diff.push_safety"
        ).fetchall()
    }


def describe(change: Any) -> dict[str, Any]:
    """Everything about a change that the contract fixes; its place in the order apart."""
    path = change.path if isinstance(change.path, str) else encoded(change.path)
    return {
        "action": change.action, "method": change.method, "path": path, "payload": change.payload,
        "previous": change.previous,
        "changed_columns": sorted(change.changed_columns) if change.action == "update" else [],
        "decision": change.decision, "decision_reason": change.decision_reason,
    }  # fmt: skip


def differences(connection: Connection, expected: Expectation) -> list[str]:
    """Say where the built models and the expectation differ; nothing where they agree."""
    found = []
    rejected = read_rejections(connection)
    found += [f"rejected by the models alone: {row}" for row in sorted(rejected - expected.rejected)]
    found += [f"rejected by the reference alone: {row}" for row in sorted(expected.rejected - rejected)]
    planned = {change.key: describe(change) for change in read_changes(connection)}
    wanted = {change.key: describe(change) for change in expected.changes}
    for key in sorted(planned.keys() | wanted.keys()):
        mine, theirs = planned.get(key), wanted.get(key)
        if mine is None or theirs is None:
            found.append(f"{key}: planned {mine}, expected {theirs}")
        else:
            found += [
                f"{key} {name}: planned {mine[name]!r}, expected {theirs[name]!r}"
                for name in mine
                if mine[name] != theirs[name]
            ]
    guards = read_guards(connection)
    off = {(change.scope, change.action) for change in expected.changes if change.decision == "off"}
    for klass, guard in expected.guards.items():
        mine_guard = guards.get(klass)
        if mine_guard != guard and klass not in off:
            found.append(f"guard {klass}: models {mine_guard}, expected {guard}")
    dependencies = read_dependencies(connection)
    found += [
        f"dependency of the models alone: {pair}" for pair in sorted(dependencies - expected.depends_on)
    ]
    found += [
        f"dependency of the reference alone: {pair}" for pair in sorted(expected.depends_on - dependencies)
    ]
    return found


def encoded(parts: tuple[str, ...]) -> str:
    """Return a path whose every part is percent-encoded."""
    return "/".join(quote(part, safe="") for part in parts)
