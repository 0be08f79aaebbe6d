"""The pusher over real HTTP: order, results, what is skipped, when it stops, what it refuses."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demo.harness import DemoN2F
from loader.api import N2FClient
from loader.clock import SystemClock
from loader.database import Warehouse
from loader.errors import AuthenticationError, DataError, NetworkError
from loader.settings import QuotaSettings
from loader.stop import Stop, StoppableClock
from tests.demo.client import COMPANY, make_user, make_world
from tests.loader.workbench import Row, api_settings, make_plan, push, real_client, results, sent, user


def test_changes_are_sent_in_the_order_of_the_plan(warehouse: Warehouse, n2f: DemoN2F) -> None:
    keys = ["zoe", "adam", "mia", "bob"]
    plan = make_plan(warehouse, [user(key) for key in keys])
    _, outcome = push(warehouse, n2f, plan)
    assert sent(n2f) == keys
    assert results(warehouse, plan) == dict.fromkeys(keys, "succeeded")
    assert (outcome.sent, outcome.stopped, outcome.error) == (4, None, None)


def test_each_kind_of_change_reaches_n2f(warehouse: Warehouse, n2f: DemoN2F) -> None:
    odd = "o'brien #1/2?@fictis.example"
    n2f.reset(make_world(users=[make_user("old@fictis.example"), make_user(odd)]))
    plan = make_plan(
        warehouse,
        [
            Row(key="FIC/A/1 [x]", scope="projects"),
            user("new"),
            user("old", action="update", payload=make_user("old@fictis.example", firstname="Zoé")),
            Row(key=odd, action="delete"),
            Row(key="FIC/A/1 [x]", scope="projects", action="delete"),
        ],
    )
    push(warehouse, n2f, plan)
    rows = warehouse.rows(
        "select status, http_status, attempts from {n2f_sync.push_results} order by sequence"
    )
    assert {(status, attempts) for status, _, attempts in rows} == {("succeeded", 1)}
    assert {found["mail"]: found["firstname"] for found in n2f.world()["users"]} == {
        "old@fictis.example": "Zoé",
        "new@fictis.example": "Ada",
    }
    assert n2f.world()["axis_values"] == {COMPANY: {"MzAwMDAxMQ==": []}} or not any(
        n2f.world()["axis_values"].get(COMPANY, {}).values()
    )


def test_a_refused_row_fails_alone_and_says_why(warehouse: Warehouse, n2f: DemoN2F) -> None:
    plan = make_plan(
        warehouse,
        [user("a"), user("bad", payload=make_user("bad@fictis.example", role="Empereur")), user("c")],
    )
    _, outcome = push(warehouse, n2f, plan)
    assert results(warehouse, plan) == {"a": "succeeded", "bad": "failed", "c": "succeeded"}
    http_status, attempts, error = warehouse.rows(
        "select http_status, attempts, error from {n2f_sync.push_results} where status = 'failed'"
    )[0]
    assert (http_status, attempts) == (422, 1)
    assert error
    assert outcome.error is None


def test_what_depends_on_a_row_that_did_not_succeed_is_skipped_down_the_chain(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    n2f.add_fault("status", status=422, method="POST", path_regex="users", times=1)
    plan = make_plan(
        warehouse,
        [user("boss"), user("lead", needs=["boss"]), user("dev", needs=["lead"]), user("other"),
         user("friend", needs=["other"])],
    )  # fmt: skip
    push(warehouse, n2f, plan)
    assert results(warehouse, plan) == {
        "boss": "failed", "lead": "skipped", "dev": "skipped", "other": "succeeded", "friend": "succeeded",
    }  # fmt: skip
    assert sent(n2f) == ["boss", "other", "friend"]


@pytest.mark.parametrize("reason", ["guard", "hold"])
def test_what_depends_on_a_withheld_row_is_skipped(warehouse: Warehouse, n2f: DemoN2F, reason: str) -> None:
    plan = make_plan(
        warehouse, [user("boss", decision="withheld", reason=reason), user("dev", needs=["boss"])]
    )
    push(warehouse, n2f, plan)
    assert results(warehouse, plan) == {"boss": "withheld", "dev": "skipped"}
    assert sent(n2f) == []


def test_what_depends_on_an_action_that_is_off_or_on_nothing_in_the_plan_is_skipped(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    plan = make_plan(
        warehouse,
        [user("boss", decision="off"), user("dev", needs=["boss"]), user("aide", needs=["stranger"])],
    )
    push(warehouse, n2f, plan)
    assert results(warehouse, plan) == {"dev": "skipped", "aide": "skipped"}


def test_decisions_of_the_plan_become_results_without_a_call(warehouse: Warehouse, n2f: DemoN2F) -> None:
    plan = make_plan(
        warehouse,
        [
            user("a", decision="withheld", reason="guard", detail="too many"),
            user("b", decision="fail", reason="delete_had_no_effect", detail="still there"),
            user("c", decision="off"),
            user("d", decision="withheld", reason="hold"),
        ],
    )
    push(warehouse, n2f, plan)
    found = warehouse.rows("select status, attempts, error from {n2f_sync.push_results} order by sequence")
    assert found == [
        ("withheld", 0, "guard: too many"),
        ("failed", 0, "delete_had_no_effect: still there"),
        ("withheld", 0, "hold"),
    ]
    assert sent(n2f) == []


def test_max_writes_ends_cleanly_and_leaves_the_rest(warehouse: Warehouse, n2f: DemoN2F) -> None:
    plan = make_plan(warehouse, [user(key) for key in "abcd"])
    _, outcome = push(warehouse, n2f, plan, max_writes=2)
    assert results(warehouse, plan) == {"a": "succeeded", "b": "succeeded", "c": "left", "d": "left"}
    assert sent(n2f) == ["a", "b"]
    assert outcome.stopped == "--max-writes 2 reached"
    assert outcome.error is None


def test_max_writes_that_is_just_enough_leaves_nothing(warehouse: Warehouse, n2f: DemoN2F) -> None:
    plan = make_plan(warehouse, [user(key) for key in "ab"])
    _, outcome = push(warehouse, n2f, plan, max_writes=2)
    assert results(warehouse, plan) == {"a": "succeeded", "b": "succeeded"}
    assert outcome.stopped is None


def test_a_push_says_at_its_beginning_how_it_will_go_within_its_limits(
    warehouse: Warehouse, n2f: DemoN2F, caplog: pytest.LogCaptureFixture
) -> None:
    plan = make_plan(warehouse, [user(key) for key in "abcd"])
    with caplog.at_level("INFO", logger="loader"):
        push(warehouse, n2f, plan, max_writes=3)
    assert "3 to send, as fast as N2F answers" in caplog.text
    assert "; 1 will be left by --max-writes 3: 1 create of users" in caplog.text


def test_after_the_time_of_until_nothing_is_sent(warehouse: Warehouse, n2f: DemoN2F) -> None:
    plan = make_plan(warehouse, [user(key) for key in "abc"])

    class UntilTwoAreSent(SystemClock):
        def now(self) -> datetime:
            return datetime(2026, 1, 1, 5, 59, tzinfo=UTC) + timedelta(minutes=len(sent(n2f)) // 2)

    stop = Stop(until=datetime(2026, 1, 1, 6, 0, tzinfo=UTC), label="--until 06:00", clock=UntilTwoAreSent())
    _, outcome = push(warehouse, n2f, plan, stop=stop)
    assert results(warehouse, plan) == {"a": "succeeded", "b": "succeeded", "c": "left"}
    assert outcome.stopped == "--until 06:00 reached"


def test_a_wait_for_the_quota_ends_when_the_time_of_until_comes(warehouse: Warehouse, n2f: DemoN2F) -> None:
    stop = Stop(until=datetime.now(UTC) + timedelta(seconds=0.5), label="--until soon")

    class Waits:
        def send(self, *_: object, **__: object) -> Any:
            stop.sleep(60)

    plan = make_plan(warehouse, [user(key) for key in "ab"])
    _, outcome = push(warehouse, n2f, plan, client=Waits(), stop=stop)
    assert results(warehouse, plan) == {"a": "left", "b": "left"}
    assert outcome.stopped == "--until soon reached"


@pytest.mark.parametrize("network", ["answers 503", "breaks off"])
def test_a_row_that_was_sent_and_cannot_be_tried_again_has_failed_and_the_rest_is_left(
    warehouse: Warehouse, n2f: DemoN2F, network: str
) -> None:
    fault = {"kind": "status", "status": 503} if network == "answers 503" else {"kind": "drop_before"}
    n2f.add_fault(**fault, method="POST", path_regex="users", after=1, times=None)
    stop = Stop()
    plan = make_plan(warehouse, [user("a"), user("b"), user("c", needs=["b"])])
    settings = replace(api_settings(n2f), max_attempts=9, backoff_initial=30.0, backoff_max=30.0)

    def interrupt() -> None:
        while client.stats.backoff_seconds == 0:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    with stop.listening(), N2FClient(settings, clock=StoppableClock(stop)) as client:
        killer = threading.Thread(target=interrupt)
        killer.start()
        _, outcome = push(warehouse, n2f, plan, client=client, stop=stop)
        killer.join()
    assert results(warehouse, plan) == {"a": "succeeded", "b": "failed", "c": "left"}
    attempts, error, started_at, finished_at = warehouse.rows(
        "select attempts, error, started_at, finished_at from {n2f_sync.push_results} where status = 'failed'"
    )[0]
    assert attempts == 1
    assert started_at <= finished_at
    assert error == "stopped before it could be tried again: SIGTERM received"
    assert (outcome.stopped, outcome.error) == ("SIGTERM received", None)


def test_a_quota_that_keeps_a_row_from_its_second_attempt_leaves_it_failed_with_one(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    n2f.add_fault("status", status=503, method="POST", path_regex="users", times=None)
    stop = Stop(until=datetime.now(UTC) + timedelta(seconds=3), label="--until 20:00")
    plan = make_plan(warehouse, [user("a"), user("b")])
    # The token is the first of two writes a minute, the first attempt the second one.
    quota = QuotaSettings(reads_per_minute=0, writes_per_minute=2)
    with N2FClient(replace(api_settings(n2f), quota=quota), clock=StoppableClock(stop)) as client:
        _, outcome = push(warehouse, n2f, plan, client=client, stop=stop)
    found = warehouse.rows("select status, attempts, error from {n2f_sync.push_results} order by sequence")
    assert found[0] == ("failed", 1, "stopped before it could be tried again: --until 20:00 reached")
    assert found[1] == ("left", 0, "--until 20:00 reached")
    assert outcome.stopped == "--until 20:00 reached"


def test_a_quota_that_keeps_a_row_from_its_first_attempt_leaves_it(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    stop = Stop(until=datetime.now(UTC) + timedelta(seconds=3), label="--until 20:00")
    plan = make_plan(warehouse, [user("a"), user("b")])
    quota = QuotaSettings(reads_per_minute=0, writes_per_minute=1)
    with N2FClient(replace(api_settings(n2f), quota=quota), clock=StoppableClock(stop)) as client:
        push(warehouse, n2f, plan, client=client, stop=stop)
    assert results(warehouse, plan) == {"a": "left", "b": "left"}
    assert sent(n2f) == []


def test_a_network_that_is_down_stops_the_push_after_some_failures(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    n2f.add_fault("status", status=503, method="POST", path_regex="users", times=None)
    plan = make_plan(warehouse, [user(key) for key in "abcde"])
    _, outcome = push(warehouse, n2f, plan, max_consecutive_failures=3)
    assert results(warehouse, plan) == {"a": "failed", "b": "failed", "c": "failed", "d": "left", "e": "left"}
    assert isinstance(outcome.error, NetworkError)
    assert "3 calls in a row" in str(outcome.error)


def test_failures_with_an_answer_between_them_do_not_stop_the_push(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    for after in (0, 2, 4):
        n2f.add_fault("status", status=503, method="POST", path_regex="users", after=after, times=2)
    plan = make_plan(warehouse, [user(key) for key in "abcdef"])
    _, outcome = push(warehouse, n2f, plan, max_consecutive_failures=4)
    assert outcome.error is None
    assert "left" not in results(warehouse, plan).values()


def test_refusals_never_count_as_a_network_that_is_down(warehouse: Warehouse, n2f: DemoN2F) -> None:
    n2f.add_fault("status", status=422, method="POST", path_regex="users", times=None)
    plan = make_plan(warehouse, [user(key) for key in "abcde"])
    _, outcome = push(warehouse, n2f, plan, max_consecutive_failures=2)
    assert outcome.error is None
    assert set(results(warehouse, plan).values()) == {"failed"}


def test_refused_credentials_stop_the_push_at_once(warehouse: Warehouse, n2f: DemoN2F) -> None:
    n2f.add_fault("status", status=401, path_regex="auth", times=None)
    plan = make_plan(warehouse, [user(key) for key in "abc"])
    _, outcome = push(warehouse, n2f, plan)
    assert results(warehouse, plan) == {"a": "failed", "b": "left", "c": "left"}
    assert isinstance(outcome.error, AuthenticationError)


@pytest.mark.parametrize(
    "row",
    [
        user("a", method="DELETE", template="users"),
        user("a", template="companies"),
        user("a", method="PATCH"),
        user("a", action="update", method="DELETE", template="users/{mail}", params={"mail": "a"}),
    ],
)
def test_a_request_that_the_seed_does_not_hold_stops_everything_before_any_call(
    warehouse: Warehouse, n2f: DemoN2F, row: Row
) -> None:
    plan = make_plan(warehouse, [user("first"), row])
    with pytest.raises(DataError, match=r"endpoints\.csv does not hold"):
        push(warehouse, n2f, plan)
    assert n2f.stats["calls"] == []
    assert results(warehouse, plan) == {}


@pytest.mark.parametrize("mail", ["", ".", "..", "  "])
def test_a_path_part_that_must_not_be_sent_fails_its_row_alone(
    warehouse: Warehouse, n2f: DemoN2F, mail: str
) -> None:
    plan = make_plan(warehouse, [user("bad", action="delete", params={"mail": mail}), user("good")])
    push(warehouse, n2f, plan)
    assert results(warehouse, plan) == {"bad": "failed", "good": "succeeded"}
    assert sent(n2f) == ["good"]
    assert warehouse.rows("select count(*) from {n2f_sync.push_attempts}") == [(1,)]


def test_path_parameters_that_are_no_json_object_fail_their_row_alone(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    plan = make_plan(warehouse, [user("bad", action="delete"), user("worse", action="delete"), user("good")])
    for number, text in enumerate(("[1]", "{"), start=1):
        warehouse.execute(
            "update {n2f_sync.planned_changes} set path_params_json = ? where sequence = ?", (text, number)
        )
    push(warehouse, n2f, plan)
    assert results(warehouse, plan) == {"bad": "failed", "worse": "failed", "good": "succeeded"}


def test_a_row_is_marked_before_its_call_and_its_result_is_committed_before_the_next(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    seen: list[tuple[int, int]] = []

    class Looks:
        def __init__(self, client: Any) -> None:
            self._client = client

        def send(self, *arguments: Any, **named: Any) -> Any:
            marks = warehouse.rows("select count(*) from {n2f_sync.push_attempts}")[0][0]
            done = warehouse.rows("select count(*) from {n2f_sync.push_results}")[0][0]
            seen.append((marks, done))
            return self._client.send(*arguments, **named)

    plan = make_plan(warehouse, [user(key) for key in "abc"])
    with real_client(n2f) as client:
        push(warehouse, n2f, plan, client=Looks(client))
    assert seen == [(1, 0), (2, 1), (3, 2)]


def test_a_row_costs_one_commit(warehouse: Warehouse, n2f: DemoN2F, monkeypatch: pytest.MonkeyPatch) -> None:
    count = 0
    original = type(warehouse).transaction

    @contextmanager
    def counted(self: Any) -> Iterator[None]:
        nonlocal count
        count += 1
        with original(self):
            yield

    plan = make_plan(warehouse, [user(f"u{number}") for number in range(20)])
    monkeypatch.setattr(type(warehouse), "transaction", counted)
    push(warehouse, n2f, plan)
    assert count == 21


def test_long_plans_with_gaps_in_their_numbers_are_sent_whole(warehouse: Warehouse, n2f: DemoN2F) -> None:
    plan = make_plan(warehouse, [user(f"u{number:04}") for number in range(1200)])
    warehouse.execute("update {n2f_sync.planned_changes} set sequence = sequence * 3 + 1200")
    push(warehouse, n2f, plan)
    assert sent(n2f) == [f"u{number:04}" for number in range(1200)]


def test_results_hold_instants_in_utc_and_the_error_no_payload(warehouse: Warehouse, n2f: DemoN2F) -> None:
    secret = "Sesame-Ouvre-Toi"
    n2f.add_fault("status", status=422, method="POST", path_regex="users", body=json.dumps({"echo": secret}))
    plan = make_plan(warehouse, [user("a", payload=make_user("a@fictis.example", firstname=secret))])
    push(warehouse, n2f, plan)
    error, started_at, finished_at = warehouse.rows(
        "select error, started_at, finished_at from {n2f_sync.push_results}"
    )[0]
    assert secret not in error
    now = datetime.now(UTC).replace(tzinfo=None)
    assert now - timedelta(minutes=1) < started_at <= finished_at <= now
