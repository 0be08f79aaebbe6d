"""What goes out when not all of a plan fits: by the ranks of the plan, in the order of the plan, as many as fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from demo.harness import DemoN2F
from loader.api import N2FClient
from loader.clock import SimulatedClock
from loader.database import Warehouse
from loader.forecast import Forecast
from loader.plan import Plan
from loader.progress import LogProgress
from loader.ranks import Ranks
from loader.selection import Selection
from loader.settings import QuotaSettings
from loader.stop import Stop, StoppableClock
from tests.loader.workbench import Row, api_settings, make_plan, push, real_client, results, sent, user

EVENING = datetime(2026, 11, 22, 21, 0, tzinfo=ZoneInfo("Europe/Brussels"))

MIXED = [
    Row(key="FIC/P1", scope="projects"),
    user("other", action="create"),
    user("boss", action="create"),
    user("new", action="create", needs=["boss"]),
    user("stays", action="update"),
    user("moves", action="update", needs=["new"]),
    user("leaver", action="delete", needs=["moves"]),
    user("single", action="delete"),
    Row(key="FIC/P2", scope="projects", action="delete"),
]
"""A leaver whose report moves to somebody new, whose manager is new too; everything else needs nothing."""

KEYS = ["P1", "other", "boss", "new", "stays", "moves", "leaver", "single", "P2"]
"""What N2F is sent for them, in the order of the plan."""

RANKED = ["boss", "new", "moves", "leaver", "single", "other", "P1", "stays", "P2"]


@pytest.mark.parametrize("number", range(1, len(MIXED) + 1))
def test_so_many_calls_are_made_for_what_comes_first_in_the_order_of_the_plan(
    warehouse: Warehouse, n2f: DemoN2F, number: int
) -> None:
    plan = make_plan(warehouse, MIXED)
    _, outcome = push(warehouse, n2f, plan, max_writes=number)
    assert sent(n2f) == [key for key in KEYS if key in RANKED[:number]]
    statuses = results(warehouse, plan)
    assert list(statuses.values()).count("succeeded") == number
    assert list(statuses.values()).count("left") == len(MIXED) - number
    assert outcome.stopped == (f"--max-writes {number} reached" if number < len(MIXED) else None)


def test_leavers_go_first_together_with_the_changes_of_reports_they_wait_for(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    plan = make_plan(warehouse, MIXED)
    push(warehouse, n2f, plan, max_writes=5)
    assert sent(n2f) == ["boss", "new", "moves", "leaver", "single"]
    errors = warehouse.rows("select distinct error from {n2f_sync.push_results} where status = 'left'")
    assert errors == [("--max-writes 5 reached",)]


def test_new_people_go_before_the_rest_with_their_managers(warehouse: Warehouse, n2f: DemoN2F) -> None:
    rows = [Row(key="FIC/P1", scope="projects"), user("boss"), user("dev", needs=["boss"])]
    plan = make_plan(warehouse, [*rows, user("stays", action="update")])
    push(warehouse, n2f, plan, max_writes=2)
    assert sent(n2f) == ["boss", "dev"]


def test_the_place_of_a_row_that_is_skipped_goes_to_the_next_best_that_is_still_to_come(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    n2f.add_fault("status", status=422, method="POST", path_regex="users", times=1)
    rows = [Row(key="FIC/P1", scope="projects"), user("boss"), user("dev", needs=["boss"])]
    plan = make_plan(warehouse, [*rows, user("one", action="update"), user("two", action="update")])
    push(warehouse, n2f, plan, max_writes=2)
    assert results(warehouse, plan) == {
        "FIC/P1": "left", "boss": "failed", "dev": "skipped", "one": "succeeded", "two": "left",
    }  # fmt: skip
    assert sent(n2f) == ["boss", "one"]


def test_what_can_no_longer_succeed_takes_no_place_and_what_needs_a_row_that_was_passed_over_is_left(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    n2f.add_fault("status", status=422, method="POST", path_regex="users", after=1, times=1)
    plan = make_plan(
        warehouse,
        [
            user("boss"),
            user("late"),
            user("new", needs=["boss"]),
            user("late-report", action="update", needs=["late"]),
            user("moves", action="update", needs=["new"]),
            user("leaver", action="delete", needs=["moves"]),
            user("single", action="delete"),
        ],
    )
    push(warehouse, n2f, plan, max_writes=4)
    assert results(warehouse, plan) == {
        "boss": "succeeded", "late": "left", "new": "failed", "late-report": "left", "moves": "skipped",
        "leaver": "skipped", "single": "succeeded",
    }  # fmt: skip


def test_what_waits_for_a_row_that_is_withheld_takes_no_place(warehouse: Warehouse, n2f: DemoN2F) -> None:
    rows = [
        user("held", decision="withheld", reason="hold"),
        user("below", needs=["held"]),
        user("further-below", needs=["below"]),
        user("one", action="update"),
        user("two", action="update"),
    ]
    plan = make_plan(warehouse, rows)
    push(warehouse, n2f, plan, max_writes=1)
    assert results(warehouse, plan) == {
        "held": "withheld", "below": "skipped", "further-below": "skipped", "one": "succeeded", "two": "left",
    }  # fmt: skip


def test_of_a_long_plan_with_gaps_in_its_numbers_the_few_that_come_first_are_found(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    rows = [user(f"u{number:04}", action="update") for number in range(1200)]
    plan = make_plan(warehouse, [*rows, user("leaver", action="delete", needs=["u0777"])])
    warehouse.execute("update {n2f_sync.planned_changes} set sequence = sequence * 30 + 1200")
    push(warehouse, n2f, plan, max_writes=4)
    assert sent(n2f) == ["u0000", "u0001", "u0777", "leaver"]


def test_rows_that_are_passed_over_are_not_told_one_by_one(
    warehouse: Warehouse, n2f: DemoN2F, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [user("new", action="create"), *(user(f"u{each}", action="update") for each in range(300))]
    with caplog.at_level("INFO", logger="loader.progress"):
        push(warehouse, n2f, make_plan(warehouse, rows), max_writes=1, progress=LogProgress())
    assert len([record for record in caplog.records if "changes sent" in record.message]) <= 2


def test_a_push_that_is_taken_up_chooses_anew_among_what_is_open(warehouse: Warehouse, n2f: DemoN2F) -> None:
    plan = make_plan(warehouse, MIXED)

    class Dies:
        def __init__(self, client: Any) -> None:
            self._client, self._left = client, 2

        def send(self, *arguments: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left < 0:
                raise KeyboardInterrupt
            return self._client.send(*arguments, **named)

    with real_client(n2f) as client, pytest.raises(KeyboardInterrupt):
        push(warehouse, n2f, plan, client=Dies(client), max_writes=5)
    assert sent(n2f) == ["boss", "new"]
    push(warehouse, n2f, plan, max_writes=4)
    assert sent(n2f) == ["boss", "new", "other", "moves", "leaver", "single"]
    assert [key for key, status in results(warehouse, plan).items() if status == "left"] == [
        "FIC/P1", "stays", "FIC/P2",
    ]  # fmt: skip


class SlowWire(HTTPAdapter):
    """Lets simulated time pass for each call, as many seconds as it is told for the n-th write."""

    def __init__(self, clock: SimulatedClock, seconds: Callable[[int], float]) -> None:
        super().__init__()
        self._clock, self._seconds, self._number = clock, seconds, 0

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        """Send one call."""
        response = super().send(request, *args, **options)
        self._clock.sleep(self._seconds(self._number))
        self._number += not str(request.url).endswith("auth")
        return response


class Night:
    """A night whose time is simulated, with the quota of nights and N2F as slow as it is told."""

    def __init__(
        self, n2f: DemoN2F, *, minutes: float | None, seconds: Callable[[int], float] = lambda _: 0.2
    ) -> None:
        self.clock = SimulatedClock(EVENING)
        end = None if minutes is None else self.clock.now() + timedelta(minutes=minutes)
        label = f"--until {end.astimezone(EVENING.tzinfo):%H:%M}" if end else ""
        self.stop = Stop(until=end, label=label, clock=self.clock)
        self._n2f, self._seconds = n2f, seconds

    @contextmanager
    def client(self) -> Iterator[N2FClient]:
        """Yield the real client."""
        settings = replace(api_settings(self._n2f), quota=QuotaSettings(), max_attempts=3)
        with N2FClient(settings, clock=StoppableClock(self.stop)) as client:
            wire: Any = SlowWire(self.clock, self._seconds)
            client._transport._session.mount("http://", wire)
            yield client

    def push(self, warehouse: Warehouse, plan: Plan, **limits: Any) -> str | None:
        """Send a plan; return why not all of it."""
        with self.client() as client:
            _, outcome = push(
                warehouse, self._n2f, plan, client=client, pacer=client.pacer, stop=self.stop, **limits
            )
        return outcome.stopped

    def forecast(self, warehouse: Warehouse, plan: Plan, max_writes: int | None = None) -> Forecast:
        """Say how it would go."""
        with self.client() as client:
            return Selection(
                Ranks(warehouse, plan.plan_id), client.pacer, max_writes=max_writes, deadline=self.stop.until
            ).forecast()


def updates_then_deletes(updates: int, deletes: int) -> list[Row]:
    """Many changes of the rest, and leavers, who stand last; each third leaver waits for a report."""
    rows = [user(f"u{number:03}", action="update") for number in range(updates)]
    for number in range(deletes):
        needs = [f"u{updates - 1 - number:03}"] if updates and number % 3 == 0 else []
        rows.append(user(f"gone{number:02}", action="delete", needs=needs))
    return rows


def count(warehouse: Warehouse, plan: Plan, kind: str) -> dict[str, int]:
    """How many rows of a kind have which status."""
    found = [status for key, status in results(warehouse, plan).items() if key.startswith(kind)]
    return {status: found.count(status) for status in set(found)}


def test_before_a_deadline_goes_what_comes_first_and_fits(warehouse: Warehouse, n2f: DemoN2F) -> None:
    night = Night(n2f, minutes=2)
    plan = make_plan(warehouse, updates_then_deletes(200, 20))
    forecast = night.forecast(warehouse, plan)
    assert night.push(warehouse, plan) == "--until 21:02 leaves no time for more"
    assert count(warehouse, plan, "gone") == {"succeeded": 20}
    left = count(warehouse, plan, "u")["left"]
    assert left == pytest.approx(forecast.left_count, abs=6)
    assert str(forecast).endswith(
        f"{forecast.left_count} will be left at 21:02: {forecast.left_count} updates of users"
    )
    assert sent(n2f) == sorted(sent(n2f), key=lambda key: (key.startswith("gone"), key))


def test_when_answers_get_slow_the_least_important_rows_are_given_up_and_not_those_that_stand_last(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    night = Night(n2f, minutes=4, seconds=lambda number: 0.2 if number < 15 else 4.0)
    plan = make_plan(warehouse, updates_then_deletes(200, 20))
    stopped = night.push(warehouse, plan)
    assert count(warehouse, plan, "gone") == {"succeeded": 20}
    assert count(warehouse, plan, "u")["succeeded"] >= 30
    assert stopped == "--until 21:04 leaves no time for more"
    assert night.stop.until is not None
    assert night.clock.now() <= night.stop.until + timedelta(seconds=4)


def test_when_calls_have_to_be_repeated_the_least_important_rows_are_given_up(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    n2f.add_fault("status", status=503, method="POST", path_regex="users", times=1, after=3)
    for number in range(40):
        n2f.add_fault("status", status=503, path_regex="users", times=1, after=5 + 2 * number)
    night = Night(n2f, minutes=2)
    plan = make_plan(warehouse, updates_then_deletes(100, 15))
    night.push(warehouse, plan)
    assert count(warehouse, plan, "gone") == {"succeeded": 15}
    assert count(warehouse, plan, "u")["left"] > 20


def test_at_the_deadline_it_stops_in_any_case(warehouse: Warehouse, n2f: DemoN2F) -> None:
    night = Night(n2f, minutes=1, seconds=lambda number: 0.2 if number < 5 else 50.0)
    plan = make_plan(warehouse, updates_then_deletes(0, 20))
    assert night.push(warehouse, plan) == "--until 21:01 reached"
    assert len(sent(n2f)) == 7
    assert count(warehouse, plan, "gone") == {"succeeded": 7, "left": 13}


def test_what_fits_before_a_deadline_goes_out_whole(warehouse: Warehouse, n2f: DemoN2F) -> None:
    night = Night(n2f, minutes=5)
    plan = make_plan(warehouse, updates_then_deletes(100, 20))
    assert night.forecast(warehouse, plan).left_count == 0
    assert night.push(warehouse, plan) is None
    assert set(results(warehouse, plan).values()) == {"succeeded"}


@pytest.mark.parametrize(
    ("max_writes", "reason"),
    [(30, "--max-writes 30 reached"), (190, "--until 21:02 leaves no time for more")],
)
def test_of_two_limits_the_smaller_counts(
    warehouse: Warehouse, n2f: DemoN2F, max_writes: int, reason: str
) -> None:
    night = Night(n2f, minutes=2)
    plan = make_plan(warehouse, updates_then_deletes(200, 20))
    assert night.push(warehouse, plan, max_writes=max_writes) == reason
    assert (len(sent(n2f)) == max_writes) == (max_writes == 30)
    assert count(warehouse, plan, "gone") == {"succeeded": 20}


def test_the_forecast_of_a_number_says_by_scope_and_action_what_is_left(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    plan = make_plan(warehouse, MIXED)
    forecast = Night(n2f, minutes=None).forecast(warehouse, plan, max_writes=5)
    assert str(forecast) == (
        "5 to send, 50 a minute: the last at 21:00 CET; 4 will be left by --max-writes 5:"
        " 1 create of projects, 1 delete of projects, 1 create of users, 1 update of users"
    )
    told = forecast.to_json()
    assert told["left"][0] == {"scope": "projects", "action": "create", "count": 1}
    push(warehouse, n2f, plan, max_writes=5)
    left = warehouse.rows(
        "select scope, action, count(*) from {n2f_sync.push_results} where status = 'left' group by scope, action"
    )
    assert sorted(left) == sorted((one.scope, one.action, one.count) for one in forecast.left)
