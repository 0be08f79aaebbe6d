"""What options may say. It is judged before the environment is read: wrong usage is told as that (exit 2)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from loader.errors import UsageError


def chosen_scopes(
    scopes: Iterable[str] = (), *, max_writes: int | None = None, until: str | None = None
) -> list[str]:
    """Return the scopes that `--scope` names; raises UsageError when an option is wrong in itself."""
    problem = None
    chosen = [scope.strip() for item in scopes for scope in item.split(",")]
    if not all(chosen):
        problem = "--scope needs a name, for example --scope users"
    elif max_writes is not None and max_writes < 0:
        problem = "--max-writes must be 0 or more"
    elif until is not None and not re.fullmatch(r"(?:[01]\d|2[0-3]):[0-5]\d", until, re.ASCII):
        problem = f"--until must be a time of day, HH:MM, not {until!r}"
    if problem is not None:
        raise UsageError(problem, doing="reading the command line", remedy="See `n2f-sync run --help`.")
    return chosen


def refuse_unknown_scopes(chosen: Collection[str], known: Collection[str]) -> None:
    """Raise UsageError when `--scope` names what the project does not have."""
    unknown = sorted(set(chosen) - set(known))
    if unknown:
        raise UsageError(
            f"there is no scope {', '.join(unknown)}",
            doing="reading the command line",
            remedy=f"Choose among {', '.join(known)}.",
        )
