"""What the nursery is told to run: a line of JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A command of `n2f-sync`.

    Attributes:
        ledger_dir: where its calls of the last minute are remembered, which no variable says.
        output: the file that takes both of its streams.
        counted: the file that takes what was counted in the end, or where it died.
        deadly: stage, what and number of the moment at which it dies.
    """

    arguments: list[str]
    environment: dict[str, str]
    ledger_dir: str
    output: str
    counted: str
    deadly: tuple[str, str, int] | None = None

    def to_line(self) -> str:
        """Return it as a line of JSON."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def of_line(cls, line: str) -> Job:
        """Read it again."""
        return cls(**json.loads(line))
