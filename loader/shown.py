"""How values of Agresso and N2F look in text for people."""

from __future__ import annotations

import json

from rich.markup import escape


def safe(text: str) -> str:
    """Return text that a terminal shows and does not act upon, whatever Agresso or N2F put into it."""
    return escape("".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in text))


def shown_value(value: object) -> str:
    """Return a value of a payload as short text; the names of an axis value as culture and text."""
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return " ".join(f"{item.get('culture')} {shown_value(item.get('value'))}" for item in value)
    return json.dumps(value, ensure_ascii=False)
