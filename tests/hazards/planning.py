"""What the real models plan on a world, and what a real night makes of it."""

from __future__ import annotations

from dataclasses import dataclass

from demo.harness import DemoN2F
from tests.models.comparison import PlannedChange, read_changes, read_rejections
from tests.models.lab import Lab
from tests.models.test_whole_runs import Ran, Runs
from tests.reference.model import Key, Rejection
from tests.reference.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan: what is sent and what is not, by scope and key, and the rows that were rejected."""

    changes: dict[Key, PlannedChange]
    rejected: set[Rejection]

    @property
    def actions(self) -> dict[Key, str]:
        """What is done to whom."""
        return {key: change.action for key, change in self.changes.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """A run: what was sent and what became of it, and the rows that were rejected."""

    ran: Ran
    rejected: set[Rejection]


def plan(lab: Lab, world: World) -> Planned:
    """Build the models on a world and read the plan."""
    with lab.open(world) as connection:
        changes = read_changes(connection)
        assert len(changes) == len({change.key for change in changes})
        return Planned(
            changes={change.key: change for change in changes}, rejected=read_rejections(connection)
        )


def night(lab: Lab, n2f: DemoN2F, world: World, **fault: object) -> Night:
    """Snapshot, plan and push over HTTP against an N2F in the state of the world; a fault happens to its calls."""
    n2f.reset(world.n2f)
    if fault:
        n2f.add_fault(**fault)
    with lab.open_before_snapshot(world) as connection:
        ran = Runs(lab, n2f, lab.warehouse(connection), connection).run()
        return Night(ran=ran, rejected=read_rejections(connection))
