"""Every invariant bites: a record that breaks it is reported, the same record undoctored is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.reference.oracle import expect
from tests.soak.convergence import breaches_at_the_end
from tests.soak.doctored import (
    ANN,
    BOB,
    CID,
    DOCTORED,
    EVENING,
    GOOD,
    NOON,
    WORLD,
    command_of,
    reads,
    tokens,
    with_calls,
    within,
)
from tests.soak.invariants import INVARIANTS, BrokenInvariantError, breaches_of
from tests.soak.record import Call, Command

CASES = [(name, number) for name, doctored in DOCTORED.items() for number in range(len(doctored))]


def test_a_run_that_did_all_it_should_breaks_nothing() -> None:
    assert GOOD.writes
    assert breaches_of(GOOD) == []


def test_every_invariant_is_bitten() -> None:
    assert list(DOCTORED) == list(INVARIANTS)


@pytest.mark.parametrize(("name", "number"), CASES)
def test_a_doctored_record_is_reported(name: str, number: int) -> None:
    assert list(INVARIANTS[name](DOCTORED[name][number]())) != []


@pytest.mark.parametrize(
    "calls",
    [
        reads(*(NOON + place for place in range(60)), NOON + 60),
        tokens(*(EVENING + place / 100 for place in range(50))),
        (*reads(*(NOON + place / 100 for place in range(60))), *tokens(NOON + 1)),
    ],
)
def test_who_keeps_to_the_quota_is_not_reported(calls: tuple[Call, ...]) -> None:
    assert list(INVARIANTS["within_the_quota"](with_calls(*calls))) == []


@pytest.mark.parametrize(
    "command",
    [within(1, CID), within(2, ANN, CID), within(3, ANN, BOB, CID), within(2, CID, failed=ANN)],
)
def test_who_sends_what_comes_first_is_not_reported(command: Command) -> None:
    assert list(INVARIANTS["what_comes_first_goes_first"](command)) == []


def test_a_killed_run_may_leave_one_row_without_a_result_and_repeat_it() -> None:
    killed = replace(
        GOOD, how="killed", exit_code=None, results=GOOD.results[:1], calls=GOOD.calls[:2], marks=GOOD.marks[:2],
        run={"run_id": "run", "status": "running", "exit_code": None},
    )  # fmt: skip
    assert breaches_of(killed) == []
    taken_up = replace(
        GOOD, name="push", calls=GOOD.calls[1:], results_before=GOOD.results[:1], marks_before=GOOD.marks[:2]
    )
    assert breaches_of(taken_up) == []


def test_convergence_is_about_what_n2f_holds_and_what_goes_out_again() -> None:
    expected = expect(WORLD)
    in_step = expected.next_world.n2f
    nothing = replace(command_of(replace(WORLD, n2f=in_step)), night=3)
    assert nothing.writes == []
    assert breaches_at_the_end([GOOD, GOOD, nothing], in_step) == []
    said = {breach.invariant for breach in breaches_at_the_end([GOOD, GOOD, GOOD], in_step)}
    assert said == {"the_next_night_sends_nothing"}
    said = {breach.invariant for breach in breaches_at_the_end([GOOD, GOOD, nothing], WORLD.n2f)}
    assert said == {"n2f_is_in_step"}


def test_what_is_said_of_a_breach_tells_how_to_see_it_again() -> None:
    said = str(BrokenInvariantError(7, breaches_of(replace(GOOD, max_in_flight=2))))
    assert "night 1, run ended: one_call_at_a_time: 2 calls were in flight" in said
    assert "POST users -> 200, heard 200" in said
    assert said.endswith("python -m tests.soak --seed 7 --nights 1")
