"""What goes out when `--max-writes` does not let all of a plan: what comes first, and as much as may."""

from __future__ import annotations

from collections.abc import Iterator

from tests.reference.model import Key
from tests.soak.record import Command, Plan

_FREES_A_PLACE = frozenset({"failed", "skipped"})


def what_comes_first_goes_first(command: Command) -> Iterator[str]:
    """Nothing is left that comes before something that was sent, and no place is left empty.

    But for rows that wait for one that did not succeed; and when a row failed or was skipped, the places that were
    free then went to those still to come in the order of the plan. With a deadline besides, time decides too.
    """
    plan, run = command.plan, command.run
    is_judged = command.is_push and command.how == "ended" and command.max_writes and not command.until
    if plan is None or run is None or not is_judged:
        return
    mine = {each.sequence: each for each in command.results if each.run_id == run["run_id"]}
    rows = {row.sequence: row for row in plan.rows}
    freed = [place for place, each in mine.items() if each.status in _FREES_A_PLACE]
    left = [
        rows[place]
        for place, each in mine.items()
        if each.status == "left" and (each.error or "").startswith("--max-writes")
    ]
    sent = {row.sequence: row for _, row in command.writes if row is not None}
    waiting = _waiting(
        plan, {rows[each.sequence].key for each in command.results if each.status == "succeeded"}
    )
    for row in left:
        if row.selection_rank is None or row.key in waiting:
            continue
        for other in sent.values():
            took_a_free_place = other.sequence > row.sequence and any(
                place < other.sequence for place in freed
            )
            if other.selection_rank is None or (
                other.selection_rank > row.selection_rank and not took_a_free_place
            ):
                yield f"{row.key} is left and comes before {other.key}, which was sent"
    if left and not freed and len(sent) < (command.max_writes or 0):
        yield f"{len(sent)} rows were sent and {len(left)} are left, where {command.max_writes} might go out"


def _waiting(plan: Plan, succeeded: set[Key]) -> set[Key]:
    """Give what waits for something that has not succeeded, which may itself wait."""
    return {first for first, second in plan.depends_on if second not in succeeded}
