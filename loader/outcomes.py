"""What became of a row that was sent, made of N2F's answer or of what failed."""

from __future__ import annotations

from datetime import datetime

from loader.api import SendResult
from loader.database import utc_now
from loader.errors import ApiError, CallError, SyncError
from loader.journal import Result
from loader.stop import Stopped

_SERVER_ERROR = 500
_TRANSIENT = frozenset({408, 425, 429})
"""What says nothing about the row: the same call may succeed later."""


def result_of(answer: SendResult | None, failure: SyncError | None, started_at: datetime | None) -> Result:
    """Return the result of a row that N2F answered, or that failed."""
    finished_at = utc_now()
    if answer is not None:
        return Result(
            status="succeeded",
            http_status=answer.http_status,
            attempts=answer.attempts,
            started_at=started_at,
            finished_at=finished_at,
        )
    return Result(
        status="failed",
        http_status=failure.http_status if isinstance(failure, CallError) else None,
        attempts=failure.attempts if isinstance(failure, CallError) else 0,
        error=failure.message if failure is not None else None,
        started_at=started_at,
        finished_at=finished_at,
    )


def cut_short(by: Stopped, started_at: datetime | None) -> Result:
    """Return the result of a row that was sent in vain, and may not be sent again."""
    error = f"stopped before it could be tried again: {by}"
    end = utc_now()
    return Result(status="failed", attempts=by.attempts, error=error, started_at=started_at, finished_at=end)


def is_unanswered(failure: CallError) -> bool:
    """Return whether a failure tells of N2F or the network, and nothing about the row."""
    status = failure.http_status
    if isinstance(failure, ApiError) and status is not None:
        return status >= _SERVER_ERROR or status in _TRANSIENT
    return True
