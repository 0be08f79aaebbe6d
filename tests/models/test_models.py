"""The models say what the plain-Python reading of the contract says, example by example and on random worlds."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.models.comparison import differences, read_changes
from tests.models.lab import Lab
from tests.reference.examples import EXAMPLES, Example
from tests.reference.oracle import expect
from tests.reference.ordering import order_faults
from tests.reference.strategies import guarded_worlds, worlds
from tests.reference.world import World


def agree(lab: Lab, world: World) -> None:
    """Build the models on a world and compare everything the contract fixes, the order too."""
    with lab.open(world) as connection:
        expected = expect(world)
        assert differences(connection, expected) == []
        order = [change.key for change in read_changes(connection)]
        assert order_faults(expected, order) == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_is_planned_as_the_contract_says(lab: Lab, example: Example) -> None:
    agree(lab, example.world)


def test_random_worlds_are_planned_as_the_contract_says(lab: Lab) -> None:
    @lab.examples(60)
    @given(world=worlds())
    def are_planned(world: World) -> None:
        agree(lab, world)

    are_planned()


def test_random_worlds_that_cross_the_limits_are_guarded(lab: Lab) -> None:
    @lab.examples(20)
    @given(world=guarded_worlds())
    def are_guarded(world: World) -> None:
        agree(lab, world)

    are_guarded()
