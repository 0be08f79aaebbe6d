"""The quota, proven on simulated clocks: never too much in any minute, never idle without need."""

from __future__ import annotations

import itertools
import json
import math
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import least_time
from demo.harness import DemoN2F
from loader.api import N2FClient
from loader.config import QuotaSettings
from loader.errors import ConfigurationError
from loader.quota import DRIFT, MARGIN, Kind, Ledger, Pacer, SimulatedClock
from tests.demo.client import make_user, make_world
from tests.loader.workbench import api_settings

BRUSSELS = ZoneInfo("Europe/Brussels")
MINUTE = 60 + DRIFT
DAY_AND_NIGHT = QuotaSettings()


def brussels(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS).astimezone(UTC)


def last_end(
    pacer: Pacer, kind: Kind, count: int, start: datetime | None = None, *, call_seconds: float | None = 0.0
) -> datetime:
    """When the last of so many calls would end."""
    played = [ended_at for _, ended_at in pacer.play(kind, count, start, call_seconds=call_seconds)]
    return played[-1] if played else pacer.now()


def starts(
    pacer: Pacer, clock: SimulatedClock, kind: Kind, count: int, *, latency: float = 0.0
) -> list[float]:
    """Make calls one after the other and return when each started, in seconds of the clock."""
    found = []
    for _ in range(count):
        pacer.wait(kind)
        found.append(clock.monotonic())
        clock.sleep(latency)
        pacer.done()
    return found


def quota_by_the_contract(kind: Kind, at: datetime) -> int:
    is_day = 6 <= at.astimezone(BRUSSELS).hour < 20
    return {("read", True): 60, ("write", True): 10, ("read", False): 200, ("write", False): 50}[kind, is_day]


@pytest.mark.parametrize(
    ("time", "reads", "writes"),
    [
        ("05:59:58.9", 200, 50),
        ("06:00:00", 60, 10),
        ("06:00:01", 60, 10),
        ("12:00:00", 60, 10),
        ("19:59:59.999999", 60, 10),
        ("20:00:01", 200, 50),
        ("20:59:59", 200, 50),
        ("23:59:59", 200, 50),
        ("00:00:00", 200, 50),
    ],
)
def test_day_lasts_from_six_to_twenty(time: str, reads: int, writes: int) -> None:
    pacer = Pacer(DAY_AND_NIGHT)
    at = brussels(f"2026-11-22T{time}")
    assert (pacer.quota("read", at), pacer.quota("write", at)) == (reads, writes)


@pytest.mark.parametrize("changeover", ["06:00:00", "20:00:00"])
@pytest.mark.parametrize("offset", [-0.999, 0.0, 0.999])
def test_the_lower_quota_holds_for_a_second_around_a_changeover(changeover: str, offset: float) -> None:
    at = brussels(f"2026-11-22T{changeover}") + timedelta(seconds=offset)
    assert Pacer(DAY_AND_NIGHT).quota("write", at) == 10


def test_a_burst_of_the_whole_quota_starts_at_once_and_the_next_call_after_a_minute() -> None:
    clock = SimulatedClock(brussels("2026-11-22T12:00:00"))
    assert starts(Pacer(DAY_AND_NIGHT, clock=clock), clock, "write", 21) == pytest.approx(
        [0.0] * 10 + [MINUTE] * 10 + [2 * MINUTE], abs=0.01
    )


def test_slots_free_one_by_one_as_they_were_taken() -> None:
    clock = SimulatedClock(brussels("2026-11-22T12:00:00"))
    pacer = Pacer(QuotaSettings(writes_per_minute=3), clock=clock)
    found = []
    for pause in (0, 10, 10, 0, 0, 0):
        clock.sleep(pause)
        found += starts(pacer, clock, "write", 1)
    assert found == pytest.approx([0, 10, 20, MINUTE, 10 + MINUTE, 20 + MINUTE], abs=0.01)


def test_reads_and_writes_are_counted_apart() -> None:
    clock = SimulatedClock(brussels("2026-11-22T12:00:00"))
    pacer = Pacer(DAY_AND_NIGHT, clock=clock)
    assert starts(pacer, clock, "write", 10) + starts(pacer, clock, "read", 60) == [0.0] * 70


def test_a_call_counts_from_its_answer_since_n2f_may_have_seen_it_as_late_as_that() -> None:
    clock = SimulatedClock(brussels("2026-11-22T12:00:00"))
    pacer = Pacer(QuotaSettings(writes_per_minute=1), clock=clock)
    assert starts(pacer, clock, "write", 2, latency=25.0) == pytest.approx([0, 25 + MINUTE], abs=0.01)


def test_a_call_whose_end_was_never_told_counts_from_the_next_one() -> None:
    clock = SimulatedClock(brussels("2026-11-22T12:00:00"))
    pacer = Pacer(QuotaSettings(writes_per_minute=1), clock=clock)
    pacer.wait("write")
    clock.sleep(30)
    assert pacer.wait("write") == pytest.approx(MINUTE, abs=0.01)


def test_wait_returns_the_seconds_slept() -> None:
    clock = SimulatedClock(brussels("2026-11-22T12:00:00"))
    pacer = Pacer(QuotaSettings(writes_per_minute=1), clock=clock)
    assert [pacer.wait("write"), pacer.wait("write")] == pytest.approx([0.0, MINUTE], abs=0.01)


def test_zero_is_no_quota(tmp_path: Path) -> None:
    clock = SimulatedClock(brussels("2026-11-22T12:00:00"))
    pacer = Pacer(
        QuotaSettings(reads_per_minute=0, writes_per_minute=0),
        clock=clock,
        ledger=Ledger(tmp_path / "calls" / "a.calls"),
    )
    assert starts(pacer, clock, "write", 500) + starts(pacer, clock, "read", 500) == [0.0] * 1000
    assert not (tmp_path / "calls").exists()


def test_one_quota_can_be_fixed_and_the_other_left_to_day_and_night() -> None:
    pacer = Pacer(QuotaSettings(writes_per_minute=7))
    noon, midnight = brussels("2026-11-22T12:00:00"), brussels("2026-11-22T00:00:00")
    assert [pacer.quota("write", noon), pacer.quota("write", midnight)] == [7, 7]
    assert [pacer.quota("read", noon), pacer.quota("read", midnight)] == [60, 200]


# The two changeovers, on plain days and on those when clocks change.

EVENINGS = ["2026-11-22", "2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"]


@pytest.mark.parametrize("day", EVENINGS)
def test_at_twenty_a_waiting_call_wakes_and_the_calls_of_the_day_go_on_counting(day: str) -> None:
    clock = SimulatedClock(brussels(f"{day}T19:59:30"))
    pacer = Pacer(DAY_AND_NIGHT, clock=clock)
    found = starts(pacer, clock, "write", 60)
    assert found[:10] == [0.0] * 10
    assert found[10:50] == pytest.approx([31.0] * 40, abs=0.01)
    assert found[50:] == pytest.approx([MINUTE] * 10, abs=0.01)


@pytest.mark.parametrize("day", EVENINGS)
def test_at_six_the_calls_of_the_night_keep_the_day_waiting(day: str) -> None:
    clock = SimulatedClock(brussels(f"{day}T05:59:00"))
    pacer = Pacer(DAY_AND_NIGHT, clock=clock)
    found = starts(pacer, clock, "write", 20)
    clock.sleep(55)
    found += starts(pacer, clock, "write", 30)
    clock.sleep(6.5)  # 06:00:01.5; the first twenty are over, thirty of 05:59:55 still count
    found += starts(pacer, clock, "write", 11)
    assert found[20:50] == [55.0] * 30
    assert found[50:60] == pytest.approx([55 + MINUTE] * 10, abs=0.01)
    assert found[60] == pytest.approx(55 + 2 * MINUTE, abs=0.01)


def test_no_double_burst_at_six() -> None:
    clock = SimulatedClock(brussels("2026-11-22T05:59:59"))
    assert starts(Pacer(DAY_AND_NIGHT, clock=clock), clock, "write", 11)[-1] > 59


def test_the_time_zone_decides_when_night_begins() -> None:
    pacer = Pacer(QuotaSettings(timezone="America/New_York"))
    assert pacer.quota("read", datetime(2026, 11, 23, 0, 30, tzinfo=UTC)) == 60
    assert pacer.quota("read", datetime(2026, 11, 23, 1, 30, tzinfo=UTC)) == 200


def test_setting_the_machines_clock_does_not_shorten_the_minute() -> None:
    class AdjustedClock(SimulatedClock):
        offset = timedelta()

        def now(self) -> datetime:
            return super().now() + self.offset

    clock = AdjustedClock(brussels("2026-11-22T12:00:00"))
    pacer = Pacer(QuotaSettings(writes_per_minute=2), clock=clock)
    starts(pacer, clock, "write", 2)
    clock.offset = timedelta(hours=-3)
    assert starts(pacer, clock, "write", 1) == pytest.approx([MINUTE], abs=0.01)
    clock.offset = timedelta(days=400)
    assert starts(pacer, clock, "write", 2)[-1] == pytest.approx(2 * MINUTE, abs=0.01)


# Two runs, one right after the other.


class _LaterProcess(SimulatedClock):
    """Another process: its seconds begin anew."""

    def monotonic(self) -> float:
        return super().monotonic() + 1_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "calls" / "client.calls"


def test_the_next_process_counts_the_calls_of_the_last_one(path: Path) -> None:
    clock = SimulatedClock(brussels("2026-11-22T12:00:00"))
    first = Pacer(DAY_AND_NIGHT, clock=clock, ledger=Ledger(path))
    starts(first, clock, "write", 4)
    clock.sleep(20)
    starts(first, clock, "write", 5)
    first.close()
    later = _LaterProcess(clock.now() + timedelta(seconds=5))
    second = Pacer(DAY_AND_NIGHT, clock=later, ledger=Ledger(path))
    found = [at - 1_000_000 + 25 for at in starts(second, later, "write", 7)]
    second.close()
    assert found == pytest.approx([25, *[MINUTE] * 4, *[20 + MINUTE] * 2], abs=0.01)


def test_the_next_process_counts_a_slow_call_from_its_answer(path: Path) -> None:
    clock = SimulatedClock(brussels("2026-11-22T12:00:00"))
    first = Pacer(QuotaSettings(writes_per_minute=1), clock=clock, ledger=Ledger(path))
    starts(first, clock, "write", 1, latency=40)
    first.close()
    later = _LaterProcess(clock.now())
    second = Pacer(QuotaSettings(writes_per_minute=1), clock=later, ledger=Ledger(path))
    assert second.wait("write") == pytest.approx(MINUTE, abs=0.01)
    second.close()


def test_a_call_is_written_down_before_it_starts_so_that_a_killed_process_has_counted_it(path: Path) -> None:
    clock = SimulatedClock(brussels("2026-11-22T12:00:00"))
    killed = Pacer(QuotaSettings(writes_per_minute=2), clock=clock, ledger=Ledger(path))
    starts(killed, clock, "write", 1)
    killed.wait("write")
    later = _LaterProcess(clock.now() + timedelta(seconds=50))
    second = Pacer(QuotaSettings(writes_per_minute=2), clock=later, ledger=Ledger(path))
    assert [second.wait("write"), second.wait("write")] == pytest.approx([10 + DRIFT, 50], abs=0.01)
    second.close()
    killed.close()


def test_calls_older_than_a_minute_are_forgotten(path: Path) -> None:
    clock = SimulatedClock(brussels("2026-11-22T12:00:00"))
    first = Pacer(DAY_AND_NIGHT, clock=clock, ledger=Ledger(path))
    starts(first, clock, "read", 30)
    first.close()
    assert len(path.read_text().splitlines()) == 60
    clock.sleep(61)
    Pacer(DAY_AND_NIGHT, clock=clock, ledger=Ledger(path)).close()
    assert path.read_text() == ""


@pytest.mark.parametrize(
    "junk",
    [
        b"2026-11-22T11:00:0",
        b"\xff\xfe\x00garbage\n\n\n",
        b"2026-11-22T11:00:00.000000Z write eaten\n",
        b"2026-99-22T11:00:00.000000Z write started\n",
        b"2026-11-22T11:00:00.000000Z list started\n",
    ],
)
def test_lines_that_make_no_sense_are_dropped_and_the_others_count(path: Path, junk: bytes) -> None:
    clock = SimulatedClock(brussels("2026-11-22T12:00:00"))
    first = Pacer(QuotaSettings(writes_per_minute=1), clock=clock, ledger=Ledger(path))
    starts(first, clock, "write", 1)
    first.close()
    path.write_bytes(path.read_bytes() + junk)
    for _ in range(2):
        second = Pacer(QuotaSettings(writes_per_minute=1), clock=clock, ledger=Ledger(path))
        assert last_end(second, "write", 1) == clock.now() + timedelta(seconds=MINUTE)
        second.close()


def test_calls_of_the_future_count_as_now_and_cost_one_minute_at_most(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("2031-01-01T00:00:00.000000Z write answered\n")
    clock = SimulatedClock(brussels("2026-11-22T12:00:00"))
    pacer = Pacer(QuotaSettings(writes_per_minute=1), clock=clock, ledger=Ledger(path))
    pacer.close()
    clock.sleep(30)
    pacer = Pacer(QuotaSettings(writes_per_minute=1), clock=clock, ledger=Ledger(path))
    assert pacer.wait("write") == pytest.approx(30 + DRIFT, abs=0.01)
    pacer.close()


def test_each_client_of_each_n2f_has_a_ledger_of_its_own_that_names_neither(tmp_path: Path) -> None:
    pairs = itertools.product(["https://a.example/", "https://b.example/"], ["client-1", "client-2"])
    for base_url, client_id in pairs:
        ledger = Ledger.of_client(tmp_path, base_url, client_id)
        ledger.open(datetime.now(UTC), seconds=60)
        ledger.close()
    names = [each.name for each in tmp_path.iterdir()]
    assert len(names) == 4
    assert not any("client" in name or "example" in name for name in names)


def test_a_folder_that_cannot_be_written_is_an_error_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "calls").write_text("a file where a folder should be")
    with pytest.raises(ConfigurationError, match="cannot be kept"):
        Pacer(DAY_AND_NIGHT, ledger=Ledger(tmp_path / "calls" / "client.calls"))


def test_a_disk_that_fills_up_later_does_not_stop_the_run(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = SimulatedClock(brussels("2026-11-22T12:00:00"))
    pacer = Pacer(DAY_AND_NIGHT, clock=clock, ledger=Ledger(path))

    def fail(_file: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", fail)
        assert pacer.wait("write") == 0
    pacer.close()
    assert "No space left on device" in caplog.text


# Forecasts.


def test_a_forecast_takes_calls_to_last_as_long_as_those_before() -> None:
    clock = SimulatedClock(brussels("2026-11-22T12:00:00"))
    pacer = Pacer(QuotaSettings(writes_per_minute=0), clock=clock)
    starts(pacer, clock, "write", 2, latency=0.5)
    starts(pacer, clock, "write", 2, latency=1.5)
    assert last_end(pacer, "write", 10, call_seconds=None) == clock.now() + timedelta(seconds=10)


@pytest.mark.parametrize("kind", ["read", "write"])
@pytest.mark.parametrize("count", [0, 1, 10, 11, 75, 400])
@pytest.mark.parametrize("time", ["12:00:00", "19:57:30", "05:57:30"])
def test_a_forecast_is_what_then_happens(kind: Kind, count: int, time: str) -> None:
    clock = SimulatedClock(brussels(f"2026-11-22T{time}"))
    pacer = Pacer(DAY_AND_NIGHT, clock=clock)
    starts(pacer, clock, kind, 7)
    clock.sleep(5)
    foreseen = last_end(pacer, kind, count, call_seconds=0.2)
    starts(pacer, clock, kind, count, latency=0.2)
    assert abs(foreseen - clock.now()) < timedelta(seconds=0.1)


def test_a_forecast_can_begin_later_and_changes_nothing() -> None:
    clock = SimulatedClock(brussels("2026-11-22T12:00:00"))
    pacer = Pacer(DAY_AND_NIGHT, clock=clock)
    starts(pacer, clock, "write", 10)
    tonight = brussels("2026-11-22T22:00:00")
    assert last_end(pacer, "write", 50, tonight) == tonight
    assert last_end(pacer, "write", 1) == clock.now() + timedelta(seconds=MINUTE)
    assert clock.monotonic() == 0


def test_without_quota_a_forecast_is_the_time_of_the_calls_alone() -> None:
    clock = SimulatedClock(brussels("2026-11-22T12:00:00"))
    pacer = Pacer(QuotaSettings(writes_per_minute=0), clock=clock)
    assert last_end(pacer, "write", 100, call_seconds=0.5) == clock.now() + timedelta(seconds=50)


# The proof.

PAUSES = st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.5, 3.0, 17.0, 59.9, 61.0])
DAYS = st.sampled_from(EVENINGS)
TIMES = st.sampled_from(["19:58:40", "19:59:50", "05:58:40", "05:59:50", "12:00:00", "02:00:00", "02:59:30"])


@settings(max_examples=150, deadline=None)
@given(
    quota=st.integers(1, 12),
    calls=st.lists(st.tuples(PAUSES, st.floats(0, 70), st.floats(0, 1)), max_size=60),
)
def test_whenever_n2f_sees_a_call_it_has_seen_fewer_than_the_quota_in_the_minute_before(
    quota: int, calls: list[tuple[float, float, float]]
) -> None:
    clock = SimulatedClock(brussels("2026-11-22T12:00:00"))
    pacer = Pacer(QuotaSettings(writes_per_minute=quota), clock=clock)
    seen: list[float] = []
    for pause, latency, share in calls:
        clock.sleep(pause)
        pacer.wait("write")
        seen.append(clock.monotonic() + latency * share)
        clock.sleep(latency)
        pacer.done()
        assert sum(at >= seen[-1] - 60 for at in seen[:-1]) < quota


@settings(max_examples=150, deadline=None)
@given(day=DAYS, time=TIMES, pauses=st.lists(PAUSES, min_size=1, max_size=25), burst=st.integers(1, 30))
def test_across_changeovers_the_quota_in_force_is_kept_and_no_call_waits_longer_than_it_must(
    day: str, time: str, pauses: list[float], burst: int
) -> None:
    clock = SimulatedClock(brussels(f"{day}T{time}"))
    began = clock.now()
    pacer = Pacer(DAY_AND_NIGHT, clock=clock)
    calls: list[float] = []

    def may_start(at: float) -> bool:
        limit = quota_by_the_contract("write", began + timedelta(seconds=at))
        return sum(call > at - 60 for call in calls) < limit

    for pause in pauses:
        clock.sleep(pause)
        for _ in range(burst):
            asked = clock.monotonic()
            pacer.wait("write")
            start = clock.monotonic()
            assert may_start(start)
            if start > asked:
                # It waited, so a moment ago, by more than clocks may differ, it was not allowed.
                slack = DRIFT + 2 * MARGIN.total_seconds() * is_near_a_changeover(began, start) + 0.01
                assert start - asked <= slack or not may_start(start - slack)
            calls.append(start)
            pacer.done()


def is_near_a_changeover(began: datetime, at: float) -> bool:
    moments = [began + timedelta(seconds=at + offset) for offset in (-2.5, 2.5)]
    return len({quota_by_the_contract("write", moment) for moment in moments}) == 2


# Whole nights, against the least time that the rule leaves (`bench.least_time`, written from the rule alone).

NIGHTS = {
    "a plain night": ("2026-11-24T20:00:02", "2026-11-25T06:00:00"),
    "the night to summer time, of 9 hours": ("2026-03-28T20:00:02", "2026-03-29T06:00:00"),
    "the night to winter time, of 11 hours": ("2026-10-24T20:00:02", "2026-10-25T06:00:00"),
    "an afternoon, a night and a morning": ("2026-11-24T18:00:00", "2026-11-25T12:00:00"),
    "to summer time, both changeovers": ("2026-03-28T18:00:00", "2026-03-29T12:00:00"),
    "to winter time, both changeovers": ("2026-10-24T18:00:00", "2026-10-25T12:00:00"),
}


@pytest.mark.parametrize("kind", ["read", "write"])
@pytest.mark.parametrize("night", NIGHTS)
def test_in_a_whole_night_no_call_exceeds_the_quota_and_no_slot_is_idle(night: str, kind: Kind) -> None:
    begin, end = (brussels(text) for text in NIGHTS[night])
    quota = least_time.quota_of(kind)
    played = Pacer(DAY_AND_NIGHT).play(kind, 10**9, begin, call_seconds=0.0)
    calls = list(itertools.takewhile(lambda call: call[0] < end, played))
    least = list(itertools.takewhile(lambda at: at < end, least_time.earliest_starts(begin, quota)))
    assert least_time.violations(calls, quota) == 0
    # A minute is longer by what clocks may differ: not one burst of a night is lost by it.
    minutes = (end - begin) / timedelta(minutes=1)
    lost = minutes * DRIFT / 60 + 2 * MARGIN.total_seconds() / 60
    assert 0 <= len(least) - len(calls) <= math.ceil(lost) * quota(end - timedelta(hours=7))


@pytest.mark.parametrize(("kind", "count"), [("write", 50), ("write", 51), ("write", 500), ("read", 2000)])
def test_a_night_push_takes_the_theoretical_least_number_of_whole_seconds(kind: Kind, count: int) -> None:
    begin = brussels("2026-11-24T22:00:00")
    calls = list(Pacer(DAY_AND_NIGHT).play(kind, count, begin, call_seconds=0.0))
    *_, least = itertools.islice(least_time.earliest_starts(begin, least_time.quota_of(kind)), count)
    assert int((calls[-1][0] - begin).total_seconds()) == int((least - begin).total_seconds())


@pytest.mark.parametrize("gap", [0.0, 0.5, 59.0])
@pytest.mark.parametrize("latency", [0.0, 0.3])
def test_a_second_run_right_after_the_first_keeps_the_quota_and_idles_no_slot(
    path: Path, gap: float, latency: float
) -> None:
    """The first run ends at 05:59, the second goes on across the changeover at 06:00."""
    begin = brussels("2026-11-25T05:57:30")
    clock: SimulatedClock = SimulatedClock(begin)
    calls: list[tuple[datetime, datetime]] = []
    for number, count in enumerate((70, 45)):
        clock = _LaterProcess(clock.now()) if number else clock
        pacer = Pacer(DAY_AND_NIGHT, clock=clock, ledger=Ledger(path))
        for _ in range(count):
            pacer.wait("write")
            started_at = clock.now()
            clock.sleep(latency)
            pacer.done()
            calls.append((started_at, clock.now()))
        pacer.close()
        clock.sleep(gap if number == 0 else 0)
    quota = least_time.quota_of("write")
    assert least_time.violations(calls, quota) == 0
    before, after = [start for start, _ in calls[:70]], calls[70:]
    earliest = least_time.earliest_starts(
        calls[69][1] + timedelta(seconds=gap), quota, call_seconds=latency, before=before
    )
    *_, least = itertools.islice(earliest, len(after))
    # Of each of the minutes that it waited: the call's own length, and what clocks may differ; and the margin.
    slack = timedelta(seconds=6 * (latency + DRIFT)) + 2 * MARGIN
    assert timedelta() <= after[-1][0] - least <= slack


@pytest.mark.parametrize(("quota", "failures"), [(10, 3), (2, 5)])
def test_retries_and_the_calls_for_a_token_count_and_cost_their_own_slots_alone(
    quota: int, failures: int
) -> None:
    """Over real HTTP, the client's own retries and its 401: what N2F counted, by the clock that the client slept on."""
    clock = SimulatedClock(brussels("2026-11-25T22:00:00"))
    with DemoN2F(make_world(), clock=_ServersView(clock)) as n2f:
        n2f.set_options(writes_per_minute=quota)
        settings = replace(
            api_settings(n2f),
            quota=QuotaSettings(reads_per_minute=0, writes_per_minute=quota),
            max_attempts=failures + 1,
        )
        with N2FClient(settings, clock=clock) as client:
            client.send("POST", "users", json.dumps(make_user("a@fictis.example")))
            n2f.expire_tokens()
            n2f.add_fault("status", status=503, path_regex="^users", times=failures)
            for number in range(12):
                client.send("POST", "users", json.dumps(make_user(f"u{number}@fictis.example")))
        stats = n2f.stats
    writes = [call for call in stats["calls"] if call["method"] != "GET"]
    # A token, a user; a user that is answered 401, another token; the failures; twelve users.
    assert len(writes) == 2 + 2 + failures + 12
    assert sum(call["kind"] == "auth" for call in writes) == 2
    assert (stats["quota_violations"], stats["in_flight_violations"]) == (0, 0)
    taken = writes[-1]["at"] - writes[0]["at"]
    full_minutes = (len(writes) - 1) // quota
    assert full_minutes * 60 <= taken <= full_minutes * (60 + DRIFT) + failures * settings.backoff_max + 1


class _ServersView:
    """N2F's clock, which shows what the client's does."""

    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock

    def time(self) -> float:
        """Return seconds since 1970."""
        return self._clock.now().timestamp()

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        return self._clock.monotonic()
