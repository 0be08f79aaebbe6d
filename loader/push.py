"""Sends a frozen plan, in its order, one call at a time, and writes down what became of every row.

A refused row does not stop the others; what depends on a row that did not succeed is skipped. Nothing is
decided here: which rows go out, in which order, and what they say stands in the plan.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Set
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from loader.api import SendResult
from loader.database import utc_now
from loader.errors import (
    AuthenticationError,
    CallError,
    DatabaseError,
    DataError,
    NetworkError,
    SyncError,
)
from loader.journal import Change, Journal, Key, Result
from loader.outcomes import cut_short, is_unanswered, result_of
from loader.paths import encode_path
from loader.progress import Progress
from loader.selection import Selection
from loader.stop import Stop, Stopped

logger = logging.getLogger(__name__)


class Sender(Protocol):
    """The part of the N2F client that a push needs."""

    def send(
        self, method: str, path: str, payload_json: str | None, *, template: str | None = None
    ) -> SendResult:
        """Make one write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushOutcome:
    """How a push ended.

    Attributes:
        sent: rows that a call was made for.
        stopped: why the rest was left; None when the end was reached.
        error: what stopped it, where something went wrong that is not about one row.
    """

    sent: int
    stopped: str | None = None
    error: SyncError | None = None


class Pusher:
    """One push of one plan.

    Args:
        allowed: each (action, http_method, path_template) that the project lets the loader send.
        selection: says which rows go out.
        max_consecutive_failures: after so many calls in a row without a proper answer, the rest is left.
    """

    def __init__(
        self,
        journal: Journal,
        client: Sender,
        *,
        allowed: Set[tuple[str, str, str]],
        stop: Stop,
        progress: Progress,
        selection: Selection,
        max_consecutive_failures: int = 10,
    ) -> None:
        self._journal = journal
        self._client = client
        self._allowed = allowed
        self._stop = stop
        self._progress = progress
        self._selection = selection
        self._max_consecutive_failures = max_consecutive_failures
        self._sent = 0
        self._unanswered = 0
        self._needed: set[Key] = set()
        self._succeeded: set[Key] = set()
        self._lost: set[Key] = set()

    def push(self) -> PushOutcome:
        """Send what has no result yet; a row that was marked and has none is sent again.

        Raises:
            DataError: the plan holds a request that the project does not know; nothing was sent.
            DatabaseError: results cannot be written; the push can be taken up again.
        """
        self._refuse_unknown_endpoints()
        self._needed = self._journal.needed_keys()
        self._journal.settle_unsendable()
        for key, status in self._journal.outcomes().items():
            (self._succeeded if status == "succeeded" else self._lost).add(key)
        stopped, error = None, None
        try:
            with self._stop.asking_first(), self._journal.at_work():
                stopped = self._send_all()
        except Stopped as reason:
            stopped = str(reason)
        except _Halted as halted:
            error, stopped = halted.error, halted.error.message
        except BaseException:
            with suppress(DatabaseError):
                self._journal.rescue()
            raise
        if stopped is None:
            self._journal.flush()
        else:
            self._journal.leave_rest(stopped)
        return PushOutcome(sent=self._sent, stopped=stopped, error=error)

    def _send_all(self) -> str | None:
        """Send row after row; return why not all of them."""
        selection, flush = self._selection, self._journal.flush
        forecast = selection.forecast()
        logger.info("%s", forecast)
        done, total = 0, self._journal.open_count() - forecast.left_count
        for sequence, rank in self._journal.places():
            ahead = partial(self._ahead, sequence - 1)
            self._progress.advance(done, max(done + 1, total), "changes sent", ahead)
            if reason := self._stop.reason():
                return reason
            if selection.is_used_up:
                return selection.reason
            if not selection.passes_over(sequence, rank, settle=flush):
                self._send_or_skip(*self._journal.change(sequence, cut=selection.cut))
                done += 1
        self._progress.advance(done, done, "changes sent")
        return selection.reason if selection.has_passed else None

    def _ahead(self, after: int) -> str:
        """Say how the rest will go."""
        self._journal.flush()
        return str(self._selection.forecast(after=after))

    def _send_or_skip(self, change: Change, needs: list[Key]) -> None:
        """Send a chosen row, unless something that it depends on was not sent successfully before."""
        missing = next((key for key in needs if key not in self._succeeded), None)
        if missing is None:
            self._send(change)
            return
        has_place = change.selection_rank is not None
        if has_place:
            self._selection.loosen()
        could_be_sent = has_place and not any(key in self._lost for key in needs)
        if self._selection.is_limited and could_be_sent:
            # What it needs was passed over: so is this one, and both are for another night.
            self._selection.has_passed = True
            return
        error = f"depends on {missing[0]} {missing[1]}, which was not sent successfully before"
        self._journal.note(change, Result(status="skipped", error=error, finished_at=utc_now()))
        self._lose(change)

    def _send(self, change: Change) -> None:
        """Send one row and note its result; raises _Halted when it makes no sense to send another."""
        started_at, answer = None, None
        failure: SyncError | None = None
        try:
            path = encode_path(change.path_template, _parameters(change))
            self._journal.mark(change)
            self._sent += 1
            started_at = utc_now()
            answer = self._client.send(
                change.http_method, path, change.payload_json, template=change.path_template
            )
        except (CallError, DataError) as error:
            failure = error
        except Stopped as stopped:
            if stopped.attempts:
                self._journal.note(change, cut_short(stopped, started_at))
            raise
        self._journal.note(change, result_of(answer, failure, started_at))
        self._count(answer, failure, is_sent=started_at is not None)
        if failure is not None:
            logger.warning("%s of %s: %s", change.action, change.scope, failure.message)
            self._lose(change)
            self._halt_if_useless(failure)
            return
        self._unanswered = 0
        key = (change.scope, change.entity_key)
        if key in self._needed:
            self._succeeded.add(key)

    def _count(self, answer: SendResult | None, failure: SyncError | None, *, is_sent: bool) -> None:
        """Tell the selection of a row that was sent, or could not be."""
        if not is_sent:
            self._selection.loosen()
            return
        told = answer or (failure if isinstance(failure, CallError) else None)
        self._selection.sent(told.attempts if told is not None else 1)

    def _lose(self, change: Change) -> None:
        """Remember that a row did not succeed: what depends on it makes no call."""
        key = (change.scope, change.entity_key)
        if key in self._needed:
            self._lost.add(key)
            if change.selection_rank is not None:
                self._selection.loosen()

    def _halt_if_useless(self, failure: SyncError) -> None:
        if isinstance(failure, AuthenticationError):
            raise _Halted(failure)
        if not isinstance(failure, CallError):
            return
        self._unanswered = self._unanswered + 1 if is_unanswered(failure) else 0
        if self._unanswered >= self._max_consecutive_failures:
            raise _Halted(
                NetworkError(
                    f"{self._unanswered} calls in a row failed, the last one: {failure.message}",
                    doing="sending changes",
                    remedy="Run again when N2F answers; what was not sent is planned anew.",
                    http_status=failure.http_status,
                    attempts=failure.attempts,
                )
            )

    def _refuse_unknown_endpoints(self) -> None:
        for action, method, template in self._journal.endpoints():
            if (action, method, template) not in self._allowed:
                raise DataError(
                    f"the plan would {action} by {method} {template}, which endpoints.csv does not hold",
                    doing="checking the plan",
                    remedy="Find out who wrote to the plan's tables, and make a new plan.",
                )


class _Halted(Exception):  # noqa: N818 - carries the error out of the loop
    def __init__(self, error: CallError) -> None:
        super().__init__(error.message)
        self.error = error


def _parameters(change: Change) -> dict[str, str]:
    try:
        parameters = json.loads(change.path_params_json)
    except ValueError:
        parameters = None
    if not isinstance(parameters, dict):
        raise DataError(
            "its path parameters are no JSON object", doing="filling in a path", remedy="Plan anew."
        )
    return parameters
