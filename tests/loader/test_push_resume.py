"""A push that was killed is taken up again: nothing is lost, and at most one call is made twice."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from demo.harness import DemoN2F
from loader.database import Database, Warehouse
from loader.plan import refuse_unpushable
from loader.push import Pusher
from loader.stop import Stop
from tests.engines import Environment
from tests.loader.workbench import HERE, ROOT, make_plan, push, results, sent, user

KEYS = ["a", "b", "c", "d", "e"]
ROWS = [user("a"), user("b", needs=["a"]), user("c"), user("d", needs=["b"]), user("e", needs=["zz"])]


def kill_at(environment: Environment, n2f: DemoN2F, plan_id: str, where: str, number: int) -> None:
    """Push in a process that dies at the call with this number."""
    command = [sys.executable, "-m", "tests.loader.killed_push", n2f.base_url, plan_id]
    died = subprocess.run(
        [*command, where, str(number)],
        cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert died.returncode == 9, died.stderr


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_killed_push_is_taken_up_and_repeats_at_most_one_call(
    environment: Environment, database: Database, n2f: DemoN2F, where: str, number: int
) -> None:
    with database.connect() as warehouse:
        plan = make_plan(warehouse, ROWS)
    kill_at(environment, n2f, plan.plan_id, where, number)
    made = sent(n2f)
    assert made == KEYS[: number - (where == "before")]
    with database.connect() as warehouse:
        marked = warehouse.rows("select count(*) from {n2f_sync.push_attempts}")[0][0]
        assert (marked, len(results(warehouse, plan))) == (number, number - 1)
        refuse_unpushable(warehouse, plan, base_url=HERE)
        push(warehouse, n2f, plan)
        assert results(warehouse, plan) == dict.fromkeys("abcd", "succeeded") | {"e": "skipped"}
    repeated = sent(n2f)[len(made) :]
    assert repeated == KEYS[number - 1 : 4]
    assert len(sent(n2f)) == (5 if where == "after" else 4)


def test_what_an_earlier_run_refused_is_not_sent_again_and_still_skips_its_dependents(
    environment: Environment, database: Database, n2f: DemoN2F
) -> None:
    n2f.add_fault("status", status=422, method="POST", path_regex="users", times=1)
    with database.connect() as warehouse:
        plan = make_plan(warehouse, ROWS)
    kill_at(environment, n2f, plan.plan_id, "before", 2)
    with database.connect() as warehouse:
        push(warehouse, n2f, plan)
        assert results(warehouse, plan) == {
            "a": "failed", "b": "skipped", "c": "succeeded", "d": "skipped", "e": "skipped",
        }  # fmt: skip
    assert sent(n2f) == ["a", "c"]


def test_results_of_both_runs_are_kept_under_their_own_ids(
    environment: Environment, database: Database, n2f: DemoN2F
) -> None:
    with database.connect() as warehouse:
        plan = make_plan(warehouse, ROWS)
    kill_at(environment, n2f, plan.plan_id, "before", 3)
    with database.connect() as warehouse:
        run_id, _ = push(warehouse, n2f, plan)
        counted = warehouse.rows(
            "select sum(case when run_id = ? then 1 else 0 end), count(*) from {n2f_sync.push_results}",
            (run_id,),
        )
        assert counted == [(3, 5)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_the_call_in_flight_end_and_leaves_the_rest(
    warehouse: Warehouse, n2f: DemoN2F, number: signal.Signals
) -> None:
    n2f.add_fault("stall", method="POST", path_regex="users", after=1, times=1, seconds=1.0)
    plan = make_plan(warehouse, [user(key) for key in KEYS])
    stop = Stop()

    def interrupt() -> None:
        while len(sent(n2f)) < 2:
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    with stop.listening():
        killer = threading.Thread(target=interrupt)
        killer.start()
        _, outcome = push(warehouse, n2f, plan, stop=stop)
        killer.join()
    assert results(warehouse, plan) == {
        "a": "succeeded", "b": "succeeded", "c": "left", "d": "left", "e": "left",
    }  # fmt: skip
    assert outcome.stopped == f"{number.name} received"
    assert outcome.error is None


def test_a_second_signal_ends_the_push_at_once_and_it_can_be_taken_up(
    warehouse: Warehouse, n2f: DemoN2F, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = make_plan(warehouse, [user(key) for key in KEYS])
    original = Pusher._send

    def send_twice_interrupted(self: Pusher, change: object) -> None:
        if change.entity_key.startswith("c"):
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
        original(self, change)

    monkeypatch.setattr(Pusher, "_send", send_twice_interrupted)
    stop = Stop()
    with stop.listening(), pytest.raises(KeyboardInterrupt):
        push(warehouse, n2f, plan, stop=stop)
    monkeypatch.undo()
    assert results(warehouse, plan) == {"a": "succeeded", "b": "succeeded"}
    push(warehouse, n2f, plan)
    assert results(warehouse, plan) == dict.fromkeys(KEYS, "succeeded")
    assert sent(n2f) == KEYS


def test_an_interrupt_right_after_a_commit_writes_no_result_twice(
    warehouse: Warehouse, n2f: DemoN2F, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = make_plan(warehouse, [user(key) for key in KEYS])
    kind = type(warehouse)
    original, commits = kind.transaction, itertools.count(1)

    @contextmanager
    def interrupted_after_its_commit(self: Warehouse) -> Iterator[None]:
        with original(self):
            yield
        if next(commits) == 3:  # the result of the second row, and the mark of the third
            raise KeyboardInterrupt

    monkeypatch.setattr(kind, "transaction", interrupted_after_its_commit)
    with pytest.raises(KeyboardInterrupt):
        push(warehouse, n2f, plan)
    monkeypatch.undo()
    sequences = [sequence for (sequence,) in warehouse.rows("select sequence from {n2f_sync.push_results}")]
    assert sorted(sequences) == [1, 2]
    push(warehouse, n2f, plan)
    assert results(warehouse, plan) == dict.fromkeys(KEYS, "succeeded")
