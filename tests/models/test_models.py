"""The models say what the plain-Python reading of the contract says, example by example and on random worlds."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.models.comparison import differences, read_changes
from tests.models.compiled import CompiledModels, open_world
from tests.reference.examples import EXAMPLES, Example
from tests.reference.oracle import expect
from tests.reference.ordering import order_faults
from tests.reference.strategies import guarded_worlds, worlds
from tests.reference.world import World

LONG = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


def agree(models: CompiledModels, world: World) -> None:
    """Build the models on a world and compare everything the contract fixes, the order too."""
    with open_world(models, world) as connection:
        expected = expect(world)
        assert differences(connection, expected) == []
        order = [change.key for change in read_changes(connection)]
        assert order_faults(expected, order) == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_is_planned_as_the_contract_says(models: CompiledModels, example: Example) -> None:
    agree(models, example.world)


@settings(LONG, max_examples=60)
@given(world=worlds())
def test_random_worlds_are_planned_as_the_contract_says(models: CompiledModels, world: World) -> None:
    agree(models, world)


@settings(LONG, max_examples=20)
@given(world=guarded_worlds())
def test_random_worlds_that_cross_the_limits_are_guarded(models: CompiledModels, world: World) -> None:
    agree(models, world)
