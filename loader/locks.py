"""Locks that the operating system lets go of when the process that holds them dies.

`filelock` is imported late: it imports asyncio, which a command that only asks has no use for.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from loader.errors import LockedError

if TYPE_CHECKING:
    from filelock import FileLock

_PATIENCE = 0.2  # seconds, since `is_taken` holds a lock for a moment


def take(path: Path, *, message: str) -> FileLock:
    """Take a lock until it is released; its folder is made.

    Raises:
        LockedError: another one has it; `message` is what it says.
        OSError: the folder cannot be written to.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=_PATIENCE, poll_interval=_PATIENCE / 4)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(
            message,
            doing="taking the lock",
            remedy="Wait until it has ended, or stop it, and try again.",
            lock=str(path),
        ) from None
    return lock


def is_taken(path: Path) -> bool:
    """Return whether someone has a lock; False also where this user may not ask. No file is made."""
    from filelock import FileLock, Timeout

    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return False
