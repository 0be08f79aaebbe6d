"""A night without a kill, and a night with one, and the next command after it."""

from __future__ import annotations

import signal
from collections import Counter
from dataclasses import dataclass

from tests.kills.lane import NIGHT, RESUME, Lane
from tests.kills.points import Moment, Point
from tests.kills.promises import (
    Undisturbed,
    broken_by_the_kill,
    broken_in_the_end,
    canonical,
    writes,
)


@dataclass(frozen=True, kw_only=True)
class Night:
    """What became of a night.

    Attributes:
        died: what the run was about then.
        sent: how many writes N2F had got when the run died, and in the end.
        broken: every promise that was not kept.
    """

    moment: Moment
    died: str
    sent: tuple[int, int]
    broken: tuple[str, ...]


def undisturbed_night(lane: Lane) -> Undisturbed:
    """Do a whole night, and keep what it came to.

    Raises:
        RuntimeError: it did not end well, or sent something twice.
    """
    lane.morning()
    ended = lane.command(*NIGHT)
    sent = Counter(writes(lane))
    if ended.code != 0 or not sent or set(sent.values()) != {1}:
        raise RuntimeError(f"an undisturbed night ended with {ended.code}: {ended.output[-2000:]}")
    return Undisturbed(counted=ended.counted, world=canonical(lane.n2f.world()), writes=sent)


def killed_night(lane: Lane, point: Point, undisturbed: Undisturbed) -> Night:
    """Kill a run, look at what it left, and let the next command heal it: a whole run, or the rest of the plan."""
    moment = point.moment(undisturbed.counted)
    lane.morning()
    died = lane.command(*NIGHT, deadly=moment)
    if died.code != -signal.SIGKILL:
        problem = f"the run was to die and ended with {died.code}: {died.output[-2000:]}"
        return Night(moment=moment, died="", sent=(0, 0), broken=(problem,))
    broken = list(broken_by_the_kill(lane, undisturbed))
    sent = len(writes(lane))
    healed = lane.command(*(RESUME if point.is_taken_up else NIGHT))
    if healed.code != 0:
        broken.append(f"the next command ended with {healed.code}: {healed.output[-2000:]}")
    broken += broken_in_the_end(lane, undisturbed, sent)
    return Night(moment=moment, died=died.died, sent=(sent, len(writes(lane))), broken=tuple(broken))
