"""When a run ends early: signals, and times of day across changes of the clock."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import UTC, datetime

import pytest

from loader.stop import Stop, Stopped, next_time_of_day

BRUSSELS = "Europe/Brussels"


@pytest.mark.parametrize(
    ("now", "text", "expected"),
    [
        ("2026-01-10T20:00", "06:00", "2026-01-11T05:00"),
        ("2026-01-10T03:00", "06:00", "2026-01-10T05:00"),
        ("2026-01-10T05:00", "06:00", "2026-01-11T05:00"),
        ("2026-07-10T03:00", "06:00", "2026-07-10T04:00"),
        ("2026-03-28T20:00", "06:00", "2026-03-29T04:00"),
        ("2026-10-24T20:00", "06:00", "2026-10-25T05:00"),
        ("2026-03-28T20:00", "02:30", "2026-03-29T01:30"),
        ("2026-12-31T22:30", "00:00", "2026-12-31T23:00"),
    ],
)
def test_until_is_the_next_time_at_which_n2fs_clocks_show_it(now: str, text: str, expected: str) -> None:
    found = next_time_of_day(text, BRUSSELS, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_without_a_signal_or_an_end_there_is_no_reason_to_stop() -> None:
    assert Stop().reason() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_interrupts_what_is_not_a_push(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt, match=number.name), Stop().listening():
        signal.raise_signal(number)
    assert signal.getsignal(number) is before


def test_while_pushing_the_first_signal_asks_and_the_second_interrupts() -> None:
    stop = Stop()
    with stop.listening(), stop.asking_first():
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.reason() == "SIGINT received"
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)


def test_a_wait_ends_soon_after_a_signal_while_pushing() -> None:
    stop = Stop()
    with stop.listening(), stop.asking_first():
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM))
        timer.start()
        started = time.monotonic()
        with pytest.raises(Stopped, match="SIGTERM received"):
            stop.sleep(30)
        assert time.monotonic() - started < 5
        timer.join()


def test_a_wait_lasts_as_long_as_it_is_asked_to() -> None:
    started = time.monotonic()
    Stop().sleep(0.3)
    assert 0.3 <= time.monotonic() - started < 2


def test_outside_the_main_thread_nothing_listens() -> None:
    handlers = []

    def listen() -> None:
        with Stop().listening():
            handlers.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=listen)
    thread.start()
    thread.join()
    assert handlers == [signal.getsignal(signal.SIGTERM)]
