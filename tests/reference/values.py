"""How single values are read: section 3, "Inputs" and the table of fields."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

TRUE_WORDS = frozenset({"1", "true", "yes", "y", "on", "oui", "o", "ja", "j"})
NO_DATES = frozenset({"", "1900-01-01", "2099-12-31"})
DAY = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}")


class BadDateError(Exception):
    """The text of a date column does not begin with a real day."""


def text(value: object) -> str:
    """Read any value as text.

    "NULL, empty and spaces are one and the same; leading and trailing spaces (U+0020) never count. Numbers
    read as plain decimals without trailing zeros or exponent". A JSON boolean reads as true or false.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.strip(" ")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float | Decimal):
        plain = format(Decimal(str(value)), "f")
        if "." in plain:
            plain = plain.rstrip("0").rstrip(".")
        return "0" if plain == "-0" else plain
    raise TypeError(f"no rule reads a {type(value).__name__}")


def mail_key(value: object) -> str:
    """Mails are keys in lower case."""
    return text(value).lower()


def boolean(value: object) -> bool:
    """True for 1 true yes y on oui o ja j in any case, else false."""
    return text(value).lower() in TRUE_WORDS


def agresso_day(value: object) -> str:
    """Read a date of Agresso as YYYY-MM-DD, or as '' where there is none.

    "dates are date types, or text that begins YYYY-MM-DD, of which the first ten characters count, without
    any time zone; other text in a date column rejects the row"; "NULL, 1900-01-01 and 2099-12-31 are null".

    Raises:
        BadDateError: where the text does not begin with a real day.
    """
    whole = text(value)
    if whole in NO_DATES:
        return ""
    if not DAY.match(whole):
        raise BadDateError
    day = whole[:10]
    try:
        date.fromisoformat(day)
    except ValueError:
        raise BadDateError from None
    return "" if day in NO_DATES else day


def n2f_day(value: object) -> str:
    """Dates compare by day: the first ten characters of whatever N2F holds; the sentinels are null."""
    day = text(value)[:10]
    return "" if day in NO_DATES else day


def is_mail(key: str) -> bool:
    """Not "a mail without exactly one @ between two non-empty parts or with a space in it"."""
    parts = key.split("@")
    return len(parts) == 2 and all(parts) and " " not in key
