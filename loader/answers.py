"""What N2F answers, read; a body that is not what its API promises is a ValueError that says so."""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import msgspec

logger = logging.getLogger(__name__)

Document = str
"""A JSON object, as N2F wrote it."""

MAX_SKEW = 5.0
"""Seconds by which our clock may differ from N2F's (its header `Date`) before we go by N2F's."""

_FRACTION = re.compile(r"(\.\d{6})\d+")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, headers and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class _Data(msgspec.Struct):
    data: list[msgspec.Raw] | None = None


class _Page(msgspec.Struct):
    response: _Data | None


class _List(msgspec.Struct):
    response: list[msgspec.Raw] | None


_PAGE, _LIST = msgspec.json.Decoder(_Page), msgspec.json.Decoder(_List)


def parse_list(answer: Answer) -> list[Document]:
    """Return the documents of a list that is answered whole."""
    return _documents(answer.body, lambda body: _LIST.decode(body).response)


def parse_page(answer: Answer, limit: int) -> list[Document]:
    """Return the documents of one page."""
    page = _documents(answer.body, _data_of_page)
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


def _data_of_page(body: bytes) -> list[msgspec.Raw] | None:
    response = _PAGE.decode(body).response
    return None if response is None else response.data


def _documents(body: bytes, read: Callable[[bytes], list[msgspec.Raw] | None]) -> list[Document]:
    """Cut an answer at its documents, which stay the text that they are.

    A page of 200 takes 0.06 ms; reading its documents into objects and writing them again would take 0.9.
    """
    try:
        try:
            documents = _texts(read(body))
        except msgspec.ValidationError:
            raise
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            documents = _texts(read(_normalized(body)))
    except msgspec.ValidationError:
        raise ValueError("no list of objects") from None
    except (ValueError, RecursionError):
        raise ValueError("no JSON") from None
    if not all(document.startswith("{") for document in documents):
        raise ValueError("no list of objects")
    return documents


def _texts(found: list[msgspec.Raw] | None) -> list[str]:
    return [bytes(raw).decode() for raw in found or ()]


def _normalized(body: bytes) -> bytes:
    """Return JSON that every reader takes, of JSON that Python's own reader takes alone.

    That is UTF-16, a byte order mark, and half of a surrogate pair, which is no character and which no engine stores:
    it becomes U+FFFD, differs from what Agresso says, and is put right by the next update.
    """
    text = json.dumps(_json(body), ensure_ascii=False, allow_nan=False)
    return _LONE_SURROGATE.sub("\ufffd", text).encode()


def _response(answer: Answer) -> object:
    """Return what stands under `response`, None where that is null."""
    try:
        document = _json(answer.body)
    except (ValueError, RecursionError):
        raise ValueError("no JSON") from None
    if not isinstance(document, dict) or "response" not in document:
        raise ValueError("no `response` in it")
    return document["response"]


def _json(body: bytes) -> object:
    return json.loads(body, parse_constant=_no_constant)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")
