"""How a command ended, for those who are told: a metrics file, a webhook, a mailbox. It names nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from loader.database import Warehouse
from loader.metrics import RunMetrics
from loader.runs import Run

if TYPE_CHECKING:
    from loader.summary import Summary

_SENDING = "command in ('run', 'push') and is_dry_run = ?"

# Runs before this one that were to send something; those that were killed have their exit code from the run after.
_PREVIOUS = """
    select exit_code
    from {n2f_sync.runs}
    where run_id = (select max(run_id) from {n2f_sync.runs} where run_id < ? and <sending>)
""".replace("<sending>", _SENDING)

_LAST_SUCCESS = """
    select max(finished_at) from {n2f_sync.runs} where exit_code = 0 and <sending>
""".replace("<sending>", _SENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the runs before say.

    Attributes:
        previous_exit_code: of the last run before this one that was to send something; None if there was none.
        last_success: when such a run last ended with 0, this one included, UTC without zone; None if none did.
    """

    previous_exit_code: int | None
    last_success: datetime | None

    @classmethod
    def read(cls, warehouse: Warehouse, run: Run) -> History:
        """Return it, once the run has ended."""
        previous = warehouse.rows(_PREVIOUS, (run.run_id, False))
        return cls(
            previous_exit_code=previous[0][0] if previous else None,
            last_success=warehouse.rows(_LAST_SUCCESS, (False,))[0][0],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedRun:
    """A run that stands in the tables with its end."""

    run: Run
    status: str
    exit_code: int
    finished_at: datetime
    metrics: RunMetrics | None
    history: History | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended.

    Attributes:
        command: run, snapshot, plan or push.
        is_dry: whether it was to send nothing.
        error: the kind of the error that stopped it; None where none did.
        run: None where it came to no run: settings that are missing, a database that cannot be opened.
        summary: None where an error came before there was one.
    """

    command: str
    is_dry: bool
    exit_code: int
    error: str | None = None
    run: EndedRun | None = None
    summary: Summary | None = None
