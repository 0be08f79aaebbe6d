"""Paths of N2F's API, filled in so that no value can change where a call goes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from loader.errors import DataError

_PARAMETER = re.compile(r"\{(\w+)\}")


def encode_path(template: str, params: Mapping[str, str]) -> str:
    """Return the template with its parameters percent-encoded; they hold `/ # ? % ' [ ]` and spaces.

    Raises:
        DataError: a parameter is missing, no text, empty, `.` or `..`; it is named, never shown.
    """

    def encode(found: re.Match[str]) -> str:
        value = params.get(found[1])
        if not isinstance(value, str) or value.strip(" ") in {"", ".", ".."}:
            raise _unsendable(template, f"{found[1]} is missing, empty, . or ..")
        try:
            return quote(value, safe="")
        except UnicodeEncodeError:
            raise _unsendable(template, f"{found[1]} holds half of a surrogate pair") from None

    path = _PARAMETER.sub(encode, template)
    if any(part in {"", ".", ".."} for part in path.split("/")):
        raise _unsendable(template, "a part of the template is empty, . or ..")
    return path


def _unsendable(template: str, problem: str) -> DataError:
    return DataError(
        problem, doing=f"filling in the path {template}", remedy="Correct the row; it is not sent."
    )
