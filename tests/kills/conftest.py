"""The nights of all chosen points, run in as many lanes as there are processors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.kills.lane import Lane, lanes
from tests.kills.nights import Night, killed_night, undisturbed_night
from tests.kills.points import FEW, Point, points
from tests.kills.promises import Undisturbed

HOW_MANY = int(os.environ.get("N2F_TEST_KILL_POINTS", "").strip() or FEW)
_MOST_LANES = 4


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each point."""
    if "point" in metafunc.fixturenames:
        metafunc.parametrize("point", points(HOW_MANY), ids=str)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the lanes are."""
    if not hasattr(os, "fork"):
        pytest.skip("the runs to kill are forked, and this system has no fork")
    return tmp_path_factory.mktemp("kills")


@pytest.fixture(scope="session")
def all_lanes(folder: Path) -> Iterator[list[Lane]]:
    """A lane for each processor that the tests may use."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with lanes(folder, min(processors, _MOST_LANES)) as made:
        yield made


@pytest.fixture(scope="session")
def undisturbed(all_lanes: list[Lane]) -> Undisturbed:
    """The night without a kill."""
    return undisturbed_night(all_lanes[0])


@pytest.fixture(scope="session")
def night_of(
    request: pytest.FixtureRequest, all_lanes: list[Lane], undisturbed: Undisturbed
) -> Iterator[Callable[[Point], Night]]:
    """What became of the night of a point: the nights of all tests that were chosen begin at once."""
    free: SimpleQueue[Lane] = SimpleQueue()
    for lane in all_lanes:
        free.put(lane)

    def live_through(point: Point) -> Night:
        lane = free.get()
        try:
            return killed_night(lane, point, undisturbed)
        finally:
            free.put(lane)

    chosen = [point for item in request.session.items if (point := _point(item)) is not None]
    with ThreadPoolExecutor(len(all_lanes)) as pool:
        nights: dict[Point, Future[Night]] = {point: pool.submit(live_through, point) for point in chosen}
        yield lambda point: nights[point].result()
        pool.shutdown(cancel_futures=True)


def _point(item: pytest.Item) -> Point | None:
    point: Point | None = getattr(getattr(item, "callspec", None), "params", {}).get("point")
    return point
