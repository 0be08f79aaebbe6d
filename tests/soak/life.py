"""How long a command lives: it may be killed, or get a signal, at a seeded event.

A kill is an exception, raised once where it strikes and again by everything that the command touches afterwards
(statements, calls, the clock): whatever `except` and `finally` do on its way out comes to nothing, as it would in a
process that is dead. Real processes are really killed by tests/kills and tests/loader/test_push_resume.py.
"""

from __future__ import annotations

import signal
from collections import Counter
from dataclasses import dataclass
from typing import Literal

Where = Literal["statement", "committed", "model", "read", "answered", "write", "written", "wait"]
"""Before and after: a statement of the loader; before: a model; before and after: a read, a write; in a wait."""


class Killed(BaseException):
    """The process is dead. No `Exception`: nothing in the loader may take it for one that it can handle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What strikes, and when: at the event of this number among those of its place."""

    how: Literal["kill", "signal", "two signals"]
    where: Where
    number: int


class Life:
    """The life of one command.

    Attributes:
        is_dead: whether the kill has struck.
        struck_by: the kill or signal that has struck, and where; empty while none has.
    """

    def __init__(self, end: End | None = None) -> None:
        self._end = end
        self._counts: Counter[str] = Counter()
        self.is_dead = False
        self.struck_by = ""

    def check(self) -> None:
        """Raise Killed if the command is dead."""
        if self.is_dead:
            raise Killed

    def passes(self, where: Where) -> None:
        """Count an event; it may be the last one."""
        self.check()
        self._counts[where] += 1
        end = self._end
        if end is None or self.struck_by or (where, self._counts[where]) != (end.where, end.number):
            return
        self.struck_by = f"{end.how}, {end.where} {end.number}"
        if end.how == "kill":
            self.is_dead = True
            raise Killed
        for _ in range(2 if end.how == "two signals" else 1):
            signal.raise_signal(signal.SIGTERM)
