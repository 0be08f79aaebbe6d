"""How a prune looks on a terminal. Prints nothing itself."""

from __future__ import annotations

from collections.abc import Iterator

from loader.retention import Pruning


def pruning(done: Pruning) -> Iterator[str]:
    """Yield what was deleted, a line each, what stays, and what became of the room."""
    verb = "would delete" if done.is_dry_run else "deleted"
    for item in done.pruned:
        since = f" of {item.at:%Y-%m-%d %H:%M} UTC" if item.at is not None else ""
        yield f"{verb}  {item.kind} {item.id}{since}: {item.row_count} rows".replace("runs :", "runs:")
    total = sum(item.row_count for item in done.pruned)
    if not done.pruned:
        yield f"Nothing is older than {done.ages.snapshots.days} days that may go."
    else:
        yield f"{'Would delete' if done.is_dry_run else 'Deleted'} {total} rows of {done.database}."
    if done.ages.history is None:
        yield "Plans, results and runs stay: they go with --history-older-than alone."
    if done.space is not None and not done.is_dry_run:
        yield f"The file has {done.space}."
