"""What must hold of the calls, whatever goes wrong: counted from N2F's record, with no code of the loader."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from tests.reference.model import Key
from tests.soak.record import Call, Command

_BRUSSELS = ZoneInfo("Europe/Brussels")
_DAY, _NIGHT = {"read": 60, "write": 10}, {"read": 200, "write": 50}
_BEGINS, _ENDS = 6, 20
_WINDOW = 60.0


def one_call_at_a_time(command: Command) -> Iterator[str]:
    """Never two calls in flight."""
    if command.max_in_flight > 1:
        yield f"{command.max_in_flight} calls were in flight at the same time"


def within_the_quota(command: Command) -> Iterator[str]:
    """Never over quota in any 60 seconds, reads and writes apart, by the quota in force when N2F sees the call."""
    for kind, fixed in (("read", command.quota.reads), ("write", command.quota.writes)):
        seen = [call for call in (*command.earlier, *command.calls) if call.is_read == (kind == "read")]
        first = len(seen) - sum(call.is_read == (kind == "read") for call in command.calls)
        for place in range(first, len(seen)):
            at = seen[place].at
            count = sum(at - _WINDOW < other.at <= at for other in seen[: place + 1])
            limit = _of_the_hour(kind, at) if fixed is None else fixed
            if limit and count > limit:
                yield f"{count} {kind}s in 60 seconds where {limit} are allowed: {seen[place]}"


def only_what_is_planned(command: Command) -> Iterator[str]:
    """Every write is a row of a frozen plan that is to be sent: the same method, path and payload."""
    for call, row in command.writes:
        if row is None or not command.is_push:
            yield f"a write that no plan asks for: {call}"


def in_the_plans_order(command: Command) -> Iterator[str]:
    """Rows are sent in the order of the plan, each by calls that follow each other."""
    rows = [row for _, row in command.writes if row is not None]
    for row, following in pairwise(rows):
        if following.sequence < row.sequence:
            yield f"row {following.sequence} was sent after row {row.sequence}"


def after_what_it_depends_on(command: Command) -> Iterator[str]:
    """No row is sent before all that it depends on has succeeded, in this command or an earlier one."""
    if command.plan is None:
        return
    keys = {row.sequence: row.key for row in command.plan.rows}
    done: set[Key] = {keys[each.sequence] for each in command.results_before if each.status == "succeeded"}
    for call, row in command.writes:
        if row is None:
            continue
        missing = {on for key, on in command.plan.depends_on if key == row.key} - done
        if missing:
            yield f"{row.key} was sent before {sorted(missing)} had succeeded"
        if call.is_success:
            done.add(row.key)


def each_row_once(command: Command) -> Iterator[str]:
    """A row is sent once, by as many calls as a failing one may take; one that has a result is never sent again."""
    if command.plan is None:
        return
    settled = {each.sequence for each in command.results_before}
    again = [
        row for row in command.plan.rows if row.sequence in command.marks_before and command.calls_of(row)
    ]
    if len(again) > 1:
        yield f"{len(again)} rows were sent again after a kill"
    for row in command.plan.rows:
        calls = command.calls_of(row)
        if calls and row.sequence in settled:
            yield f"{row.key} has a result and was sent again"
        if len(calls) > command.max_attempts + 1:
            yield f"{row.key} was sent {len(calls)} times"
        if any(call.is_success for call in calls[:-1]):
            yield f"{row.key} had succeeded and was sent again"
        if calls and row.sequence not in command.marks:
            yield f"{row.key} was sent and never marked"


def no_more_than_max_writes(command: Command) -> Iterator[str]:
    """`--max-writes` is the most rows that are sent."""
    sent = {row.sequence for _, row in command.writes if row is not None}
    if command.max_writes is not None and len(sent) > command.max_writes:
        yield f"{len(sent)} rows were sent where --max-writes allows {command.max_writes}"


def around(command: Command, count: int = 12) -> list[Call]:
    """Return the last calls of a command, for who has to find out what happened."""
    return list(command.calls[-count:])


def _of_the_hour(kind: str, at: float) -> int:
    hour = datetime.fromtimestamp(at, UTC).astimezone(_BRUSSELS).hour
    return (_DAY if _BEGINS <= hour < _ENDS else _NIGHT)[kind]
