"""A paced push: what is committed between two calls takes its time from the wait for the quota, not from N2F."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from demo.harness import DemoN2F
from loader.api import N2FClient
from loader.clock import SimulatedClock
from loader.database import Warehouse
from loader.quota import DRIFT, WINDOW, Pacer
from loader.settings import QuotaSettings
from tests.loader.workbench import api_settings, make_plan, push, results, user


@pytest.mark.parametrize("seconds", [0.0, 2.0, 59.0])
def test_commits_happen_inside_the_pacing_gap(
    warehouse: Warehouse, n2f: DemoN2F, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    """However long a commit takes, the next write starts when the quota allows it, and not later."""
    clock = SimulatedClock(datetime.now(UTC))
    happened: list[tuple[str, float]] = []
    transaction, wait = type(warehouse).transaction, Pacer.wait

    @contextmanager
    def slow(self: Any) -> Iterator[None]:
        with transaction(self):
            yield
        clock.sleep(seconds)
        happened.append(("committed", clock.monotonic()))

    def started(self: Pacer, kind: Any) -> float:
        waited = wait(self, kind)
        happened.append(("started", clock.monotonic()))
        return waited

    keys = ["a", "b", "c", "d"]
    plan = make_plan(warehouse, [user(key) for key in keys])
    monkeypatch.setattr(type(warehouse), "transaction", slow)
    monkeypatch.setattr(Pacer, "wait", started)
    settings = replace(api_settings(n2f), quota=QuotaSettings(reads_per_minute=0, writes_per_minute=1))
    with N2FClient(settings, clock=clock) as client:
        push(warehouse, n2f, plan, client=client)
    monkeypatch.undo()
    assert results(warehouse, plan) == dict.fromkeys(keys, "succeeded")
    starts = [at for what, at in happened if what == "started"]  # a token, and four writes
    gaps = [after - before for before, after in pairwise(starts)]
    assert gaps == pytest.approx([WINDOW + DRIFT] * 4)
    order = [what for what, _ in happened]
    assert order == ["committed", "started", "started", *["committed", "started"] * 3, "committed"]
