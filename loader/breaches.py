"""Guards that withheld something: some of the rows, and the command that lifts it."""

from __future__ import annotations

from dataclasses import dataclass

from loader.database import Warehouse
from loader.findings import Guard
from loader.plan import Plan
from loader.settings import ACTIONS, SyncSettings

_NAMED = 5  # rows that a guard's message names

_WITHHELD = """
    select scope, action, entity_key
    from (
        select
            scope, action, entity_key,
            row_number() over (partition by scope, action order by sequence) as number
        from {n2f_sync.planned_changes}
        where plan_id = ? and decision_reason in ('guard', 'source_empty')
    ) as numbered
    where number <= ? order by scope, action, number
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachedGuard:
    """A guard that withheld something, some of its rows, and the command that lifts it, if one does."""

    guard: Guard
    examples: tuple[str, ...]
    command: str | None


def breached_guards(warehouse: Warehouse, plan: Plan, settings: SyncSettings) -> tuple[BreachedGuard, ...]:
    """Return the guards of a plan that withhold something."""
    examples: dict[tuple[str, str | None], list[str]] = {}
    for scope, action, entity_key in warehouse.rows(_WITHHELD, (plan.plan_id, _NAMED)):
        examples.setdefault((scope, action), []).append(entity_key)
        examples.setdefault((scope, None), []).append(entity_key)
    return tuple(
        BreachedGuard(
            guard=guard,
            examples=tuple(examples.get((guard.scope, guard.action), ())[:_NAMED]),
            command=run_command(settings, f"--allow-mass-{guard.action}") if guard.action else None,
        )
        for guard in plan.findings.guards
    )


def run_command(settings: SyncSettings, *options: str) -> str:
    """Return the command that does this very run again, with further options."""
    words = ["n2f-sync", "run"]
    words += [
        f"--{action}" if action in settings.actions else f"--no-{action}"
        for action in ACTIONS
        if (action in settings.actions) != (action in SyncSettings().actions)
    ]
    for scope in sorted(settings.scopes or ()):
        words += ["--scope", scope]
    words += [f"--allow-mass-{action}" for action in ACTIONS if action in settings.allow_mass]
    return " ".join([*words, *options])
