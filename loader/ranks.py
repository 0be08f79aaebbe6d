"""The ranks of a frozen plan: which of its rows go out when only so many of them do.

They stand in the plan (`push_selection` decides them); here they are only counted, by the database, so that a plan
of any length takes no memory.
"""

from __future__ import annotations

from dataclasses import dataclass

from loader.database import Warehouse

# Rows after a place that could still be sent: without a result, and not waiting for a row that can no longer succeed in
# this push, because it has a result that is no success or was passed over.
_TO_COME = """
    from {n2f_sync.planned_changes} as changes
    where
        changes.plan_id = ? and changes.sequence > ? and changes.decision = 'send'
        and changes.selection_rank is not null
        and not exists (
            select 1 from {n2f_sync.push_results} as results
            where results.plan_id = changes.plan_id and results.sequence = changes.sequence
        )
        and not exists (
            select 1
            from {n2f_sync.planned_dependencies} as dependencies
            inner join {n2f_sync.planned_changes} as needed
                on
                    dependencies.plan_id = needed.plan_id
                    and dependencies.depends_on_scope = needed.scope
                    and dependencies.depends_on_key = needed.entity_key
            left join {n2f_sync.push_results} as needed_results
                on needed.plan_id = needed_results.plan_id and needed.sequence = needed_results.sequence
            where
                dependencies.plan_id = changes.plan_id
                and dependencies.scope = changes.scope
                and dependencies.entity_key = changes.entity_key
                and needed.sequence <= ?
                and coalesce(needed_results.status, 'left') <> 'succeeded'
        )
"""

_COUNT = "select count(*) <to_come>".replace("<to_come>", _TO_COME)

_PLACED = """
    select
        changes.scope, changes.action, changes.selection_rank,
        row_number() over (order by changes.selection_rank) as place
    <to_come>
""".replace("<to_come>", _TO_COME)

_CUT = """
    select coalesce(max(selection_rank), 0) from (<placed>) as placed where place <= ?
""".replace("<placed>", _PLACED)

_LEFT = """
    select scope, action, count(*)
    from (<placed>) as placed
    where place > ?
    group by scope, action
    order by count(*) desc, scope, action
""".replace("<placed>", _PLACED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOver:
    """How many changes of one scope and action do not fit."""

    scope: str
    action: str
    count: int

    def __str__(self) -> str:
        return f"{self.count} {self.action}{'s' if self.count != 1 else ''} of {self.scope}"


class Ranks:
    """The ranks of one plan. What is counted are the rows after a place of the plan, as the tables have them."""

    def __init__(self, warehouse: Warehouse, plan_id: str) -> None:
        self._warehouse = warehouse
        self._plan_id = plan_id

    def count(self, *, after: int = 0) -> int:
        """Return how many rows could still be sent."""
        return int(self._warehouse.rows(_COUNT, (self._plan_id, after, after))[0][0])

    def cut(self, count: int, *, after: int = 0) -> int:
        """Return the largest rank among the `count` rows that come first by rank; 0 for none."""
        return int(self._warehouse.rows(_CUT, (self._plan_id, after, after, count))[0][0])

    def left(self, count: int, *, after: int = 0) -> tuple[LeftOver, ...]:
        """Return what is left when `count` rows go out, the largest kind first."""
        rows = self._warehouse.rows(_LEFT, (self._plan_id, after, after, count))
        return tuple(LeftOver(scope=scope, action=action, count=number) for scope, action, number in rows)
