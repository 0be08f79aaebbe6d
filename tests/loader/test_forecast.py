"""What a forecast says is what then happens, on a simulated clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from loader.clock import SimulatedClock
from loader.forecast import LONGEST, foresee
from loader.progress import LogProgress
from loader.quota import Pacer
from loader.settings import QuotaSettings

BRUSSELS = ZoneInfo("Europe/Brussels")
LATENCY = 0.2


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-22T{text}").replace(tzinfo=BRUSSELS)


def pacer_at(time: str, quota: QuotaSettings | None = None) -> tuple[Pacer, SimulatedClock]:
    """A pacer after one call that took `LATENCY`."""
    clock = SimulatedClock(at(time))
    pacer = Pacer(quota or QuotaSettings(), clock=clock)
    pacer.wait("read")
    clock.sleep(LATENCY)
    pacer.done()
    return pacer, clock


def send(pacer: Pacer, clock: SimulatedClock, count: int, until: datetime | None = None) -> int:
    """Make so many writes, none that would start at the deadline or later; return how many were made."""
    for made in range(count):
        pacer.wait("write")
        if until is not None and clock.now() >= until:
            return made
        clock.sleep(LATENCY)
        pacer.done()
    return count


@pytest.mark.parametrize(
    ("time", "count"), [("19:30", 3000), ("05:55", 600), ("12:00", 25), ("19:59:58", 70)]
)
def test_the_last_call_ends_when_the_forecast_says(time: str, count: int) -> None:
    pacer, clock = pacer_at(time)
    forecast = foresee(pacer, count)
    send(pacer, clock, count)
    assert abs(forecast.ends_at - clock.now()) < timedelta(seconds=0.1)
    assert forecast.left_count == 0


@pytest.mark.parametrize("deadline", ["19:59", "20:05", "20:30"])
def test_what_a_deadline_leaves_is_what_the_forecast_says(deadline: str) -> None:
    pacer, clock = pacer_at("19:30")
    forecast = foresee(pacer, 3000, deadline=at(deadline))
    assert forecast.left_count == 3000 - send(pacer, clock, 3000, until=at(deadline))
    assert 0 < forecast.left_count < 3000


def test_the_line_tells_calls_rates_end_and_what_is_left() -> None:
    pacer, _ = pacer_at("19:30")
    assert str(foresee(pacer, 3000, deadline=at("20:30"))) == (
        "3000 to send, 10 a minute until 20:00, then 50: the last at 20:53 CET; 1200 will be left at 20:30"
    )
    assert str(foresee(pacer, 5)) == "5 to send, 10 a minute: the last at 19:30 CET"


def test_without_a_quota_the_line_says_so() -> None:
    pacer, _ = pacer_at("12:00", QuotaSettings(writes_per_minute=0))
    assert str(foresee(pacer, 600)) == "600 to send, as fast as N2F answers: the last at 12:02 CET"


def test_beyond_a_night_the_forecast_is_about_its_beginning() -> None:
    pacer, _ = pacer_at("20:00:05")
    forecast = foresee(pacer, LONGEST + 5)
    assert (forecast.call_count, forecast.foreseen_count) == (LONGEST + 5, LONGEST)
    assert f"the first {LONGEST} at" in str(forecast)


def test_a_forecast_of_nothing_ends_now() -> None:
    pacer, clock = pacer_at("12:00")
    assert foresee(pacer, 0, deadline=at("13:00")).ends_at == clock.now()


def test_whoever_watches_a_long_push_is_told_how_the_rest_will_go(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seconds = iter([0.0, 10.0, 31.0, 40.0, 62.0])
    monkeypatch.setattr("loader.progress.time.monotonic", lambda: next(seconds))
    asked: list[int] = []

    def ahead() -> str:
        asked.append(len(asked))
        return f"forecast {len(asked)}"

    progress = LogProgress()
    with caplog.at_level("INFO", logger="loader"):
        progress.stage("sending")
        for done in range(1, 5):
            progress.advance(done, 100, "changes sent", ahead)
    assert [record.message for record in caplog.records] == [
        "sending",
        "changes sent: 2 of 100, 3 a minute; forecast 1",
        "changes sent: 4 of 100, 3 a minute; forecast 2",
    ]
