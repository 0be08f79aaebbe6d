"""A run that is killed at any moment is healed by the next: nothing is lost, and at most one call made twice.

Twenty kill points by default; all two hundred with `make kills`, which sets N2F_TEST_KILL_POINTS.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.kills.nights import Night
from tests.kills.points import ALL, FEW, QUOTAS, Point, points
from tests.kills.promises import Undisturbed


def test_a_kill_is_healed_by_the_next_run(
    point: Point, night_of: Callable[[Point], Night], record_property: Callable[[str, object], None]
) -> None:
    night = night_of(point)
    record_property("killed at", f"{night.moment}, {night.died}")
    record_property("writes before and in the end", night.sent)
    assert not night.broken, "\n".join([f"killed at {night.moment}, {night.died}", *night.broken])


def test_the_points_are_spread_over_all_that_a_run_does(undisturbed: Undisturbed) -> None:
    assert undisturbed.counted.keys() == QUOTAS.keys()
    moments = {point.moment(undisturbed.counted) for point in points(ALL)}
    assert len(moments) == ALL
    assert set(points(FEW)) < set(points(ALL))
    assert {point.group.stage for point in points(FEW)} == {group.stage for group in QUOTAS}


def test_the_night_has_enough_to_do(undisturbed: Undisturbed) -> None:
    assert 30 <= undisturbed.writes.total() <= 60
    kinds = {(method, path.split("/")[0]) for method, path, _ in undisturbed.writes}
    assert kinds == {("POST", "users"), ("POST", "companies"), ("DELETE", "users"), ("DELETE", "companies")}


@pytest.mark.parametrize("how_many", [ALL, FEW])
def test_there_are_as_many_points_as_said(how_many: int) -> None:
    assert len(set(points(how_many))) == how_many
