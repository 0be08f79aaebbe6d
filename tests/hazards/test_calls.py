"""Hazards: tokens, time-outs, retries, and the quotas of day and night."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from demo.harness import DemoN2F
from loader.api import N2FClient
from loader.clock import Clock, SimulatedClock, SystemClock
from loader.errors import NetworkError
from loader.quota import Ledger, Pacer
from loader.settings import ApiSettings, QuotaSettings
from tests.demo.client import make_user, make_world

BRUSSELS = ZoneInfo("Europe/Brussels")
NO_QUOTA = QuotaSettings(reads_per_minute=0, writes_per_minute=0)
MAIL = "ann@fictis.example"
USER = json.dumps(make_user(MAIL))


def client_of(n2f: DemoN2F, clock: Clock | None = None, **changes: object) -> N2FClient:
    """The real client, as it is set by default but for quotas."""
    settings = ApiSettings(
        base_url=n2f.base_url, client_id=n2f.client_id, client_secret=n2f.client_secret, quota=NO_QUOTA
    )
    return N2FClient(replace(settings, **changes), clock=clock)  # type: ignore[arg-type]  # any field by name


def simulated() -> SimulatedClock:
    """A clock at the present moment that moves when someone sleeps."""
    return SimulatedClock(datetime.now(UTC))


class LaterClock(SystemClock):
    """The machine's clock, some hours later when told so."""

    hours = 0

    def now(self) -> datetime:
        """See `Clock.now`."""
        return super().now() + timedelta(hours=self.hours)

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return super().monotonic() + 3600 * self.hours


def test_a_token_is_renewed_before_it_ends(n2f: DemoN2F) -> None:
    clock = LaterClock()
    with client_of(n2f, clock) as client:
        list(client.get_pages("companies", paged=True))
        clock.hours = 1
        list(client.get_pages("companies", paged=True))
    assert n2f.stats["tokens_issued"] == 2
    assert [call["status"] for call in n2f.stats["calls"]] == [200] * 4


def test_a_token_that_ends_in_the_middle_is_renewed_and_the_call_repeated(n2f: DemoN2F) -> None:
    with client_of(n2f) as client:
        list(client.get_pages("companies", paged=True))
        n2f.expire_tokens()
        list(client.get_pages("companies", paged=True))
    assert [call["status"] for call in n2f.stats["calls"]] == [200, 200, 401, 200, 200]


def test_a_call_that_is_not_answered_ends_by_itself(n2f: DemoN2F) -> None:
    n2f.add_fault("stall", path_regex="^companies", seconds=8.0)
    with client_of(n2f, read_timeout=0.3, max_attempts=1) as client:
        begin = time.monotonic()
        with pytest.raises(NetworkError, match="no answer within"):
            list(client.get_pages("companies", paged=True))
        assert time.monotonic() - begin < 4
    by_default = ApiSettings(base_url="", client_id="", client_secret="")
    assert 0 < by_default.connect_timeout <= by_default.read_timeout <= 60


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "drop_before"}])
def test_a_call_that_fails_for_a_moment_is_tried_again(n2f: DemoN2F, fault: dict[str, object]) -> None:
    n2f.reset(make_world())
    n2f.add_fault(**fault, path_regex="^users", times=2)
    with client_of(n2f, simulated()) as client:
        answered = client.send("POST", "users", USER)
    assert answered.attempts == 3
    assert [user["mail"] for user in n2f.world()["users"]] == [MAIL]


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_obeyed(n2f: DemoN2F, as_date: bool) -> None:
    n2f.reset(make_world())
    clock = simulated()
    asked = format_datetime(clock.now() + timedelta(seconds=40), usegmt=True) if as_date else "40"
    n2f.add_fault("status", status=429, headers={"Retry-After": asked}, path_regex="^users")
    with client_of(n2f, clock) as client:
        assert client.send("POST", "users", USER).attempts == 2
    assert 38 < clock.monotonic() <= 40


def starts(begin: str, count: int) -> list[datetime]:
    """When writes start that are made as soon as the quota allows, by the clocks of Brussels."""
    clock = SimulatedClock(datetime.fromisoformat(begin).replace(tzinfo=BRUSSELS))
    pacer = Pacer(QuotaSettings(), clock=clock)
    found = []
    for _ in range(count):
        pacer.wait("write")
        pacer.done()
        found.append(clock.now().astimezone(BRUSSELS))
    return found


def test_20_00_to_20_59_counts_as_night() -> None:
    pacer = Pacer(QuotaSettings())
    evening = datetime(2026, 11, 22, 20, 0, 1, tzinfo=BRUSSELS)
    minutes = [evening + timedelta(minutes=minute) for minute in range(60)]
    assert {(pacer.quota("read", at), pacer.quota("write", at)) for at in minutes} == {(200, 50)}
    assert len(set(starts("2026-11-22 20:30:00", 50))) == 1


@pytest.mark.parametrize(("begin", "count"), [("2026-11-22 19:59:30", 130), ("2026-11-22 05:59:30", 80)])
def test_a_changeover_allows_no_double_burst(begin: str, count: int) -> None:
    found = starts(begin, count)
    assert found[0].hour != found[-1].hour
    for number, start in enumerate(found):
        quota = 10 if 6 <= start.hour < 20 else 50
        before = [earlier for earlier in found[:number] if (start - earlier).total_seconds() < 60]
        assert len(before) < quota, start


def test_a_changeover_between_two_runs_allows_no_double_burst(tmp_path: Path) -> None:
    clock = SimulatedClock(datetime(2026, 11, 22, 5, 59, 50, tzinfo=BRUSSELS))
    ledger = Ledger.of_client(tmp_path, "https://n2f.example/", "client")
    night = Pacer(QuotaSettings(), clock=clock, ledger=ledger)
    for _ in range(50):
        night.wait("write")
        night.done()
    night.close()
    clock.sleep(15)
    day = Pacer(
        QuotaSettings(), clock=clock, ledger=Ledger.of_client(tmp_path, "https://n2f.example/", "client")
    )
    assert day.wait("write") > 40
    day.close()
