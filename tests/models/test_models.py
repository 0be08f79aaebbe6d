"""The models say what the plain-Python reading of the contract says, example by example and on random worlds."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.models.comparison import differences, read_changes, read_selection
from tests.models.lab import Lab
from tests.reference.examples import EXAMPLES, Example
from tests.reference.oracle import expect
from tests.reference.ordering import in_order, order_faults, selection
from tests.reference.strategies import guarded_worlds, moving_worlds, worlds
from tests.reference.world import World


def agree(lab: Lab, world: World) -> None:
    """Build the models on a world and compare everything the contract fixes: the order, and what goes first, too."""
    with lab.open(world) as connection:
        expected = expect(world)
        assert differences(connection, expected) == []
        order = [change.key for change in read_changes(connection)]
        assert order_faults(expected, order) == []
        changes = in_order(list(expected.changes), order)
        assert read_selection(connection) == selection(
            changes, expected.depends_on, world.seeds.push_priorities
        )


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


def test_random_worlds_whose_changes_wait_for_each_other_are_chosen_as_the_reference_says(lab: Lab) -> None:
    @lab.examples(40)
    @given(world=moving_worlds())
    def are_chosen(world: World) -> None:
        agree(lab, world)

    are_chosen()
