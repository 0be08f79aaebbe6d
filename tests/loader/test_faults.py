"""What N2F and the network do on a bad day, one after the other, through the real push and the real snapshot.

For each fault: what stands in push_results, how the run ends, that no two calls were in flight, and that the next run
puts it right, nobody being there twice.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from demo.harness import DemoN2F
from loader.api import N2FClient
from loader.clock import SimulatedClock
from loader.database import Warehouse, utc_now
from loader.errors import CallError, DataError
from loader.plan import Plan, refuse_unpushable
from loader.runs import Run
from loader.seeds import snapshot_resources
from loader.settings import ApiSettings, SyncSettings
from loader.snapshot import take_snapshot
from loader.summary import summarize
from tests.demo.client import make_user, make_world
from tests.loader.workbench import HERE, ROOT, Silent, api_settings, make_plan, push, sent, user

SECRET = "Sésame-Confidentiel"
ECHO = f'{{"error": "cannot\\r\\nbe: {SECRET}, b@fictis.example"}}'
MOST = 2  # attempts at a call
Fault = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A fault that the second of three creates meets, and what becomes of that row and of the run."""

    name: str
    faults: tuple[Fault, ...]
    status: str = "succeeded"
    http_status: int | None = 201
    attempts: int = 1
    error: str = ""
    rest: str = "succeeded"
    exit_code: int = 0
    applied: int = 1


def answers(status: int, times: int = 1) -> tuple[Fault, ...]:
    """N2F answers the second create so, so many times, echoing what it was sent."""
    return ({"kind": "status", "status": status, "times": times, "body": ECHO},)


def happens(kind: str, times: int = 1, **rule: Any) -> tuple[Fault, ...]:
    """Something else happens to the second create."""
    return ({"kind": kind, "times": times, **rule},)


def refused(status: int) -> Case:
    """An answer about the row, which fails alone and at once."""
    error = f"N2F answered {status}: "
    return Case(
        name=f"{status}", faults=answers(status), status="failed", http_status=status, error=error, exit_code=3,
        applied=0,
    )  # fmt: skip


def passing(status: int) -> Case:
    """An answer about the moment, after which the second attempt succeeds."""
    return Case(name=f"{status} once", faults=answers(status), attempts=2)


def lasting(status: int) -> Case:
    """The same at every attempt: the row fails, the next one is tried."""
    error = f"N2F answered {status}: "
    return Case(
        name=f"{status} at every attempt", faults=answers(status, MOST), status="failed", http_status=status,
        attempts=MOST, error=error, exit_code=3, applied=0,
    )  # fmt: skip


BROKEN = {"status": "failed", "http_status": None, "attempts": MOST, "exit_code": 3}
NO_TOKEN: Fault = {
    "kind": "status",
    "status": 503,
    "path_regex": "^auth",
    "method": None,
    "times": MOST,
    "after": 0,
}
CASES = [
    *map(refused, (400, 403, 404, 409, 413, 422)),
    *map(passing, (408, 425, 429, 500, 502, 503, 504)),
    *map(lasting, (429, 500, 502, 503)),
    Case(name="401 in the middle", faults=answers(401), attempts=2),
    Case(
        name="401 with a new token too", faults=answers(401, 2), status="failed", http_status=401, attempts=2,
        error="N2F answered 401: ", rest="left", exit_code=1, applied=0,
    ),
    Case(name="a token that ends in the middle", faults=happens("expire_token"), attempts=2),
    Case(name="dropped before", faults=happens("drop_before"), attempts=2),
    Case(
        name="dropped before at every attempt", faults=happens("drop_before", MOST), error="the connection failed",
        applied=0, **BROKEN,
    ),
    Case(name="dropped after", faults=happens("drop_after"), http_status=200, attempts=2, applied=2),
    Case(
        name="dropped after at every attempt", faults=happens("drop_after", MOST), error="the connection failed",
        applied=2, **BROKEN,
    ),
    Case(name="a stall", faults=happens("stall", seconds=3.0), http_status=200, attempts=2, applied=2),
    Case(
        name="a stall at every attempt", faults=happens("stall", MOST, seconds=3.0),
        error="no answer within 0.5 s", applied=2, **BROKEN,
    ),
    *(
        Case(name=kind, faults=happens(kind), http_status=200)
        for kind in ("truncate", "html", "empty", "garbage", "cut")
    ),
]  # fmt: skip


def settings_of(n2f: DemoN2F, **changes: Any) -> ApiSettings:
    """How to reach N2F, with two attempts and a short time-out."""
    return replace(api_settings(n2f), max_attempts=MOST, read_timeout=0.5, **changes)


def simulated() -> SimulatedClock:
    """A clock at the present moment, which only moves when someone waits."""
    return SimulatedClock(datetime.now(UTC))


def pushed(
    warehouse: Warehouse, n2f: DemoN2F, plan: Plan, clock: SimulatedClock | None = None, **changes: Any
) -> int:
    """Push a plan as `n2f-sync push` does; return the exit code."""
    limits = {name: changes.pop(name) for name in ("max_consecutive_failures",) if name in changes}
    refuse_unpushable(warehouse, plan, base_url=HERE)
    with N2FClient(settings_of(n2f, **changes), clock=clock or simulated()) as client:
        run_id, outcome = push(warehouse, n2f, plan, client=client, **limits)
    run = Run(run_id=run_id, command="push", started_at=utc_now(), is_dry_run=False)
    return summarize(
        warehouse, run, plan, SyncSettings(), is_pushed=True, stopped=outcome.stopped, error=outcome.error
    ).exit_code


def rows_of(warehouse: Warehouse, plan: Plan) -> list[tuple[Any, ...]]:
    """What became of each row: status, HTTP status, attempts, error."""
    return warehouse.rows(
        "select status, http_status, attempts, error from {n2f_sync.push_results} where plan_id = ? order by sequence",
        (plan.plan_id,),
    )


def mails(n2f: DemoN2F) -> Counter[str]:
    """How often each user is in N2F."""
    return Counter(found["mail"].removesuffix("@fictis.example") for found in n2f.world()["users"])


def next_night(warehouse: Warehouse, n2f: DemoN2F, keys: str) -> None:
    """Create whom N2F does not have, as the next plan does; afterwards everybody is there, once."""
    n2f.clear_faults()
    plan = make_plan(warehouse, [user(key) for key in keys if key not in mails(n2f)])
    assert pushed(warehouse, n2f, plan) == 0
    assert mails(n2f) == Counter(keys)
    assert n2f.stats["in_flight_violations"] == 0


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault_is_told_of_its_row_and_healed_by_the_next_run(
    warehouse: Warehouse, n2f: DemoN2F, case: Case
) -> None:
    for fault in case.faults:
        n2f.add_fault(**{"method": "POST", "path_regex": "^users", "after": 1} | fault)
    broken = user("b", payload=make_user("b@fictis.example", firstname=SECRET))
    plan = make_plan(warehouse, [user("a"), broken, user("c")])
    assert pushed(warehouse, n2f, plan) == case.exit_code
    first, second, third = rows_of(warehouse, plan)
    assert first == ("succeeded", 201, 1, None)
    assert second[:3] == (case.status, case.http_status, case.attempts)
    error = second[3] or ""
    assert error.startswith(case.error)
    assert bool(error) == (case.status == "failed")
    assert len(error.splitlines()) <= 1
    assert SECRET not in error
    assert "b@fictis" not in error
    assert third[0] == case.rest
    assert sent(n2f).count("b") == case.attempts
    assert mails(n2f)["b"] == min(case.applied, 1)
    if case.status != "succeeded" or case.rest != "succeeded":
        with pytest.raises(DataError, match="has a result for every row already"):
            pushed(warehouse, n2f, plan)
    next_night(warehouse, n2f, "abc")


def test_404_on_a_delete_is_a_success(warehouse: Warehouse, n2f: DemoN2F) -> None:
    n2f.reset(make_world(users=[make_user("a@fictis.example")]))
    plan = make_plan(warehouse, [user("gone", action="delete"), user("a", action="delete")])
    assert pushed(warehouse, n2f, plan) == 0
    assert [row[:3] for row in rows_of(warehouse, plan)] == [("succeeded", 404, 1), ("succeeded", 204, 1)]


def test_a_delete_whose_answer_was_lost_is_a_success(warehouse: Warehouse, n2f: DemoN2F) -> None:
    n2f.reset(make_world(users=[make_user("a@fictis.example")]))
    n2f.add_fault("drop_after", method="DELETE")
    plan = make_plan(warehouse, [user("a", action="delete")])
    assert pushed(warehouse, n2f, plan) == 0
    assert [row[:3] for row in rows_of(warehouse, plan)] == [("succeeded", 404, 2)]


def test_a_token_that_ended_and_is_not_to_be_had_fails_its_row(warehouse: Warehouse, n2f: DemoN2F) -> None:
    n2f.add_fault("expire_token", method="POST", path_regex="^users", after=1)
    n2f.add_fault("status", status=503, path_regex="^auth", after=1, times=MOST)
    plan = make_plan(warehouse, [user(key) for key in "abc"])
    assert pushed(warehouse, n2f, plan) == 3
    assert [row[:2] for row in rows_of(warehouse, plan)] == [
        ("succeeded", 201), ("failed", 503), ("succeeded", 201),
    ]  # fmt: skip
    next_night(warehouse, n2f, "abc")


IN_40_SECONDS = "in 40 seconds"
RETRY_AFTER = {
    None: 0.02, "7": 7.0, "0": 0.02, IN_40_SECONDS: 40.0, "-5": 0.02, "soon": 0.02, "NaN": 0.02, "7.5": 0.02,
    "999999999": 300.0, "9" * 30: 0.02, "Fri, 31 Dec 9999 23:59:59 GMT": 300.0, "Thu, 01 Jan 1970 00:00:00 GMT": 0.02,
}  # fmt: skip
"""What N2F asks for -> the most that is waited: what it asks for within reason, else the wait before any retry."""


@pytest.mark.parametrize(("asked", "longest"), RETRY_AFTER.items())
def test_429_waits_as_long_as_retry_after_asks_within_reason(
    warehouse: Warehouse, n2f: DemoN2F, asked: str | None, longest: float
) -> None:
    clock = simulated()
    told = asked
    if asked == IN_40_SECONDS:
        told = format_datetime(clock.now() + timedelta(seconds=40), usegmt=True)
    headers = {} if told is None else {"Retry-After": told}
    n2f.add_fault("status", status=429, headers=headers, method="POST", path_regex="^users", after=1)
    plan = make_plan(warehouse, [user(key) for key in "abc"])
    assert pushed(warehouse, n2f, plan, clock) == 0
    assert [row[:3] for row in rows_of(warehouse, plan)] == [
        ("succeeded", 201, 1), ("succeeded", 201, 2), ("succeeded", 201, 1),
    ]  # fmt: skip
    assert longest - 2 < clock.monotonic() <= longest


DOWN: dict[str, Fault] = {
    "500": {"kind": "status", "status": 500},
    "502": {"kind": "status", "status": 502},
    "503": {"kind": "status", "status": 503},
    "429": {"kind": "status", "status": 429},
    "no connection": {"kind": "drop_before"},
    "no token": {"kind": "status", "status": 503, "path_regex": "^auth", "method": "POST"},
}


@pytest.mark.parametrize("fault", DOWN.values(), ids=DOWN)
def test_an_n2f_that_is_down_is_noticed_and_the_rest_is_left(
    warehouse: Warehouse, n2f: DemoN2F, fault: Fault
) -> None:
    n2f.add_fault(**{"path_regex": "^users", "times": None} | fault)
    plan = make_plan(warehouse, [user(key) for key in "abcdef"])
    assert pushed(warehouse, n2f, plan, max_consecutive_failures=3) == 1
    found = rows_of(warehouse, plan)
    assert [row[0] for row in found] == ["failed"] * 3 + ["left"] * 3
    assert all(row[3].startswith("3 calls in a row failed") for row in found[3:])
    assert n2f.stats["writes"] <= 3 * MOST + 1
    next_night(warehouse, n2f, "abcdef")


def test_503_for_minutes_is_waited_out_by_what_is_set_by_default(warehouse: Warehouse, n2f: DemoN2F) -> None:
    n2f.add_fault("status", status=503, method="POST", path_regex="^users", times=5)
    default = ApiSettings(base_url="", client_id="", client_secret="")
    clock = simulated()
    plan = make_plan(warehouse, [user("a")])
    with N2FClient(
        replace(
            settings_of(n2f),
            max_attempts=default.max_attempts,
            backoff_initial=default.backoff_initial,
            backoff_max=default.backoff_max,
        ),
        clock=clock,
    ) as client:
        push(warehouse, n2f, plan, client=client)
    assert [row[:3] for row in rows_of(warehouse, plan)] == [("succeeded", 201, 6)]
    assert 30 < clock.monotonic() < 120


def test_a_name_that_dns_does_not_know_stops_the_push_with_its_reason(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    plan = make_plan(warehouse, [user(key) for key in "abc"])
    base_url = "https://n2f.invalid/services/api/v2/"
    assert pushed(warehouse, n2f, plan, base_url=base_url, max_consecutive_failures=2) == 1
    found = rows_of(warehouse, plan)
    assert [row[:2] for row in found] == [("failed", None)] * 2 + [("left", None)]
    assert "the connection failed" in found[0][3]
    next_night(warehouse, n2f, "abc")


READING = {
    "a connection dropped": {"kind": "drop_before"},
    "an answer cut off": {"kind": "cut"},
    "a stall": {"kind": "stall", "seconds": 3.0},
    "truncated JSON": {"kind": "truncate"},
    "HTML instead of JSON": {"kind": "html"},
    "200 with an empty body": {"kind": "empty"},
    "bytes that are no JSON": {"kind": "garbage"},
    "401": {"kind": "status", "status": 401},
    "a token that ends": {"kind": "expire_token"},
    "429": {"kind": "status", "status": 429},
    "500": {"kind": "status", "status": 500},
    "502": {"kind": "status", "status": 502},
    "503": {"kind": "status", "status": 503},
}


def many_users() -> list[dict[str, object]]:
    """More users than a page holds."""
    return [make_user(f"u{number}@fictis.example") for number in range(250)]


def complete(warehouse: Warehouse) -> int:
    """How many snapshots are complete."""
    return int(
        warehouse.rows("select count(*) from {n2f_raw.snapshots} where completed_at is not null")[0][0]
    )


def read(warehouse: Warehouse, n2f: DemoN2F, progress: Silent | None = None) -> list[str]:
    """Take a snapshot; return the mails it holds."""
    with N2FClient(settings_of(n2f), clock=simulated()) as client:
        taken = take_snapshot(
            warehouse,
            client,
            snapshot_resources(ROOT),
            base_url=n2f.base_url,
            progress=progress or Silent(),
        )
    rows = warehouse.rows(
        "select document from {n2f_raw.users} where snapshot_id = ? order by page, position",
        (taken.snapshot_id,),
    )
    return [json.loads(document)["mail"].removesuffix("@fictis.example") for (document,) in rows]


@pytest.mark.parametrize("fault", READING.values(), ids=READING)
def test_a_fault_in_reading_costs_a_call_or_the_snapshot_and_never_a_part_of_it(
    warehouse: Warehouse, n2f: DemoN2F, fault: Fault
) -> None:
    n2f.reset(make_world(users=many_users()))
    n2f.add_fault(**fault, method="GET", path_regex="^users[?]start=200")
    assert len(read(warehouse, n2f)) == 250
    n2f.add_fault(**fault, method="GET", path_regex="^users[?]start=200", times=None)
    with pytest.raises(CallError) as raised:
        read(warehouse, n2f)
    assert raised.value.exit_code == 1
    assert len(str(raised.value).splitlines()) == 1
    assert complete(warehouse) == 1
    n2f.clear_faults()
    assert len(read(warehouse, n2f)) == 250
    assert complete(warehouse) == 2
    assert n2f.stats["in_flight_violations"] == 0


class Moves(Silent):
    """Changes the users of N2F once their first page has been read."""

    def __init__(self, n2f: DemoN2F, users: list[dict[str, object]]) -> None:
        self._n2f, self._users = n2f, users

    def advance(self, done: int, total: int | None, what: str) -> None:
        """See `Progress.advance`."""
        del total, what
        if done >= 200 and self._users:
            self._n2f.set_world(self._n2f.world() | {"users": self._users})
            self._users = []


def test_a_list_that_moves_may_repeat_an_item_and_the_next_run_does_not(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    n2f.reset(make_world(users=many_users()))
    found = read(warehouse, n2f, Moves(n2f, [make_user("new@fictis.example"), *many_users()]))
    assert [mail for mail, count in Counter(found).items() if count > 1] == ["u199"]
    assert sorted(read(warehouse, n2f)) == sorted(["new", *(f"u{number}" for number in range(250))])


def test_who_is_skipped_by_a_list_that_moves_is_not_made_twice(warehouse: Warehouse, n2f: DemoN2F) -> None:
    n2f.reset(make_world(users=many_users()))
    found = read(warehouse, n2f, Moves(n2f, many_users()[1:]))
    assert {f"u{number}" for number in range(250)} - set(found) == {"u200"}
    assert pushed(warehouse, n2f, make_plan(warehouse, [user("u200")])) == 0
    assert mails(n2f) == Counter(f"u{number}" for number in range(1, 250))
    assert sorted(read(warehouse, n2f)) == sorted(mails(n2f))
