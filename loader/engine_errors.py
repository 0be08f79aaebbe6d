"""What an engine says when it refuses something, without the data that it may quote."""

from __future__ import annotations

import re

from loader.errors import DatabaseError

_HOLDER = re.compile(r"PID (\d+)")

_KINDS_WITHOUT_DATA = ("Parser", "Binder", "Catalog", "IO", "Permission", "Dependency", "Out of Memory")
"""DuckDB's errors whose text speaks of SQL and files; every other may quote a value of a row."""

_OF_THE_SYSTEM = re.compile(
    "No space left on device|File too large|Disk quota exceeded|Read-only file system|Input/output error"
    "|There is not enough space on the disk"
)
"""What the operating system says of a disk, within errors that may quote a value elsewhere."""


def held_file(message: str, *, doing: str) -> DatabaseError | None:
    """Return the error for a DuckDB file that another process has open; None if the text is not about that.

    Elsewhere than on Windows, where the file is "already open", DuckDB speaks of a lock.
    """
    found = _HOLDER.search(message) if "lock" in message or "already open" in message else None
    if found is None:
        return None
    pid = found.group(1)
    return DatabaseError(
        f"the process {pid} has the database file open",
        doing=doing,
        remedy=f"End process {pid}, or close the file there if it is a database tool, and try again.",
        pid=int(pid),
    )


_ODBC = re.compile(r"\[([0-9A-Z]{5})\] (.*?)(?: \((-?\d+)\))?(?: \(SQL\w+\))?(?:; \[|\"\)|'\)|$)", re.DOTALL)
"""pyodbc's text: ('42S02', "[42S02] [Microsoft][...][SQL Server]Invalid object name 'x'. (208) (SQLExecDirectW)")."""

# fmt: off
_NUMBERS_WITHOUT_DATA = frozenset({
        2, 53, 64, 102, 121, 156, 195, 207, 208, 229, 230, 233, 262, 297, 451, 468, 530, 701, 802, 823, 824,
        833, 845, 911, 916, 924, 927, 942, 945, 952, 976, 978, 1101, 1105, 1204, 1205, 1222, 1785, 1934,
        2571, 2714, 2760, 2812, 3609, 3621, 3701, 3902, 3903, 3906, 3930, 3960, 3998, 4060, 4104, 4121,
        6005, 6102, 8134, 8180, 8645, 8651, 9001, 9002, 10053, 10054, 10060, 10061, 11001, 15151, 15247,
        17142, 17806, 18452, 18456, 18470, 18486, 18487, 18488, 40197, 40501, 40613, 49918, 49919, 49920,
})
# fmt: on
"""SQL Server's errors whose text speaks of objects, rights and resources; every other may quote a value of a row
(245, 2627, 2628, 8114, 8152 do)."""


def is_engine_error(text: str) -> bool:
    """Return whether a line looks like an error of one of the two engines, not of dbt."""
    return " Error: " in text or _is_odbc(text)


def _is_odbc(text: str) -> bool:
    return "[Microsoft]" in text or "[FreeTDS]" in text or "[unixODBC]" in text


def odbc_error(text: str, *, doing: str, remedy: str) -> DatabaseError:
    """Return the error for what pyodbc raised."""
    return DatabaseError(safe_message(text), doing=doing, remedy=remedy)


def _safe_odbc_message(text: str) -> str:
    """Return what the driver or the server says, or the numbers alone where it may quote a value."""
    found = _ODBC.search(text)
    if found is None:
        return "an error of the ODBC driver"
    state, message, number = found.groups()
    said = " ".join(
        re.sub(r"^(?:\[[^\]]*\]\s*)+", "", message).replace("\\r", " ").replace("\\n", " ").split()
    )
    is_connection = "[SQL Server]" not in message and (
        state[:2] in {"08", "28", "IM", "HY"} or "[Driver Manager]" in message
    )
    if is_connection or (number is not None and abs(int(number)) in _NUMBERS_WITHOUT_DATA):
        return f"{said[:300]} (SQLSTATE {state})"
    return f"SQL Server error {number or 'without a number'} (SQLSTATE {state})"


def safe_message(text: str) -> str:
    """Return the first line of an engine's error, or its kind alone where it may quote a value."""
    if _is_odbc(text):
        return _safe_odbc_message(text)
    line = text.strip().splitlines()[0] if text.strip() else "no message"
    kind, _, _ = line.partition(" Error:")
    if kind in _KINDS_WITHOUT_DATA:
        return line[:300]
    reason = _OF_THE_SYSTEM.search(text)
    return f"{kind[:60]} Error" + (f": {reason[0]}" if reason else "")
