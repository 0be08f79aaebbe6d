"""The N2F client: one session, one call in flight, a token that is renewed, pages, retries.

What N2F's API v2 promises stands in section 1 of the contract; nothing is relied on that is unconfirmed
there. Paths, payloads and answers hold personal data, so log lines and errors name path templates and
statuses.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Self, TypeVar

import tenacity

from loader.answers import Answer, Document, parse_list, parse_page, parse_token, retry_after
from loader.call_stats import CallStats
from loader.clock import WaitEnded
from loader.errors import ApiError, AuthenticationError, CallError, DataError, excerpt
from loader.paths import encode_path
from loader.quota import Clock, SystemClock
from loader.settings import ApiSettings
from loader.transport import Call, Repeatable, Transport

__all__ = ["CallStats", "Document", "N2FClient", "SendResult", "encode_path"]

logger = logging.getLogger(__name__)

TOKEN_MARGIN = 120.0
"""Seconds before its end at which a token is renewed; a call can wait a minute for its quota."""

MAX_PAGES = 50_000
"""Ten million items: a list that has not ended by then has no end."""

_REPEATABLE = frozenset({408, 425, 429})
_NO_ENTRY = frozenset({400, 401, 403})
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """What became of one write: the status (404 where there was nothing left to delete) and the attempts."""

    http_status: int
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    value: str = field(repr=False)
    renew_at: float


class N2FClient:
    """Talks to N2F, one call at a time. Use it as a context manager, from one thread.

    Attributes:
        stats: what it has done so far.
        pacer: what keeps it within the quotas, for forecasts.
    """

    def __init__(self, settings: ApiSettings, *, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._transport = Transport(settings, self._clock)
        self.stats = self._transport.stats
        self.pacer = self._transport.pacer
        self._token: _Token | None = None
        self._retrying = tenacity.Retrying(
            sleep=self._clock.sleep,
            stop=tenacity.stop_after_attempt(settings.max_attempts),
            wait=self._backoff,
            retry=tenacity.retry_if_exception_type(Repeatable),
            before_sleep=self._note_retry,
            reraise=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection and the ledger."""
        self._transport.close()

    def get_pages(self, path: str, *, paged: bool, template: str | None = None) -> Iterator[list[Document]]:
        """Yield the documents of a list, page by page, each page read when it is asked for.

        Args:
            path: below the base URL, percent-encoded (see `encode_path`).
            paged: False for the lists that N2F answers whole.
            template: what logs and errors call the path.

        Raises:
            ApiError: N2F refused, its answer has not the shape it promises, or its list has no end.
            AuthenticationError: there is no token to be had.
            NetworkError: there was no answer.
        """
        label, limit = template or _label(path), self._settings.page_size
        if not paged:
            yield self._perform(Call(method="GET", path=path, label=label, parse=parse_list))[1]
            return
        seen: set[bytes] = set()
        for number in range(MAX_PAGES):
            query = f"{path}?start={number * limit}&limit={limit}"
            page = self._perform(
                Call(method="GET", path=query, label=label, parse=lambda got: parse_page(got, limit))
            )[1]
            if len(page) == limit:
                # Who ignores `start` repeats whole pages; a list that moves repeats items, hardly both ends.
                ends = hashlib.sha256(f"{page[0]}\n{page[-1]}".encode()).digest()
                if ends in seen:
                    raise _endless(label, f"page {number + 1} of the list repeats an earlier one")
                seen.add(ends)
            yield page
            if len(page) < limit:
                return
        raise _endless(label, f"the list goes on after {MAX_PAGES} pages")

    def send(
        self, method: str, path: str, payload_json: str | None, *, template: str | None = None
    ) -> SendResult:
        """Make one write; it has succeeded when this returns.

        Args:
            method: POST, PUT, PATCH or DELETE.
            path: below the base URL, percent-encoded (see `encode_path`).
            payload_json: the body, sent as it is; None for none.
            template: what logs and errors call the path.

        Raises:
            ApiError: N2F refused, or the attempts are used up.
            AuthenticationError: there is no token to be had.
            NetworkError: the last attempt had no answer; N2F may have applied it all the same.
            WaitEnded: the clock ended a wait; `attempts` were made, and N2F may have applied one of them.
            DataError: the method is no write, or the payload cannot be written as UTF-8.
        """
        label = template or _label(path)
        try:
            body = None if payload_json is None else payload_json.encode()
        except UnicodeEncodeError:
            body, method = None, "half of a surrogate pair in the payload"
        if method not in _WRITES:
            raise DataError(
                f"{method} cannot be sent",
                doing=f"sending {label}",
                remedy="Correct the row, or endpoints.csv.",
            )
        call = Call(
            method=method, path=path, label=label, body=body, parse=lambda _: None, is_answer_needed=False
        )
        status, _, attempts = self._perform(call)
        return SendResult(http_status=status, attempts=attempts)

    def authenticate(self) -> None:
        """Get a token if there is none, for who only wants to know whether N2F lets this client in.

        Raises:
            AuthenticationError: N2F does not accept the client id and secret.
            ApiError: N2F refused otherwise, or answered no token.
            NetworkError: there was no answer.
        """
        self._bearer()

    def _bearer(self) -> str:
        """Return a token that lasts, as far as N2F says how long one does."""
        if self._token is None or self._clock.monotonic() >= self._token.renew_at:
            sent = {"client_id": self._settings.client_id, "client_secret": self._settings.client_secret}
            body = json.dumps(sent).encode()
            call = Call(method="POST", path="auth", label="auth", body=body, parse=self._read_token)
            self._token = self._perform(call)[1]
        return self._token.value

    def _read_token(self, answer: Answer) -> _Token:
        value, lasts = parse_token(answer, self._clock.now())
        return _Token(value=value, renew_at=self._clock.monotonic() + max(lasts - TOKEN_MARGIN, lasts / 2))

    def _perform(self, call: Call[T]) -> tuple[int, T, int]:
        """Make a call as often as that makes sense; return the status, what was parsed, and the attempts."""
        attempts = 0
        is_authorized = may_renew = call.path != "auth"

        def attempt() -> tuple[int, T, int]:
            nonlocal attempts, may_renew
            while True:
                token = self._bearer() if is_authorized else None
                attempts += 1
                try:
                    answer = self._transport.exchange(call, token, attempts)
                except WaitEnded:  # the wait for the quota, which precedes the attempt
                    attempts -= 1
                    raise
                if answer.status != HTTPStatus.UNAUTHORIZED or not may_renew:
                    return answer.status, self._judge(call, answer, attempts), attempts
                may_renew, self._token = False, None

        try:
            return self._retrying.copy()(attempt)
        except WaitEnded as ended:
            ended.attempts = attempts
            raise
        except Repeatable as last:
            error = last.error
        raise error

    def _backoff(self, state: tenacity.RetryCallState) -> float:
        first, longest = self._settings.backoff_initial, self._settings.backoff_max
        grown = tenacity.wait_exponential_jitter(multiplier=first, jitter=first, max=longest)
        return max(grown(state), _failure(state).retry_after)

    def _note_retry(self, state: tenacity.RetryCallState) -> None:
        error, seconds = _failure(state).error, state.next_action.sleep if state.next_action else 0.0
        self.stats.backoff_seconds += seconds
        logger.warning("%s, while %s; trying again in %.1f s", error.message, error.doing, seconds)

    def _judge(self, call: Call[T], answer: Answer, attempts: int) -> T:
        """Return what the answer says, or raise what it means that it does not say it."""
        status = answer.status
        is_gone = status == HTTPStatus.NOT_FOUND and call.method == "DELETE"
        problem = None
        if is_gone or HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            try:
                return call.parse(answer)
            except ValueError as error:
                problem = str(error)
        is_repeatable = (
            problem is not None or status in _REPEATABLE or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        )
        secrets = (self._settings.client_secret, self._token.value if self._token else "")
        said = problem or excerpt(answer.body, secrets=secrets, payload=call.body)
        kind: type[CallError] = ApiError
        if problem is not None:
            remedy = "Check that N2F_BASE_URL is the address of N2F's API, then run again."
        elif is_repeatable:
            remedy = "Run again later; N2F_MAX_ATTEMPTS and N2F_BACKOFF_MAX say how long a call is tried."
        elif call.path == "auth" and status in _NO_ENTRY:
            kind, remedy = AuthenticationError, "Check N2F_CLIENT_ID, N2F_CLIENT_SECRET and N2F_BASE_URL."
        elif status == HTTPStatus.UNAUTHORIZED:
            kind, remedy = AuthenticationError, "Ask N2F whether this client may still use the API."
        elif status < HTTPStatus.BAD_REQUEST:
            remedy = "Check N2F_BASE_URL: the API answers itself, and no redirect is followed."
        else:
            remedy = "Correct what N2F names; what it refuses for a time is tried again by the next run."
        result = kind(
            f"N2F answered {status}" + (f": {said}" if said else ""),
            doing=call.doing,
            remedy=remedy,
            http_status=status,
            attempts=attempts,
        )
        if not is_repeatable:
            raise result
        raise Repeatable(
            result, retry_after=min(retry_after(answer, self._clock.now()), self._settings.retry_after_max)
        )


def _endless(label: str, problem: str) -> ApiError:
    return ApiError(
        problem, doing=f"calling GET {label}", remedy="Ask N2F why `start` and `limit` have no effect there."
    )


def _label(path: str) -> str:
    """What can be said of a path without its parameters."""
    first, *rest = path.split("/")
    return f"{first}/…" if rest else first


def _failure(state: tenacity.RetryCallState) -> Repeatable:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, Repeatable):
        raise TypeError("only a Repeatable is tried again")
    return error
