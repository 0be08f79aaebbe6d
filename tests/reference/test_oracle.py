"""The oracle against examples written by hand from the contract, and against itself."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings

from .examples import EXAMPLES, Example
from .model import USER_FIELDS
from .oracle import expect
from .ordering import order_faults
from .strategies import guarded_worlds, worlds
from .values import mail_key
from .world import World

ONE_WORLD = settings(
    deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_oracle_agrees_with_what_was_written_by_hand(example: Example) -> None:
    expected = expect(example.world)
    assert expected.rejected == example.rejected
    assert sorted((c.scope, c.action, c.entity_key) for c in expected.changes) == sorted(
        (fact.scope, fact.action, fact.key) for fact in example.changes
    )
    for fact in example.changes:
        change = expected.change(fact.scope, fact.key)
        assert change is not None
        assert (change.decision, change.decision_reason) == (fact.decision, fact.reason)
        payload = change.payload or {}
        assert {name: payload.get(name) for name in fact.payload} == fact.payload
        assert fact.changed in (None, change.changed_columns)
        assert fact.path in (None, change.path)
        assert fact.result in (None, expected.results.get(change.key))
    assert {key: expected.guards[key].verdict for key in example.verdicts} == example.verdicts
    assert example.exit_code in (None, expected.exit_code)
    assert expected.not_compared == example.not_compared
    assert order_faults(expected, [change.key for change in expected.changes]) == []


def test_examples_have_names_of_their_own() -> None:
    names = [example.name for example in EXAMPLES]
    assert len(set(names)) == len(names)


def _check(world: World) -> None:
    expected = expect(world)
    keys = [change.key for change in expected.changes]
    assert len(set(keys)) == len(keys), "an entity has one change at most"
    rejected = {(scope, key) for scope, key, _ in expected.rejected}
    assert not rejected & set(keys), "nothing is sent for a rejected key"
    assert order_faults(expected, keys) == []
    assert max(Counter((w.method, w.path, str(w.payload)) for w in expected.writes).values(), default=1) == 1
    assert {w.entity_key for w in expected.writes} <= {key for _, key in keys}
    for change in expected.changes:
        assert (change.key in expected.results) == (change.decision != "off")
        if change.scope == "users" and change.payload is not None:
            assert set(change.payload) == set(USER_FIELDS)
            assert None not in change.payload.values()
    assert expect(world, order=keys) == expected
    _check_second_run(world)


def _check_second_run(world: World) -> None:
    """A second run sends nothing, or only what the first could not send, and leads to nothing new."""
    first = expect(world)
    second = expect(first.next_world)
    has_trouble = set(first.results.values()) - {"succeeded"} or any(
        g.verdict != "ok" for g in first.guards.values()
    )
    if not has_trouble:
        assert second.writes == ()
        assert second.rejected == first.rejected
    again = {(w.scope, w.entity_key) for w in second.writes}
    done = {key for key, status in first.results.items() if status == "succeeded"}
    assert not again & done, "what has succeeded is not sent again"


@ONE_WORLD
@given(worlds())
def test_small_worlds_keep_the_rules(world: World) -> None:
    _check(world)


@ONE_WORLD
@given(guarded_worlds())
def test_guarded_worlds_keep_the_rules(world: World) -> None:
    _check(world)


@ONE_WORLD
@given(worlds(hidden_fields=False, listed_twice=False, shared_keys=False, n2f_cycles=False))
def test_the_switches_leave_out_what_they_say(world: World) -> None:
    users = world.n2f["users"]
    keys = [mail_key(user["mail"]) for user in users]
    assert len(set(keys)) == len(keys)
    assert "shared_key" not in {reason for _, _, reason in expect(world).rejected}
    managers = {mail_key(user["mail"]): mail_key(user.get("managerMail")) for user in users}
    for start, manager in managers.items():
        seen, key = {start}, manager
        while key in managers and key not in seen:
            seen.add(key)
            key = managers[key]
        assert key not in seen
