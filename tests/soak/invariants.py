"""The invariants by name, and what to say when one is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.soak import invariants_plan as of_plans
from tests.soak import invariants_results as of_results
from tests.soak import invariants_selection as of_selection
from tests.soak import invariants_traffic as of_traffic
from tests.soak.record import Call, Command

Invariant = Callable[[Command], Iterator[str]]

INVARIANTS: dict[str, Invariant] = {
    invariant.__name__: invariant
    for invariant in (
        of_traffic.one_call_at_a_time,
        of_traffic.within_the_quota,
        of_traffic.only_what_is_planned,
        of_traffic.in_the_plans_order,
        of_traffic.after_what_it_depends_on,
        of_traffic.each_row_once,
        of_traffic.no_more_than_max_writes,
        of_selection.what_comes_first_goes_first,
        of_plans.nothing_that_is_held_back,
        of_plans.no_delete_that_must_not_be,
        of_plans.within_the_guards,
        of_plans.as_the_contract_says,
        of_results.one_result_each,
        of_results.results_are_true,
        of_results.nothing_is_lost,
        of_results.the_run_is_written_down,
        of_results.the_exit_code_is_right,
        of_results.the_snapshot_is_n2f,
    )
}
"""Each says nothing of a command that keeps it. Convergence is about a whole story: `convergence.py`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A broken invariant."""

    night: int
    command: str
    invariant: str
    problem: str
    calls: tuple[Call, ...] = ()


class BrokenInvariantError(AssertionError):
    """A story broke an invariant; `seed` tells it again."""

    def __init__(self, seed: int, breaches: list[Breach]) -> None:
        self.seed = seed
        self.breaches = breaches
        lines = [f"seed {seed} breaks {len(breaches)} invariants"]
        for breach in breaches[:5]:
            lines.append(f"night {breach.night}, {breach.command}: {breach.invariant}: {breach.problem}")
            lines += [f"    {call}" for call in breach.calls]
        lines.append(f"again: python -m tests.soak --seed {seed} --nights 1")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type[BrokenInvariantError], tuple[int, list[Breach]]]:
        """Let it come out of another process."""
        return type(self), (self.seed, self.breaches)


def breaches_of(command: Command) -> list[Breach]:
    """Return what a command broke."""
    return [
        Breach(
            night=command.night,
            command=" ".join((command.name, command.how, command.struck_by)).strip(),
            invariant=name,
            problem=problem,
            calls=tuple(of_traffic.around(command)),
        )
        for name, invariant in INVARIANTS.items()
        for problem in invariant(command)
    ]
