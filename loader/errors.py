"""What can go wrong, as a small tree in the words of the field.

Logic raises these, the command line alone turns them into a line of text and an exit code
(section 5 of the contract fixes them). Each error says what was wrong, what was being done
and what to do about it; none carries a secret, a token or a payload.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import ClassVar

_EXCERPT = 200
_TELLING = 2


class SyncError(Exception):
    """The root of the tree: the whole job stopped.

    Args:
        message: what was wrong, without a full stop.
        doing: what was being done and where, as it reads after "while".
        remedy: what to do about it, as an order.
        details: facts for machines; they are part of `to_json`, not of the line that people read.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, doing: str, remedy: str, **details: object) -> None:
        self.message = _one_line(message)
        self.doing = _one_line(doing)
        self.remedy = _one_line(remedy)
        self.details = details
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} (while {self.doing}). {self.remedy}"

    def to_json(self) -> dict[str, object]:
        """Return the error as a dict that `json.dumps` takes as it is, whatever `details` holds."""
        return {
            "error": self.code,
            "exit_code": self.exit_code,
            "message": self.message,
            "doing": self.doing,
            "remedy": self.remedy,
            "details": {name: _plain(value) for name, value in self.details.items()},
        }


class ConfigurationError(SyncError):
    """A setting is missing, malformed, or contradicts another one."""

    code = "configuration"


class DatabaseError(SyncError):
    """The database could not be opened, or refused a statement."""

    code = "database"


class DataError(SyncError):
    """Data that no step can go on with: a path part that must not be sent, a plan that was tampered with."""

    code = "data"


class GuardError(SyncError):
    """A guard stopped what would have changed too much."""

    code = "guard"
    exit_code = 4


class UsageError(SyncError):
    """An option of the command line makes no sense."""

    code = "usage"
    exit_code = 2


class LockedError(SyncError):
    """Another run is at work."""

    code = "locked"
    exit_code = 5


class CallError(SyncError):
    """One call to N2F failed for good. Raised only as one of its three kinds below.

    Attributes:
        http_status: the status of the last answer; None when none came.
        attempts: how many times the call was made, the one that failed last included.
    """

    code = "call"

    def __init__(
        self,
        message: str,
        *,
        doing: str,
        remedy: str,
        http_status: int | None = None,
        attempts: int = 0,
        **details: object,
    ) -> None:
        super().__init__(
            message, doing=doing, remedy=remedy, http_status=http_status, attempts=attempts, **details
        )
        self.http_status = http_status
        self.attempts = attempts


class AuthenticationError(CallError):
    """N2F does not accept the client id and secret, or refuses the token it has just given."""

    code = "authentication"


class NetworkError(CallError):
    """No answer came: no connection, a time-out, or a connection that broke off."""

    code = "network"


class ApiError(CallError):
    """N2F answered, with a refusal or with something that is not what its API promises."""

    code = "api"


def excerpt(body: bytes, *, secrets: Iterable[str], payload: bytes | None = None) -> str:
    """Return what the body of an error answer says, fit for a message: one line of at most 200 characters.

    It is opaque text that may echo what was sent. What holds a secret is not shown at all; mail addresses
    and the texts of the payload are masked.
    """
    text = _unescaped(body[:65_536].decode("utf-8", errors="replace"))
    if any(secret and (secret in text or secret.encode() in body) for secret in secrets):
        return ""
    text = _one_line(re.sub(r"<[^<>]*>", " ", text))
    for sent in sorted(_texts(payload), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(_one_line(sent))}(?!\w)", "***", text, flags=re.IGNORECASE)
    text = " ".join("***" if "@" in word or "%40" in word else word for word in text.split())
    return text if len(text) <= _EXCERPT else f"{text[: _EXCERPT - 1]}…"


def _unescaped(text: str) -> str:
    """JSON with its escapes resolved, other text as it is."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _texts(payload: bytes | None) -> set[str]:
    """The strings of a JSON document, single letters left out."""
    try:
        left = [json.loads(payload or b"null")]
    except (ValueError, RecursionError):
        return set()
    found = set()
    while left:
        value = left.pop()
        if isinstance(value, dict):
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)
        elif isinstance(value, str) and len(_one_line(value)) >= _TELLING:
            found.add(value)
    return found


def _one_line(text: str) -> str:
    """Fold every kind of white space and line break, and drop what a terminal would act upon."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _plain(value: object) -> object:
    """Return `value` in JSON's own types; what has none is written as text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(str(item) for item in value)
    if isinstance(value, Iterable) and not isinstance(value, bytes | bytearray | memoryview):
        return [_plain(item) for item in value]
    return str(value)
