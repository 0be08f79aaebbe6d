"""Which rows of a plan go out, when `--max-writes` or `--until` does not let all of them.

The ranks of the plan say what comes first; here is counted how many fit. That is one number, the cut: the largest rank
that goes out. Rows are sent in the order of the plan, so that one that is passed over cannot be sent any more. As the
night goes on the number is counted anew: when answers get slow, what is given up are the least important rows that are
still to come, and not those that happen to stand last.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from loader.forecast import Forecast, foresee, room_until
from loader.quota import Pacer
from loader.ranks import Ranks

logger = logging.getLogger(__name__)

EVERY = timedelta(seconds=30)
"""After this time it is counted anew how many rows fit."""

_RECENT = 20  # rows by which the number of calls that a row takes is judged


class Selection:
    """The rows that are chosen among those still to come.

    Args:
        ranks: of the plan.
        pacer: what knows how many calls fit into a time.
        max_writes: rows to send at most; None for any number.
        deadline: when nothing more may be sent; None for never.
        deadline_label: how the deadline was asked for, for messages.

    Attributes:
        cut: the largest rank that goes out; None for all.
        has_passed: whether a row was passed over.
    """

    def __init__(
        self,
        ranks: Ranks,
        pacer: Pacer,
        *,
        max_writes: int | None = None,
        deadline: datetime | None = None,
        deadline_label: str = "",
    ) -> None:
        self._ranks = ranks
        self._pacer = pacer
        self._max_writes = max_writes
        self._deadline = deadline
        self._deadline_label = deadline_label
        self._writes_left = max_writes
        self._room: int | None = None
        self._counted_at: datetime | None = None
        self._is_loose = False
        self._attempts: deque[int] = deque(maxlen=_RECENT)
        self.cut: int | None = None
        self.has_passed = False

    @property
    def is_limited(self) -> bool:
        """Whether there is any limit: else everything goes out."""
        return self._max_writes is not None or self._deadline is not None

    @property
    def is_used_up(self) -> bool:
        """Whether as many rows were sent as may be."""
        return self._writes_left == 0

    @property
    def reason(self) -> str:
        """Why a row is left."""
        if self._max_writes is not None and (self._deadline is None or self._room == self._writes_left):
            return f"--max-writes {self._max_writes} reached"
        return f"{self._deadline_label} leaves no time for more"

    def passes_over(self, sequence: int, rank: int | None, *, settle: Callable[[], object]) -> bool:
        """Return whether a row is not chosen, now that its turn has come.

        A row without a rank makes no call, and is never passed over.

        Args:
            sequence: place of the row.
            rank: its rank.
            settle: commits the results of the rows before, when the tables are about to be asked.
        """
        if rank is None or not self.is_limited:
            return False
        is_due = self._is_due()
        if is_due or (self._is_loose and self.cut is not None and rank > self.cut):
            settle()
            if is_due:
                self._count(after=sequence - 1)
            self._choose(after=sequence - 1)
        if self.cut is None or rank <= self.cut:
            return False
        self.has_passed = True
        return True

    def sent(self, attempts: int) -> None:
        """Say that a row was sent, in so many calls."""
        self._attempts.append(max(attempts, 1))
        if self._writes_left is not None:
            self._writes_left -= 1
        if self._room is not None:
            self._room -= 1
        if attempts > 1:
            self._counted_at = None

    def loosen(self) -> None:
        """Say that some chosen row makes no call: the place is free for another one."""
        self._is_loose = True

    def forecast(self, *, after: int = 0) -> Forecast:
        """Return how the rest will go, and what will be left."""
        return foresee(
            self._pacer,
            self._ranks.count(after=after),
            deadline=self._deadline,
            max_writes=self._writes_left,
            left=lambda count: self._ranks.left(count, after=after),
        )

    def _is_due(self) -> bool:
        """Return whether it is to be counted anew how many rows fit; without a deadline that is known for good."""
        if self._counted_at is None:
            return self._deadline is not None or self._room is None
        age = self._pacer.now() - self._counted_at
        return self._deadline is not None and not timedelta(0) <= age < EVERY

    def _count(self, *, after: int) -> None:
        """Find out how many rows fit."""
        self._room = self._writes_left
        self._counted_at = self._pacer.now()
        if self._deadline is None:
            return
        at_most = self._ranks.count(after=after)
        if self._writes_left is not None:
            at_most = min(at_most, self._writes_left)
        calls_each = sum(self._attempts) / len(self._attempts) if self._attempts else 1.0
        calls = room_until(self._pacer, round(at_most * calls_each), self._deadline)
        self._room = min(at_most, int(calls / calls_each))
        if self._room == self._writes_left:
            return
        logger.debug("%d of %d rows fit until %s", self._room, at_most, self._deadline)

    def _choose(self, *, after: int) -> None:
        """Find the cut that so many rows make."""
        self.cut = self._ranks.cut(self._room or 0, after=after)
        self._is_loose = False
