"""What must be so once faults have ended: N2F is in step, and the next night sends nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from tests.models.test_whole_runs import users_of, values_of
from tests.reference.model import SEND, Key
from tests.reference.oracle import canonical_value, expect
from tests.soak.invariants import Breach
from tests.soak.invariants_traffic import around
from tests.soak.record import Command


def breaches_at_the_end(calm: Sequence[Command], held: dict[str, Any]) -> list[Breach]:
    """Return what is wrong after the calm nights of a story; `held` is what N2F holds then."""
    _, second, third = calm
    found = {
        "n2f_is_in_step": [*_is_in_step(second, third, held)],
        "the_next_night_sends_nothing": [*_sends_nothing(second, third)],
    }
    return [
        Breach(night=third.night, command="run", invariant=name, problem=problem, calls=tuple(around(third)))
        for name, problems in found.items()
        for problem in problems
    ]


def _is_in_step(second: Command, third: Command, held: dict[str, Any]) -> Iterator[str]:
    """N2F is what the reference makes of what the second calm night found, and it has nothing more to ask for."""
    assert second.plan is not None
    assert third.plan is not None
    order = [row.key for row in second.plan.rows]
    expected = expect(second.plan.world, order=order)
    world = second.plan.world
    wanted_users = users_of(world, list(expected.users_after.values()))
    wanted_values = {key: canonical_value(document) for key, document in expected.values_after.items()}
    now_users, now_values = users_of(world, held["users"]), values_of(held["axis_values"])
    if now_users != wanted_users:
        yield f"users are {now_users}, not {wanted_users}"
    for key in wanted_values.keys() | (now_values.keys() & wanted_values.keys()):
        if now_values.get(key) != wanted_values[key]:
            yield f"{key} is {now_values.get(key)}, not {wanted_values[key]}"
    still = {change.key for change in expect(replace(world, n2f=held)).changes if change.decision == SEND}
    if still - _refused(second):
        yield f"the contract still asks for {sorted(still - _refused(second))}"


def _sends_nothing(second: Command, third: Command) -> Iterator[str]:
    """What goes out again is what N2F refused, or what waited for that."""
    sent = {row.key if row else ("?", call.path) for call, row in third.writes}
    if sent - _refused(second):
        yield f"{sorted(sent - _refused(second))} were sent again"


def _refused(command: Command) -> set[Key]:
    assert command.plan is not None
    keys = {row.sequence: row.key for row in command.plan.rows}
    return {keys[each.sequence] for each in command.results if each.status in ("failed", "skipped")}
