"""Where a run is killed: moments of its life, spread over all of its stages and all that it does there.

A moment is counted within its group: the seventh SQL statement of dbt in the build, the third write that N2F has
answered and nobody has heard. How many there are, the night without a kill tells; a point is a place in that
count, so that a model more or a statement less moves the points and breaks none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Group(NamedTuple):
    """What is counted together: a stage of a run, and what is done in it."""

    stage: str
    what: str


class Quota(NamedTuple):
    """How many points a group has, and how many of them are in the small choice."""

    many: int
    few: int


ALL, FEW = 200, 20

QUOTAS: Mapping[Group, Quota] = {
    Group("set-up", "file"): Quota(6, 0),
    Group("set-up", "loader"): Quota(5, 1),
    Group("set-up", "dbt"): Quota(12, 1),
    Group("snapshot", "file"): Quota(6, 0),
    Group("snapshot", "loader"): Quota(12, 1),
    Group("snapshot", "read"): Quota(12, 2),
    Group("build", "dbt"): Quota(40, 3),
    Group("freeze", "loader"): Quota(14, 3),
    Group("push", "loader"): Quota(14, 1),
    Group("push", "file"): Quota(8, 1),
    Group("push", "write-before"): Quota(14, 1),
    Group("push", "write-sent"): Quota(15, 1),
    Group("push", "write-answered"): Quota(16, 2),
    Group("push", "write-after"): Quota(15, 1),
    Group("finish", "loader"): Quota(8, 1),
    Group("finish", "file"): Quota(3, 1),
}


class Moment(NamedTuple):
    """The n-th time that something of a group happens, from 1."""

    stage: str
    what: str
    number: int

    def __str__(self) -> str:
        return f"{self.stage}-{self.what}-{self.number:03d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place in the life of a run.

    Attributes:
        index: which of the points of its group, from 0.
        of: how many its group has.
    """

    group: Group
    index: int
    of: int

    def __str__(self) -> str:
        return f"{self.group.stage}-{self.group.what}-{self.index + 1}-of-{self.of}"

    @property
    def is_taken_up(self) -> bool:
        """Whether `n2f-sync push` heals it: of the kills around a write every other; all else takes a whole run."""
        return self.group.what.startswith("write-") and self.index % 2 == 1

    def moment(self, counted: Mapping[Group, int]) -> Moment:
        """Return when it is, in a run of which so many moments were counted.

        Each point has a stretch of the group for itself, and stands somewhere in it: at even distances, points
        would meet the same statement of a round that repeats itself again and again.
        """
        count = counted.get(self.group, 0)
        if count < self.of:
            raise ValueError(f"{self.group} has {count} moments: too few for {self.of} points")
        first, end = self.index * count // self.of, (self.index + 1) * count // self.of
        drawn = int.from_bytes(hashlib.sha256(str(self).encode()).digest()[:4], "big")
        return Moment(*self.group, first + drawn % (end - first) + 1)


def points(how_many: int) -> list[Point]:
    """Return that many points, a part of all of them: spread as they are.

    Raises:
        ValueError: for any other number than all of them or few.
    """
    if how_many not in (ALL, FEW):
        raise ValueError(f"there are {ALL} points or {FEW}, not {how_many}")
    chosen = []
    for group, quota in QUOTAS.items():
        count = quota.many if how_many == ALL else quota.few
        places = ((2 * place + 1) * quota.many // (2 * count) for place in range(count))
        chosen += [Point(group=group, index=index, of=quota.many) for index in places]
    return chosen
