"""What an engine says when it refuses something, without the data that it may quote."""

from __future__ import annotations

import re

from loader.errors import DatabaseError

_HOLDER = re.compile(r"PID (\d+)")

_KINDS_WITHOUT_DATA = ("Parser", "Binder", "Catalog", "IO", "Permission", "Dependency", "Out of Memory")
"""DuckDB's errors whose text speaks of SQL and files; every other may quote a value of a row."""


def held_file(message: str, *, doing: str) -> DatabaseError | None:
    """Return the error for a DuckDB file that another process has open; None if the text is not about that."""
    found = _HOLDER.search(message) if "lock" in message else None
    if found is None:
        return None
    pid = found.group(1)
    return DatabaseError(
        f"the process {pid} has the database file open",
        doing=doing,
        remedy=f"End process {pid}, or close the file there if it is a database tool, and try again.",
        pid=int(pid),
    )


def safe_message(text: str) -> str:
    """Return the first line of a DuckDB error, or its kind alone where it may quote a value."""
    line = text.strip().splitlines()[0] if text.strip() else "no message"
    kind, _, _ = line.partition(" Error:")
    return line[:300] if kind in _KINDS_WITHOUT_DATA else f"{kind[:60]} Error"
