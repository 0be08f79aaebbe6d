"""What N2F answers, read; a body that is not what its API promises is a ValueError that says so."""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

logger = logging.getLogger(__name__)

Document = dict[str, object]

MAX_SKEW = 5.0
"""Seconds by which our clock may differ from N2F's (its header `Date`) before we go by N2F's."""

_FRACTION = re.compile(r"(\.\d{6})\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, headers and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


def parse_list(answer: Answer) -> list[Document]:
    """Return the documents of a list that is answered whole."""
    return _documents(_response(answer))


def parse_page(answer: Answer, limit: int) -> list[Document]:
    """Return the documents of one page."""
    response = _response(answer)
    if response is not None and not isinstance(response, dict):
        raise ValueError("no `response.data`")
    page = _documents((response or {}).get("data"))
    if len(page) > limit:
        raise ValueError(f"{len(page)} items where at most {limit} were asked for")
    return page


def parse_token(answer: Answer, now: datetime) -> tuple[str, float]:
    """Return the token and the seconds it lasts, endless where N2F says nothing sensible."""
    response = _response(answer)
    fields = response if isinstance(response, dict) else {}
    value = fields.get("token")
    if not isinstance(value, str) or not re.fullmatch(r"[!-~]+", value):
        raise ValueError("no token in it")
    lasts = 0.0
    try:
        ends = datetime.fromisoformat(_FRACTION.sub(r"\1", str(fields.get("validity"))))
        lasts = (ends.replace(tzinfo=ends.tzinfo or UTC) - server_time(answer, now)).total_seconds()
    except (ValueError, OverflowError):
        pass
    if lasts <= 0:
        # Renewing it at once would go on for ever; the 401 that comes one day is answered in any case.
        logger.warning("N2F does not say in a way that makes sense how long its token lasts")
        lasts = math.inf
    return value, lasts


def retry_after(answer: Answer, now: datetime) -> float:
    """Return the seconds that N2F asks for, as a number or a date; 0 where it asks for none."""
    text = answer.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return float(text)
    until = _http_date(text)
    return 0.0 if until is None else max((until - server_time(answer, now)).total_seconds(), 0.0)


def server_time(answer: Answer, now: datetime) -> datetime:
    """Return the time by N2F's clock, which measures its times, where ours, `now`, differs from it."""
    theirs = _http_date(answer.headers.get("Date", ""))
    differs = theirs is not None and abs((theirs - now).total_seconds()) > MAX_SKEW
    return theirs if theirs is not None and differs else now


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockDifference:
    """How far N2F's clock is ahead of ours, in seconds, give or take `error`."""

    seconds: float
    error: float


def clock_difference(answer: Answer, now: datetime, round_trip: float) -> ClockDifference | None:
    """Return what `Date` says of N2F's clock; None where it says nothing.

    N2F wrote it somewhere in the `round_trip` seconds before `now`, and without fractions of a second.
    """
    theirs = _http_date(answer.headers.get("Date", ""))
    if theirs is None:
        return None
    ours = now - timedelta(seconds=round_trip / 2)
    return ClockDifference(seconds=(theirs - ours).total_seconds() + 0.5, error=round_trip / 2 + 0.5)


def _http_date(text: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text)
    except ValueError:
        return None
    return parsed.replace(tzinfo=parsed.tzinfo or UTC)


def _response(answer: Answer) -> object:
    """Return what stands under `response`, None where that is null."""
    try:
        document = json.loads(answer.body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ValueError("no JSON") from None
    if not isinstance(document, dict) or "response" not in document:
        raise ValueError("no `response` in it")
    return document["response"]


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _documents(found: object) -> list[Document]:
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise ValueError("no list of objects")
    return found
